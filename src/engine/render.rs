//! The second pass: the resources with something to report are read again in order, rendered on all threads, and written
//! by one.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;

use rayon::prelude::*;

use super::costs::ResourceCost;
use super::evaluate::Evaluator;
use super::finding::{AppliedWaiver, BaselineState, Finding, Fingerprint, UnknownResult, resource_fingerprint};
use super::hidden::{HiddenTags, hidden_key_named};
use super::input::InputKind;
use super::prefilter::Prefilter;
use super::report::Report;
use super::report_entry::ReportEntry;
use super::resource_index::InventoryIndex;
use super::settings::{FindingLine, Settings};
use super::stream::{LineGroup, reparse_resource};
use crate::model::Resource;
use crate::policy::{Rule, Severity};
use crate::rule::{Indeterminate, Verdict, Violation};

/// One resource with its findings and unknown results.
pub struct ResourceReport<'a> {
    /// The resource.
    pub resource: &'a Resource<'a>,
    /// The findings, including waived ones, sorted by severity, rule and key.
    pub findings: Vec<Finding<'a>>,
    /// The unknown results.
    pub unknown: Vec<UnknownResult<'a>>,
    /// The cost of the resource; `None` without a bill.
    pub cost: Option<ResourceCost<'a>>,
    /// The resource as evaluated, which identifies it in a redacted report too.
    pub(super) original: &'a Resource<'a>,
    kind: &'a InputKind,
    settings: &'a Settings,
}

impl<'a> ResourceReport<'a> {
    /// The report of a resource from the verdicts of the rules that may fail, with messages. The resource is given as
    /// evaluated, and as shown if the report is redacted.
    pub(super) fn new(
        settings: &'a Settings,
        index: &'a InventoryIndex,
        kind: &'a InputKind,
        (resource, redacted): (&'a Resource<'a>, Option<&'a Resource<'a>>),
        verdicts: Vec<(usize, Verdict<'a>)>,
        cost: Option<ResourceCost<'a>>,
    ) -> Self {
        let hidden = HiddenTags::new(&settings.policy, resource, &verdicts, settings.today, index);
        let subject = ReportSubject { settings, resource, shown: redacted.unwrap_or(resource), kind, hidden, cost };
        let (mut findings, mut unknown) = (Vec::new(), Vec::new());
        for (at, verdict) in verdicts.into_iter().filter(|(at, _)| settings.chosen[*at]) {
            let rule = &settings.policy.rules[at];
            match (verdict, subject.waiver(rule)) {
                (Verdict::Fail(violations), waiver) => findings
                    .extend(violations.into_iter().map(|violation| subject.finding(rule, violation, waiver.clone()))),
                (Verdict::Indeterminate(why), None) => unknown.push(subject.unknown(rule, why)),
                (Verdict::Indeterminate(_) | Verdict::Pass | Verdict::NotApplicable, _) => {}
            }
        }
        findings.sort_by(|a, b| {
            (a.severity(), a.rule.id, &a.violation.key).cmp(&(b.severity(), b.rule.id, &b.violation.key))
        });
        Self { resource: subject.shown, findings, unknown, cost, original: resource, kind, settings }
    }

    /// [`Self::fingerprint`] before redaction.
    pub(super) fn own_fingerprint(&self) -> Fingerprint {
        resource_fingerprint(self.original, self.kind)
    }

    /// The fingerprint of the resource as a whole.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let own = self.own_fingerprint();
        self.settings.redactor.as_ref().map_or(own, |redactor| redactor.fingerprint(own))
    }
}

/// Takes what writes an item of an entry.
type ItemSink<'s> = dyn FnMut(&dyn Fn(&mut Vec<u8>)) + 's;

/// A selection of report entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Selection {
    Severity(Severity),
    Waived,
    Unknown,
    All,
}

/// Resources that one thread renders at a time.
const BLOCK: usize = 128;
/// Blocks that are rendered at a time. No more than two windows of text are in memory.
const WINDOW: usize = 32;

/// The items that one thread rendered, and the end of each.
struct RenderedBlock {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// Passes each item to `sink` until it stops.
fn write_window(
    blocks: Vec<io::Result<RenderedBlock>>,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
) -> io::Result<ControlFlow<()>> {
    for block in blocks {
        let RenderedBlock { bytes, ends } = block?;
        let mut start = 0;
        for end in ends {
            if sink(&bytes[start..end])?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            start = end;
        }
    }
    Ok(ControlFlow::Continue(()))
}

impl Report {
    /// Renders the unwaived findings, sorted by severity, account, region, type, resource, rule and key; after those of a
    /// severity the missed targets. `render` runs on
    /// all threads; `sink` receives the bytes of each finding in order and may stop.
    ///
    /// # Errors
    /// Errors of reading the input again and of `sink`.
    pub fn findings(
        &self,
        render: impl Fn(&Finding<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        for severity in Severity::ALL {
            if self.findings_of(severity, 0, &render, sink)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Renders the findings in the same order, each as one line: `sink` receives whole lines, one or more at a time. The
    /// lines that the first pass has rendered are not rendered again, so `render` must be the same as
    /// [`Settings::finding_line`], if that is set.
    ///
    /// # Errors
    /// As [`Report::findings`], and errors of reading a temporary file.
    pub fn finding_lines(&self, render: FindingLine, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        for severity in Severity::ALL {
            self.spool.copy(severity, sink)?;
            let mut sink = |line: &[u8]| sink(line).map(ControlFlow::Continue);
            // No sink of this function stops.
            let _ = self.findings_of(severity, self.spool.entries(), &render, &mut sink)?;
        }
        Ok(())
    }

    /// Renders the findings of a severity, without those of the first `skip` entries.
    fn findings_of(
        &self,
        severity: Severity,
        skip: usize,
        render: &(impl Fn(&Finding<'_>, &mut Vec<u8>) + Sync),
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<ControlFlow<()>> {
        let each = |reported: &ResourceReport<'_>, item: &mut ItemSink<'_>| {
            for finding in &reported.findings {
                if finding.severity() == severity && finding.waiver.is_none() {
                    item(&|out| render(finding, out));
                }
            }
        };
        if self.stream(Selection::Severity(severity), skip, each, sink)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.write_targets(severity, render, sink)
    }

    /// Renders the findings of missed targets of a severity.
    fn write_targets(
        &self,
        severity: Severity,
        render: &impl Fn(&Finding<'_>, &mut Vec<u8>),
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<ControlFlow<()>> {
        let mut flow = Ok(ControlFlow::Continue(()));
        self.target_findings(severity, &mut |finding| {
            let mut bytes = Vec::new();
            render(finding, &mut bytes);
            flow = sink(&bytes);
            matches!(flow, Ok(ControlFlow::Continue(())))
        });
        flow
    }

    /// Renders the waived findings in the order of resources.
    ///
    /// # Errors
    /// As [`Report::findings`].
    pub fn waived(
        &self,
        render: impl Fn(&Finding<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        self.stream(
            Selection::Waived,
            0,
            |reported, item| {
                for finding in reported.findings.iter().filter(|finding| finding.waiver.is_some()) {
                    item(&|out| render(finding, out));
                }
            },
            sink,
        )
        .map(|_| ())
    }

    /// Renders the unknown results in the order of resources.
    ///
    /// # Errors
    /// As [`Report::findings`].
    pub fn unknown_results(
        &self,
        render: impl Fn(&Resource<'_>, &UnknownResult<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        self.stream(
            Selection::Unknown,
            0,
            |reported, item| {
                for unknown in &reported.unknown {
                    item(&|out| render(reported.resource, unknown, out));
                }
            },
            sink,
        )
        .map(|_| ())
    }

    /// Renders the resources with unknown results in order.
    ///
    /// # Errors
    /// As [`Report::findings`].
    pub fn unknown_resources(
        &self,
        render: impl Fn(&ResourceReport<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        self.stream(Selection::Unknown, 0, |reported, item| item(&|out| render(reported, out)), sink).map(|_| ())
    }

    /// Renders the resources with something to report in order; with `show_passed` all resources.
    ///
    /// # Errors
    /// As [`Report::findings`].
    pub fn resources(
        &self,
        render: impl Fn(&ResourceReport<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        self.stream(Selection::All, 0, |reported, item| item(&|out| render(reported, out)), sink).map(|_| ())
    }

    /// [`Self::resources`], in the order of the entries and not by cost.
    pub(super) fn resources_in_place(
        &self,
        render: impl Fn(&ResourceReport<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        let mut entries = self.entries.iter().copied();
        self.stream_entries(&mut entries, |reported, item| item(&|out| render(reported, out)), sink).map(|_| ())
    }

    /// Renders the resources with an unwaived finding of this severity, in order.
    ///
    /// # Errors
    /// As [`Report::findings`].
    pub fn resources_with(
        &self,
        severity: Severity,
        render: impl Fn(&ResourceReport<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        self.stream(Selection::Severity(severity), 0, |reported, item| item(&|out| render(reported, out)), sink)
            .map(|_| ())
    }

    /// Renders the selected entries after the first `skip`.
    fn stream(
        &self,
        selection: Selection,
        skip: usize,
        each: impl Fn(&ResourceReport<'_>, &mut ItemSink<'_>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<ControlFlow<()>> {
        let wanted = |entry: &&ReportEntry| match selection {
            Selection::Severity(severity) => entry.outcome.has(severity),
            Selection::Waived => entry.outcome.waived(),
            Selection::Unknown => entry.outcome.unknown(),
            Selection::All => true,
        };
        let mut entries = self.entries[skip..].iter().filter(wanted).copied();
        let Some(costs) = &self.costs else { return self.stream_entries(&mut entries, each, sink) };
        let mut sorted: Vec<ReportEntry> = entries.collect();
        costs.sort(&mut sorted);
        self.stream_entries(&mut sorted.into_iter(), each, sink)
    }

    fn stream_entries(
        &self,
        entries: &mut dyn Iterator<Item = ReportEntry>,
        each: impl Fn(&ResourceReport<'_>, &mut ItemSink<'_>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<ControlFlow<()>> {
        let mut next = || (&mut *entries).take(BLOCK * WINDOW).collect::<Vec<ReportEntry>>();
        let mut ready = self.render_window(&next(), &each);
        while !ready.is_empty() {
            let window = next();
            let mut rendered = Vec::new();
            // One thread writes this window while the others render the next one.
            let flow = rayon::in_place_scope(|scope| {
                scope.spawn(|_| rendered = self.render_window(&window, &each));
                write_window(ready, sink)
            })?;
            if flow.is_break() {
                return Ok(flow);
            }
            ready = rendered;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn render_window(
        &self,
        window: &[ReportEntry],
        each: &(impl Fn(&ResourceReport<'_>, &mut ItemSink<'_>) + Sync),
    ) -> Vec<io::Result<RenderedBlock>> {
        let block =
            |block| self.prefilters.with(&self.settings.policy, |prefilter| self.render_block(block, each, prefilter));
        window.par_chunks(BLOCK).map(block).collect()
    }

    fn render_block(
        &self,
        block: &[ReportEntry],
        each: &(impl Fn(&ResourceReport<'_>, &mut ItemSink<'_>) + Sync),
        prefilter: &mut Prefilter,
    ) -> io::Result<RenderedBlock> {
        let (mut bytes, mut ends) = (Vec::with_capacity(BLOCK * 640), Vec::with_capacity(BLOCK));
        let mut group = LineGroup::new(self.settings.quick_paths.grouped_lines);
        for (at, entry) in block.iter().enumerate() {
            let line = group.line(&self.inputs, &block[at..])?;
            let resource = reparse_resource(line, self.settings.quick_paths.fast_lines)?;
            let shown = self.settings.redactor.as_ref().map(|redactor| redactor.resource(&resource));
            let reported = self.evaluate_again(&resource, shown.as_ref(), entry, prefilter);
            each(&reported, &mut |write| {
                write(&mut bytes);
                ends.push(bytes.len());
            });
        }
        Ok(RenderedBlock { bytes, ends })
    }

    /// Reads the line of an entry into `line`.
    pub(super) fn read(&self, entry: &ReportEntry, line: &mut Vec<u8>) -> io::Result<()> {
        line.clear();
        self.inputs[usize::from(entry.input)].bytes.read_at(entry.offset, entry.length as usize, line)
    }

    /// Evaluates the rules again, with messages.
    fn evaluate_again<'a>(
        &'a self,
        resource: &'a Resource<'a>,
        redacted: Option<&'a Resource<'a>>,
        entry: &ReportEntry,
        prefilter: &mut Prefilter,
    ) -> ResourceReport<'a> {
        let settings = &self.settings;
        let evaluator = Evaluator { policy: &settings.policy, today: settings.today, index: &self.resource_index };
        let candidates = prefilter.restore_candidates(evaluator, resource, entry.rules);
        let verdicts = evaluator.evaluate(resource, candidates, true);
        let kind = &self.inputs[usize::from(entry.input)].kind;
        let cost = self.costs.as_ref().map(|costs| costs.of(resource));
        ResourceReport::new(settings, &self.resource_index, kind, (resource, redacted), verdicts, cost)
    }
}

/// A resource of a report, as evaluated and as shown.
struct ReportSubject<'a> {
    settings: &'a Settings,
    resource: &'a Resource<'a>,
    /// The resource, redacted if the report is.
    shown: &'a Resource<'a>,
    kind: &'a InputKind,
    hidden: HiddenTags<'a>,
    cost: Option<ResourceCost<'a>>,
}

impl<'a> ReportSubject<'a> {
    fn waiver(&self, rule: &Rule) -> Option<AppliedWaiver<'a>> {
        let settings = self.settings;
        let (_, waiver) = settings.applied_waiver(rule, self.resource)?;
        Some(match &settings.redactor {
            Some(redactor) => redactor.waiver(waiver),
            None => waiver,
        })
    }

    fn finding(&self, rule: &'a Rule, mut violation: Violation<'a>, waiver: Option<AppliedWaiver<'a>>) -> Finding<'a> {
        let settings = self.settings;
        let fingerprint = settings.fingerprint(rule, self.resource, violation.key.as_deref(), self.kind);
        self.hidden.redact(rule, &mut violation);
        if let Some(redactor) = &settings.redactor {
            redactor.violation(rule, &mut violation, settings.today);
        }
        // Filled after redaction, so that a template cannot show a hidden value.
        if let Some(template) = &rule.message {
            violation.message = template.fill(|place| match place {
                "key" => violation.key.as_deref().unwrap_or(""),
                "value" => violation.value.as_deref().unwrap_or(""),
                "name" => self.shown.name.as_deref().unwrap_or(""),
                _ => self.shown.kind.as_str(),
            });
        }
        let grace = rule.grace_for(self.resource, settings.today);
        if let Some(sentence) = grace.sentence(rule) {
            violation.message = format!("{} ({sentence})", violation.message);
        }
        // Waived findings are not compared with the baseline.
        let state = if waiver.is_some() { BaselineState::New } else { settings.baseline_state(&fingerprint) };
        Finding {
            rule: rule.head(),
            resource: self.shown,
            violation,
            grace,
            waiver,
            state,
            cost: self.cost,
            fingerprint,
        }
    }

    fn unknown(&self, rule: &'a Rule, unknown: Indeterminate<'a>) -> UnknownResult<'a> {
        let origin = self.resource.origin.as_deref().filter(|_| unknown.is_about_tags);
        let cause = origin.and_then(|origin| origin.cause(unknown.key.as_deref()));
        let reason = cause.map_or(unknown.reason, |cause| Cow::Borrowed(cause.reason.as_str()));
        let reason = match &self.settings.redactor {
            Some(redactor) => redactor.text(&reason).into(),
            None => reason,
        };
        let policy = &self.settings.policy;
        let fingerprint = self.settings.fingerprint(rule, self.resource, unknown.key.as_deref(), self.kind);
        let hidden = unknown.key.as_deref().and_then(|key| hidden_key_named(policy, self.resource, key));
        let key = hidden.map(Into::into).or(unknown.key);
        let key = match &self.settings.redactor {
            Some(redactor) => key.map(|key| redactor.key(&key).into()),
            None => key,
        };
        let location = cause.and_then(|cause| cause.location.as_ref()).map(|at| match &self.settings.redactor {
            Some(redactor) => Cow::Owned(redactor.location(at)),
            None => Cow::Borrowed(at),
        });
        UnknownResult { rule, key, reason, location, fingerprint }
    }
}
