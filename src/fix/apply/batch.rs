//! Batches: resources with equal changes that the tagging API reads and writes in the same calls.
//!
//! A batch makes the first attempt of its jobs together: one read, one call for each request, and reads that verify all of
//! them. Each job has its own records in the journal, and its own result. A job that is not as planned, or whose first attempt
//! failed, goes on by itself.

use std::time::Duration;

use super::attempt::{Again, Attempt, BUSY_ATTEMPTS, Verified, after_lost_answer, rejected};
use super::executor::{Executor, FIRST_PAUSE, JobAbort, LONGEST_PAUSE, OLDEST_READ};
use super::job::{Decision, Job, JobGoal};
use super::outcome::JobOutcome;
use super::tag_api::{TagApiError, TagApiErrorKind};
use super::verification::Verification;
use crate::fix::journal::{Intent, Written};
use crate::fix::requests::{Request, requests};
use crate::fix::tags::TagMap;

/// The most resources of one call (`ResourceARNList` of `TagResources` and `UntagResources`, Resource Groups Tagging API
/// Reference).
const MOST: usize = 20;

/// The result of the first attempt of a job; `None` if it was not made.
type First = Option<Result<Attempt, JobAbort>>;

/// Divides the jobs of one account and region into those that may share their calls.
pub(super) fn batches(jobs: Vec<&Job>) -> Vec<Vec<&Job>> {
    let mut out: Vec<Vec<&Job>> = Vec::new();
    // The last batch of each change. Plans have few different ones.
    let mut open: Vec<usize> = Vec::new();
    for job in jobs {
        let fits = |at: &&usize| out[**at].len() < MOST && same_change(out[**at][0], job);
        match open.iter().find(fits).copied().filter(|_| job.by_tagging_api) {
            Some(at) => out[at].push(job),
            None => {
                open.retain(|at| out[*at].len() < MOST);
                if job.by_tagging_api {
                    open.push(out.len());
                }
                out.push(vec![job]);
            }
        }
    }
    out
}

/// Returns `true` if two changes set and remove the same tags.
fn same_change(one: &Job, other: &Job) -> bool {
    match (&one.goal, &other.goal) {
        (JobGoal::Change { change: a, .. }, JobGoal::Change { change: b, .. }) => {
            (&a.set, &a.remove) == (&b.set, &b.remove)
        }
        (JobGoal::Restore { restore: a, .. }, JobGoal::Restore { restore: b, .. }) => a.touched == b.touched,
        _ => false,
    }
}

/// A job that is ready for its requests.
struct Ready {
    /// The tags as they were read, and then as the requests sent so far leave them.
    tags: TagMap,
    to: TagMap,
    requests: Vec<Request>,
}

/// A request without a clear answer.
struct Unanswered {
    /// The index of the job.
    at: usize,
    /// The index of the request.
    request: usize,
    before: TagMap,
    target: TagMap,
    error: TagApiError,
}

impl Executor<'_> {
    /// Executes jobs with equal changes.
    pub(super) fn run_batch(&self, originals: &[&Job]) {
        let mut open: Vec<(&Job, Job)> = originals.iter().map(|job| (*job, (*job).clone())).collect();
        let mut pause = FIRST_PAUSE;
        for tried in 1.. {
            if tried == 1 && self.stopped() {
                return originals.iter().for_each(|job| self.run_job(job));
            }
            let jobs: Vec<&Job> = open.iter().map(|(_, job)| job).collect();
            let firsts = self.attempt_batch(&jobs);
            // A call that was throttled wrote nothing on any resource. It is repeated as one call, not as twenty.
            let again = tried < BUSY_ATTEMPTS && firsts.iter().filter(|first| is_busy(first)).count() > 1;
            let mut busy = Vec::new();
            for ((original, job), first) in open.into_iter().zip(firsts) {
                if again && is_busy(&first) {
                    let job = job.begun();
                    busy.push((original, job));
                } else {
                    self.end(original, self.attempt_repeatedly(&job, first, tried > 1));
                }
            }
            if busy.is_empty() {
                return;
            }
            open = busy;
            self.api.wait(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Makes one attempt of all jobs.
    fn attempt_batch(&self, jobs: &[&Job]) -> Vec<First> {
        let mut ready = self.ready(jobs);
        let Some(first) = ready.iter().position(Option::is_some) else { return jobs.iter().map(|_| None).collect() };
        let calls = ready[first].as_ref().map_or(0, |one| one.requests.len());
        if self.api.admit(&jobs[first].arn, calls) > OLDEST_READ {
            ready = self.ready(jobs);
        }
        self.send_batch(jobs, ready)
    }

    /// Reads the tags of all jobs. Those that need the same requests as the first one are ready.
    fn ready(&self, jobs: &[&Job]) -> Vec<Option<Ready>> {
        let reads = self.api.read_all(&arns(jobs));
        let mut common: Option<Vec<Request>> = None;
        let mut ready = |(job, read): (&&Job, Result<TagMap, TagApiError>)| {
            let tags = read.ok().filter(|tags| !job.lacks(tags))?;
            let (Decision::Write(to), drifts) = job.decide(&tags) else { return None };
            let requests = requests(&job.kind, &tags, &to).ok().filter(|requests| !requests.is_empty())?;
            let as_common = *common.get_or_insert_with(|| requests.clone()) == requests;
            (drifts.is_empty() && as_common).then_some(Ready { tags, to, requests })
        };
        jobs.iter().zip(reads).map(&mut ready).collect()
    }

    /// Writes the intents, sends the requests, and verifies.
    fn send_batch(&self, jobs: &[&Job], ready: Vec<Option<Ready>>) -> Vec<First> {
        let mut out: Vec<First> = jobs.iter().map(|_| None).collect();
        let mut open: Vec<(usize, Ready)> = Vec::new();
        for (at, one) in ready.into_iter().enumerate() {
            let Some(one) = one else { continue };
            let intent = Intent {
                job: jobs[at].number,
                at: String::new(),
                tags: one.tags.clone(),
                to: one.to.clone(),
                requests: one.requests.clone(),
            };
            match self.journal.intent(intent) {
                Ok(()) => open.push((at, one)),
                Err(error) => out[at] = Some(Err(JobAbort::JournalFailed(error))),
            }
        }
        let begun: Vec<(usize, TagMap)> = open.iter().map(|(at, one)| (*at, one.tags.clone())).collect();
        let all = open.first().map(|(_, one)| one.requests.clone()).unwrap_or_default();
        let mut unanswered = Vec::new();
        for (number, request) in all.iter().enumerate() {
            let members: Vec<&Job> = open.iter().map(|(at, _)| jobs[*at]).collect();
            if members.is_empty() {
                break;
            }
            let sent = self.api.write_all(&arns(&members), request);
            let mut still = Vec::new();
            for ((at, mut one), sent) in open.into_iter().zip(sent) {
                let target = request.apply_to(&one.tags, jobs[at].tag_limits());
                let before = std::mem::replace(&mut one.tags, target.clone());
                out[at] = match (self.record_sent(jobs[at], number, all.len(), &sent), sent) {
                    (Err(abort), _) => Some(Err(abort)),
                    (Ok(()), Ok(())) => {
                        still.push((at, one));
                        None
                    }
                    (Ok(()), Err(error)) => match error.kind {
                        TagApiErrorKind::Unknown => {
                            unanswered.push(Unanswered { at, request: number, before, target, error });
                            None
                        }
                        TagApiErrorKind::Rejected | TagApiErrorKind::NotListed => {
                            Some(Ok(Attempt::Ended(rejected(number, request, &error.message))))
                        }
                        TagApiErrorKind::Conflict | TagApiErrorKind::Busy => {
                            Some(Ok(Attempt::Again(Again::Repeat(error))))
                        }
                    },
                };
            }
            open = still;
        }
        let from = |at: usize| begun.iter().find(|(other, _)| *other == at).map(|(_, tags)| tags);
        let writes = open.iter().filter_map(|(at, one)| Some((jobs[*at], from(*at)?, &one.to))).collect();
        for ((at, _), verified) in open.iter().zip(self.verify_all(writes)) {
            out[*at] = Some(Ok(Attempt::Ended(match verified {
                Verified::Shown(_) => JobOutcome::Done,
                Verified::NotShown { why, .. } => JobOutcome::Unconfirmed(format!("written, but {why}")),
            })));
        }
        let writes = unanswered.iter().map(|lost| (jobs[lost.at], &lost.before, &lost.target)).collect();
        let seen = self.verify_all(writes);
        for (lost, seen) in unanswered.into_iter().zip(seen) {
            let shown = matches!(seen, Verified::Shown(_));
            let recorded = if shown { self.record_answer(jobs[lost.at], lost.request, Written::Yes) } else { Ok(()) };
            let rest = lost.request + 1 < all.len();
            out[lost.at] = Some(recorded.map(|()| after_lost_answer(seen, rest, lost.error)));
        }
        out
    }

    /// Reads until the tags of all jobs show their writes, or the timeout ends.
    fn verify_all(&self, writes: Vec<(&Job, &TagMap, &TagMap)>) -> Vec<Verified> {
        let mut all: Vec<_> = writes.iter().map(|(job, from, to)| Verification::new(job, from, to)).collect();
        let mut open: Vec<usize> = (0..writes.len()).collect();
        for pause in std::iter::once(Duration::ZERO).chain(self.timeout.pauses()) {
            if open.is_empty() {
                break;
            }
            if !pause.is_zero() {
                self.api.wait(pause);
            }
            let arns: Vec<&str> = open.iter().map(|at| writes[*at].0.arn.as_str()).collect();
            let mut reads = self.api.read_all(&arns).into_iter();
            open.retain(|at| reads.next().is_none_or(|read| !all[*at].shows(read)));
        }
        all.into_iter().map(Verification::end).collect()
    }
}

fn arns<'j>(jobs: &[&'j Job]) -> Vec<&'j str> {
    jobs.iter().map(|job| job.arn.as_str()).collect()
}

fn is_busy(first: &First) -> bool {
    matches!(first, Some(Ok(Attempt::Again(Again::Repeat(error)))) if error.kind == TagApiErrorKind::Busy)
}
