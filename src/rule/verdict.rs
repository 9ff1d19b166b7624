//! The verdict of one rule on one resource, and the violations and suggestions in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Resource;

/// What kind of problem a finding is; the strongest first, as a finding with several reasons has the first kind of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names are those of the contract and say it
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
}

impl ViolationKind {
    /// Every kind, with what it means.
    pub const ALL: &[(Self, &str)] = &[
        (Self::Missing, "a required tag is not there"),
        (Self::Misspelled, "the tag is there under another spelling of its key"),
        (Self::Empty, "the value, or an item of it, is empty"),
        (Self::Format, "the value is not of the named format"),
        (Self::Value, "the value is not one of those allowed, or is one of those refused"),
        (Self::Pattern, "the value does not match the pattern, or holds what must not be in it"),
        (Self::Length, "the value is too short or too long"),
        (Self::Range, "the number or date is outside its bounds"),
        (Self::Items, "the list has too few, too many or repeated items"),
        (Self::AnyOf, "none of several keys is there with a value"),
        (Self::Forbidden, "a key is there that must not be"),
        (Self::Undeclared, "a key is there that the closed list does not have"),
        (Self::KeyStyle, "a key is not written in the required style"),
        (Self::TooMany, "the resource has too many tags"),
        (Self::TooFew, "the resource has too few tags"),
        (Self::Headroom, "the resource has too few places left for tags"),
        (Self::Syntax, "the service would refuse the key or value"),
        (Self::Duplicate, "two resources share a value, or two keys of a user differ only in case"),
        (Self::Mismatch, "an MFA device and its user disagree"),
    ];

    /// The name as it stands in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Misspelled => "misspelled",
            Self::Empty => "empty",
            Self::Format => "format",
            Self::Value => "value",
            Self::Pattern => "pattern",
            Self::Length => "length",
            Self::Range => "range",
            Self::Items => "items",
            Self::AnyOf => "any-of",
            Self::Forbidden => "forbidden",
            Self::Undeclared => "undeclared",
            Self::KeyStyle => "key-style",
            Self::TooMany => "too-many",
            Self::TooFew => "too-few",
            Self::Headroom => "headroom",
            Self::Syntax => "syntax",
            Self::Duplicate => "duplicate",
            Self::Mismatch => "mismatch",
        }
    }
}

/// What to write instead: what a fix would carry out.
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

/// One way in which a rule is broken, for one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation<'a> {
    /// The strongest reason.
    pub kind: ViolationKind,
    /// The key that the rule names (or, where it names a glob, the one that is there).
    pub key: Option<Cow<'a, str>>,
    /// The key that is there.
    pub found: Option<Cow<'a, str>>,
    /// The value that is there.
    pub value: Option<Cow<'a, str>>,
    /// The place of the tag among the resource's.
    pub tag: Option<usize>,
    /// What is wrong and what to write instead; empty unless the context asks for words.
    pub message: String,
    /// What a fix would do; `None` unless the context asks for words.
    pub suggestion: Option<Suggestion>,
}

impl<'a> Violation<'a> {
    /// A breach without any words yet.
    pub fn new(kind: ViolationKind, key: Option<&'a str>) -> Self {
        Self {
            kind,
            key: key.map(Cow::Borrowed),
            found: None,
            value: None,
            tag: None,
            message: String::new(),
            suggestion: None,
        }
    }

    /// The breach that one tag of the resource is.
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

/// What a rule answers for one resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<'a> {
    /// Nothing to look at: the demand does not concern this resource.
    NotApplicable,
    /// It holds.
    Pass,
    /// It is broken: one breach a key.
    Fail(Vec<Violation<'a>>),
    /// It cannot be told.
    Indeterminate(Indeterminate<'a>),
}

/// Why a rule says nothing certain of a key that another rule may have to report.
pub(super) const ELSEWHERE: &str = "another rule may have to report this key, and that cannot be told";

/// Why a rule cannot be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Indeterminate<'a> {
    /// The key that the answer depends on, where it is one.
    pub key: Option<Cow<'a, str>>,
    /// For a person.
    pub reason: Cow<'a, str>,
    /// The tags that the rule may turn out to report, by place: what others say of them cannot be told either.
    pub tags: Vec<usize>,
}

impl<'a> Indeterminate<'a> {
    /// A doubt that concerns no tag of the resource.
    pub fn new(key: Option<&'a str>, reason: impl Into<Cow<'a, str>>) -> Self {
        Self { key: key.map(Cow::Borrowed), reason: reason.into(), tags: Vec::new() }
    }
}

impl<'a> Verdict<'a> {
    /// It is broken in one way.
    #[must_use]
    pub fn fail(violation: Violation<'a>) -> Self {
        Self::Fail(vec![violation])
    }

    /// It cannot be told, as the resource's tags are not all known.
    #[must_use]
    pub fn tags_unknown(key: Option<&'a str>, resource: &'a Resource<'a>) -> Self {
        Self::Indeterminate(Indeterminate::new(key, resource.tags.why_unknown()))
    }

    /// It cannot be told, as one value is not known yet.
    #[must_use]
    pub fn value_unknown(key: &'a str) -> Self {
        Self::Indeterminate(Indeterminate::new(Some(key), "its value is not known yet"))
    }

    /// Fail if there is any breach, in the order of keys and one for each; else what `otherwise` says.
    #[must_use]
    pub fn from_violations(mut violations: Vec<Violation<'a>>, otherwise: impl FnOnce() -> Self) -> Self {
        violations.sort_by(|a, b| a.key.cmp(&b.key).then(a.kind.cmp(&b.kind)));
        violations.dedup_by(|a, b| a.key == b.key);
        if violations.is_empty() { otherwise() } else { Self::Fail(violations) }
    }
}
