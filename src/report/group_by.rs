//! The properties of resources that a report groups by (`--group-by`).

use std::borrow::Cow;

use crate::aws::is_iam;
use crate::base::quote;
use crate::engine::{Division, HIDDEN, NO_REGION, OTHER_PARTS, PartField, UNKNOWN_PART as UNKNOWN, WHOLE_RUN};
use crate::model::{Resource, TagLookup, Tags};
use crate::policy::Policy;
use crate::rule::{Check as _, KeyEffect};

/// A property that findings are grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    /// The account.
    Account,
    /// The organizational unit of the account.
    Ou,
    /// The region.
    Region,
    /// The rule.
    Rule,
    /// The resource type.
    Type,
    /// The value of a tag, by its exact key.
    Tag(String),
}

/// The prefix of a tag.
const TAG: &str = "tags.";

impl GroupBy {
    /// Parses `account`, `ou`, `region`, `rule`, `type` or `tags.KEY`.
    ///
    /// # Errors
    /// The text that says which words there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "account" => Self::Account,
            "ou" => Self::Ou,
            "region" => Self::Region,
            "rule" => Self::Rule,
            "type" => Self::Type,
            _ => match text.strip_prefix(TAG).filter(|key| !key.is_empty()) {
                Some(key) => Self::Tag(key.to_owned()),
                None => return Err("write account, ou, region, rule, type or tags.KEY, such as tags.Owner".to_owned()),
            },
        })
    }

    /// Parses a property that divides resources: all but `rule`, because a resource may violate several.
    ///
    /// # Errors
    /// The text that says which words there are.
    pub fn parse_division(text: &str) -> Result<Self, String> {
        let words = "write account, ou, region, type or tags.KEY, such as tags.Owner";
        Self::parse(text).ok().filter(|by| *by != Self::Rule).ok_or_else(|| words.to_owned())
    }

    /// The word that [`GroupBy::parse`] takes.
    #[must_use]
    pub fn id(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Account => "account",
            Self::Ou => "ou",
            Self::Region => "region",
            Self::Rule => "rule",
            Self::Type => "type",
            Self::Tag(key) => return Cow::Owned(format!("{TAG}{key}")),
        })
    }

    /// The name of the property, for headings.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Account => "account",
            Self::Ou => "organizational unit",
            Self::Region => "region",
            Self::Rule => "rule",
            Self::Type => "type",
            Self::Tag(key) => key,
        }
    }

    /// The group of a resource; of a rule it is that of the finding, and the text here is empty. A tag that could not be read
    /// is unknown, not absent, and so is the region of a resource whose type has one. A value that a sensitive rule judges,
    /// or that the input hides, is not shown. A value that reads like one of these groups is quoted.
    pub(super) fn of<'r>(&self, policy: &Policy, resource: &'r Resource<'_>) -> Cow<'r, str> {
        match self {
            Self::Account => known(resource.account.as_deref()),
            Self::Ou => known(resource.account_units()),
            Self::Region => match resource.region.as_deref() {
                None if has_no_region(resource) => NO_REGION.into(),
                region => known(region),
            },
            Self::Rule => "".into(),
            Self::Type => resource.kind.as_str().into(),
            // IAM ignores the letter case of keys on some types.
            Self::Tag(key) => match resource.tags.find(key, resource.tag_limits().folds_case) {
                _ if matches!(resource.tags, Tags::Unread { .. }) => UNKNOWN.into(),
                TagLookup::Absent => NO_TAG.into(),
                TagLookup::Unknown => UNKNOWN.into(),
                TagLookup::Present(at) => match resource.tags.known().get(at) {
                    Some(tag) if hides(policy, resource, key) || hides(policy, resource, tag.key.as_str()) => {
                        HIDDEN.into()
                    }
                    tag => match tag.and_then(|tag| tag.value.as_deref()) {
                        Some("") => EMPTY.into(),
                        value => known(value),
                    },
                },
            },
        }
    }
}

/// The group of resources without the tag.
const NO_TAG: &str = "(no tag)";
/// The group of resources whose tag has an empty value.
const EMPTY: &str = "(empty)";
/// The names of groups that are no values.
pub const GROUP_NAMES: [&str; 7] = [UNKNOWN, NO_TAG, EMPTY, HIDDEN, NO_REGION, OTHER_PARTS, WHOLE_RUN];

impl Division for GroupBy {
    fn id(&self) -> String {
        Self::id(self).into_owned()
    }

    fn part<'r>(&self, policy: &Policy, resource: &'r Resource<'_>) -> Cow<'r, str> {
        self.of(policy, resource)
    }

    fn field(&self) -> PartField {
        match self {
            Self::Account => PartField::Account,
            Self::Region => PartField::Region,
            Self::Type => PartField::Type,
            Self::Ou | Self::Rule | Self::Tag(_) => PartField::None,
        }
    }
}

fn known(text: Option<&str>) -> Cow<'_, str> {
    match text {
        None => UNKNOWN.into(),
        // Quoted ones too, so that no other value reads like them.
        Some(text) if GROUP_NAMES.contains(&text.trim_matches(['"', '\\'])) => quote(text).into(),
        Some(text) => text.into(),
    }
}

/// Returns `true` if a resource without a region has none: one of IAM, or one whose ARN leaves the region empty. ARNs of
/// buckets leave it empty although a bucket has a region.
fn has_no_region(resource: &Resource<'_>) -> bool {
    let fields: Vec<&str> = resource.arn.as_deref().unwrap_or("").splitn(6, ':').collect();
    let is_global = matches!(fields[..], ["arn", _, service, "", ..] if service != "s3");
    is_iam(&resource.kind) || is_global
}

/// Returns `true` if the value of a key may be a secret.
fn hides(policy: &Policy, resource: &Resource<'_>, key: &str) -> bool {
    let origin = resource.origin.as_deref();
    let hidden = origin.is_some_and(|origin| origin.sensitive.contains(key) || origin.hidden_keys.contains(key));
    let limits = resource.tag_limits();
    let judges = |rule: &crate::policy::Rule| rule.kind.key_effect(key, &limits, &policy.declared) != KeyEffect::None;
    hidden || policy.rules.iter().any(|rule| rule.sensitive && judges(rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PolicySource, load};

    #[test]
    fn words_are_read_and_written() {
        for word in ["account", "ou", "region", "rule", "type", "tags.Cost Center"] {
            assert_eq!(GroupBy::parse(word).unwrap().id(), word);
        }
        for word in ["", "tags.", "tag.Owner", "Account"] {
            assert!(GroupBy::parse(word).is_err(), "{word}");
        }
    }

    #[test]
    fn a_tag_that_was_not_read_is_unknown_and_a_secret_is_hidden() {
        let policy = load(&PolicySource::Pack("default")).unwrap();
        let group = |line: &str| {
            let resource: Resource<'_> = serde_json::from_str(line).unwrap();
            GroupBy::Tag("Owner".to_owned()).of(&policy, &resource).into_owned()
        };
        for (line, want) in [
            (r#"{"type":"iam:user","name":"a","tags":{"Owner":"ops"}}"#, "ops"),
            (r#"{"type":"iam:user","name":"a","tags":{"Owner":""}}"#, "(empty)"),
            (r#"{"type":"sqs:queue","name":"a","tags":{"owner":"ops"}}"#, "(no tag)"),
            (r#"{"type":"iam:user","name":"a","tags":{"owner":"ops"}}"#, "ops"),
            (r#"{"type":"iam:user","name":"a","tags":{"owner":"x"},"origin":{"sensitive":["owner"]}}"#, "(hidden)"),
            (r#"{"type":"iam:user","name":"a","tags":{"Owner":"(no tag)"}}"#, "\"(no tag)\""),
            (r#"{"type":"iam:user","name":"a","tags":{"Owner":"(unknown)"}}"#, "\"(unknown)\""),
            (r#"{"type":"iam:user","name":"a","tags":null,"unknown":"AccessDenied"}"#, "(unknown)"),
            (r#"{"type":"iam:user","name":"a","tags":{"Owner":"x"},"origin":{"sensitive":["Owner"]}}"#, "(hidden)"),
        ] {
            assert_eq!(group(line), want, "{line}");
        }
    }

    #[test]
    fn a_region_is_absent_only_where_the_type_has_none() {
        let policy = load(&PolicySource::Pack("default")).unwrap();
        for (line, want) in [
            (r#"{"type":"AWS::S3::Bucket","address":"b","tags":{}}"#, "(unknown)"),
            (r#"{"type":"s3:bucket","arn":"arn:aws:s3:::b","tags":{}}"#, "(unknown)"),
            (r#"{"type":"iam:user","name":"a","tags":{}}"#, "(no region)"),
            (r#"{"type":"AWS::IAM::Role","address":"r","tags":{}}"#, "(no region)"),
            (r#"{"type":"x","arn":"arn:aws:cloudfront::111122223333:distribution/E1","tags":{}}"#, "(no region)"),
            (r#"{"type":"sqs:queue","name":"q","region":"eu-west-1","tags":{}}"#, "eu-west-1"),
        ] {
            let resource: Resource<'_> = serde_json::from_str(line).unwrap();
            assert_eq!(GroupBy::Region.of(&policy, &resource), want, "{line}");
        }
    }
}
