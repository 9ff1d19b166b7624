//! The flags of commands that read live accounts.

use std::path::PathBuf;

use clap::Args;

use super::check::{CheckArgs, ManagedArgs, exit_codes};
use super::config::SettingsArgs;
use super::value::choice;
use crate::aws::supported;
use crate::collect::TagsFrom;

pub(super) const SCAN_AFTER_HELP: &str = concat!(
    exit_codes!(),
    "

Examples:
  taglint scan --region eu-central-1 --region eu-west-1
  taglint scan --type iam:user --type iam:mfa            (no region needed)
  taglint scan --output tags.sarif --output tags.json    (one scan, two reports)
  taglint scan --region eu-central-1 --terraform-state infra/live.tfstate --source infra
  taglint scan --organization --role-name taglint-scan --all-regions --deadline 30m
  taglint scan --role-arn arn:aws:iam::111122223333:role/taglint-scan --estimate
  AWS_PROFILE=audit taglint scan --policy company.toml --fail-on warning"
);

pub(super) const COLLECT_AFTER_HELP: &str = "\
Exit codes:
  0    Everything was read
  2    Nothing was read: the command line or the credentials are invalid
  3    Incomplete: something could not be read (--allow-incomplete: exit 0 instead)
  130  Interrupted

Examples:
  taglint collect --region eu-central-1 --output inventory.jsonl.zst
  taglint collect --organization --role-name taglint-scan --all-regions --lake lake
  taglint collect --type iam:user | taglint check -";

/// The groups of flags in `--help`.
const ACCOUNTS: &str = "Accounts";
const SELECTION: &str = "Resources";
const CONNECTION: &str = "AWS connection";
const LIMITS: &str = "Pace and limits";

/// The accounts, and what to read of them.
#[derive(Debug, Args)]
pub struct LiveArgs {
    /// Assume this role and work in its account. Repeatable; the credentials' own account is then left out.
    #[arg(long, value_name = "ARN", conflicts_with = "organization", help_heading = ACCOUNTS)]
    pub role_arn: Vec<String>,
    /// The external id that the roles require. ACCOUNT=ID is the external id of the role in this account. Repeatable.
    #[arg(long, value_name = "[ACCOUNT=]ID", help_heading = ACCOUNTS)]
    pub external_id: Vec<String>,
    /// Scan all active accounts in the organization: the caller's account directly, all others by assuming --role-name.
    #[arg(long, requires = "role_name", help_heading = ACCOUNTS)]
    pub organization: bool,
    /// The role to assume in the organization's accounts, such as taglint-scan.
    #[arg(long, value_name = "NAME", requires = "organization", help_heading = ACCOUNTS)]
    pub role_name: Option<String>,
    /// An organizational unit (ou-…) or root (r-…), with all units below it. Repeatable; default: the whole organization.
    #[arg(long, value_name = "OU", requires = "organization", value_delimiter = ',', help_heading = ACCOUNTS)]
    pub ou: Vec<String>,
    /// An account of the organization to leave out. Repeatable.
    #[arg(long, value_name = "ID", requires = "organization", value_delimiter = ',', help_heading = ACCOUNTS)]
    pub exclude_account: Vec<String>,
    /// Read all accounts that this view of Resource Explorer shows, without a role in them: the ARN of a view, such as that of
    /// the organization. Without --type all types, without --region all regions. What a view does not tell is listed as not
    /// read, so the exit code is 3 unless you give --allow-incomplete.
    #[arg(long, value_name = "VIEW-ARN", conflicts_with_all = ["organization", "role_arn", "shard", "external_id"],
        help_heading = ACCOUNTS)]
    pub from_view: Option<String>,
    /// Scan the I-th of N stable shares of the accounts, from 1/N to N/N. N alone takes I from an AWS Batch array job or a
    /// Kubernetes Indexed Job (`AWS_BATCH_JOB_ARRAY_INDEX`, `JOB_COMPLETION_INDEX`).
    #[arg(long, value_name = "I/N", help_heading = ACCOUNTS)]
    pub shard: Option<String>,
    /// A region to read; IAM is global. Repeatable; default: the configured region.
    #[arg(long, value_name = "REGION", value_delimiter = ',', help_heading = SELECTION)]
    pub region: Vec<String>,
    /// Read every region that the account has enabled (account:ListRegions).
    #[arg(long, conflicts_with = "region", help_heading = SELECTION)]
    pub all_regions: bool,
    #[allow(missing_docs)] // the help text lists the types
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', help_heading = SELECTION, help = type_help())]
    pub types: Vec<String>,
    /// The source of tags of MFA devices and user pools. Users are listed with their tags.
    #[arg(long, value_parser = choice(TagsFrom::ALL), default_value = "direct", value_name = "SOURCE",
        help_heading = SELECTION)]
    pub tags_from: TagsFrom,
}

/// The pace of a run and its connection to AWS. A command has these flags after its own, so that help ends with them.
#[derive(Debug, Args)]
pub struct ConnectionArgs {
    /// Stop after this time (90s, 30m, 2h). What was not read by then makes the run incomplete.
    #[arg(long, value_name = "DURATION", help_heading = LIMITS)]
    pub deadline: Option<String>,
    /// The limit on open requests; default: 16 for each account that is read at the time, up to 128.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000), help_heading = LIMITS)]
    pub max_concurrency: Option<u16>,
    /// Show no progress line.
    #[arg(long, help_heading = LIMITS)]
    pub no_progress: bool,
    /// The profile of the AWS configuration. It wins over keys in the environment, and must exist.
    #[arg(long, value_name = "NAME", help_heading = CONNECTION)]
    pub profile: Option<String>,
    /// The time limit for a connection, in seconds; default: 3.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=600), help_heading = CONNECTION)]
    pub connect_timeout: Option<u16>,
    /// The time limit for the answer to one request, in seconds; default: 10. A call with its retries may take six times as
    /// long.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=600), help_heading = CONNECTION)]
    pub read_timeout: Option<u16>,
}

/// The help text of `--type`.
fn type_help() -> String {
    let names: Vec<&str> = supported::ALL.iter().map(|each| each.name).collect();
    let usual: Vec<&str> = supported::by_default().map(|each| each.name).collect();
    format!(
        "A resource type, by any of its names or a glob: {}; any other type of docs/types.md, which is read from \
         Resource Explorer and the tagging API; `all` for every type of AWS. Repeatable; default: {}. With --organization \
         also organizations:account, which is read only if it is named",
        names.join(", "),
        usual.join(", ")
    )
}

/// `taglint scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// The accounts.
    #[command(flatten)]
    pub live: LiveArgs,
    /// The sources of live resources.
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// The folder with the source of --terraform-state (default: the state's own folder), or the template of
    /// --stack-resources.
    #[arg(long, value_name = "DIR|FILE", help_heading = "Ownership")]
    pub source: Option<PathBuf>,
    /// Flags of every check.
    #[command(flatten)]
    pub check: CheckArgs,
    /// Print the number of calls and the duration of the scan, and scan nothing.
    #[arg(long, help_heading = LIMITS)]
    pub estimate: bool,
    /// The pace of the run and its connection to AWS.
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// The flag that ignores settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `taglint collect`.
#[derive(Debug, Args)]
pub struct CollectArgs {
    /// The accounts.
    #[command(flatten)]
    pub live: LiveArgs,
    /// The inventory file (.jsonl, .jsonl.gz or .jsonl.zst); default: standard output.
    #[arg(long, short, value_name = "PATH", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write an inventory of each account into this folder: DIR/dt=DAY/account=ID/inventory.jsonl.zst. A second run of
    /// the same day replaces them.
    #[arg(long, value_name = "DIR", conflicts_with = "output", help_heading = "Output")]
    pub lake: Option<PathBuf>,
    /// Exit 0 even if something could not be read.
    #[arg(long, help_heading = "Exit code")]
    pub allow_incomplete: bool,
    /// The pace of the run and its connection to AWS.
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// The flag that ignores settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}
