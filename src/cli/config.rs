//! `taglint config`, and the flag that ignores settings.

use std::ffi::OsString;

use clap::Args;

pub(super) const CONFIG_AFTER_HELP: &str = "\
A flag comes first, then a variable, then the tables [scan], [check] and [output] of the policy file.
The variable of a flag is TAGLINT_ with the name of the flag in capital letters: TAGLINT_FAIL_ON.

Examples:
  taglint config
  taglint config check --fail-on warning
  TAGLINT_FORMAT=json taglint config scan";

/// `taglint config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// A command with its flags. Default: scan and check, without flags.
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<OsString>,
}

/// The flag that ignores settings.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct SettingsArgs {
    /// Ignore the settings of taglint.toml and of TAGLINT_* variables.
    #[arg(long)]
    pub no_config: bool,
}
