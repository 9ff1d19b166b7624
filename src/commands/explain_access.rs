//! `taglint explain-access`.

use std::path::{Path, PathBuf};

use super::output::stdout_with;
use super::{Failure, RunOutcome};
use crate::base::{open_named, quote};
use crate::cli::{ExplainAccessArgs, Global};
use crate::iam_policies::{KnownPolicies, read_file};

/// The maximum number of characters of a tag key (IAM API Reference, `Tag`).
const MAX_KEY: usize = 128;

/// Reads the policies of the accounts and reports those that read the key.
pub(super) fn run(args: &ExplainAccessArgs, global: &Global) -> Result<RunOutcome, Failure> {
    check(&args.key)?;
    let (known, interrupted) = match &args.from[..] {
        [] => match live(args, global)? {
            Some(read) => read,
            None => return Ok(RunOutcome::Interrupted),
        },
        files => (known_from(files)?, false),
    };
    stdout_with(args.format.log, |out| args.format.write(&known, &args.key, out))?;
    Ok(match known.is_complete() {
        _ if interrupted => RunOutcome::Interrupted,
        true => RunOutcome::Good,
        false if args.allow_incomplete => RunOutcome::Good,
        false => RunOutcome::Incomplete,
    })
}

#[cfg(feature = "aws")]
fn live(args: &ExplainAccessArgs, global: &Global) -> Result<Option<(KnownPolicies, bool)>, Failure> {
    let Some(read) = super::live::policies(&args.live, &args.connection, global)? else {
        say!("stopped before anything was read");
        return Ok(None);
    };
    Ok(Some((read.known, read.stopped == Some(crate::collect::StopReason::Signal))))
}

#[cfg(not(feature = "aws"))]
fn live(_: &ExplainAccessArgs, _: &Global) -> Result<Option<(KnownPolicies, bool)>, Failure> {
    Err(Failure::new("this build of taglint cannot read live accounts").help("give a file with --from"))
}

/// Rejects a key that no tag can have, because the empty result would be misleading.
fn check(key: &str) -> Result<(), Failure> {
    let wrong = |why: &str| Failure::new(format!("{}: {why}", quote(key)));
    if let Some((_, tag)) = key.split_once("Tag/").filter(|(head, _)| head.contains(':')) {
        return Err(wrong("a condition key, not a tag key").help(format!("give only the tag key: {}", quote(tag))));
    }
    if key.is_empty() || key.chars().count() > MAX_KEY {
        return Err(wrong("invalid tag key").help("a tag key has 1 to 128 characters"));
    }
    Ok(())
}

/// The policies of the accounts in files.
pub(super) fn known_from(files: &[PathBuf]) -> Result<KnownPolicies, Failure> {
    let mut known = KnownPolicies::default();
    for path in files {
        let failed = |why: String| {
            Failure::new(format!("{}: {why}", path.display()))
                .help("give the output of `aws iam get-account-authorization-details` as JSON")
        };
        let read = if path == Path::new("-") {
            read_file(std::io::stdin().lock())
        } else {
            read_file(open_named(path).map_err(|error| failed(error.to_string()))?)
        };
        known.accounts.push(read.map_err(|error| failed(error.to_string()))?);
    }
    known.accounts.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(known)
}
