//! Execution of changes through a [`TagApi`], so that no value is lost and every run can be resumed and undone.
//!
//! [`Job`] decides from the current tags what to write. [`execute`] reads, writes and verifies, and records every intent
//! in the [journal](crate::fix::journal) before its first request. [`remaining`] and [`undo`] turn a journal into jobs.

mod attempt;
mod batch;
mod executor;
mod grouping;
mod history;
mod job;
mod outcome;
mod tag_api;
mod verification;

pub use executor::{ApplySummary, VerifyTimeout, execute};
pub use history::{remaining, undo};
pub use job::{Drift, DriftKind, Job, JobGoal, RestorePermits};
pub use outcome::JobOutcome;
pub use tag_api::{TagApi, TagApiError, TagApiErrorKind};
