//! A report account by account.

use std::collections::BTreeSet;

use super::baseline::BaselineEntry;
use super::report::{Flagged, Report};
use super::summary::{AccountSummary, Summary};
use crate::model::{Gap, InventoryHeader, Scope};

/// What of a report differs from account to account.
struct Whole {
    summary: Summary,
    flagged: Vec<Flagged>,
    gaps: Vec<Gap>,
    headers: Vec<InventoryHeader>,
    gone: Vec<BaselineEntry>,
}

impl Report {
    /// Calls `work` with the report of each account that was read, was to be read, or could not be read, in order; the
    /// name is empty for resources that do not say whose they are. What could not be read of an unknown account may be
    /// missing from every one, and so stands in each.
    ///
    /// # Errors
    /// The first one of `work`, after which nothing more is called.
    pub fn each_account<E>(&mut self, mut work: impl FnMut(&str, &Self) -> Result<(), E>) -> Result<(), E> {
        let whole = Whole {
            summary: std::mem::take(&mut self.summary),
            flagged: std::mem::take(&mut self.flagged),
            gaps: std::mem::take(&mut self.gaps),
            headers: std::mem::take(&mut self.headers),
            gone: std::mem::take(&mut self.gone),
        };
        let result = whole.accounts().into_iter().try_for_each(|account| {
            whole.narrow(account, self);
            work(account, self)
        });
        Whole {
            summary: self.summary,
            flagged: self.flagged,
            gaps: self.gaps,
            headers: self.headers,
            gone: self.gone,
        } = whole;
        result
    }
}

impl Whole {
    fn accounts(&self) -> BTreeSet<&str> {
        let scopes = self.headers.iter().flat_map(|header| &header.scope.accounts);
        let gaps = self.gaps.iter().filter_map(|gap| gap.account.as_ref());
        scopes.chain(gaps).chain(self.summary.accounts.keys()).map(String::as_str).collect()
    }

    /// Leaves in the report what belongs to one account.
    fn narrow(&self, account: &str, report: &mut Report) {
        let own = self.summary.accounts.get(account).copied().unwrap_or_default();
        report.summary = summary(&self.summary, account, own);
        report.flagged = self.flagged[own.first..own.first + own.flagged].to_vec();
        report.gaps =
            self.gaps.iter().filter(|gap| gap.account.as_deref().is_none_or(|of| of == account)).cloned().collect();
        report.gone = self.gone.iter().filter(|known| known.account == account).cloned().collect();
        report.headers = self.headers.iter().filter_map(|header| of_account(header, account)).collect();
        if report.headers.is_empty() && !account.is_empty() {
            let scope = Scope { accounts: vec![account.to_owned()], ..Scope::default() };
            report.headers.push(InventoryHeader { collected: None, ..InventoryHeader::new(String::new(), scope) });
        }
    }
}

/// What an inventory says of one account. That others were left out does not make this one less.
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

fn summary(whole: &Summary, account: &str, own: AccountSummary) -> Summary {
    Summary {
        resources: own.resources,
        compliant: own.compliant,
        violating: own.violating,
        unknown: own.unknown,
        findings: own.findings,
        new: own.new,
        waived: own.waived,
        untold: own.untold,
        unread: own.unread,
        accounts: [(account.to_owned(), AccountSummary { first: 0, ..own })].into(),
        types: std::collections::BTreeMap::new(),
        // What a notice says of rules and waivers holds for the whole run.
        ..whole.clone()
    }
}
