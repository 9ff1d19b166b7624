//! The targets of a policy: counts of resources by target and account during the first pass, and their results after it.

mod counts;
mod findings;
mod results;
mod scan;

pub use counts::{Share, TargetCounts};
pub(super) use findings::count_missed;
pub(super) use results::{TARGET_TYPE, TargetScope, target_results};
pub use results::{TargetResult, TargetState, is_target};
pub(super) use scan::{TargetScan, count};
