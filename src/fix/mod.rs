//! Fixes for findings: plans, their execution, journals, exports and source patches.
//!
//! From the bottom: [`tags`] and [`requests`] compute what to write, [`plan`] decides which findings to fix, [`journal`]
//! records a run, [`apply`] executes it, and [`authorize`] decides whether a change may be executed.

pub mod apply;
pub mod authorize;
mod export;
pub mod journal;
mod patch;
pub mod plan;
pub mod requests;
mod required_overrides;
mod show;
pub mod tags;

pub use crate::policy::policy_hash;
pub use export::{ExportFormat, export};
pub use patch::{Patch, patch};
pub use required_overrides::{RequiredOverrides, required_overrides, restore_overrides};
pub use show::show;
