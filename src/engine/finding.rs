//! What is reported: findings, and rules that cannot be told.

use sha2::{Digest as _, Sha256};

use crate::check::{Breach, Doubt};
use crate::model::Resource;
use crate::policy::{Rule, Waiver};

/// How a finding relates to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not in the baseline, or there is none.
    New,
    /// In the baseline.
    Unchanged,
}

/// One problem of one resource.
#[derive(Debug)]
pub struct Finding<'a> {
    /// The rule that is broken.
    pub rule: &'a Rule,
    /// The resource.
    pub resource: &'a Resource<'a>,
    /// In which way.
    pub breach: Breach<'a>,
    /// The waiver that covers it, if one does.
    pub waiver: Option<&'a Waiver>,
    /// Whether the baseline has it.
    pub state: State,
    pub(super) print: Fingerprint,
}

impl Finding<'_> {
    /// What identifies the problem across runs.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.print
    }
}

/// A rule that cannot be told for a resource.
#[derive(Debug)]
pub struct Untold<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Why.
    pub doubt: Doubt<'a>,
}

/// 128 bits that identify a problem across runs.
pub type Fingerprint = [u8; 16];

/// A hash of the rule's id, the resource's identity and the key: not of the value, the message or the line, so that the
/// problem stays the same one while it is worked on. Fields are length-prefixed: no two lists of fields are one text.
#[must_use]
pub(super) fn fingerprint(rule: &Rule, resource: &Resource<'_>, breach: &Breach<'_>) -> Fingerprint {
    digest([
        b"taglint/v1",
        rule.id.as_bytes(),
        resource.identity().as_bytes(),
        breach.key.as_deref().unwrap_or("").as_bytes(),
    ])
}

/// The first 128 bits of the SHA-256 of length-prefixed fields.
pub(super) fn digest<'f>(fields: impl IntoIterator<Item = &'f [u8]>) -> [u8; 16] {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    let mut out = [0; 16];
    out.copy_from_slice(&hash.finalize()[..16]);
    out
}

/// Lowercase hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
