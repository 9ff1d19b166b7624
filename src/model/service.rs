//! What each AWS service demands of tags. Sources: the services' API models (IAM `tagKeyType`, Cognito `TagKeysType`),
//! IAM User Guide "Tagging IAM resources", `CloudFormation`'s schema of `AWS::Cognito::UserPool`.

use std::borrow::Cow;

/// The tag rules of one resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// The service's name in a sentence.
    pub name: &'static str,
    /// Keys that differ only in case are one key (IAM users and roles; not MFA devices, not user pools).
    pub folds_case: bool,
    /// Tags of one resource, AWS's own not counted.
    pub max_tags: u32,
    /// Characters of a key, at least one.
    pub max_key: usize,
    /// Characters of a value.
    pub max_value: usize,
    /// Whether keys and values are letters, spaces, numbers and `_ . : / = + - @` only.
    pub plain_characters: bool,
}

const IAM: Service =
    Service { name: "IAM", folds_case: false, max_tags: 50, max_key: 128, max_value: 256, plain_characters: true };

impl Service {
    /// The rules for a resource type; for one that taglint has no source for, the limits that all of AWS shares.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        match kind {
            "iam:user" | "iam:role" | "aws_iam_role" | "AWS::IAM::Role" => Self { folds_case: true, ..IAM },
            "cognito-idp:userpool" => Self { name: "Amazon Cognito", ..IAM },
            _ if is_iam(kind) => IAM,
            _ => Self { name: "AWS", plain_characters: false, ..IAM },
        }
    }
}

/// Whether a type is one of IAM's, in any of the name spaces: such a resource has a path and no region.
#[must_use]
pub fn is_iam(kind: &str) -> bool {
    ["iam:", "aws_iam_", "AWS::IAM::"].iter().any(|prefix| kind.starts_with(prefix))
}

/// Whether a key is AWS's own: it begins with exactly `aws:`. No rule counts or reports such a tag.
#[must_use]
pub fn is_aws_key(key: &str) -> bool {
    key.starts_with("aws:")
}

/// A key as IAM compares the keys of users and roles: whatever its case.
#[must_use]
pub fn fold_key(key: &str) -> Cow<'_, str> {
    if key.is_ascii() {
        if key.bytes().any(|b| b.is_ascii_uppercase()) {
            return Cow::Owned(key.to_ascii_lowercase());
        }
        return Cow::Borrowed(key);
    }
    Cow::Owned(key.to_lowercase())
}

/// Whether two keys are one to a service that folds case.
#[must_use]
pub fn same_key(a: &str, b: &str) -> bool {
    // Folding goes character by character, so two different ASCII letters at either end settle it. Nearly every pair of
    // keys ends here.
    let differ = |a: Option<&u8>, b: Option<&u8>| match (a, b) {
        (Some(a), Some(b)) => a.is_ascii() && b.is_ascii() && !a.eq_ignore_ascii_case(b),
        _ => false,
    };
    let (x, y) = (a.as_bytes(), b.as_bytes());
    if differ(x.first(), y.first()) || differ(x.last(), y.last()) {
        return false;
    }
    // Only keys beyond ASCII can fold to one of another length.
    (x.len() == y.len() && x.eq_ignore_ascii_case(y)) || (!(a.is_ascii() && b.is_ascii()) && fold_key(a) == fold_key(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fold_as_iam_folds_them() {
        for (a, b, want) in [
            ("Owner", "owner", true),
            ("Owner", "Owner2", false),
            ("Größe", "GRÖSSE", false),
            ("Größe", "GRÖßE", true),
            ("ÉTÉ", "été", true),
            ("\u{212a}ey", "key", true), // the Kelvin sign folds to k
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(same_key(a, b), want, "{a} {b}");
            assert_eq!(same_key(b, a), want, "{b} {a}");
            assert_eq!(fold_key(a) == fold_key(b), want, "{a} {b}");
        }
    }
}
