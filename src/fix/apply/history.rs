//! The remaining jobs of a journal, and the restores that undo it.

use jiff::{SignedDuration, Timestamp};

use super::job::Job;
use crate::fix::journal::{History, JobHistory, JobResult, Restore, TouchedTag};
use crate::fix::plan::Change;
use crate::fix::tags::differing;

/// The time after which every read shows a write. IAM usually takes seconds, rarely a minute.
const CONSISTENT_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Returns the jobs that an interrupted or partly failed run has not completed.
///
/// # Errors
/// A message if an ARN is not one of a supported type.
pub fn remaining(history: &History, now: Timestamp) -> Result<Vec<Job>, String> {
    let mut jobs = Vec::new();
    for number in 0..history.job_count() {
        let past = history.jobs.get(&number);
        // Refused and failed jobs are tried again, because the reason may be gone.
        if past.is_some_and(|job| matches!(job.result, Some(JobResult::Done | JobResult::Already))) {
            continue;
        }
        let begun = past.is_some_and(|job| !job.intents.is_empty());
        jobs.push(if let Some(plan) = &history.header.plan {
            Job::change(number, plan.changes[number].clone(), begun)?
        } else {
            // Without a record the time of the last write is unknown, so a read may be outdated.
            let Restore { arn, touched } = &history.header.restores[number];
            Job::restore(number, arn, touched.clone(), past.is_none_or(|job| is_fresh(job, now)))?
        });
    }
    Ok(jobs)
}

/// Returns the restores that undo a run. The flag is `true` if its last write is so recent that a read may not show it
/// yet. Resources without any request are left out.
#[must_use]
pub fn undo(history: &History, now: Timestamp) -> Vec<(Restore, bool)> {
    let mut out = Vec::new();
    for (number, job) in history.jobs.iter().filter(|(_, job)| !job.intents.is_empty()) {
        let (arn, touched) = if let Some(plan) = &history.header.plan {
            (&plan.changes[*number].arn, touched_by_change(&plan.changes[*number]))
        } else {
            let restore = &history.header.restores[*number];
            (&restore.arn, touched_by_restore(restore, job))
        };
        if !touched.is_empty() {
            // If nothing was written, no read can be outdated.
            let fresh = !nothing_written(job) && is_fresh(job, now);
            out.push((Restore { arn: arn.clone(), touched }, fresh));
        }
    }
    out
}

fn touched_by_change(change: &Change) -> Vec<TouchedTag> {
    let (before, after) = (&change.before, &change.after);
    let touched =
        |key: &str| TouchedTag { key: key.to_owned(), left: after.get(key).cloned(), was: before.get(key).cloned() };
    differing(before, after).into_iter().map(touched).collect()
}

/// An undo restores only tags that nobody changed since the run. Its intents show which tags those were.
fn touched_by_restore(restore: &Restore, job: &JobHistory) -> Vec<TouchedTag> {
    let (Some(first), Some(last)) = (job.intents.first(), job.intents.last()) else { return Vec::new() };
    let wrote = |t: &&TouchedTag| first.tags.get(&t.key) != last.to.get(&t.key);
    let reversed = |t: &TouchedTag| TouchedTag { key: t.key.clone(), left: t.was.clone(), was: t.left.clone() };
    restore.touched.iter().filter(wrote).map(reversed).collect()
}

/// Returns `true` if the service rejected the only attempt at its first request.
fn nothing_written(job: &JobHistory) -> bool {
    // With several intents, an earlier attempt may have written something.
    job.intents.len() == 1 && job.result == Some(JobResult::Failed)
}

fn is_fresh(job: &JobHistory, now: Timestamp) -> bool {
    job.last.is_none_or(|last| now.duration_since(last) < CONSISTENT_AFTER)
}
