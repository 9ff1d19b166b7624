//! The command line: clap types only.

mod check;
mod config;
mod explain_access;
mod fix;
mod history;
mod init;
#[cfg(feature = "aws")]
mod live;
mod merge;
#[cfg(feature = "aws")]
mod permissions;
mod policy;
mod policy_export;
mod value;

use clap::{Args, Parser, Subcommand, ValueEnum};

use check::{CHECK_AFTER_HELP, exit_codes};
use config::CONFIG_AFTER_HELP;
use explain_access::ACCESS_AFTER_HELP;
use fix::FIX_AFTER_HELP;
use history::HISTORY_AFTER_HELP;
use init::INIT_AFTER_HELP;
#[cfg(feature = "aws")]
use live::{COLLECT_AFTER_HELP, SCAN_AFTER_HELP};
use merge::MERGE_AFTER_HELP;
use value::choice;

pub use check::{CheckArgs, FailOn, FileCheckArgs, ManagedArgs, PolicyArgs, RuleSelectionArgs, SourceArgs};
pub use config::{ConfigArgs, SettingsArgs};
pub use explain_access::ExplainAccessArgs;
pub use fix::FixArgs;
#[cfg(feature = "aws")]
pub use fix::{ApplyArgs, GivenArgs, LIVE_FLAGS, PLAN_FLAGS, READ_FLAGS, RULE_FLAGS, SCAN_FLAGS, flag_name};
pub use history::HistoryArgs;
pub use init::InitArgs;
#[cfg(feature = "aws")]
pub use live::{CollectArgs, ConnectionArgs, LiveArgs, ScanArgs};
pub use merge::MergeArgs;
#[cfg(feature = "aws")]
pub use permissions::{ExplainAccessPermissionsArgs, FixPermissionsArgs, PermissionsCommand, ScanPermissionsArgs};
pub use policy::PolicyCommand;
pub use policy_export::{DiffArgs, ExportArgs, TextOrJson};

use crate::authoring::formats::{FORMAT_SCHEMAS, FormatSchema};

/// Check and fix the tags of AWS resources against a policy.
#[derive(Debug, Parser)]
#[command(name = "taglint", version, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// The flags of every command.
    #[command(flatten)]
    pub global: Global,
}

const AFTER_HELP: &str = concat!(
    exit_codes!(),
    "

Examples:
  taglint init                                           (write a starter policy)
  taglint check infra/ --output tags.sarif               (check Terraform source)
  taglint scan --region eu-central-1                     (check a live account)"
);

/// The flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// When to color text.
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub color: Color,
    /// Print more; repeat for debug output.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Print only the summary, without notes.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// When to color text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Returns `true` if text for `stream` is colored. `auto` depends on the terminal, `NO_COLOR` and `CLICOLOR_FORCE`.
    pub fn applies_to(self, stream: &impl anstream::stream::RawStream) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant)] // there is one in a run
pub enum Command {
    /// Read live AWS accounts and check them
    #[cfg(feature = "aws")]
    #[command(after_help = SCAN_AFTER_HELP)]
    Scan(Box<ScanArgs>),
    /// Check files: inventories, Terraform plans and source, CloudFormation templates, AWS CLI output
    #[command(after_help = CHECK_AFTER_HELP)]
    Check(FileCheckArgs),
    /// Read live AWS accounts into an inventory file
    #[cfg(feature = "aws")]
    #[command(after_help = COLLECT_AFTER_HELP)]
    Collect(CollectArgs),
    /// Merge inventories into one
    #[command(after_help = MERGE_AFTER_HELP)]
    Merge(MergeArgs),
    /// Show since when resources lack a tag or violate a rule, or how the tags of one changed, from inventories of
    /// several days
    #[command(after_help = HISTORY_AFTER_HELP)]
    History(HistoryArgs),
    /// Plan tag changes that fix findings; apply them, resume an interrupted run, or undo a run
    #[command(after_help = FIX_AFTER_HELP)]
    Fix(Box<FixArgs>),
    /// List, check, test, explain, import, export and compare policies
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Write a starter taglint.toml
    #[command(after_help = INIT_AFTER_HELP)]
    Init(InitArgs),
    /// List the IAM policies of an account that read a tag, and explain what each grants or denies
    #[command(after_help = ACCESS_AFTER_HELP)]
    ExplainAccess(Box<ExplainAccessArgs>),
    /// Show the settings of scan, collect or check: what flags, TAGLINT_* variables and taglint.toml say
    #[command(after_help = CONFIG_AFTER_HELP)]
    Config(ConfigArgs),
    /// Print the least-privilege IAM policy that a command needs
    #[cfg(feature = "aws")]
    #[command(subcommand)]
    Permissions(PermissionsCommand),
    /// Print the JSON Schema of policies, or of a file that taglint writes
    #[command(
        after_help = "Examples:\n  taglint schema report > report.schema.json\n  taglint schema policy > schema.json"
    )]
    Schema {
        /// Format of the documents.
        #[arg(value_name = "NAME", value_parser = schema_names())]
        format: SchemaName,
    },
    /// Print shell completions
    #[command(
        after_help = "Examples:\n  taglint completions bash > /etc/bash_completion.d/taglint\n  taglint completions zsh > ~/.zfunc/_taglint"
    )]
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
}

/// A format with a schema.
#[derive(Debug, Clone, Copy)]
pub enum SchemaName {
    /// Policy files.
    Policy,
    /// A format of [`FORMAT_SCHEMAS`].
    Format(&'static FormatSchema),
}

fn schema_names() -> impl clap::builder::TypedValueParser<Value = SchemaName> {
    let formats = FORMAT_SCHEMAS.iter().map(|format| (format.name, format.about, SchemaName::Format(format)));
    choice([("policy", "A policy file, for editors", SchemaName::Policy)].into_iter().chain(formats))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// The headings of every `--help`, in their order.
    const HEADINGS: [&str; 17] = [
        "Arguments",
        "Options",
        "Input",
        "Accounts",
        "Resources",
        "Ownership",
        "Policy",
        "Changes",
        "Permitted changes",
        "Report",
        "SARIF",
        "Output",
        "Exit code",
        "Apply, resume and undo",
        "Pace and limits",
        "AWS connection",
        "Global options",
    ];

    fn help(command: &mut clap::Command) -> String {
        command.render_long_help().to_string()
    }

    /// The headings above the exit codes and examples, of which every command has its own.
    fn headings(help: &str) -> Vec<&str> {
        let lines = help.lines().take_while(|line| *line != "Exit codes:" && *line != "Examples:");
        lines.filter_map(|line| line.strip_suffix(':').filter(|heading| !heading.starts_with(' '))).collect()
    }

    #[test]
    fn the_headings_of_every_command_are_in_one_order() {
        let mut cli = Cli::command();
        cli.build();
        let live: &[&str] = if cfg!(feature = "aws") { &["scan", "collect"] } else { &[] };
        for name in ["check", "fix", "explain-access", "merge", "history"].iter().chain(live) {
            let command = cli.find_subcommand_mut(name).expect(name);
            let help = help(command);
            let at = |heading: &&str| HEADINGS.iter().position(|known| known == heading);
            let positions: Vec<_> = headings(&help).iter().map(|heading| at(heading).expect(heading)).collect();
            assert!(positions.len() > 2 && positions.is_sorted(), "{name}: {:?}", headings(&help));
        }
    }

    #[test]
    fn every_flag_of_merge_and_permissions_has_a_heading() {
        let mut cli = Cli::command();
        cli.build();
        assert!(cli.find_subcommand("merge").is_some());
        for path in
            [&["merge"][..], &["permissions", "scan"], &["permissions", "explain-access"], &["permissions", "fix"]]
        {
            // Without the feature `aws` there is no `permissions`.
            let found = path.iter().try_fold(&mut cli, |command, name| command.find_subcommand_mut(name));
            let Some(command) = found else { continue };
            let flags = command.get_arguments().filter(|flag| !flag.is_positional() && flag.get_id() != "help");
            for flag in flags {
                assert!(flag.get_help_heading().is_some(), "{path:?}: {flag}");
            }
        }
    }

    #[test]
    #[cfg(feature = "aws")]
    fn check_and_scan_explain_the_same_exit_codes() {
        for name in ["check", "scan"] {
            let mut cli = Cli::command();
            cli.build();
            assert!(help(cli.find_subcommand_mut(name).unwrap()).contains(exit_codes!()), "{name}");
        }
    }
}
