//! The reports of the parts of a run, such as one for each team.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use super::accounts::{WholeReport, headers_of};
use super::chunk_scan::{ChunkContext, ChunkScan};
use super::coverage::coverage;
use super::input::InputError;
use super::prefilter::PrefilterPool;
use super::report::Report;
use super::report_entry::ReportEntry;
use super::report_part::{NO_REGION, OTHER_PARTS, ReportPart, UNKNOWN_PART};
use super::run::{index_accounts, passed_over};
use super::stream::RawLine;
use super::summary::Summary;
use super::targets::{TargetResult, TargetState, count_missed};
use crate::base::count;
use crate::model::{Gap, InputCoverage, Resource};
use crate::policy::Policy;

/// The maximum number of parts that are told apart, so that hostile tag values do not fill the disk.
pub const MAX_PARTS: usize = 5_000;
/// The number of resources that one thread counts at a time.
const BLOCK: usize = 4096;

/// A property of resources by which a report is divided.
pub trait Division: Sync {
    /// The word for the property, such as `tags.Owner`.
    fn id(&self) -> String;
    /// The name of the part that a resource belongs to.
    fn part<'r>(&self, policy: &Policy, resource: &'r Resource<'_>) -> Cow<'r, str>;
    /// The field that gaps, targets and vanished findings have too.
    fn field(&self) -> PartField;
}

/// A field that not only resources have, but also gaps, targets or vanished findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartField {
    /// The account.
    Account,
    /// The region.
    Region,
    /// The resource type.
    Type,
    /// Only resources have the property.
    None,
}

impl PartField {
    fn of<'f>(self, account: &'f str, region: &'f str, kind: &'f str) -> Option<&'f str> {
        match self {
            Self::Account => Some(if account.is_empty() { UNKNOWN_PART } else { account }),
            Self::Region => Some(if region.is_empty() { NO_REGION } else { region }),
            Self::Type => Some(kind),
            Self::None => None,
        }
    }
}

/// The scanner that counts the resources of parts again, apart from the one of the whole run.
struct PartCounter {
    prefilters: PrefilterPool,
    baseline_matches: Vec<AtomicBool>,
}

impl Report {
    /// The part that the report is about; `None` for the report of a whole run.
    #[must_use]
    pub fn part(&self) -> Option<&ReportPart> {
        self.part.as_ref()
    }

    /// Calls `work` with the report of each part, by name, then with that of what belongs to no resource, if there is any.
    /// The counts of all parts add up to those of the whole report. A gap is in the report of each part that it may
    /// concern. The run must have [`super::Settings::show_passed`].
    ///
    /// # Errors
    /// Errors of reading the input again, and the first error of `work`, which ends the iteration.
    pub fn each_part<E: From<InputError>>(
        &mut self,
        by: &dyn Division,
        mut work: impl FnMut(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let name = self.inputs.first().map_or(String::new(), |input| input.name.clone());
        let failed = |error| InputError::Read { name: name.clone(), error };
        let mut parts = self.parts(by).map_err(failed)?;
        for name in self.parts_without_resources(by.field()) {
            parts.entry(name).or_default();
        }
        let key = by.id();
        let property = self.settings.redactor.as_ref().map_or_else(|| key.clone(), |redactor| redactor.key(&key));
        let whole = WholeReport::take(self);
        let baseline = self.settings.baseline.iter().flat_map(|baseline| &baseline.entries);
        let counter = PartCounter {
            prefilters: PrefilterPool::new(self.settings.quick_paths),
            baseline_matches: baseline.map(|_| AtomicBool::new(false)).collect(),
        };
        let each = || {
            for (name, places) in parts {
                let entries: Vec<ReportEntry> = places.into_iter().map(|at| whole.entries[at]).collect();
                self.summary = self.count_again(&entries, &counter).map_err(failed)?;
                self.entries = entries;
                self.count_costs_again().map_err(failed)?;
                self.coverage = coverage(
                    &self.settings.policy,
                    &self.settings.chosen,
                    &self.summary.types,
                    InputCoverage::default(),
                );
                self.narrow(&whole, by.field(), Some(&name));
                self.part = Some(ReportPart { property: property.clone(), name: Some(name) });
                work(self)?;
            }
            self.summary = Summary::new(self.settings.policy.rules.len(), self.settings.policy.waivers.len());
            self.entries.clear();
            self.count_costs_again().map_err(failed)?;
            let passed_over = passed_over(&self.settings, &self.inputs);
            self.coverage = coverage(&self.settings.policy, &self.settings.chosen, &self.summary.types, passed_over);
            self.narrow(&whole, by.field(), None);
            self.part = Some(ReportPart { property, name: None });
            let is_missed = |result: &TargetResult| result.state == TargetState::Missed;
            if self.targets.iter().any(is_missed) || self.coverage.missed() > 0 { work(self) } else { Ok(()) }
        };
        let result = each();
        self.part = None;
        whole.restore(self);
        result
    }

    /// The places of the entries of each part.
    fn parts(&self, by: &dyn Division) -> io::Result<BTreeMap<String, Vec<usize>>> {
        let mut parts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut at = 0;
        let policy = &self.settings.policy;
        self.resources_in_place(
            |reported, out| out.extend_from_slice(by.part(policy, reported.resource).as_bytes()),
            &mut |name| {
                let name = String::from_utf8_lossy(name);
                let is_full = parts.len() >= MAX_PARTS && !parts.contains_key(&*name);
                let name = if is_full { OTHER_PARTS.into() } else { name };
                parts.entry(name.into_owned()).or_default().push(at);
                at += 1;
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(parts)
    }

    /// The names that only gaps and scopes have: of accounts without resources, and of all that could not be read.
    fn parts_without_resources(&self, field: PartField) -> Vec<String> {
        let of_gaps = self.gaps.iter().filter_map(|gap| match field {
            PartField::Account => gap.account.clone(),
            PartField::Region => gap.region.clone(),
            PartField::Type => gap.kind.clone(),
            PartField::None => None,
        });
        let scopes = self.headers.iter().flat_map(|header| &header.scope.accounts);
        let scopes = scopes.filter(|_| field == PartField::Account).cloned();
        let targets = self.targets.iter().filter(|result| result.state == TargetState::Missed);
        let targets = targets.filter_map(|result| part_of_target(result, field)).map(str::to_owned);
        of_gaps.chain(scopes).chain(targets).filter(|name| !name.is_empty()).collect()
    }

    /// Restricts everything but the resources to a part.
    fn narrow(&mut self, whole: &WholeReport, field: PartField, part: Option<&str>) {
        self.gaps.clone_from(&whole.gaps);
        if let Some(part) = part {
            self.gaps.retain(|gap| {
                let known = match field {
                    PartField::Account => &gap.account,
                    PartField::Region => &gap.region,
                    PartField::Type => &gap.kind,
                    PartField::None => &None,
                };
                known.as_deref().is_none_or(|known| known == part)
            });
        }
        // With a tag, a resource whose tags could not be read may belong to any part.
        let unread = whole.summary.counts.unread;
        if field == PartField::None && unread > 0 && part.is_some_and(|part| part != UNKNOWN_PART) {
            let which = count(unread, "resource");
            let error = format!("the tags of {which} could not be read; any may belong here");
            self.gaps.push(Gap { error, ..Gap::default() });
        }
        let gone = whole.gone.iter();
        self.gone =
            gone.filter(|known| field.of(&known.account, &known.region, &known.kind) == part).cloned().collect();
        let targets = whole.targets.iter();
        self.targets = targets.filter(|result| part_of_target(result, field) == part).cloned().collect();
        count_missed(&mut self.summary, &self.settings.policy, &self.targets);
        self.headers = match (field, part) {
            (PartField::Account, Some(part)) => {
                headers_of(&whole.headers, if part == UNKNOWN_PART { "" } else { part })
            }
            _ => whole.headers.clone(),
        };
    }

    /// Evaluates the resources of a part again, for its counts.
    fn count_again(&self, entries: &[ReportEntry], counter: &PartCounter) -> io::Result<Summary> {
        let blocks: io::Result<Vec<Summary>> =
            entries.par_chunks(BLOCK).map(|block| self.count_block(block, counter)).collect();
        let mut summary = Summary::new(self.settings.policy.rules.len(), self.settings.policy.waivers.len());
        blocks?.iter().for_each(|block| summary.add(block));
        index_accounts(&mut summary, &self.settings);
        Ok(summary)
    }

    fn count_block(&self, block: &[ReportEntry], counter: &PartCounter) -> io::Result<Summary> {
        let policy = &self.settings.policy;
        let mut summary = Summary::new(policy.rules.len(), policy.waivers.len());
        for of_input in block.chunk_by(|a, b| a.input == b.input) {
            let mut lines = vec![Vec::new(); of_input.len()];
            for (entry, line) in of_input.iter().zip(&mut lines) {
                self.read(entry, line)?;
            }
            let mut lines = of_input.iter().zip(&lines).map(|(entry, line)| RawLine::alone(line, entry.offset));
            let input = &self.inputs[usize::from(of_input[0].input)];
            let cx = ChunkContext {
                settings: &self.settings,
                resource_index: &self.resource_index,
                baseline_matches: &counter.baseline_matches,
                input: of_input[0].input,
                kind: &input.kind,
                is_native_inventory: input.is_native_inventory,
                collect_arns: false,
                finding_line: None,
                is_unsorted: &AtomicBool::new(false),
            };
            let chunk =
                counter.prefilters.with(policy, |prefilter| ChunkScan::run(&mut lines, cx, prefilter, &mut summary));
            summary.inline_waivers.add(&chunk.inline_waivers);
        }
        Ok(summary)
    }
}

/// The part of a target's result; `None` if it belongs to no part.
fn part_of_target(result: &TargetResult, field: PartField) -> Option<&str> {
    let account = result.account.as_deref()?;
    (field == PartField::Account).then(|| field.of(account, "", ""))?
}
