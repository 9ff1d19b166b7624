//! The settings of the environment and of the policy file.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ArgMatches;

use super::super::Failure;
use super::super::check::repository_root;
use super::super::git_commit::policy_files_of_commit;
use super::super::inputs::{found_policy, note};
use super::flags::{Commands, SettingFlag};
use super::given::{GivenSetting, SettingOrigin, argument, of_file};
use crate::base::{nearest, quote};
use crate::policy::{PolicySource, root_files, settings};

/// The prefix of the variables.
const PREFIX: &str = "TAGLINT_";

/// The variable of a flag.
pub(crate) fn variable(flag: &str) -> String {
    format!("{PREFIX}{}", flag.replace('-', "_").to_ascii_uppercase())
}

/// The settings of the environment. An empty variable is none.
pub(super) fn variables(flags: &[SettingFlag<'_>]) -> Result<Vec<GivenSetting>, Failure> {
    note_misspelled(flags);
    let mut out = Vec::new();
    for flag in flags {
        let name = variable(flag.name());
        let Some(value) = std::env::var_os(&name).filter(|value| !value.is_empty()) else { continue };
        let arguments = if flag.is_switch() { switch(flag.name(), &name, &value)? } else { values(flag, &value) };
        out.push(GivenSetting { flag: flag.name().to_owned(), arguments, origin: SettingOrigin::Variable(name) });
    }
    Ok(out)
}

/// The argument of a switch.
fn switch(flag: &str, variable: &str, value: &OsString) -> Result<Vec<OsString>, Failure> {
    match value.to_string_lossy().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(vec![format!("--{flag}").into()]),
        "0" | "false" | "no" | "off" => Ok(Vec::new()),
        other => Err(Failure::new(format!("{variable}: {} is neither true nor false", quote(other)))
            .help(format!("write {variable}=true or {variable}=false"))),
    }
}

/// The arguments of a flag with values: one for each line if the flag can be repeated.
fn values(flag: &SettingFlag<'_>, value: &OsString) -> Vec<OsString> {
    match value.to_str().filter(|_| flag.is_repeatable()) {
        Some(text) => text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| argument(flag.name(), line.as_ref()))
            .collect(),
        None => vec![argument(flag.name(), value)],
    }
}

/// Prints a note about variables that look like a setting and are none.
fn note_misspelled(flags: &[SettingFlag<'_>]) {
    let known: Vec<String> = flags.iter().map(|flag| variable(flag.name())).collect();
    let others = ["TAGLINT_SLOW", "TAGLINT_REDACT_KEY", "TAGLINT_EMULATOR_PACE", crate::input::MAX_UNPACKED];
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        if known.iter().any(|known| known == name) || others.contains(&name) {
            continue;
        }
        if let Some(meant) = nearest(name, known.iter().map(String::as_str)) {
            note(&format!("{name} is no setting of this command; did you mean {meant}?"));
        }
    }
}

/// The settings of the policy file of a command.
pub(super) fn of_policy(commands: &Commands, command: &str, given: &ArgMatches) -> Result<Vec<GivenSetting>, Failure> {
    let named = paths(given, "policy");
    let commit = given.try_get_one::<String>("policy_from").ok().flatten();
    let source = if named.is_empty() { found_policy() } else { PolicySource::Paths(named.clone()) };
    let files = match commit {
        Some(reference) => policy_files_of_commit(reference, &named)?,
        // The command reports a file that cannot be read.
        None => root_files(&source).unwrap_or_default(),
    };
    let inside = match &source {
        PolicySource::Discovered { root, .. } => Some(root.clone()),
        _ => commit.map(|_| repository_root()),
    };
    let (mut out, mut problems) = (Vec::<GivenSetting>::new(), Vec::new());
    for file in files {
        let settings = settings::read(&file).unwrap_or_else(|mut mistakes| {
            problems.append(&mut mistakes);
            Vec::new()
        });
        for setting in settings {
            match of_file(commands, command, &setting, inside.as_deref()) {
                Ok(Some(given)) if out.iter().any(|earlier| earlier.flag == given.flag) => {
                    problems.push(setting.error(format!("`{}` is set in another file too", setting.name)));
                }
                Ok(given) => out.extend(given),
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() { Ok(out) } else { Err(Failure::of_settings(problems)) }
}

/// The paths of a flag, none if the command does not have it.
fn paths(given: &ArgMatches, id: &str) -> Vec<PathBuf> {
    given.try_get_many::<PathBuf>(id).ok().flatten().map(|paths| paths.cloned().collect()).unwrap_or_default()
}
