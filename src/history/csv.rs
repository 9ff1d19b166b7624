//! A history for spreadsheets: a header, then one row for each resource, and one for each part that is not known.

use std::io::{self, Write};

use super::coverage::Coverage;
use super::report::{HistoryReport, ResourceHistoryReport, RowSource, StandingRow};
use super::resource::{DayState, Period};
use super::standing::Status;
use crate::base::encode::{csv::append_record, json};
use crate::model::Day;

/// The columns of the history of a key or a rule. A gap is a row with the state `not read`, a day without an inventory one
/// with `no inventory`; their day is in `last-seen`.
const STANDING: [&str; 12] = [
    "state",
    "resource",
    "account",
    "region",
    "type",
    "problem",
    "since",
    "unbroken-since",
    "last-right",
    "appeared",
    "last-seen",
    "unknown-days",
];
/// The columns of the history of a resource. `tags` and `changes` are JSON.
const RESOURCE: [&str; 6] = ["from", "to", "state", "tags", "changes", "reason"];

/// Writes the rows as they come: there may be as many as resources.
pub(super) fn standing(report: &HistoryReport<'_>, rows: &mut RowSource<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_record(out, &STANDING)?;
    rows(&mut |row| write_record(out, &cells(row)))?;
    for [state, day, account, region, kind, reason] in unknown_parts(report.coverage) {
        write_record(out, &[&state, "", &account, &region, &kind, &reason, "", "", "", "", &day, ""])?;
    }
    Ok(())
}

fn cells(row: &StandingRow) -> [String; STANDING.len()] {
    let standing = &row.standing;
    let text = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    [
        if row.status == Status::Wrong { "wrong" } else { "unknown" }.to_owned(),
        row.resource.clone(),
        row.account.clone(),
        row.region.clone().unwrap_or_default(),
        row.kind.clone(),
        row.problem.clone(),
        text(standing.since),
        text(standing.unbroken_since),
        text(standing.last_right),
        text(standing.appeared),
        standing.seen.to_string(),
        standing.unknown_days.to_string(),
    ]
}

/// The gaps, and the days without an inventory: state, day, account, region, type, reason.
fn unknown_parts(coverage: &Coverage) -> Vec<[String; 6]> {
    let gap = |found: super::coverage::DayGap| {
        let gap = found.gap;
        let part = |text: Option<String>| text.unwrap_or_default();
        let operation = gap.operation.filter(|operation| !gap.error.contains(operation.as_str()));
        let error = operation.map_or_else(|| gap.error.clone(), |operation| format!("{operation}: {}", gap.error));
        ["not read".to_owned(), found.day, part(gap.account), part(gap.region), part(gap.kind), error]
    };
    let empty = String::new;
    let missing = |day: &Day| {
        let reason = "no inventory of this day".to_owned();
        ["no inventory".to_owned(), day.to_string(), empty(), empty(), empty(), reason]
    };
    coverage.gaps().into_iter().map(gap).chain(coverage.missing().iter().map(missing)).collect()
}

/// Writes one row for each period.
pub(super) fn resource(report: &ResourceHistoryReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_record(out, &RESOURCE)?;
    report.periods.iter().try_for_each(|period| write_record(out, &period_cells(period)))
}

fn period_cells(period: &Period) -> [String; RESOURCE.len()] {
    let (state, tags, reason) = match &period.state {
        DayState::Tags(tags) => ("present", json::to_string(tags), String::new()),
        DayState::Absent => ("absent", String::new(), String::new()),
        DayState::Unknown(reason) => ("unknown", String::new(), reason.clone()),
    };
    let changes = if period.changes.is_empty() { String::new() } else { json::to_string(&period.changes) };
    [period.from.to_string(), period.to.to_string(), state.to_owned(), tags, changes, reason]
}

fn write_record(out: &mut dyn Write, cells: &[impl AsRef<str>]) -> io::Result<()> {
    let mut record = Vec::new();
    append_record(&mut record, cells);
    out.write_all(&record)
}
