//! The interface of the pre-filter. Resources have few different keys, so the engine asks once for each key, and a rule
//! that no tag of a resource can violate is not evaluated on that resource.
//!
//! The answers are one-sided: [`KeyEffect::Violates`] and a value that is not accepted only mean that the rule has to be
//! evaluated.

use super::constraints::Constraints;
use crate::model::Day;

/// A test of values. Rules on the same key often have the same constraints, or others only on the length.
#[derive(Debug, Clone)]
pub struct ValueTest(pub(super) Constraints);

impl ValueTest {
    /// A test that accepts what both accept; `None` if there is none but both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Option<Self> {
        self.0.and(&other.0).map(Self)
    }

    /// Returns `true` if a value passes.
    #[must_use]
    pub fn accepts(&self, value: &str, today: Day) -> bool {
        self.0.accepts(value, today)
    }
}

/// The effect of a key on a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyEffect {
    /// None: the verdict is the same with the key as without it.
    None,
    /// The key may violate the rule, whatever its value.
    Violates,
    /// A value that the rule accepts violates nothing, and satisfies [`TagRequirement::One`] and [`TagRequirement::Any`].
    Value,
}

impl KeyEffect {
    /// [`KeyEffect::Violates`] if the condition holds.
    #[must_use]
    pub fn violates_if(condition: bool) -> Self {
        if condition { Self::Violates } else { Self::None }
    }

    /// [`KeyEffect::Value`] if the condition holds.
    #[must_use]
    pub fn value_if(condition: bool) -> Self {
        if condition { Self::Value } else { Self::None }
    }
}

/// The requirement of a rule on the tags as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagRequirement {
    /// None: the rule checks each tag for itself.
    None,
    /// At least one tag with a value that the rule accepts. A tag with another value violates the rule.
    One,
    /// The same, but tags with other values violate nothing.
    Any,
    /// A number of tags ([`super::Check::allows`]).
    Number,
    /// Tags are not enough for a verdict: the rule is evaluated on each resource.
    More,
}
