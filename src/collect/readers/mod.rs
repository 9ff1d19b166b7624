//! The readers of resource types: one file and one line in the [registry] for each type.
//!
//! A [`reader::TypeReader`] lists the resources of its type and reads and writes their tags. What it needs of a scan comes
//! in a [`context::ScanContext`]. See `docs/contributing/live-type.md`.

mod cognito_user_pools;
pub(crate) mod context;
mod fields;
mod iam_mfa_devices;
mod iam_tags;
mod iam_users;
pub(crate) mod organization_account;
pub(crate) mod reader;
pub(crate) mod registry;
pub(crate) mod tag_index;
