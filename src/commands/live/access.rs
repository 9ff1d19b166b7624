//! The IAM policies of live accounts, for `taglint explain-access` and for fix plans.

use std::collections::BTreeSet;

use super::super::Failure;
use super::super::inputs::note;
use super::{flags, print_calls};
use crate::cli::{ConnectionArgs, Global, LiveArgs};
use crate::collect::{self, CollectError, CollectOptions, PolicyRead, StopReason, TagsFrom};
use crate::iam_policies::KnownPolicies;

/// The options that the flags give. Flags that select resources have no effect here and are rejected.
pub(super) fn options(args: &LiveArgs, connection: &ConnectionArgs) -> Result<CollectOptions, Failure> {
    let given = [
        ("--type", !args.types.is_empty()),
        ("--from-view", args.from_view.is_some()),
        ("--all-regions", args.all_regions),
        ("--tags-from", args.tags_from != TagsFrom::Direct),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::new(format!("{flag} has no effect: explain-access reads policies, not tags"))
            .help("leave it out; IAM is global")),
        None => flags::options(args, connection),
    }
}

/// Reads the policies of some of the selected accounts, for a plan; `None` if the run was interrupted.
pub(crate) fn policies_of(
    args: &LiveArgs,
    connection: &ConnectionArgs,
    accounts: &BTreeSet<String>,
    global: &Global,
) -> Result<Option<KnownPolicies>, Failure> {
    let read = match collect::read_policies(&flags::options(args, connection)?, Some(accounts)) {
        Err(CollectError::Interrupted) => return Ok(None),
        other => other?,
    };
    if global.verbose > 0 {
        print_calls(&read.calls);
    }
    Ok((read.stopped != Some(StopReason::Signal)).then_some(read.known))
}

/// Reads the policies of the selected accounts; `None` if the run was interrupted.
pub(crate) fn policies(
    args: &LiveArgs,
    connection: &ConnectionArgs,
    global: &Global,
) -> Result<Option<PolicyRead>, Failure> {
    let read = match collect::read_policies(&options(args, connection)?, None) {
        Err(CollectError::Interrupted) => return Ok(None),
        other => other?,
    };
    if !global.quiet {
        read.notes.iter().for_each(|text| note(text));
    }
    if global.verbose > 0 {
        print_calls(&read.calls);
    }
    Ok(Some(read))
}
