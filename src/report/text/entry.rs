//! The entry of one resource in a text report: its findings with the wrong part underlined and the fix, and its unknown
//! results.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::Style;

use super::paint::{Paint, paint};
use super::unread::UnreadGroups;
use crate::base::{Paragraph, display_width, escape, quote};
use crate::engine::{BaselineState, Finding, ResourceCost, ResourceReport};
use crate::model::{Location, Resource, Tags};
use crate::report::cost::short;
use crate::report::messages::reason_with_location;
use crate::report::options::{ReportOptions, Show};
use crate::rule::Suggestion;

/// The indentation of details, and of the lines after the first one of a message.
pub(super) const DETAIL: usize = 10;
/// The indentation of the lines after the first one of a detail.
const DETAIL_MORE: usize = DETAIL + 2;

/// The writer of entries.
#[derive(Clone, Copy)]
pub(super) struct Entries<'o> {
    pub(super) options: &'o ReportOptions,
    pub(super) paint: Paint,
    /// The unread resources that are counted together instead.
    pub(super) counted: &'o UnreadGroups,
}

impl Entries<'_> {
    /// The entry of one resource; empty if there is nothing to show.
    pub(super) fn resource(self, reported: &ResourceReport<'_>) -> String {
        let (options, p) = (self.options, self.paint);
        let mut text = String::new();
        for finding in &reported.findings {
            match &finding.waiver {
                None => text += &self.finding(finding),
                Some(waiver) if options.shows(Show::Waived) => {
                    let why = format!("{} ({}, {})", finding.violation.message, waiver.reason, waiver.end());
                    let line = result(&paint(p.dim, "waived "), &paint(p.dim, finding.rule.id));
                    text += &line.words(2, &escape(&why)).wrapped(options.width, DETAIL);
                }
                Some(_) => {}
            }
        }
        text += &self.unknown(reported);
        if text.is_empty() && !(options.shows(Show::Passed) && reported.unknown.is_empty()) {
            return text;
        }
        if text.is_empty() {
            let _ = writeln!(text, "  {}", paint(p.good, "pass"));
        }
        format!("{}{text}\n", self.heading(reported))
    }

    fn heading(self, reported: &ResourceReport<'_>) -> String {
        let (p, resource) = (self.paint, reported.resource);
        let mut line = Paragraph::indented(0).whole(0, escape(&resource.kind));
        if let Some(name) = short_name(resource) {
            line = line.whole(1, paint(p.bold, &escape(name)));
        }
        if let Some(name) = &resource.account_name {
            line = line.whole(1, format!("in {}", escape(name)));
        }
        line = line.whole(2, paint(p.dim, &escape(&resource.called())));
        if let Some(at) = &resource.location {
            line = line.whole(2, location(at));
        }
        line = match &reported.cost {
            Some(cost @ ResourceCost::Known { .. }) => line.whole(2, paint(p.bold, &escape(&short(cost)))),
            Some(ResourceCost::Unknown(_)) => line.whole(2, paint(p.dim, "cost unknown")),
            None => line,
        };
        line.wrapped(self.options.width, 2)
    }

    fn finding(self, finding: &Finding<'_>) -> String {
        let (width, p) = (self.options.width, self.paint);
        let style = p.severity(finding.severity());
        let severity = format!("{:<7}", finding.severity().name());
        let violation = &finding.violation;
        let mut line = result(&paint(style, &severity), &paint(p.bold, finding.rule.id));
        // Messages are safe already; this keeps a template's own line breaks from breaking the layout.
        line = line.words(2, &escape(&violation.message));
        if finding.state == BaselineState::Unchanged {
            line = line.words(1, &paint(p.dim, "(in the baseline)"));
        }
        let mut out = line.wrapped(width, DETAIL);
        if let Some(at) = finding.location().filter(|at| finding.resource.location.as_ref() != Some(at)) {
            let _ = writeln!(out, "{:DETAIL$}{}", "", paint(p.dim, &location(at)));
        }
        out += &excerpt(finding, style, width);
        if let Some(suggestion) = &violation.suggestion {
            out += &self.detail(&paint(p.good, "fix:"), &instruction(suggestion));
        }
        if self.options.verbose > 0 && !finding.rule.description.is_empty() {
            let about = paint(p.dim, &escape(finding.rule.description));
            out += &Paragraph::indented(DETAIL).words(0, &about).wrapped(width, DETAIL_MORE);
        }
        if let Some(help) = &finding.rule.help
            && self.options.verbose > 0
        {
            out += &self.detail(&paint(p.dim, "help:"), &escape(help));
        }
        out
    }

    fn detail(self, title: &str, text: &str) -> String {
        Paragraph::indented(DETAIL).whole(0, title).words(1, text).wrapped(self.options.width, DETAIL_MORE)
    }

    /// The unknown results: one line for all rules with the same reason. Unless they are asked for, only those of a
    /// resource whose tags could not be read: the summary counts the others by reason.
    fn unknown(self, reported: &ResourceReport<'_>) -> String {
        let (options, p) = (self.options, self.paint);
        let listed = options.shows(Show::Unknown);
        let unread = matches!(reported.resource.tags, Tags::Unread { .. });
        if !listed && (!unread || self.counted.has(reported.resource)) {
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
            let line = Paragraph::indented(2).whole(0, paint(p.unknown, "unknown"));
            let line = if unread && !listed {
                line.words(1, &format!("its tags could not be read: {}", escape(&reason)))
            } else {
                line.words(1, &rules.join(", ")).words(2, &escape(&reason))
            };
            out += &line.wrapped(options.width, DETAIL);
        }
        out
    }
}

/// The name, else the id, else the last part of the ARN.
fn short_name<'r>(resource: &'r Resource<'_>) -> Option<&'r str> {
    let in_arn = || resource.arn.as_deref().and_then(|arn| arn.rsplit([':', '/']).next());
    let name = resource.name.as_deref().or(resource.id.as_deref()).or_else(in_arn);
    name.filter(|name| !name.is_empty())
}

/// The beginning of a line about a rule.
fn result(word: &str, rule: &str) -> Paragraph {
    Paragraph::indented(2).whole(0, word).whole(1, rule)
}

/// A location in the form that editors open: `main.tf:14:5`.
fn location(at: &Location) -> String {
    let column = at.column.map(|column| format!(":{column}")).unwrap_or_default();
    format!("{}:{}{column}", escape(&at.path), at.line)
}

/// The tag as it is, with the wrong part underlined. A tag that is wider than the terminal has no underline: the marks
/// would stand below another part.
fn excerpt(finding: &Finding<'_>, style: Style, width: Option<usize>) -> String {
    let violation = &finding.violation;
    let Some(found) = &violation.found else { return String::new() };
    let (key, value) = (quote_key(found), violation.value.as_deref().map(quote));
    let (before, wrong, after) = match &value {
        Some(value) if !violation.is_about_key => (format!("{key} = "), value.clone(), String::new()),
        Some(value) => (String::new(), key, format!(" = {value}")),
        None => (String::new(), key, String::new()),
    };
    let (start, marked) = (display_width(&before), display_width(&wrong));
    if width.is_some_and(|width| DETAIL + start + marked + display_width(&after) > width) {
        return format!("{:DETAIL$}{before}{}{after}\n", "", paint(style, &wrong));
    }
    let marks = paint(style, &"^".repeat(marked.max(1)));
    format!("{:DETAIL$}{before}{wrong}{after}\n{:DETAIL$}{:start$}{marks}\n", "", "", "")
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
