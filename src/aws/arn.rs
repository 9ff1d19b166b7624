//! Amazon Resource Names.

use super::account_id::AccountId;
use super::region::{Partition, Region};

/// The six parts of an ARN: `arn:partition:service:region:account:resource` (IAM User Guide, "Amazon Resource Names").
/// Region and account are empty if the service has none; the resource part may contain colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// `iam`, `cognito-idp`, …
    pub service: &'a str,
    /// Empty for a global service.
    pub region: &'a str,
    /// Empty for a few services, such as Amazon S3.
    pub account: &'a str,
    /// Everything after the account.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN into its parts. It checks only the `arn:` prefix and the number of parts.
    #[must_use]
    pub fn split(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let mut next = || parts.next();
        Some(Self { partition: next()?, service: next()?, region: next()?, account: next()?, resource: next()? })
    }

    /// Splits an ARN and checks its partition, region and account: each has the right form, or is empty (not the
    /// partition).
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let arn = Self::split(text)?;
        let good = Partition::is_valid_name(arn.partition)
            && (arn.region.is_empty() || Region::is_valid(arn.region))
            && (arn.account.is_empty() || AccountId::is_valid(arn.account));
        good.then_some(arn)
    }

    /// The parts of `type/id`, the usual form of the resource part.
    #[must_use]
    pub fn type_and_id(&self) -> Option<(&'a str, &'a str)> {
        self.resource.split_once('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_split_and_checked() {
        for (text, split, parsed) in [
            ("arn:aws:iam::123456789012:user/team/a", true, true),
            ("arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/x", true, true),
            ("arn:aws:s3:::bucket/key:with:colons", true, true),
            ("arn:aws:iam::12345:user/a", true, false),
            ("arn:aws:iam:eu-west-1a:123456789012:user/a", true, false),
            ("arn:AWS:iam::123456789012:user/a", true, false),
            ("arn:aws:iam::123456789012", false, false),
            ("urn:aws:iam::123456789012:user/a", false, false),
            ("", false, false),
        ] {
            assert_eq!((Arn::split(text).is_some(), Arn::parse(text).is_some()), (split, parsed), "{text}");
        }
        let arn = Arn::parse("arn:aws:iam::123456789012:user/team/a").expect("a good ARN");
        assert_eq!((arn.service, arn.account, arn.type_and_id()), ("iam", "123456789012", Some(("user", "team/a"))));
        assert_eq!(Arn::split("arn:aws:s3:::b/k:x").expect("an ARN").resource, "b/k:x");
    }
}
