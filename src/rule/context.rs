//! The input of a rule: one resource, and what is known besides.

use crate::aws::{TagLimits, same_key};
use crate::base::Glob;
use crate::model::{Day, Resource};

/// The keys that a policy names, so that none of them is taken for another's misspelling and `only = "declared"` knows
/// its list.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Keys and globs, `*` alone left out.
    pub keys: Vec<Glob>,
    /// Keys and globs of tag rules alone: key style spares them.
    pub tag_keys: Vec<Glob>,
}

impl Declared {
    /// Whether the policy names this key.
    #[must_use]
    pub fn has(&self, key: &str, fold: bool) -> bool {
        self.keys.iter().any(|glob| key_matches(glob, key, fold))
    }

    /// Whether a tag rule names this key.
    #[must_use]
    pub fn has_tag_rule(&self, key: &str, fold: bool) -> bool {
        self.tag_keys.iter().any(|glob| key_matches(glob, key, fold))
    }
}

/// Whether a key of a policy means a key of a resource: exactly, or (`fold`) whatever its case.
#[must_use]
pub fn key_matches(glob: &Glob, key: &str, fold: bool) -> bool {
    match (fold, glob.is_literal()) {
        (false, _) => glob.matches(key),
        (true, true) => same_key(glob.as_str(), key),
        (true, false) => glob.matches_any_case(key),
    }
}

/// Which tags of a resource another rule has spoken of already: one problem, one finding.
#[derive(Debug, Clone, Default)]
pub struct ReportedTags {
    /// Tags reported as misspelled, by place.
    pub misspelled: Vec<usize>,
    /// Tags reported as forbidden, by place.
    pub forbidden: Vec<usize>,
    /// The resource was reported for too many tags.
    pub too_many: bool,
    /// Tags that may turn out to be misspelled, by place.
    pub may_be_misspelled: Vec<usize>,
    /// Tags that may turn out to be forbidden, by place.
    pub may_be_forbidden: Vec<usize>,
    /// The resource may turn out to have too many tags.
    pub may_be_too_many: bool,
}

/// What is known of other resources, for the rules that compare.
pub trait ResourceIndex: Sync {
    /// How many resources have this value under the unique rule `slot` in `scope` (an account, or empty for all).
    fn holders(&self, slot: usize, scope: &str, value: &str) -> u32;
    /// The user with this ARN, if it is in the input.
    fn user(&self, arn: &str) -> Option<Resource<'static>>;
}

/// No other resources at all.
pub struct EmptyIndex;

impl ResourceIndex for EmptyIndex {
    fn holders(&self, _: usize, _: &str, _: &str) -> u32 {
        1
    }
    fn user(&self, _: &str) -> Option<Resource<'static>> {
        None
    }
}

/// What a check may look at.
#[derive(Clone)]
pub struct Context<'a> {
    /// The resource.
    pub resource: &'a Resource<'a>,
    /// What its service demands.
    pub service: TagLimits,
    /// The day of the run, UTC.
    pub today: Day,
    /// The keys that the policy names.
    pub declared: &'a Declared,
    /// What earlier stages reported of this resource.
    pub reported: ReportedTags,
    /// The other resources.
    pub others: &'a dyn ResourceIndex,
    /// Whether messages and suggestions are wanted; the answer is the same either way.
    pub with_messages: bool,
}

impl<'a> Context<'a> {
    /// Whether keys of this resource are compared whatever their case.
    #[must_use]
    pub fn fold(&self) -> bool {
        self.service.folds_case
    }

    /// Tags that are the owner's, not AWS's, with their places.
    pub fn own_tags(&self) -> impl Iterator<Item = (usize, &'a crate::model::Tag<'a>)> {
        let tags = self.resource.tags.known();
        tags.iter().enumerate().filter(|(_, tag)| !crate::aws::is_aws_key(&tag.key))
    }
}
