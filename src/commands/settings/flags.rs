//! The flags that can be settings, with the table of each. The heading of a flag in `--help` determines its table.

use std::any::TypeId;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};

/// The commands with settings.
pub(crate) const COMMANDS: [&str; 3] = ["scan", "collect", "check"];

/// The flags that a file cannot set: those about the policy file itself, and those of one run.
const NOT_IN_FILES: [&str; 5] = ["policy", "policy-from", "day", "now", "estimate"];

/// The commands with settings.
pub(crate) struct Commands {
    commands: Vec<Command>,
}

impl Commands {
    /// The commands of a command line.
    pub(crate) fn of(cli: &Command) -> Self {
        // Global flags belong to a command after this.
        let mut built = cli.clone();
        built.build();
        Self { commands: COMMANDS.iter().filter_map(|name| built.find_subcommand(name).cloned()).collect() }
    }

    /// The flags of one command.
    pub(crate) fn flags(&self, name: &str) -> Vec<SettingFlag<'_>> {
        let command = self.commands.iter().filter(|command| command.get_name() == name);
        command.flat_map(of_command).collect()
    }

    /// The flags of all commands.
    pub(super) fn all(&self) -> impl Iterator<Item = SettingFlag<'_>> {
        self.commands.iter().flat_map(of_command)
    }
}

fn of_command(command: &Command) -> impl Iterator<Item = SettingFlag<'_>> {
    let is_setting =
        |arg: &&Arg| arg.get_long().is_some_and(|name| !matches!(name, "help" | "version" | "verbose" | "no-config"));
    command.get_arguments().filter(is_setting).map(move |arg| SettingFlag { command, arg })
}

/// A flag of a command.
#[derive(Clone, Copy)]
pub(crate) struct SettingFlag<'c> {
    command: &'c Command,
    arg: &'c Arg,
}

impl<'c> SettingFlag<'c> {
    /// The flag without `--`.
    pub(crate) fn name(&self) -> &'c str {
        self.arg.get_long().expect("a setting has a long flag")
    }

    /// The name in the matches of clap.
    pub(super) fn id(&self) -> &'c str {
        self.arg.get_id().as_str()
    }

    /// The table in a policy file; `None` if a file cannot set the flag.
    pub(crate) fn table(&self) -> Option<&'static str> {
        if NOT_IN_FILES.contains(&self.name()) { None } else { table_of(self.arg) }
    }

    /// Returns `true` if the flag has no value.
    pub(super) fn is_switch(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::SetTrue)
    }

    /// Returns `true` if the flag can be repeated.
    pub(super) fn is_repeatable(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::Append)
    }

    /// Returns `true` if the value is `KEY=VALUE`.
    pub(super) fn takes_pairs(&self) -> bool {
        self.arg.get_value_names().is_some_and(|names| names.iter().any(|name| name.ends_with("=VALUE")))
    }

    /// Returns `true` if the value is a path.
    pub(super) fn takes_path(&self) -> bool {
        self.arg.get_value_parser().type_id() == TypeId::of::<PathBuf>()
    }
}

/// The table of a flag, by its heading.
pub(crate) fn table_of(arg: &Arg) -> Option<&'static str> {
    if arg.get_long() == Some("no-config") {
        return None;
    }
    match arg.get_help_heading()? {
        "Accounts" | "Resources" | "Pace and limits" | "AWS connection" => Some("scan"),
        "Input" | "Ownership" | "Policy" | "Exit code" => Some("check"),
        "Report" | "SARIF" | "Global options" => Some("output"),
        _ => None,
    }
}

/// The flags that cannot be set beside flags that are taken. If one under "Accounts" is in conflict, so are all:
/// they belong together, such as --organization and --role-name.
pub(super) fn conflicts(flags: &[SettingFlag<'_>], taken: &[&SettingFlag<'_>]) -> Vec<String> {
    let in_conflict: Vec<&Arg> = taken.iter().flat_map(|flag| flag.command.get_arg_conflicts_with(flag.arg)).collect();
    let is_of_accounts = |arg: &Arg| arg.get_help_heading() == Some("Accounts");
    let replaces_accounts = in_conflict.iter().any(|arg| is_of_accounts(arg));
    let is_excluded = |flag: &&SettingFlag<'_>| {
        (replaces_accounts && is_of_accounts(flag.arg))
            || in_conflict.iter().any(|arg| arg.get_id() == flag.arg.get_id())
    };
    flags.iter().filter(is_excluded).map(|flag| flag.name().to_owned()).collect()
}
