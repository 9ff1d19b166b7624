//! The executor: reads, writes and verifies every job, with separate concurrency for each account, service and region.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::attempt::{Again, Attempt, Verified, after_lost_answer, given_up, max_attempts, rejected};
use super::grouping::batches;
use super::job::{Decision, Drift, Job, JobGoal};
use super::outcome::JobOutcome;
use super::tag_api::{TagApi, TagApiError, TagApiErrorKind};
use super::verification::Verification;
use crate::aws::TaggableArn;
use crate::fix::journal::{AnswerRecord, Intent, Journal, ResultRecord, Written};
use crate::fix::requests::{Request, requests};
use crate::fix::tags::TagMap;

/// Concurrent resources of one lane. This exhausts the API quotas even at high latency.
const WIDTH: usize = 8;
/// Concurrent lanes. This bounds the threads: each lane has up to [`WIDTH`] of them.
const LANES: usize = 16;
/// The age after which a read is repeated before a write. A write waits longer than this only if the rate limit is low.
pub(super) const OLDEST_READ: Duration = Duration::from_secs(1);
/// Reads of a resource whose reads lack tags, until two say the same.
const DIFFERENT_READS: u32 = 4;
/// The first pause between two reads; each pause doubles.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between two reads.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The time to repeat reads until they show a write. IAM is eventually consistent.
#[derive(Debug, Clone, Copy)]
pub struct VerifyTimeout(pub Duration);

impl VerifyTimeout {
    /// Returns the pauses between reads: growing, as many as fit, at least one.
    pub(super) fn pauses(self) -> impl Iterator<Item = Duration> {
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
        lanes.entry(lane(job)).or_default().push(job);
    }
    let run = Executor { api, journal, timeout, on_end, journal_error: Mutex::new(None), summary: Mutex::default() };
    let lanes: Vec<Vec<Vec<&Job>>> = lanes.into_values().map(batches).collect();
    for_each_parallel(&lanes, LANES, |lane| for_each_parallel(lane, WIDTH, |jobs| run.run_jobs(jobs)));
    if let Some(error) = run.journal_error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    Ok(run.summary.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The account, service and region whose quota a job uses up. Users and MFA devices share that of IAM, and all types that the
/// tagging API writes share its own.
fn lane(job: &Job) -> (&str, &str, &str) {
    let (account, region) = (job.place.account.as_str(), job.place.region.as_deref());
    let arn = TaggableArn::parse(&job.arn).map(|parsed| parsed.arn);
    match arn {
        Some(arn) if job.by_tagging_api => (account, "tag", job.place.tagging_region(arn.partition)),
        Some(arn) => (account, arn.service, region.unwrap_or_default()),
        None => ("", "", ""),
    }
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

pub(super) struct Executor<'a> {
    pub(super) api: &'a dyn TagApi,
    pub(super) journal: &'a Journal,
    pub(super) timeout: VerifyTimeout,
    on_end: &'a (dyn Fn(&Job, &JobOutcome) + Sync),
    /// The error after which the journal cannot be written any more.
    journal_error: Mutex<Option<io::Error>>,
    summary: Mutex<ApplySummary>,
}

/// The end of a job before its write.
pub(super) enum JobAbort {
    Ended(JobOutcome),
    JournalFailed(io::Error),
}

impl Executor<'_> {
    fn run_jobs(&self, jobs: &[&Job]) {
        match jobs {
            [job] => self.run_job(job),
            several => self.run_batch(several),
        }
    }

    pub(super) fn run_job(&self, job: &Job) {
        let stopped = self.stopped();
        self.end(job, if stopped { Ok(JobOutcome::NotBegun) } else { self.attempt_repeatedly(job, None, false) });
    }

    /// Returns `true` if no further job may begin: without an intent on disk a write could not be undone, so a failed journal
    /// stops all of them.
    pub(super) fn stopped(&self) -> bool {
        self.api.stopped() || lock(&self.journal_error).is_some()
    }

    /// Records and reports the end of a job.
    pub(super) fn end(&self, job: &Job, outcome: io::Result<JobOutcome>) {
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

    /// Attempts a job until its write is carried out or refused. Every attempt reads the tags first, and writes only if
    /// nobody else changed them. `first` is the result of an attempt that was made, and `repeated_before` says that it was not
    /// the first one.
    pub(super) fn attempt_repeatedly(
        &self,
        job: &Job,
        mut first: Option<Result<Attempt, JobAbort>>,
        mut repeated_before: bool,
    ) -> io::Result<JobOutcome> {
        let (mut repeated, mut known) = (job.clone(), None);
        let mut pause = FIRST_PAUSE;
        let mut failures = BTreeMap::new();
        loop {
            let attempt = first.take().unwrap_or_else(|| self.attempt(&repeated, known.take()));
            let error = match attempt {
                Ok(Attempt::Ended(outcome)) | Err(JobAbort::Ended(outcome)) => {
                    let perhaps_written = failures.contains_key(&TagApiErrorKind::Unknown);
                    return Ok(if repeated_before { outcome.of_repetition(perhaps_written) } else { outcome });
                }
                Err(JobAbort::JournalFailed(error)) => return Err(error),
                Ok(Attempt::Again(Again::Repeat(error))) => Some(error),
                Ok(Attempt::Again(Again::Continue(tags))) => {
                    known = Some(tags);
                    None
                }
            };
            if let Some(error) = error {
                let failed = failures.entry(error.kind).or_insert(0_u32);
                *failed += 1;
                if *failed >= max_attempts(error.kind) {
                    return Ok(given_up(&error, *failed));
                }
                self.api.wait(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            repeated_before = true;
            repeated = repeated.begun();
        }
    }

    /// Reads the tags, unless `known` is a read of this moment, writes at most twice, and verifies.
    fn attempt(&self, job: &Job, known: Option<TagMap>) -> Result<Attempt, JobAbort> {
        let (mut tags, mut to, mut requests) = self.needed_requests(job, known)?;
        if !requests.is_empty() && self.api.admit(&job.arn, requests.len()) > OLDEST_READ {
            (tags, to, requests) = self.needed_requests(job, None)?;
        }
        if requests.is_empty() {
            return Ok(Attempt::Ended(JobOutcome::Already));
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
        let mut target = tags.clone();
        for (at, request) in requests.iter().enumerate() {
            let before = target;
            target = request.apply_to(&before, job.tag_limits());
            let sent = self.send(job, request);
            self.record_sent(job, at, requests.len(), &sent)?;
            match sent {
                Ok(()) => {}
                Err(error) if error.kind == TagApiErrorKind::Rejected => {
                    return Ok(Attempt::Ended(rejected(at, request, &error.message)));
                }
                Err(error) if error.kind == TagApiErrorKind::Unknown => {
                    // The second request must not be sent unless the first one was executed.
                    let rest = at + 1 < requests.len();
                    let seen = self.verify(job, &before, &target);
                    if let Verified::Shown(_) = seen {
                        self.record_answer(job, at, Written::Yes)?;
                    }
                    return Ok(after_lost_answer(seen, rest, error));
                }
                Err(error) => return Ok(Attempt::Again(Again::Repeat(error))),
            }
        }
        Ok(Attempt::Ended(match self.verify(job, &tags, &to) {
            Verified::Shown(_) => JobOutcome::Done,
            Verified::NotShown { why, .. } => JobOutcome::Unconfirmed(format!("written, but {why}")),
        }))
    }

    /// Reads the current tags, unless they are known, and returns them, the desired ones, and the requests between them.
    fn needed_requests(&self, job: &Job, known: Option<TagMap>) -> Result<(TagMap, TagMap, Vec<Request>), JobAbort> {
        let (tags, to) = self.current_and_desired(job, known)?;
        let requests = requests(&job.kind, &tags, &to).map_err(|why| JobAbort::Ended(JobOutcome::Refused(why)))?;
        Ok((tags, to, requests))
    }

    fn send(&self, job: &Job, request: &Request) -> Result<(), TagApiError> {
        match request {
            Request::Tag(tags) => self.api.tag(&job.arn, tags),
            Request::Untag(keys) => self.api.untag(&job.arn, keys),
        }
    }

    /// Records the effect of a request, and that of those after it if they are not sent.
    pub(super) fn record_sent(
        &self,
        job: &Job,
        at: usize,
        count: usize,
        sent: &Result<(), TagApiError>,
    ) -> Result<(), JobAbort> {
        let written = match sent {
            Ok(()) => Written::Yes,
            Err(error) if error.kind == TagApiErrorKind::Unknown => Written::Perhaps,
            Err(_) => Written::No,
        };
        let unsent = (at + 1..count).map(|request| (request, Written::No)).filter(|_| sent.is_err());
        for (request, written) in std::iter::once((at, written)).chain(unsent) {
            self.record_answer(job, request, written)?;
        }
        Ok(())
    }

    pub(super) fn record_answer(&self, job: &Job, request: usize, written: Written) -> Result<(), JobAbort> {
        let record = AnswerRecord { job: job.number, at: String::new(), request, written };
        self.journal.answer(record).map_err(JobAbort::JournalFailed)
    }

    /// Reads the current tags, unless they are known, and returns them with the desired ones.
    fn current_and_desired(&self, job: &Job, known: Option<TagMap>) -> Result<(TagMap, TagMap), JobAbort> {
        let mut tags = match known {
            Some(tags) => tags,
            None => self.read_reliably(job)?,
        };
        let (mut decision, mut drifts) = job.decide(&tags);
        if decision == Decision::Stale {
            // Soon after the run, a read may still return the tags from before its writes, because IAM is eventually
            // consistent (docs/contributing/aws-facts.md, "Errors"). Later, one more read is enough.
            let fresh = matches!(job.goal, JobGoal::Restore { fresh: true, .. });
            let timeout = if fresh { self.timeout } else { VerifyTimeout(FIRST_PAUSE) };
            for pause in timeout.pauses() {
                self.api.wait(pause);
                tags = self.read_reliably(job)?;
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
            Decision::Unclear(why) => Err(JobAbort::Ended(JobOutcome::Unclear(why))),
        }
    }

    /// Reads the tags. A read that lacks a tag which is known to exist is believed only if the next one says the same.
    fn read_reliably(&self, job: &Job) -> Result<TagMap, JobAbort> {
        let mut tags = self.read(job)?;
        if !job.lacks(&tags) {
            return Ok(tags);
        }
        let mut pause = FIRST_PAUSE;
        for _ in 1..DIFFERENT_READS {
            self.api.wait(pause);
            pause *= 2;
            let again = self.read(job)?;
            if again == tags || !job.lacks(&again) {
                return Ok(again);
            }
            tags = again;
        }
        Err(JobAbort::Ended(JobOutcome::Unclear(
            "every read shows other tags, and lacks some that were there".to_owned(),
        )))
    }

    fn read(&self, job: &Job) -> Result<TagMap, JobAbort> {
        // A job that was begun may have been written, so a failed read does not mean that it failed.
        let begun = matches!(job.goal, JobGoal::Change { begun: true, .. });
        let outcome = |error: TagApiError| match error.kind {
            _ if begun => JobOutcome::Unconfirmed(error.message),
            TagApiErrorKind::NotListed => JobOutcome::Refused(error.message),
            _ => JobOutcome::Failed(error.message),
        };
        self.api.read(&job.arn).map_err(|error| JobAbort::Ended(outcome(error)))
    }

    /// Reads until the tags show the write, or the timeout ends.
    fn verify(&self, job: &Job, from: &TagMap, to: &TagMap) -> Verified {
        let mut verification = Verification::new(job, from, to);
        for pause in std::iter::once(Duration::ZERO).chain(self.timeout.pauses()) {
            if !pause.is_zero() {
                self.api.wait(pause);
            }
            if verification.shows(self.api.read(&job.arn)) {
                break;
            }
        }
        verification.end()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A poisoned lock still holds valid data, because every use changes it in a single step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
