//! `--undo`: restores the tags from before the run of a journal.

use std::path::Path;

use jiff::Timestamp;

use super::access::known_policies;
use super::args::{is_selected, overrides};
use super::connect::{accounts_of, connect, keys_of_jobs};
use super::execute::{ask, confirm, execute};
use super::journal_file::{create, header, unreadable};
use super::owners::mark_managed;
use super::reporter::ApplyReporter;
use crate::base::count;
use crate::cli::{FixArgs, Global};
use crate::commands::live::interrupted;
use crate::commands::{Failure, RunOutcome};
use crate::fix::apply::{ApplySummary, Job, RestorePermits, undo};
use crate::fix::authorize::{RestoreFlags, authorize_restore};
use crate::fix::journal::{self, JournalHeader, Restore};
use crate::fix::plan::Readers;

/// The reason why flags of rules and owners are rejected.
pub(super) const NO_RULES: &str = "an undo restores what its journal contains and evaluates no rule";

pub(super) fn run(path: &Path, args: &FixArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let history =
        journal::read_verified(path, args.apply.journal_sha256.as_ref()).map_err(|error| unreadable(path, &error))?;
    let mut restores = undo(&history, Timestamp::now());
    restores.retain(|(restore, _)| is_selected(args, &restore.arn, None));
    mark_managed(restores.iter_mut().map(|(restore, _)| restore), args, global)?;
    let mut reporter = ApplyReporter::new(args, global);
    if restores.is_empty() {
        return reporter.end(None, &ApplySummary::default(), &[], false);
    }
    let all = restores.iter().map(|(restore, fresh)| Job::restore(0, restore.clone(), *fresh));
    let keys = keys_of_jobs(&all.collect::<Result<Vec<Job>, _>>().map_err(Failure::new)?);
    let Some(api) = connect(args, &keys, global)? else { return Ok(interrupted()) };
    let known = known_policies(args, &api, &accounts_of(&keys), None)?;
    let mut readers = known.as_ref().map(Readers::new);
    let flags = restore_flags(args);
    let (mut jobs, mut authorized) = (Vec::new(), Vec::new());
    for (restore, fresh) in restores {
        // The number of a job is its index among the restores in the journal.
        let job = Job::restore(authorized.len(), restore.clone(), fresh).map_err(Failure::new)?;
        match authorize_restore(&job, &flags, readers.as_mut(), &api) {
            Ok(()) => {
                jobs.push(job);
                authorized.push(restore);
            }
            Err(why) => reporter.refuse(&restore.arn, &why),
        }
    }
    if jobs.is_empty() {
        return reporter.end(None, &ApplySummary::default(), &[], false);
    }
    confirm(args, "restore the tags of", &jobs, &reporter)?;
    let unconfirmed_too = ask_for_unconfirmed(args, &authorized)?;
    let permits = permits(args, unconfirmed_too);
    if unconfirmed_too {
        // A run that resumes this undo needs no second permission.
        authorized.iter_mut().flat_map(|restore| &mut restore.touched).for_each(|t| t.unconfirmed = false);
    }
    let jobs: Vec<Job> = jobs.into_iter().map(|job| job.permitting(permits)).collect();
    let header = JournalHeader { restores: authorized, ..header(args, &keys) };
    let journal = create(args.apply.journal.as_deref(), &header)?;
    execute(&jobs, &api, &journal, args, reporter)
}

/// The flags that restores are held to.
pub(super) fn restore_flags(args: &FixArgs) -> RestoreFlags {
    RestoreFlags { given: overrides(args), verified: args.apply.journal_sha256.is_some() }
}

/// The permissions for restores. `unconfirmed` is the answer to [`ask_for_unconfirmed`].
pub(super) fn permits(args: &FixArgs, unconfirmed: bool) -> RestorePermits {
    RestorePermits { unconfirmed, managed: args.allow_managed }
}

/// Returns `true` if tags are restored that the run only perhaps wrote. Without a terminal, the flag decides.
pub(super) fn ask_for_unconfirmed(args: &FixArgs, restores: &[Restore]) -> Result<bool, Failure> {
    let tags = restores.iter().flat_map(|restore| &restore.touched).filter(|touched| touched.unconfirmed).count();
    if args.apply.allow_unconfirmed || args.apply.yes || tags == 0 {
        return Ok(args.apply.allow_unconfirmed);
    }
    ask(&format!("the run perhaps wrote {} more, or somebody else did; restore them too?", count(tags as u64, "tag")))
}
