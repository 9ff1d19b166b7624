//! The report of a finished run. Counts, gaps and notices are in memory; findings are read again from the inputs.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::ops::ControlFlow;

use rayon::prelude::*;

use super::baseline::BaselineEntry;
use super::costs::ReportCosts;
use super::coverage::Coverage;
use super::finding::{Fingerprint, UnknownResult};
use super::input::{Input, InputError, InputKind};
use super::prefilter::PrefilterPool;
use super::report_entry::ReportEntry;
use super::report_part::ReportPart;
use super::resource_index::InventoryIndex;
use super::settings::Settings;
use super::stream::{EntrySort, FindingSpool, reparse_resource, sort_key};
use super::summary::Summary;
use super::targets::{TARGET_TYPE, TargetResult};
use crate::model::{Gap, InventoryHeader, NotJudgedReason, Resource, Scope};
use crate::policy::Policy;

/// The number of sort keys that are read at a time.
const KEYS: usize = 1 << 14;

/// The report of a finished run.
pub struct Report {
    pub(super) settings: Settings,
    pub(super) inputs: Vec<Input>,
    pub(super) resource_index: InventoryIndex,
    pub(super) prefilters: PrefilterPool,
    pub(super) summary: Summary,
    pub(super) coverage: Coverage,
    /// The resources with something to report, in the order of reports.
    pub(super) entries: Vec<ReportEntry>,
    /// The findings of the first entries that [`Report::finding_lines`] writes, if the first pass has rendered them.
    pub(super) spool: FindingSpool,
    pub(super) gaps: Vec<Gap>,
    pub(super) headers: Vec<InventoryHeader>,
    pub(super) not_enabled: Vec<String>,
    /// Number of resources whose tags come from the tagging API's index.
    pub(super) indexed: u64,
    /// The findings of the baseline that this run does not have.
    pub(super) gone: Vec<BaselineEntry>,
    /// Names of resources with an unknown result, among those of `gone`.
    pub(super) unknown_resources: HashSet<String>,
    /// Number of resources that an earlier inventory of this run has too.
    pub(super) duplicates: u64,
    pub(super) targets: Vec<TargetResult>,
    /// The bill, if one was given.
    pub(super) costs: Option<ReportCosts>,
    /// The part that the report is narrowed to.
    pub(super) part: Option<ReportPart>,
}

/// The scope of several inventories together.
pub(super) fn scope_of(headers: &[InventoryHeader]) -> Scope {
    Scope::unite(&headers.iter().map(|header| header.scope.clone()).collect::<Vec<_>>())
}

impl Report {
    /// The digest that identifies the key of a redacted report.
    #[must_use]
    pub fn redaction_key(&self) -> Option<String> {
        self.settings.redactor.as_ref().map(super::redact::Redactor::key_check)
    }

    /// Returns whether no finding of the baseline was recognized.
    #[must_use]
    pub fn recognizes_no_baseline_finding(&self) -> bool {
        self.settings
            .baseline
            .as_ref()
            .is_some_and(|baseline| !baseline.is_empty() && baseline.len() == self.gone.len())
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.settings.policy
    }

    /// The settings of the run.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The counts.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Number of resources that pass, and of those that a rule concerns.
    #[must_use]
    pub fn passing(&self) -> (u64, u64) {
        let (counts, without) = (&self.summary.counts, self.coverage.without_rule);
        // Resources that no rule concerns have no verdict. The first pass counts them as compliant.
        (counts.compliant.saturating_sub(without), counts.resources.saturating_sub(without))
    }

    /// The coverage of the run.
    #[must_use]
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Whether the run says nothing about anything: no resource was judged, and no input states that it has none.
    #[must_use]
    pub fn judged_nothing(&self) -> bool {
        let states_that_it_is_empty = self.inputs.iter().any(|input| input.may_be_empty);
        let needs_no_tags = self
            .coverage
            .not_judged
            .iter()
            .all(|group| !group.reason.may_need_tags() && group.reason != NotJudgedReason::OtherCloud);
        let is_usual = !self.inputs.is_empty() && self.inputs.iter().all(|input| input.may_be_unjudged);
        self.coverage.judged == 0 && !(is_usual || states_that_it_is_empty && needs_no_tags)
    }

    /// The gaps, sorted.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The headers of the inventories.
    #[must_use]
    pub fn headers(&self) -> &[InventoryHeader] {
        &self.headers
    }

    /// The scope of all inventories together.
    #[must_use]
    pub fn scope(&self) -> Scope {
        scope_of(&self.headers)
    }

    /// Regions left out because the account has not enabled them.
    #[must_use]
    pub fn not_enabled(&self) -> &[String] {
        &self.not_enabled
    }

    /// Findings of the baseline that this run does not have.
    #[must_use]
    pub fn gone(&self) -> &[BaselineEntry] {
        &self.gone
    }

    /// The state of a finding that only the baseline has: `gone`, or `unread` if its resource may not have been read or the
    /// rule's result is unknown.
    #[must_use]
    pub fn state_of(&self, known: &BaselineEntry) -> &'static str {
        let fits = |want: &Option<String>, have: &str| want.as_deref().is_none_or(|want| want == have);
        let in_gap = self.gaps.iter().any(|gap| {
            fits(&gap.account, &known.account) && fits(&gap.region, &known.region) && fits(&gap.kind, &known.kind)
        });
        if known.kind == TARGET_TYPE {
            let unknown = self.target_is_unknown(&known.rule, &known.account);
            return if unknown { "unread" } else { "gone" };
        }
        if in_gap || self.unknown_resources.contains(&known.resource) { "unread" } else { "gone" }
    }

    /// Findings of the baseline in state `unread`, with their fingerprints.
    pub fn unread_known(&self) -> impl Iterator<Item = (&Fingerprint, &BaselineEntry)> {
        let unread = self.gone.iter().filter(|known| self.state_of(known) == "unread");
        let unread: HashSet<(&str, &str)> = unread.map(|known| (&*known.rule, &*known.resource)).collect();
        let all = self.settings.baseline.iter().flat_map(|baseline| &baseline.entries);
        all.filter(move |(_, known)| unread.contains(&(&*known.rule, &*known.resource)))
            .map(|(fingerprint, known)| (fingerprint, known))
    }

    /// The kinds of the inputs.
    #[must_use]
    pub fn input_kinds(&self) -> BTreeSet<InputKind> {
        let redactor = self.settings.redactor.as_ref();
        let shown = |kind: &InputKind| redactor.map_or_else(|| kind.clone(), |redactor| redactor.input_kind(kind));
        self.inputs.iter().map(|input| shown(&input.kind)).collect()
    }

    /// Returns `true` if everything was read. Values known only after apply do not make a report incomplete.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.gaps.is_empty() && self.summary.counts.unread == 0
    }

    /// ARNs of the resources that none of the given Terraform states and stacks manages; `None` if none were given.
    #[must_use]
    pub fn unmanaged(&self) -> Option<Vec<String>> {
        let managed = self.settings.managed.as_ref()?;
        let shown = |arn: &String| self.settings.redactor.as_ref().map_or(arn.clone(), |redactor| redactor.arn(arn));
        Some(managed.unmanaged.iter().map(shown).collect())
    }

    /// Finds the resources with an unknown result among those of the baseline's vanished findings, so that these findings
    /// are not reported as gone.
    pub(super) fn find_unknown_resources(&mut self) -> io::Result<()> {
        if self.gone.is_empty() || self.summary.counts.unknown_results == 0 {
            return Ok(());
        }
        let wanted: HashSet<&str> = self.gone.iter().map(|known| known.resource.as_str()).collect();
        let mut found = HashSet::new();
        let name = |resource: &Resource<'_>, _: &UnknownResult<'_>, out: &mut Vec<u8>| {
            resource.is_named(|name| {
                let known = wanted.contains(name);
                if known {
                    out.extend_from_slice(name.as_bytes());
                }
                known
            });
        };
        self.unknown_results(name, &mut |name| {
            if !name.is_empty() {
                found.insert(String::from_utf8_lossy(name).into_owned());
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.unknown_resources = found;
        Ok(())
    }

    /// Sorts the entries of unsorted inputs. `keyed` has those whose keys are known.
    pub(super) fn sort(mut self, mut keyed: EntrySort) -> Result<Self, InputError> {
        let failed = |error| {
            let name = self.inputs.first().map_or(String::new(), |input| input.name.clone());
            InputError::Read { name, error }
        };
        // Other entries contain no key, because inputs are usually sorted. Their lines are read again.
        for part in self.entries.chunks(KEYS) {
            let keys = part.par_iter().map_init(Vec::new, |line, entry| self.sort_key_of(entry, line));
            let keys: Vec<String> = keys.collect::<io::Result<_>>().map_err(failed)?;
            part.iter().zip(keys).for_each(|(entry, key)| keyed.push(key.as_bytes(), *entry));
        }
        self.entries = keyed.finish().map_err(failed)?;
        Ok(self)
    }

    fn sort_key_of(&self, entry: &ReportEntry, line: &mut Vec<u8>) -> io::Result<String> {
        let mut key = String::new();
        self.read(entry, line)?;
        sort_key(&reparse_resource(line, self.settings.quick_paths.fast_lines)?, &mut key);
        Ok(key)
    }
}
