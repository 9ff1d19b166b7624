//! Terraform: what it would make, from its source.

pub mod source;
