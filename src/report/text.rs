//! Text for people: findings grouped by resource, with the wrong part underlined and the fix, then a summary.

mod paint;
mod summary;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::ControlFlow;

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use self::paint::{Paint, paint};
use self::summary::summary;
use super::cost::short;
use super::format::ReportFormat;
use super::options::{ReportOptions, Show};
use super::targets::{target_sentence, targets as target_results};
use crate::base::{LogSpelling, escape, quote};
use crate::engine::{BaselineState, Finding, Report, ResourceCost, ResourceReport, TargetState};
use crate::model::{Location, Resource, Tags};
use crate::report::messages::{grouped_gaps, reason_with_location};
use crate::rule::Suggestion;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "text",
    extensions: &[".txt"],
    about: "Text for people: findings grouped by resource, each with what to write instead",
    log: LogSpelling::Text,
    render: write,
};

fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint::new(options.color);
    if !options.quiet {
        let render = |reported: &ResourceReport<'_>, text: &mut Vec<u8>| {
            text.extend_from_slice(resource(reported, options, paint).as_bytes());
        };
        report.resources(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    }
    out.write_all(targets(report, options, paint).as_bytes())?;
    out.write_all(gaps(report, paint).as_bytes())?;
    out.write_all(notices(report, paint).as_bytes())?;
    out.write_all(summary(report, options, paint)?.as_bytes())
}

/// The entry of one resource; empty if there is nothing to show.
fn resource(reported: &ResourceReport<'_>, options: &ReportOptions, p: Paint) -> String {
    let mut text = String::new();
    for finding in &reported.findings {
        match &finding.waiver {
            None => text += &self::finding(finding, options, p),
            Some(waiver) if options.shows(Show::Waived) => {
                let line =
                    format!("{} ({}, {})", escape(&finding.violation.message), escape(&waiver.reason), waiver.end());
                let _ = writeln!(text, "  {} {}  {line}", paint(p.dim, "waived "), paint(p.dim, finding.rule.id));
            }
            Some(_) => {}
        }
    }
    text += &unknown(reported, options, p);
    if text.is_empty() && !(options.shows(Show::Passed) && reported.unknown.is_empty()) {
        return text;
    }
    if text.is_empty() {
        let _ = writeln!(text, "  {}", paint(p.good, "pass"));
    }
    let cost = reported.cost.as_ref().map(|cost| match cost {
        ResourceCost::Known { .. } => format!("  {}", paint(p.bold, &escape(&short(cost)))),
        ResourceCost::Unknown(_) => format!("  {}", paint(p.dim, "cost unknown")),
    });
    format!("{}{}\n{text}\n", heading(reported.resource, p), cost.unwrap_or_default())
}

fn heading(resource: &Resource<'_>, p: Paint) -> String {
    let mut out =
        format!("{} {}", escape(&resource.kind), paint(p.bold, &escape(resource.name.as_deref().unwrap_or("?"))));
    if let Some(name) = &resource.account_name {
        let _ = write!(out, " in {}", escape(name));
    }
    let _ = write!(out, "  {}", paint(p.dim, &escape(&resource.called())));
    if let Some(at) = &resource.location {
        let _ = write!(out, "  {}", location(at));
    }
    out
}

/// A location in the form that editors open: `main.tf:14:5`.
fn location(at: &Location) -> String {
    let column = at.column.map(|column| format!(":{column}")).unwrap_or_default();
    format!("{}:{}{column}", escape(&at.path), at.line)
}

fn finding(finding: &Finding<'_>, options: &ReportOptions, p: Paint) -> String {
    let style = p.severity(finding.severity());
    let severity = format!("{:<7}", finding.severity().name());
    let known =
        if finding.state == BaselineState::Unchanged { paint(p.dim, " (in the baseline)") } else { String::new() };
    let violation = &finding.violation;
    // Messages are safe already; this keeps a template's own line breaks from breaking the layout.
    let message = escape(&violation.message);
    let mut out = format!("  {} {}  {message}{known}\n", paint(style, &severity), paint(p.bold, finding.rule.id));
    if let Some(at) = finding.location().filter(|at| finding.resource.location.as_ref() != Some(at)) {
        let _ = writeln!(out, "          {}", paint(p.dim, &location(at)));
    }
    out += &excerpt(finding, style);
    if let Some(suggestion) = &violation.suggestion {
        let _ = writeln!(out, "          {} {}", paint(p.good, "fix:"), instruction(suggestion));
    }
    if options.verbose > 0 && !finding.rule.description.is_empty() {
        let _ = writeln!(out, "          {}", paint(p.dim, &escape(finding.rule.description)));
    }
    if let Some(help) = &finding.rule.help
        && options.verbose > 0
    {
        let _ = writeln!(out, "          {} {}", paint(p.dim, "help:"), escape(help));
    }
    out
}

/// The tag as it is, with the wrong part underlined.
fn excerpt(finding: &Finding<'_>, style: Style) -> String {
    let violation = &finding.violation;
    let Some(found) = &violation.found else { return String::new() };
    let (key, value) = (quote_key(found), violation.value.as_deref().map(quote));
    let line = match &value {
        Some(value) => format!("{key} = {value}"),
        None => key.clone(),
    };
    let (start, width) = match &value {
        Some(value) if !violation.is_about_key => (key.width() + 3, value.width()),
        _ => (0, key.width()),
    };
    let marks = format!("{}{}", " ".repeat(start), paint(style, &"^".repeat(width.max(1))));
    format!("          {line}\n          {marks}\n")
}

/// A key in the form of TOML: bare if possible.
fn quote_key(key: &str) -> String {
    let quoted = quote(key);
    let bare = !key.is_empty() && key.trim() == key && quoted[1..quoted.len() - 1] == *key;
    if bare { key.to_owned() } else { quoted }
}

/// The instruction of a suggestion.
fn instruction(suggestion: &Suggestion) -> String {
    let set = suggestion.set.iter().map(|(key, value)| format!("{} = {}", quote_key(key), quote(value)));
    let mut parts: Vec<String> = set.map(|set| format!("set {set}")).collect();
    parts.extend(suggestion.remove.iter().map(|key| format!("remove {}", quote(key))));
    parts.join(", ")
}

/// The unknown results: one line for all rules with the same reason. Unless they are asked for, only those of a resource
/// whose tags could not be read: the summary counts the others by reason.
fn unknown(reported: &ResourceReport<'_>, options: &ReportOptions, p: Paint) -> String {
    let unread = matches!(reported.resource.tags, Tags::Unread { .. });
    if !unread && !options.shows(Show::Unknown) {
        return String::new();
    }
    let mut reasons: Vec<(Cow<'_, str>, Vec<&str>)> = Vec::new();
    for unknown in &reported.unknown {
        let reason = reason_with_location(unknown);
        match reasons.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, rules)) => rules.push(&unknown.rule.id),
            None => reasons.push((reason, vec![&unknown.rule.id])),
        }
    }
    let mut out = String::new();
    for (reason, rules) in reasons {
        let what = if unread && !options.shows(Show::Unknown) {
            format!("its tags could not be read: {}", escape(&reason))
        } else {
            format!("{}  {}", rules.join(", "), escape(&reason))
        };
        let _ = writeln!(out, "  {} {what}", paint(p.unknown, "unknown"));
    }
    out
}

/// The targets that are missed or unknown, with `-v` all of them.
fn targets(report: &Report, options: &ReportOptions, p: Paint) -> String {
    let mut out = String::new();
    for (target, result) in target_results(report) {
        let word = match result.state {
            TargetState::Missed => paint(p.severity(target.severity), &format!("{:<7}", target.severity.name())),
            TargetState::Unknown => paint(p.unknown, "unknown"),
            TargetState::Met | TargetState::NotApplicable if options.verbose == 0 => continue,
            TargetState::Met => paint(p.good, "pass   "),
            TargetState::NotApplicable => paint(p.dim, "unused "),
        };
        let known = result.state == TargetState::Missed && result.baseline() == BaselineState::Unchanged;
        let known = if known { paint(p.dim, " (in the baseline)") } else { String::new() };
        let sentence = target_sentence(target, result);
        let _ = writeln!(out, "  {word} {}  {}{known}", paint(p.bold, &target.id), escape(&sentence));
        if let Some(help) = target.help.as_ref().filter(|_| options.verbose > 0) {
            let _ = writeln!(out, "          {} {}", paint(p.dim, "help:"), escape(help));
        }
    }
    if out.is_empty() { out } else { format!("Targets\n{out}\n") }
}

fn gaps(report: &Report, p: Paint) -> String {
    let mut out = String::new();
    if report.gaps().is_empty() {
        return out;
    }
    let _ = writeln!(out, "{}", paint(p.unknown, "Could not be read"));
    for gap in grouped_gaps(report.gaps()) {
        let scope =
            [&gap.account, &gap.region, &gap.kind].into_iter().flatten().map(|part| escape(part)).collect::<Vec<_>>();
        let scope = if scope.is_empty() { String::new() } else { format!("{}  ", scope.join(" ")) };
        let _ = writeln!(out, "  {scope}{}", escape(&gap.error));
    }
    out.push('\n');
    out
}

fn notices(report: &Report, p: Paint) -> String {
    let mut out = String::new();
    for notice in report.notices() {
        let style = if notice.level == "warning" { p.warning } else { p.note };
        let _ = writeln!(out, "{}: {}", paint(style, notice.level), escape(&notice.message));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}
