//! Types by their names.

use std::sync::OnceLock;

use super::row::ResourceType;

pub(super) const TABLE: &str = include_str!("table.tsv");
const UNTAGGED: &str = include_str!("untagged.txt");

/// The lines of a file without its head.
pub(super) fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#'))
}

/// Every type, in the table's order: by tagging name, the type that a name stands for before those that share it.
#[must_use]
pub fn all() -> &'static [ResourceType] {
    static ALL: OnceLock<Vec<ResourceType>> = OnceLock::new();
    ALL.get_or_init(|| lines(TABLE).map(ResourceType::parse).collect())
}

/// The types that have this name: several for a tagging name that is shared, that which it stands for first.
pub(super) fn with_name(name: &str) -> impl Iterator<Item = &'static ResourceType> {
    static BY_NAME: OnceLock<Vec<(&'static str, &'static ResourceType)>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| {
        let mut names: Vec<_> = all().iter().flat_map(|row| row.names().map(move |name| (name, row))).collect();
        // Stable: the order of the table stays among equal names.
        names.sort_by_key(|(name, _)| *name);
        names
    });
    let from = by_name.partition_point(|(other, _)| *other < name);
    let to = from + by_name[from..].partition_point(|(other, _)| *other == name);
    by_name[from..to].iter().map(|(_, row)| *row)
}

/// The type that has this name in any of the name spaces.
#[must_use]
pub fn named(name: &str) -> Option<&'static ResourceType> {
    with_name(name).next()
}

/// The type that Terraform's provider `aws` calls so; `None` for one that carries no tags there, or is not known.
#[must_use]
pub fn terraform(name: &str) -> Option<&'static ResourceType> {
    named(name).filter(|row| row.terraform().any(|other| other == name))
}

/// The type that Terraform's provider `awscc` calls so.
#[must_use]
pub fn awscc(name: &str) -> Option<&'static ResourceType> {
    named(name).filter(|row| row.awscc == Some(name))
}

/// The type that `CloudFormation` calls so; `None` for one that carries no tags, or is not known.
#[must_use]
pub fn cloudformation(name: &str) -> Option<&'static ResourceType> {
    named(name).filter(|row| row.cloudformation == Some(name))
}

/// The type that this tagging name (`service:kind`) stands for.
#[must_use]
pub fn tagging(name: &str) -> Option<&'static ResourceType> {
    named(name).filter(|row| row.tagging == Some(name))
}

/// All names of the type that has this one, of whatever name space; the name alone where the type is not known.
pub fn names(kind: &str) -> impl Iterator<Item = &str> {
    let known = named(kind);
    let alone = known.is_none().then_some(kind);
    known.into_iter().flat_map(|known| known.names().map(|name| -> &str { name })).chain(alone)
}

/// The types of `CloudFormation` and Terraform that exist and cannot carry tags there.
pub fn untagged() -> impl Iterator<Item = &'static str> {
    lines(UNTAGGED)
}

/// Whether this is a type of `CloudFormation` or Terraform that exists and cannot carry tags there.
#[must_use]
pub fn is_untagged(name: &str) -> bool {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| lines(UNTAGGED).collect()).binary_search(&name).is_ok()
}
