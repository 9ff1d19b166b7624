//! What a run counts.

use std::collections::BTreeMap;

use super::comments::Comments;

/// Counts of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleSummary {
    /// Resources that the rule applies to, or may apply to.
    pub matched: u64,
    /// Findings that are not waived.
    pub findings: u64,
    /// Findings that are.
    pub waived: u64,
    /// Resources for which the rule cannot be told.
    pub unknown: u64,
}

/// Counts of one resource type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TypeSummary {
    /// All of them.
    pub resources: u64,
    /// Those of which every rule that applies holds or is waived.
    pub compliant: u64,
}

/// Counts of one account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountSummary {
    /// All of its resources.
    pub resources: u64,
    /// Those of which every rule that applies holds or is waived.
    pub compliant: u64,
    /// Those with a finding that is not waived.
    pub violating: u64,
    /// The rest.
    pub unknown: u64,
    /// Findings that are not waived, by severity.
    pub findings: [u64; 3],
    /// Those of them that the baseline does not have.
    pub new: [u64; 3],
    /// Waived findings.
    pub waived: u64,
    /// Answers that cannot be told.
    pub untold: u64,
    /// Resources whose tags could not be read at all.
    pub unread: u64,
    /// How many of its resources have something to report, and the place of the first among those of the report.
    pub(super) flagged: usize,
    pub(super) first: usize,
}

impl TypeSummary {
    fn add(&mut self, other: Self) {
        self.resources += other.resources;
        self.compliant += other.compliant;
    }
}

impl AccountSummary {
    fn add(&mut self, other: &Self) {
        self.resources += other.resources;
        self.compliant += other.compliant;
        self.violating += other.violating;
        self.unknown += other.unknown;
        self.waived += other.waived;
        self.untold += other.untold;
        self.unread += other.unread;
        self.flagged += other.flagged;
        for i in 0..3 {
            self.findings[i] += other.findings[i];
            self.new[i] += other.new[i];
        }
    }
}

/// What a run counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Resources read.
    pub resources: u64,
    /// Those of which every rule that applies holds or is waived.
    pub compliant: u64,
    /// Those with a finding that is not waived.
    pub violating: u64,
    /// The rest: nothing broken that is known, something that cannot be told.
    pub unknown: u64,
    /// Findings that are not waived, by severity.
    pub findings: [u64; 3],
    /// Those of them that the baseline does not have.
    pub new: [u64; 3],
    /// Waived findings.
    pub waived: u64,
    /// Answers that cannot be told.
    pub untold: u64,
    /// Resources whose tags could not be read at all.
    pub unread: u64,
    /// By the rules' places in the policy.
    pub rules: Vec<RuleSummary>,
    /// Findings that each waiver covers.
    pub waivers: Vec<u64>,
    /// By resource type.
    pub types: BTreeMap<String, TypeSummary>,
    /// Comments in source that ask to ignore rules.
    pub comments: Comments,
    /// By account; under an empty name those that do not say whose they are.
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

    /// Counts one resource: what was added to the sums since they were `before` is its own.
    pub(super) fn count_account(&mut self, account: &str, before: &Sums, own: AccountSummary) {
        let now = self.sums();
        let own = AccountSummary {
            resources: 1,
            findings: std::array::from_fn(|i| now.findings[i] - before.findings[i]),
            new: std::array::from_fn(|i| now.new[i] - before.new[i]),
            waived: now.waived - before.waived,
            untold: now.untold - before.untold,
            ..own
        };
        self.add_account(account, &own);
    }

    /// The sums over all findings so far.
    pub(super) fn sums(&self) -> Sums {
        Sums { findings: self.findings, new: self.new, waived: self.waived, untold: self.untold }
    }

    /// Where each account's resources begin in the report, which is sorted by account first.
    pub(super) fn place_accounts(&mut self) {
        let mut next = 0;
        for account in self.accounts.values_mut() {
            account.first = next;
            next += account.flagged;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.resources += other.resources;
        self.compliant += other.compliant;
        self.violating += other.violating;
        self.unknown += other.unknown;
        self.waived += other.waived;
        self.untold += other.untold;
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
        self.comments.add(&other.comments);
        for (kind, theirs) in &other.types {
            self.add_type(kind, *theirs);
        }
    }
}

/// Sums over findings at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums {
    findings: [u64; 3],
    new: [u64; 3],
    waived: u64,
    untold: u64,
}
