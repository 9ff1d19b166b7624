//! What the accounts hold, and what AWS answers about it. Every tenth resource has no tags, the others have good ones.

use serde_json::{Value, json};

use super::request::Request;

/// The organization's management account.
pub(crate) const MANAGEMENT: &str = "111122220000";
pub(super) const CREATED: &str = "2024-01-15T12:00:00Z";

/// Code and message.
pub(super) type Refusal = (&'static str, String);

/// How much each account holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    /// Users.
    pub(crate) users: usize,
    /// Virtual MFA devices, every second one given to a user.
    pub(crate) devices: usize,
    /// User pools of each region.
    pub(crate) pools: usize,
    /// Roles.
    pub(crate) roles: usize,
    /// Customer managed policies.
    pub(crate) policies: usize,
    /// Instance profiles.
    pub(crate) profiles: usize,
    /// Identity pools of each region.
    pub(crate) identity_pools: usize,
    /// Queues, topics and tables of each region.
    pub(crate) others: usize,
}

/// An organization of accounts that are all alike.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// Accounts, the management account among them.
    pub(crate) accounts: usize,
    /// Regions that are enabled everywhere.
    pub(crate) regions: Vec<String>,
    /// Of each account.
    pub(crate) size: Size,
}

impl World {
    /// All resources.
    pub(crate) fn resources(&self) -> usize {
        self.sum(|n| n)
    }

    /// Those without tags.
    pub(crate) fn untagged(&self) -> usize {
        self.sum(|n| n.div_ceil(10))
    }

    /// The sum over all types, of what `of` makes of the number of each.
    fn sum(&self, of: impl Fn(usize) -> usize) -> usize {
        let Size { users, devices, pools, roles, policies, profiles, identity_pools, others } = self.size;
        let global: usize = [users, devices, roles, policies, profiles].into_iter().map(&of).sum();
        let regional: usize = [pools, identity_pools, others].into_iter().map(&of).sum();
        self.accounts * (global + self.regions.len() * regional)
    }

    fn account(number: usize) -> String {
        format!("{:012}", MANAGEMENT.parse::<usize>().expect("a number") + number)
    }

    pub(super) fn answer(&self, request: &Request) -> Result<(u16, String), Refusal> {
        let body = match (request.service.as_str(), request.operation.as_str()) {
            ("sts", "GetCallerIdentity") => caller(request),
            ("sts", "AssumeRole") => assumed(request)?,
            ("iam", "GetAccountAuthorizationDetails") => self.users(request)?,
            ("iam", "ListVirtualMFADevices") => self.devices(request)?,
            ("iam", "ListMFADeviceTags") => self.device_tags(request)?,
            ("iam", "GetAccountSummary") => self.summary(),
            ("cognito-idp", "ListUserPools") => self.pools(request)?,
            ("cognito-idp", "ListTagsForResource") => self.pool_tags(request)?,
            ("tagging", "GetResources") => self.index(request)?,
            ("organizations", "ListAccounts") => self.list_accounts(request)?,
            ("organizations", "DescribeOrganization") => organization(),
            ("organizations", "ListTagsForResource") => json!({"Tags": []}).to_string(),
            ("account", "ListRegions") => self.list_regions(request)?,
            _ => match self.answer_any(request) {
                Some(answer) => answer?,
                None => return Err(("InvalidAction", format!("no operation {}", request.name()))),
            },
        };
        Ok((200, body))
    }

    fn users(&self, request: &Request) -> Result<String, Refusal> {
        let filters = ["Filter.member.1", "Filter.member.2"].map(|name| request.text(name));
        let wants = |kind: &str| filters.contains(&Some(kind));
        let users = if wants("User") { self.size.users } else { 0 };
        let roles = if wants("Role") { self.size.roles } else { 0 };
        let (range, marker) = page(users + roles, request.text("Marker"), request.size("MaxItems", 100, 1000)?)?;
        let member = |i: usize| {
            let tags = tag_members(i).concat();
            let tags = if tags.is_empty() { tags } else { format!("<Tags>{tags}</Tags>") };
            format!("<member>{}<GroupList/><AttachedManagedPolicies/>{tags}</member>", user(&request.account, i))
        };
        let (of_users, of_roles): (Vec<usize>, Vec<usize>) = range.partition(|i| *i < users);
        let roles: String = of_roles.into_iter().map(|i| super::any::role(&request.account, i - users)).collect();
        let lists = format!(
            "<UserDetailList>{}</UserDetailList><RoleDetailList>{roles}</RoleDetailList>",
            of_users.into_iter().map(member).collect::<String>()
        );
        let marker_tag = marker.map_or_else(String::new, |marker| format!("<Marker>{marker}</Marker>"));
        let inner = format!("<IsTruncated>{}</IsTruncated>{lists}{marker_tag}", !marker_tag.is_empty());
        Ok(result(&request.service, &request.operation, &inner))
    }

    fn devices(&self, request: &Request) -> Result<String, Refusal> {
        let (range, marker) = page(self.size.devices, request.text("Marker"), request.size("MaxItems", 100, 1000)?)?;
        let member = |i: usize| {
            let serial = serial(&request.account, i);
            let holder = match i % 2 {
                0 if i < self.size.users => {
                    format!("<User>{}</User><EnableDate>{CREATED}</EnableDate>", user(&request.account, i))
                }
                _ => String::new(),
            };
            format!("<member><SerialNumber>{serial}</SerialNumber>{holder}</member>")
        };
        Ok(list(request, "VirtualMFADevices", &range.map(member).collect::<Vec<_>>(), marker))
    }

    fn device_tags(&self, request: &Request) -> Result<String, Refusal> {
        let wanted = request.text("SerialNumber").unwrap_or_default();
        let number = wanted.rsplit_once("/device").and_then(|(_, n)| n.parse::<usize>().ok());
        let number = number.filter(|i| *i < self.size.devices && serial(&request.account, *i) == wanted);
        let number = number.ok_or_else(|| ("NoSuchEntity", "no such device".to_owned()))?;
        Ok(list(request, "Tags", &tag_members(number), None))
    }

    fn summary(&self) -> String {
        let entry = |(name, n): (&str, usize)| format!("<entry><key>{name}</key><value>{n}</value></entry>");
        let entries: String =
            [("Users", self.size.users), ("MFADevices", self.size.devices)].into_iter().map(entry).collect();
        result("iam", "GetAccountSummary", &format!("<SummaryMap>{entries}</SummaryMap>"))
    }

    fn pools(&self, request: &Request) -> Result<String, Refusal> {
        let all = if self.regions.contains(&request.region) { self.size.pools } else { 0 };
        let (range, next) = page(all, request.text("NextToken"), request.size("MaxResults", 0, 60)?)?;
        let pool = |i: usize| json!({"Id": pool_id(&request.region, i), "Name": format!("pool {i}"), "CreationDate": 1_705_320_000.0, "LastModifiedDate": 1_705_320_000.0});
        let mut answer = json!({"UserPools": range.map(pool).collect::<Vec<_>>()});
        if let Some(next) = next {
            answer["NextToken"] = next.into();
        }
        Ok(answer.to_string())
    }

    fn pool_tags(&self, request: &Request) -> Result<String, Refusal> {
        let arn = request.text("ResourceArn").unwrap_or_default();
        let number = arn.rsplit_once("_p").and_then(|(_, n)| n.parse::<usize>().ok());
        let number = number.filter(|i| *i < self.size.pools && pool_arn(&request.account, &request.region, *i) == arn);
        let number = number.ok_or_else(|| ("ResourceNotFoundException", "no such pool".to_owned()))?;
        let tags: serde_json::Map<_, _> =
            tags(number).into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        Ok(json!({"Tags": tags}).to_string())
    }

    /// The tagging API's index: what was never tagged is not in it, and devices are in that of one region only.
    fn index(&self, request: &Request) -> Result<String, Refusal> {
        let types = request.list("ResourceTypeFilters");
        let wants = |kind: &str| types.is_empty() || types.contains(&kind);
        let mut all: Vec<(String, usize)> = Vec::new();
        if wants("cognito-idp:userpool") && self.regions.contains(&request.region) {
            all.extend((0..self.size.pools).map(|i| (pool_arn(&request.account, &request.region, i), i)));
        }
        if wants("iam:mfa") && request.region == "us-east-1" {
            all.extend((0..self.size.devices).map(|i| (serial(&request.account, i), i)));
        }
        all.extend(self.indexed(&request.account, &request.region, &types));
        all.retain(|(_, i)| !tags(*i).is_empty());
        let (range, token) =
            page(all.len(), request.text("PaginationToken"), request.size("ResourcesPerPage", 50, 100)?)?;
        let entry = |(arn, i): &(String, usize)| {
            let tags: Vec<Value> =
                tags(*i).into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
            json!({"ResourceARN": arn, "Tags": tags})
        };
        let entries: Vec<Value> = all[range].iter().map(entry).collect();
        Ok(json!({"ResourceTagMappingList": entries, "PaginationToken": token.unwrap_or_default()}).to_string())
    }

    fn list_accounts(&self, request: &Request) -> Result<String, Refusal> {
        let (range, next) = page(self.accounts, request.text("NextToken"), request.size("MaxResults", 20, 20)?)?;
        let account = |i: usize| {
            let id = Self::account(i);
            json!({"Id": id, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:account/o-example0000/{id}"), "Name": format!("account {i}"),
                "Email": format!("a{i}@example.com"), "State": "ACTIVE", "Status": "ACTIVE", "JoinedMethod": "CREATED", "JoinedTimestamp": 1_705_320_000.0})
        };
        let mut answer = json!({"Accounts": range.map(account).collect::<Vec<_>>()});
        if let Some(next) = next {
            answer["NextToken"] = next.into();
        }
        Ok(answer.to_string())
    }

    fn list_regions(&self, request: &Request) -> Result<String, Refusal> {
        let (range, next) = page(self.regions.len(), request.text("NextToken"), request.size("MaxResults", 20, 50)?)?;
        let region = |name: &String| json!({"RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT"});
        let mut answer = json!({"Regions": self.regions[range].iter().map(region).collect::<Vec<_>>()});
        if let Some(next) = next {
            answer["NextToken"] = next.into();
        }
        Ok(answer.to_string())
    }
}

/// Every tenth has none.
pub(super) fn tags(number: usize) -> Vec<(&'static str, String)> {
    if number.is_multiple_of(10) {
        return Vec::new();
    }
    vec![
        ("Cost Center", format!("{:05}", number % 100_000)),
        ("Environment", "Production".to_owned()),
        ("Owner", format!("team-{}@example.com", number % 17)),
    ]
}

pub(super) fn tag_members(number: usize) -> Vec<String> {
    let member = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    tags(number).into_iter().map(member).collect()
}

fn user(account: &str, number: usize) -> String {
    format!(
        "<Path>/</Path><UserName>user{number:05}</UserName><UserId>AIDA{number:016}</UserId><Arn>arn:aws:iam::{account}:user/user{number:05}</Arn><CreateDate>{CREATED}</CreateDate>"
    )
}

fn serial(account: &str, number: usize) -> String {
    format!("arn:aws:iam::{account}:mfa/device{number:05}")
}

fn pool_id(region: &str, number: usize) -> String {
    format!("{region}_p{number:05}")
}

fn pool_arn(account: &str, region: &str, number: usize) -> String {
    format!("arn:aws:cognito-idp:{region}:{account}:userpool/{}", pool_id(region, number))
}

/// The items of a page, and the marker of the next one: the number of its first item.
pub(super) fn page(
    all: usize,
    marker: Option<&str>,
    size: usize,
) -> Result<(std::ops::Range<usize>, Option<String>), Refusal> {
    let start = match marker {
        None => 0,
        Some(text) => {
            let known = text.parse().ok().filter(|start| *start < all);
            known.ok_or_else(|| ("ValidationError", "Invalid Marker.".to_owned()))?
        }
    };
    let end = (start + size).min(all);
    Ok((start..end, (end < all).then(|| end.to_string())))
}

pub(super) fn result(service: &str, operation: &str, inner: &str) -> String {
    let space = match service {
        "iam" => "https://iam.amazonaws.com/doc/2010-05-08/",
        _ => "https://sts.amazonaws.com/doc/2011-06-15/",
    };
    format!(
        "<{operation}Response xmlns=\"{space}\"><{operation}Result>{inner}</{operation}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{operation}Response>"
    )
}

pub(super) fn list(request: &Request, name: &str, members: &[String], marker: Option<String>) -> String {
    let marker_tag = marker.map_or_else(String::new, |marker| format!("<Marker>{marker}</Marker>"));
    let more = !marker_tag.is_empty();
    let inner = format!("<IsTruncated>{more}</IsTruncated><{name}>{}</{name}>{marker_tag}", members.concat());
    result(&request.service, &request.operation, &inner)
}

fn caller(request: &Request) -> String {
    let account = &request.account;
    let inner = format!("<Arn>arn:aws:iam::{account}:user/me</Arn><UserId>AIDA</UserId><Account>{account}</Account>");
    result("sts", "GetCallerIdentity", &inner)
}

/// The account of the role stands in the keys that are given out.
fn assumed(request: &Request) -> Result<String, Refusal> {
    let arn = request.text("RoleArn").unwrap_or_default();
    let account = arn.split(':').nth(4).filter(|account| account.len() == 12);
    let account = account.ok_or_else(|| ("ValidationError", "not the ARN of a role".to_owned()))?;
    let role = arn.rsplit('/').next().unwrap_or_default();
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let inner = format!(
        "<AssumedRoleUser><AssumedRoleId>AROA:scan</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/{role}/scan</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIA{account}TEST</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{expires}</Expiration></Credentials>"
    );
    Ok(result("sts", "AssumeRole", &inner))
}

fn organization() -> String {
    let arn = format!("arn:aws:organizations::{MANAGEMENT}:organization/o-example0000");
    json!({"Organization": {"Id": "o-example0000", "Arn": arn, "FeatureSet": "ALL", "MasterAccountId": MANAGEMENT}})
        .to_string()
}
