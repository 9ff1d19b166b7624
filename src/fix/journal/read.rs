//! Reading and validation of journals. A journal is untrusted input, as a plan is.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use jiff::Timestamp;

use super::digest::Sha256Hex;
use super::error::{JournalError, MAX_JOURNAL, lock};
use super::record::{AnswerRecord, Intent, JobResult, JournalHeader, Record, Restore, ResultRecord, VERSION, Written};
use crate::aws::{TagLimits, TaggableArn, has_reserved_prefix};
use crate::base::{open_regular, quote, read_start};
use crate::fix::plan::{PlanError, not_taggable};

/// The maximum number of tags of a resource, with margin; AWS allows 50 and its own.
const MAX_TAGS: usize = 1000;
/// The maximum number of characters of a key and of a value, for every service.
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// The content of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The first line.
    pub header: JournalHeader,
    /// The jobs that were begun, by number.
    pub jobs: BTreeMap<usize, JobHistory>,
    /// `true` if the run ended regularly.
    pub ended: bool,
    /// The length up to the end of the last complete line, in bytes.
    pub(super) complete_bytes: u64,
}

/// The records of one job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobHistory {
    /// The intents; several if the run was resumed.
    pub intents: Vec<Intent>,
    /// The answers that were recorded, by the index of the intent and of the request in it.
    pub answers: BTreeMap<(usize, usize), Written>,
    /// The result, if it was recorded.
    pub result: Option<JobResult>,
    /// The time of the last record.
    pub last: Option<Timestamp>,
}

impl JobHistory {
    /// The effect of one request of one intent.
    ///
    /// Journals of earlier versions contain no answers: the result tells what the last intent wrote, and what an earlier
    /// one wrote is unknown.
    #[must_use]
    pub fn written(&self, intent: usize, request: usize) -> Written {
        let result = self.result.filter(|_| intent + 1 == self.intents.len());
        match (self.answers.get(&(intent, request)).copied(), result) {
            (Some(Written::No), _) | (None, Some(JobResult::Failed)) => Written::No,
            // A read showed the change.
            (_, Some(JobResult::Done)) => Written::Yes,
            (Some(written), _) => written,
            (None, Some(JobResult::PartiallyApplied)) if request == 0 => Written::Yes,
            (None, Some(JobResult::PartiallyApplied)) => Written::No,
            (None, _) => Written::Perhaps,
        }
    }

    /// The effect of the job on a key: that of the requests that write or remove it.
    #[must_use]
    pub fn written_key(&self, key: &str, limits: TagLimits) -> Written {
        let sent = self.intents.iter().enumerate().flat_map(|(intent, record)| {
            record.requests.iter().enumerate().map(move |(at, request)| (intent, at, request))
        });
        let effects =
            sent.filter(|(.., request)| request.covers(key, limits)).map(|(intent, at, _)| self.written(intent, at));
        effects.max().unwrap_or(Written::No)
    }
}

impl History {
    /// The number of jobs of the run, begun or not.
    #[must_use]
    pub fn job_count(&self) -> usize {
        self.header.plan.as_ref().map_or(self.header.restores.len(), |plan| plan.changes.len())
    }
}

/// Reads a journal file that no other run is using.
///
/// # Errors
/// [`JournalError`] if it is not a journal, or not one that taglint wrote.
pub fn read(path: &Path) -> Result<History, JournalError> {
    read_verified(path, None)
}

/// Reads a journal file that no other run is using, and refuses one with another SHA-256 than `digest`.
///
/// # Errors
/// [`JournalError`] if it is not a journal, not one that taglint wrote, or another one.
pub fn read_verified(path: &Path, digest: Option<&Sha256Hex>) -> Result<History, JournalError> {
    let mut file = open_regular(path)?;
    lock(&file)?;
    read_file(&mut file, digest)
}

pub(super) fn read_file(file: &mut File, digest: Option<&Sha256Hex>) -> Result<History, JournalError> {
    let bytes = read_to_end(file)?;
    if let Some(expected) = digest {
        let found = Sha256Hex::of(&bytes);
        if found != *expected {
            return Err(JournalError::Digest(found));
        }
    }
    parse(&bytes)
}

pub(super) fn read_to_end(file: &mut File) -> Result<Vec<u8>, JournalError> {
    let bytes = read_start(file, MAX_JOURNAL + 1)?;
    if bytes.len() as u64 > MAX_JOURNAL {
        return Err(JournalError::Long);
    }
    Ok(bytes)
}

/// Parses a journal. Text after the last line break was cut off by a crash and is ignored.
///
/// # Errors
/// [`JournalError`] if it is not a journal, or not one that taglint wrote.
pub fn parse(bytes: &[u8]) -> Result<History, JournalError> {
    let whole = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
    let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n').enumerate();
    let (_, first) = lines.next().ok_or(JournalError::Empty)?;
    let wrong = |line: usize, why: String| JournalError::Line { line: line + 1, why };
    let header = match serde_json::from_slice(first).map_err(|error| wrong(0, error.to_string()))? {
        Record::Journal(header) => *header,
        _ => return Err(wrong(0, "not the header of a journal".to_owned())),
    };
    check(&header)?;
    let mut history = History { header, jobs: BTreeMap::new(), ended: false, complete_bytes: whole as u64 };
    let count = history.job_count();
    for (at, line) in lines {
        let record: Record = serde_json::from_slice(line).map_err(|error| wrong(at, error.to_string()))?;
        // A resumed run appends to the journal after the end of the earlier run.
        history.ended = false;
        match record {
            Record::Journal(_) => return Err(wrong(at, "a second header".to_owned())),
            Record::Intent(intent) => {
                check_intent(&intent, count).map_err(|why| wrong(at, why))?;
                let job = history.jobs.entry(intent.job).or_default();
                job.last = intent.at.parse().ok();
                // A new intent means that the job is tried again, so an earlier result no longer holds.
                job.result = None;
                job.intents.push(intent);
            }
            Record::Answer(AnswerRecord { job, request, written, .. }) => {
                let known = history.jobs.get_mut(&job).and_then(|job| Some((job.intents.len().checked_sub(1)?, job)));
                let (intent, job) = known.ok_or_else(|| wrong(at, format!("job {job} was not begun")))?;
                if request >= job.intents[intent].requests.len() {
                    return Err(wrong(at, format!("unknown request {request}")));
                }
                job.answers.insert((intent, request), written);
            }
            Record::Result(ResultRecord { job, at: time, result, .. }) => {
                if job >= count {
                    return Err(wrong(at, format!("unknown job {job}")));
                }
                let job = history.jobs.entry(job).or_default();
                job.last = time.parse().ok().or(job.last);
                job.result = Some(result);
            }
            Record::End { .. } => history.ended = true,
        }
    }
    Ok(history)
}

/// Validates the plan as one from a file, and the restores by the same standard.
fn check(header: &JournalHeader) -> Result<(), JournalError> {
    if header.version != VERSION {
        return Err(JournalError::Version(header.version));
    }
    if let Some(plan) = &header.plan {
        let text = serde_json::to_vec(plan).map_err(PlanError::from)?;
        crate::fix::plan::read(&text[..])?;
    }
    let wrong = |why: String| JournalError::Line { line: 1, why };
    if header.plan.is_some() && !header.restores.is_empty() {
        return Err(wrong("it has both a plan and restores".to_owned()));
    }
    let mut seen = std::collections::BTreeSet::new();
    for restore in &header.restores {
        check_restore(restore).map_err(|why| wrong(format!("{}: {why}", quote(&restore.arn))))?;
        if !seen.insert(restore.arn.as_str()) {
            return Err(wrong(format!("{} occurs twice", quote(&restore.arn))));
        }
    }
    Ok(())
}

fn check_restore(restore: &Restore) -> Result<(), String> {
    let arn = TaggableArn::parse(&restore.arn).ok_or_else(not_taggable)?;
    arn.place(restore.account.as_deref(), restore.region.as_deref())?;
    if restore.touched.len() > MAX_TAGS || restore.tags.len() > MAX_TAGS {
        return Err("too many tags".to_owned());
    }
    let mut seen = std::collections::BTreeSet::new();
    for t in &restore.touched {
        let long = [&t.left, &t.was].into_iter().flatten().any(|value| value.chars().count() > MAX_VALUE);
        if long || has_reserved_prefix(&t.key) || t.key.is_empty() || t.key.chars().count() > MAX_KEY || t.left == t.was
        {
            return Err(format!("not a change that a fix makes: {}", quote(&t.key)));
        }
        if !seen.insert(t.key.as_str()) {
            return Err(format!("{} occurs twice", quote(&t.key)));
        }
    }
    Ok(())
}

fn check_intent(intent: &Intent, count: usize) -> Result<(), String> {
    if intent.job >= count {
        return Err(format!("unknown job {}", intent.job));
    }
    if intent.tags.len() > MAX_TAGS || intent.to.len() > MAX_TAGS {
        return Err("too many tags".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::journal::record::stamp;

    fn header() -> JournalHeader {
        let touched =
            crate::fix::journal::TouchedTag { key: "a".into(), left: Some("1".into()), was: None, unconfirmed: false };
        let arn = "arn:aws:iam::111122223333:user/ana".to_owned();
        JournalHeader {
            version: VERSION,
            started: "2026-11-22T00:00:00Z".to_owned(),
            accounts: vec!["111122223333".to_owned()],
            flags: Vec::new(),
            plan: None,
            restores: vec![Restore { arn, touched: vec![touched], ..Restore::default() }],
        }
    }

    fn lines() -> Vec<String> {
        let at = stamp(Timestamp::UNIX_EPOCH);
        let tags = [("a".to_owned(), "1".to_owned())].into_iter().collect();
        let records = [
            Record::Journal(Box::new(header())),
            Record::Intent(Intent { job: 0, at: at.clone(), tags, to: [].into(), requests: Vec::new() }),
            Record::Result(ResultRecord { job: 0, at: at.clone(), result: JobResult::Done, why: None }),
            Record::End { at },
        ];
        records.iter().map(|record| serde_json::to_string(record).unwrap() + "\n").collect()
    }

    #[test]
    fn a_journal_cut_anywhere_says_what_its_whole_lines_say() {
        let lines = lines();
        let text = lines.concat();
        for cut in 0..=text.len() {
            let mut whole = 0;
            let kept = lines.iter().take_while(|line| {
                whole += line.len();
                whole <= cut
            });
            match (kept.count(), parse(&text.as_bytes()[..cut])) {
                (0, Err(JournalError::Empty)) => {}
                (count, Ok(history)) => {
                    let entry = history.jobs.get(&0).cloned().unwrap_or_default();
                    assert_eq!(entry.intents.len(), usize::from(count > 1), "{cut}");
                    assert_eq!(entry.result.is_some(), count > 2, "{cut}");
                    assert_eq!(history.ended, count > 3, "{cut}");
                }
                other => panic!("{cut}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_no_taglint_wrote_is_refused_with_its_line() {
        let lines = lines();
        for (at, line) in [
            (2, "{}\n"),
            (2, "{\"taglint\":\"other\"}\n"),
            (2, &*lines[0]),
            (2, "{\"taglint\":\"result\",\"job\":7,\"at\":\"\",\"what\":\"done\"}\n"),
            (2, "\u{0}\n"),
            (1, &*lines[1]),
        ] {
            let mut text = lines.clone();
            text[at - 1] = line.to_owned();
            let error = parse(text.concat().as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with(&format!("line {at}: ")), "{error}");
        }
    }

    #[test]
    fn what_is_put_back_is_held_to_what_a_fix_can_touch() {
        let with = |change: &dyn Fn(&mut JournalHeader)| {
            let mut header = header();
            change(&mut header);
            check(&header).map_err(|error| error.to_string())
        };
        assert_eq!(with(&|_| {}), Ok(()));
        assert!(with(&|h| h.version = 2).unwrap_err().contains("version 2"));
        assert!(with(&|h| h.restores[0].arn = "arn:aws:iam::1:role/x".into()).unwrap_err().contains("ARN"));
        assert!(with(&|h| h.restores.push(h.restores[0].clone())).unwrap_err().contains("twice"));
        for key in ["aws:x", "AWS:x", "", &"k".repeat(129)] {
            assert!(with(&|h| h.restores[0].touched[0].key = key.to_owned()).is_err(), "{key}");
        }
        assert!(with(&|h| h.restores[0].touched[0].was = Some("v".repeat(257))).is_err());
    }
}
