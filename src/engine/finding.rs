//! What is reported: findings, and rules that cannot be told.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use super::store::InputKind;
use crate::model::{Day, Location, Resource};
use crate::policy::{Rule, Waiver};
use crate::rule::{Indeterminate, Violation};

/// How a finding relates to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BaselineState {
    /// Not in the baseline, or there is none.
    New,
    /// In the baseline.
    Unchanged,
}

/// What keeps a finding out of the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waived<'a> {
    /// Why.
    pub reason: Cow<'a, str>,
    /// Who answers for it.
    pub owner: Option<&'a str>,
    /// The last day on which it holds; `None` for a comment in source, which holds as long as it stands there.
    pub until: Option<Day>,
}

impl<'a> Waived<'a> {
    /// By a waiver of the policy.
    pub(super) fn by_policy(waiver: &'a Waiver) -> Self {
        Self { reason: Cow::Borrowed(&waiver.reason), owner: waiver.owner.as_deref(), until: Some(waiver.expires) }
    }

    /// By a comment beside the resource.
    pub(super) fn by_comment(reason: &'a str) -> Self {
        Self { reason: Cow::Borrowed(reason), owner: None, until: None }
    }

    /// How long it holds, for a person.
    #[must_use]
    pub fn how_long(&self) -> String {
        self.until.map_or_else(|| "by a comment in source".to_owned(), |day| format!("until {day}"))
    }
}

/// One problem of one resource.
#[derive(Debug)]
pub struct Finding<'a> {
    /// The rule that is broken.
    pub rule: &'a Rule,
    /// The resource.
    pub resource: &'a Resource<'a>,
    /// In which way.
    pub violation: Violation<'a>,
    /// The waiver or comment that covers it, if one does.
    pub waiver: Option<Waived<'a>>,
    /// Whether the baseline has it.
    pub state: BaselineState,
    pub(super) print: Fingerprint,
}

impl<'a> Finding<'a> {
    /// What identifies the problem across runs.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.print
    }

    /// Where it is in source: at the tag's value where that is wrong, at the tags where one is missing, else at the
    /// resource; `None` where the resource's source is not known.
    #[must_use]
    pub fn location(&self) -> Option<&'a Location> {
        let origin = self.resource.origin.as_deref();
        let found = self.violation.found.as_deref();
        origin.and_then(|origin| origin.place(found)).or(self.resource.location.as_ref())
    }
}

/// A rule that cannot be told for a resource.
#[derive(Debug)]
pub struct UnknownResult<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Why.
    pub doubt: Indeterminate<'a>,
}

/// 128 bits that identify a problem across runs.
pub type Fingerprint = [u8; 16];

/// A hash of the rule's id, the resource's identity and the key: not of the value, the message or the line, so that the
/// problem stays the same one while it is worked on. Fields are length-prefixed: no two lists of fields are one text.
#[must_use]
pub(super) fn fingerprint(
    rule: &Rule,
    resource: &Resource<'_>,
    violation: &Violation<'_>,
    subject: &InputKind,
) -> Fingerprint {
    digest([
        b"taglint/v1",
        rule.id.as_bytes(),
        identity(resource, subject).as_bytes(),
        violation.key.as_deref().unwrap_or("").as_bytes(),
    ])
}

/// Two root modules, or two templates, may have the same addresses.
fn identity<'r>(resource: &'r Resource<'_>, subject: &InputKind) -> Cow<'r, str> {
    match (&resource.arn, &resource.address, subject.root()) {
        (None, Some(address), Some(root)) => Cow::Owned(format!("{root}#{}", address.as_str())),
        _ => resource.identity(),
    }
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
