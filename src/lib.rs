//! taglint: whether AWS resources are tagged as the company says they must be.

pub mod authoring;
pub mod check;
pub mod cli;
#[cfg(feature = "aws")]
pub mod collect;
pub mod commands;
pub mod engine;
pub mod input;
pub mod model;
pub mod policy;
pub mod report;
pub mod source;
pub mod text;
