//! `evaluate(policy, inventory, day) → Report`.
//!
//! An inventory is never held in memory. A first pass reads it in pieces, on all threads, asks of every resource the rules
//! that it may break ([`screen`]), and keeps counts and the places of the lines that have something to report: twenty-four bytes each. A report
//! then reads those lines again and asks again, this time for words. So memory does not grow with the input, and the
//! order of a report does not depend on threads.

mod accounts;
mod baseline;
mod chunk;
mod comments;
mod evaluate;
mod finding;
mod frame;
mod hide;
mod merge;
mod order;
mod piece;
mod read;
mod redact;
mod render;
mod report;
mod resource_index;
mod rule_set;
mod run;
mod screen;
mod store;
mod summary;
mod testing;

pub use baseline::{Baseline, BaselineEntry, BaselineError};
pub use evaluate::{evaluate, judge};
pub use finding::{BaselineState, Finding, Fingerprint, UnknownResult, Waived, hex};
pub use hide::{HIDDEN, Hidden};
pub use merge::{Merge, Merged};
pub use read::{find_resource, resources};
pub use redact::Redactor;
pub use render::ResourceReport;
pub use report::{Notice, Report};
pub use run::{Ownership, Settings, run};
pub use store::{ByteSource, Input, InputError, InputKind, MAX_LINE};
pub use summary::{AccountSummary, RuleSummary, Summary, TypeSummary};
pub use testing::{Coverage, Difference, TestResult, run_tests};
