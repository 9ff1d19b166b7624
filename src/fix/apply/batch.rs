//! Batches: resources with equal changes that the tagging API reads and writes in the same calls.
//!
//! A batch makes the first attempt of its jobs together: one read, one call for each request, and reads that verify all of
//! them. Each job has its own records in the journal, and its own result. A job that is not as planned, or whose first attempt
//! failed, goes on by itself.

use std::time::Duration;

use super::attempt::{Again, Attempt, BUSY_ATTEMPTS, Verified, after_lost_answer, rejected};
use super::executor::{Executor, FIRST_PAUSE, JobAbort, LONGEST_PAUSE, OLDEST_READ};
use super::job::{Decision, Job};
use super::outcome::JobOutcome;
use super::tag_api::{TagApiError, TagApiErrorKind};
use super::verification::Verification;
use crate::fix::journal::{Intent, Written};
use crate::fix::requests::{Request, requests};
use crate::fix::tags::TagMap;

/// The result of the first attempt of a job; `None` if it was not made.
type First = Option<Result<Attempt, JobAbort>>;

/// A job that is ready for its requests.
struct Ready {
    /// The tags as they were read.
    read: TagMap,
    /// The tags as the requests sent so far leave them.
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

/// The state of one attempt of several jobs.
struct Batch<'b, 'j> {
    jobs: &'b [&'j Job],
    /// The results so far, by the index of the job.
    out: Vec<First>,
    /// The jobs whose requests so far succeeded, with their indices.
    open: Vec<(usize, Ready)>,
    lost: Vec<Unanswered>,
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
        let mut common: Option<Vec<Request>> = None;
        let mut judge = |(job, read): (&&Job, Result<TagMap, TagApiError>)| {
            let tags = read.ok().filter(|tags| !job.lacks(tags))?;
            let (Decision::Write(to), drifts) = job.decide(&tags) else { return None };
            let requests = requests(&job.kind, &tags, &to).ok().filter(|requests| !requests.is_empty())?;
            let as_common = *common.get_or_insert_with(|| requests.clone()) == requests;
            (drifts.is_empty() && as_common).then_some(Ready { read: tags.clone(), tags, to, requests })
        };
        jobs.iter().zip(self.api.read_all(&arns(jobs))).map(&mut judge).collect()
    }

    /// Writes the intents, sends the requests, and verifies.
    fn send_batch(&self, jobs: &[&Job], ready: Vec<Option<Ready>>) -> Vec<First> {
        let mut batch = Batch { jobs, out: jobs.iter().map(|_| None).collect(), open: Vec::new(), lost: Vec::new() };
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
                Ok(()) => batch.open.push((at, one)),
                Err(error) => batch.out[at] = Some(Err(JobAbort::JournalFailed(error))),
            }
        }
        let requests = batch.open.first().map(|(_, one)| one.requests.clone()).unwrap_or_default();
        for (number, request) in requests.iter().enumerate() {
            if !batch.open.is_empty() {
                self.send_to_all(&mut batch, number, request, requests.len());
            }
        }
        self.verify_batch(batch, requests.len())
    }

    /// Sends one of `count` requests for the open jobs. Those for which it failed are open no longer.
    fn send_to_all(&self, batch: &mut Batch<'_, '_>, number: usize, request: &Request, count: usize) {
        let members: Vec<&Job> = batch.open.iter().map(|(at, _)| batch.jobs[*at]).collect();
        let sent = self.api.write_all(&arns(&members), request);
        for ((at, mut one), sent) in std::mem::take(&mut batch.open).into_iter().zip(sent) {
            let job = batch.jobs[at];
            let target = request.apply_to(&one.tags, job.tag_limits());
            let before = std::mem::replace(&mut one.tags, target.clone());
            if let Err(abort) = self.record_sent(job, number, count, &sent) {
                batch.out[at] = Some(Err(abort));
                continue;
            }
            let Err(error) = sent else {
                batch.open.push((at, one));
                continue;
            };
            let attempt = match error.kind {
                TagApiErrorKind::Unknown => {
                    batch.lost.push(Unanswered { at, request: number, before, target, error });
                    continue;
                }
                TagApiErrorKind::Rejected | TagApiErrorKind::NotListed => {
                    Attempt::Ended(rejected(number, request, &error.message))
                }
                TagApiErrorKind::Conflict | TagApiErrorKind::Busy => Attempt::Again(Again::Repeat(error)),
            };
            batch.out[at] = Some(Ok(attempt));
        }
    }

    /// Verifies the writes, and those that had no clear answer.
    fn verify_batch(&self, batch: Batch<'_, '_>, count: usize) -> Vec<First> {
        let Batch { jobs, mut out, open, lost } = batch;
        let writes: Vec<_> = open.iter().map(|(at, one)| (jobs[*at], &one.read, &one.to)).collect();
        for ((at, _), verified) in open.iter().zip(self.verify_all(&writes)) {
            out[*at] = Some(Ok(Attempt::Ended(match verified {
                Verified::Shown(_) => JobOutcome::Done,
                Verified::NotShown { why, .. } => JobOutcome::Unconfirmed(format!("written, but {why}")),
            })));
        }
        let writes: Vec<_> = lost.iter().map(|one| (jobs[one.at], &one.before, &one.target)).collect();
        let seen = self.verify_all(&writes);
        for (one, seen) in lost.into_iter().zip(seen) {
            let shown = matches!(seen, Verified::Shown(_));
            let recorded = if shown { self.record_answer(jobs[one.at], one.request, Written::Yes) } else { Ok(()) };
            // The second request must not be sent unless the first one was executed.
            let rest = one.request + 1 < count;
            out[one.at] = Some(recorded.map(|()| after_lost_answer(seen, rest, one.error)));
        }
        out
    }

    /// Reads until the tags of all jobs show their writes, or the timeout ends.
    fn verify_all(&self, writes: &[(&Job, &TagMap, &TagMap)]) -> Vec<Verified> {
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
