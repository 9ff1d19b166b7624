//! Roles of other accounts: their names, and what a session of them may do.

/// A role's ARN in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RoleArn<'a> {
    pub(super) partition: &'a str,
    pub(super) account: &'a str,
}

/// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
pub(super) fn parse(arn: &str) -> Option<RoleArn<'_>> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, role] = parts[..] else { return None };
    let good = partition.starts_with("aws") && is_account(account) && is_name(role.strip_prefix("role/")?);
    good.then_some(RoleArn { partition, account })
}

/// A role's name, with its path in front where it has one.
pub(super) fn is_name(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or_default();
    let printable = text.bytes().all(|b| (0x21..=0x7e).contains(&b));
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    printable && plain && !name.is_empty() && name.len() <= 64 && text.len() <= 512 && !text.starts_with('/')
}

/// Whether a trust policy can name it: an account, or the ARN of one of its users or roles, or of the account.
#[must_use]
pub fn is_principal(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, who] = parts[..] else { return is_account(text) };
    let named = who.strip_prefix("role/").or_else(|| who.strip_prefix("user/")).is_some_and(is_name);
    partition.starts_with("aws") && is_account(account) && (named || who == "root")
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_arns() {
        let parsed = parse("arn:aws-us-gov:iam::111122223333:role/team/Scan").unwrap();
        assert_eq!((parsed.partition, parsed.account), ("aws-us-gov", "111122223333"));
        for bad in [
            "arn:aws:iam::111122223333:user/x",
            "arn:aws:iam::1111:role/x",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:sts::111122223333:assumed-role/x/y",
            "Scan",
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
        assert!(is_name("OrganizationAccountAccessRole") && is_name("a/b/Scan"));
        assert!(!is_name("a b") && !is_name("") && !is_name("a/"));
    }
}
