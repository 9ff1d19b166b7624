//! A history for people.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::coverage::Coverage;
use super::report::{HistoryReport, ResourceHistoryReport, RowSource, StandingRow};
use super::resource::{Change, DayState, Period};
use super::standing::Status;
use crate::base::{count, escape, quote, thousands};
use crate::model::Day;

/// The number of gaps and days that a text names; JSON has all of them.
const NAMED: usize = 20;

pub(super) fn standing(report: &HistoryReport<'_>, rows: &mut RowSource<'_>, out: &mut dyn Write) -> io::Result<()> {
    let first = report.coverage.ends().map(|(first, _)| first);
    rows(&mut |row| writeln!(out, "{}", row_text(row, first)))?;
    let [wrong, unknown, right, deleted] = report.counts;
    let name = quote(report.name);
    if wrong + unknown > 0 {
        writeln!(out)?;
    }
    let mut line = format!(
        "{} {}: {} of {} fail, {} pass, {} unknown",
        report.about,
        escape(&name),
        thousands(wrong),
        count(wrong + unknown + right, "resource"),
        thousands(right),
        thousands(unknown),
    );
    if deleted > 0 {
        line += &format!(", {} deleted", thousands(deleted));
    }
    writeln!(out, "{line}")?;
    days(report.coverage, out)
}

fn row_text(row: &StandingRow, first: Option<Day>) -> String {
    let standing = &row.standing;
    let resource = escape(&row.resource);
    let begin = match standing.since {
        None => "           ".to_owned(),
        Some(since) => format!("{since} "),
    };
    let mut facts = Vec::new();
    match row.status {
        Status::Unknown => {
            facts
                .push(format!("unknown now, last known on {}", last_known(row).unwrap_or_else(|| "no day".to_owned())));
        }
        _ => facts.push(escape(&row.problem).into_owned()),
    }
    if let Some(since) = standing.since {
        facts.push(match (standing.last_right, standing.appeared) {
            (Some(right), _) if since.since(right) > 1 => {
                format!("right until {right}, unknown until {}", since.plus(-1))
            }
            (Some(right), _) => format!("right until {right}"),
            (None, Some(appeared)) if appeared == since => "since it exists".to_owned(),
            (None, _) if Some(since) == first => "since then or earlier".to_owned(),
            (None, _) => format!("not known before {since}"),
        });
        if standing.unknown_days > 0 {
            facts.push(format!("{} in between", count(u64::from(standing.unknown_days), "unknown day")));
        }
    } else if let Some(right) = standing.last_right {
        facts.push(format!("right on {right}"));
    }
    format!("{begin} {resource}: {}", facts.join("; "))
}

/// The last day on which the state was known.
fn last_known(row: &StandingRow) -> Option<String> {
    let standing = &row.standing;
    if standing.observed == super::standing::Observed::Unknown {
        return standing.last_right.max(standing.since).map(|day| format!("{day} or later"));
    }
    Some(standing.seen.to_string())
}

fn days(coverage: &Coverage, out: &mut dyn Write) -> io::Result<()> {
    let Some((first, last)) = coverage.ends() else { return Ok(()) };
    writeln!(out, "inventories of {} from {first} to {last}", count(coverage.len() as u64, "day"))?;
    let missing = coverage.missing();
    if !missing.is_empty() {
        let named: Vec<String> = missing.iter().take(NAMED).map(ToString::to_string).collect();
        let more = if missing.len() > NAMED { " and others" } else { "" };
        writeln!(out, "unknown: no inventory of {}{more}", named.join(", "))?;
    }
    let gaps = coverage.gaps();
    // The newest gaps say what is unknown now.
    let mut gaps: Vec<_> = gaps.iter().collect();
    gaps.sort_by_key(|gap| (Reverse(&gap.day), &gap.gap.account, &gap.gap.region, &gap.gap.kind));
    for gap in gaps.iter().take(NAMED) {
        let places = [&gap.gap.account, &gap.gap.region, &gap.gap.kind];
        let places: Vec<&str> = places.into_iter().filter_map(|place| place.as_deref()).collect();
        writeln!(out, "unknown: {} {}: {}", gap.day, escape(&places.join(" ")), escape(&gap.gap.error))?;
    }
    if gaps.len() > NAMED {
        writeln!(out, "unknown: {} more", gaps.len() - NAMED)?;
    }
    Ok(())
}

pub(super) fn resource(report: &ResourceHistoryReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape(report.resource))?;
    for period in &report.periods {
        let days =
            if period.from == period.to { period.from.to_string() } else { format!("{}..{}", period.from, period.to) };
        writeln!(out, "{days:<22}  {}", period_text(period))?;
    }
    days(report.coverage, out)
}

fn period_text(period: &Period) -> String {
    match &period.state {
        DayState::Absent => "does not exist".to_owned(),
        DayState::Unknown(reason) => format!("unknown: {}", escape(reason)),
        DayState::Tags(_) if !period.changes.is_empty() => {
            period.changes.iter().map(change).collect::<Vec<_>>().join("; ")
        }
        DayState::Tags(tags) if tags.is_empty() => "no tags".to_owned(),
        DayState::Tags(tags) => {
            let tags: Vec<String> =
                tags.iter().map(|(key, value)| format!("{}={}", quote(key), quote(value))).collect();
            escape(&tags.join(" ")).into_owned()
        }
    }
}

fn change(change: &Change) -> String {
    let text = match (&change.before, &change.after) {
        (None, after) => format!("added {}={}", quote(&change.key), quote(after.as_deref().unwrap_or_default())),
        (Some(_), None) => format!("removed {}", quote(&change.key)),
        (Some(before), Some(after)) => format!("{}: {} became {}", quote(&change.key), quote(before), quote(after)),
    };
    escape(&text).into_owned()
}
