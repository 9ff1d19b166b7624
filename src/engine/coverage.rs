//! The coverage of a run: the resources that rules judged, and everything that they did not.

use std::collections::BTreeSet;

use crate::base::percent_of;
use crate::model::{InputCoverage, NotJudged, NotJudgedReason};
use crate::policy::Policy;

/// The coverage of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Number of resources that at least one chosen rule concerns and whose tags are known.
    pub judged: u64,
    /// The rest, by reason and type.
    pub not_judged: Vec<NotJudged>,
    /// The types that no chosen rule concerns. Their resources neither pass nor fail.
    pub types_without_rule: BTreeSet<String>,
    /// Number of resources of these types.
    pub without_rule: u64,
}

impl Coverage {
    /// Number of resources and paths that were not judged and may need tags.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.not_judged.iter().filter(|group| group.reason.may_need_tags()).map(|group| group.count).sum()
    }

    /// The judged share of all that may need tags, in hundredths of a percent, rounded down so that 10,000 means all; `None`
    /// where there is nothing.
    #[must_use]
    pub fn share(&self) -> Option<u64> {
        percent_of(self.judged, self.judged + self.missed())
    }
}

/// The coverage of the inputs, from the counts of the first pass.
pub(super) fn coverage(
    policy: &Policy,
    chosen: &[bool],
    types: &std::collections::BTreeMap<String, super::summary::TypeSummary>,
    mut passed_over: InputCoverage,
) -> Coverage {
    let mut out = Coverage::default();
    for (kind, counts) in types {
        if is_concerned(policy, chosen, kind) {
            // Without a rule that asks for the manager, no rule judges the resources that AWS made.
            let left = if asks_for_manager(policy, chosen, kind) { 0 } else { counts.made_by_aws };
            out.judged += counts.resources - counts.unread - left;
            if left > 0 {
                passed_over.add_many(kind, NotJudgedReason::MadeByAws, left, []);
            }
            if counts.unread > 0 {
                passed_over.add_many(kind, NotJudgedReason::TagsUnread, counts.unread, []);
            }
        } else {
            passed_over.add_many(kind, NotJudgedReason::NoRule, counts.resources, []);
            out.types_without_rule.insert(kind.clone());
            out.without_rule += counts.resources;
        }
    }
    passed_over.count_implied(|kind| is_named(policy, chosen, kind));
    Coverage { not_judged: passed_over.not_judged().collect(), ..out }
}

/// Whether a chosen rule may apply to resources of a type.
fn is_concerned(policy: &Policy, chosen: &[bool], kind: &str) -> bool {
    policy.rules.iter().zip(chosen).any(|(rule, chosen)| *chosen && rule.may_concern(kind))
}

/// Returns whether a chosen rule on a type asks for the manager of its resources.
fn asks_for_manager(policy: &Policy, chosen: &[bool], kind: &str) -> bool {
    let mut rules = policy.rules.iter().zip(chosen).filter(|(_, chosen)| **chosen);
    rules.any(|(rule, _)| rule.may_concern(kind) && rule.asks_for_manager())
}

/// Returns whether a chosen rule names a type, by any of its names.
fn is_named(policy: &Policy, chosen: &[bool], kind: &str) -> bool {
    let named =
        |(rule, chosen): (&crate::policy::Rule, &bool)| *chosen && rule.resources.name(kind) && rule.may_concern(kind);
    policy.rules.iter().zip(chosen).any(named)
}
