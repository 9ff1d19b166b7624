//! Terraform: plans and states as Terraform prints and keeps them.

mod address;
mod json;
pub(super) mod plan;
