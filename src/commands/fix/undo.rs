//! `--undo`: restores the tags from before the run of a journal.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::access::known_policies;
use super::args::is_selected;
use super::connect::{accounts_of, connect};
use super::execute::{confirm, execute};
use super::journal_file::{create, header, unreadable};
use super::reporter::ApplyReporter;
use crate::cli::{FixArgs, Global};
use crate::commands::live::interrupted;
use crate::commands::{Failure, RunOutcome};
use crate::fix::apply::{ApplySummary, Job, undo};
use crate::fix::authorize::authorize_restore;
use crate::fix::journal::{self, JournalHeader};
use crate::fix::plan::Readers;

/// The reason why flags of rules and owners are rejected.
pub(super) const NO_RULES: &str = "an undo restores what its journal contains and evaluates no rule";

pub(super) fn run(path: &Path, args: &FixArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let history = journal::read(path).map_err(|error| unreadable(path, &error))?;
    let mut restores = undo(&history, Timestamp::now());
    restores.retain(|(restore, _)| is_selected(args, &restore.arn, None));
    let mut reporter = ApplyReporter::new(args, global);
    if restores.is_empty() {
        return reporter.end(None, &ApplySummary::default(), &[], false);
    }
    let resource_arns: BTreeSet<String> = restores.iter().map(|(restore, _)| restore.arn.clone()).collect();
    let touched = restores
        .iter()
        .map(|(restore, _)| (restore.arn.clone(), restore.touched.iter().map(|tag| tag.key.clone()).collect()));
    let Some(api) = connect(args, &touched.collect(), global)? else { return Ok(interrupted()) };
    let known = known_policies(args, &api, &accounts_of(&resource_arns), None)?;
    let mut readers = known.as_ref().map(Readers::new);
    let (mut jobs, mut authorized) = (Vec::new(), Vec::new());
    for (restore, fresh) in restores {
        // The number of a job is its index among the restores in the journal.
        let job = Job::restore(authorized.len(), &restore.arn, restore.touched.clone(), fresh).map_err(Failure::new)?;
        match authorize_restore(&job, readers.as_mut(), &api) {
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
    let header = JournalHeader { restores: authorized, ..header(args, &resource_arns) };
    let journal = create(args.apply.journal.as_deref(), &header)?;
    execute(&jobs, &api, &journal, args, reporter)
}
