//! The attempts of a job: how one ends, and what follows.

use super::outcome::JobOutcome;
use super::tag_api::{TagApiError, TagApiErrorKind};
use crate::aws::{KeyIdentity, TagLimits};
use crate::base::count;
use crate::fix::requests::Request;
use crate::fix::tags::TagMap;

/// Attempts at a write that conflicts with another one. The pauses between them add up to about eight seconds.
const CONFLICTS: u32 = 6;
/// Attempts at a write that is throttled or cannot be sent. The pauses between them add up to about half a minute.
pub(super) const BUSY_ATTEMPTS: u32 = 10;
/// Attempts at a write without a clear answer. Before each, reads have not shown it until the timeout.
const UNANSWERED_ATTEMPTS: u32 = 3;

/// The reason why a job needs another attempt. The next attempt reads the tags before it writes.
pub(super) enum Again {
    /// A write was not carried out. The error tells whether that is certain.
    Repeat(TagApiError),
    /// The first of two requests had no clear answer, and these tags show its effect.
    Continue(TagMap),
}

/// The end of one attempt.
pub(super) enum Attempt {
    Ended(JobOutcome),
    Again(Again),
}

/// The result of reading after a write.
pub(super) enum Verified {
    /// The tags show the write.
    Shown(TagMap),
    /// They do not, or could not be read.
    NotShown { why: String, read: bool },
}

/// Decides how an attempt goes on after a request without an answer. `rest` says that another request follows.
pub(super) fn after_lost_answer(seen: Verified, rest: bool, error: TagApiError) -> Attempt {
    match seen {
        Verified::Shown(tags) if rest => Attempt::Again(Again::Continue(tags)),
        Verified::Shown(_) => Attempt::Ended(JobOutcome::Done),
        Verified::NotShown { read: true, .. } => Attempt::Again(Again::Repeat(error)),
        Verified::NotShown { why, .. } => Attempt::Ended(unanswered(&error.message, &why)),
    }
}

/// The number of attempts at a write that fails in this way.
pub(super) fn max_attempts(kind: TagApiErrorKind) -> u32 {
    match kind {
        TagApiErrorKind::Conflict => CONFLICTS,
        TagApiErrorKind::Busy => BUSY_ATTEMPTS,
        TagApiErrorKind::Unknown => UNANSWERED_ATTEMPTS,
        TagApiErrorKind::Rejected | TagApiErrorKind::NotListed => 1,
    }
}

/// The outcome of a job whose last attempt failed in this way.
pub(super) fn given_up(error: &TagApiError, attempts: u32) -> JobOutcome {
    match error.kind {
        TagApiErrorKind::Conflict => {
            JobOutcome::Failed("every attempt conflicted with another write (ConcurrentModification)".to_owned())
        }
        TagApiErrorKind::Unknown => unanswered(&error.message, "the tags do not show it yet"),
        TagApiErrorKind::Busy | TagApiErrorKind::Rejected | TagApiErrorKind::NotListed => {
            JobOutcome::Failed(format!("{} ({})", error.message, count(attempts.into(), "attempt")))
        }
    }
}

fn unanswered(message: &str, why: &str) -> JobOutcome {
    JobOutcome::Unconfirmed(format!("no answer to the write ({message}), and {why}"))
}

/// Returns `true` if every touched key has its desired value, in its exact spelling.
pub(super) fn shows(tags: &TagMap, to: &TagMap, touched: &[&str], limits: TagLimits) -> bool {
    touched.iter().all(|key| {
        let may_be_same = |other: &String| limits.key_identity(other, key) != KeyIdentity::Different;
        // IAM keeps one spelling of a key. While another spelling is visible, the read is older than the write.
        let other = |other: &String| other != key && to.contains_key(*key) && may_be_same(other);
        tags.get(*key) == to.get(*key) && !tags.keys().any(other)
    })
}

/// The outcome of a rejected request after `before` successful ones.
pub(super) fn rejected(before: usize, request: &Request, message: &str) -> JobOutcome {
    match (before, request) {
        (0, _) => JobOutcome::Failed(message.to_owned()),
        (_, Request::Untag(_)) => {
            JobOutcome::PartiallyApplied(format!("{message}; tags were written, but the old tags are still there"))
        }
        (_, Request::Tag(_)) => {
            JobOutcome::PartiallyApplied(format!("{message}; tags were removed, but the new tags are not written"))
        }
    }
}
