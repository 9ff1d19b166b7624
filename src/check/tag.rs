//! The tag rule: what one key, or every key that a glob matches, must look like.

use std::borrow::Cow;

use super::near::{Relation, near};
use super::{Answer, Breach, Constraints, Context, Declared, Doubt, Kind, Suggestion};
use crate::model::{Found, More, is_aws_key, same_key};
use crate::text::{Glob, escape, quote};

/// Where a fix takes a missing value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultFrom {
    /// The user that an MFA device is given to.
    User,
    /// The account's own tags.
    Account,
}

/// Constraints on one tag.
#[derive(Debug, Clone)]
pub struct TagRule {
    /// The key, or a glob over keys.
    pub key: Glob,
    /// The tag has to be there.
    pub required: bool,
    /// Spellings known to be wrong.
    pub aliases: Vec<String>,
    /// What a fix writes where the tag is missing.
    pub default: Option<String>,
    /// Where a fix takes the value from.
    pub default_from: Option<DefaultFrom>,
    /// What the value must be.
    pub constraints: Constraints,
}

impl TagRule {
    pub(super) fn answer<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        if self.key.is_literal() { self.one_key(cx) } else { self.every_key(cx) }
    }

    fn one_key<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        let key = self.key.as_str();
        // AWS's own tags: conditions may read them, no rule reports them.
        if is_aws_key(key) {
            return Answer::NotApplicable;
        }
        match cx.resource.tags.find(key, cx.fold()) {
            Found::There(at) => self.present(at, cx),
            Found::Unknown => {
                let tags = self.other_spelling(cx).map(|(at, _)| at).into_iter().collect();
                Answer::Unknown(Doubt { tags, ..Doubt::new(Some(key), cx.resource.tags.why_unknown()) })
            }
            Found::Absent => match self.other_spelling(cx) {
                Some((at, relation)) => Answer::broken(self.misspelled(at, relation, cx)),
                // Another spelling of it may be there, which would be another finding.
                None if cx.resource.tags.may_hold(|more| self.may_be_spelled_otherwise(more, cx)) => {
                    Answer::untold(Some(key), cx.resource)
                }
                None if self.required => Answer::broken(self.missing(cx)),
                None => Answer::Holds,
            },
        }
    }

    fn every_key<'a>(&'a self, cx: &Context<'a>) -> Answer<'a> {
        let mut breaches = Vec::new();
        let mut untold = None;
        for (at, tag) in cx.own_tags() {
            if !super::key_matches(&self.key, &tag.key, cx.fold()) {
                continue;
            }
            match self.value(tag.key.as_str(), at, cx) {
                Answer::Broken(mut found) => breaches.append(&mut found),
                unknown @ Answer::Unknown(_) => untold = Some(unknown),
                Answer::Holds | Answer::NotApplicable => {}
            }
        }
        Answer::from_breaches(breaches, || match untold {
            Some(unknown) => unknown,
            None if !cx
                .resource
                .tags
                .may_hold(|more| more.any(|key| super::key_matches(&self.key, key, cx.fold()))) =>
            {
                Answer::Holds
            }
            None => Answer::untold(None, cx.resource),
        })
    }

    /// The key is there, perhaps (on a user) in another letter case.
    fn present<'a>(&'a self, at: usize, cx: &Context<'a>) -> Answer<'a> {
        if cx.resource.tags.known()[at].key.as_str() == self.key.as_str() {
            self.value(self.key.as_str(), at, cx)
        } else {
            Answer::broken(self.misspelled(at, Relation::Case, cx))
        }
    }

    fn value<'a>(&'a self, key: &'a str, at: usize, cx: &Context<'a>) -> Answer<'a> {
        let tag = &cx.resource.tags.known()[at];
        let Some(value) = tag.value.as_deref() else {
            return if self.constraints.is_free() { Answer::Holds } else { Answer::value_untold(key) };
        };
        let Some(wrong) = self.constraints.judge(value, cx.today, cx.words) else { return Answer::Holds };
        let mut breach = Breach::of_tag(wrong.kind, key, at, cx.resource);
        if cx.words {
            let guess = (wrong.kind == Kind::Value).then(|| self.constraints.looks_like(value)).flatten();
            let fixed = self.constraints.correct(value, cx.today);
            breach.message = if wrong.kind == Kind::Empty && super::constraint::is_empty(value) {
                format!("{} is empty; {}", escape(key), wrong.clauses.join(", "))
            } else {
                format!("{} is {}; {}", escape(key), quote(value), wrong.clauses.join(", and "))
            };
            if let Some(meant) = fixed.as_deref().or(guess) {
                breach.message += &format!("; did you mean {}?", quote(meant));
            }
            breach.suggestion = fixed.map(|fixed| Suggestion::set(&tag.key, &fixed));
        }
        Answer::broken(breach)
    }

    fn missing<'a>(&'a self, cx: &Context<'a>) -> Breach<'a> {
        let key = self.key.as_str();
        let mut breach = Breach::new(Kind::Missing, Some(key));
        if cx.words {
            let demand = self.constraints.demand("it must", cx.today).map(|d| format!("; {d}")).unwrap_or_default();
            breach.message = format!("{} is missing{demand}", escape(key));
            breach.suggestion = self.default.as_ref().map(|default| Suggestion::set(key, default));
        }
        breach
    }

    /// The tag that stands in for this one: an alias first, then letter case, then (for a required tag) the nearest,
    /// then key order.
    fn other_spelling(&self, cx: &Context<'_>) -> Option<(usize, Relation)> {
        // Letter case alone was looked at already where the service folds it.
        if !self.required && self.aliases.is_empty() && cx.fold() {
            return None;
        }
        let candidates =
            cx.own_tags().filter_map(|(at, tag)| self.relation(&tag.key, cx).map(|relation| (relation, &tag.key, at)));
        candidates.min().map(|(relation, _, at)| (at, relation))
    }

    /// Whether another spelling is among the keys that may be there.
    fn may_be_spelled_otherwise(&self, more: &More, cx: &Context<'_>) -> bool {
        let More::Keys(keys) = more else { return *more == More::Any };
        let spellings = || self.aliases.iter().map(String::as_str).chain([self.key.as_str()]);
        keys.iter().any(|key| match key.strip_suffix('*') {
            Some(_) => spellings().any(|spelling| more.may_be(spelling, true)),
            None => self.relation(key, cx).is_some(),
        })
    }

    /// Whether a key that is there may be reported as a misspelling of this one even if this one is optional.
    pub(super) fn is_other_spelling(&self, other: &str, fold: bool, declared: &Declared) -> bool {
        let key = self.key.as_str();
        let same = |a: &str| if fold { same_key(a, other) } else { a == other };
        self.aliases.iter().any(|alias| same(alias))
            || same_key(key, other) && (fold || !is_aws_key(other) && !declared.has(other, fold))
    }

    fn relation(&self, other: &str, cx: &Context<'_>) -> Option<Relation> {
        self.relation_to(other, cx.fold(), cx.declared)
    }

    /// How another key relates to this rule's, if it may stand in for it.
    #[must_use]
    pub fn relation_to(&self, other: &str, fold: bool, declared: &Declared) -> Option<Relation> {
        let key = self.key.as_str();
        let is_alias = |alias: &String| if fold { same_key(alias, other) } else { alias == other };
        if self.aliases.iter().any(is_alias) {
            return Some(Relation::Alias);
        }
        if is_aws_key(other) {
            return None;
        }
        let relation = if same_key(key, other) {
            Relation::Case
        } else if self.required {
            near(key, other)?
        } else {
            return None;
        };
        // A key that the policy names is no misspelling of another; where case is folded, this one is that key itself.
        let own = fold && relation == Relation::Case;
        (own || !declared.has(other, fold)).then_some(relation)
    }

    fn misspelled<'a>(&'a self, at: usize, relation: Relation, cx: &Context<'a>) -> Breach<'a> {
        let key = self.key.as_str();
        let mut breach = Breach::of_tag(Kind::Misspelled, key, at, cx.resource);
        if !cx.words {
            return breach;
        }
        let tag = &cx.resource.tags.known()[at];
        let wrong = tag.value.as_deref().and_then(|value| self.constraints.judge(value, cx.today, true));
        let verb =
            if relation.certain(key, &tag.key) { "rename the key" } else { "if that is what is meant, rename the key" };
        breach.message = format!("{} is written {}; {verb}", escape(key), quote(&tag.key));
        let value = match (&wrong, tag.value.as_deref()) {
            (Some(wrong), Some(value)) => {
                breach.message += &match wrong.kind {
                    Kind::Empty if super::constraint::is_empty(value) => {
                        format!(", and its value is empty: {}", wrong.clauses.join(", "))
                    }
                    _ => format!(", and its value is {}: {}", quote(value), wrong.clauses.join(", and ")),
                };
                self.constraints.correct(value, cx.today).map(Cow::Owned)
            }
            (None, value) => value.map(Cow::Borrowed),
            (Some(_), None) => None,
        };
        breach.suggestion = value.map(|value| {
            // On a user the new spelling replaces the old one: removing the old would remove the new.
            let same = cx.fold() && same_key(key, &tag.key);
            let remove = if same { Vec::new() } else { vec![tag.key.as_str().to_owned()] };
            Suggestion { remove, ..Suggestion::set(key, &value) }
        });
        breach
    }
}
