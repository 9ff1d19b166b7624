//! The input of a rule: one resource and its context.

use super::key_set::KeySet;
use crate::aws::{TagLimits, same_key};
use crate::base::Glob;
use crate::model::{Day, Resource};

/// The keys that a policy names. None of them counts as a misspelling of another, and `only = "declared"` allows them.
#[derive(Debug, Clone, Default)]
pub struct DeclaredKeys {
    /// Keys and globs.
    pub keys: KeySet,
    /// Keys and globs of tag rules only. Rules on key style exempt them.
    pub tag_keys: KeySet,
    /// Keys of tag rules that ignore the letter case of the key.
    pub any_case: KeySet,
    /// Keys and globs of conditions that ignore the letter case of the key.
    pub any_case_keys: KeySet,
}

impl DeclaredKeys {
    /// Returns `true` if the policy names this key.
    #[must_use]
    pub fn has(&self, key: &str, fold: bool) -> bool {
        self.keys.matches(key, fold) || self.any_case_keys.matches(key, true) || self.any_case.has_folded(key)
    }

    /// Returns `true` if a tag rule names this key.
    #[must_use]
    pub fn has_tag_rule(&self, key: &str, fold: bool) -> bool {
        self.tag_keys.matches(key, fold) || self.any_case.has_folded(key)
    }

    /// Returns `true` if the policy spells out this key, so that an output may name it although an input hides it.
    #[must_use]
    pub fn spells_out(&self, key: &str) -> bool {
        self.keys.has_literal(key)
    }
}

/// Returns `true` if a key of a policy matches a key of a resource: exactly, or (with `fold`) ignoring letter case.
#[must_use]
pub fn key_matches(glob: &Glob, key: &str, fold: bool) -> bool {
    match (fold, glob.is_literal()) {
        (false, _) => glob.matches(key),
        (true, true) => same_key(glob.as_str(), key),
        (true, false) => glob.matches_any_case(key),
    }
}

/// The tags of a resource that earlier rules reported, so that one problem gives one finding.
#[derive(Debug, Clone, Default)]
pub struct ReportedTags {
    /// The indexes of tags reported as misspelled.
    pub misspelled: Vec<usize>,
    /// The indexes of tags reported as forbidden.
    pub forbidden: Vec<usize>,
    /// `true` if the resource was reported for too many tags.
    pub too_many: bool,
    /// The indexes of tags that may be misspelled.
    pub may_be_misspelled: Vec<usize>,
    /// The indexes of tags that may be forbidden.
    pub may_be_forbidden: Vec<usize>,
    /// `true` if the resource may have too many tags.
    pub may_be_too_many: bool,
}

/// The other resources, for rules that compare.
pub trait ResourceIndex: Sync {
    /// The number of resources with this value for the rule `slot` in `scope` (an account, or empty for all).
    fn holders(&self, slot: usize, scope: &str, value: &str) -> u32;
    /// The user with this ARN, if it is in the input.
    fn user(&self, arn: &str) -> Option<Resource<'static>>;
}

/// An index without resources.
pub struct EmptyIndex;

impl ResourceIndex for EmptyIndex {
    fn holders(&self, _: usize, _: &str, _: &str) -> u32 {
        // The resource itself, so that its value counts as unique.
        1
    }
    fn user(&self, _: &str) -> Option<Resource<'static>> {
        None
    }
}

/// The input of [`super::Check::evaluate`].
#[derive(Clone)]
pub struct Context<'a> {
    /// The resource.
    pub resource: &'a Resource<'a>,
    /// The limits of its service.
    pub limits: TagLimits,
    /// The day of the run, UTC.
    pub today: Day,
    /// The keys that the policy names.
    pub declared: &'a DeclaredKeys,
    /// The reports of earlier stages on this resource.
    pub reported: ReportedTags,
    /// The other resources.
    pub index: &'a dyn ResourceIndex,
    /// `true` if messages and suggestions are wanted. The verdict does not depend on it.
    pub with_messages: bool,
}

impl<'a> Context<'a> {
    /// Returns `true` if keys of this resource are compared ignoring letter case.
    #[must_use]
    pub fn fold(&self) -> bool {
        self.limits.folds_case
    }

    /// The tags without those of AWS, each with its index.
    pub fn own_tags(&self) -> impl Iterator<Item = (usize, &'a crate::model::Tag<'a>)> {
        let tags = self.resource.tags.known();
        tags.iter().enumerate().filter(|(_, tag)| !crate::aws::is_aws_key(&tag.key))
    }
}
