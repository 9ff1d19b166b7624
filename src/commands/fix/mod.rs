//! `taglint fix`: planning, applying, resuming and undoing tag changes.

#[cfg(feature = "aws")]
mod access;
#[cfg(feature = "aws")]
mod agreement;
#[cfg(feature = "aws")]
mod apply;
mod args;
#[cfg(feature = "aws")]
mod connect;
#[cfg(feature = "aws")]
mod execute;
#[cfg(feature = "aws")]
mod journal_file;
#[cfg(feature = "aws")]
mod next_steps;
mod output;
#[cfg(feature = "aws")]
mod owners;
#[cfg(feature = "aws")]
mod permissions;
mod plan;
#[cfg(feature = "aws")]
mod reporter;
#[cfg(feature = "aws")]
mod resume;
#[cfg(feature = "aws")]
mod tag_api;
#[cfg(feature = "aws")]
mod undo;

#[cfg(feature = "aws")]
pub(super) use permissions::permissions;

use super::{Failure, RunOutcome};
use crate::cli::{FixArgs, Global};

/// Runs the command.
pub(super) fn run(args: &FixArgs, global: &Global) -> Result<RunOutcome, Failure> {
    #[cfg(feature = "aws")]
    match (&args.apply.apply, &args.apply.resume, &args.apply.undo) {
        (Some(Some(path)), ..) => return apply::plan_file(path, args, global),
        (_, Some(path), _) => return resume::run(path, args, global),
        (_, _, Some(path)) => return undo::run(path, args, global),
        _ => {}
    }
    plan::run(args, global)
}
