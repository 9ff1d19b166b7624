//! CSV for spreadsheets: a header, then one finding per row.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::ControlFlow;

use super::cost::columns;
use super::coverage::{missed, not_judged_item};
use super::envelope::Envelope;
use super::format::ReportFormat;
use super::messages::{UnreadResource, each_unread_resource, instead};
use super::options::{ReportOptions, Show};
use super::targets::{target_sentence, unknown_targets};
use crate::base::LogSpelling;
use crate::base::encode::csv::append_record;
use crate::engine::{BaselineState, Finding, Report, TargetResult, hex};
use crate::model::{Gap, NotJudged};
use crate::policy::Target;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "csv",
    extensions: &[".csv"],
    about: "CSV for spreadsheets",
    log: LogSpelling::Text,
    render: write,
};

/// A row.
pub(super) type Cells<'c> = [Cow<'c, str>; HEADER.len()];

/// The columns. `waiver` and those of the cost are always present, so that formulas in a spreadsheet do not depend on flags.
pub(super) const HEADER: [&str; 22] = [
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
    "cost",
    "currency",
    "cost-basis",
];

/// Writes every finding, with `--show waived` the waived ones, then a row for each scope that could not be read and each
/// group that was not judged and may need tags, one for each target whose state is unknown, and the
/// envelope as rows of the kind `run`. CSV has no place for comments that spreadsheets would not take for data. Lines end with CRLF, as RFC 4180 requires.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut header = Vec::new();
    append_record(&mut header, HEADER);
    out.write_all(&header)?;
    let render = |finding: &Finding<'_>, line: &mut Vec<u8>| append_record(line, cells(finding));
    report.findings(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    if options.shows(Show::Waived) {
        report.waived(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    }
    let mut rows = Vec::new();
    other_rows(report, &mut |cells| append_record(&mut rows, cells))?;
    for (name, text) in Envelope::new(report).rows() {
        append_record(&mut rows, row([("kind", "run".into()), ("key", name.into()), ("message", text.into())]));
    }
    out.write_all(&rows)
}

/// The rows about what could not be read, was not judged or is not known.
pub(super) fn other_rows(report: &Report, add: &mut dyn FnMut(Cells<'_>)) -> io::Result<()> {
    report.gaps().iter().for_each(|gap| add(gap_cells(gap)));
    each_unread_resource(report, &mut |resource| {
        add(unread_cells(&resource));
        ControlFlow::Continue(())
    })?;
    missed(report).for_each(|group| add(missed_cells(group)));
    unknown_targets(report).for_each(|(target, result)| add(target_cells(target, result)));
    Ok(())
}

/// The row of a target whose state is unknown.
fn target_cells<'r>(target: &'r Target, result: &'r TargetResult) -> Cells<'r> {
    row([
        ("rule", target.id.as_str().into()),
        ("kind", "target-unknown".into()),
        ("account", result.account.as_deref().unwrap_or_default().into()),
        ("message", target_sentence(target, result).into()),
    ])
}

/// The row of a scope that could not be read: a sheet without it would look complete.
fn gap_cells(gap: &Gap) -> Cells<'_> {
    let optional = |text: &'_ Option<String>| Cow::Owned(text.clone().unwrap_or_default());
    let cells = [("kind", "unread".into()), ("account", optional(&gap.account)), ("region", optional(&gap.region))];
    let message = match &gap.operation {
        Some(operation) => Cow::Owned(format!("{operation}: {}", gap.error)),
        None => Cow::Borrowed(gap.error.as_str()),
    };
    row(cells.into_iter().chain([("type", optional(&gap.kind)), ("message", message)]))
}

/// The row of a resource whose tags could not be read.
fn unread_cells(resource: &UnreadResource) -> Cells<'_> {
    let UnreadResource { kind, handle, reason, account, region, name } = resource;
    row([
        ("kind", "unread".into()),
        ("account", account.into()),
        ("region", region.into()),
        ("type", kind.into()),
        ("name", name.into()),
        ("arn", handle.into()),
        ("message", reason.into()),
    ])
}

/// The row of resources or paths that no rule judged.
fn missed_cells(group: &NotJudged) -> Cells<'_> {
    row([
        ("kind", group.reason.name().into()),
        ("type", group.kind.as_str().into()),
        ("message", not_judged_item(group).into()),
    ])
}

/// A row with values in some columns.
pub(super) fn row<'c>(cells: impl IntoIterator<Item = (&'static str, Cow<'c, str>)>) -> Cells<'c> {
    let mut out: [Cow<'c, str>; HEADER.len()] = std::array::from_fn(|_| Cow::Borrowed(""));
    for (column, value) in cells {
        out[HEADER.iter().position(|name| *name == column).expect("a column of the header")] = value;
    }
    out
}

/// The row of a finding.
pub(super) fn cells<'f>(finding: &'f Finding<'_>) -> Cells<'f> {
    let (rule, resource, violation) = (finding.rule, finding.resource, &finding.violation);
    let optional = |text: Option<&'f str>| Cow::Borrowed(text.unwrap_or_default());
    let location = finding.location();
    let [cost, currency, basis] = columns(finding.cost.as_ref());
    [
        Cow::Borrowed(finding.severity().name()),
        Cow::Borrowed(rule.id),
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
        Cow::Owned(cost),
        Cow::Owned(currency),
        Cow::Owned(basis),
    ]
}

#[cfg(test)]
mod tests;
