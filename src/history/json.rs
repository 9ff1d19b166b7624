//! A history for programs: one object.

use std::io::{self, Write};

use serde::Serialize;

use super::coverage::{Coverage, DayGap};
use super::report::{HistoryReport, ResourceHistoryReport, RowSource};
use super::resource::{Change, DayState};
use super::standing::Status;
use crate::base::encode::json;
use crate::model::TagMap;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Days {
    first: Option<String>,
    last: Option<String>,
    with_inventory: usize,
    without_inventory: Vec<String>,
    unread: Vec<DayGap>,
}

impl Days {
    fn of(coverage: &Coverage) -> Self {
        let ends = coverage.ends();
        Self {
            first: ends.map(|(first, _)| first.to_string()),
            last: ends.map(|(_, last)| last.to_string()),
            with_inventory: coverage.len(),
            without_inventory: coverage.missing().iter().map(ToString::to_string).collect(),
            unread: coverage.gaps(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row<'r> {
    resource: &'r str,
    account: &'r str,
    region: Option<&'r str>,
    r#type: &'r str,
    state: &'static str,
    problem: Option<&'r str>,
    since: Option<String>,
    unbroken_since: Option<String>,
    last_right: Option<String>,
    appeared: Option<String>,
    last_seen: String,
    unknown_days: u32,
}

/// Writes the rows as they come: there may be as many as resources.
pub(super) fn standing(report: &HistoryReport<'_>, rows: &mut RowSource<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"taglint\":\"history\",\"version\":1,\"{}\":", report.about)?;
    json::write(out, report.name)?;
    write!(out, ",\"complete\":{},\"resources\":[", report.complete())?;
    let mut comma = "";
    rows(&mut |row| {
        out.write_all(comma.as_bytes())?;
        comma = ",";
        let text = |day: Option<crate::model::Day>| day.map(|day| day.to_string());
        let standing = &row.standing;
        let row = Row {
            resource: &row.resource,
            account: &row.account,
            region: row.region.as_deref(),
            r#type: &row.kind,
            state: if row.status == Status::Wrong { "wrong" } else { "unknown" },
            problem: Some(row.problem.as_str()).filter(|problem| !problem.is_empty()),
            since: text(standing.since),
            unbroken_since: text(standing.unbroken_since),
            last_right: text(standing.last_right),
            appeared: text(standing.appeared),
            last_seen: standing.seen.to_string(),
            unknown_days: standing.unknown_days,
        };
        json::write(out, &row)
    })?;
    let [wrong, unknown, right, deleted] = report.counts;
    write!(
        out,
        "],\"counts\":{{\"wrong\":{wrong},\"unknown\":{unknown},\"right\":{right},\"deleted\":{deleted}}},\"days\":"
    )?;
    json::write(out, &Days::of(report.coverage))?;
    out.write_all(b"}\n")
}

#[derive(Serialize)]
struct PeriodJson<'p> {
    from: String,
    to: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'p TagMap>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    changes: &'p [Change],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'p str>,
}

pub(super) fn resource(report: &ResourceHistoryReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let periods: Vec<PeriodJson<'_>> = report
        .periods
        .iter()
        .map(|period| {
            let (state, tags, reason) = match &period.state {
                DayState::Tags(tags) => ("present", Some(tags), None),
                DayState::Absent => ("absent", None, None),
                DayState::Unknown(reason) => ("unknown", None, Some(reason.as_str())),
            };
            let (from, to) = (period.from.to_string(), period.to.to_string());
            PeriodJson { from, to, state, tags, changes: &period.changes, reason }
        })
        .collect();
    write!(out, "{{\"taglint\":\"history\",\"version\":1,\"resource\":")?;
    json::write(out, report.resource)?;
    write!(out, ",\"periods\":")?;
    json::write(out, &periods)?;
    write!(out, ",\"days\":")?;
    json::write(out, &Days::of(report.coverage))?;
    out.write_all(b"}\n")
}
