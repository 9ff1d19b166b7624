//! The accounts to read, and the sessions in them.
//!
//! [`selection`] finds them: the credentials' own account ([`caller_identity`]), the accounts of roles, or those of an
//! organization ([`organization`]). [`assume_role`] gets a session for each, [`enabled_regions`] its regions.

pub(crate) mod assume_role;
pub(crate) mod caller_identity;
pub(crate) mod enabled_regions;
pub(crate) mod organization;
pub(crate) mod selection;
pub(crate) mod target_account;
