//! Resource types of AWS policies, as names of taglint's table.

use std::collections::BTreeSet;

use super::note::Note;
use crate::authoring::write::shown;
use crate::aws::resource_types::{ResourceType, all, is_untagged, named};
use crate::base::Glob;

/// The maximum length of a resource type.
const MAX_TYPE: usize = 256;

/// Types that AWS Config calls otherwise than `CloudFormation` (AWS Config Developer Guide, "Supported Resource Types").
const CONFIG_NAMES: &[(&str, &str)] = &[
    ("AWS::ACM::Certificate", "acm:certificate"),
    // A customer managed policy. `CloudFormation` calls an inline policy so.
    ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"),
    ("AWS::OpenSearch::Domain", "AWS::OpenSearchService::Domain"),
    ("AWS::RDS::DBClusterSnapshot", "rds:cluster-snapshot"),
    ("AWS::Redshift::ClusterSnapshot", "redshift:snapshot"),
];

/// The globs for types of a tag policy: `s3:bucket`, and `s3:*` for `s3:ALL_SUPPORTED`. Each matches a known type; the
/// others are noted. `field` names the list.
pub(super) fn tagging(field: &str, items: &[String], notes: &mut Vec<Note>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for item in items {
        match tagging_glob(item) {
            Ok(glob) if out.contains(&glob) => {}
            Ok(glob) => out.push(glob),
            Err(why) => notes.push(Note::lost(format!("{} in `{field}` is omitted: {why}", shown(item)))),
        }
    }
    out
}

/// The types that a tag policy may name: Organizations User Guide, "Tag policy syntax and examples": no wildcard for all
/// services, none for a type of several services. `service:*` is the older form of `service:ALL_SUPPORTED`.
fn tagging_glob(item: &str) -> Result<String, &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_/:.".contains(c);
    let Some((service, kind)) = item.split_once(':').filter(|(service, kind)| !service.is_empty() && !kind.is_empty())
    else {
        return Err("not a resource type (`service:type`)");
    };
    if kind == "ALL_SUPPORTED" || kind == "*" {
        let glob = format!("{service}:*");
        let known = item.len() <= MAX_TYPE && service.chars().all(plain) && matches_a_type(&glob);
        return if known { Ok(glob) } else { Err("taglint knows no type of this service that can have tags") };
    }
    if item.contains('*') {
        return Err("AWS takes no other wildcard in a type than `service:ALL_SUPPORTED`");
    }
    let is_tagging = item.chars().all(plain) && !item.starts_with("AWS::");
    let row = named(item).filter(|_| is_tagging).ok_or("taglint knows no such type that can have tags")?;
    // One name for a type with several, so that lists can be compared.
    Ok(row.tagging.filter(|_| !row.shares_tagging).unwrap_or(item).to_owned())
}

fn matches_a_type(glob: &str) -> bool {
    let glob = Glob::new(glob);
    all().iter().any(|row| row.names().any(|name| glob.matches(name)))
}

/// The types that AWS Config or `CloudFormation` call so, by taglint's names; the others are noted.
pub(super) fn config<'n>(names: impl IntoIterator<Item = &'n str>, notes: &mut Vec<Note>) -> Vec<String> {
    let mut out = BTreeSet::new();
    for name in names {
        match config_type(name) {
            Some(row) => drop(out.insert(row.kind().to_owned())),
            None if is_untagged(name) => {
                notes.push(Note::lost(format!("the type {} is omitted: it cannot have tags", shown(name))));
            }
            None => notes.push(Note::lost(format!(
                "the type {} is omitted: taglint knows no such type that can have tags",
                shown(name)
            ))),
        }
    }
    out.into_iter().collect()
}

/// The type that AWS Config or `CloudFormation` calls so.
pub(super) fn config_type(name: &str) -> Option<&'static ResourceType> {
    let other = CONFIG_NAMES.iter().find(|(config, _)| *config == name).map(|(_, other)| *other);
    match other {
        Some(other) => named(other),
        None => named(name).filter(|row| row.cloudformation == Some(name)),
    }
}

/// The name of a type in AWS Config.
pub(in crate::authoring) fn config_name(row: &ResourceType) -> Option<&'static str> {
    let other = CONFIG_NAMES.iter().find(|(_, name)| named(name).is_some_and(|own| own.kind() == row.kind()));
    other.map(|(config, _)| *config).or(row.cloudformation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_tag_policies() {
        for (item, want) in [
            ("s3:bucket", Some("s3:bucket")),
            ("s3:ALL_SUPPORTED", Some("s3:*")),
            ("redshift:*", Some("redshift:*")),
            ("states:stateMachine", Some("states:stateMachine")),
            ("states:statemachine", None),
            ("nothing:ALL_SUPPORTED", None),
            ("*:*", None),
            ("*:instance", None),
            ("ec2:*instance*", None),
            ("ec2", None),
            ("*", None),
            ("AWS::S3::Bucket", None),
            ("aws_s3_bucket", None),
        ] {
            assert_eq!(tagging_glob(item).ok().as_deref(), want, "{item}");
        }
    }

    #[test]
    fn names_of_config_are_types() {
        for (name, _) in CONFIG_NAMES {
            assert!(config_type(name).is_some(), "{name}");
            assert!(named(name).is_none(), "{name} stands in the table now; remove it here");
        }
        let mut notes = Vec::new();
        let names =
            ["AWS::S3::Bucket", "AWS::ACM::Certificate", "AWS::S3::BucketPolicy", "AWS::No::Thing", "s3:bucket"];
        assert_eq!(config(names, &mut notes), ["acm:certificate", "s3:bucket"]);
        let texts: Vec<_> = notes.iter().map(|note| note.text.as_str()).collect();
        assert!(texts[0].contains("BucketPolicy") && texts[0].contains("cannot have tags"), "{texts:?}");
        assert_eq!(texts.len(), 3);
    }
}
