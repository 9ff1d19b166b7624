//! The requirements of rules in a form that other policy languages can be made from.

use super::format::Format;

/// The requirement of a rule, for a translation.
#[derive(Debug, Clone)]
pub enum Demand<'a> {
    /// A tag, its key and its value.
    Tag(TagDemand<'a>),
    /// At least one of these keys has a value.
    AnyOf(&'a [String]),
}

/// The requirement of a tag rule.
#[derive(Debug, Clone)]
pub struct TagDemand<'a> {
    /// The key, or a glob over keys.
    pub key: &'a str,
    /// `true` for one key, `false` for a glob.
    pub literal: bool,
    /// `true` if the tag must exist.
    pub required: bool,
    /// `true` if the key in another letter case is this tag too.
    pub ignore_key_case: bool,
    /// The requirement for its value.
    pub value: ValueDemand<'a>,
}

/// The requirement for a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ValueDemand<'a> {
    /// `true` if the value may be empty or only white space.
    pub allow_empty: bool,
    /// The allowed values (globs), literal ones first.
    pub values: Option<Vec<&'a str>>,
    /// The values (globs) that are not allowed.
    pub not_values: Vec<&'a str>,
    /// `true` if both lists ignore letter case.
    pub ignore_case: bool,
    /// The regular expression that the whole value must match.
    pub pattern: Option<&'a str>,
    /// The regular expression that no part of the value may match.
    pub not_pattern: Option<&'a str>,
    /// The format.
    pub format: Option<Format>,
    /// The minimum number of characters.
    pub min_length: Option<usize>,
    /// The maximum number of characters.
    pub max_length: Option<usize>,
    /// The fields of all other constraints.
    pub others: Vec<&'static str>,
}

impl ValueDemand<'_> {
    /// The fields that constrain a value that is not empty.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        let set = [
            ("values", self.values.is_some()),
            ("not-values", !self.not_values.is_empty()),
            ("pattern", self.pattern.is_some()),
            ("not-pattern", self.not_pattern.is_some()),
            ("format", self.format.is_some()),
            ("min-length", self.min_length.is_some_and(|min| min > 1)),
            ("max-length", self.max_length.is_some()),
        ];
        set.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).chain(self.others.iter().copied()).collect()
    }
}
