//! Text for people: findings grouped by resource, with the wrong part underlined and the fix, then a summary.

mod entry;
mod paint;
mod shown;
mod summary;
#[cfg(test)]
mod tests;
mod unread;

use std::io::{self, Write};

use self::entry::{DETAIL, Entries};
use self::paint::{Paint, paint};
use self::shown::write_entries;
use self::summary::summary;
use self::unread::{UnreadGroups, unread};
use super::format::ReportFormat;
use super::options::ReportOptions;
use super::targets::{by_need, target_sentence, targets as target_results};
use crate::base::{LogSpelling, Paragraph, count, escape};
use crate::engine::{BaselineState, Report, TargetResult, TargetState};
use crate::policy::Target;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "text",
    extensions: &[".txt"],
    about: "Text for people: findings grouped by resource, each with what to write instead",
    log: LogSpelling::Text,
    render: write,
};

/// The number of targets that a cut report shows.
const TARGETS: usize = 10;

fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint::new(options.color);
    let counted = UnreadGroups::of(report, options)?;
    let mut cut = None;
    if !options.quiet {
        cut = write_entries(report, Entries { options, paint, counted: &counted }, out)?;
    }
    out.write_all(targets(report, options, paint).as_bytes())?;
    out.write_all(unread(report, &counted, options, paint).as_bytes())?;
    out.write_all(notices(report, options, paint).as_bytes())?;
    out.write_all(summary(report, options, paint, cut)?.as_bytes())
}

/// The targets that are missed or unknown, with `-v` all of them.
fn targets(report: &Report, options: &ReportOptions, p: Paint) -> String {
    let mut out = String::new();
    let is_shown = |(_, result): &(&Target, &TargetResult)| {
        options.verbose > 0 || matches!(result.state, TargetState::Missed | TargetState::Unknown)
    };
    let mut shown: Vec<_> = target_results(report).filter(is_shown).collect();
    let more = if options.limit.is_some() { shown.len().saturating_sub(TARGETS) } else { 0 };
    if more > 0 {
        shown = by_need(report).into_iter().filter(is_shown).take(TARGETS).collect();
    }
    for (target, result) in shown {
        let word = match result.state {
            TargetState::Missed => paint(p.severity(target.severity), &format!("{:<7}", target.severity.name())),
            TargetState::Unknown => paint(p.unknown, "unknown"),
            TargetState::Met => paint(p.good, "pass   "),
            TargetState::NotApplicable => paint(p.dim, "unused "),
        };
        let mut line = Paragraph::indented(2).whole(0, word).whole(1, paint(p.bold, &target.id));
        line = line.words(2, &escape(&target_sentence(target, result)));
        if result.state == TargetState::Missed && result.baseline() == BaselineState::Unchanged {
            line = line.words(1, &paint(p.dim, "(in the baseline)"));
        }
        out += &line.wrapped(options.width, DETAIL);
        if let Some(help) = target.help.as_ref().filter(|_| options.verbose > 0) {
            let line = Paragraph::indented(DETAIL).whole(0, paint(p.dim, "help:")).words(1, &escape(help));
            out += &line.wrapped(options.width, DETAIL + 2);
        }
    }
    if more > 0 {
        let line = Paragraph::indented(2).words(0, &format!("and {};", count(more as u64, "more target")));
        out += &line.whole(1, "`--limit 0`").words(1, "shows all").wrapped(options.width, DETAIL);
    }
    if out.is_empty() { out } else { format!("Targets\n{out}\n") }
}

fn notices(report: &Report, options: &ReportOptions, p: Paint) -> String {
    let mut out = String::new();
    for notice in report.notices() {
        let style = if notice.level == "warning" { p.warning } else { p.note };
        let line = Paragraph::indented(0).whole(0, format!("{}:", paint(style, notice.level)));
        out += &line.words(1, &escape(&notice.message)).wrapped(options.width, 2);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}
