//! What the user types: clap types only.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Knows, proves and fixes whether AWS resources are tagged as the company says they must be.
#[derive(Debug, Parser)]
#[command(name = "taglint", version, max_term_width = 100, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
}

const EXIT_CODES: &str = "\
Exit codes: 0 all was read and nothing at or above --fail-on was found; 1 findings; 2 nothing was
checked (the command, policy or input is wrong); 3 incomplete (something could not be read).";

/// Flags of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Colour the terminal's text.
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub color: Color,
    /// Say more; twice for everything that taglint does.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Print the summary alone, and no notes.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant)] // there is one in a run
pub enum Command {
    /// Read live AWS accounts and check them.
    #[cfg(feature = "aws")]
    #[command(after_help = SCAN_EXAMPLES)]
    Scan(Box<ScanArgs>),
    /// Check files: inventories, Terraform plans and source, CloudFormation templates, and what the AWS CLI prints.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(FileCheckArgs),
    /// Read live AWS accounts into an inventory file.
    #[cfg(feature = "aws")]
    #[command(after_help = COLLECT_EXAMPLES)]
    Collect(CollectArgs),
    /// Put inventories together, their gaps too.
    #[command(after_help = MERGE_EXAMPLES)]
    Merge(MergeArgs),
    /// Plan tag changes and print them; carry them out, finish a run that was cut short, or take one back.
    #[command(after_help = FIX_EXAMPLES)]
    Fix(Box<FixArgs>),
    /// Look at, check, test and import policies.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Write a starter taglint.toml.
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// Say which IAM policies of an account read a tag, and so who may do what because of it.
    #[command(after_help = ACCESS_EXAMPLES)]
    ExplainAccess(Box<ExplainAccessArgs>),
    /// Print the least-privilege IAM policy that a command needs.
    #[cfg(feature = "aws")]
    #[command(subcommand)]
    Permissions(PermissionsCommand),
    /// Print a shell's completions.
    #[command(
        after_help = "Examples:\n  taglint completions bash > /etc/bash_completion.d/taglint\n  taglint completions zsh > ~/.zfunc/_taglint"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[cfg(feature = "aws")]
const SCAN_EXAMPLES: &str = "\
Examples:
  taglint scan --region eu-central-1 --region eu-west-1
  taglint scan --type iam:user --type iam:mfa            (no region needed)
  taglint scan --output tags.sarif --output tags.json    (one scan feeds all)
  taglint scan --region eu-central-1 --terraform-state infra/live.tfstate --source infra
  taglint scan --organization --role-name taglint-scan --all-regions --deadline 30m
  taglint scan --role-arn arn:aws:iam::111122223333:role/taglint-scan --estimate
  AWS_PROFILE=audit taglint scan --policy company.toml --fail-on warning";

const CHECK_EXAMPLES: &str = "\
Examples:
  taglint check inventory.jsonl
  taglint check infra/                                   (Terraform source)
  taglint check inventory.jsonl.zst --policy company.toml --output tags.sarif
  aws iam get-account-authorization-details --filter User | taglint check -
  taglint check inventory.jsonl --baseline last-week.json --fail-on warning
  terraform show -json plan.bin > plan.json && taglint check plan.json --account 123456789012
  taglint check inventory.jsonl --terraform-state infra/terraform.tfstate
  taglint check template.yaml --stack-tag Environment=Production --account 111122223333
  taglint check cdk.out --output tags.sarif";

#[cfg(feature = "aws")]
const COLLECT_EXAMPLES: &str = "\
Examples:
  taglint collect --region eu-central-1 --output inventory.jsonl.zst
  taglint collect --type iam:user | taglint check -";

const MERGE_EXAMPLES: &str = "\
Of a resource in several inventories the line collected last is kept, unless its tags could not be
read there. What a later inventory read in full and does not have is left out as deleted. A scope
that one inventory could not read is filled by another that read all of it. All shards of a run
make the whole.

Examples:
  taglint merge shard-*.jsonl.zst --output organization.jsonl.zst
  taglint merge inventories/ | taglint check -
  taglint merge last-night.jsonl account-again.jsonl --output inventory.jsonl";

const FIX_EXAMPLES: &str = "\
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

const INIT_EXAMPLES: &str = "\
Examples:
  taglint init
  taglint init --from inventory.jsonl --output draft.toml";

const ACCESS_EXAMPLES: &str = "\
Looked at are managed policies (their default version) and their attachments, inline policies of users,
groups and roles, trust policies of roles, and permissions boundaries. Every report names what is not.
Exit codes: 0 all of it was read, 3 some of it was not, 2 nothing was looked at.

Examples:
  taglint explain-access Owner
  taglint explain-access \"Cost Center\" --profile audit --format json
  taglint explain-access Owner --organization --role-name taglint-scan
  aws iam get-account-authorization-details > account.json
  taglint explain-access Owner --from account.json";

/// Where the rules come from and which findings are chosen.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// A policy file, or a folder of them; default: taglint.toml here or in a parent folder, else the built-in pack `default`.
    #[arg(long, value_name = "PATH")]
    pub policy: Vec<PathBuf>,
}

/// Flags of every check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Where the rules come from.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// What standard output gets.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub format: FormatArg,
    /// Write a report to a file besides; its ending tells the format (.txt .json .jsonl .sarif .md .csv .xml .html). Repeatable.
    #[arg(long, short, value_name = "PATH")]
    pub output: Vec<PathBuf>,
    /// The least severity that makes the exit code 1.
    #[arg(long, value_enum, default_value = "error", value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Report only these rules (ids, globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Leave out these rules (ids, globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// An earlier report (.json, .jsonl or .sarif): only findings that are not in it count.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Show more than findings.
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    pub show: Vec<ShowArg>,
    /// Replace account ids, names and values by keyed hashes (key: `TAGLINT_REDACT_KEY`, else a random one).
    #[arg(long)]
    pub redact: bool,
    /// Exit 0 or 1 although something could not be read.
    #[arg(long)]
    pub allow_incomplete: bool,
    /// Exit 1 where a rule cannot be told.
    #[arg(long)]
    pub fail_on_unknown: bool,
    /// SARIF: at most so many results, the last one saying how many more there are; 0: all.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    pub sarif_limit: usize,
    /// SARIF: the category of the run, instead of the one that taglint chooses.
    #[arg(long, value_name = "CATEGORY")]
    pub sarif_category: Option<String>,
    /// SARIF: a file for each account in this folder, each with a category of its own: one account that could not be
    /// read does not keep GitHub from taking the others.
    #[arg(long, value_name = "DIR")]
    pub sarif_split: Option<PathBuf>,
    /// The folder that locations are relative to; default: the repository's root.
    #[arg(long, value_name = "DIR")]
    pub srcroot: Option<PathBuf>,
}

/// The least severity that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

/// What else is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowArg {
    /// Waived findings, with their reasons.
    Waived,
    /// Rules that cannot be told, by name.
    Unknown,
    /// Resources that comply.
    Passed,
}

/// A format's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For a person.
    Text,
    /// One object with everything.
    Json,
    /// One finding a line.
    Jsonl,
    /// GitHub code scanning.
    Sarif,
    /// Workflow annotations.
    Github,
    /// A pull request comment.
    Markdown,
    /// Spreadsheets.
    Csv,
    /// CI test tabs.
    Junit,
    /// A self-contained page to filter and sort.
    Html,
}

/// `taglint check`.
#[derive(Debug, Args)]
pub struct FileCheckArgs {
    /// Files, folders, or `-` for standard input; what each is is told by what it holds.
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Read every input as this, whatever it holds.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub input_format: Option<InputFormatArg>,
    /// The day of the run (YYYY-MM-DD), where dates matter; default: today, UTC.
    #[arg(long, value_name = "DAY")]
    pub now: Option<String>,
    /// What a plan, source or template does not say of itself.
    #[command(flatten)]
    pub source: SourceArgs,
    /// What manages the resources of an inventory.
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// Flags of every check.
    #[command(flatten)]
    pub check: CheckArgs,
}

/// What manages live resources, so that findings point at their source.
#[derive(Debug, Args)]
pub struct ManagedArgs {
    /// A Terraform state (a state file, or what `terraform show -json` prints of one) or a folder of them: findings on
    /// what it manages point at its source, beside it or at --source. Repeatable.
    #[arg(long, value_name = "FILE|DIR")]
    pub terraform_state: Vec<PathBuf>,
    /// What `aws cloudformation list-stack-resources` or `describe-stack-resources` prints of a stack; --source is its
    /// template. Repeatable.
    #[arg(long, value_name = "FILE")]
    pub stack_resources: Vec<PathBuf>,
}

/// What a plan, source or template does not say of itself.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// The folder of the Terraform source that a plan or state was made from (default: its own folder), or the template
    /// of --stack-resources.
    #[arg(long, value_name = "DIR|FILE")]
    pub source: Option<PathBuf>,
    /// Report only what a plan creates, or whose tags or other attributes that rules look at it changes (default for plans).
    #[arg(long, conflicts_with = "all")]
    pub changed: bool,
    /// Report every resource that a plan manages, changed or not.
    #[arg(long)]
    pub all: bool,
    /// A tag that the stack is deployed with, for templates. Repeatable.
    #[arg(long = "stack-tag", value_name = "KEY=VALUE", value_parser = stack_tag)]
    pub stack_tags: Vec<(String, String)>,
    /// The account that a plan or template is for, where it does not say so: conditions, ARNs and waivers need it.
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: Option<String>,
    /// The region that a plan or template is for, where it does not say so.
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub region: Option<String>,
}

/// A tag on the command line. Keys have no `=`, as far as one is written here; values may.
fn stack_tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a stack tag is written as KEY=VALUE".to_owned()),
    }
}

/// An account's number.
fn account(text: &str) -> Result<String, String> {
    let good = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(text.to_owned()) } else { Err("an account is written with its twelve digits".to_owned()) }
}

/// A region's name.
fn region(text: &str) -> Result<String, String> {
    let good = text.contains('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if good { Ok(text.to_owned()) } else { Err("a region is written as eu-central-1 is".to_owned()) }
}

/// `taglint merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Inventories (plain, gzip or zstd), folders of them, or `-` for standard input.
    #[arg(value_name = "INVENTORY", required = true)]
    pub inputs: Vec<PathBuf>,
    /// The file (.jsonl, .jsonl.gz or .jsonl.zst); default: standard output.
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Exit 0 although something could not be read.
    #[arg(long)]
    pub allow_incomplete: bool,
}

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
    /// Write what would change in the Terraform source of --terraform-state, as a diff for `git apply`.
    #[arg(long, value_name = "DIFF", requires = "terraform_state")]
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
    /// Where the journal goes; default: taglint-journal-<time>.jsonl in the working folder.
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

/// What an input is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InputFormatArg {
    /// What `taglint collect` writes.
    Inventory,
    /// What `aws resourcegroupstaggingapi get-resources` or `aws iam get-account-authorization-details` prints.
    AwsCli,
    /// What `terraform show -json PLAN` prints.
    TerraformPlan,
    /// A CloudFormation template (YAML or JSON), or the `manifest.json` of a CDK assembly.
    Cloudformation,
}

/// Where live accounts are, and how they are read.
#[cfg(feature = "aws")]
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
#[cfg(feature = "aws")]
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
#[cfg(feature = "aws")]
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
#[cfg(feature = "aws")]
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

/// `taglint explain-access`.
#[derive(Debug, Args)]
pub struct ExplainAccessArgs {
    /// The tag's key alone, such as Owner; IAM ignores its letter case.
    #[arg(value_name = "KEY")]
    pub key: String,
    /// What `aws iam get-account-authorization-details` printed (without --filter), or `-` for standard input: nothing is
    /// read live. Repeatable.
    #[cfg_attr(feature = "aws", arg(long, value_name = "FILE", conflicts_with = "LiveArgs"))]
    #[cfg_attr(not(feature = "aws"), arg(long, value_name = "FILE", required = true))]
    pub from: Vec<PathBuf>,
    /// Where.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub live: LiveArgs,
    /// What standard output gets.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub format: AccessFormatArg,
    /// Exit 0 although something could not be read.
    #[arg(long)]
    pub allow_incomplete: bool,
}

/// A format of `explain-access`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AccessFormatArg {
    /// For a person.
    Text,
    /// One object with everything.
    Json,
}

/// `taglint permissions`.
#[cfg(feature = "aws")]
#[derive(Debug, Subcommand)]
pub enum PermissionsCommand {
    /// The policies that `taglint scan` needs with the same flags and policy.
    #[command(after_help = PERMISSIONS_EXAMPLES)]
    Scan(Box<ScanPermissionsArgs>),
    /// The policies that `taglint explain-access` needs with the same flags.
    #[command(
        after_help = "Example:\n  taglint permissions explain-access --organization --role-name taglint-scan --for-role"
    )]
    ExplainAccess(Box<ExplainAccessPermissionsArgs>),
    /// The policy that carrying out one plan, or taking it back, needs: its resources and its keys, and no others.
    #[command(after_help = FIX_PERMISSIONS_EXAMPLES)]
    Fix(Box<FixPermissionsArgs>),
}

#[cfg(feature = "aws")]
const FIX_PERMISSIONS_EXAMPLES: &str = "\
Examples:
  taglint permissions fix plan.json > fix-policy.json
  taglint permissions fix plan.json --organization --role-name taglint-fix --for-role
  taglint permissions fix plan.json --undo";

/// `taglint permissions fix`.
#[cfg(feature = "aws")]
#[derive(Debug, Args)]
pub struct FixPermissionsArgs {
    /// The plan.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// The flags of the fix.
    #[command(flatten)]
    pub live: LiveArgs,
    /// The policy of the role that is assumed in each account, instead of that of the credentials the fix starts with.
    #[arg(long)]
    pub for_role: bool,
    /// What taking the plan back needs besides: the old keys are written and the new ones taken away.
    #[arg(long)]
    pub undo: bool,
}

#[cfg(feature = "aws")]
const PERMISSIONS_EXAMPLES: &str = "\
Examples:
  taglint permissions scan --type iam:user --type iam:mfa > scan-policy.json
  taglint permissions scan --organization --role-name taglint-scan --all-regions
  taglint permissions scan --organization --role-name taglint-scan --all-regions --for-role
  taglint permissions scan --trust --principal arn:aws:iam::111122223333:role/taglint --external-id WORD";

/// `taglint permissions scan`.
#[cfg(feature = "aws")]
#[derive(Debug, Args)]
pub struct ScanPermissionsArgs {
    /// The flags of the scan.
    #[command(flatten)]
    pub live: LiveArgs,
    /// Where the rules come from: what none of them looks at needs no permission.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Only these rules (ids, globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Without these rules (ids, globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// The policy of the role that is assumed in each account, instead of that of the credentials the scan starts with.
    #[arg(long)]
    pub for_role: bool,
    /// What `scan --estimate` needs in each account.
    #[arg(long, conflicts_with_all = ["for_role", "trust"])]
    pub estimate: bool,
    /// The trust policy of the role in each account.
    #[arg(long, requires = "principal", conflicts_with = "for_role")]
    pub trust: bool,
    /// Whom the role trusts: the ARN of a role or user, or an account for all that it lets.
    #[arg(long, value_name = "ARN|ACCOUNT", requires = "trust")]
    pub principal: Option<String>,
    /// The partition of the ARNs: aws, aws-cn, aws-us-gov, …
    #[arg(long, value_name = "PARTITION", default_value = "aws", value_parser = partition)]
    pub partition: String,
}

/// `taglint permissions explain-access`.
#[cfg(feature = "aws")]
#[derive(Debug, Args)]
pub struct ExplainAccessPermissionsArgs {
    /// The flags of the run.
    #[command(flatten)]
    pub live: LiveArgs,
    /// The policy of the role that is assumed in each account, instead of that of the credentials the run starts with.
    #[arg(long)]
    pub for_role: bool,
    /// The partition of the ARNs: aws, aws-cn, aws-us-gov, …
    #[arg(long, value_name = "PARTITION", default_value = "aws", value_parser = partition)]
    pub partition: String,
}

/// A partition's name as it stands in ARNs.
#[cfg(feature = "aws")]
fn partition(text: &str) -> Result<String, String> {
    let good = text.starts_with("aws") && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if good { Ok(text.to_owned()) } else { Err("a partition is aws, aws-cn, aws-us-gov or the like".to_owned()) }
}

/// `taglint policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// List the rules.
    #[command(after_help = "Example:\n  taglint policy list --policy company.toml")]
    List(PolicyArgs),
    /// Find every mistake of a policy.
    #[command(after_help = "Example:\n  taglint policy check company.toml")]
    Check {
        /// Policy files or folders; default: the policy that a check would take.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Hold the rules to the tests of their file.
    #[command(after_help = "Example:\n  taglint policy test company.toml --require-coverage")]
    Test {
        /// Policy files or folders, or names of built-in packs; default: the policy that a check would take.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Fail for a rule without a passing and a failing test.
        #[arg(long)]
        require_coverage: bool,
        /// The day of the run (YYYY-MM-DD) for tests that name none; default: today, UTC.
        #[arg(long, value_name = "DAY")]
        now: Option<String>,
    },
    /// Say what a rule means and how to satisfy it, or every rule's answer for one resource.
    #[command(
        after_help = "Examples:\n  taglint policy explain cost-center\n  taglint policy explain --resource arn:aws:iam::123456789012:user/anika inventory.jsonl"
    )]
    Explain {
        /// A rule id; with --resource: the inventory.
        #[arg(value_name = "RULE|INVENTORY")]
        what: String,
        /// The ARN, address or name of one resource of the inventory.
        #[arg(long, value_name = "ARN")]
        resource: Option<String>,
        /// The day of the run (YYYY-MM-DD); default: today, UTC.
        #[arg(long, value_name = "DAY")]
        now: Option<String>,
        /// Where the rules come from.
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Print the JSON Schema of policy files, for editors.
    #[command(after_help = "Example:\n  taglint policy schema > schema.json")]
    Schema,
    /// Print an AWS tag policy, or AWS Config's required-tags parameters, as a taglint policy.
    #[command(
        after_help = "Example:\n  aws organizations describe-effective-policy --policy-type TAG_POLICY | taglint policy import - > company.toml"
    )]
    Import {
        /// A JSON file, or `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `taglint init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Propose rules from what an inventory holds.
    #[arg(long, value_name = "INVENTORY")]
    pub from: Option<PathBuf>,
    /// The file to write.
    #[arg(long, short, value_name = "PATH", default_value = "taglint.toml")]
    pub output: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    pub force: bool,
}
