//! The report formats, one file for each: a finished [`crate::engine::Report`] and a writer in, bytes out.
//!
//! A renderer does not filter, count, or decide the exit code. To add a format, see docs/contributing/report-format.md.

use crate::engine::FindingLine;

mod access;
mod asff;
mod cost;
mod coverage;
mod csv;
mod envelope;
mod fixes;
#[cfg(test)]
mod fixture;
mod format;
mod github;
mod gitlab;
mod group_by;
mod help;
mod html;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod messages;
mod notify;
mod ocsf;
mod openmetrics;
mod options;
mod part_name;
mod parts_index;
#[cfg_attr(not(feature = "sarif"), path = "no_sarif.rs")]
mod sarif;
mod tally;
mod targets;
mod text;
mod trend;
mod xlsx;

pub use access::{ACCESS_FORMATS, AccessFormat};
pub use format::ReportFormat;
pub use group_by::{GROUP_NAMES, GroupBy};
pub use help::{Help, rule_help, target_help};
pub(crate) use help::{about, is_https};
pub use html::write_parts_page;
pub use json::finding_json;
pub use options::{NotifyOptions, PageOptions, ReportOptions, Show};
pub use part_name::part_file_stem;
pub use parts_index::{PartRow, PartsIndex};
pub use sarif::FORMAT as SARIF;
pub use trend::{TrendError, TrendPoint, trend_point};

/// The registry of report formats. The first is the default; `--format`, `--output`, `--help` and the documentation are
/// made from this list.
pub const FORMATS: &[&ReportFormat] = &[
    &text::FORMAT,
    &json::FORMAT,
    &jsonl::FORMAT,
    &sarif::FORMAT,
    &github::FORMAT,
    &markdown::FORMAT,
    &csv::FORMAT,
    &junit::FORMAT,
    &html::FORMAT,
    &gitlab::FORMAT,
    &ocsf::FORMAT,
    &asff::FORMAT,
    &openmetrics::FORMAT,
    &xlsx::FORMAT,
    &notify::slack::FORMAT,
    &notify::teams::FORMAT,
    &notify::sns::FORMAT,
    &notify::jira::FORMAT,
];

/// Returns `true` if a format has a place for costs (`--cost`).
#[must_use]
pub fn has_costs(format: &ReportFormat) -> bool {
    let without = [github::FORMAT.name, gitlab::FORMAT.name, asff::FORMAT.name, openmetrics::FORMAT.name];
    !without.contains(&format.name)
}

/// The line of a finding that some of these formats consist of ([`crate::engine::Settings::finding_line`]); `None` if none of
/// them does, and for redacted reports, which have further fields.
#[must_use]
pub fn finding_line_of<'f>(
    mut formats: impl Iterator<Item = &'f ReportFormat>,
    is_redacted: bool,
) -> Option<FindingLine> {
    let has_lines = |format: &ReportFormat| [json::FORMAT.name, jsonl::FORMAT.name].contains(&format.name);
    (!is_redacted && formats.any(has_lines)).then_some(json::finding_line)
}

/// The formats of messages, which take [`NotifyOptions`] and the first group of [`PageOptions`].
pub const MESSAGE_FORMATS: [&ReportFormat; 4] =
    [&notify::slack::FORMAT, &notify::teams::FORMAT, &notify::sns::FORMAT, &notify::jira::FORMAT];

/// The formats of the files of `--split-by`, which people read. The first is the default.
pub const SPLIT_FORMATS: &[&ReportFormat] = &[
    &markdown::FORMAT,
    &html::FORMAT,
    &csv::FORMAT,
    &notify::slack::FORMAT,
    &notify::teams::FORMAT,
    &notify::sns::FORMAT,
    &notify::jira::FORMAT,
];

/// Returns `true` if a format is the web page, which takes [`PageOptions`] and needs the passing resources
/// ([`crate::engine::Settings::show_passed`]).
#[must_use]
pub fn is_page(format: &ReportFormat) -> bool {
    format.name == html::FORMAT.name
}

/// Returns `true` if a format is a message.
#[must_use]
pub fn is_message(format: &ReportFormat) -> bool {
    MESSAGE_FORMATS.iter().any(|one| one.name == format.name)
}

/// The format that a file's extension chooses. The longest extension wins: `.sarif.json` is SARIF, not JSON.
#[must_use]
pub fn format_of_path(path: &str) -> Option<&'static ReportFormat> {
    let path = path.to_ascii_lowercase();
    let length = |format: &ReportFormat| {
        format.extensions.iter().filter(|extension| path.ends_with(**extension)).map(|extension| extension.len()).max()
    };
    FORMATS.iter().copied().max_by_key(|format| length(format)).filter(|format| length(format).is_some())
}
