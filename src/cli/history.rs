//! `taglint history`.

use std::path::PathBuf;

use clap::Args;

use super::value::{choice, days};
use crate::history::{HISTORY_FORMATS, HistoryFormat};
use crate::model::lake::DayRange;

pub(super) const HISTORY_AFTER_HELP: &str = "\
A day without an inventory, and what an inventory could not read, is unknown. Waivers do not count.

Exit codes:
  0    The state of every resource on the last day is known
  2    Nothing was read: the command line, the policy or an inventory is invalid
  3    Incomplete: something is unknown on the last day (--allow-incomplete: exit 0 instead)

Examples:
  taglint history Owner --lake lake                      (which resources lack Owner, since when)
  taglint history owner-required --lake lake --policy company.toml
  taglint history arn:aws:iam::123456789012:user/ada --lake lake
  taglint history Owner october.jsonl.zst november.jsonl.zst --format json";

/// `taglint history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// A tag key, an ARN, or the id of a rule of --policy. Without --policy, a word is a key.
    #[arg(value_name = "KEY|ARN|RULE")]
    pub question: String,
    /// Inventories, each with the time of its collection, or lakes.
    #[arg(value_name = "INVENTORY", required_unless_present = "lake")]
    pub inputs: Vec<PathBuf>,
    /// Folder that `taglint collect --lake` writes. Repeatable.
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    pub lake: Vec<PathBuf>,
    /// Day, or range of days (A..B), of the lakes. Default: all days.
    #[arg(long, value_name = "DAY|A..B", value_parser = days, help_heading = "Input")]
    pub day: Option<DayRange>,
    /// Policy file, or folder of policy files: then a key is judged by its rules. Repeatable. Default: a key must be
    /// present.
    #[arg(long, value_name = "PATH", help_heading = "Policy")]
    pub policy: Vec<PathBuf>,
    /// Format on standard output.
    #[arg(long, value_parser = choice(HISTORY_FORMATS.iter().map(|format| (format.name, format.about, *format))),
        default_value = HISTORY_FORMATS[0].name, value_name = "FORMAT", help_heading = "Report")]
    pub format: &'static HistoryFormat,
    /// Exit 0 even if something is unknown on the last day.
    #[arg(long, help_heading = "Exit code")]
    pub allow_incomplete: bool,
}
