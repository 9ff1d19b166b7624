//! Where a resource and its tags come from in source: what a plan or template knows besides the resource itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Location;

/// A comment in source that waives findings of the resource it stands at (`# taglint:ignore rule-id reason`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineWaiver {
    /// The rule's id.
    pub rule: String,
    /// Why, in the words of the comment.
    pub reason: String,
    /// Where the comment stands.
    pub location: Location,
}

/// Who keeps a resource, and where its tags are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Origin {
    /// The type's name in its source: `aws_iam_user`, `AWS::IAM::User`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The attribute or property that holds the tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Location>,
    /// Where the value of each key is written; a key that a `default_tags` block sets points there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Location>,
    /// The module calls (or nested stacks) that lead to the resource, from the root inwards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Location>,
    /// Keys whose values are checked and never shown.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sensitive: BTreeSet<String>,
    /// Waivers written beside the resource.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignores: Vec<InlineWaiver>,
    /// `aws:cdk:path`: the construct that made a template's resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub construct: Option<String>,
    /// True for a resource that others are compared with but that is not itself reported: one that a plan leaves as it
    /// is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
    /// True for a resource that was read live and whose source is known besides. Any other with an origin is what source
    /// is about to make, even where its ARN can be told already.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub live: bool,
}

impl Origin {
    /// The best place for what is wrong with a key: its value where it is there, else the tags.
    #[must_use]
    pub fn place(&self, found: Option<&str>) -> Option<&Location> {
        found.and_then(|key| self.keys.get(key)).or(self.tags.as_ref())
    }
}
