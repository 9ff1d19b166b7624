//! The reports of a history and their formats.

use std::io::{self, Write};

use super::coverage::Coverage;
use super::resource::Period;
use super::standing::{Standing, Status};
use super::{json, text};
use crate::base::LogSpelling;

/// A resource that is wrong, or not known, at the end of a history.
#[derive(Debug, Clone)]
pub struct StandingRow {
    /// The ARN, or another name.
    pub resource: String,
    /// The account id; empty if not known.
    pub account: String,
    /// The region; `None` for types without one.
    pub region: Option<String>,
    /// The resource type.
    pub kind: String,
    /// What is wrong on the last day on which it was seen, such as `missing`; empty if that is not known.
    pub problem: String,
    /// Its history.
    pub standing: Standing,
    /// Its state at the end.
    pub status: Status,
}

/// The history of a key or a rule.
#[derive(Debug)]
pub struct HistoryReport<'r> {
    /// The question: `key` or `rule`.
    pub about: &'static str,
    /// The key or the rule.
    pub name: &'r str,
    /// The days.
    pub coverage: &'r Coverage,
    /// The number of resources that are wrong, unknown and right at the end, and of those that were deleted.
    pub counts: [u64; 4],
}

impl HistoryReport<'_> {
    /// Returns whether the state of every resource at the end is known.
    #[must_use]
    pub fn complete(&self) -> bool {
        let last = self.coverage.ends().map(|(_, last)| last.to_string());
        self.counts[1] == 0 && !self.coverage.gaps().iter().any(|gap| Some(&gap.day) == last.as_ref())
    }
}

/// The history of the tags of one resource.
#[derive(Debug)]
pub struct ResourceHistoryReport<'r> {
    /// The ARN.
    pub resource: &'r str,
    /// The days.
    pub coverage: &'r Coverage,
    /// The periods in order.
    pub periods: Vec<Period>,
}

/// The rows of a history, which come one by one.
pub(super) type RowSource<'s> = dyn FnMut(&mut dyn FnMut(&StandingRow) -> io::Result<()>) -> io::Result<()> + 's;

/// A format of `taglint history`.
#[derive(Debug)]
pub struct HistoryFormat {
    /// The name that `--format` takes.
    pub name: &'static str,
    /// The purpose of the format, for `--help`.
    pub about: &'static str,
    /// The spelling of characters that a CI runner would take for a command, on standard output.
    pub log: LogSpelling,
    standing: fn(&HistoryReport<'_>, &mut RowSource<'_>, &mut dyn Write) -> io::Result<()>,
    resource: fn(&ResourceHistoryReport<'_>, &mut dyn Write) -> io::Result<()>,
}

impl HistoryFormat {
    /// Writes the history of a key or a rule.
    ///
    /// # Errors
    /// Those of the writer and of the rows.
    pub fn write(&self, report: &HistoryReport<'_>, rows: &mut RowSource<'_>, out: &mut dyn Write) -> io::Result<()> {
        (self.standing)(report, rows, out)
    }

    /// Writes the history of a resource.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_resource(&self, report: &ResourceHistoryReport<'_>, out: &mut dyn Write) -> io::Result<()> {
        (self.resource)(report, out)
    }
}

/// The registry of the formats. The first is the default.
pub const HISTORY_FORMATS: &[&HistoryFormat] = &[
    &HistoryFormat {
        name: "text",
        about: "Text for people",
        log: LogSpelling::Text,
        standing: text::standing,
        resource: text::resource,
    },
    &HistoryFormat {
        name: "json",
        about: "JSON for programs: one object",
        log: LogSpelling::Json,
        standing: json::standing,
        resource: json::resource,
    },
];
