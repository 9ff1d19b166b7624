//! Facts about AWS that do not depend on any input: identifiers, resource types with their names, tag limits, and how
//! services compare keys.

mod account_id;
mod arn;
pub mod cloud_control;
mod console;
pub mod create_actions;
mod key_match;
mod region;
mod resource_names;
pub mod resource_types;
pub mod supported;
pub mod tag_actions;
mod tag_limits;
mod taggable;

pub use account_id::{AccountId, InvalidAccountId};
pub use arn::Arn;
pub use console::{CONSOLE_ADDRESSES, CONSOLE_DOMAINS};
pub use key_match::{KeyIdentity, fold_key, has_reserved_prefix, is_aws_key, same_key};
pub use region::{InvalidRegion, Partition, Region};
pub use resource_names::{cloudformation_name, terraform_name};
pub use resource_types::TypeGlobs;
pub use supported::SupportedType;
pub use tag_limits::{TagLimits, is_iam};
pub use taggable::{Place, TaggableArn};
