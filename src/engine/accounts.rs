//! The reports of single accounts.

use std::collections::BTreeSet;

use super::baseline::BaselineEntry;
use super::costs::CostTotals;
use super::coverage::Coverage;
use super::report::Report;
use super::report_entry::ReportEntry;
use super::stream::FindingSpool;
use super::summary::{AccountSummary, Summary};
use super::targets::{TargetResult, TargetState};
use crate::model::{Gap, InventoryHeader, Scope};

/// Everything in a report that differs by account or part, for the whole run. A report owns its inputs, so it is narrowed in
/// place and restored at the end.
pub(super) struct WholeReport {
    pub(super) summary: Summary,
    pub(super) entries: Vec<ReportEntry>,
    /// The lines of `entries`, which the report of a part cannot use.
    spool: FindingSpool,
    pub(super) gaps: Vec<Gap>,
    pub(super) headers: Vec<InventoryHeader>,
    pub(super) gone: Vec<BaselineEntry>,
    pub(super) targets: Vec<TargetResult>,
    coverage: Coverage,
    costs: Option<CostTotals>,
}

impl Report {
    /// Calls `work` with the report of each account that was read, was in scope, or could not be read, in order. The id is
    /// empty for resources without an account. A gap without an account may concern any account, so it is in each report.
    ///
    /// # Errors
    /// The first error of `work`, which ends the iteration.
    pub fn each_account<E>(&mut self, mut work: impl FnMut(&str, &Self) -> Result<(), E>) -> Result<(), E> {
        let all = WholeReport::take(self);
        // An account's own coverage is not known.
        self.coverage = all.coverage.clone();
        let result = all.accounts().into_iter().try_for_each(|account| {
            all.narrow(account, self);
            work(account, self)
        });
        all.restore(self);
        result
    }
}

impl WholeReport {
    /// Takes everything out of a report.
    pub(super) fn take(report: &mut Report) -> Self {
        Self {
            summary: std::mem::take(&mut report.summary),
            entries: std::mem::take(&mut report.entries),
            spool: std::mem::take(&mut report.spool),
            gaps: std::mem::take(&mut report.gaps),
            headers: std::mem::take(&mut report.headers),
            gone: std::mem::take(&mut report.gone),
            targets: std::mem::take(&mut report.targets),
            coverage: std::mem::take(&mut report.coverage),
            costs: report.costs.as_ref().map(|costs| costs.totals.clone()),
        }
    }

    /// Puts everything back.
    pub(super) fn restore(self, report: &mut Report) {
        let Self { summary, entries, spool, gaps, headers, gone, targets, coverage, costs } = self;
        if let (Some(all), Some(costs)) = (&mut report.costs, costs) {
            all.totals = costs;
        }
        (report.summary, report.entries, report.spool, report.gaps) = (summary, entries, spool, gaps);
        (report.headers, report.gone, report.targets, report.coverage) = (headers, gone, targets, coverage);
    }

    /// The account ids.
    fn accounts(&self) -> BTreeSet<&str> {
        let scopes = self.headers.iter().flat_map(|header| &header.scope.accounts);
        let gaps = self.gaps.iter().filter_map(|gap| gap.account.as_ref());
        scopes.chain(gaps).chain(self.summary.accounts.keys()).map(String::as_str).collect()
    }

    /// Restricts the report to one account.
    fn narrow(&self, account: &str, report: &mut Report) {
        let own = self.summary.accounts.get(account).copied().unwrap_or_default();
        report.summary = summary(&self.summary, account, own);
        report.entries = self.entries[own.first_entry..own.first_entry + own.entries].to_vec();
        report.gaps =
            self.gaps.iter().filter(|gap| gap.account.as_deref().is_none_or(|of| of == account)).cloned().collect();
        report.gone = self.gone.iter().filter(|known| known.account == account).cloned().collect();
        // A target of all accounts is reported with what belongs to no account.
        let of = |result: &&TargetResult| match result.account.as_deref() {
            None => account.is_empty() || result.state != TargetState::Missed,
            Some(one) => one == account,
        };
        report.targets = self.targets.iter().filter(of).cloned().collect();
        report.headers = headers_of(&self.headers, account);
        // The totals are those of the whole run.
        if let Some(costs) = &mut report.costs {
            costs.totals = CostTotals::default();
        }
    }
}

/// The headers of the inventories, restricted to one account.
pub(super) fn headers_of(headers: &[InventoryHeader], account: &str) -> Vec<InventoryHeader> {
    let mut own: Vec<InventoryHeader> = headers.iter().filter_map(|header| of_account(header, account)).collect();
    // A resource or a gap may name an account that is in the scope of no inventory.
    if own.is_empty() && !account.is_empty() {
        let scope = Scope { accounts: vec![account.to_owned()], ..Scope::default() };
        own.push(InventoryHeader { collected: None, ..InventoryHeader::new(String::new(), scope) });
    }
    own
}

/// The header of an inventory, restricted to one account; `None` if the account is not in its scope. That other accounts
/// were left out does not narrow the scope of this one.
fn of_account(header: &InventoryHeader, account: &str) -> Option<InventoryHeader> {
    let scope = &header.scope;
    scope.accounts.iter().any(|one| one == account).then(|| InventoryHeader {
        scope: Scope {
            accounts: vec![account.to_owned()],
            regions: scope.regions.clone(),
            types: scope.types.clone(),
            partial: scope.partial,
            ..Scope::default()
        },
        ..header.clone()
    })
}

/// The counts of one account.
fn summary(all: &Summary, account: &str, own: AccountSummary) -> Summary {
    Summary {
        counts: own.counts,
        accounts: [(account.to_owned(), AccountSummary { first_entry: 0, ..own })].into(),
        types: std::collections::BTreeMap::new(),
        // Notices about rules and waivers concern the whole run.
        ..all.clone()
    }
}
