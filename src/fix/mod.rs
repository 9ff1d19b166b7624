//! Repairing what a check finds: a plan that changes nothing, and that says exactly what would change.

pub mod apply;
mod emit;
pub mod journal;
mod patch;
pub mod plan;
mod show;

pub use emit::{Emit, emit};
pub use patch::{Patch, patch};
pub use show::show;

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::policy::Policy;

/// SHA-256 over what a policy is made of, in hex: its rules by name, and the text of the files that they and the waivers
/// stand in, wherever those lie.
#[must_use]
pub fn policy_hash(policy: &Policy) -> String {
    let rules = policy.rules.iter().map(|rule| &rule.origin);
    let origins = rules.chain(policy.waivers.iter().map(|waiver| &waiver.origin));
    let files: BTreeSet<&str> = origins.map(|origin| origin.file.text.as_str()).collect();
    let mut hash = Sha256::new();
    for text in policy.rules.iter().map(|rule| rule.id.as_str()).chain(files) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    crate::engine::hex(&hash.finalize())
}
