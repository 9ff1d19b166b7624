//! The policies of live accounts, for `taglint explain-access` and for plans.

use std::collections::BTreeSet;

use super::super::Failure;
use super::super::inputs::note;
use super::{flags, say_calls};
use crate::cli::{Global, LiveArgs, TagsFromArg};
use crate::collect::{self, CollectError, Options, PolicyRead, Stop};
use crate::iam_policies::Known;

/// Where the flags lead. Those that choose among resources have nothing to choose here, and are refused.
pub(super) fn options(args: &LiveArgs) -> Result<Options, Failure> {
    let given = [
        ("--type", !args.types.is_empty()),
        ("--all-regions", args.all_regions),
        ("--tags-from", args.tags_from != TagsFromArg::Direct),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) => {
            Err(Failure::new(format!("{flag}: policies are read, not tags")).help("leave it out; IAM is global"))
        }
        None => flags::options(args),
    }
}

/// Reads the policies of some of the accounts that the flags name, for a plan; nothing where it was stopped.
pub(in crate::commands) fn policies_of(
    args: &LiveArgs,
    accounts: &BTreeSet<String>,
    global: &Global,
) -> Result<Option<Known>, Failure> {
    let read = match collect::access(&flags::options(args)?, Some(accounts)) {
        Err(CollectError::Interrupted) => return Ok(None),
        other => other?,
    };
    if global.verbose > 0 {
        say_calls(&read.calls);
    }
    Ok((read.stopped != Some(Stop::Signal)).then_some(read.known))
}

/// Reads the policies of the accounts that the flags name; nothing where it was stopped before.
pub(in crate::commands) fn policies(args: &LiveArgs, global: &Global) -> Result<Option<PolicyRead>, Failure> {
    let read = match collect::access(&options(args)?, None) {
        Err(CollectError::Interrupted) => return Ok(None),
        other => other?,
    };
    if !global.quiet {
        read.notes.iter().for_each(|text| note(text));
    }
    if global.verbose > 0 {
        say_calls(&read.calls);
    }
    Ok(Some(read))
}
