//! `taglint explain-access`.

use std::path::PathBuf;

use clap::Args;

#[cfg(feature = "aws")]
use super::live::{ConnectionArgs, LiveArgs};
use super::value::choice;
use crate::report::{ACCESS_FORMATS, AccessFormat};

pub(super) const ACCESS_AFTER_HELP: &str = "\
taglint reads managed policies (the default version) and their attachments, inline policies of users, \
groups and roles, trust policies of roles, and permissions boundaries. Every report lists the kinds of \
policies that are not read.

Exit codes:
  0    Everything was read
  2    Nothing was read: the command line or an input is invalid
  3    Incomplete: something could not be read (--allow-incomplete: exit 0 instead)
  130  Interrupted

Examples:
  taglint explain-access Owner
  taglint explain-access \"Cost Center\" --profile audit --format json
  taglint explain-access Owner --organization --role-name taglint-scan
  aws iam get-account-authorization-details > account.json
  taglint explain-access Owner --from account.json";

/// `taglint explain-access`.
#[derive(Debug, Args)]
pub struct ExplainAccessArgs {
    /// Tag key, such as Owner. IAM ignores its case.
    #[arg(value_name = "KEY")]
    pub key: String,
    /// Output of `aws iam get-account-authorization-details` (without --filter), or `-` for standard input, instead of a
    /// live account. Repeatable.
    #[cfg_attr(feature = "aws", arg(long, value_name = "FILE", conflicts_with_all = ["LiveArgs", "ConnectionArgs"],
        help_heading = "Input"))]
    #[cfg_attr(not(feature = "aws"), arg(long, value_name = "FILE", required = true, help_heading = "Input"))]
    pub from: Vec<PathBuf>,
    /// The live accounts.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub live: LiveArgs,
    /// Format on standard output.
    #[arg(long, value_parser = choice(ACCESS_FORMATS.iter().map(|format| (format.name, format.about, *format))),
        default_value = ACCESS_FORMATS[0].name, value_name = "FORMAT", help_heading = "Report")]
    pub format: &'static AccessFormat,
    /// Exit 0 even if something could not be read.
    #[arg(long, help_heading = "Exit code")]
    pub allow_incomplete: bool,
    /// The pace of the run and its connection to AWS.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub connection: ConnectionArgs,
}
