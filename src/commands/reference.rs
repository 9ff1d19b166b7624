//! The command reference of the documentation, `docs/cli`: a page for each command, made from clap.
//!
//! A build without AWS lacks some commands and flags. The reference is that of the complete program: the small build
//! compares only the pages that are the same in both.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};
use regex::Regex;

use super::settings::{COMMANDS, SettingCommands, table_of, variable};
use crate::authoring::assert_committed;
use crate::cli::Cli;

/// The pages that are others in a build without AWS.
const NEED_AWS: [&str; 7] = ["README", "scan", "collect", "fix", "policy", "explain-access", "permissions"];

const MADE: &str = "<!-- generated from src/cli: change the texts there, then run the tests with TAGLINT_BLESS=1 -->\n";

const INDEX: &str = "
# Commands

All commands of taglint with their flags, as `taglint COMMAND --help` prints them.

";

const INDEX_END: &str = "
`scan`, `collect` and `check` take flags from variables and from the policy file too
([configuration.md](../configuration.md)). Their pages name the variable and the table. The exit codes of all commands are in
[exit-codes.md](../exit-codes.md).

A build without the feature `aws` lacks `scan`, `collect` and `permissions`, and in `fix`, `explain-access` and `policy diff` the
flags that read or change accounts. Released programs have everything.

| variable | meaning |
|---|---|
| `TAGLINT_…` | a flag of `scan`, `collect` or `check` ([configuration.md](../configuration.md#variables)) |
| `TAGLINT_REDACT_KEY` | the key of `--redact` ([reports.md](../reports.md#redaction)) |
| `TAGLINT_MAX_UNPACKED` | the limit of unpacked input ([SECURITY.md](../../SECURITY.md)) |
| `NO_COLOR`, `CLICOLOR_FORCE` | what `--color auto` obeys besides the terminal |
| `AWS_…` | the configuration of the AWS SDK: profile, region, credentials |
| `AWS_BATCH_JOB_ARRAY_INDEX`, `JOB_COMPLETION_INDEX` | the number of the shard of `--shard N` |
";

/// The name and text of each page.
fn pages() -> Vec<(String, String)> {
    let cli = Cli::command();
    let settings = SettingCommands::of(&cli);
    let mut built = cli;
    built.build();
    let commands = || built.get_subcommands().filter(|command| command.get_name() != "help");
    let mut index = format!("{MADE}{INDEX}| command | purpose |\n|---|---|\n");
    for command in commands() {
        let name = command.get_name();
        let _ = writeln!(index, "| [`{name}`]({name}.md) | {} |", markdown(&about(command)));
    }
    index.push_str("\n## Global options\n\n");
    for arg in built.get_arguments().filter(|arg| arg.is_global_set()) {
        index.push_str(&flag(&built, arg, None));
    }
    index.push_str(INDEX_END);
    let mut pages = vec![("README".to_owned(), index)];
    for command in commands() {
        let mut text = MADE.to_owned();
        section(&mut text, command, 1, &settings);
        pages.push((command.get_name().to_owned(), text));
    }
    pages
}

/// The short description, else the long one.
fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn section(out: &mut String, command: &Command, level: usize, settings: &SettingCommands) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let long = command.get_long_about().map_or_else(|| about(command) + ".", ToString::to_string);
    let _ = write!(out, "\n{} {name}\n\n{}\n", "#".repeat(level), markdown(&long));
    let below: Vec<&Command> = command.get_subcommands().filter(|below| below.get_name() != "help").collect();
    for below in &below {
        let anchor = below.get_bin_name().unwrap_or_default().replace(' ', "-");
        let _ = write!(out, "\n- [`{}`](#{anchor}): {}", below.get_name(), markdown(&about(below)));
    }
    if below.is_empty() {
        let usage = command.clone().render_usage().to_string();
        let _ = write!(out, "\n```text\n{}\n```\n", usage.trim_end());
    } else {
        out.push('\n');
    }
    let of_settings = COMMANDS.contains(&command.get_name()) && level == 1;
    for (heading, args) in headings(command) {
        let _ = write!(out, "\n{} {heading}\n\n", "#".repeat(level + 1));
        for arg in args {
            out.push_str(&flag(command, arg, of_settings.then_some(settings)));
        }
    }
    if let Some(more) = command.get_after_help() {
        let _ = write!(out, "\n{} Exit codes and examples\n\n```text\n{}\n```\n", "#".repeat(level + 1), more);
    }
    for below in below {
        section(out, below, level + 1, settings);
    }
}

/// The arguments by heading, in the order of `--help`.
fn headings(command: &Command) -> Vec<(String, Vec<&Arg>)> {
    let mut out: Vec<(String, Vec<&Arg>)> = Vec::new();
    let is_shown =
        |arg: &&Arg| !arg.is_hide_set() && !arg.is_global_set() && !matches!(arg.get_id().as_str(), "help" | "version");
    let mut args: Vec<&Arg> = command.get_arguments().filter(is_shown).collect();
    args.sort_by_key(|arg| (!arg.is_positional(), arg.get_help_heading().is_some()));
    for arg in args {
        let usual = if arg.is_positional() { "Arguments" } else { "Options" };
        let heading = arg.get_help_heading().filter(|_| !arg.is_positional()).unwrap_or(usual);
        match out.iter_mut().find(|(known, _)| known == heading) {
            Some((_, args)) => args.push(arg),
            None => out.push((heading.to_owned(), vec![arg])),
        }
    }
    out
}

/// One argument as an item of a list.
fn flag(command: &Command, arg: &Arg, settings: Option<&SettingCommands>) -> String {
    let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let help = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut facts = Vec::new();
    let takes_value = arg.get_action().takes_values();
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes_value && !defaults.is_empty() {
        facts.push(format!("Default: `{}`.", defaults.join(",")));
    }
    let conflicts: Vec<String> = conflicts(command, arg).map(|name| format!("`--{name}`")).collect();
    match conflicts.len() {
        0 => {}
        1..=6 => facts.push(format!("Not with {}.", conflicts.join(", "))),
        _ => facts.push("Not with most other flags, which the error message names.".to_owned()),
    }
    if let Some(setting) = settings.and_then(|settings| setting(settings, command, arg)) {
        facts.push(setting);
    }
    let mut out = format!("- {short}`{}`: {}", arg.clone().short(None), markdown(&help).replace("\n\n", "\n\n  "));
    if !out.ends_with('.') {
        out.push('.');
    }
    for fact in facts {
        let _ = write!(out, " {fact}");
    }
    out.push('\n');
    let values = arg.get_possible_values();
    for value in values.iter().filter(|value| takes_value && !value.is_hide_set()) {
        let about = value.get_help().map(|about| format!(": {}", markdown(&about.to_string()))).unwrap_or_default();
        let _ = writeln!(out, "  - `{}`{about}", value.get_name());
    }
    out
}

/// The flags that cannot be given beside a flag. clap has a conflict on one side of a pair.
fn conflicts<'c>(command: &'c Command, arg: &'c Arg) -> impl Iterator<Item = &'c str> {
    let names = |one: &'c Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|conflict| conflict.get_id() == other.get_id())
    };
    let others = command.get_arguments().filter(move |other| names(arg, other) || names(other, arg));
    others.filter_map(Arg::get_long)
}

/// The variable of a flag and its table in the policy file.
fn setting(settings: &SettingCommands, command: &Command, arg: &Arg) -> Option<String> {
    let name = arg.get_long()?;
    let flags = settings.flags(command.get_name());
    let known = flags.iter().find(|known| known.name() == name)?;
    let table = known.table().filter(|_| table_of(arg).is_some());
    let table = table.map(|table| format!(", `{name}` in `[{table}]`")).unwrap_or_default();
    Some(format!("Setting: `{}`{table}.", variable(name)))
}

/// A help text as Markdown: flags are code, and nothing else is markup.
fn markdown(text: &str) -> String {
    let flags = Regex::new(r"--[a-z][a-z0-9-]*").expect("a regular expression");
    let mark = Regex::new(r"[\\*<>\[\]|]").expect("a regular expression");
    let part = |(at, part): (usize, &str)| {
        if at % 2 == 1 {
            return format!("`{part}`");
        }
        flags.replace_all(&mark.replace_all(part, r"\$0"), "`$0`").into_owned()
    };
    text.split('`').enumerate().map(part).collect()
}

#[test]
fn the_committed_command_reference_is_current() {
    let complete = cfg!(feature = "aws");
    let pages = pages();
    for (name, text) in &pages {
        if complete || !NEED_AWS.contains(&name.as_str()) {
            assert_committed(&format!("docs/cli/{name}.md"), text);
        }
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli");
    for entry in std::fs::read_dir(folder).expect("docs/cli") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let known = pages.iter().any(|(page, _)| format!("{page}.md") == name);
        assert!(
            known || !complete && NEED_AWS.contains(&name.trim_end_matches(".md")),
            "no command has docs/cli/{name}"
        );
    }
    if !complete {
        eprintln!("compared without the pages that need the feature aws: {}", NEED_AWS.join(", "));
    }
}

#[test]
fn flags_are_code_and_nothing_else_is_markup() {
    assert_eq!(markdown("Use --a-b, `--c *`, <X> and [a|b]*."), r"Use `--a-b`, `--c *`, \<X\> and \[a\|b\]\*.");
}
