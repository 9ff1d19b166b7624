//! The readers of resource types: one file and one line in the [registry] for each type.
//!
//! A [`reader::TypeReader`] lists the resources of its type and reads and writes their tags. What it needs of a scan comes
//! in a [`context::ScanContext`]. See `docs/contributing/live-type.md`.

mod cognito_identity_pools;
mod cognito_tags;
mod cognito_user_pools;
pub(crate) mod context;
pub(crate) mod fields;
mod iam_details;
mod iam_instance_profiles;
mod iam_mfa_devices;
mod iam_oidc_providers;
mod iam_policies;
mod iam_providers;
mod iam_roles;
mod iam_saml_providers;
mod iam_server_certificates;
mod iam_tags;
mod iam_users;
pub(crate) mod organization_account;
pub(crate) mod reader;
pub(crate) mod registry;
pub(crate) mod tag_index;
pub(crate) mod tagging_api;
