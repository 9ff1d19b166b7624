//! JSON Lines: one finding on each line.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::Serialize;

use super::coverage::missed;
use super::format::ReportFormat;
use super::json::{CoverageJson, SummaryJson, TargetJson, finding_json, target_list};
use super::options::{ReportOptions, Show};
use super::targets::unknown_targets;
use crate::base::LogSpelling;
use crate::base::encode::json::append;
use crate::engine::{Finding, Report};
use crate::model::Gap;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "jsonl",
    extensions: &[".jsonl"],
    about: "JSON Lines for programs: one finding on each line",
    log: LogSpelling::Json,
    render: write,
};

/// The findings, the waived findings of `--show waived`, and one line with the gaps if not everything was judged.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let key = report.redaction_key();
    let render = |finding: &Finding<'_>, line: &mut Vec<u8>| {
        match key.as_deref() {
            Some(redaction_key) => append(line, &RedactedFinding { finding: finding_json(finding), redaction_key }),
            None => append(line, &finding_json(finding)),
        }
        line.push(b'\n');
    };
    report.findings(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    if options.shows(Show::Waived) {
        report.waived(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    }
    let targets = unknown_targets(report).next().is_some().then(|| target_list(report));
    if report.complete() && missed(report).next().is_none() && targets.is_none() {
        return Ok(());
    }
    let mut line = Vec::new();
    let (incomplete, coverage) = (report.gaps(), CoverageJson::new(report));
    append(&mut line, &SummaryLine { summary: SummaryJson(report), incomplete, coverage, targets });
    line.push(b'\n');
    out.write_all(&line)
}

/// A finding of a redacted report. Each has the key check, because lines are often filtered.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct RedactedFinding<'k, F> {
    #[serde(flatten)]
    finding: F,
    redaction_key: &'k str,
}

/// The last line of a run that did not judge everything. Without it the list of findings would look complete.
#[derive(Serialize)]
struct SummaryLine<'r> {
    summary: SummaryJson<'r>,
    incomplete: &'r [Gap],
    coverage: CoverageJson<'r>,
    /// Absent if every target is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    targets: Option<Vec<TargetJson<'r>>>,
}
