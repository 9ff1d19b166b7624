//! The names by which a line item and a resource find each other.
//!
//! `line_item_resource_id` is an ARN for some services and a bare id for others (AWS Data Exports User Guide, "AWS resource
//! identifiers"). A bare id is a name of one service in one account, and of most services in one region: two resources
//! can have the same, so a bare id that is not known to be of one service joins nothing.

use super::line_item::LineItem;
use crate::aws::Arn;
use crate::model::Resource;

/// The service whose ids are unique in an account.
const EC2: &str = "ec2";

/// A service with bare ids: its product code, the service of its ARNs, the part of the ARN's resource part before the
/// name, and `true` if a name is of one region.
struct BareId {
    code: &'static str,
    service: &'static str,
    kind: &'static str,
    regional: bool,
}

const fn bare(code: &'static str, service: &'static str, kind: &'static str, regional: bool) -> BareId {
    BareId { code, service, kind, regional }
}

/// The services of the table "AWS resource identifiers" whose ids are not those of EC2.
const BARE_IDS: &[BareId] = &[
    bare("AmazonS3", "s3", "", false),
    bare("AmazonCloudFront", "cloudfront", "distribution/", false),
    bare("AmazonCloudSearch", "cloudsearch", "domain/", true),
    bare("AmazonDynamoDB", "dynamodb", "table/", true),
    bare("ElasticMapReduce", "elasticmapreduce", "cluster/", true),
    bare("AmazonElastiCache", "elasticache", "cluster:", true),
    bare("AmazonES", "es", "domain/", true),
    bare("AmazonGlacier", "glacier", "vaults/", true),
    bare("AmazonRDS", "rds", "db:", true),
    bare("AmazonRedshift", "redshift", "cluster:", true),
    bare("AWSLambda", "lambda", "function:", true),
];

/// The product codes whose bare ids are those of EC2: instances, volumes, VPNs, and instances with metrics.
const EC2_CODES: [&str; 3] = ["AmazonEC2", "AmazonVPC", "AmazonCloudWatch"];

/// A name: its scope and its parts.
pub(super) type Name<'n> = [&'n str; 4];

/// The name of the resource of a line item; `None` if it joins no resource.
pub(super) fn of_line_item<'l>(item: &LineItem<'l>) -> Option<Name<'l>> {
    if item.resource.starts_with("arn:") {
        return Some(of_arn(item.resource));
    }
    if item.account.is_empty() || item.resource.is_empty() {
        return None;
    }
    if EC2_CODES.contains(&item.code) {
        return is_generated(item.resource).then_some([EC2, item.account, "", item.resource]);
    }
    let row = BARE_IDS.iter().find(|row| row.code == item.code)?;
    let region = if row.regional { item.region } else { "" };
    (!row.regional || !region.is_empty()).then_some([row.service, item.account, region, item.resource])
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
    let Some(account) = account.filter(|account| !account.is_empty()) else { return Some((name, None)) };
    let bare = if arn.service == EC2 {
        arn.type_and_id().map(|(_, id)| [EC2, account, "", id]).filter(|name| is_generated(name[3]))
    } else {
        BARE_IDS.iter().filter(|row| row.service == arn.service).find_map(|row| {
            let id = arn.resource.strip_prefix(row.kind).filter(|id| !id.is_empty() && !id.contains([':', '/']))?;
            let region = if row.regional { arn.region } else { "" };
            (!row.regional || !region.is_empty()).then_some([row.service, account, region, id])
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
                assert_ne!(other, bare, "{arn}");
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
