//! The plan's data model and file format.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aws::TagLimits;
use crate::aws::supported::ResourceArn;
use crate::fix::tags::{TagMap, differing, put, unique_keys};
use crate::model::{DeviceAssignment, Location, Resource, Tag, Tags, Text};

/// The format version that this program reads and writes.
pub const VERSION: u32 = 1;

/// A fix plan: all changes, and all findings that are not fixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plan {
    /// Always `plan`.
    pub taglint: String,
    /// The format version.
    pub version: u32,
    /// The creation time, RFC 3339.
    pub created: String,
    /// The policy whose rules require the changes.
    pub policy: PolicyStamp,
    /// The accounts that were evaluated, sorted. Every change belongs to one of them.
    pub accounts: Vec<String>,
    /// The changes, one for each resource, in report order.
    pub changes: Vec<Change>,
    /// The findings that the plan does not fix.
    pub not_fixed: Vec<NotFixed>,
    /// Resources and policies that could not be evaluated.
    // Fields in the file keep their first names, because plan files of earlier versions must stay readable.
    #[serde(rename = "not-looked-at")]
    pub not_evaluated: Vec<NotEvaluated>,
}

/// The identity of the policy that a plan was made with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicyStamp {
    /// Its name.
    pub name: String,
    /// The SHA-256 of its files in hex: [`policy_hash`](crate::policy::policy_hash()).
    pub hash: String,
}

/// The tag changes of one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Change {
    /// The resource type: as in its ARN, or a type that has ARNs of the same form.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its ARN.
    pub arn: String,
    /// The pool id or user id, if the input contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The user name, device name or pool name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The account id: that of the ARN, or where it has none that of the inventory.
    pub account: String,
    /// The account's name in its organization, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_name: Option<String>,
    /// The root and the organizational units that the account is in, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_ou: Option<String>,
    /// The account's own tags, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_tags: Option<TagMap>,
    /// The region: that of the ARN, or where it has none (Amazon S3) that of the inventory. Absent for a global service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The ARN of the user that an MFA device is assigned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// `true` if an MFA device is assigned to no user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unassigned: bool,
    /// The creation time of the resource, RFC 3339, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The reasons for the change, by rule and key.
    pub rules: Vec<ChangeReason>,
    /// The [hash](crate::fix::tags::hash_tags) of `before`.
    pub read: String,
    /// All tags as they were read.
    #[serde(deserialize_with = "unique_keys")]
    pub before: TagMap,
    /// All tags after the change: [`Change::apply_to`] of `before`.
    #[serde(deserialize_with = "unique_keys")]
    pub after: TagMap,
    /// The tags that are written, including the new keys of renames.
    #[serde(deserialize_with = "unique_keys")]
    pub set: TagMap,
    /// The keys that are removed, including the old keys of renames. It does not contain the old spelling of a key in
    /// `set` on an IAM user, because IAM replaces that one itself.
    pub remove: BTreeSet<String>,
    /// The renames among `set` and `remove`.
    pub renames: Vec<Rename>,
    /// The tool that manages the resource.
    pub owner: Owner,
    /// The policy statements that read a changed key.
    pub access: Vec<Access>,
}

/// The reason for a change: a finding, or a flag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChangeReason {
    /// The rule id; absent for `--set`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The key in the rule's spelling.
    pub key: String,
    /// The finding kind; `set` for `--set`.
    pub kind: String,
}

/// A renamed key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rename {
    /// The existing key.
    pub from: String,
    /// The new key.
    pub to: String,
    /// `true` if the keys differ in more than an alias, letter case, separators and surrounding space.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guess: bool,
}

/// The tool that manages a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Owner {
    /// The kind of tool.
    pub by: OwnerKind,
    /// The address in the Terraform state, or the stack name and logical id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The location of its block in source code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// The kind of tool that manages a resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnerKind {
    /// Unknown: no state or stack was given, and CloudFormation does not tag resources of this type.
    #[default]
    Unknown,
    /// No tool: none of the given states and stacks contains it, or it lacks the tags that CloudFormation puts on
    /// resources of this type.
    None,
    /// A CloudFormation stack.
    CloudFormation,
    /// A Terraform state.
    Terraform,
}

impl Owner {
    /// Returns `true` if a tool manages the resource and would revert a change made outside of it.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        matches!(self.by, OwnerKind::CloudFormation | OwnerKind::Terraform)
    }
}

/// A policy statement that reads a changed key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Access {
    /// The changed key.
    pub key: String,
    /// The policy: its ARN, or the principal and name of an inline policy.
    pub policy: String,
    /// The statement: its `Sid`, else its position counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The condition key or variable, such as `aws:PrincipalTag/Team`.
    pub reads: String,
}

/// A flag that permits a change which is otherwise only listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Override {
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

impl Override {
    /// The flag as typed on the command line.
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

/// The flags that the user gave.
pub type Overrides = BTreeSet<Override>;

/// The reason why a finding has no fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The reason as text.
    pub reason: String,
    /// The flag that permits the fix.
    pub overridable_by: Option<Override>,
}

impl Rejection {
    /// A rejection that no flag overrides.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), overridable_by: None }
    }
}

/// A finding that the plan does not fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NotFixed {
    /// The resource type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The ARN, or another name of the resource.
    pub arn: String,
    /// The account id, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The finding.
    #[serde(rename = "ask")]
    pub finding: ChangeReason,
    /// The existing key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The reason why it is not fixed.
    pub reason: String,
    /// The flag that permits the change.
    #[serde(rename = "permit", default, skip_serializing_if = "Option::is_none")]
    pub overridable_by: Option<Override>,
}

/// A resource, a part of an account or a kind of policy that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NotEvaluated {
    /// The subject.
    pub what: String,
    /// The reason.
    pub reason: String,
}

impl NotFixed {
    /// The entry of a finding on a resource.
    #[must_use]
    pub fn new(resource: &Resource<'_>, finding: ChangeReason, found: Option<String>, rejection: Rejection) -> Self {
        Self {
            resource_type: resource.kind.to_string(),
            arn: resource.handle().into_owned(),
            account: resource.account.as_deref().map(str::to_owned),
            finding,
            found,
            reason: rejection.reason,
            overridable_by: rejection.overridable_by,
        }
    }
}

impl Change {
    /// The keys that are added, overwritten, removed or respelled, sorted.
    #[must_use]
    pub fn touched(&self) -> Vec<&str> {
        differing(&self.before, &self.after)
    }

    /// The resource with these tags, for evaluation.
    #[must_use]
    pub fn resource(&self, tags: &TagMap) -> Resource<'static> {
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
            account_ou: self.account_ou.as_deref().map(own),
            account_tags: self.account_tags.as_ref().map(|tags| tags.iter().map(pair).collect()),
            region: self.region.as_deref().map(own),
            path: ResourceArn::parse(&self.arn).and_then(|arn| arn.path()).map(Text::from),
            user: match &self.user {
                Some(arn) => DeviceAssignment::User(own(arn)),
                None if self.unassigned => DeviceAssignment::Unassigned,
                None => DeviceAssignment::Unknown,
            },
            created: self.created.as_deref().map(own),
            tags: Tags::Read { tags: tags.iter().map(tag).collect(), more: false.into() },
            ..Resource::default()
        }
    }

    /// The tags after the change. Tags that it does not name stay unchanged.
    #[must_use]
    pub fn apply_to(&self, tags: &TagMap) -> TagMap {
        let limits = TagLimits::of(&self.kind);
        let mut out: TagMap =
            tags.iter().filter(|(key, _)| !self.remove.contains(*key)).map(|(k, v)| (k.clone(), v.clone())).collect();
        for (key, value) in &self.set {
            put(&mut out, key, value, limits);
        }
        out
    }
}
