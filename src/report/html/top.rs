//! The first screen of the page: what was checked, how compliant it is, and which changes help most.

use std::fmt::Write as _;

use super::chart;
use super::words::{account_name, filter_link, number, share};
use crate::base::encode::html::text as safe;
use crate::base::{all_of, count, percent_of, thousands};
use crate::engine::{Report, TargetState};
use crate::model::Gap;
use crate::policy::Severity;
use crate::report::cost;
use crate::report::envelope::{Envelope, VERSION};
use crate::report::fixes::{self, SHOWN};
use crate::report::messages::baseline_parts;
use crate::report::tally::Counted;
use crate::report::targets::targets;
use crate::report::trend::TrendPoint;

/// The number of names that a fact shows; the rest is behind a button.
const NAMED: usize = 4;

/// The facts about the run: date, accounts, regions, types, policy, completeness.
pub(super) fn facts(report: &Report, envelope: &Envelope<'_>, out: &mut String) {
    let mut fact = |name: &str, content: String| {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{content}</dd></div>");
    };
    let read = match &envelope.collected {
        Some((first, last)) if first == last => format!("<small>read {}</small>", safe(first)),
        Some((first, last)) => format!("<small>read {} to {}</small>", safe(first), safe(last)),
        None => String::new(),
    };
    if let Some(part) = report.part() {
        fact("Part", format!("{}<small>{}</small>", safe(part.label()), safe(&part.property)));
    }
    let read = match envelope.dated() {
        Some((dated, all)) => read.replace("<small>read", &format!("<small>{dated} of {all} inputs read")),
        None => read,
    };
    fact("Date", format!("{}{read}", envelope.generated));
    let coverage = report.coverage();
    let unknown = report.summary().counts.unknown_results;
    let judged = match (report.complete(), coverage.missed(), unknown) {
        (true, 0, 0) => "Yes: all was read and judged".to_owned(),
        (true, missed, unknown) => {
            let missed = (missed > 0).then(|| format!("<a href=\"#not-judged\">{} not judged</a>", thousands(missed)));
            let unknown =
                (unknown > 0).then(|| format!("<a href=\"#not-known\">{}</a>", count(unknown, "unknown result")));
            let parts: Vec<String> = missed.into_iter().chain(unknown).collect();
            format!("All was read; {}", parts.join(", "))
        }
        (false, ..) => "<strong class=\"error\">No</strong>: <a href=\"#gaps\">not all could be read</a>".to_owned(),
    };
    let narrowed = if envelope.narrowed { "<small>a part of the organization or its types</small>" } else { "" };
    fact("Complete", format!("{judged}{narrowed}"));
    let accounts: Vec<String> = envelope
        .accounts
        .iter()
        .map(|account| {
            let state = if account.was_read { "" } else { " (not read)" };
            account.name.map_or_else(|| account.id.to_owned(), |name| format!("{name} ({})", account.id)) + state
        })
        .collect();
    let organization = envelope.organization.as_deref().map(|id| format!("<small>organization {}</small>", safe(id)));
    fact("Accounts", format!("{}{}", names(&accounts), organization.unwrap_or_default()));
    if !envelope.regions.is_empty() {
        fact("Regions", names(&envelope.regions));
    }
    fact("Types", names(&envelope.types));
    let policy = report.policy();
    let digest = envelope.short_hash();
    fact(
        "Policy",
        format!(
            "{}<small>{}, version {}</small>",
            safe(&policy.name),
            count(policy.rules.len() as u64, "rule"),
            safe(digest)
        ),
    );
    fact("Made by", format!("taglint {VERSION}"));
}

/// A number of names: all of a few, else the count and the names behind a button.
fn names(items: &[String]) -> String {
    let list = |items: &[String]| safe(&items.join(", ")).into_owned();
    match items.len() {
        0 => "not known".to_owned(),
        n if n <= NAMED => list(items),
        n => format!(
            "{}<details><summary>list</summary>{}</details>",
            thousands(n as u64),
            list(&items[..n.min(1000)]) + if n > 1000 { ", …" } else { "" }
        ),
    }
}

/// The share that passes, with what is unknown, and how it changed.
pub(super) fn compliance(report: &Report, history: &[TrendPoint], out: &mut String) {
    let counts = &report.summary().counts;
    let (pass, all) = report.passing();
    let (fail, unknown) = (counts.violating, counts.unknown);
    let (whole, have) = (count(all, "resource"), if all == 1 { "has" } else { "have" });
    // The share says nothing about what was not read.
    let is_partial = !report.gaps().is_empty();
    let read = match all {
        _ if !is_partial => "",
        1 => " that was read",
        _ => " that were read",
    };
    let _ = write!(
        out,
        "<p class=\"big\"><strong>{}</strong> of {whole}{read} {have} the tags that the policy asks for.</p>{}",
        share(pass, all),
        chart::bar(&[("pass", pass), ("fail", fail), ("unknown", unknown)], all)
    );
    out.push_str("<ul class=\"legend\">");
    for (class, number, word) in [("pass", pass, "pass"), ("fail", fail, "fail"), ("unknown", unknown, "unknown")] {
        let _ = write!(
            out,
            "<li><span class=\"swatch {class}\"></span><b>{}</b> {word} ({})</li>",
            thousands(number),
            share(number, all)
        );
    }
    out.push_str("</ul>");
    let found = Severity::ALL.map(|severity| {
        let number = counts.findings[severity as usize];
        format!("<b class=\"{0}\">{1}</b> {2}", severity.name(), thousands(number), plural(number, severity.name()))
    });
    let waived = if counts.waived > 0 { format!(", and {} waived", thousands(counts.waived)) } else { String::new() };
    let _ = write!(out, "<p>Findings: {}{waived}.</p>", found.join(", "));
    if unknown > 0 {
        let _ = write!(
            out,
            "<p>Unknown is neither pass nor fail: between {} and {} {}pass.</p>",
            share(pass, all),
            share(pass + unknown, all),
            if is_partial { "of the resources that were read " } else { "" }
        );
    }
    costs(report, out);
    baseline(report, out);
    if !history.is_empty() {
        trend(report, history, out);
    }
}

/// The costs: the sentence about resources with findings, and the rest behind a button.
fn costs(report: &Report, out: &mut String) {
    let rows = cost::rows(report);
    let Some(((_, first), rest)) = rows.split_first() else { return };
    let _ = write!(out, "<p id=\"cost\">Cost: <strong>{}</strong>.</p>", safe(first));
    if !rest.is_empty() {
        out.push_str("<details><summary>More about the costs</summary><ul>");
        for (name, text) in rest {
            let _ = write!(out, "<li>{name}: {}</li>", safe(text));
        }
        out.push_str("</ul></details>");
    }
}

fn plural(number: u64, word: &str) -> String {
    if number == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The difference to the baseline.
fn baseline(report: &Report, out: &mut String) {
    if report.settings().baseline.is_none() {
        return;
    }
    let new: u64 = report.summary().counts.new.iter().sum();
    let parts = std::iter::once(format!("{} new", count(new, "finding"))).chain(baseline_parts(report));
    let _ = write!(out, "<p>Since the baseline: {}.</p>", parts.collect::<Vec<_>>().join(", "));
}

/// The trend over earlier reports and this one.
fn trend(report: &Report, history: &[TrendPoint], out: &mut String) {
    let (pass, _) = report.passing();
    let counts = &report.summary().counts;
    let today = report.settings().today;
    let mut points: Vec<TrendPoint> = history.iter().filter(|point| point.day <= today).cloned().collect();
    points.sort_by_key(|point| point.day);
    let later = (history.len() - points.len()) as u64;
    points.push(TrendPoint {
        day: today,
        pass,
        fail: counts.violating,
        unknown: counts.unknown,
        findings: counts.findings.iter().sum(),
        complete: report.complete(),
        policy: (report.policy().name.clone(), report.policy_hash()),
    });
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let tenths = |point: &TrendPoint| percent_of(point.pass, point.all()).unwrap_or(0) / 10;
    let (before, now) = (tenths(first), tenths(last));
    let points_text = |n: u64| format!("{}.{} points", n / 10, n % 10);
    let doubt = trend_doubt(first, last);
    let colour = |class| if doubt.is_none() { format!(" class=\"{class}\"") } else { String::new() };
    let change = match now.cmp(&before) {
        std::cmp::Ordering::Greater => format!("<b{}>▲ up {}</b>", colour("good"), points_text(now - before)),
        std::cmp::Ordering::Less => format!("<b{}>▼ down {}</b>", colour("error"), points_text(before - now)),
        std::cmp::Ordering::Equal => "unchanged".to_owned(),
    };
    let change = change + &doubt.map(|why| format!(" ({why})")).unwrap_or_default();
    let _ = write!(
        out,
        "<h3>Trend</h3><p>{change} since {}, when {} of {} passed; findings went from {} to {}.</p>{}\
         <details><summary>Numbers of the trend</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Numbers of the trend\">\
         <table><thead><tr><th>Day</th><th>Pass</th><th>Fail</th><th>Unknown</th><th>Share</th><th>Findings</th><th>Remark</th></tr></thead><tbody>",
        first.day,
        share(first.pass, first.all()),
        thousands(first.all()),
        thousands(first.findings),
        thousands(last.findings),
        chart::trend(&points)
    );
    let mut before: Option<&TrendPoint> = None;
    for point in &points {
        let changed = before.is_some_and(|before| point.has_other_policy(before));
        before = Some(point);
        let remarks = [(!point.complete).then_some("not all was read"), changed.then_some("another policy")];
        let remarks: Vec<&str> = remarks.into_iter().flatten().collect();
        let _ = write!(
            out,
            "<tr><td>{}</td>{}{}{}<td class=\"n\">{}</td>{}<td>{}</td></tr>",
            point.day,
            number(point.pass),
            number(point.fail),
            number(point.unknown),
            share(point.pass, point.all()),
            number(point.findings),
            remarks.join(", ")
        );
    }
    out.push_str("</tbody></table></div></details>");
    if later > 0 {
        let _ = write!(out, "<p>{} dated after this one: left out of the trend.</p>", count(later, "report"));
    }
}

/// The unread parts, in one sentence.
pub(super) fn unread(report: &Report) -> String {
    let is_account = |gap: &&Gap| gap.account.is_some() && gap.region.is_none() && gap.kind.is_none();
    let accounts = report.gaps().iter().filter(is_account).count() as u64;
    let (parts, resources) = (report.gaps().len() as u64 - accounts, report.summary().counts.unread);
    let texts = [
        (accounts, count(accounts, "whole account")),
        (parts, format!("{} of the scope", count(parts, "part"))),
        (resources, format!("the tags of {}", count(resources, "resource"))),
    ];
    format!("Not read: {}.", all_of(texts.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text)))
}

/// The reason why the direction of a trend is not certain; `None` if it is, whatever is unknown.
fn trend_doubt(first: &TrendPoint, last: &TrendPoint) -> Option<&'static str> {
    if !first.complete || !last.complete {
        return Some("not certain: not all was read");
    }
    let low = |point: &TrendPoint| percent_of(point.pass, point.all());
    let high = |point: &TrendPoint| percent_of(point.pass + point.unknown, point.all());
    let is_known = first.unknown + last.unknown == 0 || low(last) > high(first) || high(last) < low(first);
    (!is_known).then_some("not certain: more results are unknown than this")
}

/// The access that is missing, the missed targets, and the changes that fix most findings.
pub(super) fn first_steps(report: &Report, envelope: &Envelope<'_>, counted: &Counted, out: &mut String) {
    if !report.complete() {
        let _ = write!(
            out,
            "<p>First make readable what was not read: there may be more findings. {} <a href=\"#not-known\">The list</a></p>",
            unread(report)
        );
    }
    let missed = targets(report).filter(|(_, result)| result.state == TargetState::Missed).count() as u64;
    if missed > 0 {
        let _ = write!(out, "<p><a href=\"#targets\">{}</a>.</p>", count(missed, "missed target"));
    }
    let best = fixes::best(&counted.fixes);
    if best.is_empty() {
        out.push_str(match (report.complete(), missed) {
            (false, _) => "<p>No findings on the resources that were read.</p>",
            (true, 0) => "<p>No findings.</p>",
            (true, _) => "<p>No findings on resources.</p>",
        });
        return;
    }
    let has_costs = best.iter().any(|(_, fix)| !fix.cost.is_empty());
    let all: u64 = best.iter().map(|(_, fix)| fix.all()).sum();
    let shown: u64 = best.iter().take(SHOWN).map(|(_, fix)| fix.all()).sum();
    let named = match best.len().min(SHOWN) {
        1 => "This change fixes".to_owned(),
        n => format!("These {n} changes fix"),
    };
    let _ = write!(
        out,
        "<p>{named} {} of {}{} ({}).</p>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Changes\"><table class=\"fixes\"><thead><tr><th>Change</th>\
         <th class=\"n\">Findings</th>{}</tr></thead><tbody>",
        thousands(shown),
        count(all, "finding"),
        if missed > 0 { " on resources" } else { "" },
        share(shown, all),
        if has_costs { "<th class=\"n\">Cost</th>" } else { "" }
    );
    let most = best.iter().map(|(_, fix)| fix.all()).max().unwrap_or(1);
    for (label, fix) in best.iter().take(SHOWN) {
        let where_most = fix.first_account().filter(|(id, _)| !id.is_empty()).map(|(id, number)| {
            let name = account_name(envelope, id).unwrap_or_else(|| id.to_owned());
            let accounts = count(fix.accounts.len() as u64, "account");
            let most = if fix.accounts.len() == 1 { "in " } else { ", most in " };
            let accounts = if fix.accounts.len() == 1 { String::new() } else { accounts };
            format!("<small>{accounts}{most}{} ({})</small>", filter_link("account", id, &name), thousands(number))
        });
        let [errors, warnings, notes] = fix.findings;
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}{}{}</th>{}{}</tr>",
            filter_link("fix", label, label),
            where_most.unwrap_or_default(),
            chart::bar(&[("error", errors), ("warning", warnings), ("note", notes)], most),
            number(fix.all()),
            if has_costs {
                format!("<td class=\"n\">{}</td>", safe(&cost::pair_text(&fix.cost)))
            } else {
                String::new()
            }
        );
    }
    out.push_str("</tbody></table></div>");
}
