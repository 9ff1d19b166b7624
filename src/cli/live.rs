//! What live accounts are read: `taglint scan` and `taglint collect`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CheckArgs, ManagedArgs};

pub(super) const SCAN_EXAMPLES: &str = "\
Examples:
  taglint scan --region eu-central-1 --region eu-west-1
  taglint scan --type iam:user --type iam:mfa            (no region needed)
  taglint scan --output tags.sarif --output tags.json    (one scan feeds all)
  taglint scan --region eu-central-1 --terraform-state infra/live.tfstate --source infra
  taglint scan --organization --role-name taglint-scan --all-regions --deadline 30m
  taglint scan --role-arn arn:aws:iam::111122223333:role/taglint-scan --estimate
  AWS_PROFILE=audit taglint scan --policy company.toml --fail-on warning";

pub(super) const COLLECT_EXAMPLES: &str = "\
Examples:
  taglint collect --region eu-central-1 --output inventory.jsonl.zst
  taglint collect --type iam:user | taglint check -";

/// Where live accounts are, and how they are read.
#[derive(Debug, Args)]
pub struct LiveArgs {
    /// A profile of the AWS configuration.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// A region to look for user pools in; IAM is global. Repeatable; default: the configured region.
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub region: Vec<String>,
    /// Look for user pools in every region that the account has enabled (account:ListRegions).
    #[arg(long, conflicts_with = "region")]
    pub all_regions: bool,
    /// A role of another account to read that account through. Repeatable; the credentials' own account is then not read.
    #[arg(long, value_name = "ARN", conflicts_with = "organization")]
    pub role_arn: Vec<String>,
    /// The external id that the roles ask for.
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// Read every active account of the organization: the own one as it is, the others through --role-name.
    #[arg(long, requires = "role_name")]
    pub organization: bool,
    /// The role to assume in the organization's accounts, such as taglint-scan.
    #[arg(long, value_name = "NAME", requires = "organization")]
    pub role_name: Option<String>,
    /// An organizational unit (ou-…) or root (r-…), with all below it. Repeatable; default: the whole organization.
    #[arg(long, value_name = "OU", requires = "organization", value_delimiter = ',')]
    pub ou: Vec<String>,
    /// An account of the organization to leave out. Repeatable.
    #[arg(long, value_name = "ID", requires = "organization", value_delimiter = ',')]
    pub exclude_account: Vec<String>,
    /// Read the I-th of N stable shares of the accounts, from 1/N to N/N; N alone takes I from an AWS Batch array job or
    /// a Kubernetes Indexed Job (`AWS_BATCH_JOB_ARRAY_INDEX`, `JOB_COMPLETION_INDEX`).
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// A resource type: iam:user, iam:mfa or cognito-idp:userpool. Repeatable; default: all.
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    pub types: Vec<String>,
    /// Where tags of MFA devices and user pools are read from.
    #[arg(long, value_enum, default_value = "direct", value_name = "SOURCE")]
    pub tags_from: TagsFromArg,
    /// Stop after this time (90s, 30m, 2h) with what there is; the run is then incomplete.
    #[arg(long, value_name = "DURATION")]
    pub deadline: Option<String>,
    /// Open requests at most; default: 16 for each account that is read at the time, up to 128.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_concurrency: Option<u16>,
    /// How long to wait for a connection, in seconds; default: 3.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=600))]
    pub connect_timeout: Option<u16>,
    /// How long to wait for the answer to one request, in seconds; default: 10. A call with its retries may take six times that.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=600))]
    pub read_timeout: Option<u16>,
    /// Show no progress.
    #[arg(long)]
    pub no_progress: bool,
}

/// Where tags are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TagsFromArg {
    /// The tagging API's index where it saves calls, as for `tagging-api`; `collect` has no policy and reads directly.
    Auto,
    /// One read for each resource: the truth.
    Direct,
    /// The tagging API's index, a hundred resources a call; what the policy would report is read directly before it is
    /// reported. The index is some minutes late: a tag that was just removed may still pass.
    TaggingApi,
}

/// `taglint scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Where.
    #[command(flatten)]
    pub live: LiveArgs,
    /// What manages the resources that are read.
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// The folder of the source of --terraform-state (default: the state's own folder), or the template of
    /// --stack-resources.
    #[arg(long, value_name = "DIR|FILE")]
    pub source: Option<PathBuf>,
    /// Print the calls that the scan would make and how long AWS's quotas make them take, and scan nothing.
    #[arg(long)]
    pub estimate: bool,
    /// Flags of every check.
    #[command(flatten)]
    pub check: CheckArgs,
}

/// `taglint collect`.
#[derive(Debug, Args)]
pub struct CollectArgs {
    /// Where.
    #[command(flatten)]
    pub live: LiveArgs,
    /// The file (.jsonl, .jsonl.gz or .jsonl.zst); default: standard output.
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Exit 0 although something could not be read.
    #[arg(long)]
    pub allow_incomplete: bool,
}
