//! The subject of a run, for the head of a report: accounts, inputs, times, the policy's identity and its waivers.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::input::InputKind;
use super::report::Report;
use super::summary::Counts;
use crate::base::Glob;
use crate::model::Day;
use crate::policy::policy_hash;

/// An account that was in scope, or that has resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedAccount<'r> {
    /// The account id. An inventory may contain any text.
    pub id: &'r str,
    /// The name of the account, if an inventory of an organization has it.
    pub name: Option<&'r str>,
    /// The counts of its resources; all zero for an account without resources.
    pub counts: Counts,
    /// `false` if nothing of the account could be read: a gap names it as a whole, and no resource is of it.
    pub was_read: bool,
}

/// An input of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedInput {
    /// The name that the user gave.
    pub name: String,
    /// `live`, `terraform` or `cloudformation`.
    pub kind: &'static str,
}

/// A waiver of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverUse {
    /// The patterns of rule ids.
    pub rules: Vec<String>,
    /// The patterns of ARNs or addresses.
    pub resources: Vec<String>,
    /// The reason.
    pub reason: String,
    /// The person or team responsible.
    pub owner: Option<String>,
    /// The first day on which it is valid, if it has one.
    pub from: Option<Day>,
    /// The last day on which it is valid.
    pub expires: Day,
    /// `true` if it is valid on the day of the run.
    pub holds: bool,
    /// Number of findings and unknown results that it covers.
    pub covers: u64,
}

impl Report {
    /// The accounts that were in scope or have resources, by id.
    #[must_use]
    pub fn accounts(&self) -> Vec<CheckedAccount<'_>> {
        let in_scope = self.headers.iter().flat_map(|header| &header.scope.accounts);
        let ids: BTreeSet<&str> = in_scope.chain(self.summary.accounts.keys()).map(String::as_str).collect();
        let whole = self.gaps.iter().filter(|gap| gap.region.is_none() && gap.kind.is_none());
        let unread: BTreeSet<&str> = whole.filter_map(|gap| gap.account.as_deref()).collect();
        let account = |id| {
            let counts = self.summary.accounts.get(id).map(|own| own.counts).unwrap_or_default();
            CheckedAccount {
                id,
                name: self.summary.account_names.get(id).map(String::as_str),
                counts,
                was_read: counts.resources > 0 || !unread.contains(id),
            }
        };
        ids.into_iter().filter(|id| !id.is_empty()).map(account).collect()
    }

    /// The inputs in the order of the command line.
    #[must_use]
    pub fn checked_inputs(&self) -> Vec<CheckedInput> {
        let redactor = self.settings.redactor.as_ref();
        let shown = |name: &String| redactor.map_or_else(|| name.clone(), |redactor| redactor.text(name));
        let kind = |kind: &InputKind| match kind {
            InputKind::Live => "live",
            InputKind::Terraform { .. } => "terraform",
            InputKind::CloudFormation { .. } => "cloudformation",
        };
        self.inputs.iter().map(|input| CheckedInput { name: shown(&input.name), kind: kind(&input.kind) }).collect()
    }

    /// The times of the first and the last collection; `None` if no inventory says its time.
    #[must_use]
    pub fn collected(&self) -> Option<(Timestamp, Timestamp)> {
        let times = || self.headers.iter().filter_map(|header| header.collected.as_deref()?.parse::<Timestamp>().ok());
        times().min().zip(times().max())
    }

    /// The number of inputs that say their time of collection.
    #[must_use]
    pub fn dated_inputs(&self) -> usize {
        let times = self.headers.iter().filter_map(|header| header.collected.as_deref());
        times.filter(|time| time.parse::<Timestamp>().is_ok()).count()
    }

    /// The hash of the policy: 64 hexadecimal digits, or a keyed hash in a redacted report.
    #[must_use]
    pub fn policy_hash(&self) -> String {
        let hash = policy_hash(&self.settings.policy);
        self.settings.redactor.as_ref().map_or(hash.clone(), |redactor| redactor.account(&hash))
    }

    /// The waivers of the policy, in its order. Comments in source are not included.
    #[must_use]
    pub fn waivers(&self) -> Vec<WaiverUse> {
        let (policy, redactor) = (&self.settings.policy, self.settings.redactor.as_ref());
        let waivers = policy.waivers.iter().zip(&self.summary.waivers);
        let waivers = waivers.map(|(waiver, covers)| WaiverUse {
            rules: waiver.rules.0.iter().map(|glob| glob.as_str().to_owned()).collect(),
            // The engine needs the patterns, so they are redacted here. The reason and the owner are redacted already.
            resources: waiver
                .resources
                .0
                .iter()
                .map(Glob::as_str)
                .map(|glob| redactor.map_or_else(|| glob.to_owned(), |redactor| redactor.text(glob)))
                .collect(),
            reason: waiver.reason.clone(),
            owner: waiver.owner.clone(),
            from: waiver.from,
            expires: waiver.expires,
            holds: waiver.holds_on(self.settings.today),
            covers: *covers,
        });
        waivers.collect()
    }
}
