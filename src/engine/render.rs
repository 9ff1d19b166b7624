//! Findings read again from the input, in order: rendered on all threads, handed on by one.

use std::io;
use std::ops::ControlFlow;

use rayon::prelude::*;

use super::finding::{BaselineState, Finding, UnknownResult, Waived};
use super::hide::Hidden;
use super::report::{Flagged, Report};
use super::run::state;
use super::screen::{Inquiry, Screen};
use super::store::InputKind;
use crate::model::{Resource, read_resource};
use crate::policy::Severity;
use crate::rule::Verdict;

/// One resource with all that is reported of it.
#[derive(Debug)]
pub struct ResourceReport<'a> {
    /// The resource.
    pub resource: &'a Resource<'a>,
    /// By severity, then rule, then key; waived ones too.
    pub findings: Vec<Finding<'a>>,
    /// Rules that cannot be told.
    pub untold: Vec<UnknownResult<'a>>,
}

/// Which resources are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    Severity(Severity),
    Waived,
    Unknown,
    All,
}

/// So many resources are rendered by one thread before its text is handed on.
const BLOCK: usize = 128;
/// So many blocks are rendered at a time: what two such windows hold is all the text that is in memory.
const WINDOW: usize = 32;

/// What one thread rendered, and where each item of it ends.
struct Block {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// Hands each item on; false where there is no need for more.
fn write_window(
    blocks: Vec<io::Result<Block>>,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
) -> io::Result<ControlFlow<()>> {
    for block in blocks {
        let Block { bytes, ends } = block?;
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
    /// Every finding that is not waived, in the report's order: severity, account, region, type, resource, rule, key.
    /// `render` runs on all threads; `sink` gets each finding's bytes in order and may stop.
    ///
    /// # Errors
    /// Those of reading the input again, and of `sink`.
    pub fn findings(
        &self,
        render: impl Fn(&Finding<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        for severity in Severity::ALL {
            let flow = self.stream(
                Pick::Severity(severity),
                |reported, item| {
                    for finding in &reported.findings {
                        if finding.rule.severity == severity && finding.waiver.is_none() {
                            item(&|out| render(finding, out));
                        }
                    }
                },
                sink,
            )?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Every waived finding, in the order of resources.
    ///
    /// # Errors
    /// As [`Report::findings`].
    pub fn waived(
        &self,
        render: impl Fn(&Finding<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        self.stream(
            Pick::Waived,
            |reported, item| {
                for finding in reported.findings.iter().filter(|finding| finding.waiver.is_some()) {
                    item(&|out| render(finding, out));
                }
            },
            sink,
        )
        .map(|_| ())
    }

    /// Every rule that cannot be told, in the order of resources.
    ///
    /// # Errors
    /// As [`Report::findings`].
    pub fn untold(
        &self,
        render: impl Fn(&Resource<'_>, &UnknownResult<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        self.stream(
            Pick::Unknown,
            |reported, item| {
                for untold in &reported.untold {
                    item(&|out| render(reported.resource, untold, out));
                }
            },
            sink,
        )
        .map(|_| ())
    }

    /// Every resource with something to report (with `show_passed`: every resource), in order.
    ///
    /// # Errors
    /// As [`Report::findings`].
    pub fn resources(
        &self,
        render: impl Fn(&ResourceReport<'_>, &mut Vec<u8>) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<()> {
        self.stream(Pick::All, |reported, item| item(&|out| render(reported, out)), sink).map(|_| ())
    }

    fn stream(
        &self,
        pick: Pick,
        each: impl Fn(&ResourceReport<'_>, &mut dyn FnMut(&dyn Fn(&mut Vec<u8>))) + Sync,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>,
    ) -> io::Result<ControlFlow<()>> {
        let wanted = |flagged: &&Flagged| match pick {
            Pick::Severity(severity) => flagged.mask.has(severity),
            Pick::Waived => flagged.mask.waived(),
            Pick::Unknown => flagged.mask.unknown(),
            Pick::All => true,
        };
        let mut places = self.flagged.iter().filter(wanted).copied();
        let mut next = || places.by_ref().take(BLOCK * WINDOW).collect::<Vec<Flagged>>();
        let mut ready = self.render_window(&next(), &each);
        while !ready.is_empty() {
            let window = next();
            let mut rendered = Vec::new();
            // One thread writes what is ready while the others render what comes after it.
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
        window: &[Flagged],
        each: &(impl Fn(&ResourceReport<'_>, &mut dyn FnMut(&dyn Fn(&mut Vec<u8>))) + Sync),
    ) -> Vec<io::Result<Block>> {
        let block = |block| self.screens.with(&self.settings.policy, |screen| self.render_block(block, each, screen));
        window.par_chunks(BLOCK).map(block).collect()
    }

    fn render_block(
        &self,
        block: &[Flagged],
        each: &(impl Fn(&ResourceReport<'_>, &mut dyn FnMut(&dyn Fn(&mut Vec<u8>))) + Sync),
        screen: &mut Screen,
    ) -> io::Result<Block> {
        let (mut bytes, mut ends, mut line) = (Vec::with_capacity(BLOCK * 640), Vec::with_capacity(BLOCK), Vec::new());
        for place in block {
            self.read(place, &mut line)?;
            let resource = parse(&line)?;
            let shown = self.settings.redactor.as_ref().map(|redactor| redactor.resource(&resource));
            let subject = &self.inputs[usize::from(place.source)].subject;
            let reported = self.report_of(&resource, shown.as_ref(), subject, place.rules, screen);
            each(&reported, &mut |write| {
                write(&mut bytes);
                ends.push(bytes.len());
            });
        }
        Ok(Block { bytes, ends })
    }

    pub(super) fn read(&self, place: &Flagged, line: &mut Vec<u8>) -> io::Result<()> {
        line.clear();
        self.inputs[usize::from(place.source)].store.read_at(place.offset, place.length as usize, line)
    }

    /// Asks again, this time for words.
    fn report_of<'a>(
        &'a self,
        resource: &'a Resource<'a>,
        redacted: Option<&'a Resource<'a>>,
        subject: &InputKind,
        rules: u64,
        screen: &mut Screen,
    ) -> ResourceReport<'a> {
        let shown = redacted.unwrap_or(resource);
        let settings = &self.settings;
        let (mut findings, mut untold) = (Vec::new(), Vec::new());
        let inquiry = Inquiry { policy: &settings.policy, today: settings.today, others: &self.resource_index };
        let answers = inquiry.ask(resource, screen.recall(inquiry, resource, rules), true);
        let hidden = Hidden::of(&settings.policy, resource, &answers, settings.today, &self.resource_index);
        for (at, answer) in answers {
            let rule = &settings.policy.rules[at];
            if !settings.chosen[at] {
                continue;
            }
            let waiver = settings.waived(rule, resource).map(|(_, waived)| match &settings.redactor {
                Some(redactor) => Waived { reason: redactor.scrub(&waived.reason).into(), ..waived },
                None => waived,
            });
            match answer {
                Verdict::Fail(violations) => {
                    for mut violation in violations {
                        let print = settings.print(rule, resource, &violation, subject);
                        if !hidden.violation(rule, &mut violation)
                            && let Some(redactor) = &settings.redactor
                        {
                            redactor.violation(rule, &mut violation, settings.today);
                        }
                        if let Some(template) = &rule.message {
                            violation.message = template.fill(|place| match place {
                                "key" => violation.key.as_deref().unwrap_or(""),
                                "value" => violation.value.as_deref().unwrap_or(""),
                                "name" => shown.name.as_deref().unwrap_or(""),
                                _ => shown.kind.as_str(),
                            });
                        }
                        let state = if waiver.is_some() { BaselineState::New } else { state(settings, &print) };
                        let waiver = waiver.clone();
                        findings.push(Finding { rule, resource: shown, violation, waiver, state, print });
                    }
                }
                Verdict::Indeterminate(mut doubt) if waiver.is_none() => {
                    if let Some(redactor) = &settings.redactor {
                        doubt.reason = redactor.scrub(&doubt.reason).into();
                    }
                    untold.push(UnknownResult { rule, doubt });
                }
                Verdict::Indeterminate(_) | Verdict::Pass | Verdict::NotApplicable => {}
            }
        }
        findings.sort_by(|a, b| {
            (a.rule.severity, &a.rule.id, &a.violation.key).cmp(&(b.rule.severity, &b.rule.id, &b.violation.key))
        });
        ResourceReport { resource: shown, findings, untold }
    }
}

/// Reads a line again.
pub(super) fn parse(line: &[u8]) -> io::Result<Resource<'_>> {
    let mut resource = Resource::default();
    read_resource(line, &mut resource).map_err(|_| io::Error::other("the input has changed while it was read"))?;
    Ok(resource)
}
