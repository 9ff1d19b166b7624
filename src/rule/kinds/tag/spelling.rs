//! The spelling of a tag's key, and its misspellings.

use crate::aws::{is_aws_key, same_key};
use crate::base::Glob;
use crate::model::UnlistedTags;
use crate::rule::context::{Context, DeclaredKeys, key_matches};
use crate::rule::key_distance::{Relation, near};

/// The key of a tag rule.
#[derive(Debug, Clone)]
pub(super) struct ExpectedKey {
    /// The key, or a glob over keys.
    pub(super) glob: Glob,
    /// `true` if the tag must exist.
    pub(super) required: bool,
    /// `true` if the key in another letter case is this tag too.
    pub(super) ignore_case: bool,
    /// Known misspellings of the key.
    pub(super) aliases: Vec<String>,
}

impl ExpectedKey {
    /// The key or glob as it is written in the policy.
    pub(super) fn as_str(&self) -> &str {
        self.glob.as_str()
    }

    /// Returns `true` for one key, `false` for a glob.
    pub(super) fn is_literal(&self) -> bool {
        self.glob.is_literal()
    }

    /// Returns `true` if a key is the rule's own, and no misspelling of it.
    pub(super) fn is_key(&self, key: &str, fold: bool) -> bool {
        if self.ignore_case {
            same_key(self.as_str(), key) && !is_aws_key(key)
        } else {
            key_matches(&self.glob, key, fold)
        }
    }

    /// The relation of another key to this one, if it may be meant instead of it.
    pub(super) fn relation_to(&self, other: &str, fold: bool, declared: &DeclaredKeys) -> Option<Relation> {
        let key = self.as_str();
        let is_alias = |alias: &String| if fold { same_key(alias, other) } else { alias == other };
        if self.aliases.iter().any(is_alias) {
            return Some(Relation::Alias);
        }
        if is_aws_key(other) {
            return None;
        }
        let relation = if same_key(key, other) {
            if self.ignore_case {
                return None;
            }
            Relation::Case
        } else if self.required {
            near(key, other)?
        } else {
            return None;
        };
        // A key that the policy names is no misspelling of another; where case is ignored, this one is that key itself.
        let own = fold && relation == Relation::Case;
        (own || !declared.has(other, fold)).then_some(relation)
    }

    /// The tag with another spelling of the key: an alias first, then letter case, then (for a required tag) the nearest,
    /// then key order.
    pub(super) fn other_spelling(&self, cx: &Context<'_>) -> Option<(usize, Relation)> {
        // A service that ignores case has found the key by now.
        if !self.required && self.aliases.is_empty() && cx.fold() {
            return None;
        }
        let candidates =
            cx.own_tags().filter_map(|(at, tag)| self.relation(&tag.key, cx).map(|relation| (relation, &tag.key, at)));
        candidates.min().map(|(relation, _, at)| (at, relation))
    }

    /// Returns `true` if another spelling may be among the unlisted keys.
    pub(super) fn may_be_spelled_otherwise(&self, more: &UnlistedTags, cx: &Context<'_>) -> bool {
        let keys = match more {
            UnlistedTags::None => return false,
            UnlistedTags::Any => return true,
            // The key itself is gone: whatever else is there, a required one is missing.
            UnlistedTags::AllBut(_) => return !self.required || self.ignore_case,
            UnlistedTags::Keys(keys) => keys,
        };
        let spellings = || self.aliases.iter().map(String::as_str).chain([self.as_str()]);
        keys.iter().any(|key| match key.strip_suffix('*') {
            Some(_) => spellings().any(|spelling| more.may_be(spelling, true)),
            None => self.relation(key, cx).is_some() || self.ignore_case && self.is_key(key, cx.fold()),
        })
    }

    /// Returns `true` if a key may be reported as a misspelling of this one even if this one is optional.
    pub(super) fn is_other_spelling(&self, other: &str, fold: bool, declared: &DeclaredKeys) -> bool {
        let key = self.as_str();
        let same = |a: &str| if fold { same_key(a, other) } else { a == other };
        self.aliases.iter().any(|alias| same(alias))
            || !self.ignore_case && same_key(key, other) && (fold || !is_aws_key(other) && !declared.has(other, fold))
    }

    fn relation(&self, other: &str, cx: &Context<'_>) -> Option<Relation> {
        self.relation_to(other, cx.fold(), cx.declared)
    }
}
