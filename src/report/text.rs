//! Text for people: findings grouped by resource, with the wrong part underlined and the fix, then a summary.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::ControlFlow;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use super::coverage::{self, not_judged_item, not_judged_line};
use super::format::ReportFormat;
use super::messages::baseline_parts;
use super::options::{ReportOptions, Show};
use crate::base::{LogSpelling, count, escape, quote, thousands};
use crate::engine::{BaselineState, Finding, Report, ResourceReport};
use crate::model::{Location, Resource, Tags};
use crate::policy::Severity;
use crate::rule::{Suggestion, ViolationKind};

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "text",
    extensions: &[".txt"],
    about: "Text for people: findings grouped by resource, each with what to write instead",
    log: LogSpelling::Text,
    render: write,
};

/// The styles of a report; all plain without color.
#[derive(Clone, Copy)]
struct Paint {
    error: Style,
    warning: Style,
    note: Style,
    unknown: Style,
    good: Style,
    bold: Style,
    dim: Style,
}

impl Paint {
    fn new(color: bool) -> Self {
        let of = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        let none = Style::new();
        if !color {
            return Self { error: none, warning: none, note: none, unknown: none, good: none, bold: none, dim: none };
        }
        Self {
            error: of(AnsiColor::Red).bold(),
            warning: of(AnsiColor::Yellow).bold(),
            note: of(AnsiColor::Cyan).bold(),
            unknown: of(AnsiColor::Magenta).bold(),
            good: of(AnsiColor::Green).bold(),
            bold: none.bold(),
            dim: none.dimmed(),
        }
    }

    fn severity(self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Note => self.note,
        }
    }
}

/// `text` in a style.
fn paint(style: Style, text: &str) -> String {
    if style.is_plain() { text.to_owned() } else { format!("{style}{text}{style:#}") }
}

fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint::new(options.color);
    if !options.quiet {
        let render = |reported: &ResourceReport<'_>, text: &mut Vec<u8>| {
            text.extend_from_slice(resource(reported, options, paint).as_bytes());
        };
        report.resources(render, &mut |bytes| out.write_all(bytes).map(ControlFlow::Continue))?;
    }
    out.write_all(gaps(report, paint).as_bytes())?;
    out.write_all(notices(report, paint).as_bytes())?;
    out.write_all(summary(report, options, paint).as_bytes())
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
                let _ = writeln!(text, "  {} {}  {line}", paint(p.dim, "waived "), paint(p.dim, &finding.rule.id));
            }
            Some(_) => {}
        }
    }
    text += &unknown(reported, options, p);
    if text.is_empty() && !options.shows(Show::Passed) {
        return text;
    }
    if text.is_empty() {
        let _ = writeln!(text, "  {}", paint(p.good, "pass"));
    }
    format!("{}\n{text}\n", heading(reported.resource, p))
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
    let style = p.severity(finding.rule.severity);
    let severity = format!("{:<7}", finding.rule.severity.name());
    let known =
        if finding.state == BaselineState::Unchanged { paint(p.dim, " (in the baseline)") } else { String::new() };
    let violation = &finding.violation;
    // Messages are safe already; this keeps a template's own line breaks from breaking the layout.
    let message = escape(&violation.message);
    let mut out = format!("  {} {}  {message}{known}\n", paint(style, &severity), paint(p.bold, &finding.rule.id));
    if let Some(at) = finding.location().filter(|at| finding.resource.location.as_ref() != Some(at)) {
        let _ = writeln!(out, "          {}", paint(p.dim, &location(at)));
    }
    out += &excerpt(finding, style);
    if let Some(suggestion) = &violation.suggestion {
        let _ = writeln!(out, "          {} {}", paint(p.good, "fix:"), instruction(suggestion));
    }
    if options.verbose > 0 && !finding.rule.description.is_empty() {
        let _ = writeln!(out, "          {}", paint(p.dim, &escape(&finding.rule.description)));
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
    let on_key = matches!(
        violation.kind,
        ViolationKind::Misspelled
            | ViolationKind::Forbidden
            | ViolationKind::Undeclared
            | ViolationKind::KeyStyle
            | ViolationKind::Syntax
    ) || value.is_none()
        || (violation.kind == ViolationKind::Duplicate && finding.rule.kind.name() == "syntax");
    let (start, width) =
        if on_key { (0, key.width()) } else { (key.width() + 3, value.as_deref().map_or(0, str::width)) };
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

/// The unknown results: one line for all rules with the same reason.
fn unknown(reported: &ResourceReport<'_>, options: &ReportOptions, p: Paint) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for unknown in &reported.unknown {
        match reasons.iter_mut().find(|(reason, _)| *reason == &*unknown.reason) {
            Some((_, rules)) => rules.push(&unknown.rule.id),
            None => reasons.push((&unknown.reason, vec![&unknown.rule.id])),
        }
    }
    let unread = matches!(reported.resource.tags, Tags::Unread { .. });
    let mut out = String::new();
    for (reason, rules) in reasons {
        let what = if unread && !options.shows(Show::Unknown) {
            format!("its tags could not be read: {}", escape(reason))
        } else {
            format!("{}  {}", rules.join(", "), escape(reason))
        };
        let _ = writeln!(out, "  {} {what}", paint(p.unknown, "unknown"));
    }
    out
}

fn gaps(report: &Report, p: Paint) -> String {
    let mut out = String::new();
    if report.gaps().is_empty() {
        return out;
    }
    let _ = writeln!(out, "{}", paint(p.unknown, "Could not be read"));
    for gap in report.gaps() {
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

fn summary(report: &Report, options: &ReportOptions, p: Paint) -> String {
    let tally = report.summary();
    let mut out = String::new();
    let total: u64 = tally.findings.iter().sum();
    if total > 0 {
        out += &rule_table(report, p);
    }
    if tally.types.len() > 1 || options.verbose > 0 {
        for (kind, counts) in &tally.types {
            let share = percent(counts.compliant, counts.resources);
            let _ = writeln!(
                out,
                "  {:<24} {:>9} of {:>9} pass  {share:>4}",
                escape(kind),
                thousands(counts.compliant),
                thousands(counts.resources)
            );
        }
        if !tally.types.is_empty() {
            out.push('\n');
        }
    }
    let mut parts = Vec::new();
    for severity in Severity::ALL {
        let n = tally.findings[severity as usize];
        if n > 0 {
            parts.push(paint(p.severity(severity), &count(n, severity.name())));
        }
    }
    let new: u64 = tally.new.iter().sum();
    if report.settings().baseline.is_some() {
        parts.push(format!("{} new", thousands(new)));
        parts.extend(baseline_parts(report));
    }
    if tally.waived > 0 {
        parts.push(format!("{} waived", thousands(tally.waived)));
    }
    let verdict = if total == 0 { paint(p.good, "no findings") } else { parts.remove(0) };
    let rest = parts.into_iter().fold(String::new(), |all, part| all + ", " + &part);
    let _ = writeln!(out, "{verdict}{rest} in {}", count(tally.resources, "resource"));
    let _ = write!(
        out,
        "{} pass ({}), {} fail, {} unknown",
        thousands(tally.compliant),
        percent(tally.compliant, tally.resources),
        thousands(tally.violating),
        thousands(tally.unknown)
    );
    out.push('\n');
    if !report.complete() {
        let unread = if tally.unread > 0 {
            format!("the tags of {} could not be read", count(tally.unread, "resource"))
        } else {
            String::new()
        };
        let gaps = report.gaps().len() as u64;
        let gaps = if gaps > 0 { format!("{} could not be read", count(gaps, "scope")) } else { String::new() };
        let both = [gaps, unread].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", and ");
        let _ = writeln!(out, "{} {both}", paint(p.unknown, "incomplete:"));
    }
    if !report.not_enabled().is_empty() {
        let _ = writeln!(out, "not enabled, so not read: {}", escape(&report.not_enabled().join(", ")));
    }
    out += &not_judged(report, options, p);
    let _ = writeln!(out, "policy: {}", policy_files(report));
    out
}

/// The resources and paths that no rule judged: one line, with `-v` all groups.
fn not_judged(report: &Report, options: &ReportOptions, p: Paint) -> String {
    let Some(line) = not_judged_line(report) else { return String::new() };
    if options.verbose == 0 {
        return format!("{line}; -v lists them\n");
    }
    let mut out = format!("{line}\n");
    for group in coverage::not_judged(report) {
        let _ = writeln!(out, "  {}", paint(p.dim, &escape(&not_judged_item(group))));
    }
    out
}

/// The policy's files, since the change that is checked may include them.
fn policy_files(report: &Report) -> String {
    const SHOWN: usize = 6;
    let files = &report.policy().files;
    let mut names: Vec<String> =
        files.iter().take(SHOWN).map(|file| escape(&file.display().to_string()).into_owned()).collect();
    if files.len() > SHOWN {
        names.push(count((files.len() - SHOWN) as u64, "more file"));
    }
    names.join(", ")
}

/// The rules with the most findings first.
fn rule_table(report: &Report, p: Paint) -> String {
    const SHOWN: usize = 12;
    let mut rules: Vec<_> =
        report.policy().rules.iter().zip(&report.summary().rules).filter(|(_, tally)| tally.findings > 0).collect();
    rules.sort_by(|a, b| b.1.findings.cmp(&a.1.findings).then_with(|| a.0.id.cmp(&b.0.id)));
    let width = rules.iter().take(SHOWN).map(|(rule, _)| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (rule, tally) in rules.iter().take(SHOWN) {
        let what = if rule.description.is_empty() {
            String::new()
        } else {
            format!("  {}", paint(p.dim, &escape(&rule.description)))
        };
        let _ = writeln!(out, "  {:<width$} {:>9}{what}", rule.id, thousands(tally.findings));
    }
    if rules.len() > SHOWN {
        let _ = writeln!(out, "  … and {} more rules", rules.len() - SHOWN);
    }
    out.push('\n');
    out
}

/// A share in whole percent. It is rounded down, so that 100% means all; a share of nothing is a dash.
fn percent(part: u64, whole: u64) -> String {
    (part * 100).checked_div(whole).map_or_else(|| "–".to_owned(), |share| format!("{share}%"))
}
