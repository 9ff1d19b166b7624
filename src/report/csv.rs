//! CSV for spreadsheets: a header, then one finding a row.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::ControlFlow;

use super::Options;
use super::markdown::words::instead;
use crate::base::escape;
use crate::engine::{BaselineState, Finding, Report, hex};

/// The columns. `waiver` is there whether or not waived findings are, so that a sheet's formulas survive the flag.
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

/// Every finding, with `--show waived` the waived ones after them. Lines end as RFC 4180 says.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut header = Vec::new();
    row(&HEADER.map(Cow::Borrowed), &mut header);
    out.write_all(&header)?;
    let render = |finding: &Finding<'_>, line: &mut Vec<u8>| row(&cells(finding), line);
    report.findings(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    if options.show.waived {
        report.waived(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    }
    Ok(())
}

/// One line; a writer of its own, as rows are made on several threads.
fn row(cells: &[Cow<'_, str>; HEADER.len()], line: &mut Vec<u8>) {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(1 << 10).from_writer(line);
    let written = writer.write_record(cells.iter().map(|cell| cell.as_bytes())).and_then(|()| Ok(writer.flush()?));
    written.expect("memory takes every byte, and one record has no other to differ from in length");
}

fn cells<'f>(finding: &'f Finding<'_>) -> [Cow<'f, str>; HEADER.len()] {
    let (rule, resource, violation) = (finding.rule, finding.resource, &finding.violation);
    let data = |text: Option<&'f str>| text.map_or(Cow::Borrowed(""), cell);
    let made = |text: String| Cow::Owned(cell(&text).into_owned());
    let location = finding.location();
    [
        Cow::Borrowed(rule.severity.name()),
        cell(&rule.id),
        Cow::Borrowed(violation.kind.name()),
        data(resource.account.as_deref()),
        data(resource.region.as_deref()),
        cell(&resource.kind),
        data(resource.name.as_deref()),
        made(resource.handle().into_owned()),
        data(violation.key.as_deref()),
        data(violation.found.as_deref()),
        data(violation.value.as_deref()),
        cell(&violation.message),
        made(violation.suggestion.as_ref().map(instead).unwrap_or_default()),
        Cow::Borrowed(match finding.state {
            BaselineState::New => "new",
            BaselineState::Unchanged => "unchanged",
        }),
        Cow::Owned(hex(&finding.fingerprint())),
        made(rule.labels.join("; ")),
        data(location.map(|location| location.path.as_str())),
        Cow::Owned(location.map(|location| location.line.to_string()).unwrap_or_default()),
        data(finding.waiver.as_ref().map(|waiver| &*waiver.reason)),
    ]
}

/// Text that no spreadsheet takes for a formula: a quote stands before what would start one (OWASP, "CSV Injection").
/// That is looked for after each `;` too, with the blanks and quotes that may follow it: a spreadsheet set to a language
/// whose list separator is `;` starts a new cell there.
fn cell(text: &str) -> Cow<'_, str> {
    let text = escape(text);
    let mut out = String::new();
    let (mut copied, mut start) = (0, true);
    for (at, c) in text.char_indices() {
        if start && starts_formula(c) {
            out.push_str(&text[copied..at]);
            out.push('\'');
            copied = at;
        }
        start = c == ';' || (start && (c.is_whitespace() || (c == '"' && at > 0)));
    }
    if out.is_empty() {
        return text;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The ASCII four and those that spreadsheets fold into them: full-width, small, and the minus sign proper.
fn starts_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫' | '−')
}

#[cfg(test)]
mod tests;
