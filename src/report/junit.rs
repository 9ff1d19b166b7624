//! `JUnit` XML for the test tabs of GitHub, GitLab and Jenkins: one suite per rule, one case per finding.

mod element;
mod targets;

use std::io::{self, Write};
use std::ops::ControlFlow;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, Event};

use self::element::{CaseResult, SuiteCounts, case, case_at, line, properties, xml};
use super::coverage::{missed, not_judged_item};
use super::envelope::Envelope;
use super::format::ReportFormat;
use super::messages::{instead, reason_with_location, unread};
use super::options::{ReportOptions, Show};
use crate::base::{LogSpelling, count};
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

impl SuiteCounts {
    /// Counts the cases of a rule.
    fn of(tally: &RuleSummary, options: &ReportOptions) -> Self {
        let waived = if options.shows(Show::Waived) { tally.waived } else { 0 };
        // A rule without matching resources, or without findings, still has one case.
        let idle = u64::from(tally.matched == 0);
        let green = u64::from(rest(tally).is_some());
        // A finding in its grace period does not fail.
        let (failures, skipped) = (tally.findings - tally.grace, tally.unknown + tally.grace + waived + idle);
        Self { tests: failures + skipped + green, failures, errors: 0, skipped }
    }
}

/// The name of the case of all resources without a case of their own; `None` if there may be no such resource.
fn rest(tally: &RuleSummary) -> Option<String> {
    if tally.matched > 0 && tally.findings + tally.unknown == 0 {
        // Viewers do not show a suite without cases, so this rule gets one that passed.
        return Some(format!("all {}", count(tally.matched, "resource")));
    }
    // A resource may have several findings of a rule, so this is less than the number of resources that pass.
    let pass = tally.matched.saturating_sub(tally.findings + tally.unknown + tally.waived);
    (pass > 0).then(|| "all other resources".to_owned())
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
    let envelope = Envelope::new(report);
    let timestamp = format!("{}T00:00:00", envelope.generated);
    let suite_start = |counts: SuiteCounts, name: &str| {
        let mut start = counts.start("testsuite", name);
        start.push_attribute(("timestamp", timestamp.as_str()));
        start
    };
    for (at, rule) in rules.into_iter().enumerate() {
        line(&mut out)?;
        out.write_event(Event::Start(suite_start(SuiteCounts::of(rule.1, options), &rule.0.id)))?;
        if at == 0 {
            // The format has properties of suites only.
            properties(&mut out, &envelope.rows())?;
        }
        suite(report, rule, options, &mut out)?;
        line(&mut out)?;
        out.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    targets::suite(report, of_targets, &mut out)?;
    if !gaps.is_empty() {
        line(&mut out)?;
        out.write_event(Event::Start(suite_start(incomplete, "incomplete")))?;
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
        out.write_event(Event::Start(suite_start(passed_over, "not judged")))?;
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

impl<'o> CaseResult<'o> {
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
    if let Some(rest) = rest(tally) {
        case(out, "taglint", &format!("{}: {rest}", rule.id), None)?;
    }
    if tally.findings + tally.unknown == 0 && !(waived && tally.waived > 0) {
        return Ok(());
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
        let at = finding.location();
        match &finding.waiver {
            None if matches!(finding.grace, Grace::Until(_)) => {
                case_at(out, &place, &name, at, Some(&CaseResult::skipped(&finding.violation.message)))?;
            }
            None => case_at(out, &place, &name, at, Some(&CaseResult::failure(finding)))?,
            Some(waiver) if show_waived => {
                let reason = format!("waived: {}", waiver.reason);
                case_at(out, &place, &name, at, Some(&CaseResult::skipped(&reason)))?;
            }
            Some(_) => {}
        }
    }
    for unknown in reported.unknown.iter().filter(|unknown| unknown.rule.id == rule.id) {
        let name = name(reported.resource, unknown.key.as_deref(), rule);
        let (at, reason) = (reported.resource.location.as_ref(), reason_with_location(unknown));
        case_at(out, &place, &name, at, Some(&CaseResult::skipped(&reason)))?;
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

#[cfg(test)]
mod tests;
