//! What a run counts.

use std::collections::BTreeMap;

use super::comments::Comments;

/// Counts of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleTally {
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
pub struct TypeTally {
    /// All of them.
    pub resources: u64,
    /// Those of which every rule that applies holds or is waived.
    pub compliant: u64,
}

/// What a run counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
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
    pub rules: Vec<RuleTally>,
    /// Findings that each waiver covers.
    pub waivers: Vec<u64>,
    /// By resource type.
    pub types: BTreeMap<String, TypeTally>,
    /// Comments in source that ask to ignore rules.
    pub comments: Comments,
}

impl Tally {
    pub(super) fn new(rules: usize, waivers: usize) -> Self {
        Self { rules: vec![RuleTally::default(); rules], waivers: vec![0; waivers], ..Self::default() }
    }

    pub(super) fn of_type(&mut self, kind: &str) -> &mut TypeTally {
        if !self.types.contains_key(kind) {
            self.types.insert(kind.to_owned(), TypeTally::default());
        }
        self.types.get_mut(kind).expect("it was inserted just now")
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.resources += other.resources;
        self.compliant += other.compliant;
        self.violating += other.violating;
        self.unknown += other.unknown;
        self.waived += other.waived;
        self.untold += other.untold;
        self.unread += other.unread;
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
            let mine = self.of_type(kind);
            mine.resources += theirs.resources;
            mine.compliant += theirs.compliant;
        }
    }
}
