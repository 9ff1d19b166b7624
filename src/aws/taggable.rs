//! Resources whose tags can be changed: those of supported types through their own service, those of every other type of
//! the table through the Resource Groups Tagging API.

use super::account_id::AccountId;
use super::arn::Arn;
use super::region::{Partition, Region};
use super::resource_types::{ResourceType, by_arn, named};
use super::supported::{self, ResourceArn};

/// The longest ARN that the tagging API takes (`ResourceARN` of its API model), in characters.
const MAX_ARN: usize = 1011;
/// The services with regions whose ARNs name none.
const WITHOUT_REGION: [&str; 1] = ["s3"];

/// The ARN of a resource whose tags can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaggableArn<'a> {
    /// The type, as inventories name it.
    pub kind: &'static str,
    /// The ARN in parts. Its account and region may be empty: see [`TaggableArn::place`].
    pub arn: Arn<'a>,
    /// The parts of the ARN of a supported type; `None` where the tagging API writes the tags.
    pub native: Option<ResourceArn<'a>>,
}

/// The account and region that a resource belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The account id.
    pub account: String,
    /// The region; `None` for a resource of a global service.
    pub region: Option<String>,
}

impl<'a> TaggableArn<'a> {
    /// Parses an ARN; `None` if it belongs to no type of the table, or not to one of IAM's in the right form.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(native) = ResourceArn::parse(text) {
            return Some(Self { kind: native.resource_type.name, arn: native.arn, native: Some(native) });
        }
        let arn = Arn::parse(text)?;
        // In a policy, `*` and `?` stand for other resources, and `$` begins a variable.
        let odd = |c: char| c.is_control() || matches!(c, '*' | '?' | '$');
        if text.chars().count() > MAX_ARN || text.contains(odd) {
            return None;
        }
        let row = by_arn(text)?;
        // Only its own service changes the tags of a supported type.
        let supported = row.names().any(|name| supported::by_name(name).is_some());
        (!supported).then(|| Self { kind: row.kind(), arn, native: None })
    }

    /// The name or id at the end of the ARN.
    #[must_use]
    pub fn name(&self) -> &'a str {
        let of_resource = || self.arn.resource.rsplit(['/', ':']).next().unwrap_or_default();
        self.native.map_or_else(of_resource, |native| native.name)
    }

    /// Returns `true` if resources of this type may have the ARN. Several types can share one form of ARNs, such as the
    /// clusters of Amazon RDS and Amazon `DocumentDB`.
    #[must_use]
    pub fn is_of(&self, kind: &str) -> bool {
        let share = |one: &ResourceType, other: &ResourceType| one.tagging.is_some() && one.tagging == other.tagging;
        kind == self.kind
            || self.native.is_none()
                && named(kind).zip(named(self.kind)).is_some_and(|(one, other)| {
                    one == other || supported::by_name(one.kind()).is_none() && share(one, other)
                })
    }

    /// The account and region of the resource. The ARNs of a few types lack one or both, and they then come from the
    /// inventory or plan: `account` and `region` are what it states. `global` as a region means none.
    ///
    /// # Errors
    /// The part that is missing, or differs from the ARN.
    pub fn place(&self, account: Option<&str>, region: Option<&str>) -> Result<Place, &'static str> {
        let Arn { partition, service, region: own_region, account: own_account, .. } = self.arn;
        let account = match (own_account, account) {
            ("", None) => return Err("its ARN names no account, and nothing else does"),
            ("", Some(stated)) if AccountId::is_valid(stated) => stated,
            (own, stated) if !own.is_empty() && stated.is_none_or(|stated| stated == own) => own,
            _ => return Err("its account differs from its ARN, or is no account id"),
        };
        let region = match (own_region, region.filter(|stated| *stated != "global")) {
            ("", None) if WITHOUT_REGION.contains(&service) => {
                return Err(
                    "its ARN names no region, and nothing else does; use an inventory with the regions of resources",
                );
            }
            ("", None) => None,
            // The tagging API is called there, with credentials of the partition of the ARN.
            ("", Some(stated)) if self.native.is_none() && is_in(partition, stated) => Some(stated),
            (own, stated) if !own.is_empty() && stated.is_none_or(|stated| stated == own) => Some(own),
            _ => return Err("its region differs from its ARN, or is no region of its partition"),
        };
        Ok(Place { account: account.to_owned(), region: region.map(str::to_owned) })
    }
}

impl Place {
    /// The region in which the tagging API has the resource. It has those of global services in the main region of the
    /// partition (`docs/contributing/aws-facts.md`).
    #[must_use]
    pub fn tagging_region<'p>(&'p self, partition: &str) -> &'p str {
        self.region.as_deref().unwrap_or(Partition::named(partition).main_region)
    }
}

fn is_in(partition: &str, region: &str) -> bool {
    Region::is_valid(region) && Partition::of_region(region).name == partition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_type_of_the_table_is_taggable_and_supported_types_only_natively() {
        for (text, want) in [
            ("arn:aws:iam::123456789012:user/team/anika", Some(("iam:user", true, "anika"))),
            ("arn:aws:iam::123456789012:user/a b", None),
            ("arn:aws:iam::123456789012:group/a", None),
            ("arn:aws:s3:::logs", Some(("s3:bucket", false, "logs"))),
            ("arn:aws:s3:::logs*", None),
            ("arn:aws:s3:::${aws:username}", None),
            ("arn:aws:sqs:eu-west-1:123456789012:jobs", Some(("sqs:queue", false, "jobs"))),
            ("arn:aws-cn:sqs:cn-north-1:123456789012:jobs", Some(("sqs:queue", false, "jobs"))),
            ("arn:aws:sqs:eu-west-1:123456789012:jobs\n", None),
            ("arn:aws:sqs:eu-west-1:12345:jobs", None),
            ("arn:aws:ec2:eu-west-1:123456789012:instance/i-1", Some(("ec2:instance", false, "i-1"))),
            ("arn:aws:lambda:eu-west-1:123456789012:function:run", Some(("lambda:function", false, "run"))),
            ("arn:aws:cognito-idp::123456789012:userpool/x_1", None),
            ("arn:aws:nothing:eu-west-1:123456789012:x/y", None),
        ] {
            let found = TaggableArn::parse(text);
            assert_eq!(found.map(|arn| (arn.kind, arn.native.is_some(), arn.name())), want, "{text}");
        }
        let long = format!("arn:aws:sqs:eu-west-1:123456789012:{}", "q".repeat(MAX_ARN));
        assert_eq!(TaggableArn::parse(&long), None);
    }

    #[test]
    fn the_place_is_that_of_the_arn_or_the_stated_one() {
        let place = |arn: &str, account: Option<&str>, region: Option<&str>| {
            TaggableArn::parse(arn).unwrap().place(account, region).ok().map(|place| (place.account, place.region))
        };
        let of = |account: &str, region: Option<&str>| Some((account.to_owned(), region.map(str::to_owned)));
        let queue = "arn:aws:sqs:eu-west-1:123456789012:jobs";
        assert_eq!(place(queue, None, None), of("123456789012", Some("eu-west-1")));
        assert_eq!(place(queue, Some("111122223333"), None), None);
        assert_eq!(place(queue, None, Some("us-east-1")), None);
        let bucket = "arn:aws:s3:::logs";
        assert_eq!(place(bucket, Some("123456789012"), Some("eu-west-1")), of("123456789012", Some("eu-west-1")));
        assert_eq!(place(bucket, Some("123456789012"), None), None, "the bucket is in some region");
        assert_eq!(place(bucket, None, Some("eu-west-1")), None);
        assert_eq!(place(bucket, Some("x"), Some("eu-west-1")), None);
        assert_eq!(place(bucket, Some("123456789012"), Some("cn-north-1")), None, "another partition");
        assert_eq!(place(bucket, Some("123456789012"), Some("eu-west-1/../x")), None);
        let zone = "arn:aws:route53:::hostedzone/Z1";
        assert_eq!(place(zone, Some("123456789012"), Some("global")), of("123456789012", None));
        let user = "arn:aws:iam::123456789012:user/a";
        assert_eq!(place(user, None, Some("eu-west-1")), None);
        let home = Place { account: String::new(), region: None };
        assert_eq!((home.tagging_region("aws"), home.tagging_region("aws-cn")), ("us-east-1", "cn-north-1"));
    }

    #[test]
    fn types_that_share_a_form_of_arns_are_told_apart_by_their_name_alone() {
        let cluster = TaggableArn::parse("arn:aws:rds:eu-west-1:123456789012:cluster:a").unwrap();
        assert!(
            cluster.is_of("rds:cluster") && cluster.is_of("AWS::RDS::DBCluster") && cluster.is_of("aws_docdb_cluster")
        );
        assert!(!cluster.is_of("rds:db") && !cluster.is_of("iam:user") && !cluster.is_of("nothing"));
        let user = TaggableArn::parse("arn:aws:iam::123456789012:user/a").unwrap();
        assert!(user.is_of("iam:user") && !user.is_of("AWS::IAM::User"));
    }
}
