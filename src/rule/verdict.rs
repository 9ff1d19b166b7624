//! The verdict of one rule on one resource, and the violations and suggestions in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Resource;

/// The kind of a finding. The order is that of precedence: a finding with several reasons has the first of them.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs)] // `label` says what each is
pub enum ViolationKind {
    Missing,
    Misspelled,
    Empty,
    Format,
    Value,
    Pattern,
    Length,
    Range,
    Items,
    Requires,
    DefaultTags,
    AnyOf,
    Forbidden,
    Undeclared,
    KeyStyle,
    TooMany,
    TooFew,
    Headroom,
    Syntax,
    Duplicate,
    Mismatch,
    Target,
}

impl ViolationKind {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The meaning, as a clause.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Missing => "a required tag is missing",
            Self::Misspelled => "the tag has another spelling of its key",
            Self::Empty => "the value, or an item of it, is empty",
            Self::Format => "the value does not have the named format",
            Self::Value => "the value is not one of the allowed values",
            Self::Pattern => "the value does not match the pattern, or contains a match of the forbidden one",
            Self::Length => "the value is too short or too long",
            Self::Range => "the number or date is out of range",
            Self::Items => "the list has too few, too many or repeated items",
            Self::Requires => "a tag that another tag requires has no value",
            Self::DefaultTags => "a tag is set on the resource and not by `default_tags` of the Terraform provider",
            Self::AnyOf => "none of several keys has a value",
            Self::Forbidden => "the key is not allowed",
            Self::Undeclared => "the key is not in the closed list",
            Self::KeyStyle => "the key is not written in the required style",
            Self::TooMany => "the resource has too many tags",
            Self::TooFew => "the resource has too few tags",
            Self::Headroom => "the resource has room for too few more tags",
            Self::Syntax => "the service does not accept the key or value",
            Self::Duplicate => "two resources have the same value, or two keys of a user differ only in case",
            Self::Target => "the share of compliant resources is below a target",
            Self::Mismatch => "an MFA device and its user have different values",
        }
    }

    /// Returns `true` if the key of a tag causes findings of this kind, whatever its value.
    #[must_use]
    pub fn is_about_key(self) -> bool {
        matches!(self, Self::Misspelled | Self::Forbidden | Self::Undeclared | Self::KeyStyle | Self::Syntax)
    }
}

/// The change that would fix a violation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// Tags to set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Keys to remove, after the others were set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

impl Suggestion {
    /// One tag to set.
    #[must_use]
    pub fn set(key: &str, value: &str) -> Self {
        Self { set: BTreeMap::from([(key.to_owned(), value.to_owned())]), remove: Vec::new() }
    }
}

/// One violation of a rule, for one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation<'a> {
    /// The strongest reason.
    pub kind: ViolationKind,
    /// The key in the rule; for a glob, the key of the tag.
    pub key: Option<Cow<'a, str>>,
    /// The key of the tag that violates the rule.
    pub found: Option<Cow<'a, str>>,
    /// The value of that tag.
    pub value: Option<Cow<'a, str>>,
    /// The index of that tag among the resource's tags.
    pub tag: Option<usize>,
    /// The indexes of other tags whose values the message and the suggestion may contain.
    pub quoted: Vec<usize>,
    /// `true` if the key of that tag is wrong, `false` if its value is.
    pub is_about_key: bool,
    /// The problem and what to write instead; empty unless the context asks for messages.
    pub message: String,
    /// The fix; `None` unless the context asks for messages.
    pub suggestion: Option<Suggestion>,
}

impl<'a> Violation<'a> {
    /// A violation without a message.
    pub fn new(kind: ViolationKind, key: Option<&'a str>) -> Self {
        Self {
            kind,
            key: key.map(Cow::Borrowed),
            found: None,
            value: None,
            tag: None,
            quoted: Vec::new(),
            is_about_key: kind.is_about_key(),
            message: String::new(),
            suggestion: None,
        }
    }

    /// A violation by one tag of the resource.
    pub fn of_tag(kind: ViolationKind, key: &'a str, at: usize, resource: &'a Resource<'a>) -> Self {
        let tag = &resource.tags.known()[at];
        Self {
            found: Some(Cow::Borrowed(tag.key.as_str())),
            value: tag.value.as_deref().map(Cow::Borrowed),
            tag: Some(at),
            ..Self::new(kind, Some(key))
        }
    }
}

/// The verdict of one rule on one resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<'a> {
    /// The rule does not apply to this resource.
    NotApplicable,
    /// The resource satisfies the rule.
    Pass,
    /// The resource violates the rule: one violation for each key.
    Fail(Vec<Violation<'a>>),
    /// The result is unknown.
    Indeterminate(Indeterminate<'a>),
}

/// The reason if it is unknown whether another rule reports the same key.
pub(super) const ELSEWHERE: &str = "another rule may report this key, and the result of that rule is unknown";

/// A violation that an unknown result may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PossibleViolation {
    /// Its kind.
    pub kind: ViolationKind,
    /// The index of the tag that would violate the rule.
    pub tag: Option<usize>,
}

/// The reason for an unknown result.
#[derive(Debug, Clone, PartialEq)]
pub struct Indeterminate<'a> {
    /// The key on which the result depends, if it is one.
    pub key: Option<Cow<'a, str>>,
    /// The reason, for people.
    pub reason: Cow<'a, str>,
    /// The violations that this result may become. Some of them silence other rules, whose results are unknown too.
    pub possible: Vec<PossibleViolation>,
    /// True if a value or other tags of the resource are unknown: its origin may know the cause.
    pub is_about_tags: bool,
}

impl<'a> Indeterminate<'a> {
    /// An unknown result, as not all tags of the resource, or not all values, are known.
    pub fn about_tags(key: Option<&'a str>, reason: impl Into<Cow<'a, str>>) -> Self {
        Self { is_about_tags: true, ..Self::new(key, reason) }
    }

    /// An unknown result that concerns no tag of the resource.
    pub fn new(key: Option<&'a str>, reason: impl Into<Cow<'a, str>>) -> Self {
        Self { key: key.map(Cow::Borrowed), reason: reason.into(), possible: Vec::new(), is_about_tags: false }
    }

    /// The same result, which may become violations of this kind: one for each tag, or one without a tag.
    #[must_use]
    pub fn may_be(mut self, kind: ViolationKind, tags: impl IntoIterator<Item = Option<usize>>) -> Self {
        self.possible.extend(tags.into_iter().map(|tag| PossibleViolation { kind, tag }));
        self
    }

    /// The indexes of the tags that may violate the rule in this way.
    pub fn possible_tags(&self, kind: ViolationKind) -> impl Iterator<Item = usize> {
        self.possible.iter().filter(move |possible| possible.kind == kind).filter_map(|possible| possible.tag)
    }

    /// Returns `true` if the result may become a violation of this kind.
    #[must_use]
    pub fn may_become(&self, kind: ViolationKind) -> bool {
        self.possible.iter().any(|possible| possible.kind == kind)
    }
}

impl<'a> Verdict<'a> {
    /// A failure with one violation.
    #[must_use]
    pub fn fail(violation: Violation<'a>) -> Self {
        Self::Fail(vec![violation])
    }

    /// An unknown result, as not all tags of the resource are known.
    #[must_use]
    pub fn tags_unknown(key: Option<&'a str>, resource: &'a Resource<'a>) -> Self {
        Self::Indeterminate(Indeterminate::about_tags(key, resource.tags.why_unknown()))
    }

    /// An unknown result, as one value is not known yet.
    #[must_use]
    pub fn value_unknown(key: &'a str) -> Self {
        Self::Indeterminate(Indeterminate::about_tags(Some(key), "its value is not known yet"))
    }

    /// A failure if there are violations (sorted, one for each key), else the result of `otherwise`.
    #[must_use]
    pub fn from_violations(mut violations: Vec<Violation<'a>>, otherwise: impl FnOnce() -> Self) -> Self {
        violations.sort_by(|a, b| a.key.cmp(&b.key).then(a.kind.cmp(&b.kind)));
        // After the sort, the kind with precedence comes first and is kept.
        violations.dedup_by(|a, b| a.key == b.key);
        if violations.is_empty() { otherwise() } else { Self::Fail(violations) }
    }
}
