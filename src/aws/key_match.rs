//! How AWS services compare tag keys.

use std::borrow::Cow;

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
    use crate::aws::{TagLimits, is_iam};

    #[test]
    fn iam_is_iam_by_every_name() {
        for (kind, iam, folds) in [
            ("iam:user", true, true),
            ("iam:mfa", true, false),
            ("aws_iam_role", true, true),
            ("AWS::IAM::Role", true, true),
            ("aws_iam_policy", true, false),
            ("aws_iamx", false, false),
            ("cognito-idp:userpool", false, false),
            ("AWS::S3::Bucket", false, false),
        ] {
            assert_eq!((is_iam(kind), TagLimits::of(kind).folds_case), (iam, folds), "{kind}");
        }
    }

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
