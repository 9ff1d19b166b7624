//! What a rule can demand of one resource: one file a kind, pure and synchronous.
//!
//! Every check answers with one of three: it holds, it is broken, or it cannot be told ([`Answer`]). What is unknown is
//! never taken for absent and never for compliant.

mod any_of;
mod bearing;
mod condition;
mod constraint;
mod count;
mod forbid;
mod format;
mod key_style;
mod near;
mod only;
mod same_as_user;
mod syntax;
mod table;
mod tag;
mod unique;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Day, Resource, Service, same_key};
use crate::text::Glob;

pub use any_of::AnyOf;
pub use bearing::{Bearing, Needs};
pub use condition::{Age, Condition, TagTest, Truth};
pub use constraint::{Bound, Constraints, Items, Pattern};
pub use count::Count;
pub use forbid::Forbid;
pub use format::{Format, compare_numbers, is_number};
pub use key_style::{KeyStyle, Style};
pub use near::{Relation, skeleton};
pub use only::Only;
pub use same_as_user::SameAsUser;
pub use syntax::{Syntax, refused};
pub use table::Table;
pub use tag::{DefaultFrom, TagRule};
pub use unique::{Unique, Within};

/// What kind of problem a finding is; the strongest first, as a finding with several reasons has the first kind of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names are those of the contract and say it
pub enum Kind {
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

impl Kind {
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
pub struct Breach<'a> {
    /// The strongest reason.
    pub kind: Kind,
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

impl<'a> Breach<'a> {
    /// A breach without any words yet.
    pub fn new(kind: Kind, key: Option<&'a str>) -> Self {
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
    pub fn of_tag(kind: Kind, key: &'a str, at: usize, resource: &'a Resource<'a>) -> Self {
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
pub enum Answer<'a> {
    /// Nothing to look at: the demand does not concern this resource.
    NotApplicable,
    /// It holds.
    Holds,
    /// It is broken: one breach a key.
    Broken(Vec<Breach<'a>>),
    /// It cannot be told.
    Unknown(Doubt<'a>),
}

/// Why a rule says nothing certain of a key that another rule may have to report.
const ELSEWHERE: &str = "another rule may have to report this key, and that cannot be told";

/// Why a rule cannot be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt<'a> {
    /// The key that the answer depends on, where it is one.
    pub key: Option<Cow<'a, str>>,
    /// For a person.
    pub reason: Cow<'a, str>,
    /// The tags that the rule may turn out to report, by place: what others say of them cannot be told either.
    pub tags: Vec<usize>,
}

impl<'a> Doubt<'a> {
    /// A doubt that concerns no tag of the resource.
    pub fn new(key: Option<&'a str>, reason: impl Into<Cow<'a, str>>) -> Self {
        Self { key: key.map(Cow::Borrowed), reason: reason.into(), tags: Vec::new() }
    }
}

impl<'a> Answer<'a> {
    /// It is broken in one way.
    #[must_use]
    pub fn broken(breach: Breach<'a>) -> Self {
        Self::Broken(vec![breach])
    }

    /// It cannot be told, as the resource's tags are not all known.
    #[must_use]
    pub fn untold(key: Option<&'a str>, resource: &'a Resource<'a>) -> Self {
        Self::Unknown(Doubt::new(key, resource.tags.why_unknown()))
    }

    /// It cannot be told, as one value is not known yet.
    #[must_use]
    pub fn value_untold(key: &'a str) -> Self {
        Self::Unknown(Doubt::new(Some(key), "its value is not known yet"))
    }

    /// Broken if there is any breach, in the order of keys and one for each; else what `otherwise` says.
    #[must_use]
    pub fn from_breaches(mut breaches: Vec<Breach<'a>>, otherwise: impl FnOnce() -> Self) -> Self {
        breaches.sort_by(|a, b| a.key.cmp(&b.key).then(a.kind.cmp(&b.kind)));
        breaches.dedup_by(|a, b| a.key == b.key);
        if breaches.is_empty() { otherwise() } else { Self::Broken(breaches) }
    }
}

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
pub struct Claims {
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
pub trait Others: Sync {
    /// How many resources have this value under the unique rule `slot` in `scope` (an account, or empty for all).
    fn holders(&self, slot: usize, scope: &str, value: &str) -> u32;
    /// The user with this ARN, if it is in the input.
    fn user(&self, arn: &str) -> Option<Resource<'static>>;
}

/// No other resources at all.
pub struct Alone;

impl Others for Alone {
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
    pub service: Service,
    /// The day of the run, UTC.
    pub today: Day,
    /// The keys that the policy names.
    pub declared: &'a Declared,
    /// What earlier stages reported of this resource.
    pub claims: Claims,
    /// The other resources.
    pub others: &'a dyn Others,
    /// Whether messages and suggestions are wanted; the answer is the same either way.
    pub words: bool,
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
        tags.iter().enumerate().filter(|(_, tag)| !crate::model::is_aws_key(&tag.key))
    }
}

/// What a rule demands: one of the kinds of the policy language.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // each variant is documented at its type
pub enum Demand {
    Tag(Box<TagRule>),
    AnyOf(AnyOf),
    Forbid(Forbid),
    Only(Only),
    KeyStyle(KeyStyle),
    Count(Count),
    Syntax(Syntax),
    Unique(Unique),
    SameAsUser(SameAsUser),
}

impl Demand {
    /// The answer for one resource.
    #[must_use]
    pub fn answer<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        match self {
            Self::Tag(check) => check.answer(cx),
            Self::AnyOf(check) => check.answer(cx),
            Self::Forbid(check) => check.answer(cx),
            Self::Only(check) => check.answer(cx),
            Self::KeyStyle(check) => check.answer(cx),
            Self::Count(check) => check.answer(cx),
            Self::Syntax(check) => check.answer(cx),
            Self::Unique(check) => check.answer(cx),
            Self::SameAsUser(check) => check.answer(cx),
        }
    }

    /// When it is asked: a later stage knows what the earlier ones reported ([`Claims`]).
    #[must_use]
    pub fn stage(&self) -> u8 {
        match self {
            Self::Tag(_) => 0,
            Self::Count(count) => u8::from(count.reserve.is_some()),
            Self::Forbid(_) => 1,
            _ => 2,
        }
    }

    /// The name of the kind.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tag(_) => "tag",
            Self::AnyOf(_) => "any-of",
            Self::Forbid(_) => "forbid",
            Self::Only(_) => "only",
            Self::KeyStyle(_) => "key-style",
            Self::Count(_) => "count",
            Self::Syntax(_) => "syntax",
            Self::Unique(_) => "unique",
            Self::SameAsUser(_) => "same-as-user",
        }
    }
}
