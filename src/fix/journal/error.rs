//! Journal errors, and the lock on a journal file.

use std::fs::{File, TryLockError};
use std::io;

use super::digest::Sha256Hex;
use super::record::VERSION;
use crate::fix::plan::PlanError;

/// The maximum size of a journal in bytes.
pub const MAX_JOURNAL: u64 = 1 << 30;

/// The reason why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// Another run has the file open.
    #[error("another run is using it")]
    InUse,
    /// The file is too large.
    #[error("larger than {} MiB", MAX_JOURNAL >> 20)]
    Long,
    /// The first line is incomplete, so no request was sent.
    #[error("its first line is incomplete; nothing was changed")]
    Empty,
    /// A line is invalid.
    #[error("line {line}: {why}")]
    Line {
        /// The line number, from 1.
        line: usize,
        /// The problem.
        why: String,
    },
    /// The file is another one than the caller expects.
    #[error("its SHA-256 is {0}, not the given one; it was changed, or it is another journal")]
    Digest(Sha256Hex),
    /// The format version is unknown.
    #[error("journal version {0} is not supported; this taglint reads version {VERSION}")]
    Version(u32),
    /// The plan in it is invalid.
    #[error("its plan: {0}")]
    Plan(#[from] PlanError),
}

/// Locks a journal for one run. Two runs that resume it at once would write twice.
pub(super) fn lock(file: &File) -> Result<(), JournalError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => JournalError::InUse,
        TryLockError::Error(error) => JournalError::Read(error),
    })
}
