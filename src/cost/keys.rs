//! The names by which a line item and a resource find each other.
//!
//! `line_item_resource_id` is an ARN for some services and a bare id for others (AWS Data Exports User Guide, "AWS resource
//! identifiers"). A bare id is a name of one service in one account, and of most services in one region; that of a bucket
//! is a name in all accounts of a partition. Two resources can have the same, so a bare id that is not known to be of one service
//! joins nothing.

use super::line_item::LineItem;
use crate::aws::Arn;
use crate::model::Resource;

/// The service whose ids are unique in an account.
const EC2: &str = "ec2";

/// A service with bare ids: its product code, the service of its ARNs, the part of the ARN's resource part before the
/// name, and where a name is unique.
struct BareId {
    code: &'static str,
    service: &'static str,
    kind: &'static str,
    scope: IdScope,
}

/// Where a name is unique.
#[derive(PartialEq)]
enum IdScope {
    Region,
    Account,
    /// In all accounts: an export has one partition.
    Partition,
}

const fn bare(code: &'static str, service: &'static str, kind: &'static str, scope: IdScope) -> BareId {
    BareId { code, service, kind, scope }
}

/// The services of the table "AWS resource identifiers" whose ids are not those of EC2.
const BARE_IDS: &[BareId] = &[
    bare("AmazonS3", "s3", "", IdScope::Partition),
    bare("AmazonCloudFront", "cloudfront", "distribution/", IdScope::Account),
    bare("AmazonCloudSearch", "cloudsearch", "domain/", IdScope::Region),
    bare("AmazonDynamoDB", "dynamodb", "table/", IdScope::Region),
    bare("ElasticMapReduce", "elasticmapreduce", "cluster/", IdScope::Region),
    bare("AmazonElastiCache", "elasticache", "cluster:", IdScope::Region),
    bare("AmazonES", "es", "domain/", IdScope::Region),
    bare("AmazonGlacier", "glacier", "vaults/", IdScope::Region),
    bare("AmazonRDS", "rds", "db:", IdScope::Region),
    bare("AmazonRedshift", "redshift", "cluster:", IdScope::Region),
    bare("AWSLambda", "lambda", "function:", IdScope::Region),
];

/// Other codes of services of AWS, and their names in FOCUS exports. Line items of the marketplace have codes and names of vendors.
const OTHER_SERVICES: &[&str] = &[
    "AmazonApiGateway",
    "AmazonAthena",
    "AmazonBedrock",
    "AmazonDocDB",
    "AmazonECR",
    "AmazonECS",
    "AmazonEFS",
    "AmazonEKS",
    "AmazonFSx",
    "AmazonGuardDuty",
    "AmazonInspectorV2",
    "AmazonKinesis",
    "AmazonKinesisFirehose",
    "AmazonLightsail",
    "AmazonMQ",
    "AmazonMSK",
    "AmazonMacie",
    "AmazonMemoryDB",
    "AmazonNeptune",
    "AmazonQuickSight",
    "AmazonRoute53",
    "AmazonSES",
    "AmazonSNS",
    "AmazonSageMaker",
    "AmazonStates",
    "AmazonWorkSpaces",
    "AWSAppSync",
    "AWSBackup",
    "AWSCloudTrail",
    "AWSCodePipeline",
    "AWSConfig",
    "AWSDataTransfer",
    "AWSDatabaseMigrationSvc",
    "AWSDirectConnect",
    "AWSDirectoryService",
    "AWSELB",
    "AWSEvents",
    "AWSGlue",
    "AWSIoT",
    "AWSNetworkFirewall",
    "AWSQueueService",
    "AWSSecretsManager",
    "AWSSecurityHub",
    "AWSStorageGateway",
    "AWSSystemsManager",
    "AWSTransfer",
    "AWSXRay",
    "CodeBuild",
    "awskms",
    "awswaf",
    "AWS Backup",
    "AWS CloudTrail",
    "AWS CodeBuild",
    "AWS Config",
    "AWS Data Transfer",
    "AWS Glue",
    "AWS Key Management Service",
    "AWS Lambda",
    "AWS Secrets Manager",
    "AWS Security Hub",
    "AWS Step Functions",
    "AWS Systems Manager",
    "AWS WAF",
    "AWS X-Ray",
    "Amazon API Gateway",
    "Amazon Athena",
    "Amazon Bedrock",
    "Amazon CloudFront",
    "Amazon CloudSearch",
    "Amazon CloudWatch",
    "Amazon DocumentDB (with MongoDB compatibility)",
    "Amazon DynamoDB",
    "Amazon ElastiCache",
    "Amazon Elastic Compute Cloud",
    "Amazon Elastic Container Registry",
    "Amazon Elastic Container Service",
    "Amazon Elastic File System",
    "Amazon Elastic Kubernetes Service",
    "Amazon Elastic MapReduce",
    "Amazon FSx",
    "Amazon Glacier",
    "Amazon GuardDuty",
    "Amazon Kinesis",
    "Amazon MQ",
    "Amazon Managed Streaming for Apache Kafka",
    "Amazon MemoryDB",
    "Amazon Neptune",
    "Amazon OpenSearch Service",
    "Amazon Redshift",
    "Amazon Relational Database Service",
    "Amazon Route 53",
    "Amazon SageMaker",
    "Amazon Simple Email Service",
    "Amazon Simple Notification Service",
    "Amazon Simple Queue Service",
    "Amazon Simple Storage Service",
    "Amazon Virtual Private Cloud",
    "Amazon WorkSpaces",
    "Elastic Load Balancing",
];

/// Returns `true` for a code or name that is known to be of a service of AWS, so that it says nothing of a vendor.
#[must_use]
pub fn is_known_service(name: &str) -> bool {
    BARE_IDS.iter().any(|row| row.code == name) || EC2_CODES.contains(&name) || OTHER_SERVICES.contains(&name)
}

/// The product codes whose bare ids are those of EC2: instances, volumes, VPNs, and instances with metrics.
const EC2_CODES: [&str; 3] = ["AmazonEC2", "AmazonVPC", "AmazonCloudWatch"];

/// A name: its scope and its parts.
pub(super) type Name<'n> = [&'n str; 4];

/// The name of the resource of a line item; `None` if it joins no resource.
pub(super) fn of_line_item<'l>(item: &LineItem<'l>) -> Option<Name<'l>> {
    if item.resource.starts_with("arn:") {
        return Some(of_arn(item.resource));
    }
    if EC2_CODES.contains(&item.code) {
        let is_id = !item.account.is_empty() && is_generated(item.resource);
        return is_id.then_some([EC2, item.account, "", item.resource]);
    }
    BARE_IDS.iter().find(|row| row.code == item.code)?.name(item.account, item.region, item.resource)
}

impl BareId {
    /// The name of an id; `None` if what makes it unique is not known.
    fn name<'n>(&self, account: &'n str, region: &'n str, id: &'n str) -> Option<Name<'n>> {
        let is_known = match self.scope {
            IdScope::Region => !account.is_empty() && !region.is_empty(),
            IdScope::Account => !account.is_empty(),
            IdScope::Partition => true,
        };
        let account = if self.scope == IdScope::Partition { "" } else { account };
        let region = if self.scope == IdScope::Region { region } else { "" };
        (is_known && !id.is_empty()).then_some([self.service, account, region, id])
    }
}

/// The ARN as a name. The tagging APIs write log groups without the `:*` that other APIs add.
fn of_arn(arn: &str) -> Name<'_> {
    let is_log_group = Arn::split(arn).is_some_and(|arn| arn.service == "logs");
    let arn = if is_log_group { arn.strip_suffix(":*").unwrap_or(arn) } else { arn };
    ["arn", "", "", arn]
}

/// True for an id that EC2 generates: `i-0a1b2c3d4e5f60718`.
fn is_generated(id: &str) -> bool {
    id.rsplit_once('-').is_some_and(|(kind, number)| {
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        !kind.is_empty()
            && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            && matches!(number.len(), 8 | 17)
            && number.bytes().all(is_hex)
    })
}

/// The names of a resource: its ARN, and its bare id if its service has one.
pub(super) fn of_resource<'r>(resource: &'r Resource<'_>) -> Option<(Name<'r>, Option<Name<'r>>)> {
    let text = resource.arn.as_deref()?;
    let name = of_arn(text);
    let Some(arn) = Arn::split(text) else { return Some((name, None)) };
    let account = Some(arn.account).filter(|account| !account.is_empty()).or(resource.account.as_deref());
    let account = account.unwrap_or("");
    let bare = if arn.service == EC2 {
        let name = arn.type_and_id().map(|(_, id)| [EC2, account, "", id]);
        name.filter(|name| !account.is_empty() && is_generated(name[3]))
    } else {
        BARE_IDS.iter().filter(|row| row.service == arn.service).find_map(|row| {
            let id = arn.resource.strip_prefix(row.kind).filter(|id| !id.contains([':', '/']))?;
            row.name(account, arn.region, id)
        })
    };
    Some((name, bare))
}

/// The name of an IAM user or role by its ARN, or by that of a session of the role. Names are unique in an account, whatever
/// the path, which the ARN of a session does not have (IAM User Guide, "IAM identifiers").
pub(super) fn of_principal(arn: &str) -> Option<Name<'_>> {
    let arn = Arn::split(arn).filter(|arn| !arn.account.is_empty())?;
    let (kind, rest) = arn.type_and_id()?;
    let (kind, name) = match (arn.service, kind) {
        ("iam", "user" | "role") => (kind, rest.rsplit('/').next()?),
        ("sts", "assumed-role") => ("role", rest.split('/').next()?),
        _ => return None,
    };
    (!name.is_empty()).then_some([kind, arn.account, "", name])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;

    fn item<'l>(code: &'l str, region: &'l str, resource: &'l str) -> LineItem<'l> {
        LineItem { code, region, resource, account: "111122223333", ..LineItem::default() }
    }

    #[test]
    fn a_line_item_and_its_resource_have_the_same_name() {
        for (code, id, arn) in [
            ("AmazonEC2", "i-0a1b2c3d4e5f60718", "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718"),
            ("AmazonEC2", "vol-0a1b2c3d", "arn:aws:ec2:eu-west-1:111122223333:volume/vol-0a1b2c3d"),
            ("AmazonS3", "logs", "arn:aws:s3:::logs"),
            ("AmazonCloudFront", "E1ABC", "arn:aws:cloudfront::111122223333:distribution/E1ABC"),
            ("AmazonDynamoDB", "orders", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"),
            ("AWSLambda", "run", "arn:aws:lambda:eu-west-1:111122223333:function:run"),
            ("AmazonRDS", "main", "arn:aws:rds:eu-west-1:111122223333:db:main"),
        ] {
            let account = Some(Text::from("111122223333"));
            let resource = Resource { arn: Some(Text::from(arn)), account, ..Resource::default() };
            let (of_arn, bare) = of_resource(&resource).unwrap();
            assert_eq!(of_line_item(&item(code, "eu-west-1", id)), bare, "{arn}");
            assert_eq!(of_line_item(&item(code, "eu-west-1", arn)), Some(of_arn), "{arn}");
            assert!(bare.is_some());
            // The same words of another service, account or region are another name.
            for other in [
                of_line_item(&item("AmazonSNS", "eu-west-1", id)),
                of_line_item(&LineItem { account: "444455556666", ..item(code, "eu-west-1", id) }),
                of_line_item(&LineItem { account: "", ..item(code, "eu-west-1", id) }),
            ] {
                // The name of a bucket is one of all accounts.
                let is_same = code == "AmazonS3" && other.is_some_and(|name| name[0] == "s3");
                assert_eq!(other == bare, is_same, "{arn}");
            }
        }
        let names = |region| of_line_item(&item("AmazonDynamoDB", region, "orders"));
        assert_ne!(names("eu-west-1"), names("us-east-1"));
        assert_eq!(names(""), None);
        assert_eq!(of_line_item(&item("AmazonEC2", "", "web-server")), None);
    }

    #[test]
    fn the_session_of_a_role_is_the_role() {
        for (session, principal) in [
            ("arn:aws:sts::111122223333:assumed-role/App/i-0a1b", "arn:aws:iam::111122223333:role/service/App"),
            ("arn:aws:iam::111122223333:user/team/bo", "arn:aws:iam::111122223333:user/bo"),
        ] {
            assert_eq!(of_principal(session), of_principal(principal));
            assert!(of_principal(session).is_some());
        }
        for arn in [
            "arn:aws:iam::111122223333:root",
            "arn:aws:sts::111122223333:federated-user/bo",
            "arn:aws:iam::111122223333:group/g",
            "arn:aws:iam:::user/bo",
            "AIDAEXAMPLE",
            "",
        ] {
            assert_eq!(of_principal(arn), None, "{arn}");
        }
        assert_ne!(
            of_principal("arn:aws:iam::111122223333:user/App"),
            of_principal("arn:aws:iam::111122223333:role/App")
        );
    }
}
