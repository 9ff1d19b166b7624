//! Writing a journal: nothing is announced to AWS that is not on the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::read::{History, JournalError, read_file};
use super::{Ended, Header, Intent, Record, stamp};

/// An open journal. While it is open no other run can have it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    /// A line that was cut short ends the journal: what came after it could not be read.
    cut: AtomicBool,
    now: fn() -> Timestamp,
}

impl Journal {
    /// Makes a new one: for its owner's eyes alone, since it holds every tag it touches; never over a file that is there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create(path: &Path, header: Header, now: fn() -> Timestamp) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        file.try_lock()?;
        let journal = Self { path: path.to_owned(), file: Mutex::new(file), cut: AtomicBool::new(false), now };
        journal.write(&Record::Journal(Box::new(header)))?;
        journal.sync()?;
        // The name itself must outlive a crash too.
        #[cfg(unix)]
        {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()?;
        }
        Ok(journal)
    }

    /// Opens one to go on with, and reads it. A last line that a crash cut short is taken off: what it would have
    /// announced was not done.
    ///
    /// # Errors
    /// [`JournalError`] where it is none, or another run has it.
    pub fn resume(path: &Path, now: fn() -> Timestamp) -> Result<(Self, History), JournalError> {
        let mut file = OpenOptions::new().read(true).append(true).open(path)?;
        lock(&file)?;
        let history = read_file(&mut file)?;
        file.set_len(history.whole)?;
        Ok((Self { path: path.to_owned(), file: Mutex::new(file), cut: AtomicBool::new(false), now }, history))
    }

    /// Its path as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts an intent on the disk. Only when this returns may its first request be made.
    ///
    /// # Errors
    /// Those of the file system; the request must not be made then.
    pub fn intent(&self, mut intent: Intent) -> io::Result<()> {
        intent.at = stamp((self.now)());
        self.write(&Record::Intent(intent))?;
        self.sync()
    }

    /// Says what became of a resource. That it is lost in a crash costs a read and nothing else.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn ended(&self, mut ended: Ended) -> io::Result<()> {
        ended.at = stamp((self.now)());
        self.write(&Record::Result(ended))
    }

    /// Says that the run came to its end.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn end(&self) -> io::Result<()> {
        self.write(&Record::End { at: stamp((self.now)()) })?;
        self.sync()
    }

    fn write(&self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if self.cut.load(Ordering::Relaxed) {
            return Err(io::Error::other("an earlier line could not be written"));
        }
        file.write_all(&line).inspect_err(|_| self.cut.store(true, Ordering::Relaxed))
    }

    fn sync(&self) -> io::Result<()> {
        // A handle of its own: who only appends need not wait for the disk.
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner).try_clone()?;
        file.sync_data()
    }
}

/// One run at a time has a journal: two that finish it at once would write twice.
pub(super) fn lock(file: &File) -> Result<(), JournalError> {
    file.try_lock().map_err(|error| match error {
        std::fs::TryLockError::WouldBlock => JournalError::InUse,
        std::fs::TryLockError::Error(error) => JournalError::Read(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_a_line_that_was_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let header = Header {
            version: crate::fix::journal::VERSION,
            started: "2026-11-22T00:00:00Z".to_owned(),
            accounts: Vec::new(),
            flags: Vec::new(),
            plan: None,
            restores: Vec::new(),
        };
        let journal = Journal::create(&path, header, Timestamp::now).unwrap();
        let before = std::fs::read(&path).unwrap();
        // No room for a moment, as on a full disk that is cleared.
        let good = std::mem::replace(&mut *journal.file.lock().unwrap(), File::open(&path).unwrap());
        assert!(journal.end().is_err());
        *journal.file.lock().unwrap() = good;
        assert!(journal.end().is_err());
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
