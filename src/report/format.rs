//! The type of a report format.

use std::io::{self, Write};
use std::ops::ControlFlow;

use super::options::ReportOptions;
use crate::base::LogSpelling;
use crate::engine::Report;

/// A sink of rendered rows, as [`Report::findings`] takes one.
pub(super) type RowSink<'s> = &'s mut dyn FnMut(&[u8]) -> io::Result<ControlFlow<()>>;

/// A report format. Each format is one file with one constant of this type, which [`super::FORMATS`] lists.
#[derive(Debug)]
pub struct ReportFormat {
    /// The name that `--format` takes.
    pub name: &'static str,
    /// The file extensions that choose this format for `--output`; none if it is for standard output only.
    pub extensions: &'static [&'static str],
    /// The purpose of the format, for `--help` and the documentation.
    pub about: &'static str,
    /// The spelling of characters that a CI runner would take for a command, on standard output.
    pub log: LogSpelling,
    /// The renderer. It does not filter, count, or decide the exit code.
    pub(super) render: fn(&Report, &ReportOptions, &mut dyn Write) -> io::Result<()>,
}

impl ReportFormat {
    /// Returns `true` if the format is not text, so that only `--output` writes it.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        self.log == LogSpelling::Binary
    }

    /// Writes a report in this format.
    ///
    /// # Errors
    /// Those of reading the input again and of the writer.
    pub fn write(&self, report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
        (self.render)(report, options, out)
    }
}
