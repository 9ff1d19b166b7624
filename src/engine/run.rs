//! The first pass over all inputs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::chunk_scan::{ChunkContext, ChunkScan, ScannedChunk};
use super::coverage::{Coverage, coverage};
use super::input::{Input, InputError, InputFoundBy};
use super::prefilter::PrefilterPool;
use super::report::{Report, scope_of};
use super::report_entry::ReportEntry;
use super::resource_index::InventoryIndex;
use super::settings::Settings;
use super::stream::{EntrySort, Envelope, EnvelopeScan, FindingSpool, RawLine, fold_chunks};
use super::summary::Summary;
use super::targets::{TargetResult, TargetScope, count_missed, target_results};
use crate::base::ReadUnit;
use crate::model::{Gap, InputCoverage, InventoryHeader};
use crate::rule::Check as _;

/// Checks inputs against a policy.
///
/// # Errors
/// [`InputError`] if an input can't be checked at all. Parts that are missing from an input are gaps of the report.
pub fn run(mut settings: Settings, mut inputs: Vec<Input>) -> Result<Report, InputError> {
    if let Some(redactor) = &mut settings.redactor {
        redactor.policy(&mut settings.policy);
    }
    if !settings.quick_paths.pattern_tables {
        settings.policy.rules.iter_mut().for_each(|rule| rule.kind.remove_pattern_tables());
    }
    let all = inputs.first().map_or(String::new(), |input| input.name.clone());
    let read_error = |error| InputError::Read { name: all.clone(), error };
    let fast_lines = settings.quick_paths.fast_lines;
    let resource_index =
        InventoryIndex::build(&settings.policy, &inputs, fast_lines, &settings.progress).map_err(read_error)?;
    let baseline_matches: Vec<AtomicBool> =
        settings.baseline.iter().flat_map(|b| &b.entries).map(|_| AtomicBool::new(false)).collect();
    let prefilters = PrefilterPool::new(settings.quick_paths);
    let pass = FirstPass {
        settings: &settings,
        resource_index: &resource_index,
        baseline_matches: &baseline_matches,
        prefilters: &prefilters,
        summaries: Mutex::default(),
        is_unsorted: AtomicBool::new(false),
        renders: AtomicBool::new(settings.finding_line.is_some() && settings.quick_paths.first_pass_lines),
        collect_arns: inputs.iter().filter(|input| input.is_native_inventory).count() > 1,
    };
    let (mut scanned, mut unread) = (Scanned::new(&settings), Vec::new());
    let length = inputs.iter().map(|input| input.bytes.len()).sum();
    settings.progress.begin(|| "checking".to_owned(), Some(ReadUnit::Bytes), Some(length));
    for (index, input) in inputs.iter().enumerate() {
        match pass.scan(index, input, &mut scanned) {
            Err(error) if input.found_by == InputFoundBy::Walk => unread.push((index, error)),
            result => result?,
        }
    }
    if !unread.is_empty() {
        // Their lines are in the index of resources, so everything begins again without them. They have no lines any more:
        // this happens once.
        for (index, error) in &unread {
            inputs[*index].replace_by_gap(error);
        }
        return run(settings, inputs);
    }
    pass.take_summaries(&mut scanned.summary);
    if inputs.iter().any(|input| input.found_by != InputFoundBy::Collection) {
        let missing = scope_of(&scanned.headers).missing_shards();
        scanned.gaps.extend(missing.map(|error| Gap { error, ..Gap::default() }));
    }
    let coverage = scanned.coverage(&settings, &inputs);
    let targets = scanned.targets(&settings, &coverage);
    for result in targets.iter().filter_map(|result| settings.in_baseline(result.missed_fingerprint()?)) {
        baseline_matches[result].store(true, Ordering::Relaxed);
    }
    scanned.finish(&settings);
    count_missed(&mut scanned.summary, &settings.policy, &targets);
    let entries = settings.baseline.iter().flat_map(|b| &b.entries).zip(&baseline_matches);
    let gone = entries.filter(|(_, matched)| !matched.load(Ordering::Relaxed)).map(|((_, entry), _)| entry.clone());
    let gone = gone.collect();
    let mut report = Report {
        gone,
        duplicates: scanned.duplicates(),
        settings,
        inputs,
        resource_index,
        prefilters,
        coverage,
        summary: scanned.summary,
        entries: scanned.entries,
        spool: scanned.spool,
        gaps: scanned.gaps,
        headers: scanned.headers,
        not_enabled: scanned.not_enabled,
        indexed: scanned.indexed,
        unknown_resources: std::collections::HashSet::new(),
        targets,
        costs: None,
        part: None,
    };
    if !scanned.sorted {
        report = report.sort(scanned.keyed)?;
    }
    report.find_unknown_resources().map_err(read_error)?;
    Ok(report)
}

/// The parts of the first pass that all inputs share.
struct FirstPass<'r> {
    settings: &'r Settings,
    resource_index: &'r InventoryIndex,
    baseline_matches: &'r [AtomicBool],
    prefilters: &'r PrefilterPool,
    /// Counts that no thread is adding to. The counts of all chunks of a thread are added up, because there are many more
    /// chunks than threads.
    summaries: Mutex<Vec<Summary>>,
    is_unsorted: AtomicBool,
    /// `true` while findings are rendered: until something is not sorted, or there is no place for the lines.
    renders: AtomicBool,
    collect_arns: bool,
}

/// The results of the first pass over the inputs so far.
struct Scanned {
    summary: Summary,
    entries: Vec<ReportEntry>,
    /// Further entries, of inputs that are not sorted.
    keyed: EntrySort,
    /// The rendered findings of `entries`.
    spool: FindingSpool,
    gaps: Vec<Gap>,
    headers: Vec<InventoryHeader>,
    not_enabled: Vec<String>,
    indexed: u64,
    arns: Vec<u64>,
    /// `true` if all resources so far are sorted.
    sorted: bool,
    /// The sort key of the last resource.
    last: Vec<u8>,
}

impl FirstPass<'_> {
    fn scan(&self, index: usize, input: &Input, scanned: &mut Scanned) -> Result<(), InputError> {
        let index = u16::try_from(index).map_err(|_| InputError::Invalid {
            name: input.name.clone(),
            message: "more than 65,536 inputs; combine them with `taglint merge`".to_owned(),
        })?;
        let cx = ChunkContext {
            settings: self.settings,
            resource_index: self.resource_index,
            baseline_matches: self.baseline_matches,
            input: index,
            kind: &input.kind,
            is_native_inventory: input.is_native_inventory,
            collect_arns: self.collect_arns && input.is_native_inventory,
            is_unsorted: &self.is_unsorted,
            finding_line: None,
        };
        let policy = &self.settings.policy;
        let scan = |lines: &mut dyn Iterator<Item = RawLine<'_>>| {
            let renders = self.renders.load(Ordering::Relaxed);
            let cx = ChunkContext { finding_line: self.settings.finding_line.filter(|_| renders), ..cx };
            self.prefilters
                .with(policy, |prefilter| self.with_summary(|summary| ChunkScan::run(lines, cx, prefilter, summary)))
        };
        let mut envelope = EnvelopeScan::default();
        fold_chunks(&input.bytes, &self.settings.progress, scan, |chunk| {
            envelope.add(&chunk.scanner);
            scanned.add_chunk(chunk);
            self.renders.store(scanned.spool.is_open(), Ordering::Relaxed);
        })
        .map_err(|error| InputError::Read { name: input.name.clone(), error })?;
        scanned.add_envelope(envelope.finish(input)?);
        Ok(())
    }

    fn with_summary<T>(&self, work: impl FnOnce(&mut Summary) -> T) -> T {
        let idle = self.summaries.lock().expect("no thread panics while it holds the list").pop();
        let new = || Summary::new(self.settings.policy.rules.len(), self.settings.policy.waivers.len());
        let mut summary = idle.unwrap_or_else(new);
        let out = work(&mut summary);
        self.summaries.lock().expect("no thread panics while it holds the list").push(summary);
        out
    }

    /// Adds the counts of all threads.
    fn take_summaries(&self, to: &mut Summary) {
        let mut all = self.summaries.lock().expect("no thread panics while it holds the list");
        all.drain(..).for_each(|summary| to.add(&summary));
    }
}

impl Scanned {
    fn new(settings: &Settings) -> Self {
        Self {
            summary: Summary::new(settings.policy.rules.len(), settings.policy.waivers.len()),
            entries: Vec::new(),
            keyed: EntrySort::default(),
            spool: FindingSpool::new(settings.finding_line.is_some() && settings.quick_paths.first_pass_lines),
            gaps: Vec::new(),
            headers: Vec::new(),
            not_enabled: Vec::new(),
            indexed: 0,
            arns: Vec::new(),
            sorted: true,
            last: Vec::new(),
        }
    }

    /// Adds the results of the next chunk.
    fn add_chunk(&mut self, mut chunk: ScannedChunk) {
        self.sorted &= chunk.scanner.order.continues(&mut self.last);
        self.spool.add(chunk.lines.as_ref(), chunk.entries.len());
        if !self.sorted {
            // The lines are in the order of the input.
            self.spool.discard();
        }
        self.entries.append(&mut chunk.entries);
        self.keyed.append(&chunk.keyed);
        self.arns.append(&mut chunk.arns);
        self.summary.inline_waivers.add(&chunk.inline_waivers);
    }

    /// Adds the envelope of an input.
    fn add_envelope(&mut self, envelope: Envelope) {
        self.gaps.extend(envelope.gaps);
        self.headers.extend(envelope.header);
        self.not_enabled.extend(envelope.not_enabled);
        self.indexed += envelope.indexed;
    }

    /// Sorts and redacts the results after the last input.
    fn finish(&mut self, settings: &Settings) {
        index_accounts(&mut self.summary, settings);
        if let Some(redactor) = &settings.redactor {
            self.gaps.iter_mut().for_each(|gap| redactor.gap(gap));
            self.headers.iter_mut().for_each(|header| redactor.header(header));
            redactor.regions(&mut self.not_enabled);
        }
        // The same gap may be in several inputs.
        self.gaps.sort();
        self.gaps.dedup();
    }

    /// The coverage of all inputs.
    fn coverage(&self, settings: &Settings, inputs: &[Input]) -> Coverage {
        coverage(&settings.policy, &settings.chosen, &self.summary.types, passed_over(settings, inputs))
    }

    /// The results of the targets.
    fn targets(&self, settings: &Settings, coverage: &Coverage) -> Vec<TargetResult> {
        let accounts = self.headers.iter().flat_map(|header| &header.scope.accounts).map(String::as_str).collect();
        let scope = TargetScope { gaps: &self.gaps, not_judged: &coverage.not_judged, accounts };
        target_results(settings, &self.summary.targets, &scope)
    }

    /// Number of resources that an earlier inventory has too.
    fn duplicates(&mut self) -> u64 {
        self.arns.sort_unstable();
        self.arns.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
    }
}

/// Finds the first entry of each account, and redacts the accounts.
pub(super) fn index_accounts(summary: &mut Summary, settings: &Settings) {
    // Before redaction, because the entries are in the order of the real account ids.
    summary.index_accounts();
    if let Some(redactor) = &settings.redactor {
        summary.accounts = redactor.accounts(std::mem::take(&mut summary.accounts));
        let names = redactor.accounts(std::mem::take(&mut summary.account_names));
        summary.account_names = names.into_iter().map(|(id, name)| (id, redactor.account(&name))).collect();
    }
}

/// Everything that the readers of the inputs passed over.
pub(super) fn passed_over(settings: &Settings, inputs: &[Input]) -> InputCoverage {
    let mut passed_over = InputCoverage::default();
    for input in inputs {
        passed_over.extend(&input.coverage);
    }
    if let Some(redactor) = &settings.redactor {
        passed_over.map_examples(|example| redactor.arn(example));
    }
    passed_over
}
