//! The groups of the page: which accounts, teams, types and rules have most to do.

use std::fmt::Write as _;

use super::chart;
use super::words::{account_name, filter_link, number, share};
use crate::base::encode::html::text as safe;
use crate::base::{escape, thousands};
use crate::engine::CheckedAccount;
use crate::report::cost::pair_text;
use crate::report::envelope::Envelope;
use crate::report::group_by::GroupBy;
use crate::report::tally::{Counted, Groups, Tally};

/// The number of groups that are shown at once.
const FIRST: usize = 10;
/// The number of groups behind the button. The JSON report has all.
const MOST: usize = 1000;

/// All groups, each as a table with bars.
pub(super) fn all(envelope: &Envelope<'_>, counted: &Counted, out: &mut String) {
    out.push_str("<div class=\"groups\">");
    for groups in counted.groups.iter().filter(|groups| !groups.rows.is_empty()) {
        one(envelope, groups, counted.shares, out);
    }
    out.push_str("</div>");
}

fn one(envelope: &Envelope<'_>, groups: &Groups, shares: bool, out: &mut String) {
    let rows = groups.worst();
    let most = rows.iter().map(|(_, tally)| tally.found()).max().unwrap_or(0).max(1);
    let _ = write!(out, "<section><h3>By {}</h3>", safe(groups.by.title()));
    table(envelope, groups, &rows[..rows.len().min(FIRST)], most, shares, out);
    if rows.len() > FIRST {
        let _ = write!(out, "<details><summary>{} more</summary>", thousands((rows.len() - FIRST) as u64));
        table(envelope, groups, &rows[FIRST..rows.len().min(FIRST + MOST)], most, shares, out);
        if rows.len() > FIRST + MOST {
            let left = thousands((rows.len() - FIRST - MOST) as u64);
            let _ = write!(out, "<p>{left} more are in the JSON report.</p>");
        }
        out.push_str("</details>");
    }
    out.push_str("</section>");
}

fn table(envelope: &Envelope<'_>, groups: &Groups, rows: &[(&str, &Tally)], most: u64, shares: bool, out: &mut String) {
    let _ = write!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table by {0}\"><table class=\"bars\"><thead><tr><th>{1}</th><th class=\"n\">Findings</th><th class=\"n detail\">Fail</th>\
         <th class=\"n detail\">Unknown</th><th class=\"n\">Pass</th>{2}</tr></thead><tbody>",
        safe(groups.by.title()),
        safe(&heading(groups.by.title())),
        if groups.costs.is_empty() { "" } else { "<th class=\"n\">Cost</th>" }
    );
    for (name, tally) in rows {
        let shown = (groups.by == GroupBy::Account).then(|| account_name(envelope, name)).flatten();
        let id = shown.as_ref().map(|_| format!("<small>{}</small>", safe(name))).unwrap_or_default();
        let label = shown.as_deref().unwrap_or(name);
        let not_read = |one: &CheckedAccount<'_>| !one.was_read && escape(one.id) == *name;
        let is_unread = groups.by == GroupBy::Account && envelope.accounts.iter().any(not_read);
        let id = if is_unread { id + "<small>not read</small>" } else { id };
        let label =
            if tally.found() > 0 { filter_link(&groups.by.id(), name, label) } else { safe(label).into_owned() };
        let [errors, warnings, notes] = tally.findings;
        // Nothing is known about the share of a group in which all is unknown.
        let is_known = shares && tally.pass + tally.fail > 0;
        let passing = if is_known { share(tally.pass, tally.all()) } else { "–".to_owned() };
        let cost = groups.costs.get(*name).map(pair_text).unwrap_or_default();
        let has_costs = !groups.costs.is_empty();
        let cost = if has_costs { format!("<td class=\"n\">{}</td>", safe(&cost)) } else { String::new() };
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{label}{id}{}</th>{}<td class=\"n detail\">{}</td><td class=\"n detail\">{}</td>\
             <td class=\"n\">{passing}</td>{cost}</tr>",
            chart::bar(&[("error", errors), ("warning", warnings), ("note", notes)], most),
            number(tally.found()),
            thousands(tally.fail),
            thousands(tally.unknown)
        );
    }
    out.push_str("</tbody></table></div>");
}

/// A name at the start of a column.
fn heading(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
