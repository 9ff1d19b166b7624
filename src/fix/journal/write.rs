//! The journal writer. Every intent is on disk before its first request is sent.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::digest::Sha256Hex;
use super::error::{JournalError, lock};
use super::read::{History, read_file, read_to_end};
use super::record::{AnswerRecord, Intent, JournalHeader, Record, ResultRecord, stamp};

/// An open and locked journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    /// `true` if a line was written incompletely. Nothing may follow it, because it would not be readable.
    truncated: AtomicBool,
    now: fn() -> Timestamp,
}

impl Journal {
    /// Creates a journal. Only its owner can read it, because it contains tags. It never replaces an existing file.
    ///
    /// # Errors
    /// Errors of the file system.
    pub fn create(path: &Path, header: JournalHeader, now: fn() -> Timestamp) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        file.try_lock()?;
        let journal = Self { path: path.to_owned(), file: Mutex::new(file), truncated: AtomicBool::new(false), now };
        journal.write(&Record::Journal(Box::new(header)))?;
        journal.sync()?;
        // The directory entry must survive a crash too.
        #[cfg(unix)]
        {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()?;
        }
        Ok(journal)
    }

    /// Opens and reads a journal to continue it. An incomplete last line is removed: its requests were not sent.
    ///
    /// # Errors
    /// [`JournalError`] if it is not a journal, or another run is using it.
    pub fn resume(
        path: &Path,
        digest: Option<&Sha256Hex>,
        now: fn() -> Timestamp,
    ) -> Result<(Self, History), JournalError> {
        let mut file = OpenOptions::new().read(true).append(true).open(path)?;
        lock(&file)?;
        let history = read_file(&mut file, digest)?;
        file.set_len(history.complete_bytes)?;
        Ok((Self { path: path.to_owned(), file: Mutex::new(file), truncated: AtomicBool::new(false), now }, history))
    }

    /// The SHA-256 of the file as it is now, and its content.
    ///
    /// # Errors
    /// [`JournalError`] if it cannot be read.
    pub fn content(&self) -> Result<(Sha256Hex, History), JournalError> {
        // Another handle: this one is only for appending.
        let bytes = read_to_end(&mut File::open(&self.path)?)?;
        Ok((Sha256Hex::of(&bytes), super::read::parse(&bytes)?))
    }

    /// The path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an intent and syncs it to disk. Its first request may be sent only after this returned `Ok`.
    ///
    /// # Errors
    /// Errors of the file system; the request must not be sent.
    pub fn intent(&self, mut intent: Intent) -> io::Result<()> {
        intent.at = stamp((self.now)());
        self.write(&Record::Intent(intent))?;
        self.sync()
    }

    /// Writes the answer to a request. It is not synced: after a crash without it, the request was perhaps carried out.
    ///
    /// # Errors
    /// Errors of the file system.
    pub fn answer(&self, mut record: AnswerRecord) -> io::Result<()> {
        record.at = stamp((self.now)());
        self.write(&Record::Answer(record))
    }

    /// Writes the result of a resource. It is not synced: losing it in a crash only costs another read on resume.
    ///
    /// # Errors
    /// Errors of the file system.
    pub fn result(&self, mut record: ResultRecord) -> io::Result<()> {
        record.at = stamp((self.now)());
        self.write(&Record::Result(record))
    }

    /// Marks the regular end of the run.
    ///
    /// # Errors
    /// Errors of the file system.
    pub fn end(&self) -> io::Result<()> {
        self.write(&Record::End { at: stamp((self.now)()) })?;
        self.sync()
    }

    fn write(&self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if self.truncated.load(Ordering::Relaxed) {
            return Err(io::Error::other("an earlier line could not be written"));
        }
        file.write_all(&line).inspect_err(|_| self.truncated.store(true, Ordering::Relaxed))
    }

    fn sync(&self) -> io::Result<()> {
        // Sync through a second handle, so that threads which only append do not wait for the disk.
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner).try_clone()?;
        file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_a_line_that_was_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let header = JournalHeader {
            version: crate::fix::journal::VERSION,
            started: "2026-11-22T00:00:00Z".to_owned(),
            accounts: Vec::new(),
            flags: Vec::new(),
            plan: None,
            restores: Vec::new(),
        };
        let journal = Journal::create(&path, header, Timestamp::now).unwrap();
        let before = std::fs::read(&path).unwrap();
        // A full disk on which space becomes free again.
        let good = std::mem::replace(&mut *journal.file.lock().unwrap(), File::open(&path).unwrap());
        assert!(journal.end().is_err());
        *journal.file.lock().unwrap() = good;
        assert!(journal.end().is_err());
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
