//! A report account by account.

use std::collections::BTreeSet;

use super::baseline::Known;
use super::report::{Flagged, Report};
use super::tally::{AccountTally, Tally};
use crate::model::{Gap, Header, Scope};

/// What of a report differs from account to account.
struct Whole {
    tally: Tally,
    flagged: Vec<Flagged>,
    gaps: Vec<Gap>,
    headers: Vec<Header>,
    gone: Vec<Known>,
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
            tally: std::mem::take(&mut self.tally),
            flagged: std::mem::take(&mut self.flagged),
            gaps: std::mem::take(&mut self.gaps),
            headers: std::mem::take(&mut self.headers),
            gone: std::mem::take(&mut self.gone),
        };
        let result = whole.accounts().into_iter().try_for_each(|account| {
            whole.narrow(account, self);
            work(account, self)
        });
        Whole { tally: self.tally, flagged: self.flagged, gaps: self.gaps, headers: self.headers, gone: self.gone } =
            whole;
        result
    }
}

impl Whole {
    fn accounts(&self) -> BTreeSet<&str> {
        let scopes = self.headers.iter().flat_map(|header| &header.scope.accounts);
        let gaps = self.gaps.iter().filter_map(|gap| gap.account.as_ref());
        scopes.chain(gaps).chain(self.tally.accounts.keys()).map(String::as_str).collect()
    }

    /// Leaves in the report what belongs to one account.
    fn narrow(&self, account: &str, report: &mut Report) {
        let own = self.tally.accounts.get(account).copied().unwrap_or_default();
        report.tally = tally(&self.tally, account, own);
        report.flagged = self.flagged[own.first..own.first + own.flagged].to_vec();
        report.gaps =
            self.gaps.iter().filter(|gap| gap.account.as_deref().is_none_or(|of| of == account)).cloned().collect();
        report.gone = self.gone.iter().filter(|known| known.account == account).cloned().collect();
        report.headers = self.headers.iter().filter_map(|header| of_account(header, account)).collect();
        if report.headers.is_empty() && !account.is_empty() {
            let scope = Scope { accounts: vec![account.to_owned()], ..Scope::default() };
            report.headers.push(Header { collected: None, ..Header::new(String::new(), scope) });
        }
    }
}

/// What an inventory says of one account. That others were left out does not make this one less.
fn of_account(header: &Header, account: &str) -> Option<Header> {
    let scope = &header.scope;
    scope.accounts.iter().any(|one| one == account).then(|| Header {
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

fn tally(whole: &Tally, account: &str, own: AccountTally) -> Tally {
    Tally {
        resources: own.resources,
        compliant: own.compliant,
        violating: own.violating,
        unknown: own.unknown,
        findings: own.findings,
        new: own.new,
        waived: own.waived,
        untold: own.untold,
        unread: own.unread,
        accounts: [(account.to_owned(), AccountTally { first: 0, ..own })].into(),
        types: std::collections::BTreeMap::new(),
        // What a notice says of rules and waivers holds for the whole run.
        ..whole.clone()
    }
}
