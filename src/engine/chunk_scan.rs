//! The first pass over one chunk of an input.

use std::sync::atomic::{AtomicBool, Ordering};

use super::evaluate::Evaluator;
use super::finding::digest;
use super::inline_waivers::InlineWaiverUse;
use super::input::InputKind;
use super::prefilter::{FastLine, Prefilter, TagOffsets};
use super::render::ResourceReport;
use super::report_entry::{OutcomeFlags, ReportEntry};
use super::resource_index::InventoryIndex;
use super::rule_set::RuleSet;
use super::settings::{FindingLine, Settings};
use super::stream::{KeyedEntries, LineScanner, LinesBySeverity, ParsedLine, RawLine};
use super::summary::{Counts, Summary, TypeSummary};
use super::targets::{self, TargetScan};
use crate::model::{Resource, Tags};
use crate::policy::{Grace, Rule, Severity};
use crate::rule::{Verdict, Violation, is_made_by_aws};

/// The context of a chunk scan.
#[derive(Clone, Copy)]
pub(super) struct ChunkContext<'r> {
    pub(super) settings: &'r Settings,
    pub(super) resource_index: &'r InventoryIndex,
    /// One flag for each entry of the baseline: `true` if a finding matched it.
    pub(super) baseline_matches: &'r [AtomicBool],
    /// The index of the input.
    pub(super) input: u16,
    /// The kind of resources in the input.
    pub(super) kind: &'r InputKind,
    /// `true` if the input is an inventory, and no other format made into one.
    pub(super) is_native_inventory: bool,
    /// `true` to collect ARNs, to detect resources that are in two inventories.
    pub(super) collect_arns: bool,
    /// `true` after a chunk whose resources are not sorted: the entries of the others need sort keys too.
    pub(super) is_unsorted: &'r AtomicBool,
    /// The function that renders findings, if this pass does.
    pub(super) finding_line: Option<FindingLine>,
}

impl<'r> ChunkContext<'r> {
    fn evaluator(self) -> Evaluator<'r> {
        Evaluator { policy: &self.settings.policy, today: self.settings.today, index: self.resource_index }
    }
}

/// The type and account that a resource is counted under.
struct CountKey<'r> {
    kind: &'r str,
    account: &'r str,
    /// `true` if the tags could not be read.
    unread: bool,
    /// `true` if AWS made the resource.
    made_by_aws: bool,
}

/// Consecutive compliant resources of one type and account. They are counted together, because a map lookup for each
/// resource would cost more than its prefilter.
#[derive(Default)]
struct Streak<'b> {
    kind: &'b str,
    account: &'b str,
    resources: u64,
}

/// The result of the first pass over one chunk, besides its counts.
pub(super) struct ScannedChunk {
    pub(super) entries: Vec<ReportEntry>,
    /// Further entries with their sort keys, of an input that is not sorted.
    pub(super) keyed: KeyedEntries,
    /// The rendered findings of `entries`, if this pass renders them.
    pub(super) lines: Option<LinesBySeverity>,
    pub(super) scanner: LineScanner,
    /// A hash of each ARN, if several inventories are checked together.
    pub(super) arns: Vec<u64>,
    /// The ignore comments. Their number is limited, so that the order of the chunks matters.
    pub(super) inline_waivers: InlineWaiverUse,
}

/// The first pass over one chunk.
pub(super) struct ChunkScan<'s> {
    summary: &'s mut Summary,
    chunk: ScannedChunk,
    targets: Option<TargetScan>,
}

impl<'s> ChunkScan<'s> {
    /// Evaluates the resources of a chunk and adds their counts to `summary`.
    pub(super) fn run(
        lines: &mut dyn Iterator<Item = RawLine<'_>>,
        cx: ChunkContext<'_>,
        prefilter: &mut Prefilter,
        summary: &'s mut Summary,
    ) -> ScannedChunk {
        let policy = &cx.settings.policy;
        let chunk = ScannedChunk {
            entries: Vec::new(),
            keyed: KeyedEntries::default(),
            lines: cx.finding_line.map(|_| LinesBySeverity::default()),
            scanner: LineScanner::new(cx.settings.quick_paths.fast_lines, cx.is_native_inventory),
            arns: Vec::new(),
            inline_waivers: InlineWaiverUse::default(),
        };
        let mut scan = Self { summary, chunk, targets: (!policy.targets.is_empty()).then(|| TargetScan::new(policy)) };
        let needs_keys = cx.is_unsorted.load(Ordering::Relaxed);
        let (mut resource, mut offsets, mut streak) = (Resource::default(), TagOffsets::default(), Streak::default());
        for line in lines {
            let (arn, outcome) = match scan.chunk.scanner.scan(line, &mut offsets, &mut resource) {
                // A context resource is only in the input so that others can be compared with it.
                ParsedLine::Resource if resource.is_context() => continue,
                ParsedLine::Nothing => continue,
                ParsedLine::Fast(fast) if fast.is_context => continue,
                ParsedLine::Resource => {
                    let candidates = prefilter.candidate_rules(cx.evaluator(), &resource);
                    (resource.arn.as_deref(), scan.count(&resource, cx, candidates))
                }
                ParsedLine::Fast(fast) => (fast.arn, scan.count_fast(&fast, &mut resource, &mut streak, cx, prefilter)),
            };
            scan.chunk.arns.extend(arn.filter(|_| cx.collect_arns).map(short_hash));
            if outcome.any() || cx.settings.show_passed {
                let entry = entry(&line, cx, outcome, prefilter.last_candidates());
                let order = &scan.chunk.scanner.order;
                if needs_keys || order.is_unsorted() {
                    scan.chunk.lines = None;
                    scan.chunk.keyed.push(order.last_key(), entry);
                } else {
                    scan.chunk.entries.push(entry);
                }
            }
        }
        if scan.chunk.scanner.order.is_unsorted() {
            cx.is_unsorted.store(true, Ordering::Relaxed);
        }
        scan.count_streak(&streak, cx.settings.show_passed);
        prefilter.take_matched(&mut scan.summary.rules);
        scan.chunk
    }

    /// Counts a resource in the fast format. It is converted to a [`Resource`] only if rules must be evaluated.
    fn count_fast<'b>(
        &mut self,
        fast: &FastLine<'b, '_>,
        resource: &mut Resource<'b>,
        streak: &mut Streak<'b>,
        cx: ChunkContext<'_>,
        prefilter: &mut Prefilter,
    ) -> OutcomeFlags {
        let evaluator = cx.evaluator();
        let candidates = prefilter.candidate_rules_of_line(evaluator, fast);
        // A target needs to know which of the other rules apply.
        if self.targets.is_none() && candidates.is_some_and(RuleSet::is_empty) {
            debug_assert!(passes(evaluator, fast), "{fast:?}");
            let (kind, account) = (fast.kind, fast.account.unwrap_or(""));
            if streak.kind != kind || streak.account != account {
                self.count_streak(streak, cx.settings.show_passed);
                *streak = Streak { kind, account, resources: 0 };
            }
            streak.resources += 1;
            return OutcomeFlags::default();
        }
        fast.fill(resource);
        match candidates {
            Some(candidates) => self.count(resource, cx, candidates),
            None => self.count(resource, cx, prefilter.candidate_rules(evaluator, resource)),
        }
    }

    /// Evaluates the candidate rules and counts the verdicts. All other rules pass or do not apply.
    fn count(&mut self, resource: &Resource<'_>, cx: ChunkContext<'_>, candidates: &RuleSet) -> OutcomeFlags {
        let before = self.summary.counts;
        self.chunk.inline_waivers.add_resource(resource);
        let evaluator = cx.evaluator();
        let rules = match &mut self.targets {
            Some(targets) => targets.add_rules(&cx.settings.policy, &resource.kind, candidates),
            None => candidates,
        };
        let finding_line = cx.finding_line.filter(|_| self.chunk.lines.is_some());
        let with_messages = finding_line.is_some();
        let verdicts = if rules.is_empty() { Vec::new() } else { evaluator.evaluate(resource, rules, with_messages) };
        debug_assert_eq!(
            reportable(&verdicts),
            reportable(&evaluator.evaluate_all(resource, with_messages)),
            "{resource:?}"
        );
        if self.targets.is_some() {
            let account = resource.account.as_deref().unwrap_or("");
            let counts = self.summary.targets_of(account, cx.settings.policy.targets.len());
            targets::count(counts, evaluator, resource, &verdicts);
        }
        let mut outcome = OutcomeFlags::default();
        for (at, verdict) in verdicts.iter().filter(|(at, _)| candidates.contains(*at)) {
            // Rules that are no candidates are added by `Prefilter::take_matched`.
            self.summary.rules[*at].matched += u64::from(*verdict != Verdict::NotApplicable);
            if cx.settings.chosen[*at] {
                outcome.add(self.count_verdict(*at, verdict, resource, cx));
            }
        }
        if let (Some(account), Some(name)) = (&resource.account, &resource.account_name) {
            self.summary.add_account_name(account, name);
        }
        let unread = matches!(resource.tags, Tags::Unread { .. });
        let made_by_aws = !unread && is_made_by_aws(resource);
        let key =
            CountKey { kind: &resource.kind, account: resource.account.as_deref().unwrap_or(""), unread, made_by_aws };
        self.count_resource(&key, outcome, &before, cx.settings.show_passed);
        if let (Some(finding_line), Some(lines)) = (finding_line.filter(|_| outcome.violating()), &mut self.chunk.lines)
        {
            let shown = cx.settings.redactor.as_ref().map(|redactor| redactor.resource(resource));
            let verdicts = verdicts.into_iter().filter(|(at, _)| candidates.contains(*at)).collect();
            let reported = ResourceReport::new(
                cx.settings,
                cx.resource_index,
                cx.kind,
                (resource, shown.as_ref()),
                verdicts,
                None,
            );
            for finding in reported.findings.iter().filter(|finding| finding.waiver.is_none()) {
                finding_line(finding, &mut lines[finding.severity() as usize]);
            }
        }
        outcome
    }

    fn count_verdict(
        &mut self,
        at: usize,
        verdict: &Verdict<'_>,
        resource: &Resource<'_>,
        cx: ChunkContext<'_>,
    ) -> OutcomeFlags {
        let rule = &cx.settings.policy.rules[at];
        let (Verdict::Fail(_) | Verdict::Indeterminate(_)) = verdict else { return OutcomeFlags::default() };
        let waiver = cx.settings.applied_waiver(rule, resource).map(|(index, _)| index);
        // A comment in source. Waivers of the policy have an index.
        if waiver == Some(None) {
            self.chunk.inline_waivers.mark_used(rule, resource);
        }
        match (verdict, waiver) {
            (Verdict::Fail(violations), Some(index)) => {
                let n = violations.len() as u64;
                self.summary.rules[at].waived += n;
                self.summary.counts.waived += n;
                if let Some(index) = index {
                    self.summary.waivers[index] += n;
                }
                OutcomeFlags::WAIVED
            }
            (Verdict::Fail(violations), None) => {
                let n = violations.len() as u64;
                let grace = rule.grace_for(resource, cx.settings.today);
                let severity = grace.severity(rule.severity);
                self.summary.rules[at].findings += n;
                self.summary.counts.findings[severity as usize] += n;
                if let Grace::Until(_) = grace {
                    self.summary.rules[at].grace += n;
                    self.summary.counts.grace += n;
                }
                self.compare_with_baseline(rule, severity, violations, resource, cx);
                OutcomeFlags::finding(severity)
            }
            // The waiver is needed: without it, `--fail-on-unknown` would fail.
            (Verdict::Indeterminate(_), Some(Some(index))) => {
                self.summary.waivers[index] += 1;
                OutcomeFlags::default()
            }
            (Verdict::Indeterminate(_), None) => {
                self.summary.rules[at].unknown += 1;
                self.summary.counts.unknown_results += 1;
                OutcomeFlags::UNKNOWN
            }
            // A resource stays compliant if the rule is waived, even if its verdict is unknown.
            _ => OutcomeFlags::default(),
        }
    }

    fn compare_with_baseline(
        &mut self,
        rule: &Rule,
        severity: Severity,
        violations: &[Violation<'_>],
        resource: &Resource<'_>,
        cx: ChunkContext<'_>,
    ) {
        let new = &mut self.summary.counts.new[severity as usize];
        if cx.settings.baseline.is_none() {
            *new += violations.len() as u64;
            return;
        }
        for violation in violations {
            let fingerprint = cx.settings.fingerprint(rule, resource, violation.key.as_deref(), cx.kind);
            match cx.settings.in_baseline(&fingerprint) {
                // The flags are read after all threads have finished, so no stronger ordering is needed.
                Some(index) => cx.baseline_matches[index].store(true, Ordering::Relaxed),
                None => *new += 1,
            }
        }
    }

    /// Counts consecutive compliant resources.
    fn count_streak(&mut self, streak: &Streak<'_>, show_passed: bool) {
        let Streak { kind, account, resources } = *streak;
        if resources == 0 {
            return;
        }
        let counts = Counts { resources, compliant: resources, ..Counts::default() };
        self.summary.counts.add(&counts);
        self.summary.add_type(kind, TypeSummary { resources, compliant: resources, ..TypeSummary::default() });
        let entries = if show_passed { usize::try_from(resources).expect("a chunk fits into memory") } else { 0 };
        self.summary.add_account(account, &counts, entries);
    }

    /// Counts one resource. Its findings are the difference between the counts now and `before`.
    fn count_resource(&mut self, key: &CountKey<'_>, outcome: OutcomeFlags, before: &Counts, show_passed: bool) {
        let summary = &mut *self.summary;
        let unread = u64::from(key.unread);
        let compliant = u64::from(!outcome.violating() && !outcome.unknown());
        let made_by_aws = u64::from(key.made_by_aws);
        summary.add_type(key.kind, TypeSummary { resources: 1, compliant, unread, made_by_aws });
        summary.counts.add(&Counts {
            resources: 1,
            compliant,
            violating: u64::from(outcome.violating()),
            unknown: u64::from(!outcome.violating() && outcome.unknown()),
            unread,
            ..Counts::default()
        });
        let own = summary.counts.since(before);
        summary.add_account(key.account, &own, usize::from(outcome.any() || show_passed));
    }
}

fn entry(line: &RawLine<'_>, cx: ChunkContext<'_>, outcome: OutcomeFlags, rules: u64) -> ReportEntry {
    let length = u32::try_from(line.bytes.len()).expect("a line has at most 16 MiB");
    ReportEntry { offset: line.offset, length, input: cx.input, outcome, rules }
}

/// Returns `true` if the evaluation of all rules has nothing to report, for the comparison with the prefilter.
fn passes(evaluator: Evaluator<'_>, fast: &FastLine<'_, '_>) -> bool {
    let mut resource = Resource::default();
    fast.fill(&mut resource);
    reportable(&evaluator.evaluate_all(&resource, false)).is_empty()
}

/// The verdicts that a report shows.
fn reportable<'r, 'a>(verdicts: &'r [(usize, Verdict<'a>)]) -> Vec<&'r (usize, Verdict<'a>)> {
    verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Fail(_) | Verdict::Indeterminate(_))).collect()
}

/// A 64-bit hash of an ARN. A collision costs no more than one wrong number in a notice.
fn short_hash(arn: &str) -> u64 {
    let digest = digest([arn.as_bytes()]);
    u64::from_le_bytes(digest[..8].try_into().expect("a digest has sixteen bytes"))
}
