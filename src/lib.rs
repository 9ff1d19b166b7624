//! taglint: whether AWS resources are tagged as the company says they must be.

pub mod check;
#[cfg(feature = "aws")]
pub mod collect;
pub mod engine;
pub mod model;
pub mod policy;
pub mod report;
pub mod source;
pub mod text;
