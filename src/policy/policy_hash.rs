//! The identity of a policy.

use std::collections::BTreeSet;

use super::Policy;
use crate::base::digest::{hex, sha256};

/// Returns the SHA-256 of a policy in hex: over its rule ids and the text of all files that contain rules or waivers,
/// independent of their paths, and over the hashes of the files with lists.
#[must_use]
pub fn policy_hash(policy: &Policy) -> String {
    let rules = policy.rules.iter().map(|rule| &rule.origin);
    let origins = rules.chain(policy.waivers.iter().map(|waiver| &waiver.origin));
    let files: BTreeSet<&str> = origins.map(|origin| origin.file.text.as_str()).collect();
    let lists = policy.list_files.iter().map(|list| list.sha256.as_str());
    let fields = policy.rules.iter().map(|rule| rule.id.as_str()).chain(files).chain(lists);
    hex(&sha256(fields.map(str::as_bytes)))
}
