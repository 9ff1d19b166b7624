//! The other types: IAM's, identity pools, and resources of any type in Resource Explorer, the tagging API and Cloud
//! Control.

use serde_json::{Value, json};

use super::request::Request;
use super::world::{CREATED, Refusal, World, list, page, result, tag_members, tags};

/// The types of resources that have no reader of their own: name, `CloudFormation`'s name.
const TYPES: [(&str, &str); 3] =
    [("sqs:queue", "AWS::SQS::Queue"), ("sns:topic", "AWS::SNS::Topic"), ("dynamodb:table", "AWS::DynamoDB::Table")];

impl World {
    /// The answer to an operation of this file; `None` if it is no such operation.
    pub(super) fn answer_any(&self, request: &Request) -> Option<Result<String, Refusal>> {
        let size = self.size;
        Some(match (request.service.as_str(), request.operation.as_str()) {
            ("iam", "ListPolicies") => of_iam(request, "Policies", size.policies, &policy),
            ("iam", "ListInstanceProfiles") => of_iam(request, "InstanceProfiles", size.profiles, &profile),
            ("iam", "ListPolicyTags") => tags_of(request, "PolicyArn", size.policies),
            ("iam", "ListInstanceProfileTags") => tags_of(request, "InstanceProfileName", size.profiles),
            ("iam", "ListOpenIDConnectProviders") => {
                Ok(result("iam", &request.operation, "<OpenIDConnectProviderList/>"))
            }
            ("iam", "ListSAMLProviders") => Ok(result("iam", &request.operation, "<SAMLProviderList/>")),
            ("iam", "ListServerCertificates") => Ok(list(request, "ServerCertificateMetadataList", &[], None)),
            ("cognito-identity", "ListIdentityPools") => self.identity_pools(request),
            ("cognito-identity", "ListTagsForResource") => self.identity_pool_tags(request),
            ("resource-explorer-2", operation) => self.explorer(operation, request),
            ("cloudcontrolapi", "GetResource") => self.get_resource(request),
            _ => return None,
        })
    }

    fn identity_pools(&self, request: &Request) -> Result<String, Refusal> {
        let all = if self.regions.contains(&request.region) { self.size.identity_pools } else { 0 };
        let (range, next) = page(all, request.text("NextToken"), request.size("MaxResults", 60, 60)?)?;
        let pool = |i: usize| json!({"IdentityPoolId": format!("{}:p{i:05}", request.region), "IdentityPoolName": format!("identities {i}")});
        let mut answer = json!({"IdentityPools": range.map(pool).collect::<Vec<_>>()});
        if let Some(next) = next {
            answer["NextToken"] = next.into();
        }
        Ok(answer.to_string())
    }

    fn identity_pool_tags(&self, request: &Request) -> Result<String, Refusal> {
        let number = number(request.text("ResourceArn"), self.size.identity_pools)?;
        let tags: serde_json::Map<_, _> =
            tags(number).into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        Ok(json!({"Tags": tags}).to_string())
    }

    /// Each region has an index of its own, whose default view has no filter and shows tags.
    fn explorer(&self, operation: &str, request: &Request) -> Result<String, Refusal> {
        let (account, region) = (&request.account, &request.region);
        let view = format!("arn:aws:resource-explorer-2:{region}:{account}:view/all/1");
        let answer = match operation {
            "ListIndexes" => {
                let index = |region: &String| json!({"Arn": format!("arn:aws:resource-explorer-2:{region}:{account}:index/1"), "Region": region, "Type": "LOCAL"});
                json!({"Indexes": self.regions.iter().map(index).collect::<Vec<_>>()})
            }
            "GetIndex" => json!({"State": "ACTIVE", "Type": "LOCAL", "ReplicatingFrom": [], "ReplicatingTo": []}),
            "GetDefaultView" => json!({"ViewArn": view}),
            "GetView" => json!({"View": {"ViewArn": view, "Filters": {"FilterString": ""},
                "IncludedProperties": [{"Name": "tags"}], "Scope": format!("arn:aws:iam::{account}:root")}}),
            // Every type, so that none is a gap.
            "ListSupportedResourceTypes" => {
                let all = taglint::aws::resource_types::all();
                let (range, next) =
                    page(all.len(), request.text("NextToken"), request.size("MaxResults", 1000, 1000)?)?;
                let one = |at: usize| json!({"ResourceType": all[at].kind(), "Service": "any"});
                json!({"ResourceTypes": range.map(one).collect::<Vec<_>>(), "NextToken": next})
            }
            "ListResources" => {
                let (range, next) =
                    page(self.size.others, request.text("NextToken"), request.size("MaxResults", 100, 1000)?)?;
                let now = jiff::Timestamp::now().to_string();
                let one = |i: usize| {
                    let ((kind, _), arn, _) = other(account, region, i);
                    let tags: Vec<Value> =
                        tags(i).into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
                    let service = kind.split(':').next();
                    json!({"Arn": arn, "OwningAccountId": account, "Region": region, "ResourceType": kind, "Service": service,
                        "LastReportedAt": now, "Properties": [{"Name": "tags", "LastReportedAt": now, "Data": tags}]})
                };
                json!({"Resources": range.map(one).collect::<Vec<_>>(), "ViewArn": view, "NextToken": next})
            }
            _ => return Err(("ValidationException", format!("no operation {operation}"))),
        };
        Ok(answer.to_string())
    }

    fn get_resource(&self, request: &Request) -> Result<String, Refusal> {
        let wanted = request.text("Identifier").unwrap_or_default();
        let at = number(Some(wanted), self.size.others)?;
        let ((_, name), arn, identifier) = other(&request.account, &request.region, at);
        if identifier != wanted || Some(name) != request.text("TypeName") {
            return Err(("ResourceNotFoundException", format!("{wanted} was not found")));
        }
        let tags: Vec<Value> = tags(at).into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        let properties = json!({"Arn": arn, "Tags": tags}).to_string();
        Ok(json!({"TypeName": name, "ResourceDescription": {"Identifier": wanted, "Properties": properties}})
            .to_string())
    }

    /// The ARNs of these types in the tagging API's index of a region, with the numbers of their tags.
    pub(super) fn indexed(&self, account: &str, region: &str, types: &[&str]) -> Vec<(String, usize)> {
        let wants = |kind: &str| types.is_empty() || types.contains(&kind);
        let mut out = Vec::new();
        if !self.regions.iter().any(|one| one == region) {
            return out;
        }
        for i in 0..self.size.others {
            let ((kind, _), arn, _) = other(account, region, i);
            out.extend(wants(kind).then_some((arn, i)));
        }
        if wants("cognito-identity:identitypool") {
            let arn = |i: usize| format!("arn:aws:cognito-identity:{region}:{account}:identitypool/{region}:p{i:05}");
            out.extend((0..self.size.identity_pools).map(|i| (arn(i), i)));
        }
        if region == "us-east-1" && wants("iam:policy") {
            out.extend((0..self.size.policies).map(|i| (format!("arn:aws:iam::{account}:policy/policy{i:05}"), i)));
        }
        if region == "us-east-1" && wants("iam:instance-profile") {
            let arn = |i: usize| format!("arn:aws:iam::{account}:instance-profile/profile{i:05}");
            out.extend((0..self.size.profiles).map(|i| (arn(i), i)));
        }
        out
    }
}

/// A role as `GetAccountAuthorizationDetails` describes it.
pub(super) fn role(account: &str, number: usize) -> String {
    let tags = tag_members(number).concat();
    format!(
        "<member><Path>/</Path><RoleName>role{number:05}</RoleName><RoleId>AROA{number:016}</RoleId><Arn>arn:aws:iam::{account}:role/role{number:05}</Arn><CreateDate>{CREATED}</CreateDate><AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument><InstanceProfileList/><RolePolicyList/><AttachedManagedPolicies/><Tags>{tags}</Tags></member>"
    )
}

fn policy(account: &str, number: usize) -> String {
    format!(
        "<member><PolicyName>policy{number:05}</PolicyName><PolicyId>ANPA{number:016}</PolicyId><Arn>arn:aws:iam::{account}:policy/policy{number:05}</Arn><Path>/</Path><CreateDate>{CREATED}</CreateDate></member>"
    )
}

fn profile(account: &str, number: usize) -> String {
    format!(
        "<member><Path>/</Path><InstanceProfileName>profile{number:05}</InstanceProfileName><InstanceProfileId>AIPA{number:016}</InstanceProfileId><Arn>arn:aws:iam::{account}:instance-profile/profile{number:05}</Arn><CreateDate>{CREATED}</CreateDate><Roles/></member>"
    )
}

fn of_iam(
    request: &Request,
    name: &str,
    all: usize,
    member: &dyn Fn(&str, usize) -> String,
) -> Result<String, Refusal> {
    let (range, marker) = page(all, request.text("Marker"), request.size("MaxItems", 100, 1000)?)?;
    Ok(list(request, name, &range.map(|i| member(&request.account, i)).collect::<Vec<_>>(), marker))
}

fn tags_of(request: &Request, parameter: &str, all: usize) -> Result<String, Refusal> {
    Ok(list(request, "Tags", &tag_members(number(request.text(parameter), all)?), None))
}

/// The number at the end of a name.
fn number(text: Option<&str>, all: usize) -> Result<usize, Refusal> {
    let digits = text.and_then(|text| text.get(text.len().checked_sub(5)?..)).and_then(|digits| digits.parse().ok());
    digits.filter(|number| *number < all).ok_or_else(|| ("NoSuchEntity", "no such resource".to_owned()))
}

/// A resource of any type: its type, its ARN and what Cloud Control calls it.
fn other(account: &str, region: &str, number: usize) -> ((&'static str, &'static str), String, String) {
    let kind = TYPES[number % TYPES.len()];
    let name = format!("n{number:05}");
    let arn = |service: &str, resource: &str| format!("arn:aws:{service}:{region}:{account}:{resource}");
    match kind.0 {
        "sqs:queue" => (kind, arn("sqs", &name), format!("https://sqs.{region}.amazonaws.com/{account}/{name}")),
        "sns:topic" => (kind, arn("sns", &name), arn("sns", &name)),
        _ => (kind, arn("dynamodb", &format!("table/{name}")), name),
    }
}
