//! The remaining jobs of a journal, and the restores that undo it.

use jiff::{SignedDuration, Timestamp};

use super::job::Job;
use crate::aws::{TagLimits, TaggableArn};
use crate::fix::journal::{History, JobHistory, JobResult, Restore, TouchedTag, Written};
use crate::fix::plan::Change;
use crate::fix::tags::{TagMap, differing};

/// The time after which every read shows a write. IAM usually takes seconds, rarely a minute.
const CONSISTENT_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Returns the jobs that an interrupted or partly failed run has not completed.
///
/// # Errors
/// A message if an ARN is not one of a taggable type.
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
            Job::restore(number, history.header.restores[number].clone(), past.is_none_or(|job| is_fresh(job, now)))?
        });
    }
    Ok(jobs)
}

/// Returns the restores that undo a run. The flag is `true` if its last write is so recent that a read may not show it
/// yet. A resource that no request of the run changed is left out.
#[must_use]
pub fn undo(history: &History, now: Timestamp) -> Vec<(Restore, bool)> {
    let begun = history.jobs.iter().filter(|(_, job)| !job.intents.is_empty());
    let restore = |(number, job): (&usize, &JobHistory)| {
        let restore = if let Some(plan) = &history.header.plan {
            restore_of(&plan.changes[*number], job)
        } else {
            let restore = &history.header.restores[*number];
            Restore { touched: touched_by_restore(restore, job), ..restore.clone() }
        };
        let tags = job.intents.last().map(|intent| intent.to.clone()).unwrap_or_default();
        let restore = Restore { tags, ..restore };
        (!restore.touched.is_empty()).then_some((restore, is_fresh(job, now)))
    };
    begun.filter_map(restore).collect()
}

fn restore_of(change: &Change, job: &JobHistory) -> Restore {
    let arn = TaggableArn::parse(&change.arn).map(|parsed| parsed.arn);
    // What the ARN says is not said twice.
    let lacks = |part: Option<&str>| part.is_some_and(str::is_empty);
    Restore {
        arn: change.arn.clone(),
        account: Some(change.account.clone()).filter(|_| lacks(arn.map(|arn| arn.account))),
        region: change.region.clone().filter(|_| lacks(arn.map(|arn| arn.region))),
        touched: touched_by_change(change, job),
        tags: TagMap::new(),
        managed: change.owner.is_managed(),
    }
}

fn touched_by_change(change: &Change, job: &JobHistory) -> Vec<TouchedTag> {
    let (before, after) = (&change.before, &change.after);
    let touched = |key: &str| TouchedTag {
        key: key.to_owned(),
        left: after.get(key).cloned(),
        was: before.get(key).cloned(),
        unconfirmed: false,
    };
    written(differing(before, after).into_iter().map(touched), job, TagLimits::of(&change.kind))
}

/// An undo restores only tags that nobody changed since the run. Its intents show which tags those were.
fn touched_by_restore(restore: &Restore, job: &JobHistory) -> Vec<TouchedTag> {
    let (Some(first), Some(last)) = (job.intents.first(), job.intents.last()) else { return Vec::new() };
    let wrote = |t: &&TouchedTag| first.tags.get(&t.key) != last.to.get(&t.key);
    let reversed = |t: &TouchedTag| TouchedTag { left: t.was.clone(), was: t.left.clone(), ..t.clone() };
    let kind = TaggableArn::parse(&restore.arn).map_or("", |arn| arn.kind);
    written(restore.touched.iter().filter(wrote).map(reversed), job, TagLimits::of(kind))
}

/// Keeps the tags that the job wrote, and marks those that it perhaps wrote. A tag that was not written is not the run's:
/// whoever has it set by hand since keeps it.
fn written(touched: impl Iterator<Item = TouchedTag>, job: &JobHistory, limits: TagLimits) -> Vec<TouchedTag> {
    let mark = |t: TouchedTag| match job.written_key(&t.key, limits) {
        Written::No => None,
        effect => Some(TouchedTag { unconfirmed: effect == Written::Perhaps, ..t }),
    };
    touched.filter_map(mark).collect()
}

fn is_fresh(job: &JobHistory, now: Timestamp) -> bool {
    job.last.is_none_or(|last| now.duration_since(last) < CONSISTENT_AFTER)
}
