//! The interface to the tag operations of AWS.

use std::time::Duration;

use crate::fix::requests::Request;
use crate::fix::tags::TagMap;

/// The tag operations of AWS, one call each. Rate limiting and the repetition of reads are the implementation's task. It
/// must not repeat a write: somebody else may have written meanwhile.
pub trait TagApi: Sync {
    /// Reads all tags of a resource from its own service, or from the tagging API if that writes them.
    ///
    /// # Errors
    /// [`TagApiError`] if they could not be read.
    fn read(&self, arn: &str) -> Result<TagMap, TagApiError>;
    /// Adds or overwrites tags.
    ///
    /// # Errors
    /// [`TagApiError`] if the service rejected the request or did not answer.
    fn tag(&self, arn: &str, tags: &TagMap) -> Result<(), TagApiError>;
    /// Removes tags.
    ///
    /// # Errors
    /// [`TagApiError`] if the service rejected the request or did not answer.
    fn untag(&self, arn: &str, keys: &[String]) -> Result<(), TagApiError>;
    /// Reads the tags of several resources of one account and region that the tagging API has, in their order. One call
    /// reads them all, if the implementation has such a call.
    fn read_all(&self, arns: &[&str]) -> Vec<Result<TagMap, TagApiError>> {
        arns.iter().map(|arn| self.read(arn)).collect()
    }
    /// Sends one request for several resources of one account and region that the tagging API has, and returns the
    /// results in their order. One call reaches them all, if the implementation has such a call.
    fn write_all(&self, arns: &[&str], request: &Request) -> Vec<Result<(), TagApiError>> {
        let write = |arn: &&str| match request {
            Request::Tag(tags) => self.tag(arn, tags),
            Request::Untag(keys) => self.untag(arn, keys),
        };
        arns.iter().map(write).collect()
    }
    /// Waits until the rate limit admits this number of writes to a resource, and returns the time that it took. The next
    /// writes to it do not wait.
    fn admit(&self, arn: &str, writes: usize) -> Duration;
    /// Checks that the credentials belong to the account and partition of a resource.
    ///
    /// # Errors
    /// The reason why they do not.
    fn check_access(&self, arn: &str) -> Result<(), String>;
    /// Sleeps.
    fn wait(&self, time: Duration);
    /// Returns `true` if the run was stopped. If so, no further resource is begun.
    fn stopped(&self) -> bool;
}

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagApiError {
    /// The effect on the resource.
    pub kind: TagApiErrorKind,
    /// The error code and operation as text.
    pub message: String,
}

/// The effect of a failed call on the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagApiErrorKind {
    /// The service rejected the request: nothing was written.
    Rejected,
    /// The service was processing another write: nothing was written, and a retry may succeed.
    Conflict,
    /// The request was throttled or not sent: nothing was written, and a retry may succeed.
    Busy,
    /// There was no answer, or an unclear one: the request may have been executed.
    Unknown,
    /// A read was answered without this resource, so that its tags are unknown.
    NotListed,
}
