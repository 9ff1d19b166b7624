//! The tags of an inventory, counted in one pass and in bounded memory: millions of resources may each have a value of
//! their own.

use std::collections::BTreeMap;

use super::shape::FormatCounts;
use crate::aws::is_aws_key;
use crate::model::Resource;
use crate::rule::{Manager, Truth};

/// The maximum number of resource types.
const MAX_TYPES: usize = 64;
/// The maximum number of keys over all types.
const MAX_KEYS: usize = 4096;
/// The maximum number of distinct values of a key. A key with more has no vocabulary.
const MAX_VALUES: usize = 24;
/// The maximum number of characters of a value.
const MAX_VALUE: usize = 64;
/// The maximum number of characters of a key in AWS.
const MAX_KEY: usize = 128;

/// The counts of all types.
#[derive(Default)]
pub(super) struct Profile {
    /// By type.
    pub(super) types: BTreeMap<String, TypeProfile>,
    /// Resources whose tags are not all known, which are not counted otherwise.
    pub(super) unread: u64,
    /// `true` if keys were omitted.
    pub(super) keys_capped: bool,
    /// `true` if types were omitted.
    pub(super) types_capped: bool,
    keys: usize,
}

/// The counts of one resource type.
#[derive(Default)]
pub(super) struct TypeProfile {
    /// Resources whose tags are all known.
    pub(super) resources: u64,
    /// Resources that AWS made, which are not counted otherwise: nobody tags a service-linked role.
    pub(super) aws_made: u64,
    /// By key.
    pub(super) keys: BTreeMap<String, KeyProfile>,
}

/// The counts of one spelling of a key on one type.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyProfile {
    /// Resources that have it.
    pub(super) count: u64,
    /// Resources that have it with an empty value.
    pub(super) empty: u64,
    /// The formats of the other values.
    pub(super) shapes: FormatCounts,
    /// The other values; `None` if there are too many, or one is too long.
    pub(super) values: Option<BTreeMap<String, u64>>,
}

impl Profile {
    /// Counts one resource.
    pub(super) fn add(&mut self, resource: &Resource<'_>) {
        if !resource.tags.complete() {
            self.unread += 1;
            return;
        }
        let kind = resource.kind.as_str();
        if !self.types.contains_key(kind) {
            if self.types.len() >= MAX_TYPES {
                self.types_capped = true;
                return;
            }
            self.types.insert(kind.to_owned(), TypeProfile::default());
        }
        let Some(of_type) = self.types.get_mut(kind) else { return };
        if Manager::Aws.manages(resource) == Truth::True {
            of_type.aws_made += 1;
            return;
        }
        of_type.resources += 1;
        for tag in resource.tags.known() {
            let key = tag.key.as_str();
            let origin = resource.origin.as_deref();
            // A draft is a file for the repository: it contains nothing that the input marks as sensitive.
            if origin.is_some_and(|origin| origin.hidden_keys.contains(key)) {
                continue;
            }
            let is_sensitive = origin.is_some_and(|origin| origin.sensitive.contains(key));
            // A key with `*` or `?` would be a glob in a rule, and longer keys do not exist in AWS.
            if is_aws_key(key) || key.is_empty() || key.contains(['*', '?']) || key.chars().nth(MAX_KEY).is_some() {
                continue;
            }
            if !of_type.keys.contains_key(key) {
                if self.keys >= MAX_KEYS {
                    self.keys_capped = true;
                    continue;
                }
                self.keys += 1;
                let fresh = KeyProfile { values: Some(BTreeMap::new()), ..KeyProfile::default() };
                of_type.keys.insert(key.to_owned(), fresh);
            }
            if let Some(of_key) = of_type.keys.get_mut(key) {
                of_key.add(tag.value.as_deref().filter(|_| !is_sensitive));
            }
        }
    }
}

impl KeyProfile {
    fn add(&mut self, value: Option<&str>) {
        self.count += 1;
        // An unknown value counts as present, nothing else.
        let Some(value) = value else { return };
        if value.chars().all(char::is_whitespace) {
            self.empty += 1;
            return;
        }
        self.shapes.add(value);
        self.keep(value, 1);
    }

    fn keep(&mut self, value: &str, count: u64) {
        let Some(values) = &mut self.values else { return };
        if let Some(known) = values.get_mut(value) {
            *known += count;
        } else if values.len() < MAX_VALUES && value.chars().nth(MAX_VALUE).is_none() {
            values.insert(value.to_owned(), count);
        } else {
            self.values = None;
        }
    }

    /// Adds the counts of another spelling, or of the same key on another type.
    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.empty += other.empty;
        self.shapes.merge(&other.shapes);
        match &other.values {
            None => self.values = None,
            Some(values) => values.iter().for_each(|(value, count)| self.keep(value, *count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Tag, Tags, Text};

    fn resource(tags: &[(&str, &str)]) -> Resource<'static> {
        let tag = |(key, value): &(&str, &str)| Tag {
            key: Text::from((*key).to_owned()),
            value: Some(Text::from((*value).to_owned())),
        };
        let tags = Tags::Read { tags: tags.iter().map(tag).collect(), more: false.into() };
        Resource { kind: Text::from("iam:user"), tags, ..Resource::default() }
    }

    #[test]
    fn memory_is_bounded() {
        let mut profile = Profile::default();
        for n in 0..3 * MAX_KEYS {
            profile.add(&resource(&[("Id", &n.to_string()), (&format!("k{n}"), "v")]));
        }
        let users = &profile.types["iam:user"];
        assert_eq!(users.keys.len(), MAX_KEYS);
        assert!(profile.keys_capped);
        assert_eq!(users.keys["Id"].values, None);
        assert_eq!(users.keys["Id"].count, 3 * MAX_KEYS as u64);
        for n in 0..2 * MAX_TYPES {
            profile.add(&Resource { kind: Text::from(format!("s:{n}")), ..Resource::default() });
        }
        assert_eq!(profile.types.len(), MAX_TYPES);
        assert!(profile.types_capped);
    }

    #[test]
    fn what_is_not_known_counts_for_nothing() {
        let mut profile = Profile::default();
        profile.add(&Resource { tags: Tags::Unread { reason: Text::from("denied") }, ..resource(&[]) });
        profile.add(&resource(&[("aws:createdBy", "x"), ("K", " "), ("L", &"v".repeat(65))]));
        assert_eq!(profile.unread, 1);
        let users = &profile.types["iam:user"];
        assert_eq!((users.resources, users.keys.len(), users.keys["K"].empty), (1, 2, 1));
        assert_eq!(users.keys["L"].values, None);
    }
}
