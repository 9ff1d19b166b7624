//! `taglint config`: the effective settings of a command, as tables of a policy file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, CommandFactory as _};

use super::output::stdout;
use super::settings::{COMMANDS, CommandLineError, Resolved, first_paragraph, resolve, table_of};
use super::{Failure, RunOutcome};
use crate::base::{LogSpelling, escape, quote};
use crate::cli::{Cli, ConfigArgs};

/// Prints the settings of a command, or of `scan` and `check`.
pub(super) fn run(args: &ConfigArgs) -> Result<RunOutcome, Failure> {
    let cli = Cli::command().mut_subcommand("check", |check| check.mut_arg("inputs", |inputs| inputs.required(false)));
    let known: Vec<&str> = COMMANDS.into_iter().filter(|name| cli.find_subcommand(name).is_some()).collect();
    let mut text = String::new();
    match args.command.first() {
        None => {
            for name in known.iter().filter(|name| **name != "collect") {
                text += &settings(&cli, name, vec![OsString::from(*name)])?;
            }
        }
        Some(name) => {
            let name = name.to_string_lossy();
            if !known.contains(&&*name) {
                return Err(Failure::new(format!("{} has no settings", quote(&name)))
                    .help(format!("give one of {}", known.join(", "))));
            }
            text += &settings(&cli, &name, args.command.clone())?;
        }
    }
    stdout(LogSpelling::Text, text.as_bytes())?;
    Ok(RunOutcome::Good)
}

/// The settings of one command line.
fn settings(cli: &clap::Command, name: &str, command: Vec<OsString>) -> Result<String, Failure> {
    let args: Vec<_> = std::iter::once(OsString::from("taglint")).chain(command).collect();
    let resolved = resolve(cli, &args).map_err(|error| match error {
        CommandLineError::Setting(failure) => *failure,
        CommandLineError::Usage(error) => Failure::new(first_paragraph(&error.render().to_string()))
            .help(format!("`taglint {name} --help` lists the flags")),
    })?;
    let mut built = cli.clone();
    built.build();
    let command = built.find_subcommand(name).expect("a command with settings");
    let given = resolved.matches.subcommand_matches(name).expect("the command was given");
    Ok(tables(name, command, given, &resolved))
}

/// The tables with the settings that have a value.
fn tables(name: &str, command: &clap::Command, given: &ArgMatches, resolved: &Resolved) -> String {
    let mut tables: BTreeMap<&str, String> = BTreeMap::new();
    for arg in command.get_arguments() {
        let (Some(flag), Some(table)) = (arg.get_long(), table_of(arg)) else { continue };
        let (Some(value), Some(origin)) = (value(arg, given), origin(arg, given, resolved)) else { continue };
        let line = format!("{flag} = {value}");
        let _ = writeln!(tables.entry(table).or_default(), "{:<44} # {}", escape(&line), escape(&origin));
    }
    let mut out = format!("# taglint {name}\n");
    for (table, lines) in tables {
        let _ = write!(out, "[{table}]\n{lines}\n");
    }
    out
}

/// The origin of a value, the strongest first: a flag, a variable, a file, the default.
fn origin(arg: &Arg, given: &ArgMatches, resolved: &Resolved) -> Option<String> {
    resolved.origin(arg.get_long()?).or_else(|| match given.value_source(arg.get_id().as_str())? {
        ValueSource::CommandLine => Some("command line".to_owned()),
        _ => Some("default".to_owned()),
    })
}

/// The value of a flag as TOML; `None` if it has none.
fn value(arg: &Arg, given: &ArgMatches) -> Option<String> {
    let id = arg.get_id().as_str();
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return Some(given.get_flag(id).to_string());
    }
    if matches!(arg.get_action(), ArgAction::Count) {
        return None;
    }
    let values: Vec<String> =
        given.get_raw(id)?.map(|value| toml::Value::String(value.to_string_lossy().into_owned()).to_string()).collect();
    Some(match arg.get_action() {
        ArgAction::Append => format!("[{}]", values.join(", ")),
        _ => values.concat(),
    })
}
