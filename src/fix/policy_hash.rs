//! The identity of a policy.

use std::collections::BTreeSet;

use crate::base::digest::{hex, sha256};
use crate::policy::Policy;

/// Returns the SHA-256 of a policy in hex: over its rule ids and the text of all files that contain rules or waivers,
/// independent of their paths.
#[must_use]
pub fn policy_hash(policy: &Policy) -> String {
    let rules = policy.rules.iter().map(|rule| &rule.origin);
    let origins = rules.chain(policy.waivers.iter().map(|waiver| &waiver.origin));
    let files: BTreeSet<&str> = origins.map(|origin| origin.file.text.as_str()).collect();
    let fields = policy.rules.iter().map(|rule| rule.id.as_str()).chain(files);
    hex(&sha256(fields.map(str::as_bytes)))
}
