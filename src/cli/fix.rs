//! `taglint fix`.

use std::path::PathBuf;

use clap::Args;

use super::check::{ManagedArgs, RuleSelectionArgs};
#[cfg(feature = "aws")]
use super::live::{ConnectionArgs, LiveArgs};
use super::value::{account, choice, stack_tag};
use crate::fix::ExportFormat;
#[cfg(feature = "aws")]
use crate::fix::journal::Sha256Hex;

pub(super) const FIX_AFTER_HELP: &str = "\
Without --apply nothing is changed. A plan contains the fixes that the policy makes certain: a key
in another spelling is renamed, a value that differs from an allowed one only in letter case or
surrounding space is corrected, and a missing tag gets the rule's default. All other findings are
listed with the reason, and with the flag that permits the change.

Before a resource is changed, its tags are written to a journal on disk. With the journal a run can
be resumed and undone. At its end the run prints the SHA-256 of the journal and the command that
undoes it.

Exit codes:
  0    Planned, or all planned changes were applied
  1    A change was refused or failed, or somebody changed the resource during or after the fix
  2    Nothing was done: the command line, the policy or an input is invalid
  3    Incomplete: something could not be read, a write could not be verified in time, or an undo
       left a tag that the run only perhaps wrote
  130  Interrupted

Examples:
  taglint fix inventory.jsonl
  taglint fix inventory.jsonl --output plan.json
  taglint fix --region eu-central-1 --output plan.json   (live resources and IAM policies)
  taglint fix --apply plan.json --profile prod
  taglint fix --resume taglint-journal-20261122T090000Z.jsonl --yes
  taglint fix --undo taglint-journal-20261122T090000Z.jsonl --allow-remove --yes
  taglint fix inventory.jsonl --allow-remove --select retired-keys --emit aws-cli > fix.sh
  taglint fix inventory.jsonl --terraform-state infra/terraform.tfstate --patch tags.diff
  taglint fix inventory.jsonl --resource 'arn:aws:iam::*:user/anika' --set Team=payments";

/// The flags that choose live accounts and resources. They have no effect if the plan is made from an inventory.
#[cfg(feature = "aws")]
pub const LIVE_FLAGS: [&str; 10] = [
    "profile",
    "region",
    "all_regions",
    "role_arn",
    "external_id",
    "organization",
    "types",
    "shard",
    "deadline",
    "max_concurrency",
];

/// The flags that choose the resources of a scan. They have no effect if a journal determines the resources.
#[cfg(feature = "aws")]
pub const SCAN_FLAGS: [&str; 6] = ["region", "all_regions", "types", "shard", "deadline", "tags_from"];

/// The flags about how resources are read. They have no effect if a plan determines the resources. The other flags that
/// choose resources are compared with the plan.
#[cfg(feature = "aws")]
pub const READ_FLAGS: [&str; 3] = ["shard", "deadline", "tags_from"];

/// The arguments for making a plan. They have no effect if the plan exists already.
#[cfg(feature = "aws")]
pub const PLAN_FLAGS: [&str; 5] = ["inputs", "output", "emit", "patch", "allow_incomplete"];

/// The flags about rules. They have no effect on an undo, which only restores tags.
#[cfg(feature = "aws")]
pub const RULE_FLAGS: [&str; 7] = ["policy", "select", "ignore", "set", "allow_guess", "require_owner_known", "now"];

/// Returns an argument as it is typed.
#[cfg(feature = "aws")]
#[must_use]
pub fn flag_name(id: &str) -> String {
    match id {
        "inputs" => "INVENTORY".to_owned(),
        "types" => "--type".to_owned(),
        _ => format!("--{}", id.replace('_', "-")),
    }
}

const INPUT: &str = "Input";
const OWNERSHIP: &str = "Ownership";
const CHANGES: &str = "Changes";
const OVERRIDES: &str = "Permitted changes";
const OUTPUT: &str = "Output";
const EXIT_CODE: &str = "Exit code";
#[cfg(feature = "aws")]
const APPLY: &str = "Apply, resume and undo";

/// `taglint fix`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of its own
pub struct FixArgs {
    /// The arguments that were given. It must be the first field, because the others remove their values from the matches.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub given: GivenArgs,
    /// Inventories, or output of the AWS CLI; `-` for standard input.
    #[arg(value_name = "INVENTORY")]
    #[cfg_attr(not(feature = "aws"), arg(required = true))]
    pub inputs: Vec<PathBuf>,
    /// The output of `aws iam get-account-authorization-details` without --filter: the policies that may read tags, for a
    /// plan that is made from an inventory, or if that call is denied. Repeatable.
    #[arg(long, value_name = "FILE", help_heading = INPUT)]
    pub access: Vec<PathBuf>,
    /// The date of the run (YYYY-MM-DD) for rules about dates; default: today, UTC.
    #[arg(long, value_name = "DAY", help_heading = INPUT)]
    pub now: Option<String>,
    /// The live accounts.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub live: LiveArgs,
    /// The states and stacks that manage resources.
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// The folder of the source of --terraform-state (default: the state's folder), or the template of --stack-resources.
    #[arg(long, value_name = "DIR|FILE", help_heading = OWNERSHIP)]
    pub source: Option<PathBuf>,
    /// The account of --stack-resources, if they do not contain it.
    #[arg(long, value_name = "ID", value_parser = account, help_heading = OWNERSHIP)]
    pub account: Option<String>,
    /// The folder that locations and --patch are relative to; default: the root of the repository.
    #[arg(long, value_name = "DIR", help_heading = OWNERSHIP)]
    pub srcroot: Option<PathBuf>,
    /// The rules whose findings are fixed.
    #[command(flatten)]
    pub rules: RuleSelectionArgs,
    /// Only resources whose ARN, address or name matches (globs). Repeatable.
    #[arg(long, value_name = "GLOB", help_heading = CHANGES)]
    pub resource: Vec<String>,
    /// Write this tag on the resources of --resource, even if no rule asks for it. Repeatable.
    #[arg(long, value_name = "KEY=VALUE", value_parser = set_tag, requires = "resource", help_heading = CHANGES)]
    pub set: Vec<(String, String)>,
    /// Also rename keys that only resemble the right one: a few edits away, or with letters that look alike.
    #[arg(long, help_heading = OVERRIDES)]
    pub allow_guess: bool,
    /// Remove tags that a rule forbids. In an undo: remove tags that the run added.
    #[arg(long, help_heading = OVERRIDES)]
    pub allow_remove: bool,
    /// Overwrite values. In an undo: restore values that the run overwrote.
    #[arg(long, help_heading = OVERRIDES)]
    pub allow_overwrite: bool,
    /// Also change resources that CloudFormation or Terraform manages.
    #[arg(long, help_heading = OVERRIDES)]
    pub allow_managed: bool,
    /// Skip resources whose owner is unknown: users and MFA devices, unless --terraform-state or --stack-resources is given.
    #[arg(long, help_heading = OVERRIDES)]
    pub require_owner_known: bool,
    /// Write the plan to this file (.json).
    #[arg(long, short, value_name = "PLAN", help_heading = OUTPUT)]
    pub output: Option<PathBuf>,
    /// Print the plan in another format.
    #[arg(long, value_parser = choice(ExportFormat::ALL), value_name = "FORMAT", help_heading = OUTPUT)]
    pub emit: Option<ExportFormat>,
    /// Write the changes of source code as a diff for `git apply`. The source is that of --terraform-state, or the
    /// template (--source) of --stack-resources.
    #[arg(long, value_name = "DIFF", help_heading = OUTPUT)]
    pub patch: Option<PathBuf>,
    /// Exit 0 even if something could not be read.
    #[arg(long, help_heading = EXIT_CODE)]
    pub allow_incomplete: bool,
    /// Applying, resuming and undoing.
    #[cfg(feature = "aws")]
    #[command(flatten, next_help_heading = APPLY)]
    pub apply: ApplyArgs,
    /// The pace of the run and its connection to AWS.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// Applying, resuming and undoing.
#[cfg(feature = "aws")]
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("carrying").args(["apply", "resume", "undo"]))]
pub struct ApplyArgs {
    /// Apply this plan, or without a value the plan made now. Asks for confirmation on a terminal. Flags about types,
    /// regions and accounts must agree with the plan.
    #[arg(long, value_name = "PLAN", num_args = 0..=1)]
    #[allow(clippy::option_option)] // clap's form of an optional value
    pub apply: Option<Option<PathBuf>>,
    /// Complete the interrupted run of this journal.
    #[arg(long, value_name = "JOURNAL", conflicts_with_all = SCAN_FLAGS.into_iter().chain(PLAN_FLAGS))]
    pub resume: Option<PathBuf>,
    /// Undo the run of this journal.
    #[arg(long, value_name = "JOURNAL", conflicts_with_all = SCAN_FLAGS.into_iter().chain(PLAN_FLAGS).chain(RULE_FLAGS))]
    pub undo: Option<PathBuf>,
    /// Refuse the journal unless its file has this SHA-256, which the run printed at its end. An undo then removes the tags
    /// that the run added, without --allow-remove.
    #[arg(long, value_name = "HEX", value_parser = str::parse::<Sha256Hex>, conflicts_with = "apply", requires = "carrying")]
    pub journal_sha256: Option<Sha256Hex>,
    /// Also undo changes that the run only perhaps made: it got no clear answer, or it was killed.
    #[arg(long, conflicts_with = "apply", requires = "carrying", help_heading = OVERRIDES)]
    pub allow_unconfirmed: bool,
    /// Do not ask for confirmation.
    #[arg(long, requires = "carrying")]
    pub yes: bool,
    /// The path of the journal; default: `taglint-journal-TIME.jsonl` in the working directory.
    #[arg(long, value_name = "PATH", conflicts_with = "resume", requires = "carrying")]
    pub journal: Option<PathBuf>,
    /// The time in seconds to repeat reads until they show a write, because IAM is eventually consistent (default: 30).
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(0..=3600), requires = "carrying")]
    pub patience: Option<u16>,
    /// Also change tags that a policy of the account reads. The policies are then not read.
    #[arg(long, help_heading = OVERRIDES)]
    pub allow_access_change: bool,
}

/// The arguments that were given on the command line, by id. Defaults are not among them.
#[cfg(feature = "aws")]
#[derive(Debug, Default)]
pub struct GivenArgs(Vec<String>);

#[cfg(feature = "aws")]
impl GivenArgs {
    /// The ids of the given arguments.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

#[cfg(feature = "aws")]
impl clap::FromArgMatches for GivenArgs {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        let given = |id: &&str| matches.value_source(id) == Some(clap::parser::ValueSource::CommandLine);
        Ok(Self(matches.ids().map(clap::Id::as_str).filter(given).map(str::to_owned).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(feature = "aws")]
impl Args for GivenArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        command
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command
    }
}

/// Parses a tag to write.
fn set_tag(text: &str) -> Result<(String, String), String> {
    stack_tag(text).map_err(|_| "a tag is written as KEY=VALUE".to_owned())
}
