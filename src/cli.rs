//! What the user types: clap types only.

mod fix;
#[cfg(feature = "aws")]
mod live;
#[cfg(feature = "aws")]
mod permissions;

use std::path::PathBuf;

use fix::FIX_EXAMPLES;
#[cfg(feature = "aws")]
pub use fix::{ApplyArgs, GivenArgs, LIVE_FLAGS, PLAN_FLAGS, RULE_FLAGS, SCAN_FLAGS, flag_name};
pub use fix::{EmitArg, FixArgs};
#[cfg(feature = "aws")]
use live::{COLLECT_EXAMPLES, SCAN_EXAMPLES};
#[cfg(feature = "aws")]
pub use live::{CollectArgs, LiveArgs, ScanArgs, TagsFromArg};
#[cfg(feature = "aws")]
pub use permissions::{ExplainAccessPermissionsArgs, FixPermissionsArgs, PermissionsCommand, ScanPermissionsArgs};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::aws::{AccountId, Region};
use crate::input::{self, InputFormat};

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
    /// Plan tag changes that fix findings; apply them, resume an interrupted run, or undo a run.
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

const MERGE_EXAMPLES: &str = "\
Of a resource in several inventories the line collected last is kept, unless its tags could not be
read there. What a later inventory read in full and does not have is left out as deleted. A scope
that one inventory could not read is filled by another that read all of it. All shards of a run
make the whole.

Examples:
  taglint merge shard-*.jsonl.zst --output organization.jsonl.zst
  taglint merge inventories/ | taglint check -
  taglint merge last-night.jsonl account-again.jsonl --output inventory.jsonl";

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
#[command(next_help_heading = "Policy")]
pub struct PolicyArgs {
    /// A policy file, or a folder of them; default: taglint.toml here or in a parent folder, else the built-in pack `default`.
    #[arg(long, value_name = "PATH")]
    pub policy: Vec<PathBuf>,
}

/// Flags of every check.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output and exit code")]
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
    #[arg(long, value_name = "FORMAT", value_parser = input_format())]
    pub input_format: Option<InputFormat>,
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
#[command(next_help_heading = "Ownership")]
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

/// The formats of inputs, from the registry of readers.
fn input_format() -> impl TypedValueParser<Value = InputFormat> {
    let values = input::formats().map(|format| PossibleValue::new(format.name).help(format.about));
    PossibleValuesParser::new(values)
        .try_map(|name| input::formats().find(|format| format.name == name).ok_or("an unknown format"))
}

/// A tag on the command line. Keys have no `=`, as far as one is written here; values may.
fn stack_tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a stack tag is written as KEY=VALUE".to_owned()),
    }
}

/// An account id.
fn account(text: &str) -> Result<String, String> {
    text.parse::<AccountId>().map(|id| id.to_string()).map_err(|error| error.to_string())
}

/// A region name. The name becomes part of ARNs and is compared with `when.region`, so only a well-formed one passes.
fn region(text: &str) -> Result<String, String> {
    text.parse::<Region>().map(|region| region.to_string()).map_err(|error| error.to_string())
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
