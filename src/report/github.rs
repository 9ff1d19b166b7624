//! GitHub workflow commands: annotations at the lines of a pull request, or in the summary of a job.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::ControlFlow;

use super::coverage::{missed, not_judged_item};
use super::envelope::Envelope;
use super::format::ReportFormat;
use super::messages::{headline, instead, shorten, unread};
use super::options::ReportOptions;
use super::targets::{target_sentence, unknown_targets};
use crate::base::{LogSpelling, count, escape, without_inner_commands};
use crate::engine::{Finding, Report};
use crate::policy::Severity;

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "github",
    extensions: &[],
    about: "Annotations of a GitHub workflow",
    log: LogSpelling::Commands,
    render: write,
};

/// The maximum number of annotations of each level. GitHub creates them from the first ten commands of a level in a
/// step; more commands would only fill the log.
const MAX_ANNOTATIONS_PER_LEVEL: usize = 10;
/// The maximum length of a resource name in a title. A title has at most 255 characters and begins with the rule id.
const NAME: usize = 120;

/// Writes the counts, the gaps, the first findings of each level, and the number of further findings.
///
/// A line that is not a command contains no data, because the runner searches whole lines for `##[command]`, and for
/// `::command::` after leading blanks.
///
/// Findings are sorted by severity, so all errors are rendered before the first warning. The stream ends as soon as
/// every level has all its annotations.
fn write(report: &Report, _options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", headline(report))?;
    writeln!(out, "taglint: {}", Envelope::new(report).sentence_without_data())?;
    let gaps = unread(report);
    for (place, error) in gaps.iter().take(MAX_ANNOTATIONS_PER_LEVEL) {
        let colon = if place.is_empty() { "" } else { ": " };
        writeln!(out, "::warning title=incomplete::{}", data(&format!("{place}{colon}{error}")))?;
    }
    // Without this, a run that passed over something would look like one that judged all of it.
    let missed: Vec<String> = missed(report).map(not_judged_item).collect();
    if !missed.is_empty() {
        writeln!(out, "::notice title=not judged::{}", data(&missed.join("\n")))?;
    }
    let mut unknown: Vec<String> = unknown_targets(report)
        .take(MAX_ANNOTATIONS_PER_LEVEL + 1)
        .map(|(target, result)| format!("{}: {}", target.id, target_sentence(target, result)))
        .collect();
    if unknown.len() > MAX_ANNOTATIONS_PER_LEVEL {
        unknown.truncate(MAX_ANNOTATIONS_PER_LEVEL);
        unknown.push("and more; the JSON report has all".to_owned());
    }
    if !unknown.is_empty() {
        writeln!(out, "::notice title=unknown targets::{}", data(&unknown.join("\n")))?;
    }
    // Gaps are warnings too, so they use up a part of the annotations that GitHub shows for that level.
    let room = [
        MAX_ANNOTATIONS_PER_LEVEL,
        MAX_ANNOTATIONS_PER_LEVEL - gaps.len().min(MAX_ANNOTATIONS_PER_LEVEL),
        MAX_ANNOTATIONS_PER_LEVEL,
    ];
    let found = report.summary().counts.findings;
    let wanted: [usize; 3] = std::array::from_fn(|level| {
        room[level].min(usize::try_from(found[level]).unwrap_or(MAX_ANNOTATIONS_PER_LEVEL))
    });
    let mut shown = [0; 3];
    let mut sink = |bytes: &[u8]| {
        let level = Severity::ALL.into_iter().find(|severity| bytes.starts_with(command(*severity).as_bytes()));
        let level = level.expect("`annotation` begins with one of these") as usize;
        if shown[level] < wanted[level] {
            shown[level] += 1;
            out.write_all(bytes)?;
        }
        Ok(if shown == wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    };
    if wanted != [0; 3] {
        report.findings(annotation, &mut sink)?;
    }
    if gaps.len() > MAX_ANNOTATIONS_PER_LEVEL {
        writeln!(
            out,
            "taglint: {} could not be read",
            count((gaps.len() - MAX_ANNOTATIONS_PER_LEVEL) as u64, "more scope")
        )?;
    }
    for severity in Severity::ALL {
        let level = severity as usize;
        let more = found[level] - shown[level] as u64;
        if more > 0 {
            let more = count(more, &format!("more {}", severity.name()));
            writeln!(
                out,
                "taglint: {more}; GitHub shows {MAX_ANNOTATIONS_PER_LEVEL} annotations of a level, other formats have them all"
            )?;
        }
    }
    Ok(())
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "::error ",
        Severity::Warning => "::warning ",
        Severity::Note => "::notice ",
    }
}

/// Renders a finding as one command on one line: the message, the suggestion and the help of the rule.
fn annotation(finding: &Finding<'_>, line: &mut Vec<u8>) {
    let (rule, resource, violation) = (finding.rule, finding.resource, &finding.violation);
    let mut text = command(finding.severity()).to_owned();
    if let Some(location) = finding.location() {
        let _ = write!(text, "file={},line={},", property(&location.path), location.line);
        if let Some(column) = location.column {
            let _ = write!(text, "col={column},");
        }
    }
    let handle = resource.handle();
    let name = resource.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&handle);
    let title = format!("{}: {}", rule.id, shorten(&escape(name), NAME));
    let _ = write!(text, "title={}::{}", property(&title), data(&violation.message));
    if let Some(suggestion) = &violation.suggestion {
        let _ = write!(text, "%0A{}", data(&instead(suggestion)));
    }
    if let Some(help) = &rule.help {
        let _ = write!(text, "%0A{}", data(help));
    }
    let _ = write!(text, "%0A{}", data(&resource.called()));
    text.push('\n');
    line.extend_from_slice(text.as_bytes());
}

/// Escapes the message of a command. `escape` makes line breaks and other hostile characters visible, then GitHub's own
/// escapes follow. `##[` is split, because a runner that does not know `notice` would read the text after it as a
/// command of the old form.
fn data(text: &str) -> String {
    let text = escape(text);
    without_inner_commands(&text, LogSpelling::Text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command, in which commas and colons are separators.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests;
