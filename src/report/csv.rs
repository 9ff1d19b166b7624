//! CSV for spreadsheets: a header, then one finding per row.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::ControlFlow;

use super::format::ReportFormat;
use super::messages::instead;
use super::options::{ReportOptions, Show};
use crate::base::encode::csv::append_record;
use crate::engine::{BaselineState, Finding, Report, hex};

pub(super) const FORMAT: ReportFormat =
    ReportFormat { name: "csv", extensions: &[".csv"], about: "CSV for spreadsheets", render: write };

/// The columns. `waiver` is always present, so that formulas in a spreadsheet do not depend on `--show waived`.
const HEADER: [&str; 19] = [
    "severity",
    "rule",
    "kind",
    "account",
    "region",
    "type",
    "name",
    "arn",
    "key",
    "found",
    "value",
    "message",
    "suggestion",
    "state",
    "fingerprint",
    "labels",
    "path",
    "line",
    "waiver",
];

/// Writes every finding, and with `--show waived` the waived ones after them. Lines end with CRLF, as RFC 4180
/// requires.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut header = Vec::new();
    append_record(&mut header, HEADER);
    out.write_all(&header)?;
    let render = |finding: &Finding<'_>, line: &mut Vec<u8>| append_record(line, cells(finding));
    report.findings(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    if options.shows(Show::Waived) {
        report.waived(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    }
    Ok(())
}

fn cells<'f>(finding: &'f Finding<'_>) -> [Cow<'f, str>; HEADER.len()] {
    let (rule, resource, violation) = (finding.rule, finding.resource, &finding.violation);
    let optional = |text: Option<&'f str>| Cow::Borrowed(text.unwrap_or_default());
    let location = finding.location();
    [
        Cow::Borrowed(rule.severity.name()),
        Cow::Borrowed(&*rule.id),
        Cow::Borrowed(violation.kind.name()),
        optional(resource.account.as_deref()),
        optional(resource.region.as_deref()),
        Cow::Borrowed(&*resource.kind),
        optional(resource.name.as_deref()),
        resource.handle(),
        optional(violation.key.as_deref()),
        optional(violation.found.as_deref()),
        optional(violation.value.as_deref()),
        Cow::Borrowed(&*violation.message),
        Cow::Owned(violation.suggestion.as_ref().map(instead).unwrap_or_default()),
        Cow::Borrowed(match finding.state {
            BaselineState::New => "new",
            BaselineState::Unchanged => "unchanged",
        }),
        Cow::Owned(hex(&finding.fingerprint())),
        Cow::Owned(rule.labels.join("; ")),
        optional(location.map(|location| location.path.as_str())),
        Cow::Owned(location.map(|location| location.line.to_string()).unwrap_or_default()),
        optional(finding.waiver.as_ref().map(|waiver| &*waiver.reason)),
    ]
}

#[cfg(test)]
mod tests;
