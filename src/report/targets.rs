//! The results of targets in the words that several formats share.

use crate::base::percent_of;
use crate::engine::{Report, TargetResult, TargetState};
use crate::policy::Target;

/// The results with their targets.
pub(super) fn targets(report: &Report) -> impl Iterator<Item = (&Target, &TargetResult)> {
    report.targets().iter().map(|result| (&report.policy().targets[result.target], result))
}

/// The results by need: missed ones with the smallest share first, then unknown ones, then the others.
pub(super) fn by_need(report: &Report) -> Vec<(&Target, &TargetResult)> {
    let mut all: Vec<_> = targets(report).collect();
    all.sort_by_key(|(_, result)| {
        let best = result.counts.best();
        let rank = match result.state {
            TargetState::Missed => 0,
            TargetState::Unknown => 1,
            TargetState::Met | TargetState::NotApplicable => 2,
        };
        (rank, percent_of(best.part, best.whole))
    });
    all
}

/// The results that are unknown: a report that says nothing of them would look as if they were met.
pub(super) fn unknown_targets(report: &Report) -> impl Iterator<Item = (&Target, &TargetResult)> {
    targets(report).filter(|(_, result)| result.state == TargetState::Unknown)
}

/// One result: the account, the figures, and the reason if it is unknown. It contains raw data.
pub(super) fn target_sentence(target: &Target, result: &TargetResult) -> String {
    let account = result.account_text().map(|account| format!("{account}: ")).unwrap_or_default();
    let reason = result.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("{account}{}{reason}", result.figures(target))
}
