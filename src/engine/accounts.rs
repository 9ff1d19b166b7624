//! The reports of single accounts.

use std::collections::BTreeSet;

use super::baseline::BaselineEntry;
use super::report::Report;
use super::report_entry::ReportEntry;
use super::summary::{AccountSummary, Summary};
use super::targets::{TargetResult, TargetState};
use crate::model::{Gap, InventoryHeader, Scope};

/// The parts of a report that differ by account, for all accounts.
struct AllAccounts {
    summary: Summary,
    entries: Vec<ReportEntry>,
    gaps: Vec<Gap>,
    headers: Vec<InventoryHeader>,
    gone: Vec<BaselineEntry>,
    targets: Vec<TargetResult>,
}

impl Report {
    /// Calls `work` with the report of each account that was read, was in scope, or could not be read, in order. The id is
    /// empty for resources without an account. A gap without an account may concern any account, so it is in each report.
    ///
    /// # Errors
    /// The first error of `work`, which ends the iteration.
    pub fn each_account<E>(&mut self, mut work: impl FnMut(&str, &Self) -> Result<(), E>) -> Result<(), E> {
        // The report is narrowed in place, because it owns the inputs. The parts for all accounts are restored at the
        // end.
        let all = AllAccounts {
            summary: std::mem::take(&mut self.summary),
            entries: std::mem::take(&mut self.entries),
            gaps: std::mem::take(&mut self.gaps),
            headers: std::mem::take(&mut self.headers),
            gone: std::mem::take(&mut self.gone),
            targets: std::mem::take(&mut self.targets),
        };
        let result = all.accounts().into_iter().try_for_each(|account| {
            all.narrow(account, self);
            work(account, self)
        });
        AllAccounts {
            summary: self.summary,
            entries: self.entries,
            gaps: self.gaps,
            headers: self.headers,
            gone: self.gone,
            targets: self.targets,
        } = all;
        result
    }
}

impl AllAccounts {
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
        report.headers = self.headers.iter().filter_map(|header| of_account(header, account)).collect();
        // A resource or a gap may name an account that is in the scope of no inventory.
        if report.headers.is_empty() && !account.is_empty() {
            let scope = Scope { accounts: vec![account.to_owned()], ..Scope::default() };
            report.headers.push(InventoryHeader { collected: None, ..InventoryHeader::new(String::new(), scope) });
        }
    }
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
