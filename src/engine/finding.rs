//! Findings and unknown results.

use std::borrow::Cow;

use super::costs::ResourceCost;
use super::input::InputKind;
use crate::base::digest::sha256;
use crate::model::{Day, Location, Resource};
use crate::policy::{Grace, Rule, RuleHead, Severity, Waiver};
use crate::rule::Violation;

/// The state of a finding relative to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BaselineState {
    /// Not in the baseline, or there is none.
    New,
    /// In the baseline.
    Unchanged,
}

/// The waiver that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedWaiver<'a> {
    /// The reason.
    pub reason: Cow<'a, str>,
    /// The owner.
    pub owner: Option<&'a str>,
    /// The last day on which it applies; `None` for a comment in source, which has no end.
    pub until: Option<Day>,
}

impl<'a> AppliedWaiver<'a> {
    /// A waiver of the policy.
    pub(super) fn of_policy(waiver: &'a Waiver) -> Self {
        Self { reason: Cow::Borrowed(&waiver.reason), owner: waiver.owner.as_deref(), until: Some(waiver.expires) }
    }

    /// A comment in source.
    pub(super) fn of_comment(reason: &'a str) -> Self {
        Self { reason: Cow::Borrowed(reason), owner: None, until: None }
    }

    /// Its end, as text.
    #[must_use]
    pub fn end(&self) -> String {
        self.until.map_or_else(|| "by a comment in source".to_owned(), |day| format!("until {day}"))
    }
}

/// One violation of one rule on one resource.
#[derive(Debug)]
pub struct Finding<'a> {
    /// The violated rule, or the missed target.
    pub rule: RuleHead<'a>,
    /// The resource.
    pub resource: &'a Resource<'a>,
    /// The violation.
    pub violation: Violation<'a>,
    /// The grace period of the rule for the resource.
    pub grace: Grace,
    /// The waiver that covers it, if any.
    pub waiver: Option<AppliedWaiver<'a>>,
    /// The state relative to the baseline.
    pub state: BaselineState,
    /// The cost of the resource; `None` without a bill, and for a missed target.
    pub cost: Option<ResourceCost<'a>>,
    pub(super) fingerprint: Fingerprint,
}

impl<'a> Finding<'a> {
    /// The severity: that of the rule, or a note during the grace period.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.grace.severity(self.rule.severity)
    }

    /// The fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The location in source: the value of an invalid tag, the tags if one is missing, else the resource; `None` if the
    /// resource's source is not known.
    #[must_use]
    pub fn location(&self) -> Option<&'a Location> {
        let origin = self.resource.origin.as_deref();
        let found = self.violation.found.as_deref();
        origin.and_then(|origin| origin.place(found)).or(self.resource.location.as_ref())
    }
}

/// A rule whose result is unknown for a resource.
#[derive(Debug)]
pub struct UnknownResult<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The key that the result depends on, if it is one.
    pub key: Option<Cow<'a, str>>,
    /// The reason, as text.
    pub reason: Cow<'a, str>,
    /// The location of the variable or expression that is not known, if the source shows it.
    pub location: Option<Cow<'a, Location>>,
    pub(super) fingerprint: Fingerprint,
}

impl UnknownResult<'_> {
    /// The fingerprint: that of a finding of the rule and key on the resource.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// 128 bits that identify a finding across runs.
pub type Fingerprint = [u8; 16];

/// A hash of the rule's id, the resource's identity and the key. The value, the message and the line are left out, so that
/// the fingerprint stays the same while the source is edited. Fields are length-prefixed, so that different lists of
/// fields have different hashes.
#[must_use]
pub(super) fn fingerprint(rule: &Rule, resource: &Resource<'_>, key: Option<&str>, kind: &InputKind) -> Fingerprint {
    digest([
        // Baselines and alerts on GitHub depend on these fields: a change needs a new version.
        b"taglint/v1",
        rule.id.as_bytes(),
        identity(resource, kind).as_bytes(),
        key.unwrap_or("").as_bytes(),
    ])
}

/// A hash of the identity of a resource as a whole.
#[must_use]
pub(super) fn resource_fingerprint(resource: &Resource<'_>, kind: &InputKind) -> Fingerprint {
    digest([b"taglint/resource/v1", identity(resource, kind).as_bytes()])
}

/// The identity of a resource. Addresses include the root module or template, because two of them may have the same
/// addresses.
fn identity<'r>(resource: &'r Resource<'_>, kind: &InputKind) -> Cow<'r, str> {
    match (&resource.arn, &resource.address, kind.root()) {
        (None, Some(address), Some(root)) => Cow::Owned(format!("{root}#{}", address.as_str())),
        _ => resource.identity(),
    }
}

/// The first 128 bits of the SHA-256 of length-prefixed fields.
pub(super) fn digest<'f>(fields: impl IntoIterator<Item = &'f [u8]>) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&sha256(fields)[..16]);
    out
}
