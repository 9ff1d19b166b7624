//! The rule kinds of the policy language: one file for each kind, pure and synchronous.
//!
//! A rule gives one verdict on a resource: pass, fail, indeterminate or not applicable ([`Verdict`]). An unknown tag
//! never counts as absent and never as compliant.

mod condition;
mod constraints;
mod context;
mod format;
mod key_distance;
mod kinds;
mod pattern_table;
mod prefilter;
mod verdict;

pub use condition::{Age, Condition, TagTest, Truth};
pub use constraints::{Bound, Constraints, Items, Pattern};
pub use context::{Context, Declared, EmptyIndex, ReportedTags, ResourceIndex, key_matches};
pub use format::{Format, compare_numbers, is_number};
pub use key_distance::{Relation, skeleton};
pub use kinds::{
    AnyOf, Count, DefaultFrom, Forbid, KeyStyle, Only, SameAsUser, Style, Syntax, TagRule, Unique, Within, refused,
};
pub use pattern_table::Table;
pub use prefilter::{KeyEffect, TagRequirement};
pub use verdict::{Indeterminate, Suggestion, Verdict, Violation, ViolationKind};

use verdict::ELSEWHERE;

/// What a rule demands: one of the kinds of the policy language.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // each variant is documented at its type
pub enum RuleKind {
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

impl RuleKind {
    /// The answer for one resource.
    #[must_use]
    pub fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
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

    /// When it is asked: a later stage knows what the earlier ones reported ([`ReportedTags`]).
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
