//! The origin of a resource: the facts that a plan or template has about it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::location::Location;
use super::tags::Tags;
use super::unlisted_tags::UnlistedTags;

/// A comment in source that waives findings of its resource (`# taglint:ignore rule-id reason`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineWaiver {
    /// The rule's id.
    pub rule: String,
    /// The reason that the comment gives.
    pub reason: String,
    /// The location of the comment.
    pub location: Location,
}

/// The reason why a tag or a value is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownCause {
    /// The reason, for people.
    pub reason: String,
    /// The location of the variable or expression that is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<Location>,
}

/// The tags that a resource has with one combination of parameter values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlternativeTags {
    /// The combination, for people: `Stage = "Test"`.
    pub values: String,
    /// The tags: those that the resource certainly has first, in their order. A value is `None` if it is not known.
    pub tags: Vec<(String, Option<String>)>,
    /// Tags that may exist besides.
    pub more: UnlistedTags,
}

/// The tags of a resource that come from `default_tags` of a Terraform provider. All other tags are its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct DefaultTagKeys {
    /// The keys that only `default_tags` sets.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub keys: BTreeSet<String>,
    /// The keys that `default_tags` sets, and the resource may set too.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unclear: BTreeSet<String>,
}

/// The source of a resource and the locations of its tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Origin {
    /// The type's name in its source: `aws_iam_user`, `AWS::IAM::User`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The location of the attribute or property with the tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Location>,
    /// The location of each value. A key of a `default_tags` block points to that block.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Location>,
    /// The tags that come from `default_tags`; `None` unless the resource is declared in Terraform and `default_tags`
    /// reach its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_tags: Option<DefaultTagKeys>,
    /// The module calls or nested stacks around the resource, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Location>,
    /// Keys whose values are sensitive: checked but never shown.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sensitive: BTreeSet<String>,
    /// Keys that are sensitive themselves, as those of a sensitive map. Rules are evaluated on them. Outputs name such a key
    /// only if the policy names it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub hidden_keys: BTreeSet<String>,
    /// The causes of unknown values, and of tags that may exist, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, UnknownCause>,
    /// The cause of other tags that may exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<UnknownCause>,
    /// The ignore comments of the resource.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignores: Vec<InlineWaiver>,
    /// The CDK construct that created the resource (`aws:cdk:path`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub construct: Option<String>,
    /// `true` if the resource is context: not reported, only compared with others. A plan's unchanged resources are
    /// context.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
    /// The reason why the resource may not exist: source does not decide its number of instances. Then no violation is
    /// certain.
    #[serde(rename = "may-not-exist", skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// The tags for each combination of parameter values, if a template allows few of them: exactly one of these is what
    /// the resource will have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<AlternativeTags>,
    /// `true` if the resource was read from AWS and its source is known besides. Otherwise source declares it, even if
    /// its ARN is known already.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub live: bool,
}

impl Origin {
    /// The origin for a resource that exists and whose tags were read.
    #[must_use]
    pub fn of_existing(&self) -> Self {
        Self { doubt: None, default_tags: None, alternatives: Vec::new(), ..self.clone() }
    }

    /// The origin with all of these tags sensitive, and their keys, if `whole`.
    #[must_use]
    pub fn hiding(mut self, tags: &Tags<'_>, whole: bool) -> Self {
        if whole {
            let keys: BTreeSet<String> = tags.known().iter().map(|tag| tag.key.to_string()).collect();
            self.sensitive.extend(keys.iter().cloned());
            self.hidden_keys.extend(keys);
        }
        self
    }

    /// Returns whether the value or the key of a tag is sensitive.
    #[must_use]
    pub fn marks(&self, key: &str) -> bool {
        self.sensitive.contains(key) || self.hidden_keys.contains(key)
    }

    /// The cause of an unknown value or of a tag that may exist; without a key, of tags that may exist.
    #[must_use]
    pub fn cause(&self, key: Option<&str>) -> Option<&UnknownCause> {
        let of_key = key.and_then(|key| self.unknown.get(key));
        let of_any = if key.is_none() { self.unknown.values().next() } else { None };
        of_key.or(self.unlisted.as_ref()).or(of_any)
    }

    /// The location for a violation of a key: its value if present, else the tags.
    #[must_use]
    pub fn place(&self, found: Option<&str>) -> Option<&Location> {
        found.and_then(|key| self.keys.get(key)).or(self.tags.as_ref())
    }
}
