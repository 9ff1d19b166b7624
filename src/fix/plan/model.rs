//! The nouns of a plan, and what carrying a change out does to tags.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::target::Target;
use crate::aws::{TagLimits, same_key};
use crate::model::{Assignment, Location, Resource, Tag, Tags, Text};

/// The version of the format that this program reads and writes.
pub const VERSION: u32 = 1;

/// Everything that a fix would change, and everything that it would not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plan {
    /// Always `plan`.
    pub taglint: String,
    /// The format's version.
    pub version: u32,
    /// When it was made, RFC 3339.
    pub created: String,
    /// Whose rules ask.
    pub policy: PolicyStamp,
    /// The accounts that the plan looked at, sorted. Every change belongs to one of them.
    pub accounts: Vec<String>,
    /// What would change, one entry a resource, in the order of reports.
    pub changes: Vec<Change>,
    /// What a rule asks for and the plan does not do.
    pub not_fixed: Vec<NotFixed>,
    /// What the plan could not look at.
    pub not_looked_at: Vec<NotSeen>,
}

/// The policy that a plan was made with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicyStamp {
    /// Its name.
    pub name: String,
    /// SHA-256 over its files, in hex: [`policy_hash`](crate::fix::policy_hash).
    pub hash: String,
}

/// What would change on one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Change {
    /// `iam:user`, `iam:mfa` or `cognito-idp:userpool`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its ARN.
    pub arn: String,
    /// Pool id or user id, where the input says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// User name, device name or pool name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Twelve digits; the one of the ARN.
    pub account: String,
    /// The account's name in its organization, where the plan knew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_name: Option<String>,
    /// The account's own tags, where the plan knew them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_tags: Option<BTreeMap<String, String>>,
    /// Absent for IAM; the one of the ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// For an MFA device: the ARN of the user that it is given to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// An MFA device that is given to nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unassigned: bool,
    /// When the resource was made, RFC 3339, where the plan knew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Who asks for it, in the order of rule and key.
    pub rules: Vec<Ask>,
    /// [`hash_tags`] of `before`: what was read. The resource is left alone where it no longer is so.
    pub read: String,
    /// Every tag as it was read.
    #[serde(deserialize_with = "each_once")]
    pub before: BTreeMap<String, String>,
    /// Every tag as it would be: [`Change::carried_out`] of `before`.
    #[serde(deserialize_with = "each_once")]
    pub after: BTreeMap<String, String>,
    /// What is written: key to value, new keys of renames too.
    #[serde(deserialize_with = "each_once")]
    pub set: BTreeMap<String, String>,
    /// Keys that are taken away: old keys of renames too, but none that folds to a key of `set` on a user, where the
    /// new spelling replaces the old one.
    pub remove: BTreeSet<String>,
    /// Which of them are renames.
    pub renames: Vec<Rename>,
    /// Who keeps the resource.
    pub owner: Owner,
    /// Policies that read a key which this touches.
    pub access: Vec<Access>,
}

/// A rule that asks for a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ask {
    /// Its id; absent for `--set`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The key that it is about, as the rule writes it.
    pub key: String,
    /// The kind of the finding; `set` for `--set`.
    pub kind: String,
}

/// A key that gets another name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rename {
    /// The key that is there.
    pub from: String,
    /// The key that it becomes.
    pub to: String,
    /// Whether the two are further apart than an alias, letter case, separators and outer space.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guess: bool,
}

/// Who keeps a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Owner {
    /// Who.
    pub by: OwnerKind,
    /// The address in the Terraform state, or the stack and logical id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where its block stands in source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// Who keeps resources.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnerKind {
    /// It cannot be told: what was given names it not, and AWS marks no users, and perhaps no devices.
    #[default]
    Unknown,
    /// Nobody but who tags it: AWS marks the resources of stacks of this type, and this has no mark; or nothing that was
    /// given has it.
    None,
    /// A stack.
    CloudFormation,
    /// A Terraform state.
    Terraform,
}

impl Owner {
    /// Whether somebody keeps the resource, so that a change behind his back would be undone, or undo his.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        matches!(self.by, OwnerKind::CloudFormation | OwnerKind::Terraform)
    }
}

/// A policy of the account that reads a key which a change touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Access {
    /// The key that the change touches.
    pub key: String,
    /// The policy: its ARN, or whose inline policy it is and its name.
    pub policy: String,
    /// The statement: its `Sid`, else its place from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// How it reads the key: `aws:PrincipalTag/Team`.
    pub reads: String,
}

/// A flag that lets a plan do what it otherwise only lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permit {
    /// `--allow-guess`.
    AllowGuess,
    /// `--allow-remove`.
    AllowRemove,
    /// `--allow-overwrite`.
    AllowOverwrite,
    /// `--allow-managed`.
    AllowManaged,
    /// `--allow-access-change`.
    AllowAccessChange,
}

impl Permit {
    /// The flag as it is typed.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::AllowGuess => "--allow-guess",
            Self::AllowRemove => "--allow-remove",
            Self::AllowOverwrite => "--allow-overwrite",
            Self::AllowManaged => "--allow-managed",
            Self::AllowAccessChange => "--allow-access-change",
        }
    }
}

/// A finding that the plan does nothing about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NotFixed {
    /// The resource's type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Its ARN, or what else it is called by.
    pub arn: String,
    /// Its account, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What a rule asks for.
    pub ask: Ask,
    /// The key that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Why nothing is done, for a person.
    pub reason: String,
    /// The flag that would let it be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit: Option<Permit>,
}

/// Something that the plan could not look at: it may need fixing, or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NotSeen {
    /// What: a resource, a part of an account, a kind of policy.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Change {
    /// The keys whose tags the change touches, sorted: written, overwritten, taken away, or spelled anew.
    #[must_use]
    pub fn touched(&self) -> Vec<&str> {
        differing(&self.before, &self.after)
    }

    /// The resource as rules look at it, with these tags.
    #[must_use]
    pub fn resource(&self, tags: &BTreeMap<String, String>) -> Resource<'static> {
        let own = |text: &str| Text::from(text.to_owned());
        let pair = |(key, value): (&String, &String)| (own(key), own(value));
        let tag = |(key, value): (&String, &String)| Tag { key: own(key), value: Some(own(value)) };
        Resource {
            kind: own(&self.kind),
            arn: Some(own(&self.arn)),
            name: self.name.as_deref().map(own),
            id: self.id.as_deref().map(own),
            account: Some(own(&self.account)),
            account_name: self.account_name.as_deref().map(own),
            account_tags: self.account_tags.as_ref().map(|tags| tags.iter().map(pair).collect()),
            region: self.region.as_deref().map(own),
            path: Target::of(&self.arn).and_then(|target| target.path()).map(Text::from),
            user: match &self.user {
                Some(arn) => Assignment::User(own(arn)),
                None if self.unassigned => Assignment::Unassigned,
                None => Assignment::Unknown,
            },
            created: self.created.as_deref().map(own),
            tags: Tags::Read { tags: tags.iter().map(tag).collect(), more: false.into() },
            ..Resource::default()
        }
    }

    /// The tags as the change would leave them. Tags that it does not name stay as they are.
    #[must_use]
    pub fn carried_out(&self, tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let fold = TagLimits::of(&self.kind).folds_case;
        let mut out: BTreeMap<String, String> =
            tags.iter().filter(|(key, _)| !self.remove.contains(*key)).map(|(k, v)| (k.clone(), v.clone())).collect();
        for (key, value) in &self.set {
            put(&mut out, key, value, fold);
        }
        out
    }
}

/// The keys whose tags differ, sorted.
#[must_use]
pub fn differing<'a>(a: &'a BTreeMap<String, String>, b: &'a BTreeMap<String, String>) -> Vec<&'a str> {
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    keys.into_iter().filter(|key| a.get(*key) != b.get(*key)).map(String::as_str).collect()
}

/// Writes one tag as AWS does: where it folds case, the new spelling replaces the old one.
pub fn put(tags: &mut BTreeMap<String, String>, key: &str, value: &str, fold: bool) {
    if fold {
        tags.retain(|other, _| !same_key(key, other));
    }
    tags.insert(key.to_owned(), value.to_owned());
}

/// SHA-256 over tags, in hex: exact spelling, whatever their order in an answer.
#[must_use]
pub fn hash_tags(tags: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for text in tags.iter().flat_map(|(key, value)| [key, value]) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    crate::engine::hex(&hash.finalize())
}

/// An object none of whose keys stands twice: which of the two counts is nobody's to guess.
fn each_once<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Pairs;
    impl<'de> serde::de::Visitor<'de> for Pairs {
        type Value = BTreeMap<String, String>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object of tag keys and values")
        }
        fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut out = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<String, String>()? {
                if out.insert(key, value).is_some() {
                    return Err(serde::de::Error::custom("a tag key that stands twice"));
                }
            }
            Ok(out)
        }
    }
    deserializer.deserialize_map(Pairs)
}
