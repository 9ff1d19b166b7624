//! The targets of a policy: counts of resources by target and account during the first pass, and their results after it.

mod counts;
mod findings;
mod results;
mod scan;

pub use counts::{Share, TargetCounts};
pub(super) use findings::{TARGET_TYPE, count_missed};
pub use results::{TargetResult, TargetState};
pub(super) use results::{TargetScope, target_results};
pub(super) use scan::{TargetScan, count};
