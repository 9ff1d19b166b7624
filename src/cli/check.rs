//! `taglint check`, and the flags of every check.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::config::SettingsArgs;
use super::value::{
    account, choice, coverage, days, jira_issue_type, jira_project, parameter, region, report_url, source_url,
    stack_name, stack_tag, text_width, variable, workspace,
};
use crate::input::{self, InputFormat};
use crate::model::lake::DayRange;
use crate::policy::Severity;
use crate::report::{FORMATS, GroupBy, ReportFormat, SPLIT_FORMATS, Show};

/// The exit codes of `check` and `scan`.
macro_rules! exit_codes {
    () => {
        "\
Exit codes:
  0    No findings at or above --fail-on
  1    Findings at or above --fail-on (with --fail-on-unknown: or unknown results)
  2    Nothing was checked: the command line, the policy or an input is invalid
  3    Incomplete: something could not be read (--allow-incomplete: exit 0 or 1 instead)
  130  Interrupted"
    };
}
pub(super) use exit_codes;

pub(super) const CHECK_AFTER_HELP: &str = concat!(
    exit_codes!(),
    "

Examples:
  taglint check inventory.jsonl
  taglint check infra/                                   (Terraform source)
  taglint check inventory.jsonl.zst --policy company.toml --output tags.sarif
  aws iam get-account-authorization-details | taglint check -
  aws resourcegroupstaggingapi get-resources > tagged.json && taglint check tagged.json
  taglint check inventory.jsonl --baseline last-week.json --fail-on warning
  terraform show -json plan.bin > plan.json && taglint check plan.json --account 123456789012
  taglint check lake --day 2026-11-27                    (written by collect --lake)
  taglint check inventory.jsonl --terraform-state infra/terraform.tfstate
  taglint check template.yaml --stack-tag Environment=Production --account 111122223333
  taglint check template.yaml --parameter Stage=prod --stack-name shop-prod
  taglint check template.yaml --parameters samconfig.toml --config-env prod
  taglint check cdk.out --output tags.sarif
  taglint check inventory.jsonl --output note.slack.json (message for a webhook)
  taglint check --event - < event.json                   (CloudTrail record, EventBridge event)"
);

/// The policy files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub struct PolicyArgs {
    /// Policy file, or folder of policy files. Repeatable. Default: taglint.toml in this folder or the nearest parent,
    /// else the built-in pack `default`.
    #[arg(long, value_name = "PATH")]
    pub policy: Vec<PathBuf>,
}

/// The policy files, and the rules of them that count.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub struct RuleSelectionArgs {
    /// The policy files.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Use only these rules (ids or globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Skip these rules (ids or globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
}

/// The flags of every check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The rules.
    #[command(flatten)]
    pub rules: RuleSelectionArgs,
    /// Earlier report (.json, .jsonl or .sarif): only findings that are not in it affect the exit code.
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    pub baseline: Option<PathBuf>,
    /// Report format on standard output.
    #[arg(long, value_parser = text_format(),
        default_value = FORMATS[0].name, value_name = "FORMAT", help_heading = "Report")]
    pub format: &'static ReportFormat,
    /// Also write a report to this file; the extension chooses the format. Repeatable.
    #[arg(long, short, value_name = "PATH", help = output_help(), help_heading = "Report")]
    pub output: Vec<PathBuf>,
    /// Show more than findings.
    #[arg(long, value_parser = choice(Show::ALL), value_name = "CONTENT", value_delimiter = ',',
        help_heading = "Report")]
    pub show: Vec<Show>,
    /// Text on standard output: wrap lines at this number of columns; 0: never. Default: the width of the terminal, or
    /// COLUMNS; what is no terminal gets whole lines.
    #[arg(long, value_name = "COLUMNS", value_parser = text_width, help_heading = "Report")]
    pub width: Option<usize>,
    /// Text on standard output: show at most about this number of findings, the worst first; 0: all. The summary and the exit
    /// code count all of them. Default: 200 on a terminal, else all.
    #[arg(long, value_name = "N", help_heading = "Report")]
    pub limit: Option<u64>,
    /// HTML: group by this property too: account, ou, region, rule, type or tags.KEY. A message has the first one.
    /// Repeatable.
    #[arg(long, value_parser = GroupBy::parse, value_name = "PROPERTY", value_delimiter = ',', help_heading = "Report")]
    pub group_by: Vec<GroupBy>,
    /// HTML: folder of earlier JSON reports, for the trend. A report of an earlier version needs a date in the name of its
    /// file, such as tags-2026-11-28.json.
    #[arg(long, value_name = "DIR", help_heading = "Report")]
    pub history: Option<PathBuf>,
    /// HTML: address of a line of source, with {path} and {line}. Default: the commit of a workflow of GitHub or a pipeline of
    /// GitLab.
    #[arg(long, value_name = "URL", value_parser = source_url, help_heading = "Report")]
    pub source_url: Option<String>,
    /// Export of AWS costs, or folder of one: rank findings by the cost of their resources. CSV of a CUR 2.0, legacy CUR or
    /// FOCUS export, also in gzip or ZIP. Repeatable.
    #[arg(long, value_name = "FILE|DIR", help_heading = "Report")]
    pub cost: Vec<PathBuf>,
    /// Slack, Teams, SNS and Jira: address of the whole report, to which the message links. {part} is the name of the file
    /// of --split-by, and `index` for the whole run.
    #[arg(long, value_name = "URL", value_parser = report_url, help_heading = "Report")]
    pub report_url: Option<String>,
    /// Jira: key of the project of a new issue. Default: none, for the update of an issue.
    #[arg(long, value_name = "KEY", value_parser = jira_project, help_heading = "Report")]
    pub jira_project: Option<String>,
    /// Jira: type of a new issue.
    #[arg(long, value_name = "NAME", value_parser = jira_issue_type, default_value = "Task", help_heading = "Report")]
    pub jira_issue_type: String,
    /// Replace account ids, names and values with keyed hashes (key: `TAGLINT_REDACT_KEY`, at least 16 bytes; default: a
    /// random key).
    #[arg(long, help_heading = "Report")]
    pub redact: bool,
    /// Folder that locations are relative to. Default: the root of the repository.
    #[arg(long, value_name = "DIR", help_heading = "Report")]
    pub srcroot: Option<PathBuf>,
    /// Maximum number of results in a SARIF report; the last one gives the number of omitted results. 0: unlimited.
    #[arg(long, value_name = "N", default_value_t = 5000, help_heading = "SARIF")]
    pub sarif_limit: usize,
    /// Category of the SARIF report. Default: chosen from the inputs and flags.
    #[arg(long, value_name = "CATEGORY", help_heading = "SARIF")]
    pub sarif_category: Option<String>,
    /// Write one SARIF file per account to this folder, each with its own category, so that GitHub accepts the complete
    /// accounts even if others are incomplete.
    #[arg(long, value_name = "DIR", help_heading = "SARIF")]
    pub sarif_split: Option<PathBuf>,
    /// Write a report for each value of this property to --split-dir: account, ou, region, type or tags.KEY, such as
    /// tags.Owner. index.md lists them, and index.tsv does so for scripts.
    #[arg(long, value_parser = GroupBy::parse_division, value_name = "PROPERTY", requires = "split_dir",
        help_heading = "Report")]
    pub split_by: Option<GroupBy>,
    /// Folder of the reports of --split-by.
    #[arg(long, value_name = "DIR", requires = "split_by", help_heading = "Report")]
    pub split_dir: Option<PathBuf>,
    /// Format of the reports of --split-by. Default: markdown. Repeatable.
    #[arg(long, value_parser = choice(SPLIT_FORMATS.iter().map(|format| (format.name, "", *format))),
        value_name = "FORMAT", value_delimiter = ',', requires = "split_by", help_heading = "Report")]
    pub split_format: Vec<&'static ReportFormat>,
    /// Lowest severity that makes the exit code 1.
    #[arg(long, value_parser = choice(FailOn::all()), default_value = Severity::Error.name(), value_name = "SEVERITY",
        help_heading = "Exit code")]
    pub fail_on: FailOn,
    /// Exit 1 if the result of a rule is unknown.
    #[arg(long, help_heading = "Exit code")]
    pub fail_on_unknown: bool,
    /// Exit 3 if rules judged less than this share, in percent, of the resources and paths that may need tags (`all`:
    /// 100).
    #[arg(long, value_parser = coverage, value_name = "PERCENT", help_heading = "Exit code")]
    pub require_coverage: Option<u64>,
    /// Exit 0 or 1 even if something could not be read.
    #[arg(long, help_heading = "Exit code")]
    pub allow_incomplete: bool,
}

/// The formats of standard output. Others are refused with the flag that writes them.
fn text_format() -> impl TypedValueParser<Value = &'static ReportFormat> {
    let value = |format: &&ReportFormat| PossibleValue::new(format.name).help(format.about).hide(format.is_binary());
    PossibleValuesParser::new(FORMATS.iter().map(value).collect::<Vec<_>>()).try_map(|given| {
        let format = FORMATS.iter().copied().find(|format| format.name == given);
        let format = format.expect("clap accepts listed names only");
        match format.extensions {
            [extension, ..] if format.is_binary() => Err(format!("it is no text: write --output FILE{extension}")),
            _ => Ok(format),
        }
    })
}

/// The help of `--output`, with the extensions of all formats.
fn output_help() -> String {
    let extensions: Vec<&str> = FORMATS.iter().flat_map(|format| format.extensions).copied().collect();
    format!("Also write a report to this file; the extension chooses the format ({}). Repeatable", extensions.join(" "))
}

/// The lowest severity that makes the exit code 1; `None` for `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailOn(pub Option<Severity>);

impl FailOn {
    fn all() -> impl Iterator<Item = (&'static str, &'static str, Self)> {
        let severities = Severity::ALL.into_iter().map(|severity| (severity.name(), "", Self(Some(severity))));
        severities.chain([("never", "", Self(None))])
    }
}

/// `taglint check`.
#[derive(Debug, Args)]
pub struct FileCheckArgs {
    /// Files, folders, or `-` for standard input. The content determines the input format.
    #[arg(value_name = "INPUT", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Format of every input, instead of detection by content.
    #[arg(long, value_parser = choice(input::formats().map(|format| (format.name, format.about, format))), value_name = "FORMAT", help_heading = "Input")]
    pub input_format: Option<InputFormat>,
    /// Skip named paths that are no inputs, with a note, and pass if no resource is left. For hooks that name changed files:
    /// elsewhere a wrong path would pass.
    #[arg(long, help_heading = "Input")]
    pub skip_other_files: bool,
    /// Read every input as CloudTrail records or EventBridge events: the same as their --input-format.
    #[arg(long, conflicts_with = "input_format", help_heading = "Input")]
    pub event: bool,
    /// The facts that a plan, source or template does not contain.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The sources of live resources.
    #[command(flatten)]
    pub managed: ManagedArgs,
    /// Day of a lake that is checked, or a range (A..B): the newest inventory of each account in it. Default: the newest
    /// day.
    #[arg(long, value_name = "DAY|A..B", value_parser = days, help_heading = "Input")]
    pub day: Option<DayRange>,
    /// Date of the run (YYYY-MM-DD), for rules and waivers with dates. Default: today in UTC.
    #[arg(long, value_name = "DAY", help_heading = "Input")]
    pub now: Option<String>,
    /// Take the policy, and the files that it extends, from this commit of the repository, such as origin/main, and not
    /// from the working tree. --policy names its path in the commit.
    #[arg(long, value_name = "REF", help_heading = "Policy")]
    pub policy_from: Option<String>,
    /// The flags of every check.
    #[command(flatten)]
    pub check: CheckArgs,
    /// Show no progress line.
    #[arg(long, help_heading = "Pace and limits")]
    pub no_progress: bool,
    /// The flag that ignores settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// The sources of live resources, so that findings point there.
#[derive(Debug, Args)]
#[command(next_help_heading = "Ownership")]
pub struct ManagedArgs {
    /// Terraform state file, output of `terraform show -json` for a state, or folder of them. Findings on the resources of
    /// a state point at their source, in the folder of the state or in --source. Repeatable.
    #[arg(long, value_name = "FILE|DIR")]
    pub terraform_state: Vec<PathBuf>,
    /// Output of `aws cloudformation list-stack-resources` or `describe-stack-resources` for one stack; --source is its
    /// template. Repeatable.
    #[arg(long, value_name = "FILE")]
    pub stack_resources: Vec<PathBuf>,
}

/// The facts that a plan, source or template does not contain.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct SourceArgs {
    /// Report only resources that a plan creates, or whose tags or other checked attributes it changes (default for
    /// plans).
    #[arg(long, conflicts_with = "all")]
    pub changed: bool,
    /// Report all resources of a plan, changed or not.
    #[arg(long)]
    pub all: bool,
    /// Tag that a template's stack is deployed with. Repeatable.
    #[arg(long = "stack-tag", value_name = "KEY=VALUE", value_parser = stack_tag)]
    pub stack_tags: Vec<(String, String)>,
    /// Parameter that a template's stack is deployed with. It wins over --parameters. Repeatable.
    #[arg(long = "parameter", value_name = "KEY=VALUE", value_parser = parameter)]
    pub parameters: Vec<(String, String)>,
    /// File with parameters and tags of a deployment: parameter file of the AWS CLI, template configuration of
    /// CodePipeline, or samconfig.toml. Later files win. Repeatable.
    #[arg(long = "parameters", value_name = "FILE")]
    pub parameter_files: Vec<PathBuf>,
    /// Environment in the samconfig.toml of --parameters. Default: default.
    #[arg(long, value_name = "NAME", requires = "parameter_files")]
    pub config_env: Option<String>,
    /// Name of a template's stack (`AWS::StackName`), if the input does not name it.
    #[arg(long, value_name = "NAME", value_parser = stack_name)]
    pub stack_name: Option<String>,
    /// File with values of Terraform variables (.tfvars), for source without a plan. Repeatable.
    #[arg(long = "var-file", value_name = "FILE")]
    pub variable_files: Vec<PathBuf>,
    /// Value of a Terraform variable, for source without a plan. It wins over --var-file. Repeatable.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub variables: Vec<(String, String)>,
    /// Workspace of Terraform source without a plan (`terraform.workspace`). Default: the one in .terraform/environment.
    #[arg(long, value_name = "NAME", value_parser = workspace)]
    pub workspace: Option<String>,
    /// Account of a plan or template that does not name it. Conditions, ARNs and waivers need it.
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: Option<String>,
    /// Region of a plan or template that does not name it.
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub region: Option<String>,
    /// Folder of the Terraform source of a plan or state (default: the folder of the plan or state), or the template of
    /// --stack-resources.
    #[arg(long, value_name = "DIR|FILE", help_heading = "Ownership")]
    pub source: Option<PathBuf>,
}
