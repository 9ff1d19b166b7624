//! The lines of a journal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fix::plan::Plan;
use crate::fix::requests::Request;
use crate::fix::tags::TagMap;

/// The format version that this program reads and writes.
pub const VERSION: u32 = 1;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "taglint", rename_all = "lowercase")]
pub enum Record {
    /// The first line.
    Journal(Box<JournalHeader>),
    /// The line that is on disk before the first request for a resource.
    Intent(Intent),
    /// The answer to one of these requests. Journals of earlier versions have none.
    Answer(AnswerRecord),
    /// The result of a resource.
    Result(ResultRecord),
    /// The end of a run.
    End {
        /// The time, RFC 3339.
        at: String,
    },
}

/// The first line: everything that the run is going to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct JournalHeader {
    /// The format version.
    pub version: u32,
    /// The start time of the run, RFC 3339.
    pub started: String,
    /// The accounts of the resources.
    pub accounts: Vec<String>,
    /// The `--allow-…` flags that were given.
    pub flags: Vec<String>,
    /// The plan that is applied, without the changes that were refused before the first call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The resources that are restored, in the journal of an undo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restores: Vec<Restore>,
}

/// The tags to restore on one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// The ARN.
    pub arn: String,
    /// The account id, where the ARN has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The region, where the ARN has none and the resource has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The tags that the run changed.
    pub touched: Vec<TouchedTag>,
    /// All tags that the run left, as far as its journal says.
    #[serde(default, skip_serializing_if = "TagMap::is_empty")]
    pub tags: TagMap,
    /// `true` if the plan says that another tool manages the resource.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub managed: bool,
}

/// The change of one tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TouchedTag {
    /// The key in its exact spelling.
    pub key: String,
    /// The value after the run; `None` if the run removed the tag.
    pub left: Option<String>,
    /// The value before the run; `None` if there was no tag.
    pub was: Option<String>,
    /// `true` if the run perhaps did not write it: a request had no clear answer, or the run ended before the answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
}

/// The requests that are about to be sent for one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The index of the change in the plan, or of the resource among the restores, from 0.
    pub job: usize,
    /// The time, RFC 3339.
    pub at: String,
    /// The tags as they were just read.
    pub tags: TagMap,
    /// The desired tags.
    pub to: TagMap,
    /// The requests, in order.
    pub requests: Vec<Request>,
}

/// The line with the answer to one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRecord {
    /// The same index as in [`Intent::job`].
    pub job: usize,
    /// The time, RFC 3339.
    pub at: String,
    /// The index of the request in the last [`Intent`] of the job.
    pub request: usize,
    /// The effect of the request.
    pub written: Written,
}

/// The effect of one request, as far as its answer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Written {
    /// The service refused it, or it was not sent.
    No,
    /// There was no clear answer: a timeout, a broken connection, a server error.
    Perhaps,
    /// The service carried it out.
    Yes,
}

/// The line with the result of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRecord {
    /// The same index as in [`Intent::job`].
    pub job: usize,
    /// The time, RFC 3339.
    pub at: String,
    /// The result.
    // The field keeps its first name, because journals of earlier versions must stay readable.
    #[serde(rename = "what")]
    pub result: JobResult,
    /// The reason as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The result of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobResult {
    /// Written and verified.
    Done,
    /// The tags were right already; nothing was written.
    Already,
    /// Refused before any write.
    Refused,
    /// Rejected by the service; nothing was written since the last intent.
    Failed,
    /// Not written, because the tags could not be read reliably.
    Unclear,
    /// Not written again, because somebody changed the tags during the run.
    Changed,
    /// Rejected by the service at the second of two requests.
    #[serde(rename = "half")]
    PartiallyApplied,
    /// Written, or possibly written, and not verified.
    Unconfirmed,
}

/// Formats the time of a record.
#[must_use]
pub(super) fn stamp(now: Timestamp) -> String {
    now.round(jiff::Unit::Millisecond).unwrap_or(now).to_string()
}
