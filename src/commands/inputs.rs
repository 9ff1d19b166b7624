//! The policy and the date of a run, for several commands.

use std::path::{Path, PathBuf};

use super::outcome::colored;
use super::terminal::stderr_width;
use super::{Failure, diagnostics};
use crate::base::{Glob, Paragraph, any_of, escape, nearest, parse_size, print_stderr, quote};
use crate::cli::{Global, PolicyArgs, RuleSelectionArgs};
use crate::input::{InputOptions, MAX_UNPACKED, UnpackBudget};
use crate::model::Day;
use crate::policy::{Policy, PolicySource, find, load};

/// The policy of the working directory.
pub(super) fn found_policy() -> PolicySource {
    let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    match find(&folder) {
        PolicySource::Discovered { file, root } => PolicySource::Discovered { file: relative(&folder, file), root },
        other => other,
    }
}

/// The source of the policy; a note on standard error if it is the built-in one.
pub(super) fn policy_source(args: &PolicyArgs, global: &Global) -> PolicySource {
    if !args.policy.is_empty() {
        return PolicySource::Paths(args.policy.clone());
    }
    let source = found_policy();
    if matches!(source, PolicySource::Pack(_)) && !global.quiet {
        note("no taglint.toml found; using the built-in policy `default`");
    }
    source
}

fn relative(folder: &Path, path: PathBuf) -> PathBuf {
    path.strip_prefix(folder).map(Path::to_owned).unwrap_or(path)
}

/// The loaded policy; its warnings go to standard error.
pub(super) fn policy(args: &PolicyArgs, global: &Global) -> Result<Policy, Failure> {
    let policy = load(&policy_source(args, global))?;
    if !policy.warnings.is_empty() && !global.quiet {
        print_stderr(&diagnostics::problems(&policy.warnings, colored(global, &std::io::stderr()), stderr_width()));
    }
    Ok(policy)
}

/// Prints a note to standard error, apart from the report.
pub(super) fn note(text: &str) {
    let line = Paragraph::indented(0).whole(0, "note:").words(1, &escape(text));
    print_stderr(&line.wrapped(stderr_width(), 6));
}

/// The bytes that streams and compressed files may unpack to: the default, or the total in `TAGLINT_MAX_UNPACKED`.
pub(super) fn unpack_budget() -> Result<UnpackBudget, Failure> {
    let Some(text) = std::env::var_os(MAX_UNPACKED).filter(|text| !text.is_empty()) else {
        return Ok(UnpackBudget::default());
    };
    let text = text.to_string_lossy();
    parse_size(&text).map(UnpackBudget::of_total).ok_or_else(|| {
        Failure::new(format!("{MAX_UNPACKED} {}: not a size", quote(&text))).help("write a size like 64GiB or 512MiB")
    })
}

/// The input options of a command without flags for them.
pub(super) fn plain_input_options() -> Result<InputOptions, Failure> {
    Ok(InputOptions { unpack: unpack_budget()?, ..InputOptions::default() })
}

/// The date of the run: today, or the value of `--now`.
pub(super) fn day(given: Option<&str>) -> Result<Day, Failure> {
    match given {
        None => Ok(Day::of(jiff::Timestamp::now())),
        Some(text) => Day::parse(text).ok_or_else(|| {
            Failure::new(format!("--now {}: not a date", quote(text))).help("write a date like 2026-11-22")
        }),
    }
}

/// The help for an unknown name: the nearest known name, else all of them, introduced by `all`.
pub(super) fn known_names<'k>(word: &str, known: impl Iterator<Item = &'k str> + Clone, all: &str) -> String {
    nearest(word, known.clone()).map_or_else(
        || format!("{all} are {}", any_of(known.map(str::to_owned))),
        |meant| format!("did you mean {meant}?"),
    )
}

/// The rules that `--select` and `--ignore` choose. A pattern without a match is an error: the run would look clean.
pub(super) fn chosen(policy: &Policy, args: &RuleSelectionArgs) -> Result<Vec<bool>, Failure> {
    let (select, ignore) = (&args.select[..], &args.ignore[..]);
    for (flag, patterns) in [("--select", select), ("--ignore", ignore)] {
        for pattern in patterns {
            let glob = Glob::new(pattern);
            if !policy.rules.iter().any(|rule| glob.matches(&rule.id)) {
                let ids = policy.rules.iter().map(|rule| rule.id.as_str());
                let failure = Failure::new(format!("{flag} {}: no rule of the policy matches", quote(pattern)));
                return Err(failure.help(known_names(pattern, ids, "the rules")));
            }
        }
    }
    let names = |patterns: &[String], id: &str| patterns.iter().any(|pattern| Glob::new(pattern).matches(id));
    let chosen: Vec<bool> = policy
        .rules
        .iter()
        .map(|rule| (select.is_empty() || names(select, &rule.id)) && !names(ignore, &rule.id))
        .collect();
    if !chosen.contains(&true) {
        return Err(Failure::new("--select and --ignore leave no rule")
            .help("select at least one rule; `taglint policy list` lists them"));
    }
    Ok(chosen)
}
