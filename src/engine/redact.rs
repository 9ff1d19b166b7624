//! Redaction (`--redact`), for reports that can be published. Account ids, names, values and fingerprints are replaced by
//! keyed hashes. The same key gives the same hashes, so that redacted reports can be compared.
//!
//! All text from outside leaves the engine through this module: [`Redactor::resource`] and [`Redactor::violation`] for each
//! resource, [`Redactor::policy`] and the other methods for the rest. Report formats see nothing else.

mod sentence;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::finding::{AppliedWaiver, Fingerprint};
use super::hidden::{HIDDEN, replace_value};
use super::input::InputKind;
use crate::aws::{Region, resource_types};
use crate::base::digest::hex;
use crate::model::{
    Day, DefaultTagKeys, DeviceAssignment, Gap, InventoryHeader, Location, Origin, Resource, Tag, Tags, Text,
};
use crate::policy::{Policy, Rule};
use crate::rule::Violation;

/// The least length of a key in bytes. A shorter one can be found by trying, and with it the account ids.
pub const MIN_REDACTION_KEY: usize = 16;

/// The start of every hash.
const HASH_PREFIX: &str = "redacted-";
/// The number of hexadecimal digits of a hash.
const HASH_DIGITS: usize = 16;

/// Returns whether a text is a hash.
#[must_use]
pub(super) fn is_redacted(text: &str) -> bool {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.strip_prefix(HASH_PREFIX).is_some_and(|hex| hex.len() == HASH_DIGITS && hex.bytes().all(is_digit))
}

/// HMAC-SHA256 under one key.
#[derive(Clone)]
pub struct Redactor {
    mac: Hmac<Sha256>,
    /// The rules' ids and patterns for them, which sentences may contain.
    policy_words: BTreeSet<String>,
}

impl Redactor {
    /// A redactor with this key.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
        Self { mac, policy_words: BTreeSet::new() }
    }

    /// The digest that tells whether two reports have the same key.
    #[must_use]
    pub fn key_check(&self) -> String {
        hex(&self.bytes(b"taglint redaction key v1")[..16])
    }

    fn bytes(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// The replacement of a text: 64 bits of its hash, enough to distinguish resources. A hash stays as it is.
    fn hash(&self, text: &str) -> String {
        if text.is_empty() || is_redacted(text) {
            return text.to_owned();
        }
        format!("{HASH_PREFIX}{}", hex(&self.bytes(text.as_bytes())[..8]))
    }

    /// The fingerprint in a redacted report.
    pub(super) fn fingerprint(&self, print: Fingerprint) -> Fingerprint {
        let mut out = [0; 16];
        out.copy_from_slice(&self.bytes(&print)[..16]);
        out
    }

    /// Redacts account and name; partition, service, region and a known kind stay. All of another text is hashed.
    pub(super) fn arn(&self, arn: &str) -> String {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else { return self.hash(arn) };
        let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ![partition, service, region].into_iter().all(is_word) || service.len().max(region.len()) > 32 {
            return self.hash(arn);
        }
        // In an ARN of S3 the first part is a name.
        let is_kind = |kind: &str| resource_types::named(&format!("{service}:{kind}")).is_some();
        let (kind, name) = resource.split_once('/').filter(|(kind, _)| is_kind(kind)).unwrap_or(("", resource));
        let slash = if kind.is_empty() { "" } else { "/" };
        format!("arn:{partition}:{service}:{region}:{}:{kind}{slash}{}", self.hash(account), self.hash(name))
    }

    /// Redacts a sentence that contains text from outside.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.sentence(text, &|word| self.policy_words.contains(word))
    }

    /// Redacts the account ids in a text that remains otherwise, such as a path: runs of twelve digits.
    fn ids(&self, text: &str) -> String {
        let (mut out, mut digits) = (String::with_capacity(text.len()), String::new());
        for c in text.chars().map(Some).chain([None]) {
            match c {
                Some(c) if c.is_ascii_digit() => digits.push(c),
                c => {
                    out += &if digits.len() == 12 { self.hash(&digits) } else { std::mem::take(&mut digits) };
                    digits.clear();
                    out.extend(c);
                }
            }
        }
        out
    }

    /// Redacts the account ids in a key.
    pub(super) fn key(&self, key: &str) -> String {
        self.ids(key)
    }

    pub(super) fn location(&self, location: &Location) -> Location {
        Location { path: self.ids(&location.path), ..location.clone() }
    }

    fn origin(&self, origin: &Origin) -> Origin {
        let keys = origin.keys.iter().map(|(key, at)| (self.ids(key), self.location(at))).collect();
        Origin {
            tags: origin.tags.as_ref().map(|at| self.location(at)),
            keys,
            default_tags: origin.default_tags.as_ref().map(|found| self.default_tags(found)),
            calls: origin.calls.iter().map(|at| self.location(at)).collect(),
            // Paths of constructs and reasons in comments are free text and may contain names.
            construct: None,
            ignores: Vec::new(),
            alternatives: Vec::new(),
            ..origin.clone()
        }
    }

    fn default_tags(&self, found: &DefaultTagKeys) -> DefaultTagKeys {
        let redacted = |keys: &BTreeSet<String>| keys.iter().map(|key| self.ids(key)).collect();
        DefaultTagKeys { keys: redacted(&found.keys), unclear: redacted(&found.unclear) }
    }

    /// Redacts what a report says of the policy: reasons and owners of waivers, and paths.
    pub(super) fn policy(&mut self, policy: &mut Policy) {
        for waiver in &mut policy.waivers {
            waiver.reason = self.hash(&waiver.reason);
            waiver.owner = waiver.owner.take().map(|owner| self.hash(&owner));
        }
        for file in &mut policy.files {
            *file = PathBuf::from(self.hash(&file.display().to_string()));
        }
        for list in &mut policy.list_files {
            list.file = PathBuf::from(self.hash(&list.file.display().to_string()));
            // The hash of a short list, such as one of account names, could be found by trying.
            list.sha256 = self.hash(&list.sha256);
        }
        let globs = policy.waivers.iter().flat_map(|waiver| &waiver.rules.0).map(|glob| glob.as_str().to_owned());
        let targets = policy.targets.iter().flat_map(|target| {
            let rules = target.rules.0.iter().map(|glob| glob.as_str().to_owned());
            rules.chain([target.id.clone()])
        });
        self.policy_words = policy.rules.iter().map(|rule| rule.id.clone()).chain(globs).chain(targets).collect();
    }

    /// Redacts the reason of a comment in source. The policy's own waivers are redacted already.
    pub(super) fn waiver<'a>(&self, waiver: AppliedWaiver<'a>) -> AppliedWaiver<'a> {
        match waiver.until {
            Some(_) => waiver,
            None => AppliedWaiver { reason: Cow::Owned(self.hash(&waiver.reason)), ..waiver },
        }
    }

    /// Redacts the root of an input.
    pub(super) fn input_kind(&self, kind: &InputKind) -> InputKind {
        kind.with_root(|root| self.ids(root))
    }

    /// Redacts a resource.
    pub(super) fn resource(&self, resource: &Resource<'_>) -> Resource<'static> {
        let hash = |text: &Option<Text<'_>>| text.as_deref().map(|text| Text::from(self.hash(text)));
        let arn = |text: &str| Text::from(self.arn(text));
        Resource {
            kind: Text::from(self.shaped(&resource.kind, is_type)),
            arn: resource.arn.as_deref().map(arn),
            address: hash(&resource.address),
            input: hash(&resource.input),
            name: hash(&resource.name),
            id: hash(&resource.id),
            account: hash(&resource.account),
            region: resource.region.as_deref().map(|region| Text::from(self.shaped(region, Region::is_valid))),
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
                        .map(|tag| Tag { key: Text::from(self.ids(&tag.key)), value: hash(&tag.value) })
                        .collect(),
                    more: more.clone(),
                },
            },
            location: resource.location.as_ref().map(|at| self.location(at)),
            origin: resource.origin.as_ref().map(|origin| Box::new(self.origin(origin))),
            account_name: hash(&resource.account_name),
            account_ou: hash(&resource.account_ou),
            account_tags: None,
        }
    }

    /// Redacts a violation.
    pub(super) fn violation(&self, rule: &Rule, violation: &mut Violation<'_>, today: Day) {
        for key in [&mut violation.key, &mut violation.found] {
            *key = key.take().map(|key| Cow::Owned(self.key(&key)));
        }
        let hash = |value: &str| if value == HIDDEN { value.to_owned() } else { self.hash(value) };
        let value = violation.value.as_deref().map(hash);
        replace_value(rule, violation, value, today);
    }

    /// Redacts an account id.
    pub(super) fn account(&self, account: &str) -> String {
        self.hash(account)
    }

    /// Redacts a gap.
    pub(super) fn gap(&self, gap: &mut Gap) {
        gap.account = gap.account.take().map(|account| self.hash(&account));
        gap.error = self.text(&gap.error);
        gap.operation = gap.operation.take().map(|operation| self.shaped(&operation, is_operation));
        gap.region = gap.region.take().map(|region| self.shaped(&region, Region::is_valid));
        gap.kind = gap.kind.take().map(|kind| self.shaped(&kind, is_type));
    }

    /// A text that stays only in the form that taglint and AWS write: in an inventory it may be any text.
    pub(super) fn shaped(&self, text: &str, is_shaped: fn(&str) -> bool) -> String {
        if is_shaped(text) { self.ids(text) } else { self.hash(text) }
    }

    /// Redacts the names of regions that an account has not enabled.
    pub(super) fn regions(&self, regions: &mut [String]) {
        for region in regions {
            *region = self.shaped(region, Region::is_valid);
        }
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

/// Returns `true` for the name of an operation: `iam:ListUsers`.
fn is_operation(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    text.split_once(':').is_some_and(|(service, operation)| is_word(service) && is_word(operation))
}

/// Returns `true` for the form of a type in any of its names: `iam:user`, `aws_iam_user`, `AWS::IAM::User`.
fn is_type(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b":_-./".contains(&b);
    text.len() <= 100 && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_operations_stay_only_in_their_form() {
        let redactor = Redactor::new(b"key");
        let text = |text: &str| Some(text.to_owned());
        for (region, kind, operation, stays) in [
            ("eu-west-1", "AWS::IAM::User", "iam:ListUsers", true),
            ("zone Berg", "my type", "iam:ListUsers on Anika", false),
            ("anika", "x\ny", "Anika", false),
        ] {
            let mut gap = Gap { region: text(region), kind: text(kind), operation: text(operation), ..Gap::default() };
            redactor.gap(&mut gap);
            let shown = [gap.region, gap.kind, gap.operation].map(|part| part.expect("it had one"));
            assert_eq!(shown == [region, kind, operation].map(str::to_owned), stays, "{shown:?}");
            assert!(stays || shown.iter().all(|part| part.starts_with("redacted-")), "{shown:?}");
        }
        let mut regions = ["eu-west-1".to_owned(), "Berg".to_owned()];
        redactor.regions(&mut regions);
        assert!(regions[0] == "eu-west-1" && regions[1].starts_with("redacted-"), "{regions:?}");
    }

    #[test]
    fn ids_and_names_are_removed_and_the_same_key_gives_the_same_hashes() {
        let (a, b) = (Redactor::new(b"key"), Redactor::new(b"other"));
        let arn = "arn:aws:iam::123456789012:user/team/anika";
        let shown = a.arn(arn);
        assert!(shown.starts_with("arn:aws:iam::redacted-") && shown.contains(":user/redacted-"), "{shown}");
        assert!(!shown.contains("123456789012") && !shown.contains("anika"));
        assert_eq!(shown, Redactor::new(b"key").arn(arn));
        assert_ne!(shown, b.arn(arn));
        let text = a.text(&format!("its user {arn}, of acct_123456789012, in \"a, \\\"anika\", is not in the input"));
        assert!(!text.contains("anika") && !text.contains("123456789012"), "{text}");
        let words: Vec<&str> = text.split_whitespace().filter(|word| !word.contains("redacted-")).collect();
        assert_eq!(words.join(" "), "its user of in is not in the input", "{text}");
        assert!(text.contains(&format!("{}, of redacted-", a.arn(arn))), "{text}");
    }

    #[test]
    fn what_no_message_of_taglint_contains_is_hashed() {
        let redactor = Redactor::new(b"key");
        for name in [
            "anika",
            "Anika, Berg",
            "acct_444455556666",
            "infra/anika/main.tf:3:",
            "module.anika",
            "anika@example.com",
            "arn:aws:s3:::anika/key",
            "arn:anika",
            "arn:aws:iam::444455556666:anika/x",
            "a:b:c:d:e:anika",
            "\"anika",
        ] {
            for text in [format!("{name} could not be read"), format!("could not read {name}"), format!("\"{name}\"")] {
                let shown = redactor.text(&text);
                for part in ["anika", "Anika", "Berg", "444455556666"] {
                    assert!(!shown.contains(part), "{shown}");
                }
                assert_eq!(redactor.text(&shown), shown, "a hash is not hashed again");
            }
            assert!(!redactor.arn(name).contains("nika"), "{}", redactor.arn(name));
        }
        let kept = "3 of 1,000 resources (12%) in eu-west-1 are managed by nothing; `--account` says whose, on 2026-11-22: AccessDenied";
        assert_eq!(redactor.text(kept), kept);
        assert!(!redactor.ids("a/acct_444455556666/x").contains("444455556666"));
        assert_eq!(redactor.ids("1234567890123/12345678901"), "1234567890123/12345678901");
    }

    #[test]
    fn the_words_that_may_be_shown_are_sorted_and_name_nobody() {
        let words: Vec<&str> = include_str!("redact/words.txt").lines().collect();
        assert!(words.is_sorted() && words.contains(&"resources"));
        assert!(!words.contains(&"anika"));
    }
}
