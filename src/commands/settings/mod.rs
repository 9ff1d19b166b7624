//! The command line with its settings: what a flag says comes first, then what a `TAGLINT_*` variable says, then what the
//! tables `[scan]`, `[check]` and `[output]` of the policy file say.
//!
//! A setting becomes the argument that a user would have written, right after the name of the command. So clap checks it
//! as it checks a flag.

mod flags;
mod given;
mod sources;

use std::ffi::OsString;

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use self::flags::{Commands, SettingFlag, conflicts};
use self::given::{GivenSetting, SettingOrigin};
use super::Failure;
use crate::cli::Cli;

#[cfg(test)]
pub(super) use self::flags::Commands as SettingCommands;
pub(super) use self::flags::{COMMANDS, table_of};
pub(super) use self::given::check_file;
#[cfg(test)]
pub(super) use self::sources::variable;

/// The reason why a command line can't be run.
#[derive(Debug)]
pub enum CommandLineError {
    /// A mistake in the arguments, or a request for help.
    Usage(clap::Error),
    /// A mistake in a setting.
    Setting(Box<Failure>),
}

impl From<Failure> for CommandLineError {
    fn from(failure: Failure) -> Self {
        Self::Setting(Box::new(failure))
    }
}

/// Parses the command line, with the settings of its command.
///
/// # Errors
/// [`CommandLineError`].
pub fn parse_command_line(args: impl IntoIterator<Item = OsString>) -> Result<Cli, CommandLineError> {
    let resolved = resolve(&Cli::command(), &args.into_iter().collect::<Vec<_>>())?;
    Cli::from_arg_matches(&resolved.matches).map_err(CommandLineError::Usage)
}

/// A command line and the settings that count in it.
pub(super) struct Resolved {
    /// The arguments.
    pub(super) matches: ArgMatches,
    /// The settings that no other takes precedence over.
    settings: Vec<GivenSetting>,
}

impl Resolved {
    /// The origin of the value of a flag, if a setting gives it: a variable, or a file and line.
    pub(super) fn origin(&self, flag: &str) -> Option<String> {
        let setting = self.settings.iter().find(|setting| setting.flag == flag)?;
        Some(setting.origin.to_string())
    }
}

/// Adds the settings to a command line.
pub(super) fn resolve(cli: &clap::Command, args: &[OsString]) -> Result<Resolved, CommandLineError> {
    let matches = cli.clone().try_get_matches_from(args).map_err(CommandLineError::Usage)?;
    let Some((name, given)) = matches.subcommand().filter(|(name, _)| COMMANDS.contains(name)) else {
        return Ok(Resolved { matches, settings: Vec::new() });
    };
    if given.get_flag("no_config") {
        return Ok(Resolved { matches, settings: Vec::new() });
    }
    let commands = Commands::of(cli);
    let flags = commands.flags(name);
    let mut settings = Vec::new();
    add(&mut settings, sources::variables(&flags)?, &flags, given);
    // A variable may name the policy file, which has settings too.
    let parsed = parse(cli, args, name, &settings)?;
    let given = parsed.subcommand_matches(name).expect("the same command");
    let of_file = sources::of_policy(&commands, name, given)?;
    add(&mut settings, of_file, &flags, given);
    if settings.is_empty() {
        return Ok(Resolved { matches, settings });
    }
    Ok(Resolved { matches: parse(cli, args, name, &settings)?, settings })
}

/// Adds the settings that neither the command line nor an earlier setting replaces.
fn add(settings: &mut Vec<GivenSetting>, new: Vec<GivenSetting>, flags: &[SettingFlag<'_>], given: &ArgMatches) {
    let is_given = |flag: &SettingFlag<'_>| {
        given.value_source(flag.id()).is_some_and(|source| source == clap::parser::ValueSource::CommandLine)
    };
    let earlier: Vec<String> = settings.iter().map(|setting| setting.flag.clone()).collect();
    let taken: Vec<_> =
        flags.iter().filter(|flag| is_given(flag) || earlier.iter().any(|name| name == flag.name())).collect();
    let excluded = conflicts(flags, &taken);
    settings.extend(new.into_iter().filter(|setting| {
        let is_taken = taken.iter().any(|flag| flag.name() == setting.flag);
        !is_taken && !excluded.contains(&setting.flag)
    }));
}

/// Parses the arguments together with settings. The arguments alone are valid.
fn parse(
    cli: &clap::Command,
    args: &[OsString],
    name: &str,
    settings: &[GivenSetting],
) -> Result<ArgMatches, CommandLineError> {
    let at = args.iter().skip(1).position(|arg| arg == name).map_or(args.len(), |at| at + 2);
    let (before, after) = args.split_at(at);
    let added = settings.iter().flat_map(|setting| setting.arguments.iter());
    let all = before.iter().chain(added).chain(after);
    cli.clone().try_get_matches_from(all).map_err(|error| refused(&error, settings).into())
}

/// The error of clap on one line, without its tips and the usage.
pub(super) fn first_paragraph(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

/// The error of an argument that a setting added.
fn refused(error: &clap::Error, settings: &[GivenSetting]) -> Failure {
    let text = error.render().to_string();
    let message = first_paragraph(&text);
    let named = |setting: &&GivenSetting| {
        let flag = format!("--{}", setting.flag);
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(|word| word == flag)
    };
    match settings.iter().find(named) {
        Some(GivenSetting { origin: SettingOrigin::File(setting), .. }) => {
            Failure::new(format!("the settings of {} are invalid", setting.file.path.display()))
                .problem(setting.error(message))
        }
        Some(setting) => Failure::new(format!("{}: {message}", setting.origin))
            .help("correct the variable or remove it; --no-config ignores all settings"),
        None => Failure::new(format!("a setting is invalid: {message}"))
            .help("`taglint config` shows the settings; --no-config ignores them"),
    }
}
