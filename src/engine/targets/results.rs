//! The result of each target, after the first pass.

use std::collections::{BTreeMap, BTreeSet};

use super::counts::TargetCounts;
use crate::base::count;
use crate::engine::finding::{BaselineState, Fingerprint, digest};
use crate::engine::settings::Settings;
use crate::model::{Gap, NotJudged, NotJudgedReason};
use crate::policy::{Policy, Target, Within};

/// The type of what the finding of a target is about: the resources of an account or of the run.
pub(in crate::engine) const TARGET_TYPE: &str = "taglint:target";

/// True for the type of what the finding of a target is about.
#[must_use]
pub fn is_target(kind: &str) -> bool {
    kind == TARGET_TYPE
}

/// The state of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum TargetState {
    /// The share is reached, whatever is unknown.
    Met,
    /// The share is not reached, whatever is unknown.
    Missed,
    /// It depends on something that is not known.
    Unknown,
    /// No rule of the target applies to any resource.
    NotApplicable,
}

/// The result of a target, for all resources or for one account.
#[derive(Debug, Clone)]
pub struct TargetResult {
    /// The index of the target.
    pub target: usize,
    /// The account; `None` for all resources of the run, empty for those whose account is not known.
    pub account: Option<String>,
    /// The resources to which a rule of the target applies or may apply.
    pub counts: TargetCounts,
    /// The state.
    pub state: TargetState,
    /// The reason why it is unknown.
    pub reason: Option<String>,
    pub(super) fingerprint: Fingerprint,
    pub(super) baseline: BaselineState,
}

/// The parts of a run besides its resources on which a target depends.
pub(in crate::engine) struct TargetScope<'r> {
    /// The gaps of the inputs.
    pub(in crate::engine) gaps: &'r [Gap],
    /// The resources that were not judged.
    pub(in crate::engine) not_judged: &'r [NotJudged],
    /// The accounts in the scope of the inventories.
    pub(in crate::engine) accounts: BTreeSet<&'r str>,
}

/// The reason for an unknown result if something was not read.
const UNREAD: &str = "a part of its scope was not read";

impl TargetScope<'_> {
    /// True if something that could not be read, in an account or anywhere, may be a resource of the target.
    fn unread(&self, policy: &Policy, target: &Target, account: Option<&str>) -> bool {
        let concerns = |kind: &str| target.members.iter().any(|at| policy.rules[*at].may_concern(kind));
        let in_gap = self.gaps.iter().any(|gap| {
            let here = match (account, gap.account.as_deref()) {
                (Some(account), Some(of)) => account == of,
                _ => true,
            };
            here && gap.kind.as_deref().is_none_or(concerns)
        });
        in_gap || self.not_judged.iter().any(|group| is_unread(group.reason))
    }

    /// Number of resources of the target whose tags the input does not hold. They are in no account.
    fn without_tags(&self, policy: &Policy, target: &Target) -> u64 {
        let concerns = |kind: &str| target.members.iter().any(|at| policy.rules[*at].may_concern(kind));
        let without = |group: &&NotJudged| {
            matches!(group.reason, NotJudgedReason::TagsNotInInput | NotJudgedReason::TagsNotWritten)
        };
        self.not_judged.iter().filter(without).filter(|group| concerns(&group.kind)).map(|group| group.count).sum()
    }

    /// The accounts of a target: those with resources of it, and those that may have some.
    fn accounts(&self, policy: &Policy, at: usize, counts: &BTreeMap<String, Vec<TargetCounts>>) -> BTreeSet<String> {
        let target = &policy.targets[at];
        let counted = counts.iter().filter(|(_, counts)| counts[at].all() > 0).map(|(account, _)| account.as_str());
        let of_gaps = self.gaps.iter().filter_map(|gap| gap.account.as_deref());
        let others = of_gaps.chain(self.accounts.iter().copied());
        let unread = others.filter(|account| self.unread(policy, target, Some(account)));
        counted.chain(unread).map(str::to_owned).collect()
    }
}

/// True if this reason means that resources of any type may be missing.
fn is_unread(reason: NotJudgedReason) -> bool {
    matches!(reason, NotJudgedReason::NotInInput | NotJudgedReason::BrokenDocument | NotJudgedReason::TooDeep)
}

/// The results of all targets, by target and account.
pub(in crate::engine) fn target_results(
    settings: &Settings,
    counts: &BTreeMap<String, Vec<TargetCounts>>,
    scope: &TargetScope<'_>,
) -> Vec<TargetResult> {
    let policy = &settings.policy;
    let mut out = Vec::new();
    for (at, target) in policy.targets.iter().enumerate() {
        let before = out.len();
        if target.within == Within::Account {
            for account in scope.accounts(policy, at, counts) {
                out.push(of_account(settings, at, &account, counts, scope));
            }
        }
        if out.len() == before {
            out.push(of_all(settings, at, counts, scope));
        }
    }
    out
}

/// The result for all resources.
fn of_all(
    settings: &Settings,
    at: usize,
    counts: &BTreeMap<String, Vec<TargetCounts>>,
    scope: &TargetScope<'_>,
) -> TargetResult {
    let target = &settings.policy.targets[at];
    let mut sum = TargetCounts::default();
    for counts in counts.values() {
        sum.add(&counts[at]);
    }
    sum.unknown += scope.without_tags(&settings.policy, target);
    let unread = scope.unread(&settings.policy, target, None);
    let (state, reason) = decide(target, &sum, &sum, unread);
    result(settings, at, None, sum, state, reason)
}

/// The result for one account.
fn of_account(
    settings: &Settings,
    at: usize,
    account: &str,
    counts: &BTreeMap<String, Vec<TargetCounts>>,
    scope: &TargetScope<'_>,
) -> TargetResult {
    let target = &settings.policy.targets[at];
    let of = |account: &str| counts.get(account).map(|counts| counts[at]).unwrap_or_default();
    let (own, floating) = (of(account), of(""));
    let unread =
        scope.unread(&settings.policy, target, Some(account)) || scope.without_tags(&settings.policy, target) > 0;
    let (state, reason) = if account.is_empty() {
        let others = counts.iter().any(|(other, counts)| !other.is_empty() && counts[at].all() > 0);
        of_unknown_accounts(target, &own, unread, others)
    } else {
        // Resources whose account is not known may belong to this one.
        let (mut best, mut worst) = (own, own);
        best.add(&TargetCounts { violating: 0, ..floating });
        worst.add(&TargetCounts { unknown: floating.unknown + floating.violating, ..TargetCounts::default() });
        decide(target, &best, &worst, unread)
    };
    result(settings, at, Some(account), own, state, reason)
}

/// The state for resources whose accounts are not known: they may be in one account or in many.
fn of_unknown_accounts(
    target: &Target,
    own: &TargetCounts,
    unread: bool,
    others: bool,
) -> (TargetState, Option<String>) {
    match decide(target, own, own, unread) {
        // If the share of all is too small, so is that of at least one account; but it may be one with other resources too.
        (TargetState::Missed, _) if others => (TargetState::Unknown, Some("their accounts are not known".to_owned())),
        // If some of them violate a rule, these may be all of an account.
        (TargetState::Met, _) if own.violating + own.unknown > 0 => {
            (TargetState::Unknown, Some("their accounts are not known".to_owned()))
        }
        other => other,
    }
}

/// The state for the best and the worst possible counts.
fn decide(target: &Target, best: &TargetCounts, worst: &TargetCounts, unread: bool) -> (TargetState, Option<String>) {
    if unread {
        // Only a target of 100% is missed whatever else there is.
        let missed = target.compliant == 10_000 && best.violating > 0;
        return if missed { (TargetState::Missed, None) } else { (TargetState::Unknown, Some(UNREAD.to_owned())) };
    }
    if !best.best().reaches(target.compliant) {
        (TargetState::Missed, None)
    } else if best.all() + worst.all() == 0 {
        (TargetState::NotApplicable, None)
    } else if worst.worst().reaches(target.compliant) {
        (TargetState::Met, None)
    } else {
        let reason = match worst.unknown {
            0 => "it is unknown which of the resources exist, or to which the rules apply".to_owned(),
            n => format!("the results of {} are unknown", count(n, "resource")),
        };
        (TargetState::Unknown, Some(reason))
    }
}

/// A result, redacted if the report is.
fn result(
    settings: &Settings,
    at: usize,
    account: Option<&str>,
    counts: TargetCounts,
    state: TargetState,
    reason: Option<String>,
) -> TargetResult {
    let target = &settings.policy.targets[at];
    let within = if account.is_some() { "account" } else { "all" };
    let own = digest([b"taglint/target/v1", target.id.as_bytes(), within.as_bytes(), account.unwrap_or("").as_bytes()]);
    let redactor = settings.redactor.as_ref();
    let fingerprint = redactor.map_or(own, |redactor| redactor.fingerprint(own));
    let shown = |account: &str| redactor.map_or_else(|| account.to_owned(), |redactor| redactor.account(account));
    let baseline = settings.baseline_state(&fingerprint);
    TargetResult { target: at, account: account.map(shown), counts, state, reason, fingerprint, baseline }
}
