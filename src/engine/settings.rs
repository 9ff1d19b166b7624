//! The settings of a run.

use super::baseline::Baseline;
use super::finding::{BaselineState, Finding, Fingerprint, fingerprint};
use super::hidden::hidden_key_named;
use super::input::InputKind;
use super::prefilter::QuickPaths;
use super::redact::Redactor;
use crate::base::ReadProgress;
use crate::model::{Day, Resource};
use crate::policy::{Policy, Rule};

/// The settings of a run: everything besides its inputs.
pub struct Settings {
    /// The policy.
    pub policy: Policy,
    /// The day of the run, UTC.
    pub today: Day,
    /// The selected rules, by index (`--select`, `--ignore`).
    pub chosen: Vec<bool>,
    /// The earlier report, if one was given.
    pub baseline: Option<Baseline>,
    /// `true` if compliant resources are reported too.
    pub show_passed: bool,
    /// The redactor of account ids, names and values (`--redact`).
    pub redactor: Option<Redactor>,
    /// The owners of live resources, if Terraform states or stacks were given.
    pub managed: Option<Ownership>,
    /// The optimizations to use. They do not change the report.
    pub quick_paths: QuickPaths,
    /// The progress of the run, for those who wait for it.
    pub progress: ReadProgress,
    /// The function that [`super::Report::finding_lines`] will be called with, if it is known before the run: the first pass
    /// then renders the findings. It does not change the report.
    pub finding_line: Option<FindingLine>,
}

/// Appends a finding as one line, with its line end.
pub type FindingLine = fn(&Finding<'_>, &mut Vec<u8>);

/// The live resources that Terraform states and stacks manage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ownership {
    /// Number of resources that were looked up.
    pub read: u64,
    /// ARNs of the unmanaged resources, in the order of the inputs.
    pub unmanaged: Vec<String>,
}

impl Settings {
    /// Settings with every rule of a policy and without a baseline.
    #[must_use]
    pub fn new(policy: Policy, today: Day) -> Self {
        Self {
            chosen: vec![true; policy.rules.len()],
            policy,
            today,
            baseline: None,
            show_passed: false,
            redactor: None,
            managed: None,
            quick_paths: QuickPaths::of_environment(),
            progress: ReadProgress::default(),
            finding_line: None,
        }
    }

    /// The fingerprint of a rule's result for a resource and a key, as reports show it.
    pub(super) fn fingerprint(
        &self,
        rule: &Rule,
        resource: &Resource<'_>,
        key: Option<&str>,
        kind: &InputKind,
    ) -> Fingerprint {
        let hidden = key.and_then(|key| hidden_key_named(&self.policy, resource, key));
        let own = fingerprint(rule, resource, hidden.as_deref().or(key), kind);
        self.redactor.as_ref().map_or(own, |redactor| redactor.fingerprint(own))
    }

    /// The index of a finding in the baseline.
    pub(super) fn in_baseline(&self, fingerprint: &Fingerprint) -> Option<usize> {
        self.baseline.as_ref().and_then(|baseline| baseline.find(fingerprint))
    }

    /// The state of a finding relative to the baseline.
    pub(super) fn baseline_state(&self, fingerprint: &Fingerprint) -> BaselineState {
        if self.in_baseline(fingerprint).is_some() { BaselineState::Unchanged } else { BaselineState::New }
    }
}
