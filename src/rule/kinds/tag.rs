//! The tag rule: what one key, or every key that a glob matches, must look like.

use std::borrow::Cow;

use crate::aws::{is_aws_key, same_key};
use crate::base::{Glob, escape, quote};
use crate::model::{TagLookup, UnlistedTags};
use crate::rule::key_distance::{Relation, near};
use crate::rule::{Constraints, Context, Declared, Indeterminate, Suggestion, Verdict, Violation, ViolationKind};

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
    pub(in crate::rule) fn answer<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        if self.key.is_literal() { self.one_key(cx) } else { self.every_key(cx) }
    }

    fn one_key<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let key = self.key.as_str();
        // AWS's own tags: conditions may read them, no rule reports them.
        if is_aws_key(key) {
            return Verdict::NotApplicable;
        }
        match cx.resource.tags.find(key, cx.fold()) {
            TagLookup::Present(at) => self.present(at, cx),
            TagLookup::Unknown => {
                let tags = self.other_spelling(cx).map(|(at, _)| at).into_iter().collect();
                Verdict::Indeterminate(Indeterminate {
                    tags,
                    ..Indeterminate::new(Some(key), cx.resource.tags.why_unknown())
                })
            }
            TagLookup::Absent => match self.other_spelling(cx) {
                Some((at, relation)) => Verdict::fail(self.misspelled(at, relation, cx)),
                // Another spelling of it may be there, which would be another finding.
                None if cx.resource.tags.may_hold(|more| self.may_be_spelled_otherwise(more, cx)) => {
                    Verdict::tags_unknown(Some(key), cx.resource)
                }
                None if self.required => Verdict::fail(self.missing(cx)),
                None => Verdict::Pass,
            },
        }
    }

    fn every_key<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let mut violations = Vec::new();
        let mut untold = None;
        for (at, tag) in cx.own_tags() {
            if !crate::rule::key_matches(&self.key, &tag.key, cx.fold()) {
                continue;
            }
            match self.value(tag.key.as_str(), at, cx) {
                Verdict::Fail(mut found) => violations.append(&mut found),
                unknown @ Verdict::Indeterminate(_) => untold = Some(unknown),
                Verdict::Pass | Verdict::NotApplicable => {}
            }
        }
        Verdict::from_violations(violations, || match untold {
            Some(unknown) => unknown,
            None if !cx
                .resource
                .tags
                .may_hold(|more| more.any(|key| crate::rule::key_matches(&self.key, key, cx.fold()))) =>
            {
                Verdict::Pass
            }
            None => Verdict::tags_unknown(None, cx.resource),
        })
    }

    /// The key is there, perhaps (on a user) in another letter case.
    fn present<'a>(&'a self, at: usize, cx: &Context<'a>) -> Verdict<'a> {
        if cx.resource.tags.known()[at].key.as_str() == self.key.as_str() {
            self.value(self.key.as_str(), at, cx)
        } else {
            Verdict::fail(self.misspelled(at, Relation::Case, cx))
        }
    }

    fn value<'a>(&'a self, key: &'a str, at: usize, cx: &Context<'a>) -> Verdict<'a> {
        let tag = &cx.resource.tags.known()[at];
        let Some(value) = tag.value.as_deref() else {
            return if self.constraints.is_free() { Verdict::Pass } else { Verdict::value_unknown(key) };
        };
        let Some(wrong) = self.constraints.judge(value, cx.today, cx.with_messages) else { return Verdict::Pass };
        let mut violation = Violation::of_tag(wrong.kind, key, at, cx.resource);
        if cx.with_messages {
            let guess = (wrong.kind == ViolationKind::Value).then(|| self.constraints.looks_like(value)).flatten();
            let fixed = self.constraints.correct(value, cx.today);
            violation.message = if wrong.kind == ViolationKind::Empty && crate::rule::constraints::is_empty(value) {
                format!("{} is empty; {}", escape(key), wrong.clauses.join(", "))
            } else {
                format!("{} is {}; {}", escape(key), quote(value), wrong.clauses.join(", and "))
            };
            if let Some(meant) = fixed.as_deref().or(guess) {
                violation.message += &format!("; did you mean {}?", quote(meant));
            }
            violation.suggestion = fixed.map(|fixed| Suggestion::set(&tag.key, &fixed));
        }
        Verdict::fail(violation)
    }

    fn missing<'a>(&'a self, cx: &Context<'a>) -> Violation<'a> {
        let key = self.key.as_str();
        let mut violation = Violation::new(ViolationKind::Missing, Some(key));
        if cx.with_messages {
            let demand = self.constraints.demand("it must", cx.today).map(|d| format!("; {d}")).unwrap_or_default();
            violation.message = format!("{} is missing{demand}", escape(key));
            violation.suggestion = self.default.as_ref().map(|default| Suggestion::set(key, default));
        }
        violation
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
    fn may_be_spelled_otherwise(&self, more: &UnlistedTags, cx: &Context<'_>) -> bool {
        let UnlistedTags::Keys(keys) = more else { return *more == UnlistedTags::Any };
        let spellings = || self.aliases.iter().map(String::as_str).chain([self.key.as_str()]);
        keys.iter().any(|key| match key.strip_suffix('*') {
            Some(_) => spellings().any(|spelling| more.may_be(spelling, true)),
            None => self.relation(key, cx).is_some(),
        })
    }

    /// Whether a key that is there may be reported as a misspelling of this one even if this one is optional.
    pub(in crate::rule) fn is_other_spelling(&self, other: &str, fold: bool, declared: &Declared) -> bool {
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

    fn misspelled<'a>(&'a self, at: usize, relation: Relation, cx: &Context<'a>) -> Violation<'a> {
        let key = self.key.as_str();
        let mut violation = Violation::of_tag(ViolationKind::Misspelled, key, at, cx.resource);
        if !cx.with_messages {
            return violation;
        }
        let tag = &cx.resource.tags.known()[at];
        let wrong = tag.value.as_deref().and_then(|value| self.constraints.judge(value, cx.today, true));
        let verb =
            if relation.certain(key, &tag.key) { "rename the key" } else { "if that is what is meant, rename the key" };
        violation.message = format!("{} is written {}; {verb}", escape(key), quote(&tag.key));
        let value = match (&wrong, tag.value.as_deref()) {
            (Some(wrong), Some(value)) => {
                violation.message += &match wrong.kind {
                    ViolationKind::Empty if crate::rule::constraints::is_empty(value) => {
                        format!(", and its value is empty: {}", wrong.clauses.join(", "))
                    }
                    _ => format!(", and its value is {}: {}", quote(value), wrong.clauses.join(", and ")),
                };
                self.constraints.correct(value, cx.today).map(Cow::Owned)
            }
            (None, value) => value.map(Cow::Borrowed),
            (Some(_), None) => None,
        };
        violation.suggestion = value.map(|value| {
            // On a user the new spelling replaces the old one: removing the old would remove the new.
            let same = cx.fold() && same_key(key, &tag.key);
            let remove = if same { Vec::new() } else { vec![tag.key.as_str().to_owned()] };
            Suggestion { remove, ..Suggestion::set(key, &value) }
        });
        violation
    }
}
