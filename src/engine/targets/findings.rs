//! The findings of missed targets, and the notices about unknown ones.

use super::results::{TARGET_TYPE, TargetResult, TargetState};
use crate::base::{all_of, count, percent_of, percent_text};
use crate::engine::finding::{BaselineState, Finding, Fingerprint};
use crate::engine::notice::Notice;
use crate::engine::report::Report;
use crate::engine::summary::Summary;
use crate::model::{Resource, Text};
use crate::policy::{Grace, Policy, Severity, Target};
use crate::rule::{Violation, ViolationKind};

/// The number of accounts that a notice names.
const NAMED: usize = 5;

impl TargetResult {
    /// The figures: `92.11% of 203 resources comply with `owner`; the target is 95%`.
    #[must_use]
    pub fn figures(&self, target: &Target) -> String {
        let (best, worst) = (self.counts.best(), self.counts.worst());
        let percent = |part, whole| percent_of(part, whole).map_or_else(|| "none".to_owned(), percent_text);
        let (least, most) = (percent(worst.part, worst.whole), percent(best.part, best.whole));
        let share = match self.state {
            state if self.counts.all() == 0 => {
                let apply = if target.members.len() == 1 { "applies" } else { "apply" };
                // Nothing is known about what was not read.
                let read = if state == TargetState::Unknown { " were read" } else { "" };
                return format!("no resources to which {} {apply}{read}", target.rule_names());
            }
            _ if best == worst => most,
            TargetState::Missed => format!("at most {most}"),
            TargetState::Met => format!("at least {least}"),
            TargetState::Unknown | TargetState::NotApplicable => format!("between {least} and {most}"),
        };
        format!(
            "{share} of {} comply with {}; the target is {}",
            count(self.counts.all(), "resource"),
            target.rule_names(),
            percent_text(target.compliant)
        )
    }

    /// The state of the finding relative to the baseline.
    #[must_use]
    pub fn baseline(&self) -> BaselineState {
        self.baseline
    }

    /// The fingerprint of the finding of a missed target.
    pub(in crate::engine) fn missed_fingerprint(&self) -> Option<&Fingerprint> {
        (self.state == TargetState::Missed).then_some(&self.fingerprint)
    }

    /// The account in a sentence; `None` for all resources.
    #[must_use]
    pub fn account_text(&self) -> Option<&str> {
        self.account.as_deref().map(|account| if account.is_empty() { "unknown account" } else { account })
    }

    /// The finding's resource: all resources of the account or of the run.
    fn subject(&self, policy: &Policy) -> Resource<'static> {
        let name = self.account_text().unwrap_or(&policy.name).to_owned();
        Resource {
            kind: Text::from(TARGET_TYPE),
            name: Some(Text::from(name)),
            account: self.account.clone().filter(|account| !account.is_empty()).map(Text::from),
            ..Resource::default()
        }
    }

    /// True if a finding of the baseline is one of this result.
    fn is_named(&self, policy: &Policy, rule: &str, account: &str) -> bool {
        policy.targets[self.target].id == rule && self.account.as_deref().unwrap_or("") == account
    }
}

/// Adds the missed targets to the counts of findings.
pub(in crate::engine) fn count_missed(summary: &mut Summary, policy: &Policy, results: &[TargetResult]) {
    for result in results.iter().filter(|result| result.state == TargetState::Missed) {
        let severity = policy.targets[result.target].severity as usize;
        let is_new = u64::from(result.baseline == BaselineState::New);
        // A target of all accounts is counted with what belongs to no account.
        let account = summary.accounts.entry(result.account.clone().unwrap_or_default()).or_default();
        for counts in [&mut account.counts, &mut summary.counts] {
            counts.findings[severity] += 1;
            counts.new[severity] += is_new;
        }
    }
}

impl Report {
    /// The results of the targets, by target and account.
    #[must_use]
    pub fn targets(&self) -> &[TargetResult] {
        &self.targets
    }

    /// True if the state of a target is unknown.
    #[must_use]
    pub fn has_unknown_target(&self) -> bool {
        self.targets.iter().any(|result| result.state == TargetState::Unknown)
    }

    /// The findings of missed targets of a severity.
    pub(in crate::engine) fn target_findings(&self, severity: Severity, each: &mut dyn FnMut(&Finding<'_>) -> bool) {
        let policy = &self.settings.policy;
        for result in self.targets.iter().filter(|result| result.state == TargetState::Missed) {
            let target = &policy.targets[result.target];
            let resource = result.subject(policy);
            let violation =
                Violation { message: result.figures(target), ..Violation::new(ViolationKind::Target, None) };
            let finding = Finding {
                rule: target.head(),
                resource: &resource,
                violation,
                grace: Grace::None,
                waiver: None,
                state: result.baseline,
                fingerprint: result.fingerprint,
                cost: None,
            };
            if target.severity == severity && !each(&finding) {
                return;
            }
        }
    }

    /// The notices about targets whose state is unknown, and about those that concern no resource.
    pub(in crate::engine) fn target_notices(&self) -> impl Iterator<Item = Notice> {
        let targets = self.settings.policy.targets.iter().enumerate();
        targets.flat_map(|(at, target)| {
            let own: Vec<_> = self.targets.iter().filter(|result| result.target == at).collect();
            let without = own.iter().any(|result| result.state == TargetState::NotApplicable);
            let without = (without && self.summary.counts.resources > 0)
                .then(|| Notice::warning(format!("the rules of the target {} apply to no resource", target.id)));
            let unknown: Vec<_> = own.into_iter().filter(|result| result.state == TargetState::Unknown).collect();
            without.into_iter().chain((!unknown.is_empty()).then(|| unknown_notice(target, &unknown)))
        })
    }

    /// True if the state of a target that the baseline has a finding of is unknown.
    pub(in crate::engine) fn target_is_unknown(&self, id: &str, account: &str) -> bool {
        let is_it = |result: &&TargetResult| result.is_named(&self.settings.policy, id, account);
        self.targets.iter().filter(is_it).any(|result| result.state == TargetState::Unknown)
    }
}

/// `the target owner is unknown for 2 accounts (111122223333, 444455556666): a part of its scope was not read`.
fn unknown_notice(target: &Target, results: &[&TargetResult]) -> Notice {
    let named: Vec<String> = results.iter().filter_map(|one| one.account_text()).map(str::to_owned).collect();
    let accounts = match named.len() {
        0 => String::new(),
        n if n > NAMED => {
            format!(" for {} ({}, …)", count(n as u64, "account"), named[..NAMED].join(", "))
        }
        1 => format!(" for the account {}", named[0]),
        n => format!(" for {} ({})", count(n as u64, "account"), named.join(", ")),
    };
    let mut reasons: Vec<String> = results.iter().filter_map(|result| result.reason.clone()).collect();
    reasons.sort();
    reasons.dedup();
    let most = if reasons.len() > NAMED { reasons.drain(NAMED..).count() } else { 0 };
    if most > 0 {
        reasons.push("others".to_owned());
    }
    Notice::warning(format!("the state of the target {} is unknown{accounts}: {}", target.id, all_of(reasons)))
}
