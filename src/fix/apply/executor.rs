//! The executor: reads, writes and verifies every job, with separate concurrency for each account, service and region.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::job::{Decision, Drift, Job, JobGoal};
use super::outcome::JobOutcome;
use super::tag_api::{TagApi, TagApiError, TagApiErrorKind};
use crate::aws::supported::ResourceArn;
use crate::aws::{KeyIdentity, TagLimits};
use crate::fix::journal::{Intent, Journal, ResultRecord};
use crate::fix::requests::{Request, requests};
use crate::fix::tags::{TagMap, differing};

/// Concurrent resources of one lane. This exhausts the API quotas even at high latency.
const WIDTH: usize = 8;
/// Concurrent lanes. This bounds the threads: each lane has up to [`WIDTH`] of them.
const LANES: usize = 16;
/// Attempts at a write that conflicts with another one. The pauses between them add up to about eight seconds.
const MAX_ATTEMPTS: u32 = 6;
/// The first pause between two reads; each pause doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between two reads.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The time to repeat reads until they show a write. IAM is eventually consistent.
#[derive(Debug, Clone, Copy)]
pub struct VerifyTimeout(pub Duration);

impl VerifyTimeout {
    /// Returns the pauses between reads: growing, as many as fit, at least one.
    fn pauses(self) -> impl Iterator<Item = Duration> {
        let mut left = self.0;
        let mut pause = FIRST_PAUSE;
        let mut first = true;
        std::iter::from_fn(move || {
            // The first pause ignores the timeout, so that even with a timeout of 0 the tags are read a second time.
            let next = pause.min(if first { pause } else { left });
            if next.is_zero() {
                return None;
            }
            first = false;
            left = left.saturating_sub(next);
            pause = (pause * 2).min(LONGEST_PAUSE);
            Some(next)
        })
    }
}

/// The outcomes of a run, by job number.
#[derive(Debug, Default)]
pub struct ApplySummary {
    /// The outcomes.
    pub outcomes: BTreeMap<usize, JobOutcome>,
    /// Tags that somebody changed since the run that is undone.
    pub drifts: BTreeMap<usize, Vec<Drift>>,
}

/// Executes all jobs. `on_end` is called from several threads when a job ends.
///
/// # Errors
/// The error if the journal cannot be written; no request is sent after that.
pub fn execute(
    jobs: &[Job],
    api: &dyn TagApi,
    journal: &Journal,
    timeout: VerifyTimeout,
    on_end: &(dyn Fn(&Job, &JobOutcome) + Sync),
) -> io::Result<ApplySummary> {
    let mut lanes: BTreeMap<(&str, &str, &str), Vec<&Job>> = BTreeMap::new();
    for job in jobs {
        // Users and MFA devices share the quota of IAM.
        let place = ResourceArn::parse(&job.arn).map_or(("", "", ""), |a| (a.arn.account, a.arn.service, a.arn.region));
        lanes.entry(place).or_default().push(job);
    }
    let run = Executor { api, journal, timeout, on_end, journal_error: Mutex::new(None), summary: Mutex::default() };
    let lanes: Vec<Vec<&Job>> = lanes.into_values().collect();
    for_each_parallel(&lanes, LANES, |lane| for_each_parallel(lane, WIDTH, |job| run.run_job(job)));
    if let Some(error) = run.journal_error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    Ok(run.summary.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Processes every item once, `width` at a time.
fn for_each_parallel<T: Sync>(items: &[T], width: usize, work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..width.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

struct Executor<'a> {
    api: &'a dyn TagApi,
    journal: &'a Journal,
    timeout: VerifyTimeout,
    on_end: &'a (dyn Fn(&Job, &JobOutcome) + Sync),
    /// The error after which the journal cannot be written any more.
    journal_error: Mutex<Option<io::Error>>,
    summary: Mutex<ApplySummary>,
}

/// The end of a job before its write.
enum JobAbort {
    Ended(JobOutcome),
    JournalFailed(io::Error),
}

impl Executor<'_> {
    fn run_job(&self, job: &Job) {
        // Without an intent on disk a write could not be undone, so a failed journal stops all further jobs.
        let stopped = || self.api.stopped() || lock(&self.journal_error).is_some();
        let outcome = if stopped() { Ok(JobOutcome::NotBegun) } else { self.attempt_repeatedly(job) };
        let outcome = match outcome.map_err(JobAbort::JournalFailed).and_then(|outcome| self.record(job, outcome)) {
            Ok(outcome) | Err(JobAbort::Ended(outcome)) => outcome,
            Err(JobAbort::JournalFailed(error)) => {
                lock(&self.journal_error).get_or_insert(error);
                return;
            }
        };
        (self.on_end)(job, &outcome);
        lock(&self.summary).outcomes.insert(job.number, outcome);
    }

    fn record(&self, job: &Job, outcome: JobOutcome) -> Result<JobOutcome, JobAbort> {
        let Some(result) = outcome.result() else { return Ok(outcome) };
        let why = outcome.reason().map(str::to_owned);
        let record = ResultRecord { job: job.number, at: String::new(), result, why };
        self.journal.result(record).map_err(JobAbort::JournalFailed)?;
        Ok(outcome)
    }

    /// Attempts a job until no other write conflicts with it.
    fn attempt_repeatedly(&self, job: &Job) -> io::Result<JobOutcome> {
        let mut job = job.clone();
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            match self.attempt(&job) {
                Ok(Some(outcome)) | Err(JobAbort::Ended(outcome)) => return Ok(outcome),
                Err(JobAbort::JournalFailed(error)) => return Err(error),
                Ok(None) if attempt >= MAX_ATTEMPTS => {
                    return Ok(JobOutcome::Failed(
                        "every attempt conflicted with another write (ConcurrentModification)".to_owned(),
                    ));
                }
                // The next attempt reads the tags again and refuses the job if the other write changed them.
                Ok(None) => {
                    self.api.wait(pause);
                    pause *= 2;
                    job = job.begun();
                }
            }
        }
        unreachable!("the loop ends after MAX_ATTEMPTS")
    }

    /// Reads the tags, writes at most twice, and verifies; `None` if another write conflicted.
    fn attempt(&self, job: &Job) -> Result<Option<JobOutcome>, JobAbort> {
        let (tags, to) = self.current_and_desired(job)?;
        let requests =
            requests(job.resource_type.name, &tags, &to).map_err(|why| JobAbort::Ended(JobOutcome::Refused(why)))?;
        if requests.is_empty() {
            return Ok(Some(JobOutcome::Already));
        }
        // The journal sets the time when it writes the line.
        let intent = Intent {
            job: job.number,
            at: String::new(),
            tags: tags.clone(),
            to: to.clone(),
            requests: requests.clone(),
        };
        self.journal.intent(intent).map_err(JobAbort::JournalFailed)?;
        let mut unanswered = None;
        for (at, request) in requests.iter().enumerate() {
            match self.send(job, request) {
                Ok(()) => {}
                Err(TagApiError { kind: TagApiErrorKind::Conflict, .. }) => return Ok(None),
                Err(TagApiError { kind: TagApiErrorKind::Unknown, message }) => {
                    // The second request must not be sent unless the first one was executed.
                    unanswered = Some((message, at + 1 < requests.len()));
                    break;
                }
                Err(TagApiError { kind: TagApiErrorKind::Rejected, message }) => {
                    return Ok(Some(rejected(at, request, &message)));
                }
            }
        }
        match unanswered {
            None => Ok(Some(self.verify(job, &tags, &to, None))),
            Some((message, true)) => Ok(self.continue_if_executed(job, &tags, &to, &requests, message)),
            Some((message, false)) => Ok(Some(self.verify(job, &tags, &to, Some(message)))),
        }
    }

    /// Sends the second request after an unanswered first one, if a read shows that the first was executed.
    fn continue_if_executed(
        &self,
        job: &Job,
        tags: &TagMap,
        to: &TagMap,
        requests: &[Request],
        message: String,
    ) -> Option<JobOutcome> {
        let mut halfway = tags.clone();
        match &requests[0] {
            Request::Tag(set) => halfway.extend(set.clone()),
            Request::Untag(keys) => keys.iter().for_each(|key| {
                halfway.remove(key);
            }),
        }
        match self.verify(job, tags, &halfway, Some(message)) {
            JobOutcome::Done => {}
            other => return Some(other),
        }
        match self.send(job, &requests[1]) {
            Ok(()) => Some(self.verify(job, tags, to, None)),
            Err(TagApiError { kind: TagApiErrorKind::Conflict, .. }) => None,
            Err(TagApiError { kind: TagApiErrorKind::Unknown, message }) => {
                Some(self.verify(job, tags, to, Some(message)))
            }
            Err(TagApiError { kind: TagApiErrorKind::Rejected, message }) => Some(rejected(1, &requests[1], &message)),
        }
    }

    fn send(&self, job: &Job, request: &Request) -> Result<(), TagApiError> {
        match request {
            Request::Tag(tags) => self.api.tag(&job.arn, tags),
            Request::Untag(keys) => self.api.untag(&job.arn, keys),
        }
    }

    /// Reads the current tags and returns them with the desired ones.
    fn current_and_desired(&self, job: &Job) -> Result<(TagMap, TagMap), JobAbort> {
        let mut tags = self.read(job)?;
        let (mut decision, mut drifts) = job.decide(&tags);
        if decision == Decision::Stale {
            // Soon after the run, a read may still return the tags from before its writes, because IAM is eventually
            // consistent (docs/contributing/aws-facts.md, "Errors"). Later, one more read is enough.
            let fresh = matches!(job.goal, JobGoal::Restore { fresh: true, .. });
            let timeout = if fresh { self.timeout } else { VerifyTimeout(FIRST_PAUSE) };
            for pause in timeout.pauses() {
                self.api.wait(pause);
                tags = self.read(job)?;
                (decision, drifts) = job.decide(&tags);
                if decision != Decision::Stale {
                    break;
                }
            }
            if decision == Decision::Stale {
                decision = Decision::after_waiting(job, &tags);
            }
        }
        if !drifts.is_empty() {
            lock(&self.summary).drifts.insert(job.number, drifts);
        }
        match decision {
            Decision::Write(to) => Ok((tags, to)),
            Decision::AlreadyDone | Decision::Stale => Err(JobAbort::Ended(JobOutcome::Already)),
            Decision::Refuse(why) => Err(JobAbort::Ended(JobOutcome::Refused(why))),
        }
    }

    fn read(&self, job: &Job) -> Result<TagMap, JobAbort> {
        // A job that was begun may have been written, so a failed read does not mean that it failed.
        let begun = matches!(job.goal, JobGoal::Change { begun: true, .. });
        let outcome = if begun { JobOutcome::Unconfirmed } else { JobOutcome::Failed };
        self.api.read(&job.arn).map_err(|error| JobAbort::Ended(outcome(error.message)))
    }

    /// Reads until the tags show the write, or the timeout ends. `unanswered` is the error of a write without an answer.
    fn verify(&self, job: &Job, from: &TagMap, to: &TagMap, unanswered: Option<String>) -> JobOutcome {
        let touched = differing(from, to);
        let limits = job.resource_type.tag_limits();
        let mut last = String::new();
        for pause in std::iter::once(Duration::ZERO).chain(self.timeout.pauses()) {
            if !pause.is_zero() {
                self.api.wait(pause);
            }
            match self.api.read(&job.arn) {
                Ok(tags) if shows(&tags, to, &touched, limits) => return JobOutcome::Done,
                Ok(_) => "the tags do not show it yet".clone_into(&mut last),
                Err(error) => last = error.message,
            }
        }
        JobOutcome::Unconfirmed(match unanswered {
            Some(message) => format!("no answer to the write ({message}), and {last}"),
            None => format!("written, but {last}"),
        })
    }
}

/// Returns `true` if every touched key has its desired value, in its exact spelling.
fn shows(tags: &TagMap, to: &TagMap, touched: &[&str], limits: TagLimits) -> bool {
    touched.iter().all(|key| {
        let may_be_same = |other: &String| limits.key_identity(other, key) != KeyIdentity::Different;
        // IAM keeps one spelling of a key. While another spelling is visible, the read is older than the write.
        let other = |other: &String| other != key && to.contains_key(*key) && may_be_same(other);
        tags.get(*key) == to.get(*key) && !tags.keys().any(other)
    })
}

/// The outcome of a rejected request after `before` successful ones.
fn rejected(before: usize, request: &Request, message: &str) -> JobOutcome {
    match (before, request) {
        (0, _) => JobOutcome::Failed(message.to_owned()),
        (_, Request::Untag(_)) => {
            JobOutcome::PartiallyApplied(format!("{message}; tags were written, but the old tags are still there"))
        }
        (_, Request::Tag(_)) => {
            JobOutcome::PartiallyApplied(format!("{message}; tags were removed, but the new tags are not written"))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A poisoned lock still holds valid data, because every use changes it in a single step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
