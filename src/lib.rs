//! taglint: whether AWS resources are tagged as the company says they must be.

#[cfg(feature = "aws")]
pub mod collect;
pub mod model;
pub mod source;
pub mod text;
