//! The counts of a run.

use std::collections::BTreeMap;

use super::inline_waivers::InlineWaiverUse;

/// Counts of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleSummary {
    /// Resources to which the rule applies or may apply.
    pub matched: u64,
    /// Unwaived findings.
    pub findings: u64,
    /// Waived findings.
    pub waived: u64,
    /// Resources for which the rule's result is unknown.
    pub unknown: u64,
}

/// Counts of one resource type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TypeSummary {
    /// All resources of the type.
    pub resources: u64,
    /// Resources for which every rule that applies passes or is waived.
    pub compliant: u64,
    /// Resources whose tags could not be read.
    pub unread: u64,
}

/// Counts of one account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountSummary {
    /// All resources of the account.
    pub resources: u64,
    /// Resources for which every rule that applies passes or is waived.
    pub compliant: u64,
    /// Resources with an unwaived finding.
    pub violating: u64,
    /// Resources without unwaived findings and with an unknown result.
    pub unknown: u64,
    /// Unwaived findings by severity.
    pub findings: [u64; 3],
    /// Unwaived findings that are not in the baseline, by severity.
    pub new: [u64; 3],
    /// Waived findings.
    pub waived: u64,
    /// Unknown results.
    pub unknown_results: u64,
    /// Resources whose tags could not be read.
    pub unread: u64,
    /// Number of the account's report entries.
    pub(super) entries: usize,
    /// Index of the account's first report entry.
    pub(super) first_entry: usize,
}

impl TypeSummary {
    fn add(&mut self, other: Self) {
        self.resources += other.resources;
        self.compliant += other.compliant;
        self.unread += other.unread;
    }
}

impl AccountSummary {
    fn add(&mut self, other: &Self) {
        self.resources += other.resources;
        self.compliant += other.compliant;
        self.violating += other.violating;
        self.unknown += other.unknown;
        self.waived += other.waived;
        self.unknown_results += other.unknown_results;
        self.unread += other.unread;
        self.entries += other.entries;
        for i in 0..3 {
            self.findings[i] += other.findings[i];
            self.new[i] += other.new[i];
        }
    }
}

/// The counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Resources read.
    pub resources: u64,
    /// Resources for which every rule that applies passes or is waived.
    pub compliant: u64,
    /// Resources with an unwaived finding.
    pub violating: u64,
    /// Resources without unwaived findings and with an unknown result.
    pub unknown: u64,
    /// Unwaived findings by severity.
    pub findings: [u64; 3],
    /// Unwaived findings that are not in the baseline, by severity.
    pub new: [u64; 3],
    /// Waived findings.
    pub waived: u64,
    /// Unknown results.
    pub unknown_results: u64,
    /// Resources whose tags could not be read.
    pub unread: u64,
    /// Counts by rule index.
    pub rules: Vec<RuleSummary>,
    /// Covered findings by waiver index.
    pub waivers: Vec<u64>,
    /// Counts by resource type.
    pub types: BTreeMap<String, TypeSummary>,
    /// The ignore comments in source.
    pub inline_waivers: InlineWaiverUse,
    /// Counts by account. Resources without an account are under the empty name.
    pub accounts: BTreeMap<String, AccountSummary>,
}

impl Summary {
    pub(super) fn new(rules: usize, waivers: usize) -> Self {
        Self { rules: vec![RuleSummary::default(); rules], waivers: vec![0; waivers], ..Self::default() }
    }

    pub(super) fn add_type(&mut self, kind: &str, more: TypeSummary) {
        match self.types.get_mut(kind) {
            Some(sum) => sum.add(more),
            None => drop(self.types.insert(kind.to_owned(), more)),
        }
    }

    pub(super) fn add_account(&mut self, account: &str, more: &AccountSummary) {
        match self.accounts.get_mut(account) {
            Some(sum) => sum.add(more),
            None => drop(self.accounts.insert(account.to_owned(), *more)),
        }
    }

    /// Counts one resource of an account. Its findings are the difference between the totals now and `before`.
    pub(super) fn count_account(&mut self, account: &str, before: &SummaryTotals, own: AccountSummary) {
        let now = self.totals();
        let own = AccountSummary {
            resources: 1,
            findings: std::array::from_fn(|i| now.findings[i] - before.findings[i]),
            new: std::array::from_fn(|i| now.new[i] - before.new[i]),
            waived: now.waived - before.waived,
            unknown_results: now.unknown_results - before.unknown_results,
            ..own
        };
        self.add_account(account, &own);
    }

    /// The current totals.
    pub(super) fn totals(&self) -> SummaryTotals {
        SummaryTotals {
            findings: self.findings,
            new: self.new,
            waived: self.waived,
            unknown_results: self.unknown_results,
        }
    }

    /// Sets the first report entry of each account. A report is sorted by account first.
    pub(super) fn index_accounts(&mut self) {
        let mut next = 0;
        for account in self.accounts.values_mut() {
            account.first_entry = next;
            next += account.entries;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.resources += other.resources;
        self.compliant += other.compliant;
        self.violating += other.violating;
        self.unknown += other.unknown;
        self.waived += other.waived;
        self.unknown_results += other.unknown_results;
        self.unread += other.unread;
        for (account, theirs) in &other.accounts {
            self.add_account(account, theirs);
        }
        for i in 0..3 {
            self.findings[i] += other.findings[i];
            self.new[i] += other.new[i];
        }
        for (mine, theirs) in self.rules.iter_mut().zip(&other.rules) {
            mine.matched += theirs.matched;
            mine.findings += theirs.findings;
            mine.waived += theirs.waived;
            mine.unknown += theirs.unknown;
        }
        for (mine, theirs) in self.waivers.iter_mut().zip(&other.waivers) {
            *mine += theirs;
        }
        self.inline_waivers.add(&other.inline_waivers);
        for (kind, theirs) in &other.types {
            self.add_type(kind, *theirs);
        }
    }
}

/// Totals over all findings so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct SummaryTotals {
    findings: [u64; 3],
    new: [u64; 3],
    waived: u64,
    unknown_results: u64,
}
