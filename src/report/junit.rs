//! `JUnit` XML for the test tabs of GitHub, GitLab and Jenkins: one suite per rule, one case per finding.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::ControlFlow;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::coverage::{missed, not_judged_item};
use super::format::ReportFormat;
use super::messages::{instead, reason_with_location, unread};
use super::options::{ReportOptions, Show};
use crate::base::{LogSpelling, count, escape};
use crate::engine::{Finding, Report, ResourceReport, RuleSummary};
use crate::model::Resource;
use crate::policy::{Grace, Rule};

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "junit",
    extensions: &[".xml"],
    about: "JUnit XML for the test tabs of CI systems",
    log: LogSpelling::Markup,
    render: write,
};

/// The numbers in the attributes of a suite.
#[derive(Debug, Clone, Copy, Default)]
struct SuiteCounts {
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

impl SuiteCounts {
    /// Counts the cases of a rule. `tests` is the number of resources that the rule matched, or of cases if those are
    /// more.
    fn of(tally: &RuleSummary, options: &ReportOptions) -> Self {
        let waived = if options.shows(Show::Waived) { tally.waived } else { 0 };
        // A rule without matching resources, or without findings, still has one case.
        let idle = u64::from(tally.matched == 0);
        let green = u64::from(tally.matched > 0 && tally.findings + tally.unknown == 0);
        // A finding in its grace period does not fail.
        let (failures, skipped) = (tally.findings - tally.grace, tally.unknown + tally.grace + waived + idle);
        Self { tests: tally.matched.max(failures + skipped + green), failures, errors: 0, skipped }
    }

    fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    fn start<'n>(self, element: &'n str, name: &str) -> BytesStart<'n> {
        let mut start = BytesStart::new(element);
        start.push_attribute(("name", &*xml(name)));
        for (attribute, n) in
            [("tests", self.tests), ("failures", self.failures), ("errors", self.errors), ("skipped", self.skipped)]
        {
            start.push_attribute((attribute, n.to_string().as_str()));
        }
        start.push_attribute(("time", "0"));
        start
    }
}

/// Writes a suite for every selected rule, one for the targets, and one for the gaps.
///
/// A report streams by severity and resource, but a suite contains one rule. Each rule with findings therefore reads
/// the flagged resources once more. This costs rules with findings × flagged resources; a rule without findings costs
/// nothing.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let gaps = unread(report);
    let incomplete = SuiteCounts { tests: gaps.len() as u64, errors: gaps.len() as u64, ..SuiteCounts::default() };
    let all = report.policy().rules.iter().zip(&report.summary().rules).zip(&report.settings().chosen);
    let rules: Vec<(&Rule, &RuleSummary)> = all.filter(|(_, chosen)| **chosen).map(|(rule, _)| rule).collect();
    let missed: Vec<String> = missed(report).map(not_judged_item).collect();
    let passed_over =
        SuiteCounts { tests: missed.len() as u64, skipped: missed.len() as u64, ..SuiteCounts::default() };
    let mut sum = incomplete;
    sum.add(passed_over);
    for (_, tally) in &rules {
        sum.add(SuiteCounts::of(tally, options));
    }
    let of_targets = targets::counts(report);
    sum.add(of_targets);

    let mut out = Writer::new(out);
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    line(&mut out)?;
    out.write_event(Event::Start(sum.start("testsuites", "taglint")))?;
    for rule in rules {
        line(&mut out)?;
        out.write_event(Event::Start(SuiteCounts::of(rule.1, options).start("testsuite", &rule.0.id)))?;
        suite(report, rule, options, &mut out)?;
        line(&mut out)?;
        out.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    targets::suite(report, of_targets, &mut out)?;
    if !gaps.is_empty() {
        line(&mut out)?;
        out.write_event(Event::Start(incomplete.start("testsuite", "incomplete")))?;
        for (place, error) in &gaps {
            let name = if place.is_empty() { "tags" } else { place };
            let outcome = CaseResult { element: "error", kind: "unread", message: error, text: String::new() };
            case(&mut out, "taglint", name, Some(&outcome))?;
        }
        line(&mut out)?;
        out.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    if !missed.is_empty() {
        line(&mut out)?;
        out.write_event(Event::Start(passed_over.start("testsuite", "not judged")))?;
        for item in &missed {
            case(&mut out, "taglint", item, Some(&CaseResult::skipped("not judged")))?;
        }
        line(&mut out)?;
        out.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    line(&mut out)?;
    out.write_event(Event::End(BytesEnd::new("testsuites")))?;
    line(&mut out)
}

/// The outcome of a test case that did not pass.
struct CaseResult<'o> {
    element: &'static str,
    kind: &'o str,
    message: &'o str,
    /// The content of the element, in one or more lines.
    text: String,
}

impl<'o> CaseResult<'o> {
    fn skipped(message: &'o str) -> Self {
        Self { element: "skipped", kind: "", message, text: String::new() }
    }

    fn failure(finding: &'o Finding<'_>) -> Self {
        let violation = &finding.violation;
        let mut text = xml(&violation.message).into_owned();
        if let Some(suggestion) = &violation.suggestion {
            text.push('\n');
            text.push_str(&xml(&instead(suggestion)));
        }
        if let Some(at) = finding.location() {
            text.push('\n');
            text.push_str(&xml(&format!("at {}:{}", at.path, at.line)));
        }
        // Help comes from the policy and may have several lines. In text from a tag, a line break is hostile and is
        // escaped.
        for line in finding.rule.help.iter().flat_map(|help| help.lines()) {
            text.push('\n');
            text.push_str(&xml(line));
        }
        Self { element: "failure", kind: violation.kind.name(), message: &violation.message, text }
    }
}

/// Writes the cases of one rule.
fn suite(
    report: &Report,
    (rule, tally): (&Rule, &RuleSummary),
    options: &ReportOptions,
    out: &mut Writer<&mut dyn Write>,
) -> io::Result<()> {
    if tally.matched == 0 {
        let name = format!("{}: no resource", rule.id);
        return case(out, "taglint", &name, Some(&CaseResult::skipped("no resource that the rule applies to")));
    }
    let waived = options.shows(Show::Waived);
    if tally.findings + tally.unknown == 0 {
        // Viewers do not show a suite without cases, so this rule gets one that passed.
        let name = format!("{}: all {}", rule.id, count(tally.matched, "resource"));
        case(out, "taglint", &name, None)?;
        if !waived || tally.waived == 0 {
            return Ok(());
        }
    }
    let render = |reported: &ResourceReport<'_>, bytes: &mut Vec<u8>| {
        cases(reported, rule, waived, &mut Writer::new(bytes)).expect("writing to memory cannot fail");
    };
    report.resources(render, &mut |bytes| out.get_mut().write_all(bytes).map(ControlFlow::Continue))
}

/// Writes the test cases of one rule and one resource.
fn cases(
    reported: &ResourceReport<'_>,
    rule: &Rule,
    show_waived: bool,
    out: &mut Writer<&mut Vec<u8>>,
) -> io::Result<()> {
    let place = place(reported.resource);
    for finding in reported.findings.iter().filter(|finding| finding.rule.id == rule.id) {
        let name = name(reported.resource, finding.violation.key.as_deref(), rule);
        match &finding.waiver {
            None if matches!(finding.grace, Grace::Until(_)) => {
                case(out, &place, &name, Some(&CaseResult::skipped(&finding.violation.message)))?;
            }
            None => case(out, &place, &name, Some(&CaseResult::failure(finding)))?,
            Some(waiver) if show_waived => {
                case(out, &place, &name, Some(&CaseResult::skipped(&format!("waived: {}", waiver.reason))))?;
            }
            Some(_) => {}
        }
    }
    for unknown in reported.unknown.iter().filter(|unknown| unknown.rule.id == rule.id) {
        let name = name(reported.resource, unknown.key.as_deref(), rule);
        case(out, &place, &name, Some(&CaseResult::skipped(&reason_with_location(unknown))))?;
    }
    Ok(())
}

fn place(resource: &Resource<'_>) -> String {
    let region = resource.region.as_deref().unwrap_or("global");
    format!("{}/{region}/{}", resource.account.as_deref().unwrap_or("-"), resource.kind.as_str())
}

/// The name of a case. It contains the rule, because GitLab keeps only one of the cases with the same class and name,
/// even if they are in different suites.
fn name(resource: &Resource<'_>, key: Option<&str>, rule: &Rule) -> String {
    let key = key.map(|key| format!(" {key}")).unwrap_or_default();
    format!("{}{key} ({})", resource.handle(), rule.id)
}

fn case<W: Write>(out: &mut Writer<W>, class: &str, name: &str, outcome: Option<&CaseResult<'_>>) -> io::Result<()> {
    line(out)?;
    let mut start = BytesStart::new("testcase");
    start.extend_attributes([("classname", &*xml(class)), ("name", &*xml(name)), ("time", "0")]);
    let Some(outcome) = outcome else { return out.write_event(Event::Empty(start)) };
    out.write_event(Event::Start(start))?;
    let mut inner = BytesStart::new(outcome.element);
    if !outcome.kind.is_empty() {
        inner.push_attribute(("type", outcome.kind));
    }
    inner.push_attribute(("message", &*xml(outcome.message)));
    if outcome.text.is_empty() {
        out.write_event(Event::Empty(inner))?;
    } else {
        out.write_event(Event::Start(inner))?;
        out.write_event(Event::Text(BytesText::new(&outcome.text)))?;
        out.write_event(Event::End(BytesEnd::new(outcome.element)))?;
    }
    out.write_event(Event::End(BytesEnd::new("testcase")))
}

fn line<W: Write>(out: &mut Writer<W>) -> io::Result<()> {
    out.get_mut().write_all(b"\n")
}

/// Replaces characters that XML 1.0 cannot represent: most control characters, U+FFFE and U+FFFF. The XML writer
/// escapes the rest.
fn xml(text: &str) -> Cow<'_, str> {
    let text = escape(text);
    if text.contains(['\u{fffe}', '\u{ffff}']) {
        return Cow::Owned(text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}"));
    }
    text
}

mod targets;
#[cfg(test)]
mod tests;
