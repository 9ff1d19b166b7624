//! A journal read back. Nobody vouches for the file either.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use jiff::Timestamp;

use super::write::lock;
use super::{Ended, Header, Intent, Record, Restore, VERSION, What};
use crate::base::quote;
use crate::fix::plan::{PlanError, Target};

/// The longest journal, in bytes.
pub const MAX_JOURNAL: u64 = 1 << 30;
/// No honest resource has more tags, AWS's own included.
const MAX_TAGS: usize = 1000;
/// Characters of a key and of a value, as every service has them.
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// Why a journal is not used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It can't be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// Another run has it open.
    #[error("another run is using it")]
    InUse,
    /// It is longer than any journal.
    #[error("longer than {} MiB", MAX_JOURNAL >> 20)]
    Long,
    /// It was cut off before its first line was whole: nothing was done.
    #[error("it ends before its first line does: nothing was done")]
    Empty,
    /// A line is none.
    #[error("line {line}: {why}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Written by a later taglint.
    #[error("journal version {0}; this taglint reads version {VERSION}")]
    Version(u32),
    /// Its plan is none.
    #[error("its plan: {0}")]
    Plan(#[from] PlanError),
}

/// What a journal says.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// What the run was to do.
    pub header: Header,
    /// What is known of each job that was looked at, by number.
    pub entries: BTreeMap<usize, Entry>,
    /// Whether the run came to its end.
    pub ended: bool,
    /// The bytes up to the end of the last whole line.
    pub(super) whole: u64,
}

/// What a journal says of one job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// What was about to be requested; several where a run was taken up again.
    pub intents: Vec<Intent>,
    /// What became of it, as far as that was written down.
    pub result: Option<What>,
    /// When the last was written.
    pub last: Option<Timestamp>,
}

impl History {
    /// How many jobs there are.
    #[must_use]
    pub fn jobs(&self) -> usize {
        self.header.plan.as_ref().map_or(self.header.restores.len(), |plan| plan.changes.len())
    }
}

/// Reads a journal. The file must not be in use.
///
/// # Errors
/// [`JournalError`] where it is none, or one that no taglint wrote.
pub fn read(path: &Path) -> Result<History, JournalError> {
    let mut file = File::open(path)?;
    lock(&file)?;
    read_file(&mut file)
}

pub(super) fn read_file(file: &mut File) -> Result<History, JournalError> {
    let mut bytes = Vec::new();
    file.take(MAX_JOURNAL + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_JOURNAL {
        return Err(JournalError::Long);
    }
    parse(&bytes)
}

/// Reads a journal's text. What stands behind the last line's end was cut off by a crash.
///
/// # Errors
/// [`JournalError`] where it is none, or one that no taglint wrote.
pub fn parse(bytes: &[u8]) -> Result<History, JournalError> {
    let whole = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
    let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n').enumerate();
    let (_, first) = lines.next().ok_or(JournalError::Empty)?;
    let wrong = |line: usize, why: String| JournalError::Line { line: line + 1, why };
    let header = match serde_json::from_slice(first).map_err(|error| wrong(0, error.to_string()))? {
        Record::Journal(header) => *header,
        _ => return Err(wrong(0, "not the first line of a journal".to_owned())),
    };
    check(&header)?;
    let mut history = History { header, entries: BTreeMap::new(), ended: false, whole: whole as u64 };
    let jobs = history.jobs();
    for (at, line) in lines {
        let record: Record = serde_json::from_slice(line).map_err(|error| wrong(at, error.to_string()))?;
        history.ended = false;
        match record {
            Record::Journal(_) => return Err(wrong(at, "a second first line".to_owned())),
            Record::Intent(intent) => {
                sane(&intent, jobs).map_err(|why| wrong(at, why))?;
                let entry = history.entries.entry(intent.job).or_default();
                entry.last = intent.at.parse().ok();
                entry.result = None;
                entry.intents.push(intent);
            }
            Record::Result(Ended { job, at: time, what, .. }) => {
                if job >= jobs {
                    return Err(wrong(at, format!("there is no job {job}")));
                }
                let entry = history.entries.entry(job).or_default();
                entry.last = time.parse().ok().or(entry.last);
                entry.result = Some(what);
            }
            Record::End { .. } => history.ended = true,
        }
    }
    Ok(history)
}

/// The plan is checked as one that is read by itself, and what is to be put back by the same measure.
fn check(header: &Header) -> Result<(), JournalError> {
    if header.version != VERSION {
        return Err(JournalError::Version(header.version));
    }
    if let Some(plan) = &header.plan {
        let text = serde_json::to_vec(plan).map_err(PlanError::from)?;
        crate::fix::plan::read(&text[..])?;
    }
    let wrong = |why: String| JournalError::Line { line: 1, why };
    if header.plan.is_some() && !header.restores.is_empty() {
        return Err(wrong("both a plan and something to put back".to_owned()));
    }
    let mut seen = std::collections::BTreeSet::new();
    for restore in &header.restores {
        check_restore(restore).map_err(|why| wrong(format!("{}: {why}", quote(&restore.arn))))?;
        if !seen.insert(restore.arn.as_str()) {
            return Err(wrong(format!("{} is there twice", quote(&restore.arn))));
        }
    }
    Ok(())
}

fn check_restore(restore: &Restore) -> Result<(), String> {
    Target::of(&restore.arn).ok_or("no user, MFA device or user pool has such an ARN")?;
    if restore.touched.len() > MAX_TAGS {
        return Err("more tags than any resource has".to_owned());
    }
    let mut seen = std::collections::BTreeSet::new();
    for t in &restore.touched {
        let long = [&t.left, &t.was].into_iter().flatten().any(|value| value.chars().count() > MAX_VALUE);
        let aws = t.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        if long || aws || t.key.is_empty() || t.key.chars().count() > MAX_KEY || t.left == t.was {
            return Err(format!("nothing that a fix could have done to {}", quote(&t.key)));
        }
        if !seen.insert(t.key.as_str()) {
            return Err(format!("{} is there twice", quote(&t.key)));
        }
    }
    Ok(())
}

fn sane(intent: &Intent, jobs: usize) -> Result<(), String> {
    if intent.job >= jobs {
        return Err(format!("there is no job {}", intent.job));
    }
    if intent.tags.len() > MAX_TAGS || intent.to.len() > MAX_TAGS {
        return Err("more tags than any resource has".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::journal::stamp;

    fn header() -> Header {
        let touched = crate::fix::apply::Touched { key: "a".into(), left: Some("1".into()), was: None };
        let arn = "arn:aws:iam::111122223333:user/ana".to_owned();
        Header {
            version: VERSION,
            started: "2026-11-22T00:00:00Z".to_owned(),
            accounts: vec!["111122223333".to_owned()],
            flags: Vec::new(),
            plan: None,
            restores: vec![Restore { arn, touched: vec![touched] }],
        }
    }

    fn lines() -> Vec<String> {
        let at = stamp(Timestamp::UNIX_EPOCH);
        let tags = [("a".to_owned(), "1".to_owned())].into_iter().collect();
        let records = [
            Record::Journal(Box::new(header())),
            Record::Intent(Intent { job: 0, at: at.clone(), tags, to: [].into(), requests: Vec::new() }),
            Record::Result(Ended { job: 0, at: at.clone(), what: What::Done, why: None }),
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
                    let entry = history.entries.get(&0).cloned().unwrap_or_default();
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
        let with = |change: &dyn Fn(&mut Header)| {
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
