//! Every AWS resource type that can carry tags, with all of its names.
//!
//! The table is written by `tools/types/generate.py`, from the schemas of `CloudFormation` and of Terraform's provider, the
//! specification of the CDK, and the Service Authorization Reference. A type that is not in it carries no tags, as far as
//! those say; the types that are known to carry none are in [`is_untagged`].

mod arns;
mod globs;
mod lookup;
pub mod nested;
mod row;
#[cfg(test)]
mod tests;

pub use arns::by_arn;
pub use globs::TypeGlobs;
pub use lookup::{all, awscc, cloudformation, is_untagged, named, names, tagging, terraform, untagged};
pub use row::{Form, Property, ResourceType, StackTags, TagSet, TagsAttribute};
