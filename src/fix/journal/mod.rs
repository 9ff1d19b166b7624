//! What was about to be done, and what was done: an append-only file of JSON Lines from which an interrupted run is
//! finished and any run is taken back.
//!
//! The first line holds everything that the run is to do. Before the first request for a resource an intent with its tags
//! as they were read is on the disk; what became of it follows. A line that a crash cut short announces nothing: its
//! requests were not made.

mod read;
mod write;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fix::apply::{Request, TagMap, Touched};
use crate::fix::plan::Plan;

pub use read::{Entry, History, JournalError, MAX_JOURNAL, parse, read};
pub use write::Journal;

/// The version of the format that this program reads and writes.
pub const VERSION: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "taglint", rename_all = "lowercase")]
pub enum Record {
    /// The first.
    Journal(Box<Header>),
    /// Written and on the disk before the first request for a resource.
    Intent(Intent),
    /// What became of a resource.
    Result(Ended),
    /// The run came to its end.
    End {
        /// When, RFC 3339.
        at: String,
    },
}

/// What the run is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Header {
    /// The format's version.
    pub version: u32,
    /// When the run began, RFC 3339.
    pub started: String,
    /// The accounts that the credentials led to.
    pub accounts: Vec<String>,
    /// What was permitted: flags as they are typed.
    pub flags: Vec<String>,
    /// The plan that is carried out, without the changes that were refused before the first call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What is put back, where this is the journal of an undo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restores: Vec<Restore>,
}

/// What is put back on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// Its ARN.
    pub arn: String,
    /// Each key that the fix touched.
    pub touched: Vec<Touched>,
}

/// What is about to be requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The place of the change in the plan, or of the resource among the restores, from 0.
    pub job: usize,
    /// When, RFC 3339.
    pub at: String,
    /// The tags as they were just read.
    pub tags: TagMap,
    /// The tags as they shall be.
    pub to: TagMap,
    /// The requests, in order.
    pub requests: Vec<Request>,
}

/// What became of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// As in [`Intent::job`].
    pub job: usize,
    /// When, RFC 3339.
    pub at: String,
    /// What.
    pub what: What,
    /// Why, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What became of a resource, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Written, and seen to be so.
    Done,
    /// It was so already.
    Already,
    /// Not touched.
    Refused,
    /// The service said no, and nothing was written since the last intent.
    Failed,
    /// The service said no to the second of two requests.
    Half,
    /// Written, or perhaps written, and not seen.
    Unconfirmed,
}

/// The time of a record.
#[must_use]
pub(crate) fn stamp(now: Timestamp) -> String {
    now.round(jiff::Unit::Millisecond).unwrap_or(now).to_string()
}
