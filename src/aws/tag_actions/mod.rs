//! The actions that the tagging API needs beside its own: it calls the service of the resource with the permissions of the
//! caller.

use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("table.tsv");
/// The table is compiled in, and a test reads all of it.
const IS_GOOD: &str = "the table of actions is generated";

/// The tagging API's own actions. They take no resource and have no condition key (Service Authorization Reference).
pub const READ: &str = "tag:GetResources";
/// Sets tags of up to 20 resources.
pub const TAG: &str = "tag:TagResources";
/// Removes tags of up to 20 resources.
pub const UNTAG: &str = "tag:UntagResources";

/// The actions of a service that write the tags of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagActions {
    /// Those that set tags: `sqs:TagQueue`.
    pub set: Vec<&'static str>,
    /// Those that remove tags: `sqs:UntagQueue`.
    pub remove: Vec<&'static str>,
    /// `true` if all of them have the condition key `aws:TagKeys`.
    pub by_keys: bool,
}

/// The actions of a type, by its [kind](super::resource_types::ResourceType::kind); `None` if they are not known.
#[must_use]
pub fn of(kind: &str) -> Option<&'static TagActions> {
    static ALL: OnceLock<HashMap<&'static str, TagActions>> = OnceLock::new();
    let all = ALL.get_or_init(|| TABLE.lines().filter(|line| !line.starts_with('#')).map(parse).collect());
    all.get(kind)
}

fn parse(line: &'static str) -> (&'static str, TagActions) {
    let mut cells = line.split('\t');
    let mut cell = || cells.next().expect(IS_GOOD);
    let kind = cell();
    let [set, remove] = [cell(), cell()].map(|actions| actions.split(',').collect());
    (kind, TagActions { set, remove, by_keys: cell() == "yes" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::resource_types::named;

    #[test]
    fn every_line_names_a_type_of_the_table_and_its_actions() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        assert!(lines.clone().count() > 1000);
        for line in lines {
            let (kind, actions) = parse(line);
            assert_eq!(named(kind).map(super::super::resource_types::ResourceType::kind), Some(kind), "{line}");
            assert_eq!(of(kind), Some(&actions));
            let service = |action: &&str| {
                action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
            };
            assert!(actions.set.iter().chain(&actions.remove).all(service), "{line}");
        }
    }

    #[test]
    fn actions_have_the_names_that_their_services_gave_them() {
        for (kind, set, remove, by_keys) in [
            ("ec2:instance", &["ec2:CreateTags"][..], &["ec2:DeleteTags"][..], true),
            ("sqs:queue", &["sqs:TagQueue"], &["sqs:UntagQueue"], true),
            ("rds:db", &["rds:AddTagsToResource"], &["rds:RemoveTagsFromResource"], true),
            ("route53:hostedzone", &["route53:ChangeTagsForResource"], &["route53:ChangeTagsForResource"], false),
        ] {
            let want = TagActions { set: set.to_vec(), remove: remove.to_vec(), by_keys };
            assert_eq!(of(kind), Some(&want));
        }
        assert!(
            of("s3:bucket").is_some_and(|actions| actions.set.contains(&"s3:PutBucketTagging") && !actions.by_keys)
        );
        assert_eq!(of("no:such"), None);
    }
}
