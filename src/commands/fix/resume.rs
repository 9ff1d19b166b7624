//! `--resume`: completes the interrupted run of a journal.

use std::path::Path;

use jiff::Timestamp;

use super::access::known_policies;
use super::apply::Checks;
use super::args::{is_selected, reject_given};
use super::connect::{accounts_of, connect, keys_of_jobs};
use super::execute::{confirm, execute};
use super::journal_file::unreadable;
use super::next_steps::next_steps;
use super::owners::mark_managed;
use super::reporter::ApplyReporter;
use super::undo::{NO_RULES, permits, restore_flags};
use crate::cli::{FixArgs, Global, RULE_FLAGS};
use crate::commands::live::interrupted;
use crate::commands::{Failure, RunOutcome};
use crate::fix::apply::{ApplySummary, Job, remaining};
use crate::fix::authorize::authorize_restore;
use crate::fix::journal::Journal;
use crate::fix::plan::Readers;

/// The reason why the flag for uncertain changes is rejected.
const NO_UNDO: &str = "the journal is not that of an undo";

pub(super) fn run(path: &Path, args: &FixArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let digest = args.apply.journal_sha256.as_ref();
    let (journal, mut history) =
        Journal::resume(path, digest, Timestamp::now).map_err(|error| unreadable(path, &error))?;
    mark_managed(history.header.restores.iter_mut(), args, global)?;
    let mut jobs = remaining(&history, Timestamp::now()).map_err(Failure::new)?;
    jobs.retain(|job| is_selected(args, &job.arn, None));
    let plan = history.header.plan.as_mut();
    match plan {
        None => reject_given(args, &RULE_FLAGS, NO_RULES)?,
        Some(_) => reject_given(args, &["allow_unconfirmed"], NO_UNDO)?,
    }
    let mut reporter = ApplyReporter::new(args, global);
    let keys = keys_of_jobs(&jobs);
    if jobs.is_empty() {
        return reporter.end(Some(&next_steps(&journal, args)), &ApplySummary::default(), &[], false);
    }
    let checks = plan.as_deref().map(|plan| Checks::new(args, global, plan, None)).transpose()?;
    let Some(api) = connect(args, &keys, global)? else { return Ok(interrupted()) };
    let known = known_policies(args, &api, &accounts_of(&keys), None)?;
    let mut readers = known.as_ref().map(Readers::new);
    let refused = if let (Some(plan), Some(checks)) = (plan, checks) {
        checks.update_owners(plan)?;
        let changes = jobs.iter().map(|job| &plan.changes[job.number]);
        checks.refused(plan, changes, readers.as_mut(), &api)
    } else {
        let flags = restore_flags(args);
        let why = |job: &Job| Some((job.arn.clone(), authorize_restore(job, &flags, readers.as_mut(), &api).err()?));
        jobs.iter().filter_map(why).collect()
    };
    let mut authorized = Vec::new();
    for job in jobs {
        match refused.get(&job.arn) {
            // The journal of an undo says what it was permitted, so the question is not repeated.
            None => authorized.push(job.permitting(permits(args, args.apply.allow_unconfirmed))),
            Some(why) => reporter.refuse(&job.arn, why),
        }
    }
    if !authorized.is_empty() {
        confirm(args, "complete the tag changes of", &authorized, &reporter)?;
    }
    execute(&authorized, &api, &journal, args, reporter)
}
