//! The counts of targets during the first pass.

use super::counts::TargetCounts;
use crate::engine::evaluate::Evaluator;
use crate::engine::rule_set::RuleSet;
use crate::model::Resource;
use crate::policy::{Policy, Rule, Target};
use crate::rule::{Truth, Verdict};

/// The rules of all targets that concern the type of the last resource, so that only counters grow with the input.
#[derive(Default)]
pub(in crate::engine) struct TargetScan {
    kind: String,
    of_type: RuleSet,
    wanted: RuleSet,
}

impl TargetScan {
    pub(in crate::engine) fn new(policy: &Policy) -> Self {
        let empty = RuleSet::empty(policy.rules.len());
        Self { kind: String::new(), of_type: empty.clone(), wanted: empty }
    }

    /// The candidate rules of a resource, and those of targets that concern its type. The rules that are not candidates
    /// pass or do not apply, and a target needs to know which of both.
    pub(in crate::engine) fn add_rules(&mut self, policy: &Policy, kind: &str, candidates: &RuleSet) -> &RuleSet {
        if self.kind != kind {
            kind.clone_into(&mut self.kind);
            self.of_type.clear();
            let members = policy.targets.iter().flat_map(|target| &target.members);
            members.filter(|at| policy.rules[**at].may_concern(kind)).for_each(|at| self.of_type.insert(*at));
        }
        self.wanted.clear();
        self.wanted.add(&self.of_type);
        self.wanted.add(candidates);
        &self.wanted
    }
}

/// Adds a resource to the counts of each target.
pub(in crate::engine) fn count(
    counts: &mut [TargetCounts],
    evaluator: Evaluator<'_>,
    resource: &Resource<'_>,
    verdicts: &[(usize, Verdict<'_>)],
) {
    for (target, counts) in evaluator.policy.targets.iter().zip(counts) {
        counts.add(&counts_of(target, evaluator, resource, verdicts));
    }
}

/// The counts of one resource; all 0 if no rule of the target applies.
fn counts_of(
    target: &Target,
    evaluator: Evaluator<'_>,
    resource: &Resource<'_>,
    verdicts: &[(usize, Verdict<'_>)],
) -> TargetCounts {
    let (mut violating, mut unknown, mut passes, mut passes_certainly) = (false, false, false, false);
    for (at, verdict) in verdicts.iter().filter(|(at, _)| target.members.binary_search(at).is_ok()) {
        match verdict {
            Verdict::Fail(_) => violating = true,
            Verdict::Indeterminate(_) => unknown = true,
            Verdict::Pass => {
                passes = true;
                passes_certainly |= applies_certainly(&evaluator.policy.rules[*at], evaluator, resource);
            }
            Verdict::NotApplicable => {}
        }
    }
    let is = u64::from;
    TargetCounts {
        violating: is(violating),
        unknown: is(unknown && !violating),
        compliant: is(passes_certainly && !unknown && !violating),
        uncertain: is(passes && !passes_certainly && !unknown && !violating),
    }
}

/// True if it is known that the resource exists and that the rule applies to it.
fn applies_certainly(rule: &Rule, evaluator: Evaluator<'_>, resource: &Resource<'_>) -> bool {
    resource.doubt().is_none()
        && rule.when.as_ref().is_none_or(|when| when.truth(resource, evaluator.today) == Truth::True)
        && rule.unless.as_ref().is_none_or(|unless| unless.truth(resource, evaluator.today) == Truth::False)
}
