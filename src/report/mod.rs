//! One format a file: a finished [`Report`] and a writer in, bytes out. A renderer does not filter, count, or decide the
//! exit code.

mod access;
mod csv;
#[cfg(test)]
mod fixture;
mod github;
mod help;
mod html;
mod json;
mod junit;
mod markdown;
mod messages;
mod sarif;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use crate::engine::Report;

pub use access::{write_access_json, write_access_text};
pub use help::{Help, rule_help};
pub use json::finding_json;

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // `ALL` says what each is for
pub enum Format {
    Text,
    Json,
    Jsonl,
    Sarif,
    Github,
    Markdown,
    Csv,
    Junit,
    Html,
}

impl Format {
    /// Every format: its name, the endings of its files, and what it is for.
    pub const ALL: &[(Self, &str, &[&str], &str)] = &[
        (
            Self::Text,
            "text",
            &[".txt"],
            "a person: grouped by resource, what is wrong underlined, what to write instead",
        ),
        (Self::Json, "json", &[".json"], "programs: one object with every finding and field"),
        (Self::Jsonl, "jsonl", &[".jsonl"], "programs: one finding a line"),
        (Self::Sarif, "sarif", &[".sarif", ".sarif.json"], "GitHub code scanning and every SARIF viewer"),
        (Self::Github, "github", &[], "workflow annotations"),
        (Self::Markdown, "markdown", &[".md"], "a pull request comment or $GITHUB_STEP_SUMMARY"),
        (Self::Csv, "csv", &[".csv"], "spreadsheets"),
        (Self::Junit, "junit", &[".xml"], "CI test tabs"),
        (
            Self::Html,
            "html",
            &[".html"],
            "a self-contained page: compliance by rule, type and account, filter and sort",
        ),
    ];

    /// The format that a file's name asks for.
    #[must_use]
    pub fn of_path(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let fits = |endings: &[&str]| endings.iter().filter(|ending| name.ends_with(**ending)).map(|e| e.len()).max();
        Self::ALL
            .iter()
            .filter_map(|(format, _, endings, _)| Some((fits(endings)?, *format)))
            .max_by_key(|(length, _)| *length)
            .map(|(_, format)| format)
    }
}

/// What else is shown besides findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Show {
    /// Waived findings, with their reasons.
    pub waived: bool,
    /// Rules that cannot be told, one by one where a format would only count them.
    pub unknown: bool,
    /// Resources that comply.
    pub passed: bool,
}

/// How a report is written.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What else is shown.
    pub show: Show,
    /// Whether text is coloured.
    pub color: bool,
    /// Text: the summary alone.
    pub quiet: bool,
    /// Text: 1 and more show every finding's rule in full.
    pub verbose: u8,
    /// The root of the repository that locations are relative to.
    pub srcroot: PathBuf,
    /// SARIF: results of a run at most; 0 is all of them.
    pub sarif_limit: usize,
    /// SARIF: replaces the category that taglint would choose.
    pub sarif_category: Option<String>,
    /// SARIF: say that the run was successful although it was not complete.
    pub allow_incomplete: bool,
    /// The run was narrowed by flags; what they were, for a category of its own.
    pub narrowed: Option<String>,
}

/// Writes a report.
///
/// # Errors
/// Those of reading the input again and of the writer.
pub fn write(format: Format, report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, options, out),
        Format::Json => json::write(report, options, out),
        Format::Jsonl => json::write_lines(report, options, out),
        Format::Sarif => sarif::write(report, options, out),
        Format::Github => github::write(report, options, out),
        Format::Markdown => markdown::write(report, options, out),
        Format::Csv => csv::write(report, options, out),
        Format::Junit => junit::write(report, options, out),
        Format::Html => html::write(report, options, out),
    }
}
