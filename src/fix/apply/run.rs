//! Reads, writes, reads again: every job once, each in its account's and region's own lane.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::job::{Drift, Goal, Job, Verdict};
use super::steps::{Request, may_be_one, requests};
use super::{Fault, FaultKind, Outcome, Remote, TagMap};
use crate::aws::TagLimits;
use crate::fix::journal::{Ended, Intent, Journal, What};
use crate::fix::plan::{Target, differing};

/// Resources of one lane that are under way at once: enough for any quota at any distance.
const WIDTH: usize = 8;
/// Lanes that are under way at once.
const LANES: usize = 16;
/// How often a write is tried while somebody else is writing too.
const CONFLICTS: u32 = 6;
/// The first pause between two reads; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between two reads.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long reads are repeated until they show what was written. IAM is eventually consistent.
#[derive(Debug, Clone, Copy)]
pub struct Patience(pub Duration);

impl Patience {
    /// The pauses between reads: growing, as many as fit, at least one.
    fn pauses(self) -> impl Iterator<Item = Duration> {
        let mut left = self.0;
        let mut pause = FIRST_PAUSE;
        let mut first = true;
        std::iter::from_fn(move || {
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

/// What became of every job, by its number.
#[derive(Debug, Default)]
pub struct Summary {
    /// What became of it.
    pub outcomes: BTreeMap<usize, Outcome>,
    /// What somebody changed since, where something was to be put back.
    pub drifts: BTreeMap<usize, Vec<Drift>>,
}

/// Carries every job out. `told` is called as each ends, from several threads.
///
/// # Errors
/// Where the journal can't be written: nothing more was requested from then on.
pub fn run(
    jobs: &[Job],
    remote: &dyn Remote,
    journal: &Journal,
    patience: Patience,
    told: &(dyn Fn(&Job, &Outcome) + Sync),
) -> io::Result<Summary> {
    let mut lanes: BTreeMap<(&str, &str, &str), Vec<&Job>> = BTreeMap::new();
    for job in jobs {
        // An ARN that names nothing has no lane; no job has one.
        let place = Target::of(&job.arn).map_or(("", "", ""), |t| (t.account, service(t.kind), t.region.unwrap_or("")));
        lanes.entry(place).or_default().push(job);
    }
    let run = Run { remote, journal, patience, told, broken: Mutex::new(None), summary: Mutex::default() };
    let lanes: Vec<Vec<&Job>> = lanes.into_values().collect();
    spread(&lanes, LANES, |lane| spread(lane, WIDTH, |job| run.one(job)));
    if let Some(error) = run.broken.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    Ok(run.summary.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Users and devices share a quota.
fn service(kind: &str) -> &str {
    kind.split(':').next().unwrap_or(kind)
}

/// Does each item once, so many at a time.
fn spread<T: Sync>(items: &[T], width: usize, work: impl Fn(&T) + Sync) {
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

struct Run<'a> {
    remote: &'a dyn Remote,
    journal: &'a Journal,
    patience: Patience,
    told: &'a (dyn Fn(&Job, &Outcome) + Sync),
    /// Why the journal can't be written any more.
    broken: Mutex<Option<io::Error>>,
    summary: Mutex<Summary>,
}

/// Why a job ends before it is written.
enum Early {
    Ends(Outcome),
    Journal(io::Error),
}

impl Run<'_> {
    fn one(&self, job: &Job) {
        let stopped = || self.remote.stopped() || lock(&self.broken).is_some();
        let outcome = if stopped() { Ok(Outcome::NotBegun) } else { self.carry_out(job) };
        let outcome = match outcome.map_err(Early::Journal).and_then(|outcome| self.note(job, outcome)) {
            Ok(outcome) | Err(Early::Ends(outcome)) => outcome,
            Err(Early::Journal(error)) => {
                lock(&self.broken).get_or_insert(error);
                return;
            }
        };
        (self.told)(job, &outcome);
        lock(&self.summary).outcomes.insert(job.number, outcome);
    }

    fn note(&self, job: &Job, outcome: Outcome) -> Result<Outcome, Early> {
        let (what, why) = match &outcome {
            Outcome::Done => (What::Done, None),
            Outcome::Already => (What::Already, None),
            Outcome::Refused(why) => (What::Refused, Some(why.clone())),
            Outcome::Failed(why) => (What::Failed, Some(why.clone())),
            Outcome::Half(why) => (What::Half, Some(why.clone())),
            Outcome::Unconfirmed(why) => (What::Unconfirmed, Some(why.clone())),
            Outcome::NotBegun => return Ok(outcome),
        };
        let ended = Ended { job: job.number, at: String::new(), what, why };
        self.journal.ended(ended).map_err(Early::Journal)?;
        Ok(outcome)
    }

    fn carry_out(&self, job: &Job) -> io::Result<Outcome> {
        let mut job = job.clone();
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            match self.try_once(&job) {
                Ok(Some(outcome)) | Err(Early::Ends(outcome)) => return Ok(outcome),
                Err(Early::Journal(error)) => return Err(error),
                Ok(None) if attempt >= CONFLICTS => {
                    return Ok(Outcome::Failed(
                        "ConcurrentModification each time: somebody else is writing to it".to_owned(),
                    ));
                }
                // Its tags are read again, and refused where the other one changed them.
                Ok(None) => {
                    self.remote.wait(pause);
                    pause *= 2;
                    job = job.begun();
                }
            }
        }
        unreachable!("the loop ends by its conflicts")
    }

    /// One read, at most two writes, and reads until those are seen; `None` where somebody else was writing.
    fn try_once(&self, job: &Job) -> Result<Option<Outcome>, Early> {
        let (tags, to) = self.wanted(job)?;
        let requests = requests(job.kind, &tags, &to).map_err(|why| Early::Ends(Outcome::Refused(why)))?;
        if requests.is_empty() {
            return Ok(Some(Outcome::Already));
        }
        let intent = Intent {
            job: job.number,
            at: String::new(),
            tags: tags.clone(),
            to: to.clone(),
            requests: requests.clone(),
        };
        self.journal.intent(intent).map_err(Early::Journal)?;
        let mut unsure = None;
        for (at, request) in requests.iter().enumerate() {
            let answer = match request {
                Request::Tag(tags) => self.remote.tag(&job.arn, tags),
                Request::Untag(keys) => self.remote.untag(&job.arn, keys),
            };
            match answer {
                Ok(()) => {}
                Err(Fault { kind: FaultKind::Conflict, .. }) => return Ok(None),
                Err(Fault { kind: FaultKind::Unsure, text }) => {
                    // The second must not go out where the first may not have taken.
                    unsure = Some((text, at + 1 < requests.len()));
                    break;
                }
                Err(Fault { kind: FaultKind::Refused, text }) => {
                    return Ok(Some(half(at, request, &text)));
                }
            }
        }
        match unsure {
            None => Ok(Some(self.confirm(job, &tags, &to, None))),
            // With what is to be seen after the first request the second can follow.
            Some((text, true)) => Ok(self.after_doubt(job, &tags, &to, &requests, text)),
            Some((text, false)) => Ok(Some(self.confirm(job, &tags, &to, Some(text)))),
        }
    }

    /// The first of two requests got no answer: only where a read shows that it took does the second go out.
    fn after_doubt(
        &self,
        job: &Job,
        tags: &TagMap,
        to: &TagMap,
        requests: &[Request],
        text: String,
    ) -> Option<Outcome> {
        let mut halfway = tags.clone();
        match &requests[0] {
            Request::Tag(set) => halfway.extend(set.clone()),
            Request::Untag(keys) => keys.iter().for_each(|key| {
                halfway.remove(key);
            }),
        }
        match self.confirm(job, tags, &halfway, Some(text)) {
            Outcome::Done => {}
            other => return Some(other),
        }
        let answer = match &requests[1] {
            Request::Tag(tags) => self.remote.tag(&job.arn, tags),
            Request::Untag(keys) => self.remote.untag(&job.arn, keys),
        };
        match answer {
            Ok(()) => Some(self.confirm(job, tags, to, None)),
            Err(Fault { kind: FaultKind::Conflict, .. }) => None,
            Err(Fault { kind: FaultKind::Unsure, text }) => Some(self.confirm(job, tags, to, Some(text))),
            Err(Fault { kind: FaultKind::Refused, text }) => Some(half(1, &requests[1], &text)),
        }
    }

    /// Reads the tags and says which there shall be.
    fn wanted(&self, job: &Job) -> Result<(TagMap, TagMap), Early> {
        let mut tags = self.read(job)?;
        let (mut verdict, mut drifts) = job.judge(&tags);
        if verdict == Verdict::Stale {
            let fresh = matches!(job.goal, Goal::Restore { fresh: true, .. });
            let pauses = if fresh { self.patience } else { Patience(FIRST_PAUSE) };
            for pause in pauses.pauses() {
                self.remote.wait(pause);
                tags = self.read(job)?;
                (verdict, drifts) = job.judge(&tags);
                if verdict != Verdict::Stale {
                    break;
                }
            }
            if verdict == Verdict::Stale {
                verdict = Verdict::settled(job, &tags);
            }
        }
        if !drifts.is_empty() {
            lock(&self.summary).drifts.insert(job.number, drifts);
        }
        match verdict {
            Verdict::Write(to) => Ok((tags, to)),
            Verdict::Nothing | Verdict::Stale => Err(Early::Ends(Outcome::Already)),
            Verdict::Refuse(why) => Err(Early::Ends(Outcome::Refused(why))),
        }
    }

    fn read(&self, job: &Job) -> Result<TagMap, Early> {
        // What was begun may have been written: nobody can say that it failed.
        let begun = matches!(job.goal, Goal::Change { begun: true, .. });
        let outcome = if begun { Outcome::Unconfirmed } else { Outcome::Failed };
        self.remote.read(&job.arn).map_err(|fault| Early::Ends(outcome(fault.text)))
    }

    /// Reads until what was written is seen, or patience ends. `doubt`: what came instead of an answer.
    fn confirm(&self, job: &Job, from: &TagMap, to: &TagMap, doubt: Option<String>) -> Outcome {
        let touched = differing(from, to);
        let fold = TagLimits::of(job.kind).folds_case;
        let mut last = String::new();
        for pause in std::iter::once(Duration::ZERO).chain(self.patience.pauses()) {
            if !pause.is_zero() {
                self.remote.wait(pause);
            }
            match self.remote.read(&job.arn) {
                Ok(tags) if shows(&tags, to, &touched, fold) => return Outcome::Done,
                Ok(_) => "its tags do not show it yet".clone_into(&mut last),
                Err(fault) => last = fault.text,
            }
        }
        Outcome::Unconfirmed(match doubt {
            Some(text) => format!("no answer to the write ({text}), and {last}"),
            None => format!("written, and {last}"),
        })
    }
}

/// Whether every touched key is as it shall be, in its exact spelling.
fn shows(tags: &TagMap, to: &TagMap, touched: &[&str], fold: bool) -> bool {
    touched.iter().all(|key| {
        let other = |other: &String| fold && other != key && to.contains_key(*key) && may_be_one(other, key);
        tags.get(*key) == to.get(*key) && !tags.keys().any(other)
    })
}

/// What a refusal means where something was written before it.
fn half(before: usize, request: &Request, text: &str) -> Outcome {
    match (before, request) {
        (0, _) => Outcome::Failed(text.to_owned()),
        (_, Request::Untag(_)) => {
            Outcome::Half(format!("{text}: what was to be written is, what was to go is still there"))
        }
        (_, Request::Tag(_)) => {
            Outcome::Half(format!("{text}: what was to go is gone, what was to be written is not there"))
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
