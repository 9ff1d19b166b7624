//! The counts of a run.

use std::collections::BTreeMap;

use super::inline_waivers::InlineWaiverUse;
use super::targets::TargetCounts;

/// Counts of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleSummary {
    /// Resources to which the rule applies or may apply.
    pub matched: u64,
    /// Unwaived findings.
    pub findings: u64,
    /// Unwaived findings that are notes because of a grace period.
    pub grace: u64,
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
    /// Resources that AWS made. Only rules that ask for the manager judge them.
    pub made_by_aws: u64,
}

/// Counts of resources and findings, of a run or of one account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All resources.
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
    /// Unwaived findings that are notes because of a grace period.
    pub grace: u64,
    /// Waived findings.
    pub waived: u64,
    /// Unknown results.
    pub unknown_results: u64,
    /// Resources whose tags could not be read.
    pub unread: u64,
}

impl Counts {
    /// Adds other counts.
    pub(super) fn add(&mut self, other: &Self) {
        *self = self.zip(other, |mine, theirs| mine + theirs);
    }

    /// The difference to earlier counts of the same run.
    pub(super) fn since(&self, before: &Self) -> Self {
        self.zip(before, |now, before| now - before)
    }

    fn zip(&self, other: &Self, each: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            resources: each(self.resources, other.resources),
            compliant: each(self.compliant, other.compliant),
            violating: each(self.violating, other.violating),
            unknown: each(self.unknown, other.unknown),
            findings: std::array::from_fn(|level| each(self.findings[level], other.findings[level])),
            new: std::array::from_fn(|level| each(self.new[level], other.new[level])),
            grace: each(self.grace, other.grace),
            waived: each(self.waived, other.waived),
            unknown_results: each(self.unknown_results, other.unknown_results),
            unread: each(self.unread, other.unread),
        }
    }
}

/// Counts of one account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountSummary {
    /// The resources and findings of the account.
    pub counts: Counts,
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
        self.made_by_aws += other.made_by_aws;
    }
}

/// The counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// All resources and findings.
    pub counts: Counts,
    /// Counts by rule index.
    pub rules: Vec<RuleSummary>,
    /// Covered findings and unknown results by waiver index.
    pub waivers: Vec<u64>,
    /// Counts by resource type.
    pub types: BTreeMap<String, TypeSummary>,
    /// The ignore comments in source.
    pub inline_waivers: InlineWaiverUse,
    /// Counts by account. Resources without an account are under the empty name.
    pub accounts: BTreeMap<String, AccountSummary>,
    /// The names of accounts by id, where resources have them.
    pub account_names: BTreeMap<String, String>,
    /// The resources of each target, by account and target index; empty for a policy without targets.
    pub targets: BTreeMap<String, Vec<TargetCounts>>,
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

    pub(super) fn add_account(&mut self, account: &str, counts: &Counts, entries: usize) {
        if let Some(sum) = self.accounts.get_mut(account) {
            sum.counts.add(counts);
            sum.entries += entries;
        } else {
            let own = AccountSummary { counts: *counts, entries, first_entry: 0 };
            self.accounts.insert(account.to_owned(), own);
        }
    }

    /// Keeps the name of an account. The first of several in the alphabet counts, whichever thread met it.
    pub(super) fn add_account_name(&mut self, account: &str, name: &str) {
        match self.account_names.get(account) {
            Some(known) if known.as_str() <= name => {}
            _ => drop(self.account_names.insert(account.to_owned(), name.to_owned())),
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

    /// The counts of the targets in an account.
    pub(super) fn targets_of(&mut self, account: &str, targets: usize) -> &mut [TargetCounts] {
        if !self.targets.contains_key(account) {
            self.targets.insert(account.to_owned(), vec![TargetCounts::default(); targets]);
        }
        self.targets.get_mut(account).expect("it was inserted")
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        for (account, theirs) in &other.accounts {
            self.add_account(account, &theirs.counts, theirs.entries);
        }
        for (account, name) in &other.account_names {
            self.add_account_name(account, name);
        }
        for (mine, theirs) in self.rules.iter_mut().zip(&other.rules) {
            mine.matched += theirs.matched;
            mine.findings += theirs.findings;
            mine.grace += theirs.grace;
            mine.waived += theirs.waived;
            mine.unknown += theirs.unknown;
        }
        for (mine, theirs) in self.waivers.iter_mut().zip(&other.waivers) {
            *mine += theirs;
        }
        self.inline_waivers.add(&other.inline_waivers);
        for (account, theirs) in &other.targets {
            let mine = self.targets_of(account, theirs.len());
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| mine.add(theirs));
        }
        for (kind, theirs) in &other.types {
            self.add_type(kind, *theirs);
        }
    }
}
