//! Carrying changes out so that nothing is lost, on any way to AWS that is a [`Remote`].
//!
//! [`job`] says what is to become of one resource and judges what a read shows; [`steps`] chooses the requests and their
//! order; [`run()`] reads, writes and reads again, and puts every intent into the [`journal`](crate::fix::journal) before
//! its first request. [`permit`] works out again what a plan from a file needs to be allowed; [`undo()`] turns a journal
//! round.

mod job;
mod permit;
mod run;
mod steps;
mod undo;

use std::collections::BTreeMap;
use std::time::Duration;

pub use job::{Drift, Goal, Job, Touched};
pub use permit::{Needs, needs};
pub use run::{Patience, Summary, run};
pub use steps::{Request, requests};
pub use undo::{remaining, undo};

/// Tags by key.
pub type TagMap = BTreeMap<String, String>;

/// The way to AWS: one call each, paced and retried below it.
pub trait Remote: Sync {
    /// Every tag of a resource, from its own service.
    ///
    /// # Errors
    /// [`Fault`] where they could not be read.
    fn read(&self, arn: &str) -> Result<TagMap, Fault>;
    /// Adds or overwrites tags.
    ///
    /// # Errors
    /// [`Fault`] where the service refused, or did not say.
    fn tag(&self, arn: &str, tags: &TagMap) -> Result<(), Fault>;
    /// Takes tags away.
    ///
    /// # Errors
    /// [`Fault`] where the service refused, or did not say.
    fn untag(&self, arn: &str, keys: &[String]) -> Result<(), Fault>;
    /// Lets time pass.
    fn wait(&self, time: Duration);
    /// Whether the run has to end: no resource is begun any more.
    fn stopped(&self) -> bool;
}

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it means for what is on the resource.
    pub kind: FaultKind,
    /// Code and operation, for a person.
    pub text: String,
}

/// What a failed call means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The service refused: nothing was written.
    Refused,
    /// Somebody else was writing at that moment: nothing was written, and it is worth another try.
    Conflict,
    /// No answer, or one that does not tell: it may have been written.
    Unsure,
}

/// What became of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Written, and seen to be so.
    Done,
    /// It was so already: nothing was written.
    Already,
    /// Not touched, as its tags are not what they were, or a request is known to fail.
    Refused(String),
    /// The service said no, or it could not be read.
    Failed(String),
    /// The service said no to the second of two requests: the first took.
    Half(String),
    /// Written, or perhaps written, and not seen by the end of our patience.
    Unconfirmed(String),
    /// The run was stopped before this one was begun.
    NotBegun,
}
