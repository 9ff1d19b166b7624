//! The evaluation of a tag rule: a verdict on one key, or on every key that a glob matches.

use std::borrow::Cow;

use super::spelling::ExpectedKey;
use crate::aws::{is_aws_key, same_key};
use crate::base::{escape, quote};
use crate::model::TagLookup;
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
            return if self.constraints.is_free() { Verdict::Pass } else { Verdict::value_unknown(key) };
        };
        let Some(failure) = self.constraints.check(value, cx.today, cx.with_messages) else { return Verdict::Pass };
        let mut violation = Violation::of_tag(failure.kind, key, at, cx.resource);
        if cx.with_messages {
            let guess = (failure.kind == ViolationKind::Value).then(|| self.constraints.similar(value)).flatten();
            let fixed = self.constraints.correct(value, cx.today);
            violation.message = if failure.kind == ViolationKind::Empty && is_empty(value) {
                format!("{} is empty; {}", escape(key), failure.clauses.join(", "))
            } else {
                format!("{} is {}; {}", escape(key), quote(value), failure.clauses.join(", and "))
            };
            if let Some(meant) = fixed.as_deref().or(guess) {
                violation.message += &format!("; did you mean {}?{}", quote(meant), look_alikes(meant, value));
            }
            violation.suggestion = fixed.map(|fixed| Suggestion::set(&tag.key, &fixed));
        }
        Verdict::fail(violation)
    }

    fn missing<'a>(&'a self, cx: &Context<'a>) -> Violation<'a> {
        let key = self.key.as_str();
        let mut violation = Violation::new(ViolationKind::Missing, Some(key));
        if cx.with_messages {
            let clause = self.constraints.clause("it must", cx.today).map(|clause| format!("; {clause}"));
            violation.message = format!("{} is missing{}", escape(key), clause.unwrap_or_default());
            violation.suggestion = self.default.as_ref().map(|default| Suggestion::set(key, default));
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
        let failure: Option<ConstraintFailure> =
            tag.value.as_deref().and_then(|value| self.constraints.check(value, cx.today, true));
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
                self.constraints.correct(value, cx.today).map(Cow::Owned)
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
