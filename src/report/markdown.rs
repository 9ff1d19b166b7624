//! Markdown for a pull request comment or `$GITHUB_STEP_SUMMARY`.
//!
//! Data is written only in code spans ([`code_span`]). The most important parts come first: the result, the counts and
//! the gaps. The report stays below GitHub's limit for a comment.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::ControlFlow;

use super::cost::{self, short};
use super::coverage::{not_judged, not_judged_item, not_judged_line};
use super::envelope::Envelope;
use super::format::{ReportFormat, RowSink};
use super::messages::{baseline_parts, headline, instead, reason_with_location, shorten, unread};
use super::options::{ReportOptions, Show};
use crate::base::encode::markdown::{code_cell, code_span};
use crate::base::{LogSpelling, count, escape, thousands};
use crate::engine::{BaselineState, Finding, Report, UnknownResult};
use crate::model::{Location, Resource};
use crate::policy::Severity;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "markdown",
    extensions: &[".md"],
    about: "Markdown for a pull request comment or $GITHUB_STEP_SUMMARY",
    log: LogSpelling::Text,
    render: write,
};

/// The maximum size in bytes. GitHub allows 65,536 characters in a comment. A text never has fewer bytes than
/// characters or UTF-16 units, so it does not matter which of them GitHub counts.
const LIMIT: usize = 65_000;
/// The most bytes that the report needs around its tables: headings, folds and the notes about omitted entries.
const FRAMES: usize = 2_000;
/// The number of findings that are always visible; the others are in a collapsed section.
const OPEN: usize = 50;
/// The maximum number of characters of one text. The formats for programs contain the whole text.
const MAX_TEXT: usize = 600;
/// The maximum number of policy files that are named.
const FILES: usize = 8;

const FINDINGS: &str = "| Severity | Rule | Resource | Key | Problem | Fix |\n|---|---|---|---|---|---|\n";
const FINDINGS_WITH_COST: &str =
    "| Severity | Rule | Resource | Cost | Key | Problem | Fix |\n|---|---|---|--:|---|---|---|\n";
const WAIVED: &str = "| Rule | Resource | Key | Reason | Until |\n|---|---|---|---|---|\n";
const UNKNOWN: &str = "| Rule | Resource | Key | Reason |\n|---|---|---|---|\n";

/// The report as one comment; its first line is for a workflow that updates its comment to find it by.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let (head, tail) = (head(report), tail(report));
    let mut room = LIMIT.saturating_sub(head.len() + tail.len() + FRAMES);
    // A missed target has no cost, but its row has as many cells.
    let costs = report.cost_totals().is_some();
    let header = if costs { FINDINGS_WITH_COST } else { FINDINGS };
    let row = |finding: &Finding<'_>, out: &mut Vec<u8>| finding_row(finding, costs, out);
    let rows = rows(&mut room, |sink| report.findings(row, sink))?;
    out.write_all(head.as_bytes())?;
    let all: u64 = report.summary().counts.findings.iter().sum();
    let (open, folded) = rows.split_at(rows.len().min(OPEN));
    if !open.is_empty() {
        write!(out, "\n{header}{}", open.concat())?;
    }
    if !folded.is_empty() {
        fold(out, &count(folded.len() as u64, "more finding"), header, folded, folded.len() as u64)?;
    }
    let left = all - rows.len() as u64;
    if left > 0 {
        let left = count(left, "more finding");
        writeln!(out, "\n{left} omitted because a comment has a maximum length; the SARIF and JSON reports have all.")?;
    }
    let tally = &report.summary().counts;
    if options.shows(Show::Waived) && tally.waived > 0 {
        let rows = self::rows(&mut room, |sink| report.waived(waived_row, sink))?;
        fold(out, &format!("{} waived", count(tally.waived, "finding")), WAIVED, &rows, tally.waived)?;
    }
    if options.shows(Show::Unknown) && tally.unknown_results > 0 {
        let rows = self::rows(&mut room, |sink| report.unknown_results(unknown_row, sink))?;
        fold(out, &count(tally.unknown_results, "unknown result"), UNKNOWN, &rows, tally.unknown_results)?;
    }
    out.write_all(tail.as_bytes())
}

/// Collects rows while there is room. The first row that does not fit ends the list, so that no row before the end is
/// missing.
fn rows(room: &mut usize, stream: impl FnOnce(RowSink<'_>) -> io::Result<()>) -> io::Result<Vec<String>> {
    let mut rows = Vec::new();
    stream(&mut |bytes| {
        let Some(left) = room.checked_sub(bytes.len()) else { return Ok(ControlFlow::Break(())) };
        *room = left;
        rows.push(String::from_utf8_lossy(bytes).into_owned());
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

fn fold(out: &mut dyn Write, title: &str, header: &str, rows: &[String], all: u64) -> io::Result<()> {
    writeln!(out, "\n<details><summary>{title}</summary>\n")?;
    if !rows.is_empty() {
        writeln!(out, "{header}{}", rows.concat())?;
    }
    let left = all - rows.len() as u64;
    if left > 0 {
        writeln!(out, "{} more; the JSON report has all.\n", thousands(left))?;
    }
    writeln!(out, "</details>")
}

pub(super) fn head(report: &Report) -> String {
    let mut head = format!("<!-- taglint -->\n## {}\n", headline(report));
    if let Some(part) = report.part() {
        let _ = writeln!(head, "\nPart of a report by {}: {}", code(&part.property), code(part.label()));
    }
    for (name, text) in cost::rows(report) {
        let _ = writeln!(head, "\n{}: {}", capital(name), code(&text));
    }
    let gaps = unread(report);
    if !gaps.is_empty() {
        head.push_str("\n**Incomplete: not everything could be read, so there may be more findings than these.**\n\n");
        let lines = gaps.iter().map(|(place, error)| match (code(place), code(error)) {
            (place, error) if place.is_empty() => error,
            (place, error) => format!("{place}: {error}"),
        });
        list(&mut head, 12_000, lines);
    }
    head
}

/// A name at the start of a line.
fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

pub(super) fn tail(report: &Report) -> String {
    let (tally, mut tail) = (&report.summary().counts, String::new());
    let mut also = Vec::new();
    if tally.waived > 0 {
        also.push(format!("{} waived", count(tally.waived, "finding")));
    }
    if tally.unknown_results > 0 {
        also.push(count(tally.unknown_results, "unknown result"));
    }
    also.extend(baseline_parts(report));
    if !also.is_empty() {
        let _ = writeln!(tail, "\nAlso: {}.", also.join(", "));
    }
    let notices = report.notices();
    if !notices.is_empty() {
        tail.push_str("\n**Notices:**\n\n");
        list(&mut tail, 6_000, notices.iter().map(|notice| code(&notice.message)));
    }
    if let Some(line) = not_judged_line(report) {
        let _ = writeln!(tail, "\n{line}:\n");
        let items: Vec<String> = not_judged(report).map(|group| code(&not_judged_item(group))).collect();
        list(&mut tail, 4_000, items.into_iter());
    }
    let files = &report.policy().files;
    let mut named: Vec<String> = files.iter().take(FILES).map(|file| code(&file.display().to_string())).collect();
    if files.len() > FILES {
        named.push(format!("{} more", thousands((files.len() - FILES) as u64)));
    }
    let envelope = Envelope::new(report);
    let _ = writeln!(tail, "\nPolicy: {} (hash {})", named.join(", "), code(envelope.short_hash()));
    let _ = writeln!(tail, "\nScope: {}", code(&envelope.sentence()));
    tail
}

/// Appends a list of about `room` bytes at most.
fn list(out: &mut String, room: usize, items: impl ExactSizeIterator<Item = String>) {
    let (start, all) = (out.len(), items.len());
    for (at, item) in items.enumerate() {
        if out.len() - start + item.len() > room {
            let _ = writeln!(out, "- and {} more", thousands((all - at) as u64));
            break;
        }
        let _ = writeln!(out, "- {item}");
    }
}

/// Appends a row of a table. The cells are escaped already.
fn row(cells: &[&str], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("| {} |\n", cells.join(" | ")).as_bytes());
}

fn finding_row(finding: &Finding<'_>, costs: bool, out: &mut Vec<u8>) {
    let (rule, violation) = (finding.rule, &finding.violation);
    let severity = match (finding.state, finding.severity()) {
        (BaselineState::New, severity) => severity.name(),
        (BaselineState::Unchanged, Severity::Error) => "error, in baseline",
        (BaselineState::Unchanged, Severity::Warning) => "warning, in baseline",
        (BaselineState::Unchanged, Severity::Note) => "note, in baseline",
    };
    let instead = violation.suggestion.as_ref().map(instead).unwrap_or_default();
    let key = violation.key.as_deref().unwrap_or("");
    let resource = resource_cell(finding.resource, finding.location());
    let cost = finding.cost.as_ref().map(|cost| cell(&short(cost))).unwrap_or_default();
    let (rule, key, message, instead) = (cell(rule.id), cell(key), cell(&violation.message), cell(&instead));
    if costs {
        row(&[severity, &rule, &resource, &cost, &key, &message, &instead], out);
    } else {
        row(&[severity, &rule, &resource, &key, &message, &instead], out);
    }
}

fn waived_row(finding: &Finding<'_>, out: &mut Vec<u8>) {
    let Some(waiver) = &finding.waiver else { return };
    let key = cell(finding.violation.key.as_deref().unwrap_or(""));
    let (resource, until) = (
        resource_cell(finding.resource, finding.location()),
        waiver.until.map_or_else(|| "the comment is removed".to_owned(), |day| day.to_string()),
    );
    row(&[&cell(finding.rule.id), &resource, &key, &cell(&waiver.reason), &until], out);
}

fn unknown_row(resource: &Resource<'_>, unknown: &UnknownResult<'_>, out: &mut Vec<u8>) {
    let key = cell(unknown.key.as_deref().unwrap_or(""));
    let reason = cell(&reason_with_location(unknown));
    row(&[&cell(&unknown.rule.id), &resource_cell(resource, resource.location.as_ref()), &key, &reason], out);
}

fn resource_cell(resource: &Resource<'_>, location: Option<&Location>) -> String {
    let handle = cell(&resource.called());
    match location {
        Some(at) => format!("{handle} {}", cell(&format!("{}:{}", at.path, at.line))),
        None => handle,
    }
}

/// A code span of at most [`MAX_TEXT`] characters.
fn code(text: &str) -> String {
    code_span(&shorten(&escape(text), MAX_TEXT))
}

/// A code span for a table cell, with the limit of [`code`].
fn cell(text: &str) -> String {
    code_cell(&shorten(&escape(text), MAX_TEXT))
}

#[cfg(test)]
mod tests;
