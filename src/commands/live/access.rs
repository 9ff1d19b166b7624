//! The policies of live accounts, for `taglint explain-access` and for plans.

use super::super::Failure;
use super::super::inputs::note;
use super::{flags, say_calls};
use crate::cli::{Global, LiveArgs, TagsFromArg};
use crate::collect::{self, CollectError, Options, PolicyRead};

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

/// Reads the policies of the accounts that the flags name; nothing where it was stopped before.
pub(in crate::commands) fn policies(args: &LiveArgs, global: &Global) -> Result<Option<PolicyRead>, Failure> {
    let read = match collect::access(&options(args)?) {
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
