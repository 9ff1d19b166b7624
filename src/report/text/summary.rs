//! The summary of a text report: the rules with the most findings, the types, the totals, and the parts that could not be
//! read or that no rule judged.

use std::fmt::Write as _;
use std::io;

use super::entry::DETAIL;
use super::paint::{Paint, paint};
use super::shown::CutReport;
use crate::base::{Paragraph, count, escape, thousands};
use crate::engine::{Report, TypeSummary};
use crate::model::remedies;
use crate::policy::Severity;
use crate::report::cost;
use crate::report::coverage::{not_judged as not_judged_groups, not_judged_item, not_judged_line};
use crate::report::envelope::Envelope;
use crate::report::messages::{baseline_parts, grouped_gaps, unknown_groups};
use crate::report::options::{ReportOptions, Show};

/// The summary at the end of a report. The totals come last, where a terminal leaves off.
///
/// # Errors
/// If the input cannot be read again.
pub(super) fn summary(
    report: &Report,
    options: &ReportOptions,
    p: Paint,
    cut: Option<CutReport>,
) -> io::Result<String> {
    let mut out = String::new();
    if report.summary().counts.findings.iter().sum::<u64>() > 0 {
        out += &rule_table(report, options, p);
    }
    if report.summary().types.len() > 1 || options.verbose > 0 {
        out += &type_table(report, options);
    }
    for (name, text) in cost::rows(report) {
        out += &wrapped(&escape(&format!("{name}: {text}")), options);
    }
    out += &unknown_reasons(report, options)?;
    if !report.not_enabled().is_empty() {
        let line = format!("not enabled, so not read: {}", report.not_enabled().join(", "));
        out += &wrapped(&escape(&line), options);
    }
    out += &not_judged(report, options, p);
    out += &wrapped(&format!("policy: {}", policy_files(report)), options);
    let envelope = Envelope::new(report);
    out += &wrapped(&escape(&envelope.sentence()), options);
    if options.verbose > 0 {
        let is_new = |name: &str| cost::rows(report).iter().all(|(row, _)| *row != name);
        for (name, text) in envelope.rows().into_iter().filter(|(name, _)| is_new(name)) {
            let line = Paragraph::indented(2).words(0, &format!("{name}:")).words(1, &escape(&text));
            out += &line.wrapped(options.width, 4);
        }
    }
    out.push('\n');
    if let Some(cut) = cut {
        out += &cut_line(report, cut, options, p);
    }
    out += &incomplete_line(report, options, p);
    out += &totals(report, options, p);
    Ok(out)
}

/// A line of the summary.
fn wrapped(text: &str, options: &ReportOptions) -> String {
    Paragraph::indented(0).words(0, text).wrapped(options.width, 2)
}

/// The number of findings that are shown, and how to see the others.
fn cut_line(report: &Report, cut: CutReport, options: &ReportOptions, p: Paint) -> String {
    let order = if report.cost_totals().is_some() {
        "the most expensive resources first"
    } else if report.settings().baseline.is_some() {
        "new ones and errors first"
    } else {
        "errors first"
    };
    let line = Paragraph::indented(0).whole(0, paint(p.bold, "shown:"));
    // The totals count missed targets too.
    let on_resources = if cut.missed > 0 { " on resources" } else { "" };
    let (shown, all) = (thousands(cut.shown), thousands(cut.all));
    let line = line.words(1, &format!("{shown} of {all} findings{on_resources}, {order};"));
    // What can be typed is not broken.
    let line = line.whole(1, "`--limit 0`").words(1, "shows all,").whole(1, "`--output tags.html`");
    line.words(1, "writes a page with filters").wrapped(options.width, 2)
}

/// The unknown results by reason: the most frequent ones, with `-v` all.
fn unknown_reasons(report: &Report, options: &ReportOptions) -> io::Result<String> {
    const SHOWN: usize = 10;
    let groups = unknown_groups(report)?;
    let shown = if options.verbose > 0 { groups.len() } else { SHOWN };
    if groups.is_empty() || options.quiet {
        return Ok(String::new());
    }
    let list = if options.shows(Show::Unknown) { "" } else { " (--show unknown lists them)" };
    let mut out = wrapped(&format!("unknown results by reason{list}:"), options);
    for group in groups.iter().take(shown) {
        let line = Paragraph::indented(2).whole(0, format!("{:>7}", thousands(group.count)));
        out += &line.words(2, &group.reason).wrapped(options.width, 11);
    }
    for remedy in remedies(groups.iter().take(shown).map(|group| group.reason.as_str())) {
        out += &Paragraph::indented(2).words(0, remedy).wrapped(options.width, 4);
    }
    if groups.len() > shown {
        let line = format!("{}; -v lists them", count((groups.len() - shown) as u64, "more reason"));
        out += &Paragraph::indented(2).words(0, &line).wrapped(options.width, 4);
    }
    out.push('\n');
    Ok(out)
}

/// The compliant share of each type. On a narrow terminal, the columns are as wide as their content, and the numbers stand
/// below a long name.
fn type_table(report: &Report, options: &ReportOptions) -> String {
    const WIDE: usize = 62;
    let without_rule = &report.coverage().types_without_rule;
    let types = || report.summary().types.iter().filter(|(kind, _)| !without_rule.contains(*kind));
    let longest = |length: &dyn Fn(&str, &TypeSummary) -> usize| {
        types().map(|(kind, counts)| length(kind, counts)).max().unwrap_or(0)
    };
    let (mut name, mut number) = (24, 9);
    if options.width.is_some_and(|width| width < WIDE) {
        name = longest(&|kind, _| escape(kind).len());
        number = longest(&|_, counts| thousands(counts.resources).len());
    }
    let mut out = String::new();
    for (kind, counts) in types() {
        let share = percent(counts.compliant, counts.resources);
        let (part, whole) = (thousands(counts.compliant), thousands(counts.resources));
        let numbers = format!("{part:>number$} of {whole:>number$} pass  {share:>4}");
        let line = Paragraph::indented(2).whole(0, format!("{:<name$}", escape(kind))).whole(1, numbers);
        out += &line.wrapped(options.width, 4);
    }
    if types().next().is_some() {
        out.push('\n');
    }
    out
}

/// The numbers of findings and of resources by verdict.
fn totals(report: &Report, options: &ReportOptions, p: Paint) -> String {
    let tally = &report.summary().counts;
    let parts = finding_counts(report, p);
    let (pass, judged) = report.passing();
    let found = format!("{} in {}", parts.join(", "), count(tally.resources, "resource"));
    let verdicts = format!(
        "{} pass ({}), {} fail, {} unknown",
        thousands(pass),
        percent(pass, judged),
        thousands(tally.violating),
        thousands(tally.unknown)
    );
    wrapped(&found, options) + &wrapped(&verdicts, options)
}

/// The numbers of findings: by severity, new, gone and waived.
fn finding_counts(report: &Report, p: Paint) -> Vec<String> {
    let tally = &report.summary().counts;
    let mut parts = Vec::new();
    for severity in Severity::ALL {
        let n = tally.findings[severity as usize];
        if n > 0 {
            parts.push(paint(p.severity(severity), &count(n, severity.name())));
        }
    }
    if parts.is_empty() {
        parts.push(paint(p.good, "no findings"));
    }
    if report.settings().baseline.is_some() {
        parts.push(format!("{} new", thousands(tally.new.iter().sum())));
        parts.extend(baseline_parts(report));
    }
    if tally.grace > 0 {
        parts.push(format!("{} in a grace period", thousands(tally.grace)));
    }
    if tally.waived > 0 {
        parts.push(format!("{} waived", thousands(tally.waived)));
    }
    parts
}

/// The line about scopes and tags that could not be read; empty for a complete report.
fn incomplete_line(report: &Report, options: &ReportOptions, p: Paint) -> String {
    if report.complete() {
        return String::new();
    }
    let (gaps, unread) = (grouped_gaps(report.gaps()).len() as u64, report.summary().counts.unread);
    let mut parts = Vec::new();
    if gaps > 0 {
        parts.push(format!("{} could not be read", count(gaps, "scope")));
    }
    if unread > 0 {
        parts.push(format!("the tags of {} could not be read", count(unread, "resource")));
    }
    wrapped(&format!("{} {}", paint(p.unknown, "incomplete:"), parts.join(", and ")), options)
}

/// The resources and paths that no rule judged: one line, with `-v` all groups.
fn not_judged(report: &Report, options: &ReportOptions, p: Paint) -> String {
    let Some(line) = not_judged_line(report) else { return String::new() };
    if options.verbose == 0 {
        return wrapped(&format!("{line}; -v lists them"), options);
    }
    let mut out = wrapped(&line, options);
    for group in not_judged_groups(report) {
        let item = paint(p.dim, &escape(&not_judged_item(group)));
        out += &Paragraph::indented(2).words(0, &item).wrapped(options.width, 4);
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
fn rule_table(report: &Report, options: &ReportOptions, p: Paint) -> String {
    const SHOWN: usize = 12;
    let mut rules: Vec<_> =
        report.policy().rules.iter().zip(&report.summary().rules).filter(|(_, tally)| tally.findings > 0).collect();
    rules.sort_by(|a, b| b.1.findings.cmp(&a.1.findings).then_with(|| a.0.id.cmp(&b.0.id)));
    let width = rules.iter().take(SHOWN).map(|(rule, _)| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (rule, tally) in rules.iter().take(SHOWN) {
        let mut line = Paragraph::indented(2).whole(0, format!("{:<width$}", rule.id));
        line = line.whole(1, format!("{:>9}", thousands(tally.findings)));
        if !rule.description.is_empty() {
            line = line.words(2, &paint(p.dim, &escape(&rule.description)));
        }
        out += &line.wrapped(options.width, DETAIL);
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
