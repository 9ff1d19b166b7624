//! The least-privilege IAM policies that a command needs, derived from the supported types and their readers.

mod fix;
mod parts;
mod scan;
pub(crate) mod session_policies;
mod statement;
mod trust;

pub use self::fix::{TagWrites, fix_policy, types_without_actions, uses_cloud_control};
pub use self::parts::{MANAGED_POLICY_SIZE, policy_parts, policy_size};
pub use self::scan::{explain_policy, scan_policy, summary_policy};
pub use self::statement::PolicyHolder;
pub use self::trust::trust_policy;
