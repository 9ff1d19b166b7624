//! What several commands need: the policy, the day, the inputs.

use std::path::{Path, PathBuf};

use super::{Failure, colored, diagnostics};
use crate::base::{Glob, any_of, nearest, quote};
use crate::cli::{Global, PolicyArgs};
use crate::model::Day;
use crate::policy::{Policy, Source, find, load};

/// Where the policy comes from, said on standard error where it is the built-in one.
pub(super) fn policy_source(args: &PolicyArgs, global: &Global) -> Source {
    if !args.policy.is_empty() {
        return Source::Paths(args.policy.clone());
    }
    let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let source = match find(&folder) {
        Source::Paths(paths) => Source::Paths(paths.into_iter().map(|path| relative(&folder, path)).collect()),
        pack @ Source::Pack(_) => pack,
    };
    if matches!(source, Source::Pack(_)) && !global.quiet {
        note("no taglint.toml here: the built-in policy `default` decides");
    }
    source
}

fn relative(folder: &Path, path: PathBuf) -> PathBuf {
    path.strip_prefix(folder).map(Path::to_owned).unwrap_or(path)
}

/// Loads the policy and shows its warnings.
pub(super) fn policy(args: &PolicyArgs, global: &Global) -> Result<Policy, Failure> {
    let policy = load(&policy_source(args, global))?;
    if !policy.warnings.is_empty() && !global.quiet {
        eprint!("{}", diagnostics::problems(&policy.warnings, colored(global, &std::io::stderr())));
    }
    Ok(policy)
}

/// A line for a person, apart from the report.
pub(super) fn note(text: &str) {
    eprintln!("note: {}", crate::base::escape(text));
}

/// The day of the run: today, or the one that was given.
pub(super) fn day(given: Option<&str>) -> Result<Day, Failure> {
    match given {
        None => Ok(Day::of(jiff::Timestamp::now())),
        Some(text) => Day::parse(text)
            .ok_or_else(|| Failure::new(format!("--now {}: not a day", quote(text))).help("write it as 2026-11-22")),
    }
}

/// What to do about a name that is not known: the nearest one, else all of them (`all` names them).
pub(super) fn known_names<'k>(word: &str, known: impl Iterator<Item = &'k str> + Clone, all: &str) -> String {
    nearest(word, known.clone()).map_or_else(
        || format!("{all} are {}", any_of(known.map(str::to_owned))),
        |meant| format!("did you mean {meant}?"),
    )
}

/// Which rules `--select` and `--ignore` choose. A pattern that names none is an error: it would pass for a clean run.
pub(super) fn chosen(policy: &Policy, select: &[String], ignore: &[String]) -> Result<Vec<bool>, Failure> {
    for (flag, patterns) in [("--select", select), ("--ignore", ignore)] {
        for pattern in patterns {
            let glob = Glob::new(pattern);
            if !policy.rules.iter().any(|rule| glob.matches(&rule.id)) {
                let ids = policy.rules.iter().map(|rule| rule.id.as_str());
                let failure = Failure::new(format!("{flag} {}: the policy has no such rule", quote(pattern)));
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
        return Err(Failure::new("--select and --ignore leave no rule").help("nothing would be checked"));
    }
    Ok(chosen)
}
