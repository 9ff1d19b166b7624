//! The summary of a text report: the rules with the most findings, the types, the totals, and the parts that could not be
//! read or that no rule judged.

use std::fmt::Write as _;
use std::io;

use super::paint::{Paint, paint};
use crate::base::{count, escape, thousands};
use crate::engine::Report;
use crate::model::remedies;
use crate::policy::Severity;
use crate::report::cost;
use crate::report::coverage::{not_judged as not_judged_groups, not_judged_item, not_judged_line};
use crate::report::envelope::Envelope;
use crate::report::messages::{baseline_parts, grouped_gaps, unknown_groups};
use crate::report::options::{ReportOptions, Show};

/// The summary at the end of a report.
///
/// # Errors
/// If the input cannot be read again.
pub(super) fn summary(report: &Report, options: &ReportOptions, p: Paint) -> io::Result<String> {
    let mut out = String::new();
    if report.summary().counts.findings.iter().sum::<u64>() > 0 {
        out += &rule_table(report, p);
    }
    if report.summary().types.len() > 1 || options.verbose > 0 {
        out += &type_table(report);
    }
    out += &totals(report, p);
    for (name, text) in cost::rows(report) {
        let _ = writeln!(out, "{name}: {}", escape(&text));
    }
    out += &unknown_reasons(report, options)?;
    out += &incomplete_line(report, p);
    if !report.not_enabled().is_empty() {
        let _ = writeln!(out, "not enabled, so not read: {}", escape(&report.not_enabled().join(", ")));
    }
    out += &not_judged(report, options, p);
    let _ = writeln!(out, "policy: {}", policy_files(report));
    let envelope = Envelope::new(report);
    let _ = writeln!(out, "{}", escape(&envelope.sentence()));
    if options.verbose > 0 {
        let is_new = |name: &str| cost::rows(report).iter().all(|(row, _)| *row != name);
        for (name, text) in envelope.rows().into_iter().filter(|(name, _)| is_new(name)) {
            let _ = writeln!(out, "  {name}: {}", escape(&text));
        }
    }
    Ok(out)
}

/// The unknown results by reason: the most frequent ones, with `-v` all.
fn unknown_reasons(report: &Report, options: &ReportOptions) -> io::Result<String> {
    const SHOWN: usize = 10;
    let groups = unknown_groups(report)?;
    let shown = if options.verbose > 0 { groups.len() } else { SHOWN };
    let mut out = String::new();
    if groups.is_empty() || options.quiet {
        return Ok(out);
    }
    let list = if options.shows(Show::Unknown) { "" } else { " (--show unknown lists them)" };
    let _ = writeln!(out, "unknown results by reason{list}:");
    for group in groups.iter().take(shown) {
        let _ = writeln!(out, "  {:>7}  {}", thousands(group.count), group.reason);
    }
    for remedy in remedies(groups.iter().take(shown).map(|group| group.reason.as_str())) {
        let _ = writeln!(out, "  {remedy}");
    }
    if groups.len() > shown {
        let _ = writeln!(out, "  {}; -v lists them", count((groups.len() - shown) as u64, "more reason"));
    }
    Ok(out)
}

/// The compliant share of each type.
fn type_table(report: &Report) -> String {
    let without_rule = &report.coverage().types_without_rule;
    let types = || report.summary().types.iter().filter(|(kind, _)| !without_rule.contains(*kind));
    let mut out = String::new();
    for (kind, counts) in types() {
        let share = percent(counts.compliant, counts.resources);
        let _ = writeln!(
            out,
            "  {:<24} {:>9} of {:>9} pass  {share:>4}",
            escape(kind),
            thousands(counts.compliant),
            thousands(counts.resources)
        );
    }
    if types().next().is_some() {
        out.push('\n');
    }
    out
}

/// The numbers of findings and of resources by verdict.
fn totals(report: &Report, p: Paint) -> String {
    let tally = &report.summary().counts;
    let parts = finding_counts(report, p);
    let (pass, judged) = report.passing();
    format!(
        "{} in {}\n{} pass ({}), {} fail, {} unknown\n",
        parts.join(", "),
        count(tally.resources, "resource"),
        thousands(pass),
        percent(pass, judged),
        thousands(tally.violating),
        thousands(tally.unknown)
    )
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
fn incomplete_line(report: &Report, p: Paint) -> String {
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
    format!("{} {}\n", paint(p.unknown, "incomplete:"), parts.join(", and "))
}

/// The resources and paths that no rule judged: one line, with `-v` all groups.
fn not_judged(report: &Report, options: &ReportOptions, p: Paint) -> String {
    let Some(line) = not_judged_line(report) else { return String::new() };
    if options.verbose == 0 {
        return format!("{line}; -v lists them\n");
    }
    let mut out = format!("{line}\n");
    for group in not_judged_groups(report) {
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
