//! Names and ARNs of IAM roles, and the principals of trust policies.

use crate::aws::{AccountId, Arn};

/// Parses the ARN of a role: `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
pub(crate) fn parse(text: &str) -> Option<Arn<'_>> {
    let arn = iam_arn(text)?;
    is_name(arn.resource.strip_prefix("role/")?).then_some(arn)
}

/// The parts of an ARN of IAM in some account.
fn iam_arn(text: &str) -> Option<Arn<'_>> {
    let arn = Arn::parse(text)?;
    (arn.service == "iam" && arn.region.is_empty() && !arn.account.is_empty()).then_some(arn)
}

/// Returns `true` if a text is the name of a role, with or without its path in front (IAM API Reference, `Role`).
pub(crate) fn is_name(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or_default();
    let printable = text.bytes().all(|b| (0x21..=0x7e).contains(&b));
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    printable && plain && !name.is_empty() && name.len() <= 64 && text.len() <= 512 && !text.starts_with('/')
}

/// Returns `true` if a trust policy can name a principal: an account id, or the ARN of a user, a role or an account's
/// root.
#[must_use]
pub fn is_principal(text: &str) -> bool {
    let Some(arn) = iam_arn(text) else { return AccountId::is_valid(text) };
    let named = arn.resource.strip_prefix("role/").or_else(|| arn.resource.strip_prefix("user/")).is_some_and(is_name);
    named || arn.resource == "root"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_arns() {
        let parsed = parse("arn:aws-us-gov:iam::111122223333:role/team/AccountScan").unwrap();
        assert_eq!((parsed.partition, parsed.account), ("aws-us-gov", "111122223333"));
        for bad in [
            "arn:aws:iam::111122223333:user/x",
            "arn:aws:iam::1111:role/x",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:sts::111122223333:assumed-role/x/y",
            "AccountScan",
            "",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        for (text, good) in [
            ("111122223333", true),
            ("arn:aws:iam::111122223333:root", true),
            ("arn:aws:iam::111122223333:role/ci/taglint", true),
            ("arn:aws:iam::111122223333:user/ana", true),
            ("arn:aws:sts::111122223333:assumed-role/x/y", false),
            ("*", false),
            ("", false),
        ] {
            assert_eq!(is_principal(text), good, "{text}");
        }
        assert!(is_name("OrganizationAccountAccessRole") && is_name("a/b/AccountScan"));
        assert!(!is_name("a b") && !is_name("") && !is_name("a/"));
    }
}
