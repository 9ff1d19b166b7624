//! The reports of a history.

use std::io;

use super::coverage::Coverage;
use super::resource::Period;
use super::standing::{Standing, Status};

/// A resource that is wrong, or not known, at the end of a history.
#[derive(Debug, Clone)]
pub struct StandingRow {
    /// The ARN, or another name.
    pub resource: String,
    /// The account id; empty if not known.
    pub account: String,
    /// The region; `None` for types without one.
    pub region: Option<String>,
    /// The resource type.
    pub kind: String,
    /// The problem on the last day on which it was seen, such as `missing`; empty if that is not known.
    pub problem: String,
    /// Its history.
    pub standing: Standing,
    /// Its state at the end.
    pub status: Status,
}

/// The history of a key or a rule.
#[derive(Debug)]
pub struct HistoryReport<'r> {
    /// The question: `key` or `rule`.
    pub about: &'static str,
    /// The key or the rule.
    pub name: &'r str,
    /// The days.
    pub coverage: &'r Coverage,
    /// The number of resources that are wrong, unknown and right at the end, and of those that were deleted.
    pub counts: [u64; 4],
}

impl HistoryReport<'_> {
    /// Returns whether the state of every resource at the end is known.
    #[must_use]
    pub fn complete(&self) -> bool {
        let last = self.coverage.ends().map(|(_, last)| last.to_string());
        self.counts[1] == 0 && !self.coverage.gaps().iter().any(|gap| Some(&gap.day) == last.as_ref())
    }
}

/// The history of the tags of one resource.
#[derive(Debug)]
pub struct ResourceHistoryReport<'r> {
    /// The ARN.
    pub resource: &'r str,
    /// The days.
    pub coverage: &'r Coverage,
    /// The periods in order.
    pub periods: Vec<Period>,
}

/// The rows of a history, which come one by one.
pub(super) type RowSource<'s> = dyn FnMut(&mut dyn FnMut(&StandingRow) -> io::Result<()>) -> io::Result<()> + 's;
