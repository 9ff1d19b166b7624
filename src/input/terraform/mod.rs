//! Terraform: plans and states as Terraform prints and keeps them, and what it would make, from its source.

mod address;
mod json;
pub(super) mod plan;
pub mod source;
