//! JSON Lines: one finding on each line.

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::Serialize;

use super::cost::{CostTotalsJson, totals_json};
use super::envelope::{Envelope, ScopeJson, VERSION, WaiverUseJson};
use super::format::ReportFormat;
use super::json::{
    CoverageJson, PolicyHeadJson, SummaryJson, TargetJson, finding_json, finding_line, policy, target_list,
};
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

/// The findings, the waived findings of `--show waived`, and one line about the run.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let key = report.redaction_key();
    let render = |finding: &Finding<'_>, line: &mut Vec<u8>| match key.as_deref() {
        Some(redaction_key) => {
            append(line, &RedactedFinding { finding: finding_json(finding), redaction_key });
            line.push(b'\n');
        }
        None => finding_line(finding, line),
    };
    if key.is_some() {
        report.findings(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    } else {
        report.finding_lines(finding_line, &mut |lines| out.write_all(lines))?;
    }
    if options.shows(Show::Waived) {
        report.waived(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    }
    let targets = unknown_targets(report).next().is_some().then(|| target_list(report));
    let (mut line, envelope) = (Vec::new(), Envelope::new(report));
    append(
        &mut line,
        &SummaryLine {
            summary: SummaryJson(report),
            incomplete: report.gaps(),
            coverage: CoverageJson::new(report),
            targets,
            generated: envelope.generated.to_string(),
            taglint: VERSION,
            policy: policy(report, &envelope),
            scope: ScopeJson(&envelope),
            waivers: envelope.waiver_list(),
            cost: totals_json(report),
        },
    );
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

/// The last line: what was checked, when, and what is missing. Without it, a list of findings would look complete, and
/// one that was cut off too.
#[derive(Serialize)]
struct SummaryLine<'e, 'r> {
    summary: SummaryJson<'r>,
    incomplete: &'r [Gap],
    coverage: CoverageJson<'r>,
    /// Absent if every target is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    targets: Option<Vec<TargetJson<'r>>>,
    generated: String,
    /// The version of this program.
    taglint: &'static str,
    policy: PolicyHeadJson<'r>,
    scope: ScopeJson<'e, 'r>,
    waivers: Vec<WaiverUseJson<'e>>,
    /// Absent without a bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostTotalsJson<'r>>,
}
