//! The unknown parts, the waivers, the targets and the rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::ops::ControlFlow;

use super::words::{account_name, component, filter_link, list, number};
use crate::base::encode::html::text as safe;
use crate::base::{count, escape, thousands};
use crate::engine::{Report, TargetResult};
use crate::policy::{Rule, Target};
use crate::report::coverage::not_judged;
use crate::report::envelope::Envelope;
use crate::report::help;
use crate::report::messages::{each_unread_resource, unknown_groups, unread};
use crate::report::options::PageOptions;
use crate::report::targets::by_need;
use crate::rule::Check as _;

/// The number of items of a list that are shown at once, and behind the button.
const FIRST: usize = 8;
const MOST: usize = 500;

/// The number of items of a list in [`gaps`] that are named without a button.
const PLACES: usize = 5;
/// The number of targets that are shown at once.
const TARGETS: usize = 10;
/// The days before its end in which a waiver is marked.
const SOON: i32 = 30;

/// The parts that could not be read, the results that are unknown, and the resources that no rule judged.
pub(super) fn gaps(report: &Report, out: &mut String) -> io::Result<()> {
    let gaps = unread(report);
    let unknown = unknown_groups(report)?;
    let mut resources: BTreeMap<String, Vec<String>> = BTreeMap::new();
    each_unread_resource(report, &mut |resource| {
        let name = format!("{} {}", safe(&resource.kind), safe(&resource.handle));
        resources.entry(resource.reason).or_default().push(name);
        ControlFlow::Continue(())
    })?;
    let others: Vec<_> = not_judged(report).collect();
    if gaps.is_empty() && unknown.is_empty() && resources.is_empty() && others.is_empty() {
        out.push_str("<p>Nothing: all was read, and every rule has a result.</p>");
        return Ok(());
    }
    if !gaps.is_empty() {
        out.push_str(
            "<h3 id=\"gaps\">Parts that could not be read</h3><p>There may be more findings behind these.</p>",
        );
        let mut by_error: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (place, error) in &gaps {
            by_error.entry(error).or_default().push(place);
        }
        let mut by_error: Vec<_> = by_error.into_iter().collect();
        by_error.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
        let item = |(error, places): &(&str, Vec<&str>)| {
            let places: Vec<String> = places.iter().filter(|place| !place.is_empty()).map(|p| safe(p).into()).collect();
            let number = if places.len() > 1 {
                format!("<b>{} times</b> ", thousands(places.len() as u64))
            } else {
                String::new()
            };
            let places = if places.is_empty() { String::new() } else { list(&places, PLACES, MOST) };
            format!("{number}{}{places}", safe(error))
        };
        out.push_str(&list(&by_error.iter().map(item).collect::<Vec<_>>(), FIRST, MOST));
    }
    if !resources.is_empty() {
        let _ = write!(out, "<h3>Resources whose tags could not be read</h3>");
        let mut by_reason: Vec<_> = resources.into_iter().collect();
        by_reason.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        let item = |(reason, names): &(String, Vec<String>)| {
            let number = count(names.len() as u64, "resource");
            format!("<b>{number}</b>: {}{}", safe(reason), list(names, 0, MOST))
        };
        out.push_str(&list(&by_reason.iter().map(item).collect::<Vec<_>>(), FIRST, MOST));
    }
    if !unknown.is_empty() {
        let _ = write!(out, "<h3>Results that are unknown</h3>");
        let item = |group: &crate::report::messages::UnknownGroup| {
            format!("<b>{}</b> {}", thousands(group.count), safe(&group.reason))
        };
        out.push_str(&list(&unknown.iter().map(item).collect::<Vec<_>>(), FIRST, MOST));
    }
    if !others.is_empty() {
        let number: u64 = others.iter().map(|group| group.count).sum();
        let _ = write!(
            out,
            "<details id=\"not-judged\"><summary>Not judged: {}</summary><div class=\"scroll\" tabindex=\"0\" \
             role=\"region\" aria-label=\"Not judged\"><table><thead><tr><th>Type</th><th>Reason</th>\
             <th class=\"n\">Number</th><th>Examples</th></tr></thead><tbody>",
            thousands(number)
        );
        for group in others.iter().take(MOST) {
            let _ = write!(
                out,
                "<tr><td>{}</td><td>{}</td>{}<td>{}</td></tr>",
                safe(&group.kind),
                group.reason.about(),
                super::words::number(group.count),
                safe(&group.examples.join(", "))
            );
        }
        out.push_str("</tbody></table></div></details>");
    }
    Ok(())
}

/// The waivers and their end, the next one first.
pub(super) fn waivers(report: &Report, envelope: &Envelope<'_>, out: &mut String) {
    let today = report.settings().today;
    let mut waivers: Vec<_> = envelope.waivers.iter().filter(|waiver| waiver.holds).collect();
    waivers.sort_by_key(|waiver| waiver.expires);
    let of_policy: u64 = waivers.iter().map(|waiver| waiver.covers).sum();
    if waivers.is_empty() {
        out.push_str("<p>The policy has no valid waiver.");
        let waived = report.summary().counts.waived;
        if waived > 0 {
            let _ = write!(out, " Comments in source waive {}, without an end.", count(waived, "finding"));
        }
        out.push_str("</p>");
    } else {
        let ends = waivers.iter().filter(|waiver| waiver.expires.since(today) <= SOON).count() as u64;
        let soon = if ends > 0 {
            format!("; <b class=\"warning\">{} in the next {SOON} days</b>", end(ends))
        } else {
            String::new()
        };
        let _ = write!(
            out,
            "<p>{} for {}{soon}.</p><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of waivers\"><table>\
             <thead><tr><th>Ends</th><th class=\"n\">Covers</th><th>Rules</th><th>Resources</th><th>Reason</th><th>Owner</th></tr></thead><tbody>",
            count(waivers.len() as u64, "valid waiver"),
            count(of_policy, "result")
        );
        for waiver in waivers.iter().take(MOST) {
            let days = waiver.expires.since(today);
            let class = if days <= SOON { " class=\"warning\"" } else { "" };
            let _ = write!(
                out,
                "<tr><td{class}>{}<small>{}</small></td>{}<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                waiver.expires,
                if days == 0 {
                    "today".to_owned()
                } else {
                    format!("in {}", count(u64::from(days.unsigned_abs()), "day"))
                },
                number(waiver.covers),
                safe(&waiver.rules.join(", ")),
                safe(&waiver.resources.join(", ")),
                safe(&waiver.reason),
                safe(waiver.owner.as_deref().unwrap_or(""))
            );
        }
        out.push_str("</tbody></table></div>");
    }
}

fn end(number: u64) -> String {
    if number == 1 { "one ends".to_owned() } else { format!("{} end", thousands(number)) }
}

/// The targets of the policy: the worst ones, and the others behind a button.
pub(super) fn target_table(report: &Report, envelope: &Envelope<'_>, out: &mut String) {
    let all = by_need(report);
    let (first, rest) = all.split_at(all.len().min(TARGETS));
    target_rows(first, envelope, out);
    if !rest.is_empty() {
        let _ = write!(out, "<details><summary>{} more</summary>", thousands(rest.len() as u64));
        target_rows(rest, envelope, out);
        out.push_str("</details>");
    }
}

fn target_rows(rows: &[(&Target, &TargetResult)], envelope: &Envelope<'_>, out: &mut String) {
    out.push_str(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of targets\"><table class=\"targets\"><thead>\
         <tr><th>Target</th><th>Account</th><th>State</th><th>Share</th></tr></thead><tbody>",
    );
    for (target, result) in rows {
        let name = result.account_text().and_then(|id| account_name(envelope, &escape(id)));
        let name = name.map(|name| format!("{}<small>", safe(&name))).unwrap_or_default();
        let end = if name.is_empty() { "" } else { "</small>" };
        // Backticks are for texts.
        let figures = result.figures(target).replace('`', "");
        let texts = [&target.id, result.account_text().unwrap_or("all"), &figures];
        let [id, account, figures] = texts.map(safe);
        let (state, reason) = (<&str>::from(result.state), safe(result.reason.as_deref().unwrap_or("")));
        let _ = write!(
            out,
            "<tr><td>{id}</td><td>{name}{account}{end}</td><td class=\"{state}\">{state}</td><td>{figures}<small>{reason}</small></td></tr>"
        );
    }
    out.push_str("</tbody></table></div>");
}

/// The rules of the run: what each asks for, why, and where it stands. Findings link here.
pub(super) fn rules(report: &Report, page: &PageOptions, out: &mut String) {
    out.push_str(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of rules\"><table><thead><tr><th>Rule</th><th>Asks for</th>\
         <th class=\"n\">Resources</th><th class=\"n\">Findings</th><th class=\"n\">Unknown</th><th class=\"n\">Waived</th></tr></thead><tbody>",
    );
    let rules = report.policy().rules.iter().zip(&report.summary().rules).zip(&report.settings().chosen);
    for (at, ((rule, sums), _)) in rules.enumerate().filter(|(_, (_, chosen))| **chosen) {
        let severity = rule.severity.name();
        let id = escape(&rule.id);
        let _ = write!(
            out,
            "<tr id=\"rule-{at}\"><th scope=\"row\">{}<small class=\"{severity}\">{severity}</small></th><td>{}</td>{}</tr>",
            filter_link("rule", &id, &id),
            about(rule, report, page),
            [sums.matched, sums.findings, sums.unknown, sums.waived].map(number).concat()
        );
    }
    out.push_str("</tbody></table></div>");
}

/// The description of a rule, its requirement, its help and its place.
fn about(rule: &Rule, report: &Report, page: &PageOptions) -> String {
    let mut out = safe(&help::about(rule)).into_owned();
    let requirement = rule.kind.describe();
    if requirement != help::about(rule) {
        let _ = write!(out, "<small>{}</small>", safe(&requirement));
    }
    if let Some(text) = &rule.help {
        let text = if help::is_https(text) {
            format!("<a href=\"{0}\" rel=\"noopener noreferrer\">{0}</a>", safe(text))
        } else {
            safe(text).into_owned()
        };
        let _ = write!(out, "<small>{text}</small>");
    }
    // Paths of policy files are redacted.
    if report.redaction_key().is_none() {
        let _ = write!(out, "<small>{}</small>", place(rule, page));
    }
    out
}

/// The line of a rule in its policy, as a link if the address of source is known.
fn place(rule: &Rule, page: &PageOptions) -> String {
    let file = &rule.origin.file;
    let path = file.path.display().to_string();
    let (line, _) = file.line_column(rule.origin.span.start);
    let text = format!("{path}:{line}");
    let inside = !file.built_in && file.path.is_relative() && !path.contains("..");
    match page.source_url.as_ref().filter(|_| inside) {
        None => safe(&text).into_owned(),
        Some(url) => {
            let path: Vec<String> = path.split(['/', '\\']).map(component).collect();
            let url = url.replace("{path}", &path.join("/")).replace("{line}", &line.to_string());
            format!("<a href=\"{}\" rel=\"noopener noreferrer\">{}</a>", safe(&url), safe(&text))
        }
    }
}
