//! What a rule can say of one tag without looking at the rest of the resource. Resources have few different keys, so the
//! engine asks once for each key, and a rule that no tag of a resource can break is not asked of that resource at all.
//!
//! The answers here are one-sided: [`KeyEffect::Breaks`] and a value that is not accepted only mean that the rule has to be
//! asked; the rule's own answer decides.

use super::{KeyStyle, RuleKind, key_matches};
use crate::aws::{TagLimits, is_aws_key, same_key};
use crate::model::Day;
use crate::rule::Declared;

/// What a key means to a rule, once it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyEffect {
    /// Nothing: the rule holds with it as without it.
    Nothing,
    /// The rule may be broken by it, whatever its value.
    Breaks,
    /// A value that the rule accepts breaks nothing, and is what a rule asks for that wants the tag to be there.
    Value,
}

/// What a rule asks of the tags as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagRequirement {
    /// Nothing: every tag for itself decides.
    Nothing,
    /// At least one tag with a value that it accepts.
    One,
    /// A number of tags ([`RuleKind::allows`]).
    Number,
    /// More than the resource's tags: it has to be asked each time.
    More,
}

impl RuleKind {
    /// What the rule asks of the tags as a whole.
    #[must_use]
    pub fn requirement(&self) -> TagRequirement {
        match self {
            // A rule on one of AWS's own keys reports nothing, and applies nowhere.
            Self::Tag(tag) if tag.key.is_literal() && is_aws_key(tag.key.as_str()) => TagRequirement::More,
            Self::Tag(tag) if tag.required => TagRequirement::One,
            Self::AnyOf(_) => TagRequirement::One,
            Self::Count(_) => TagRequirement::Number,
            Self::Unique(_) | Self::SameAsUser(_) => TagRequirement::More,
            Self::Tag(_) | Self::Forbid(_) | Self::Only(_) | Self::KeyStyle(_) | Self::Syntax(_) => {
                TagRequirement::Nothing
            }
        }
    }

    /// What a key on a resource of this service means to the rule.
    #[must_use]
    pub fn key_effect(&self, key: &str, service: &TagLimits, declared: &Declared) -> KeyEffect {
        let fold = service.folds_case;
        let breaks_if = |broken: bool| if broken { KeyEffect::Breaks } else { KeyEffect::Nothing };
        let value_if = |concerned: bool| if concerned { KeyEffect::Value } else { KeyEffect::Nothing };
        // AWS's own tags are nobody's to report.
        let own = !is_aws_key(key);
        match self {
            Self::Tag(tag) if tag.key.is_literal() => {
                if tag.key.as_str() == key {
                    KeyEffect::Value
                } else {
                    breaks_if(tag.is_other_spelling(key, fold, declared))
                }
            }
            Self::Tag(tag) => value_if(own && key_matches(&tag.key, key, fold)),
            Self::AnyOf(any) => value_if(any.keys.iter().any(|k| if fold { same_key(k, key) } else { k == key })),
            Self::Forbid(forbid) => breaks_if(own && forbid.hits(key, fold, declared)),
            Self::Only(only) => breaks_if(own && !only.has(key, fold, declared)),
            Self::KeyStyle(style) => breaks_if(own && !declared.has_tag_rule(key, fold) && !style.accepts(key)),
            Self::Syntax(_) if !own => KeyEffect::Nothing,
            Self::Syntax(_) if super::kinds::syntax::certainly_good_key(key, service) => KeyEffect::Value,
            Self::Syntax(_) => KeyEffect::Breaks,
            Self::Count(_) | Self::Unique(_) | Self::SameAsUser(_) => KeyEffect::Nothing,
        }
    }

    /// Whether a value is good to the rule, of a key whose bearing is [`KeyEffect::Value`].
    #[must_use]
    pub fn accepts(&self, value: &str, service: &TagLimits, today: Day) -> bool {
        match self {
            Self::Tag(tag) => tag.constraints.accepts(value, today),
            Self::AnyOf(_) => !super::constraints::is_empty(value),
            Self::Syntax(_) => super::kinds::syntax::certainly_good_value(value, service),
            _ => false,
        }
    }

    /// Whether so many tags, AWS's own left out, are what the rule asks for.
    #[must_use]
    pub fn allows(&self, tags: usize, service: &TagLimits) -> bool {
        match self {
            Self::Count(count) => count.allows(tags, service),
            _ => false,
        }
    }

    /// Removes the pattern's transition table, so that the regex engine matches it (`TAGLINT_SLOW=1`).
    pub fn remove_pattern_table(&mut self) {
        match self {
            Self::Tag(tag) => tag.constraints.pattern.iter_mut().for_each(|pattern| pattern.table = None),
            Self::KeyStyle(KeyStyle::Pattern(pattern)) => pattern.table = None,
            _ => {}
        }
    }
}
