//! The entries that a text report shows. On a terminal, a long report is cut, and begins with what is worst.

use std::io::{self, Write};
use std::ops::ControlFlow;

use super::entry::Entries;
use crate::engine::{BaselineState, Report, ResourceReport, TargetState};
use crate::policy::Severity;
use crate::report::targets::targets;

/// The findings on resources that a cut report shows, of all, and the number of missed targets, which stand below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CutReport {
    pub(super) shown: u64,
    pub(super) all: u64,
    pub(super) missed: u64,
}

/// The order of a cut report: new findings come first, then errors.
type Rank = (bool, Severity);

/// Writes the entries in the order of resources. If there are more findings than the limit, those of the resources with
/// the worst findings, as many as the limit allows, and what was cut.
///
/// # Errors
/// Those of reading the input again and of the writer.
pub(super) fn write_entries(
    report: &Report,
    entries: Entries<'_>,
    out: &mut dyn Write,
) -> io::Result<Option<CutReport>> {
    // Missed targets are findings too, which stand below the resources.
    let missed = targets(report).filter(|(_, result)| result.state == TargetState::Missed).count() as u64;
    let all = report.summary().counts.findings.iter().sum::<u64>().saturating_sub(missed);
    let Some(limit) = entries.options.limit.filter(|limit| all > *limit) else {
        let render = |reported: &ResourceReport<'_>, text: &mut Vec<u8>| {
            text.extend_from_slice(entries.resource(reported).as_bytes());
        };
        report.resources(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
        return Ok(None);
    };
    let mut shown = 0;
    if report.cost_totals().is_some() {
        // Costs are the order of the whole report.
        let render = |reported: &ResourceReport<'_>, text: &mut Vec<u8>| {
            if rank(reported).is_some() {
                text.extend(unwaived(reported).to_le_bytes());
                text.extend_from_slice(entries.resource(reported).as_bytes());
            }
        };
        report.resources(render, &mut |bytes| write_counted(bytes, out, &mut shown, limit))?;
        return Ok(Some(CutReport { shown, all, missed }));
    }
    let has_baseline = report.settings().baseline.is_some();
    for is_known in if has_baseline { &[false, true][..] } else { &[false] } {
        for severity in Severity::ALL {
            if shown >= limit || report.summary().counts.findings[severity as usize] == 0 {
                continue;
            }
            let render = |reported: &ResourceReport<'_>, text: &mut Vec<u8>| {
                if rank(reported) == Some((*is_known, severity)) {
                    text.extend(unwaived(reported).to_le_bytes());
                    text.extend_from_slice(entries.resource(reported).as_bytes());
                }
            };
            report.resources_with(severity, render, &mut |bytes| write_counted(bytes, out, &mut shown, limit))?;
        }
    }
    Ok(Some(CutReport { shown, all, missed }))
}

/// Writes an entry that begins with the number of its findings, until as many as the limit are shown.
fn write_counted(bytes: &[u8], out: &mut dyn Write, shown: &mut u64, limit: u64) -> io::Result<ControlFlow<()>> {
    if let Some((findings, text)) = bytes.split_first_chunk() {
        *shown += u64::from_le_bytes(*findings);
        out.write_all(text)?;
    }
    Ok(if *shown < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
}

/// The number of findings in an entry.
fn unwaived(reported: &ResourceReport<'_>) -> u64 {
    reported.findings.iter().filter(|finding| finding.waiver.is_none()).count() as u64
}

/// The rank of the worst finding; `None` if there is none.
fn rank(reported: &ResourceReport<'_>) -> Option<Rank> {
    let unwaived = reported.findings.iter().filter(|finding| finding.waiver.is_none());
    unwaived.map(|finding| (finding.state == BaselineState::Unchanged, finding.severity())).min()
}
