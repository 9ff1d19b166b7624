//! The reads after a write: do they show it?

use super::attempt::{Verified, shows};
use super::job::Job;
use super::tag_api::TagApiError;
use crate::aws::TagLimits;
use crate::fix::tags::{TagMap, differing};

/// The verification of one write.
pub(super) struct Verification<'a> {
    to: &'a TagMap,
    touched: Vec<&'a str>,
    limits: TagLimits,
    /// The last read, or the reason why it failed.
    last: Result<TagMap, String>,
    shown: bool,
}

impl<'a> Verification<'a> {
    /// The verification of a write that turns `from` into `to`.
    pub(super) fn new(job: &Job, from: &'a TagMap, to: &'a TagMap) -> Self {
        Self { to, touched: differing(from, to), limits: job.tag_limits(), last: Err(String::new()), shown: false }
    }

    /// Takes one read, and returns `true` if it shows the write.
    pub(super) fn shows(&mut self, read: Result<TagMap, TagApiError>) -> bool {
        let read = read.map_err(|error| error.message);
        if let Ok(tags) = &read
            && shows(tags, self.to, &self.touched, self.limits)
        {
            // Removed tags are also missing from a read that lacks other tags, so it must be seen twice.
            let whole = self.to.keys().all(|key| tags.contains_key(key));
            self.shown = whole || self.last.as_ref() == Ok(tags);
        }
        self.last = read;
        self.shown
    }

    /// The result after the last read.
    pub(super) fn end(self) -> Verified {
        match self.last {
            Ok(tags) if self.shown => Verified::Shown(tags),
            Ok(_) => Verified::NotShown { why: "the tags do not show it yet".to_owned(), read: true },
            Err(why) => Verified::NotShown { why, read: false },
        }
    }
}
