//! What a rule can say of one tag without looking at the rest of the resource. Resources have few different keys, so the
//! engine asks once for each key, and a rule that no tag of a resource can break is not asked of that resource at all.
//!
//! The answers here are one-sided: [`Bearing::Breaks`] and a value that is not accepted only mean that the rule has to be
//! asked; the rule's own answer decides.

use super::{Demand, key_matches};
use crate::check::Declared;
use crate::model::{Day, Service, is_aws_key, same_key};

/// What a key means to a rule, once it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// Nothing: the rule holds with it as without it.
    Nothing,
    /// The rule may be broken by it, whatever its value.
    Breaks,
    /// A value that the rule accepts breaks nothing, and is what a rule asks for that wants the tag to be there.
    Value,
}

/// What a rule asks of the tags as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: every tag for itself decides.
    Nothing,
    /// At least one tag with a value that it accepts.
    One,
    /// A number of tags ([`Demand::allows`]).
    Number,
    /// More than the resource's tags: it has to be asked each time.
    More,
}

impl Demand {
    /// What the rule asks of the tags as a whole.
    #[must_use]
    pub fn needs(&self) -> Needs {
        match self {
            // A rule on one of AWS's own keys reports nothing, and applies nowhere.
            Self::Tag(tag) if tag.key.is_literal() && is_aws_key(tag.key.as_str()) => Needs::More,
            Self::Tag(tag) if tag.required => Needs::One,
            Self::AnyOf(_) => Needs::One,
            Self::Count(_) => Needs::Number,
            Self::Unique(_) | Self::SameAsUser(_) => Needs::More,
            Self::Tag(_) | Self::Forbid(_) | Self::Only(_) | Self::KeyStyle(_) | Self::Syntax(_) => Needs::Nothing,
        }
    }

    /// What a key on a resource of this service means to the rule.
    #[must_use]
    pub fn bearing(&self, key: &str, service: &Service, declared: &Declared) -> Bearing {
        let fold = service.folds_case;
        let breaks_if = |broken: bool| if broken { Bearing::Breaks } else { Bearing::Nothing };
        let value_if = |concerned: bool| if concerned { Bearing::Value } else { Bearing::Nothing };
        // AWS's own tags are nobody's to report.
        let own = !is_aws_key(key);
        match self {
            Self::Tag(tag) if tag.key.is_literal() => {
                if tag.key.as_str() == key {
                    Bearing::Value
                } else {
                    breaks_if(tag.is_other_spelling(key, fold, declared))
                }
            }
            Self::Tag(tag) => value_if(own && key_matches(&tag.key, key, fold)),
            Self::AnyOf(any) => value_if(any.keys.iter().any(|k| if fold { same_key(k, key) } else { k == key })),
            Self::Forbid(forbid) => breaks_if(own && forbid.hits(key, fold, declared)),
            Self::Only(only) => breaks_if(own && !only.has(key, fold, declared)),
            Self::KeyStyle(style) => breaks_if(own && !declared.has_tag_rule(key, fold) && !style.accepts(key)),
            Self::Syntax(_) if !own => Bearing::Nothing,
            Self::Syntax(_) if super::syntax::certainly_good_key(key, service) => Bearing::Value,
            Self::Syntax(_) => Bearing::Breaks,
            Self::Count(_) | Self::Unique(_) | Self::SameAsUser(_) => Bearing::Nothing,
        }
    }

    /// Whether a value is good to the rule, of a key whose bearing is [`Bearing::Value`].
    #[must_use]
    pub fn accepts(&self, value: &str, service: &Service, today: Day) -> bool {
        match self {
            Self::Tag(tag) => tag.constraints.accepts(value, today),
            Self::AnyOf(_) => !super::constraint::is_empty(value),
            Self::Syntax(_) => super::syntax::certainly_good_value(value, service),
            _ => false,
        }
    }

    /// Whether so many tags, AWS's own left out, are what the rule asks for.
    #[must_use]
    pub fn allows(&self, tags: usize, service: &Service) -> bool {
        match self {
            Self::Count(count) => count.allows(tags, service),
            _ => false,
        }
    }
}
