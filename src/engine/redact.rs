//! Redaction (`--redact`), for reports that can be published. Account ids, names, values and fingerprints are replaced by
//! keyed hashes. The same key gives the same hashes, so that redacted reports can be compared.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hmac::{Hmac, KeyInit as _, Mac as _};
use regex::Regex;
use sha2::Sha256;

use super::finding::Fingerprint;
use crate::base::digest::hex;
use crate::model::{Day, DeviceAssignment, Gap, InventoryHeader, Origin, Resource, Tag, Tags, Text};
use crate::policy::Rule;
use crate::rule::{Check as _, Violation};

/// HMAC-SHA256 under one key.
#[derive(Clone)]
pub struct Redactor {
    mac: Hmac<Sha256>,
}

impl Redactor {
    /// A redactor with this key.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self { mac: Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length") }
    }

    fn bytes(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// The replacement of a text: 64 bits of its hash, enough to distinguish resources.
    fn hash(&self, text: &str) -> String {
        if text.is_empty() { String::new() } else { format!("redacted-{}", hex(&self.bytes(text.as_bytes())[..8])) }
    }

    /// The fingerprint in a redacted report.
    pub(super) fn fingerprint(&self, print: Fingerprint) -> Fingerprint {
        let mut out = [0; 16];
        out.copy_from_slice(&self.bytes(&print)[..16]);
        out
    }

    /// Redacts account and name; partition, service, region and kind stay.
    pub(super) fn arn(&self, arn: &str) -> String {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let [scheme, partition, service, region, account, resource] = parts[..] else { return self.hash(arn) };
        let (kind, name) = resource.split_once('/').unwrap_or(("", resource));
        let slash = if kind.is_empty() { "" } else { "/" };
        format!("{scheme}:{partition}:{service}:{region}:{}:{kind}{slash}{}", self.hash(account), self.hash(name))
    }

    /// Redacts the ARNs and account ids in free text.
    pub(super) fn text(&self, text: &str) -> String {
        static IDS: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"arn:[^\s"',;()]+|\b\d{12}\b"#).expect("a constant pattern"));
        IDS.replace_all(
            text,
            |found: &regex::Captures<'_>| {
                if found[0].starts_with("arn:") { self.arn(&found[0]) } else { self.hash(&found[0]) }
            },
        )
        .into_owned()
    }

    /// Redacts a resource.
    pub(super) fn resource(&self, resource: &Resource<'_>) -> Resource<'static> {
        let hash = |text: &Option<Text<'_>>| text.as_deref().map(|text| Text::from(self.hash(text)));
        let arn = |text: &str| Text::from(self.arn(text));
        Resource {
            kind: Text::from(resource.kind.to_string()),
            arn: resource.arn.as_deref().map(arn),
            address: hash(&resource.address),
            input: hash(&resource.input),
            name: hash(&resource.name),
            id: hash(&resource.id),
            account: hash(&resource.account),
            region: resource.region.as_deref().map(|region| Text::from(region.to_owned())),
            path: hash(&resource.path),
            user: match &resource.user {
                DeviceAssignment::Unknown => DeviceAssignment::Unknown,
                DeviceAssignment::Unassigned => DeviceAssignment::Unassigned,
                DeviceAssignment::User(user) => DeviceAssignment::User(arn(user)),
            },
            created: None,
            tags: match &resource.tags {
                Tags::Unread { reason } => Tags::Unread { reason: Text::from(self.text(reason)) },
                Tags::Read { tags, more } => Tags::Read {
                    tags: tags
                        .iter()
                        .map(|tag| Tag { key: Text::from(tag.key.to_string()), value: hash(&tag.value) })
                        .collect(),
                    more: more.clone(),
                },
            },
            location: resource.location.clone(),
            origin: resource
                .origin
                .clone()
                // Paths of constructs and reasons in comments are free text and may contain names.
                .map(|origin| Box::new(Origin { construct: None, ignores: Vec::new(), ..*origin })),
            account_name: hash(&resource.account_name),
            account_tags: None,
        }
    }

    /// Redacts a violation.
    pub(super) fn violation(&self, rule: &Rule, violation: &mut Violation<'_>, today: Day) {
        let value = violation.value.as_deref().map(|value| self.hash(value));
        replace_value(rule, violation, value, today);
    }

    /// Redacts a gap.
    pub(super) fn gap(&self, gap: &mut Gap) {
        gap.account = gap.account.take().map(|account| self.hash(&account));
        gap.error = self.text(&gap.error);
    }

    /// Redacts the account ids of a map.
    pub(super) fn accounts<T>(&self, accounts: BTreeMap<String, T>) -> BTreeMap<String, T> {
        let hash = |account: String| if account.is_empty() { account } else { self.hash(&account) };
        accounts.into_iter().map(|(account, value)| (hash(account), value)).collect()
    }

    /// Redacts the header of an inventory.
    pub(super) fn header(&self, header: &mut InventoryHeader) {
        let parts = header.scope.parts.iter_mut().flat_map(|part| &mut part.accounts);
        header.scope.accounts.iter_mut().chain(parts).for_each(|account| *account = self.hash(account));
        header.scope.organization = header.scope.organization.take().map(|id| self.hash(&id));
    }
}

/// Replaces the value of a violation. The message is rebuilt from the policy, because the old one may quote values.
pub(super) fn replace_value(rule: &Rule, violation: &mut Violation<'_>, value: Option<String>, today: Day) {
    violation.value = value.map(Into::into);
    violation.suggestion = None;
    let key = violation.key.as_deref().map(|key| format!("{}: ", crate::base::escape(key))).unwrap_or_default();
    let constraints = rule.kind.value_clause("; it must", today).unwrap_or_default();
    violation.message = format!("{key}{}{constraints}", violation.kind.label());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_removed_and_the_same_key_gives_the_same_hashes() {
        let (a, b) = (Redactor::new(b"key"), Redactor::new(b"other"));
        let arn = "arn:aws:iam::123456789012:user/team/anika";
        let shown = a.arn(arn);
        assert!(shown.starts_with("arn:aws:iam::redacted-") && shown.contains(":user/redacted-"), "{shown}");
        assert!(!shown.contains("123456789012") && !shown.contains("anika"));
        assert_eq!(shown, Redactor::new(b"key").arn(arn));
        assert_ne!(shown, b.arn(arn));
        let text = a.text(&format!("its user {arn} of 123456789012, not 1234567890123"));
        assert!(
            !text.contains("anika") && !text.contains(" 123456789012,") && text.contains("1234567890123"),
            "{text}"
        );
    }
}
