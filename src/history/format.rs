//! The formats of a history.

use std::io::{self, Write};

use super::report::{HistoryReport, ResourceHistoryReport, RowSource};
use super::{csv, json, text};
use crate::base::LogSpelling;

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
    &HistoryFormat {
        name: "csv",
        about: "CSV for spreadsheets: one row for each resource, or for each period of one",
        log: LogSpelling::Text,
        standing: csv::standing,
        resource: csv::resource,
    },
];
