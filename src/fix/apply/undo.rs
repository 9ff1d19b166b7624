//! From a journal to what is left to do, and to what has to be put back.

use jiff::{SignedDuration, Timestamp};

use super::job::{Job, Touched};
use crate::fix::journal::{Entry, History, Restore, What};
use crate::fix::plan::{Change, differing};

/// After so long every read shows what was written: IAM takes seconds, rarely a minute.
const SETTLED: SignedDuration = SignedDuration::from_mins(5);

/// What a run that was cut short, or that failed in parts, has still to do.
///
/// # Errors
/// Where an ARN names nothing that can be tagged.
pub fn remaining(history: &History, now: Timestamp) -> Result<Vec<Job>, String> {
    let mut jobs = Vec::new();
    for number in 0..history.jobs() {
        let entry = history.entries.get(&number);
        if entry.is_some_and(|entry| matches!(entry.result, Some(What::Done | What::Already))) {
            continue;
        }
        let begun = entry.is_some_and(|entry| !entry.intents.is_empty());
        jobs.push(if let Some(plan) = &history.header.plan {
            Job::change(number, plan.changes[number].clone(), begun)?
        } else {
            let Restore { arn, touched } = &history.header.restores[number];
            Job::restore(number, arn, touched.clone(), entry.is_none_or(|entry| is_fresh(entry, now)))?
        });
    }
    Ok(jobs)
}

/// What has to be put back so that everything is as it was before the run; also where the last of it was written so short
/// a time ago that reads may not show it yet. Resources that nothing was requested for are left out.
#[must_use]
pub fn undo(history: &History, now: Timestamp) -> Vec<(Restore, bool)> {
    let begun = history.entries.iter().filter(|(_, entry)| !entry.intents.is_empty());
    let mut out = Vec::new();
    for (number, entry) in begun {
        let (arn, touched) = if let Some(plan) = &history.header.plan {
            (&plan.changes[*number].arn, of_change(&plan.changes[*number]))
        } else {
            let restore = &history.header.restores[*number];
            (&restore.arn, of_restore(restore, entry))
        };
        if !touched.is_empty() {
            let fresh = !nothing_written(entry) && is_fresh(entry, now);
            out.push((Restore { arn: arn.clone(), touched }, fresh));
        }
    }
    out
}

fn of_change(change: &Change) -> Vec<Touched> {
    let (before, after) = (&change.before, &change.after);
    let touched =
        |key: &str| Touched { key: key.to_owned(), left: after.get(key).cloned(), was: before.get(key).cloned() };
    differing(before, after).into_iter().map(touched).collect()
}

/// An undo puts back only what was as the fix had left it: its intents say which keys those were.
fn of_restore(restore: &Restore, entry: &Entry) -> Vec<Touched> {
    let (Some(first), Some(last)) = (entry.intents.first(), entry.intents.last()) else { return Vec::new() };
    let wrote = |t: &&Touched| first.tags.get(&t.key) != last.to.get(&t.key);
    let turned = |t: &Touched| Touched { key: t.key.clone(), left: t.was.clone(), was: t.left.clone() };
    restore.touched.iter().filter(wrote).map(turned).collect()
}

/// The service refused the first request that there ever was: there is nothing to be seen.
fn nothing_written(entry: &Entry) -> bool {
    entry.intents.len() == 1 && entry.result == Some(What::Failed)
}

fn is_fresh(entry: &Entry, now: Timestamp) -> bool {
    entry.last.is_none_or(|last| now.duration_since(last) < SETTLED)
}
