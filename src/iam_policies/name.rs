//! The names by which policies read tags: condition keys, and the same as variables.
//!
//! IAM User Guide, "Controlling access to AWS resources using tags", "IAM policy elements: variables and tags" and "AWS
//! global condition context keys": the names of condition keys, the tag's key in them too, ignore letter case.

use crate::aws::same_key;

/// Whose tag is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// The caller's: `aws:PrincipalTag/…`. A user's own tags are such tags.
    Principal,
    /// The resource's: `aws:ResourceTag/…`, `iam:ResourceTag/…`, or of another service (in lower case).
    Resource(String),
    /// The request's: `aws:RequestTag/…` governs which tags may be written.
    Request,
    /// The keys in the request: `aws:TagKeys` governs which keys may be written or removed.
    Keys,
}

impl Whose {
    /// Whether it governs tagging itself and reads no tag that is there.
    #[must_use]
    pub fn governs_tagging(&self) -> bool {
        matches!(self, Self::Request | Self::Keys)
    }

    /// Whether a tag of a resource of this type can be what is read.
    #[must_use]
    pub fn concerns(&self, kind: &str) -> bool {
        match self {
            Self::Principal => kind == "iam:user",
            Self::Resource(service) => {
                service == "aws" || kind.split_once(':').is_some_and(|(of, _)| of.eq_ignore_ascii_case(service))
            }
            Self::Request | Self::Keys => false,
        }
    }
}

/// Which key is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// This one, as the policy writes it.
    Named(String),
    /// Any: the policy leaves open which, or names it in a way that nobody can tell.
    Any,
}

impl Key {
    /// Whether the tag with this key is read, its letter case aside.
    #[must_use]
    pub fn reads(&self, key: &str) -> bool {
        match self {
            Self::Named(name) => same_key(name, key) || same_key(name.trim(), key.trim()),
            Self::Any => true,
        }
    }
}

/// What a condition key reads; `None` where that is no tag.
pub(super) fn of_condition(name: &str) -> Option<(Whose, Key)> {
    let (head, key) = match name.split_once('/') {
        Some((head, key)) => (head, Some(key)),
        None => (name, None),
    };
    let head = head.trim().to_ascii_lowercase();
    let whose = match head.as_str() {
        "aws:principaltag" => Whose::Principal,
        "aws:requesttag" => Whose::Request,
        "aws:tagkeys" => return Some((Whose::Keys, Key::Any)),
        other => Whose::Resource(other.strip_suffix(":resourcetag").filter(|service| !service.is_empty())?.to_owned()),
    };
    // A variable or wildcard in the name is none that IAM documents: which key it reads is nobody's to guess.
    let named = key.filter(|key| !key.trim().is_empty() && !key.contains("${") && !key.contains(['*', '?']));
    Some((whose, named.map_or(Key::Any, |key| Key::Named(key.to_owned()))))
}

/// No variable that names a tag is longer, in bytes: a key has 128 characters, a default is a value.
const MAX_VARIABLE: usize = 2048;

/// What the variables in a text read, each once. Bounded by the text's length times a constant.
pub(super) fn of_variables(text: &str) -> Vec<(Whose, Key)> {
    let mut out: Vec<(Whose, Key)> = Vec::new();
    let (mut from, mut close) = (0, 0);
    while let Some(at) = text[from..].find("${") {
        let start = from + at + 2;
        from = start;
        if close < start {
            // What is never closed runs to the end.
            close = text[start..].find('}').map_or(text.len(), |at| start + at);
        }
        let ends = close < text.len() && close - start <= MAX_VARIABLE;
        let inner = &text[start..floor(text, close.min(start + MAX_VARIABLE))];
        // `${aws:PrincipalTag/team, 'none'}`: what stands after the comma is the default. Keys have no comma.
        let name = inner.split_once(',').map_or(inner, |(name, _)| name.trim_end());
        let Some((whose, key)) = of_condition(name) else { continue };
        out.push((whose, if ends { key } else { Key::Any }));
    }
    // One for each spelling: a text with a thousand variables is no thousand times as much to show.
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

    fn named(whose: Whose, key: &str) -> (Whose, Key) {
        (whose, Key::Named(key.to_owned()))
    }

    fn of(service: &str) -> Whose {
        Whose::Resource(service.to_owned())
    }

    #[test]
    fn condition_keys_that_read_tags() {
        for (name, want) in [
            ("aws:PrincipalTag/Owner", Some(named(Whose::Principal, "Owner"))),
            ("AWS:principaltag/cost center", Some(named(Whose::Principal, "cost center"))),
            ("aws:ResourceTag/Owner", Some(named(of("aws"), "Owner"))),
            ("iam:ResourceTag/Owner", Some(named(of("iam"), "Owner"))),
            ("cognito-idp:ResourceTag/Owner", Some(named(of("cognito-idp"), "Owner"))),
            ("ssm:resourceTag/Owner", Some(named(of("ssm"), "Owner"))),
            ("aws:RequestTag/Owner", Some(named(Whose::Request, "Owner"))),
            ("aws:TagKeys", Some((Whose::Keys, Key::Any))),
            ("aws:PrincipalTag/a/b", Some(named(Whose::Principal, "a/b"))),
            ("aws:PrincipalTag/${aws:username}", Some((Whose::Principal, Key::Any))),
            ("aws:PrincipalTag/*", Some((Whose::Principal, Key::Any))),
            ("aws:PrincipalTag/", Some((Whose::Principal, Key::Any))),
            ("aws:PrincipalTag", Some((Whose::Principal, Key::Any))),
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
        let one = |whose, key: &str| vec![(whose, Key::Named(key.to_owned()))];
        let any = || vec![(Whose::Principal, Key::Any)];
        for (text, want) in [
            ("arn:aws:s3:::x/${aws:PrincipalTag/Owner}/*", one(Whose::Principal, "Owner")),
            ("${aws:principaltag/Owner, 'none'}", one(Whose::Principal, "Owner")),
            ("${aws:PrincipalTag/Cost Center,'a}b'}", one(Whose::Principal, "Cost Center")),
            ("${aws:PrincipalTag/${aws:username}}", any()),
            ("${aws:PrincipalTag/Owner", any()),
            ("${aws:ResourceTag/Owner}${aws:ResourceTag/Owner}", one(of("aws"), "Owner")),
            ("${${aws:PrincipalTag/Owner}", one(Whose::Principal, "Owner")),
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
            assert_eq!(Key::Named(written.to_owned()).reads(key), want, "{written} {key}");
        }
        assert!(Key::Any.reads("whatever"));
    }

    #[test]
    fn whose_tags_are_of_which_type() {
        for (whose, kind, want) in [
            (Whose::Principal, "iam:user", true),
            (Whose::Principal, "iam:mfa", false),
            (of("aws"), "cognito-idp:userpool", true),
            (of("iam"), "iam:mfa", true),
            (of("iam"), "cognito-idp:userpool", false),
            (of("cognito-idp"), "cognito-idp:userpool", true),
            (of("ec2"), "iam:user", false),
            (Whose::Keys, "iam:user", false),
        ] {
            assert_eq!(whose.concerns(kind), want, "{whose:?} {kind}");
        }
    }
}
