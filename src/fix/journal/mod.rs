//! The journal: an append-only JSON Lines file that records what a run is about to do and what it did.
//!
//! The first line holds the whole plan. Before the first request for a resource, an intent with the tags as they were read
//! is synced to disk; the result follows. With the journal an interrupted run can be resumed and any run undone. An
//! incomplete last line was cut off by a crash and means that its requests were not sent.

mod digest;
mod error;
mod read;
mod record;
mod write;

pub use digest::Sha256Hex;
pub use error::{JournalError, MAX_JOURNAL};
pub use read::{History, JobHistory, parse, read, read_verified};
pub use record::{
    AnswerRecord, Intent, JobResult, JournalHeader, Record, Restore, ResultRecord, TouchedTag, VERSION, Written,
};
pub use write::Journal;
