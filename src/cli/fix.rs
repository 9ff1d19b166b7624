//! `taglint fix`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[cfg(feature = "aws")]
use super::LiveArgs;
use super::{ManagedArgs, PolicyArgs, account, stack_tag};

pub(super) const FIX_EXAMPLES: &str = "\
A plan changes nothing by itself. It does what the policy makes certain: a key under another
spelling is renamed, a value that differs from an allowed one in case or outer space is rewritten,
a missing tag gets the rule's default. All else is listed with its reason, and the flag that would
permit it.

Before the first write of a resource its tags are in a journal on the disk.

Exit codes: 0 planned (or nothing to do), or all that was planned took; 1 something was refused,
skipped or failed; 2 nothing was done (the command, policy or input is wrong); 3 incomplete
(something could not be read, or was written and not seen in time).

Examples:
  taglint fix inventory.jsonl
  taglint fix inventory.jsonl --output plan.json
  taglint fix --region eu-central-1 --output plan.json   (live: it says who reads each tag)
  taglint fix --apply plan.json --profile prod
  taglint fix --resume taglint-journal-20261122T090000Z.jsonl --yes
  taglint fix --undo taglint-journal-20261122T090000Z.jsonl --yes
  taglint fix inventory.jsonl --allow-remove --select retired-keys --emit aws-cli > fix.sh
  taglint fix inventory.jsonl --terraform-state infra/terraform.tfstate --patch tags.diff
  taglint fix inventory.jsonl --resource 'arn:aws:iam::*:user/anika' --set Team=payments";

/// `taglint fix`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of its own
pub struct FixArgs {
    /// Inventories, or what the AWS CLI prints; `-` for standard input.
    #[arg(value_name = "INVENTORY")]
    #[cfg_attr(not(feature = "aws"), arg(required = true))]
    pub inputs: Vec<PathBuf>,
    /// Where the rules come from.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Fix what these rules find only (ids, globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Leave alone what these rules find (ids, globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Only resources whose ARN, address or name matches (globs). Repeatable.
    #[arg(long, value_name = "GLOB")]
    pub resource: Vec<String>,
    /// Write this tag on the resources of --resource, whether or not a rule asks for it. Repeatable.
    #[arg(long, value_name = "KEY=VALUE", value_parser = set_tag, requires = "resource")]
    pub set: Vec<(String, String)>,
    /// Keep the plan in this file (.json).
    #[arg(long, short, value_name = "PLAN")]
    pub output: Option<PathBuf>,
    /// Print the plan in another form.
    #[arg(long, value_enum, value_name = "FORM")]
    pub emit: Option<EmitArg>,
    /// Write what would change in source, as a diff for `git apply`: that of --terraform-state, or the template (--source) of
    /// --stack-resources.
    #[arg(long, value_name = "DIFF")]
    pub patch: Option<PathBuf>,
    /// Rename keys that are only near the right one too: a few edits away, or of letters that look alike.
    #[arg(long)]
    pub allow_guess: bool,
    /// Remove tags that a rule forbids.
    #[arg(long)]
    pub allow_remove: bool,
    /// Write other values over those that are there.
    #[arg(long)]
    pub allow_overwrite: bool,
    /// Change resources that a stack or a Terraform state keeps, too.
    #[arg(long)]
    pub allow_managed: bool,
    /// What `aws iam get-account-authorization-details` printed (without --filter): who reads which tags, for a plan that
    /// is made from an inventory, or where that call is denied. Repeatable.
    #[arg(long, value_name = "FILE")]
    pub access: Vec<PathBuf>,
    /// Leave alone what may be kept by somebody: users and MFA devices, unless states or stacks are given.
    #[arg(long)]
    pub require_owner_known: bool,
    /// What manages the resources of an inventory.
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// The folder of the source of --terraform-state (default: the state's own folder), or the template of
    /// --stack-resources.
    #[arg(long, value_name = "DIR|FILE")]
    pub source: Option<PathBuf>,
    /// The account that --stack-resources are of, where they do not say so.
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: Option<String>,
    /// The folder that locations and --patch are relative to; default: the repository's root.
    #[arg(long, value_name = "DIR")]
    pub srcroot: Option<PathBuf>,
    /// The day of the run (YYYY-MM-DD), where dates matter; default: today, UTC.
    #[arg(long, value_name = "DAY")]
    pub now: Option<String>,
    /// Exit 0 although something could not be read.
    #[arg(long)]
    pub allow_incomplete: bool,
    /// Where live resources are read and changed.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub live: LiveArgs,
    /// Carrying a plan out, and taking it back.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub apply: ApplyArgs,
}

/// Carrying a plan out, and taking it back.
#[cfg(feature = "aws")]
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("carrying").args(["apply", "resume", "undo"]))]
pub struct ApplyArgs {
    /// Carry a plan out: this file, or what would be planned now; asks on a terminal first.
    #[arg(long, value_name = "PLAN", num_args = 0..=1)]
    #[allow(clippy::option_option)] // clap's form of an optional value
    pub apply: Option<Option<PathBuf>>,
    /// Do not ask.
    #[arg(long, requires = "carrying")]
    pub yes: bool,
    /// Where the journal goes; default: `taglint-journal-TIME.jsonl` in the working folder.
    #[arg(long, value_name = "PATH", conflicts_with = "resume", requires = "carrying")]
    pub journal: Option<PathBuf>,
    /// Finish the interrupted run of this journal.
    #[arg(long, value_name = "JOURNAL")]
    pub resume: Option<PathBuf>,
    /// Take the run of this journal back.
    #[arg(long, value_name = "JOURNAL")]
    pub undo: Option<PathBuf>,
    /// How long to read a resource again until it shows what was written, in seconds: IAM is eventually consistent
    /// (default: 30).
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(0..=3600), requires = "carrying")]
    pub patience: Option<u16>,
    /// Change tags that a policy of the account reads, too; who reads them is then not looked up.
    #[arg(long)]
    pub allow_access_change: bool,
}

/// Another form of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EmitArg {
    /// A shell script of AWS CLI calls.
    AwsCli,
    /// HCL: the tags that each resource would have.
    Terraform,
    /// CSV: one row a tag that changes.
    TagEditor,
}

/// A tag to write.
fn set_tag(text: &str) -> Result<(String, String), String> {
    stack_tag(text).map_err(|_| "a tag is written as KEY=VALUE".to_owned())
}
