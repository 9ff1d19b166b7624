//! The types that are read from AWS's indexes, and what Resource Explorer says of them.

use std::collections::HashSet;

use crate::aws::resource_types::{self, ResourceType};
use crate::aws::{TypeGlobs, supported};
use crate::base::Globs;

/// The most types that `GetResources` takes as a filter (Resource Groups Tagging API Reference, `GetResources`).
const MOST_FILTERS: usize = 100;
/// Services whose resources belong to no region, so that they are in the indexes of the partition's main region.
const GLOBAL_SERVICES: [&str; 9] = [
    "cloudfront",
    "globalaccelerator",
    "networkmanager",
    "organizations",
    "route53",
    "route53domains",
    "savingsplans",
    "shield",
    "waf",
];

/// The types to read from the indexes. Types with a reader of their own are read with that, unless a view is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedTypes {
    /// The names and globs; none for every type.
    globs: Option<TypeGlobs>,
    /// The types of the table that are left out, sorted.
    left_out: Vec<&'static str>,
}

impl IndexedTypes {
    /// Every type.
    #[must_use]
    pub fn all() -> Self {
        Self { globs: None, left_out: Vec::new() }
    }

    /// The types that names and globs match; `None` if these are only types with a reader of their own.
    #[must_use]
    pub fn named<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<Self> {
        let types = Self::of_view(names);
        let has_rows = types.rows().next().is_some();
        has_rows.then_some(types)
    }

    /// The types that names and globs match, with or without a reader of their own.
    #[must_use]
    pub fn of_view<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let globs = TypeGlobs::new(Globs::new(names.into_iter().collect::<Vec<_>>()));
        Self { globs: Some(globs), left_out: Vec::new() }
    }

    /// These types without those of the table that are not concerned.
    #[must_use]
    pub fn only(self, concerned: impl Fn(&str) -> bool) -> Self {
        let mut left_out: Vec<&str> = self.kinds().filter(|kind| !concerned(kind)).collect();
        left_out.extend(self.left_out);
        left_out.sort_unstable();
        left_out.dedup();
        Self { globs: self.globs, left_out }
    }

    /// Returns `true` if every type is wanted.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.globs.is_none()
    }

    /// Returns `true` if resources of a type are wanted.
    #[must_use]
    pub fn wants(&self, kind: &str) -> bool {
        let is_named = self.globs.as_ref().is_none_or(|globs| globs.matches(kind));
        is_named && self.left_out.binary_search(&kind).is_err()
    }

    /// The wanted types of the table of types.
    pub fn rows(&self) -> impl Iterator<Item = &'static ResourceType> {
        let native = |kind: &str| supported::by_name(kind).is_some();
        resource_types::all().iter().filter(move |row| !native(row.kind()) && self.wants(row.kind()))
    }

    /// The names of all wanted types of the table, also of those with a reader of their own.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        resource_types::all().iter().map(ResourceType::kind).filter(|kind| self.wants(kind))
    }

    /// Returns `true` if resources without a region may be among them.
    pub(super) fn has_global(&self) -> bool {
        let is_global = |name: &str| GLOBAL_SERVICES.iter().any(|service| service_of(name) == *service);
        self.rows().any(|row| row.tagging.is_some_and(is_global))
    }

    /// The filter of `GetResources`; none for all types, or if it cannot name one of them.
    pub(super) fn tagging_filter(&self) -> Vec<&'static str> {
        if self.is_all() {
            return Vec::new();
        }
        let names: Option<Vec<&str>> = self.rows().map(|row| row.tagging).collect();
        let mut names = names.unwrap_or_default();
        names.sort_unstable();
        names.dedup();
        if names.len() > MOST_FILTERS { Vec::new() } else { names }
    }
}

/// The service of a type's tagging name.
fn service_of(name: &str) -> &str {
    name.split(':').next().unwrap_or_default()
}

/// Returns `true` if a resource with this service in its ARN belongs to no region.
pub(super) fn is_global_service(service: &str) -> bool {
    GLOBAL_SERVICES.contains(&service)
}

/// The types that Resource Explorer lists, by its own names and those of `CloudFormation`.
#[derive(Debug, Default)]
pub(crate) struct ListedTypes(pub(super) HashSet<String>);

impl ListedTypes {
    /// Returns `true` if Resource Explorer lists a type.
    pub(crate) fn has(&self, row: &ResourceType) -> bool {
        row.names().any(|name| self.0.contains(name))
    }

    /// Returns `true` if Resource Explorer lists resources of a type that a resource names.
    pub(super) fn has_kind(&self, kind: &str) -> bool {
        resource_types::names(kind).any(|name| self.0.contains(name))
    }

    /// The only name of Resource Explorer for the wanted types, as a filter; `None` if there are several or none.
    pub(super) fn only_name(&self, wanted: &IndexedTypes) -> Option<&str> {
        if wanted.is_all() {
            return None;
        }
        let mut rows = wanted.rows();
        let (row, None) = (rows.next()?, rows.next()) else { return None };
        row.tagging.filter(|_| !row.shares_tagging).and_then(|name| self.0.get(name)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_with_a_reader_are_not_read_from_the_indexes() {
        assert!(IndexedTypes::named(["iam:*", "aws_iam_user"]).is_none());
        let queues = IndexedTypes::named(["AWS::SQS::Queue", "iam:user"]).expect("a type");
        assert_eq!(queues.rows().map(ResourceType::kind).collect::<Vec<_>>(), ["sqs:queue"]);
        assert!(queues.wants("sqs:queue") && !queues.wants("sns:topic") && !queues.has_global());
        assert_eq!(queues.tagging_filter(), ["sqs:queue"]);
        assert!(IndexedTypes::all().rows().count() > 1000 && IndexedTypes::all().tagging_filter().is_empty());
        assert!(IndexedTypes::all().has_global());
        let some = IndexedTypes::all().only(|kind| kind.starts_with("sqs:"));
        assert_eq!((some.rows().count(), some.wants("newthing:thing"), some.wants("sns:topic")), (1, true, false));
        assert!(IndexedTypes::named(["cloudfront:distribution"]).expect("a type").has_global());
    }

    #[test]
    fn a_filter_names_one_type_that_resource_explorer_knows() {
        let listed = ListedTypes(HashSet::from(["sqs:queue".to_owned()]));
        let of = |names: &[&str]| IndexedTypes::named(names.iter().copied()).expect("types");
        assert_eq!(listed.only_name(&of(&["sqs:queue"])), Some("sqs:queue"));
        assert_eq!(listed.only_name(&of(&["sns:topic"])), None);
        assert_eq!(listed.only_name(&of(&["sqs:queue", "sns:topic"])), None);
        assert_eq!(listed.only_name(&IndexedTypes::all()), None);
    }
}
