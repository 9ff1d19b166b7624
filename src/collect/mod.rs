//! The collector of live AWS accounts: it reads resources with their tags into an inventory, and writes tags for a fix.
//!
//! [`collect()`] makes the fewest calls that give a correct result. [`accounts`] finds the accounts, [`scan`] reads one of
//! them with the [`readers`] of its types and the indexes of [`any_type`], [`collector`] holds the results, and [`client`] makes every call. A resource
//! whose tags could not be read is reported as such, never as untagged. [`read_policies`] reads IAM policies instead,
//! [`read_tag_policy`] the tag policy of an account, and [`TagWriter`] writes tags.

mod accounts;
mod any_type;
mod client;
mod collector;
mod error;
mod estimate;
mod options;
mod permissions;
mod policies;
mod readers;
mod role_arn;
mod run;
mod runtime;
mod scan;
mod tag_policy;
mod tag_writer;

pub use self::any_type::types::IndexedTypes;
pub use self::client::api_call::CallCount;
pub use self::client::pace::Pace;
pub use self::client::timeouts::Timeouts;
pub use self::collector::Progress;
pub use self::error::CollectError;
pub use self::estimate::{Estimate, estimate};
pub use self::options::{
    AccountSelection, CollectOptions, ExternalIds, OrganizationSelection, RegionSelection, Shard, TagsFrom,
};
pub use self::permissions::{
    MANAGED_POLICY_SIZE, PolicyHolder, TagWrites, explain_policy, fix_policy, policy_parts, policy_size, scan_policy,
    summary_policy, trust_policy, types_without_actions, uses_cloud_control,
};
pub use self::policies::{PolicyRead, read_policies};
pub use self::readers::context::NeedsDirectRead;
pub use self::readers::organization_account::TYPE as ACCOUNT_TYPE;
pub use self::readers::tagging_api::TagWrite;
pub use self::role_arn::is_principal;
pub use self::run::{Collected, collect};
pub use self::runtime::StopReason;
pub use self::tag_policy::{RequiredKeys, TagPolicyRead, TagRules, read_tag_policy};
pub use self::tag_writer::{AccountWrites, TagWriter, WriteError, WriteErrorKind};
