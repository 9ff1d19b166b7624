//! The condition keys by which policies read tags, and the same names as policy variables.
//!
//! The names of condition keys ignore letter case, and so does the tag key in them (IAM User Guide, "Controlling access
//! to AWS resources using tags", "IAM policy elements: variables and tags" and "AWS global condition context keys").

use crate::aws::{resource_types, same_key, supported};

/// The kind of condition key, which determines the owner of the tag that is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagConditionKey {
    /// `aws:PrincipalTag/…`: a tag of the caller, such as an IAM user.
    Principal,
    /// `aws:ResourceTag/…`, `iam:ResourceTag/…`, …: a tag of the resource, with the service in lower case.
    Resource(String),
    /// `aws:RequestTag/…`: a tag in the request. It governs which tags may be written.
    Request,
    /// `aws:TagKeys`: the keys in the request. It governs which keys may be written or removed.
    Keys,
}

impl TagConditionKey {
    /// Returns `true` if the key governs tagging itself and reads no existing tag.
    #[must_use]
    pub fn governs_tagging(&self) -> bool {
        matches!(self, Self::Request | Self::Keys)
    }

    /// Returns `true` if the key can read a tag of a resource of this type.
    #[must_use]
    pub fn concerns(&self, kind: &str) -> bool {
        match self {
            Self::Principal => supported::by_name(kind).is_some_and(|supported| supported.is_principal),
            Self::Resource(service) => {
                // A type may go by a name of Terraform; the service is that of its tagging name.
                let is_service =
                    |name: &str| name.split_once(':').is_some_and(|(of, _)| of.eq_ignore_ascii_case(service));
                service == "aws" || resource_types::names(kind).any(is_service)
            }
            Self::Request | Self::Keys => false,
        }
    }
}

/// The tag key that a reference names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferencedKey {
    /// The key as the policy writes it.
    Named(String),
    /// Any key: the policy does not name one, or computes it.
    Any,
}

impl ReferencedKey {
    /// Returns `true` if the reference reads the tag with this key, ignoring letter case.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        match self {
            // Outer space is ignored too: one reader too many is safer than a missing one.
            Self::Named(name) => same_key(name, key) || same_key(name.trim(), key.trim()),
            Self::Any => true,
        }
    }
}

/// The reference of a condition key; `None` if it reads no tag.
pub(super) fn of_condition(name: &str) -> Option<(TagConditionKey, ReferencedKey)> {
    let (head, key) = match name.split_once('/') {
        Some((head, key)) => (head, Some(key)),
        None => (name, None),
    };
    let head = head.trim().to_ascii_lowercase();
    let condition_key = match head.as_str() {
        "aws:principaltag" => TagConditionKey::Principal,
        "aws:requesttag" => TagConditionKey::Request,
        "aws:tagkeys" => return Some((TagConditionKey::Keys, ReferencedKey::Any)),
        other => TagConditionKey::Resource(
            other.strip_suffix(":resourcetag").filter(|service| !service.is_empty())?.to_owned(),
        ),
    };
    // IAM does not document variables or wildcards in names of condition keys, so any key may be meant.
    let named = key.filter(|key| !key.trim().is_empty() && !key.contains("${") && !key.contains(['*', '?']));
    Some((condition_key, named.map_or(ReferencedKey::Any, |key| ReferencedKey::Named(key.to_owned()))))
}

/// The longest variable, in bytes: a key has at most 128 characters, and a default is a value.
const MAX_VARIABLE: usize = 2048;

/// The references of the variables in a text, each once. The time is linear in the length of the text.
pub(super) fn of_variables(text: &str) -> Vec<(TagConditionKey, ReferencedKey)> {
    let mut out: Vec<(TagConditionKey, ReferencedKey)> = Vec::new();
    let (mut from, mut close) = (0, 0);
    while let Some(at) = text[from..].find("${") {
        let start = from + at + 2;
        from = start;
        if close < start {
            // An unclosed variable runs to the end.
            close = text[start..].find('}').map_or(text.len(), |at| start + at);
        }
        let ends = close < text.len() && close - start <= MAX_VARIABLE;
        let inner = &text[start..floor(text, close.min(start + MAX_VARIABLE))];
        // `${aws:PrincipalTag/team, 'none'}`: what follows the comma is the default. Keys have no comma.
        let name = inner.split_once(',').map_or(inner, |(name, _)| name.trim_end());
        let Some((condition_key, key)) = of_condition(name) else { continue };
        // A variable that does not end may mean any key.
        out.push((condition_key, if ends { key } else { ReferencedKey::Any }));
    }
    // A hostile text may name one variable a thousand times.
    out.sort();
    out.dedup();
    out
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(condition_key: TagConditionKey, key: &str) -> (TagConditionKey, ReferencedKey) {
        (condition_key, ReferencedKey::Named(key.to_owned()))
    }

    fn of(service: &str) -> TagConditionKey {
        TagConditionKey::Resource(service.to_owned())
    }

    #[test]
    fn condition_keys_that_read_tags() {
        for (name, want) in [
            ("aws:PrincipalTag/Owner", Some(named(TagConditionKey::Principal, "Owner"))),
            ("AWS:principaltag/cost center", Some(named(TagConditionKey::Principal, "cost center"))),
            ("aws:ResourceTag/Owner", Some(named(of("aws"), "Owner"))),
            ("iam:ResourceTag/Owner", Some(named(of("iam"), "Owner"))),
            ("cognito-idp:ResourceTag/Owner", Some(named(of("cognito-idp"), "Owner"))),
            ("ssm:resourceTag/Owner", Some(named(of("ssm"), "Owner"))),
            ("aws:RequestTag/Owner", Some(named(TagConditionKey::Request, "Owner"))),
            ("aws:TagKeys", Some((TagConditionKey::Keys, ReferencedKey::Any))),
            ("aws:PrincipalTag/a/b", Some(named(TagConditionKey::Principal, "a/b"))),
            ("aws:PrincipalTag/${aws:username}", Some((TagConditionKey::Principal, ReferencedKey::Any))),
            ("aws:PrincipalTag/*", Some((TagConditionKey::Principal, ReferencedKey::Any))),
            ("aws:PrincipalTag/", Some((TagConditionKey::Principal, ReferencedKey::Any))),
            ("aws:PrincipalTag", Some((TagConditionKey::Principal, ReferencedKey::Any))),
            ("aws:PrincipalTags/Owner", None),
            (":ResourceTag/Owner", None),
            ("aws:username", None),
            ("", None),
        ] {
            assert_eq!(of_condition(name), want, "{name}");
        }
    }

    #[test]
    fn variables_that_read_tags() {
        let one = |condition_key, key: &str| vec![(condition_key, ReferencedKey::Named(key.to_owned()))];
        let any = || vec![(TagConditionKey::Principal, ReferencedKey::Any)];
        for (text, want) in [
            ("arn:aws:s3:::x/${aws:PrincipalTag/Owner}/*", one(TagConditionKey::Principal, "Owner")),
            ("${aws:principaltag/Owner, 'none'}", one(TagConditionKey::Principal, "Owner")),
            ("${aws:PrincipalTag/Cost Center,'a}b'}", one(TagConditionKey::Principal, "Cost Center")),
            ("${aws:PrincipalTag/${aws:username}}", any()),
            ("${aws:PrincipalTag/Owner", any()),
            ("${aws:ResourceTag/Owner}${aws:ResourceTag/Owner}", one(of("aws"), "Owner")),
            ("${${aws:PrincipalTag/Owner}", one(TagConditionKey::Principal, "Owner")),
            ("${aws:username}/${*}${$}", vec![]),
            ("$aws:PrincipalTag/Owner}", vec![]),
            ("é${é", vec![]),
        ] {
            assert_eq!(of_variables(text), want, "{text}");
        }
    }

    #[test]
    fn a_text_of_many_variables_does_not_run_away() {
        for text in
            ["${".repeat(200_000), "${aws:PrincipalTag/é".repeat(20_000), "${aws:PrincipalTag/a}".repeat(20_000)]
        {
            assert!(of_variables(&text).len() <= 2);
        }
    }

    #[test]
    fn keys_are_compared_as_iam_compares_them() {
        for (written, key, want) in
            [("owner", "Owner", true), ("ÉTÉ", "été", true), ("Owner ", "owner", true), ("a", "b", false)]
        {
            assert_eq!(ReferencedKey::Named(written.to_owned()).matches(key), want, "{written} {key}");
        }
        assert!(ReferencedKey::Any.matches("whatever"));
    }

    #[test]
    fn whose_tags_are_of_which_type() {
        for (condition_key, kind, want) in [
            (TagConditionKey::Principal, "iam:user", true),
            (TagConditionKey::Principal, "iam:mfa", false),
            (of("aws"), "cognito-idp:userpool", true),
            (of("iam"), "iam:mfa", true),
            (of("iam"), "cognito-idp:userpool", false),
            (of("cognito-idp"), "cognito-idp:userpool", true),
            (of("ec2"), "iam:user", false),
            (TagConditionKey::Keys, "iam:user", false),
        ] {
            assert_eq!(condition_key.concerns(kind), want, "{condition_key:?} {kind}");
        }
    }
}
