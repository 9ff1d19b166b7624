//! Facts about AWS that do not depend on any input: resource types with their names, tag limits, and how services
//! compare keys.

mod key_match;
pub mod resource_types;
mod tag_limits;

pub use key_match::{fold_key, is_aws_key, same_key};
pub use resource_types::TypeGlobs;
pub use tag_limits::{TagLimits, is_iam};
