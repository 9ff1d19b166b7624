//! `evaluate(policy, inventory, day) → Report`.
//!
//! An inventory is never held in memory. A first pass reads it in pieces, on all threads, asks every rule of every
//! resource, and keeps counts and the places of the lines that have something to report: sixteen bytes each. A report
//! then reads those lines again and asks again, this time for words. So memory does not grow with the input, and the
//! order of a report does not depend on threads.

mod accounts;
mod baseline;
mod chunk;
mod evaluate;
mod finding;
mod frame;
mod merge;
mod neighbours;
mod read;
mod redact;
mod report;
mod run;
mod store;
mod tally;
mod testing;

pub use baseline::{Baseline, BaselineError, Known};
pub use evaluate::{evaluate, judge};
pub use finding::{Finding, Fingerprint, State, Untold, hex};
pub use merge::{Merge, Merged};
pub use read::{find_resource, resources};
pub use redact::Redactor;
pub use report::{Notice, Report, Reported};
pub use run::{Settings, run};
pub use store::{Input, InputError, MAX_LINE, Store};
pub use tally::{AccountTally, RuleTally, Tally, TypeTally};
pub use testing::{Coverage, Difference, TestResult, run_tests};
