//! Comparison of tag keys, as AWS services do it.

use std::borrow::Cow;

use super::tag_limits::TagLimits;

/// Returns `true` if a key is AWS's own: it begins with exactly `aws:`. No rule counts or reports such a tag.
#[must_use]
pub fn is_aws_key(key: &str) -> bool {
    key.starts_with("aws:")
}

/// Normalizes a key as IAM compares the keys of users and roles: ignoring letter case.
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

/// Returns `true` if a service that ignores case treats two keys as one.
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

/// The result of comparing two tag keys as a service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyIdentity {
    /// They are one key.
    Same,
    /// They are two keys.
    Different,
    /// They differ in letter case beyond ASCII, on a service that ignores case. AWS does not document which of the usual
    /// ways to fold case it uses there, so nothing may be written that depends on it.
    Unknown,
}

impl TagLimits {
    /// Compares two keys as the service does. If it compares exactly, only equal keys are the same.
    #[must_use]
    pub fn key_identity(&self, a: &str, b: &str) -> KeyIdentity {
        if a == b || self.folds_case && a.eq_ignore_ascii_case(b) {
            KeyIdentity::Same
        } else if self.folds_case && any_case_folding_joins(a, b) {
            KeyIdentity::Unknown
        } else {
            KeyIdentity::Different
        }
    }

    /// Returns `true` if a check treats the keys as the same. If AWS does not document the comparison, Unicode
    /// lowercase decides.
    #[must_use]
    pub fn reads_as_same_key(&self, a: &str, b: &str) -> bool {
        a == b || self.folds_case && same_key(a, b)
    }
}

/// Returns `true` if lowercase, uppercase or both in sequence make the texts equal.
fn any_case_folding_joins(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.to_lowercase() == b.to_lowercase()
        || a.to_uppercase() == b.to_uppercase()
        || a.to_uppercase().to_lowercase() == b.to_uppercase().to_lowercase()
}

/// Returns `true` if a key begins with `aws:` in any letter case. AWS reserves the prefix in every case for writing,
/// though only the lowercase prefix marks a tag of its own ([`is_aws_key`]).
#[must_use]
pub fn has_reserved_prefix(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
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

    #[test]
    fn keys_beyond_ascii_are_unknown_where_case_folds() {
        let (user, device) = (TagLimits::of("iam:user"), TagLimits::of("iam:mfa"));
        for (a, b, on_user) in [
            ("Owner", "Owner", KeyIdentity::Same),
            ("Owner", "owner", KeyIdentity::Same),
            ("Owner", "Owners", KeyIdentity::Different),
            ("Stra\u{df}e", "Strasse", KeyIdentity::Unknown),
            ("\u{df}", "SS", KeyIdentity::Unknown),
            ("\u{212a}ey", "key", KeyIdentity::Unknown),
            ("\u{c9}t\u{e9}", "\u{e9}t\u{e9}", KeyIdentity::Unknown),
            ("\u{17f}ize", "Size", KeyIdentity::Unknown),
        ] {
            assert_eq!(user.key_identity(a, b), on_user, "{a} {b}");
            assert_eq!(user.key_identity(b, a), on_user, "{b} {a}");
            let exact = if a == b { KeyIdentity::Same } else { KeyIdentity::Different };
            assert_eq!(device.key_identity(a, b), exact, "{a} {b}");
        }
        assert!(user.reads_as_same_key("\u{c9}", "\u{e9}") && !device.reads_as_same_key("A", "a"));
    }
}
