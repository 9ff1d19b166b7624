//! Targets: the share of resources that comply with rules.

use super::{PolicyLocation, Rule, Severity};
use crate::base::{Globs, all_of, percent_text};

/// The resources whose share a target concerns.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Within {
    /// Those of each account.
    Account,
    /// All of the run together.
    #[default]
    All,
}

/// A target: the least share of resources that comply with some rules.
#[derive(Debug, Clone)]
pub struct Target {
    /// The name in reports.
    pub id: String,
    /// The purpose.
    pub description: String,
    /// The severity of its findings.
    pub severity: Severity,
    /// The ids (globs) of its rules.
    pub rules: Globs,
    /// The least share, in hundredths of a percent.
    pub compliant: u64,
    /// The resources of which the share is taken.
    pub within: Within,
    /// The text shown with its findings.
    pub help: Option<String>,
    /// The labels.
    pub labels: Vec<String>,
    /// The indexes of its rules, sorted.
    pub members: Vec<usize>,
    /// The place in its file.
    pub origin: PolicyLocation,
}

impl Target {
    /// The rules as they are written, in a sentence: `` `owner` and `cost-*` ``.
    #[must_use]
    pub fn rule_names(&self) -> String {
        all_of(self.rules.0.iter().map(|glob| format!("`{}`", glob.as_str())))
    }

    /// The requirement, as a sentence without its full stop.
    #[must_use]
    pub fn describe(&self) -> String {
        let of = match self.within {
            Within::Account => " of each account",
            Within::All => "",
        };
        format!("At least {} of the resources{of} comply with {}", percent_text(self.compliant), self.rule_names())
    }

    /// The parts that its findings show.
    #[must_use]
    pub fn head(&self) -> RuleHead<'_> {
        let Self { id, description, severity, help, labels, .. } = self;
        RuleHead { id, description, severity: *severity, help: help.as_deref(), labels }
    }

    /// Finds the rules of the target.
    pub(super) fn find_rules(&mut self, rules: &[Rule]) {
        self.members = (0..rules.len()).filter(|at| self.rules.matches(&rules[*at].id)).collect();
    }
}

/// The parts of a rule or target that its findings show.
#[derive(Debug, Clone, Copy)]
pub struct RuleHead<'a> {
    /// The name in reports.
    pub id: &'a str,
    /// The purpose.
    pub description: &'a str,
    /// The severity of its findings.
    pub severity: Severity,
    /// The text shown with its findings.
    pub help: Option<&'a str>,
    /// The labels.
    pub labels: &'a [String],
}

impl Rule {
    /// The parts that its findings show.
    #[must_use]
    pub fn head(&self) -> RuleHead<'_> {
        let Self { id, description, severity, help, labels, .. } = self;
        RuleHead { id, description, severity: *severity, help: help.as_deref(), labels }
    }
}
