//! GitLab's Code Quality report: the issues that a merge request adds, in its widget and beside the changed lines.
//!
//! GitLab reads `description`, `check_name`, `fingerprint`, `severity`, `location.path` and `location.lines.begin`, ignores
//! an entry that lacks one of them, and compares the fingerprints of two branches. Its path is relative to the
//! repository and has no `./` at its start.

use std::collections::HashSet;
use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::Serialize;

use super::coverage::{missed, not_judged_item};
use super::format::ReportFormat;
use super::messages::{each_unread_resource, instead, reason_with_location, shorten, unread};
use super::options::{ReportOptions, Show};
use super::targets::{target_sentence, unknown_targets};
use crate::base::digest::sha256;
use crate::base::encode::json::append;
use crate::base::{LogSpelling, escape};
use crate::engine::{Finding, Report, UnknownResult, hex};
use crate::model::{Location, Resource};
use crate::policy::Severity;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "gitlab-codequality",
    extensions: &[".codequality.json", "gl-code-quality-report.json"],
    about: "GitLab's Code Quality report for the widget of a merge request",
    log: LogSpelling::Json,
    render: write,
};

/// The maximum number of characters of a description or path: hostile input must not fill the widget.
const TEXT: usize = 1000;
/// The first bytes of a rendered entry are its fingerprint in hexadecimal.
const PRINT: usize = 32;

/// An issue of Code Quality.
#[derive(Serialize)]
struct Entry<'e> {
    description: String,
    check_name: &'e str,
    fingerprint: String,
    severity: &'static str,
    location: EntryLocation,
}

#[derive(Serialize)]
struct EntryLocation {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// Writes what could not be read, then the findings, then what was not judged.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut list = Entries { out, first: true, seen: HashSet::new() };
    list.out.write_all(b"[")?;
    let grave = if options.allow_incomplete { "minor" } else { "critical" };
    for (place, error) in unread(report) {
        let colon = if place.is_empty() { "" } else { ": " };
        list.note("incomplete", grave, &format!("could not be read: {place}{colon}{error}"))?;
    }
    let mut written = Ok(());
    each_unread_resource(report, &mut |resource| {
        written = list.note("incomplete", grave, &resource.sentence());
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    report.findings(finding, &mut |bytes| list.add(bytes))?;
    if options.shows(Show::Waived) {
        report.waived(waived, &mut |bytes| list.add(bytes))?;
    }
    if options.shows(Show::Unknown) {
        report.unknown_results(unknown, &mut |bytes| list.add(bytes))?;
    }
    for group in missed(report) {
        list.note("not-judged", "info", &format!("not judged: {}", not_judged_item(group)))?;
    }
    for (target, result) in unknown_targets(report) {
        list.note(&target.id, "info", &target_sentence(target, result))?;
    }
    list.out.write_all(b"\n]\n")
}

/// The list in progress. A resource may be in two inputs, and GitLab counts each fingerprint once.
struct Entries<'o> {
    out: &'o mut dyn Write,
    first: bool,
    seen: HashSet<[u8; PRINT]>,
}

impl Entries<'_> {
    /// Adds a rendered entry.
    fn add(&mut self, bytes: &[u8]) -> io::Result<ControlFlow<()>> {
        if let Some((print, json)) = bytes.split_first_chunk::<PRINT>()
            && self.seen.insert(*print)
        {
            self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
            self.first = false;
            self.out.write_all(json)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Adds an entry that belongs to the run, not to a resource.
    fn note(&mut self, check: &str, severity: &'static str, description: &str) -> io::Result<()> {
        let print = hex(&sha256([check.as_bytes(), description.as_bytes()])[..16]);
        let mut bytes = Vec::new();
        render(&mut bytes, check, severity, print, description, EntryLocation::of_run());
        self.add(&bytes).map(|_| ())
    }
}

impl EntryLocation {
    /// The place of something without a file. GitLab ignores an entry without a path.
    fn of_run() -> Self {
        Self { path: "taglint".to_owned(), lines: Lines { begin: 1 } }
    }

    /// The place in source. For a resource without one, the path is its ARN or address, which the widget shows.
    fn of(resource: &Resource<'_>, location: Option<&Location>) -> Self {
        let source = location.and_then(|at| Some((inside(&at.path)?, at.line.max(1))));
        let (path, begin) = source.unwrap_or_else(|| (resource.handle().into_owned(), 1));
        let path = if path.trim().is_empty() { "taglint".to_owned() } else { path };
        Self { path: shorten(&escape(&path), TEXT).into_owned(), lines: Lines { begin } }
    }
}

/// A path without `.` parts, if it stays in the repository.
fn inside(path: &str) -> Option<String> {
    let drive = path.as_bytes().get(1) == Some(&b':');
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    (!path.starts_with(['/', '\\']) && !drive && !parts.contains(&"..") && !parts.is_empty()).then(|| parts.join("/"))
}

fn render(
    out: &mut Vec<u8>,
    check_name: &str,
    severity: &'static str,
    fingerprint: String,
    description: &str,
    location: EntryLocation,
) {
    out.extend_from_slice(fingerprint.as_bytes());
    let description = shorten(&escape(description), TEXT).into_owned();
    append(out, &Entry { description, check_name, fingerprint, severity, location });
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Note => "info",
    }
}

/// Renders a finding: the resource, the message and the suggestion.
fn finding(finding: &Finding<'_>, out: &mut Vec<u8>) {
    with_severity(finding, severity(finding.severity()), "", out);
}

/// Renders a waived finding. GitLab has no state for it, so it is only information.
fn waived(finding: &Finding<'_>, out: &mut Vec<u8>) {
    let reason = finding.waiver.as_ref().map_or("", |waiver| &*waiver.reason);
    with_severity(finding, "info", &format!("waived ({reason}): "), out);
}

fn with_severity(finding: &Finding<'_>, severity: &'static str, before: &str, out: &mut Vec<u8>) {
    let violation = &finding.violation;
    let suggestion = violation.suggestion.as_ref().map(|suggestion| format!("; {}", instead(suggestion)));
    let text =
        format!("{before}{}: {}{}", finding.resource.called(), violation.message, suggestion.as_deref().unwrap_or(""));
    let place = EntryLocation::of(finding.resource, finding.location());
    render(out, finding.rule.id, severity, hex(&finding.fingerprint()), &text, place);
}

/// Renders a result that nobody can know, with its reason.
fn unknown(resource: &Resource<'_>, unknown: &UnknownResult<'_>, out: &mut Vec<u8>) {
    let text = format!("{}: unknown: {}", resource.called(), reason_with_location(unknown));
    let parts = [unknown.rule.id.as_str(), unknown.key.as_deref().unwrap_or(""), &text].map(str::as_bytes);
    let place = EntryLocation::of(resource, resource.location.as_ref());
    render(out, &unknown.rule.id, "info", hex(&sha256(parts)[..16]), &text, place);
}

#[cfg(test)]
mod tests;
