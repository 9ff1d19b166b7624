//! Creation of journal files, and errors about them.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::overrides;
use super::connect::{KeysByArn, accounts_of};
use crate::cli::FixArgs;
use crate::commands::Failure;
use crate::fix::journal::{self, Journal, JournalError, JournalHeader};

/// The maximum number of journals with default names in one folder and second.
const MAX_NAMES: u32 = 100;

/// The header of a journal for these resources, without a plan or restores.
pub(super) fn header(args: &FixArgs, keys: &KeysByArn) -> JournalHeader {
    JournalHeader {
        version: journal::VERSION,
        started: Timestamp::now().to_string(),
        accounts: accounts_of(keys).into_iter().collect(),
        flags: overrides(args).into_iter().map(|flag| flag.flag().to_owned()).collect(),
        plan: None,
        restores: Vec::new(),
    }
}

/// Creates a journal at the given path, or under an unused default name.
pub(super) fn create(path: Option<&Path>, header: &JournalHeader) -> Result<Journal, Failure> {
    let failed = |path: &Path, error: &io::Error| {
        Failure::new(format!("cannot create the journal {}: {error}", path.display()))
            .help("with --journal, name a file that does not exist yet in a writable folder")
    };
    if let Some(path) = path {
        return Journal::create(path, header.clone(), Timestamp::now).map_err(|error| failed(path, &error));
    }
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    for number in 1..=MAX_NAMES {
        let more = if number == 1 { String::new() } else { format!("-{number}") };
        let path = PathBuf::from(format!("taglint-journal-{time}{more}.jsonl"));
        match Journal::create(&path, header.clone(), Timestamp::now) {
            // Another run took the name in the same second.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path, &error)),
            Ok(journal) => return Ok(journal),
        }
    }
    Err(Failure::new("cannot create a journal: all default names exist").help("name one with --journal"))
}

/// The error for a journal that cannot be used.
pub(super) fn unreadable(path: &Path, error: &JournalError) -> Failure {
    let failure = Failure::new(format!("journal {}: {error}", path.display()));
    match error {
        JournalError::InUse => failure.help("wait for the other run to end"),
        JournalError::Empty => failure.help("run the fix again with another journal"),
        _ => failure.help("`taglint fix --apply` writes a journal and prints its path"),
    }
}
