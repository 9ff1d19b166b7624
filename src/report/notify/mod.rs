//! Messages for people: what was checked, how complete it is, the counts, the changes that help most, and who has most to
//! do. A service has limits of size, so a message names the first of each list and counts the rest.
//!
//! Data goes into fields only in which the service reads no markup: the comment at each format says which, with its source.

pub(super) mod jira;
pub(super) mod slack;
pub(super) mod sns;
pub(super) mod teams;
#[cfg(test)]
mod tests;

use std::io;

use super::cost;
use super::coverage::not_judged_line;
use super::envelope::{Envelope, account_name};
use super::fixes::{self, SHOWN};
use super::group_by::GroupBy;
use super::messages::{headline, unknown_groups, unread};
use super::options::ReportOptions;
use super::part_name::part_file_stem;
use super::tally::{Counted, Tally};
use super::targets::{by_need, target_sentence};
use crate::base::{count, escape, thousands};
use crate::engine::{CostPair, Report, TargetResult, TargetState};
use crate::policy::Target;

/// A message before it has a format. All texts are escaped ([`escape`]) and on one line.
#[derive(Debug)]
struct Message {
    /// The subject: `Tag compliance: 91.2% pass`.
    title: String,
    /// The counts in one sentence. It contains no data.
    result: String,
    /// The warning of an incomplete run. It contains no data.
    warning: Option<String>,
    /// The lists, the most important first. None is empty.
    lists: Vec<List>,
    /// The scope: the day, the inputs and the policy.
    scope: String,
    /// The address of the whole report.
    link: Option<String>,
}

/// A list of a message.
#[derive(Debug)]
struct List {
    /// The heading. It contains no data.
    title: String,
    /// The items, the most important first.
    items: Vec<String>,
}

/// The room that lists have: the number of items of each list, and the length of an item in UTF-16 code units.
#[derive(Debug, Clone, Copy)]
struct Room {
    items: usize,
    text: usize,
}

/// The rooms that a format tries until its message is within the limit of the service.
const ROOMS: [Room; 4] = [
    Room { items: 10, text: 300 },
    Room { items: 10, text: 120 },
    Room { items: 5, text: 80 },
    Room { items: 1, text: 40 },
];

/// The warning of an incomplete run.
const INCOMPLETE: &str = "Incomplete: not everything could be read, so there may be more findings than these.";

impl Message {
    fn new(report: &Report, options: &ReportOptions) -> io::Result<Self> {
        let envelope = Envelope::new(report);
        let counted = Counted::of(report, &options.page.group_by)?;
        let mut lists = Vec::new();
        let mut list = |title: &str, items: Vec<String>| {
            if !items.is_empty() {
                lists.push(List { title: title.to_owned(), items });
            }
        };
        list("Not read", not_read(report));
        list("Missed targets", missed_targets(report));
        list("What to fix first", first_fixes(&envelope, &counted));
        let by = options.page.group_by.first().unwrap_or(&GroupBy::Account);
        let has_costs = counted.groups.iter().any(|groups| groups.by == *by && !groups.costs.is_empty());
        let most = if has_costs { "Highest cost by" } else { "Most findings by" };
        list(&format!("{most} {}", escape(by.title())), most_to_do(&envelope, &counted, by));
        list("Cost", cost::rows(report).into_iter().take(1).map(|(_, text)| escape(&text).into_owned()).collect());
        list("Not known", not_known(report)?);
        list("Notices", report.notices().iter().map(|notice| escape(&notice.message).into_owned()).collect());
        Ok(Self {
            title: title(report),
            result: headline(report).trim_start_matches("taglint: ").to_owned(),
            warning: (!report.complete()).then(|| INCOMPLETE.to_owned()),
            lists,
            scope: escape(&format!("{}; policy {}", envelope.sentence(), report.policy().name)).into_owned(),
            link: options.notify.report_url.as_deref().map(|url| link(report, url)),
        })
    }
}

/// The subject. A part has its name in it, so that a person sees whose message this is.
fn title(report: &Report) -> String {
    let (pass, judged) = report.passing();
    let found: u64 = report.summary().counts.findings.iter().sum();
    let state = if report.complete() { "" } else { " (incomplete)" };
    match report.part() {
        Some(part) => {
            format!("{}{state} in {} {}", count(found, "finding"), escape(&part.property), escape(part.label()))
        }
        None if judged == 0 => format!("Tag compliance: {}{state}", count(found, "finding")),
        // As the headline has it: two precisions in one message would look like two figures.
        None => format!("Tag compliance: {}% pass{state}", pass * 100 / judged),
    }
}

/// The address of the report, with the name of the part's file for `{part}`.
fn link(report: &Report, url: &str) -> String {
    let stem = report.part().map_or_else(|| "index".to_owned(), |part| part_file_stem(part.name.as_deref()));
    url.replace("{part}", &stem)
}

fn not_read(report: &Report) -> Vec<String> {
    let line = |(place, error): &(String, std::borrow::Cow<'_, str>)| {
        escape(&if place.is_empty() { error.to_string() } else { format!("{place}: {error}") }).into_owned()
    };
    unread(report).iter().map(line).collect()
}

/// The missed targets, those with the smallest share first: `owner: 111122223333: 92.11% of 203 resources comply with …`.
fn missed_targets(report: &Report) -> Vec<String> {
    let missed = by_need(report).into_iter().filter(|(_, result)| result.state == TargetState::Missed);
    let item =
        |(target, result): (&Target, &TargetResult)| format!("{}: {}", target.id, target_sentence(target, result));
    missed.map(|one| escape(&item(one)).into_owned()).collect()
}

/// A cost before a number of findings: `9,100.00 USD, `; empty for none.
fn paid(cost: &CostPair) -> String {
    let text = cost::pair_text(cost);
    if text.is_empty() { text } else { format!("{}, ", escape(&text)) }
}

/// The changes that help most: `Rename CostCenter to Cost Center: 412 findings, most in shop (300)`.
fn first_fixes(envelope: &Envelope<'_>, counted: &Counted) -> Vec<String> {
    let item = |(label, fix): &(&str, &fixes::Fix)| {
        let most = fix.first_account().filter(|(id, _)| !id.is_empty() && fix.accounts.len() > 1);
        let most = most.map(|(id, number)| {
            let name = account_name(envelope, id).unwrap_or_else(|| id.to_owned());
            format!(", most in {name} ({})", thousands(number))
        });
        format!("{label}: {}{}{}", paid(&fix.cost), count(fix.all(), "finding"), most.unwrap_or_default())
    };
    let best = fixes::best(&counted.fixes);
    let mut items: Vec<String> = best.iter().take(SHOWN).map(item).collect();
    if best.len() > SHOWN {
        let rest: u64 = best[SHOWN..].iter().map(|(_, fix)| fix.all()).sum();
        items.push(format!("{}: {}", count((best.len() - SHOWN) as u64, "other change"), count(rest, "finding")));
    }
    items
}

/// The groups of most findings, or with the highest costs if there is a bill. A single account is no comparison.
fn most_to_do(envelope: &Envelope<'_>, counted: &Counted, by: &GroupBy) -> Vec<String> {
    let Some(groups) = counted.groups.iter().find(|groups| groups.by == *by) else { return Vec::new() };
    let rows: Vec<_> = groups.worst().into_iter().filter(|(_, tally)| tally.found() > 0).collect();
    if groups.rows.len() < 2 && *by == GroupBy::Account {
        return Vec::new();
    }
    let name = |name: &str| match by {
        GroupBy::Account => {
            account_name(envelope, name).map_or_else(|| name.to_owned(), |own| format!("{own} ({name})"))
        }
        _ => name.to_owned(),
    };
    let item = |(group, tally): &(&str, &Tally)| {
        let cost = groups.costs.get(*group).map(paid).unwrap_or_default();
        format!("{}: {cost}{}", name(group), count(tally.found(), "finding"))
    };
    rows.iter().map(item).collect()
}

fn not_known(report: &Report) -> io::Result<Vec<String>> {
    let mut items = Vec::new();
    let unknown = report.summary().counts.unknown_results;
    if unknown > 0 {
        items.push(count(unknown, "unknown result"));
        let reason = |group: super::messages::UnknownGroup| format!("{}: {}", group.reason, thousands(group.count));
        items.extend(unknown_groups(report)?.into_iter().map(reason));
    }
    items.extend(not_judged_line(report));
    Ok(items)
}

impl List {
    /// The items that have room, and the number of the others.
    fn within(&self, room: Room) -> impl Iterator<Item = String> + '_ {
        let more = self.items.len().saturating_sub(room.items);
        let more = (more > 0).then(|| format!("and {} more", thousands(more as u64)));
        self.items.iter().take(room.items).map(move |item| clip(item, room.text, char::len_utf16)).chain(more)
    }
}

/// The room that the number of cut characters needs.
const CUT: usize = 32;

/// A text of at most `limit`, where each character costs what `cost` says. What is cut is counted.
fn clip(text: &str, limit: usize, cost: impl Fn(char) -> usize) -> String {
    if text.chars().map(&cost).sum::<usize>() <= limit {
        return text.to_owned();
    }
    let (mut used, room) = (0, limit.saturating_sub(CUT));
    let mut kept = String::new();
    for c in text.chars() {
        used += cost(c);
        if used > room {
            break;
        }
        kept.push(c);
    }
    let cut = text.chars().count() - kept.chars().count();
    format!("{kept}… ({})", count(cut as u64, "more character"))
}

/// The first room in which the bytes of a message are within the limit; the last one, if none is.
fn fitting(limit: usize, mut render: impl FnMut(Room) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for room in ROOMS {
        bytes = render(room);
        if bytes.len() <= limit {
            break;
        }
    }
    bytes
}
