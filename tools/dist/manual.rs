//! Writes the manual pages and the shell completions of the packages: `cargo run --example manual -- FOLDER`.
//!
//! An example and not a command, so that the program does not contain the generator of manual pages. The completions
//! offer values, which `taglint completions` does not: types, the rules of the policy, and the profiles of AWS.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use taglint::aws::resource_types;

/// Stands for the rules in the script of a shell, until a command that lists them replaces it.
const RULES: &str = "TAGLINT_RULES";
/// Stands for the profiles.
const PROFILES: &str = "TAGLINT_PROFILES";
const LIST_RULES: &str = "taglint policy list 2>/dev/null | cut -d\" \" -f1";
const LIST_PROFILES: &str =
    "cat ~/.aws/config ~/.aws/credentials 2>/dev/null | grep \"^[[]\" | tr -d \"[]\" | sed \"s/^profile //\"";

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("the folder to write to"));
    for part in ["man", "completions"] {
        std::fs::create_dir_all(folder.join(part))?;
    }
    clap_mangen::generate_to(taglint::cli::Cli::command(), folder.join("man"))?;
    let command = with_values(taglint::cli::Cli::command());
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
        completions(&folder.join("completions"), shell, command.clone())?;
    }
    Ok(())
}

fn completions(folder: &Path, shell: Shell, mut command: Command) -> std::io::Result<()> {
    let path = clap_complete::generate_to(shell, &mut command, "taglint", folder)?;
    let mut text = std::fs::read_to_string(&path)?;
    for (placeholder, list) in [(RULES, LIST_RULES), (PROFILES, LIST_PROFILES)] {
        text = match shell {
            Shell::Zsh => text.replace(&format!("({placeholder})"), &format!("{{compadd -- $({list})}}")),
            // The word list stands in double quotes.
            Shell::Bash => text.replace(placeholder, &format!("$({list})")),
            Shell::Fish => {
                text.replace(&format!("\"{placeholder}\\t''\""), &format!("\"({})\"", list.replace('"', "'")))
            }
            _ => text,
        };
    }
    std::fs::write(path, text)
}

/// The command, and each below it, with values for the flags that have some. Nothing is parsed with it.
fn with_values(mut command: Command) -> Command {
    let flags: Vec<_> = command.get_arguments().map(|flag| flag.get_id().clone()).collect();
    for flag in flags {
        if let Some(values) = values(command.get_name(), flag.as_str()) {
            command = command.mut_arg(flag, |flag| flag.value_parser(PossibleValuesParser::new(values)));
        }
    }
    let names: Vec<_> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_values))
}

fn values(command: &str, flag: &str) -> Option<Vec<&'static str>> {
    match (command, flag) {
        (_, "select" | "ignore") => Some(vec![RULES]),
        (_, "profile") => Some(vec![PROFILES]),
        (_, "types") => Some(taglint::aws::supported::ALL.iter().map(|each| each.name).collect()),
        ("export", "resources") => Some(resource_types::all().iter().filter_map(|row| row.tagging).collect()),
        _ => None,
    }
}
