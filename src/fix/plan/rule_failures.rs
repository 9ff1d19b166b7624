//! The rule failures of one resource, comparable before and after a step.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::planned_state::PlannedState;
use crate::engine::{HiddenTags, evaluate};
use crate::model::{Day, Resource};
use crate::policy::Policy;
use crate::rule::{Verdict, ViolationKind};

/// One failure, or one indeterminate result, of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RuleFailure {
    /// The index of the rule in the policy.
    pub(super) rule: usize,
    /// The finding kind; `None` if the result is indeterminate.
    pub(super) kind: Option<ViolationKind>,
    pub(super) key: Option<String>,
    pub(super) value: Option<String>,
}

/// Returns all failures of a resource.
pub(super) fn rule_failures(
    policy: &Policy,
    resource: &Resource<'_>,
    today: Day,
    state: &PlannedState,
) -> BTreeSet<RuleFailure> {
    let own = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
    let mut out = BTreeSet::new();
    for (rule, verdict) in evaluate(policy, resource, today, state, false) {
        match verdict {
            Verdict::Fail(violations) => out.extend(violations.iter().map(|violation| RuleFailure {
                rule,
                kind: Some(violation.kind),
                key: own(&violation.key),
                value: own(&violation.value),
            })),
            Verdict::Indeterminate(unknown) => {
                let key = unknown.key.as_deref().map(str::to_owned);
                out.insert(RuleFailure { rule, kind: None, key, value: None });
            }
            Verdict::Pass | Verdict::NotApplicable => {}
        }
    }
    out
}

/// Returns the message of a failure.
pub(super) fn failure_message(
    policy: &Policy,
    failure: &RuleFailure,
    resource: &Resource<'_>,
    today: Day,
    state: &PlannedState,
) -> String {
    let verdicts = evaluate(policy, resource, today, state, true);
    let hidden = HiddenTags::new(policy, resource, &verdicts, today, state);
    let message = verdicts.into_iter().find(|(at, _)| *at == failure.rule).and_then(|(_, verdict)| match verdict {
        Verdict::Fail(violations) => {
            let one = violations.into_iter().find(|violation| violation.key.as_deref() == failure.key.as_deref());
            one.map(|mut violation| {
                hidden.redact(&policy.rules[failure.rule], &mut violation);
                violation.message
            })
        }
        Verdict::Indeterminate(unknown) => Some(format!("the result would be unknown ({})", unknown.reason)),
        Verdict::Pass | Verdict::NotApplicable => None,
    });
    format!("rule {}: {}", policy.rules[failure.rule].id, message.unwrap_or_default())
}
