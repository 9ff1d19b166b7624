//! Journals by their files: made, and refused.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::super::Failure;
use super::permits;
use super::reach::accounts_of;
use crate::cli::FixArgs;
use crate::fix::journal::{self, Header, Journal, JournalError};

/// Journals that may be begun in one folder in one second.
const MOST_NAMES: u32 = 100;

pub(super) fn header(args: &FixArgs, places: &BTreeSet<String>) -> Header {
    Header {
        version: journal::VERSION,
        started: Timestamp::now().to_string(),
        accounts: accounts_of(places).into_iter().collect(),
        flags: permits(args).into_iter().map(|permit| permit.flag().to_owned()).collect(),
        plan: None,
        restores: Vec::new(),
    }
}

/// A new journal, under the name that was asked for or one that is free.
pub(super) fn create(path: Option<&Path>, header: &Header) -> Result<Journal, Failure> {
    let failed = |path: &Path, error: &io::Error| {
        Failure::new(format!("can't make the journal {}: {error}", path.display()))
            .help("name a file that is not there yet, in a folder that you may write to, with --journal")
    };
    if let Some(path) = path {
        return Journal::create(path, header.clone(), Timestamp::now).map_err(|error| failed(path, &error));
    }
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    for number in 1..=MOST_NAMES {
        let more = if number == 1 { String::new() } else { format!("-{number}") };
        let path = PathBuf::from(format!("taglint-journal-{time}{more}.jsonl"));
        match Journal::create(&path, header.clone(), Timestamp::now) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path, &error)),
            Ok(journal) => return Ok(journal),
        }
    }
    Err(Failure::new("can't make a journal: every name is taken").help("give one with --journal"))
}

pub(super) fn unreadable(path: &Path, error: &JournalError) -> Failure {
    let failure = Failure::new(format!("journal {}: {error}", path.display()));
    match error {
        JournalError::InUse => failure.help("wait for the other run to end"),
        JournalError::Empty => failure.help("run the fix again, with another journal"),
        _ => failure.help("`taglint fix --apply` writes a journal, and says where"),
    }
}
