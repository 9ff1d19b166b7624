//! The outcome of a job.

use crate::fix::journal::JobResult;

/// The outcome of a job, with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome {
    /// Written and verified.
    Done,
    /// The tags were right already; nothing was written.
    Already,
    /// Not written, because the tags changed since the plan or a request would fail.
    Refused(String),
    /// Rejected by the service, or the tags could not be read.
    Failed(String),
    /// Rejected by the service at the second of two requests; the first was executed.
    PartiallyApplied(String),
    /// Written, or possibly written, and not verified in time.
    Unconfirmed(String),
    /// Not written, because the reads show less than is known to exist.
    Unclear(String),
    /// Not written again after a failed request, because somebody changed the tags meanwhile.
    Changed(String),
    /// Not begun, because the run was stopped.
    NotBegun,
}

impl JobOutcome {
    /// The result for the journal; `None` if the job was not begun.
    #[must_use]
    pub fn result(&self) -> Option<JobResult> {
        match self {
            Self::Done => Some(JobResult::Done),
            Self::Already => Some(JobResult::Already),
            Self::Refused(_) => Some(JobResult::Refused),
            Self::Failed(_) => Some(JobResult::Failed),
            Self::PartiallyApplied(_) => Some(JobResult::PartiallyApplied),
            Self::Unconfirmed(_) => Some(JobResult::Unconfirmed),
            Self::Unclear(_) => Some(JobResult::Unclear),
            Self::Changed(_) => Some(JobResult::Changed),
            Self::NotBegun => None,
        }
    }

    /// The outcome of a job that was attempted before in this run: what is refused now was right then, and what is right
    /// now may be the effect of a request without an answer.
    pub(super) fn of_repetition(self, perhaps_written: bool) -> Self {
        match self {
            Self::Already if perhaps_written => Self::Done,
            Self::Refused(why) => Self::Changed(format!("{why}; the write was not repeated")),
            other => other,
        }
    }

    /// The reason, if there is one.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Done | Self::Already | Self::NotBegun => None,
            Self::Refused(why)
            | Self::Failed(why)
            | Self::PartiallyApplied(why)
            | Self::Unconfirmed(why)
            | Self::Unclear(why)
            | Self::Changed(why) => Some(why),
        }
    }
}
