//! JSON Lines: one finding on each line.

use std::io::{self, Write};
use std::ops::ControlFlow;

use super::format::ReportFormat;
use super::json::finding_json;
use super::options::{ReportOptions, Show};
use crate::base::encode::json::append;
use crate::engine::{Finding, Report};

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "jsonl",
    extensions: &[".jsonl"],
    about: "JSON Lines for programs: one finding on each line",
    render: write,
};

/// The findings, then the waived findings of `--show waived`.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let render = |finding: &Finding<'_>, line: &mut Vec<u8>| {
        append(line, &finding_json(finding));
        line.push(b'\n');
    };
    report.findings(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    if options.shows(Show::Waived) {
        report.waived(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    }
    Ok(())
}
