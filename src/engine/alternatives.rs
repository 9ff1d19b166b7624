//! Results that depend on the parameters of a template: the verdicts for each combination of values that it allows.

use std::borrow::Cow;

use crate::base::any_of;
use crate::policy::Rule;
use crate::rule::{Check as _, Comparison, Context, Indeterminate, Verdict, Violation};

/// The number of combinations that a reason names.
const SHOWN: usize = 4;

/// The evaluation of a rule on known tags.
type Evaluation = for<'b> fn(&'b Rule, &Context<'b>) -> Verdict<'b>;

/// Decides an unknown result by the alternatives of the resource: a pass if all pass, a failure if all fail, and otherwise
/// unknown, with the combinations that fail. Nothing changes for a resource without alternatives, and for a rule that
/// compares resources.
pub(super) fn decide<'a>(
    rule: &'a Rule,
    cx: &Context<'a>,
    unknown: Indeterminate<'a>,
    evaluate: Evaluation,
) -> Verdict<'a> {
    let mut all = AlternativeVerdicts::default();
    if rule.kind.comparison() == Comparison::None {
        for (values, resource) in cx.resource.alternatives() {
            let outer: Context<'_> = cx.clone();
            all.add(values, evaluate(rule, &Context { resource: &resource, ..outer }));
        }
    }
    all.verdict(rule, cx, unknown)
}

/// The verdicts for the combinations of parameter values.
#[derive(Default)]
struct AlternativeVerdicts {
    /// The number of combinations that the rule passes, and of those that it does not concern.
    passing: usize,
    not_applicable: usize,
    /// The combinations that fail.
    failing: Vec<String>,
    /// True if one is unknown.
    is_unknown: bool,
    /// The violations of the first combination that fails.
    violations: Vec<Violation<'static>>,
}

impl AlternativeVerdicts {
    fn add(&mut self, values: &str, verdict: Verdict<'_>) {
        match verdict {
            Verdict::Pass => self.passing += 1,
            Verdict::NotApplicable => self.not_applicable += 1,
            Verdict::Indeterminate(_) => self.is_unknown = true,
            Verdict::Fail(violations) => {
                if self.failing.is_empty() {
                    self.violations = violations.into_iter().map(owned).collect();
                }
                self.failing.push(values.to_owned());
            }
        }
    }

    fn verdict<'a>(self, rule: &Rule, cx: &Context<'a>, unknown: Indeterminate<'a>) -> Verdict<'a> {
        match (self.failing.len(), self.passing, self.not_applicable) {
            _ if self.is_unknown && self.failing.is_empty() => Verdict::Indeterminate(unknown),
            (0, 0, 0) => Verdict::Indeterminate(unknown),
            (0, 0, _) => Verdict::NotApplicable,
            (0, ..) => Verdict::Pass,
            (_, 0, 0) if !self.is_unknown => self.fail(rule, cx, unknown),
            _ => Verdict::Indeterminate(self.reason(rule, unknown)),
        }
    }

    /// The failure of every combination.
    fn fail<'a>(self, rule: &Rule, cx: &Context<'a>, unknown: Indeterminate<'a>) -> Verdict<'a> {
        let known = cx.resource.tags.known().len();
        let is_listed = |one: &Violation<'_>| one.tag.is_none_or(|tag| tag < known);
        // The value of a tag that only some combinations have could not be hidden.
        if rule.sensitive && !self.violations.iter().all(is_listed) {
            return Verdict::Indeterminate(self.reason(rule, unknown));
        }
        let first = &self.failing[0];
        let note = match self.failing.len() {
            // The value of a parameter is that of the tag, or tells it.
            _ if rule.sensitive => " (with every value that AllowedValues has)".to_owned(),
            1 => format!(" ({first})"),
            _ => format!(" ({first}; every other value that AllowedValues has violates the rule too)"),
        };
        let noted = |mut one: Violation<'static>| {
            one.tag = one.tag.filter(|tag| *tag < known);
            if !one.message.is_empty() {
                one.message += &note;
            }
            one
        };
        Verdict::Fail(self.violations.into_iter().map(noted).collect())
    }

    /// The unknown result with the combinations that fail. A value of a sensitive rule is not shown.
    fn reason<'a>(&self, rule: &Rule, unknown: Indeterminate<'a>) -> Indeterminate<'a> {
        let hidden = self.failing.len().saturating_sub(SHOWN);
        let named = self.failing.iter().take(SHOWN).cloned().chain((hidden > 0).then(|| format!("{hidden} more")));
        let reason = if rule.sensitive {
            "it depends on parameters of the template: some of their allowed values violate the rule".to_owned()
        } else {
            format!("it depends on parameters of the template: it violates the rule with {}", any_of(named))
        };
        Indeterminate { reason: reason.into(), is_about_tags: false, ..unknown }
    }
}

fn owned(violation: Violation<'_>) -> Violation<'static> {
    let text = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
    Violation {
        kind: violation.kind,
        key: text(violation.key),
        found: text(violation.found),
        value: text(violation.value),
        tag: violation.tag,
        quoted: violation.quoted,
        is_about_key: violation.is_about_key,
        message: violation.message,
        suggestion: violation.suggestion,
    }
}
