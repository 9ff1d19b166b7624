//! The evaluation of a tag rule: a verdict on one key, or on every key that a glob matches.

use std::borrow::Cow;

use super::related::RelatedFacts;
use super::spelling::ExpectedKey;
use crate::aws::{is_aws_key, same_key};
use crate::base::{escape, quote};
use crate::model::TagLookup;
use crate::rule::check::Check as _;
use crate::rule::constraints::{ConstraintFailure, Constraints, is_empty};
use crate::rule::context::Context;
use crate::rule::key_distance::{Relation, look_alikes};
use crate::rule::remediation::DefaultFrom;
use crate::rule::verdict::{Indeterminate, Suggestion, Verdict, Violation, ViolationKind};

/// A rule on one tag, or on every tag whose key a glob matches.
#[derive(Debug, Clone)]
pub struct TagRule {
    /// The key.
    pub(super) key: ExpectedKey,
    /// The value that a fix writes if the tag is missing.
    pub(super) default: Option<String>,
    /// The source of that value.
    pub(super) default_from: Option<DefaultFrom>,
    /// The constraints on the value.
    pub(super) constraints: Constraints,
    /// `true` if in Terraform the provider must set the tag, not the resource.
    pub(super) from_default_tags: bool,
    /// The requirements that depend on other facts about the resource.
    pub(super) related: RelatedFacts,
}

/// The result of all requirements for one value.
struct JudgedValue {
    failure: Option<ConstraintFailure>,
    /// The reason why further failures are not known.
    unknown: Option<String>,
    /// The certain correction.
    fixed: Option<String>,
    /// The indexes of other tags whose values the clauses may show.
    quoted: Vec<usize>,
}

impl TagRule {
    /// The verdict on the tag of a rule with one key.
    pub(super) fn one_key<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let key = self.key.as_str();
        // AWS's own tags: conditions may read them, no rule reports them.
        if is_aws_key(key) {
            return Verdict::NotApplicable;
        }
        match cx.resource.tags.find(key, cx.fold()) {
            TagLookup::Present(at) => self.present(at, cx),
            TagLookup::Unknown => {
                let unknown = Indeterminate::about_tags(Some(key), cx.resource.tags.why_unknown());
                let misspelled = self.key.other_spelling(cx).map(|(at, _)| Some(at));
                Verdict::Indeterminate(unknown.may_be(ViolationKind::Misspelled, misspelled))
            }
            TagLookup::Absent => match self.key.other_spelling(cx) {
                Some((at, relation)) => Verdict::fail(self.misspelled(at, relation, cx)),
                // Another spelling may exist, which would be another finding.
                None if cx.resource.tags.may_hold(|more| self.key.may_be_spelled_otherwise(more, cx)) => {
                    Verdict::tags_unknown(Some(key), cx.resource)
                }
                None if self.key.required => Verdict::fail(self.missing(cx)),
                None => Verdict::Pass,
            },
        }
    }

    /// The verdict on all tags that a glob matches.
    pub(super) fn every_key<'a>(&'a self, cx: &Context<'a>) -> Verdict<'a> {
        let mut violations = Vec::new();
        let mut unknown = None;
        for (at, tag) in cx.own_tags() {
            if !self.key.is_key(&tag.key, cx.fold()) {
                continue;
            }
            match self.value(tag.key.as_str(), at, cx) {
                Verdict::Fail(mut found) => violations.append(&mut found),
                verdict @ Verdict::Indeterminate(_) => unknown = Some(verdict),
                Verdict::Pass | Verdict::NotApplicable => {}
            }
        }
        Verdict::from_violations(violations, || match unknown {
            Some(verdict) => verdict,
            None if !cx.resource.tags.may_hold(|more| more.any(|key| self.key.is_key(key, cx.fold()))) => Verdict::Pass,
            None => Verdict::tags_unknown(None, cx.resource),
        })
    }

    /// The verdict on a tag with the rule's key, which may differ in case on an IAM user.
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
            let is_free = self.constraints.is_free() && !self.related.constrains_value();
            return if is_free { Verdict::Pass } else { Verdict::value_unknown(key) };
        };
        let JudgedValue { failure, unknown, fixed, quoted } = self.judge(value, cx);
        let Some(failure) = failure else {
            return match unknown {
                Some(reason) => Verdict::Indeterminate(Indeterminate::about_tags(Some(key), reason)),
                None => Verdict::Pass,
            };
        };
        let mut violation = Violation::of_tag(failure.kind, key, at, cx.resource);
        violation.quoted = quoted;
        if cx.with_messages {
            let guess = (failure.kind == ViolationKind::Value).then(|| self.constraints.similar(value)).flatten();
            violation.message = if failure.kind == ViolationKind::Empty && is_empty(value) {
                format!("{} is empty; {}", escape(key), failure.clauses.join(", "))
            } else {
                format!("{} is {}; {}", escape(key), quote(value), failure.clauses.join(", and "))
            };
            // A composed value stands in its clause.
            let meant = fixed.as_deref().or(guess).filter(|_| !self.related.constrains_value());
            if let Some(meant) = meant {
                violation.message += &format!("; did you mean {}?{}", quote(meant), look_alikes(meant, value));
            }
            violation.suggestion = fixed.map(|fixed| Suggestion::set(&tag.key, &fixed));
        }
        Verdict::fail(violation)
    }

    /// Judges a value by all requirements.
    fn judge(&self, value: &str, cx: &Context<'_>) -> JudgedValue {
        let failure = self.constraints.check(value, cx.today, cx.with_messages);
        let fixed = || self.constraints.correct(value, cx.today).filter(|_| cx.with_messages);
        if !self.related.constrains_value() || is_empty(value) {
            let fixed = failure.as_ref().and_then(|_| fixed());
            return JudgedValue { failure, unknown: None, fixed, quoted: Vec::new() };
        }
        let related = self.related.check(value, &self.constraints, cx.resource);
        let right = related.right.or_else(fixed).filter(|right| self.is_right(right, cx));
        let failure = match failure {
            Some(own) => Some(ConstraintFailure {
                kind: if related.fails { own.kind.min(ViolationKind::Value) } else { own.kind },
                clauses: own.clauses.into_iter().chain(related.clauses).collect(),
            }),
            None => related.fails.then_some(ConstraintFailure { kind: ViolationKind::Value, clauses: related.clauses }),
        };
        JudgedValue { failure, unknown: related.unknown, fixed: right, quoted: related.quoted }
    }

    /// Returns `true` if a value certainly meets all requirements.
    fn is_right(&self, value: &str, cx: &Context<'_>) -> bool {
        let related = self.related.check(value, &self.constraints, cx.resource);
        !related.fails && related.unknown.is_none() && self.constraints.accepts(value, cx.today)
    }

    /// Returns whether the tag exists, in any spelling that is this key.
    pub(super) fn is_there(&self, cx: &Context<'_>) -> Option<bool> {
        if cx.own_tags().any(|(_, tag)| self.key.is_key(&tag.key, cx.fold())) {
            return Some(true);
        }
        let may_be = match cx.resource.tags.find(self.key.as_str(), cx.fold()) {
            TagLookup::Unknown => true,
            TagLookup::Absent | TagLookup::Present(_) => self.key.ignore_case && !cx.resource.tags.complete(),
        };
        (!may_be).then_some(false)
    }

    fn missing<'a>(&'a self, cx: &Context<'a>) -> Violation<'a> {
        let key = self.key.as_str();
        let mut violation = Violation::new(ViolationKind::Missing, Some(key));
        if cx.with_messages {
            let right = self.related.right_value(cx.resource).filter(|(right, _)| self.is_right(right, cx));
            let clause = match &right {
                Some((right, _)) => Some(format!("it must be {}", quote(right))),
                None => self.value_clause("it must", cx.today),
            };
            let clause = clause.map(|clause| format!("; {clause}")).unwrap_or_default();
            violation.message = format!("{} is missing{clause}", escape(key));
            let right = right.map(|(right, quoted)| {
                violation.quoted = quoted;
                right
            });
            let value = self.default.clone().or(right);
            violation.suggestion = value.map(|value| Suggestion::set(key, &value));
            self.move_to_default_tags(&mut violation, cx);
        }
        violation
    }

    fn misspelled<'a>(&'a self, at: usize, relation: Relation, cx: &Context<'a>) -> Violation<'a> {
        let key = self.key.as_str();
        let mut violation = Violation::of_tag(ViolationKind::Misspelled, key, at, cx.resource);
        if !cx.with_messages {
            return violation;
        }
        let tag = &cx.resource.tags.known()[at];
        let judged = tag.value.as_deref().map(|value| self.judge(value, cx));
        let (failure, fixed, quoted) = judged.map_or_else(Default::default, |all| (all.failure, all.fixed, all.quoted));
        violation.quoted = quoted;
        let verb =
            if relation.certain(key, &tag.key) { "rename the key" } else { "if this is the same tag, rename the key" };
        violation.message =
            format!("{} is written {}{}; {verb}", escape(key), quote(&tag.key), look_alikes(key, &tag.key));
        let value = match (&failure, tag.value.as_deref()) {
            (Some(failure), Some(value)) => {
                violation.message += &match failure.kind {
                    ViolationKind::Empty if is_empty(value) => {
                        format!(", and its value is empty: {}", failure.clauses.join(", "))
                    }
                    _ => format!(", and its value is {}: {}", quote(value), failure.clauses.join(", and ")),
                };
                fixed.map(Cow::Owned)
            }
            (None, value) => value.map(Cow::Borrowed),
            (Some(_), None) => None,
        };
        violation.suggestion = value.map(|value| {
            // On an IAM user the new spelling replaces the old one: removing the old key would remove the new.
            let same = cx.fold() && same_key(key, &tag.key);
            let remove = if same { Vec::new() } else { vec![tag.key.as_str().to_owned()] };
            Suggestion { remove, ..Suggestion::set(key, &value) }
        });
        violation
    }
}
