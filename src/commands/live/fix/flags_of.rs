//! Which flags belong to which way of writing. One that would change nothing is refused: its giver counts on it.

use super::super::super::Failure;
use crate::cli::{FixArgs, TagsFromArg};

/// Which resources are written says the plan or the journal, not a scan.
pub(super) fn scan(args: &FixArgs) -> Result<(), Failure> {
    let live = &args.live;
    refuse(
        &[
            ("--region", !live.region.is_empty()),
            ("--all-regions", live.all_regions),
            ("--type", !live.types.is_empty()),
            ("--shard", live.shard.is_some()),
            ("--deadline", live.deadline.is_some()),
            ("--tags-from", live.tags_from != TagsFromArg::Direct),
        ],
        "the plan or the journal says what is changed",
    )
}

/// The flags that make a plan have nothing to say when one from a file is carried out.
pub(super) fn plan(args: &FixArgs) -> Result<(), Failure> {
    scan(args)?;
    refuse(
        &[
            ("INVENTORY", !args.inputs.is_empty()),
            ("--output", args.output.is_some()),
            ("--emit", args.emit.is_some()),
            ("--patch", args.patch.is_some()),
            ("--allow-incomplete", args.allow_incomplete),
        ],
        "the plan is made already",
    )
}

/// What is taken back says the journal alone; no rule is asked.
pub(super) fn undo(args: &FixArgs) -> Result<(), Failure> {
    plan(args)?;
    refuse(
        &[
            ("--policy", !args.policy.policy.is_empty()),
            ("--select", !args.select.is_empty()),
            ("--ignore", !args.ignore.is_empty()),
            ("--set", !args.set.is_empty()),
            ("--allow-guess", args.allow_guess),
            ("--allow-remove", args.allow_remove),
            ("--allow-overwrite", args.allow_overwrite),
            ("--allow-managed", args.allow_managed),
            ("--require-owner-known", args.require_owner_known),
            ("--terraform-state", !args.managed.terraform_state.is_empty()),
            ("--stack-resources", !args.managed.stack_resources.is_empty()),
            ("--source", args.source.is_some()),
            ("--account", args.account.is_some()),
            ("--srcroot", args.srcroot.is_some()),
            ("--now", args.now.is_some()),
        ],
        "an undo puts back what its journal says, and asks no rule",
    )
}

fn refuse(given: &[(&str, bool)], why: &str) -> Result<(), Failure> {
    match given.iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::new(format!("{flag}: {why}")).help("leave it out")),
        None => Ok(()),
    }
}
