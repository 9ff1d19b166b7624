//! The resource types that can be read live.

use std::fmt;
use std::str::FromStr;

/// A resource type that the collector knows how to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// Cognito user pools, by region.
    Pool,
    /// IAM virtual MFA devices, once an account. Hardware and FIDO devices cannot be tagged and are not listed.
    Device,
    /// IAM users, once an account.
    User,
}

impl ResourceKind {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 3] = [Self::Pool, Self::Device, Self::User];

    /// The name that the command line, the policies and the inventories use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pool => "cognito-idp:userpool",
            Self::Device => "iam:mfa",
            Self::User => "iam:user",
        }
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no resource type that can be read live.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is no resource type that can be read live", crate::base::quote(.0))]
pub struct UnknownKind(pub String);

impl FromStr for ResourceKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for kind in ResourceKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("iam:role".parse::<ResourceKind>().is_err());
        assert!(ResourceKind::ALL.is_sorted_by_key(|kind| kind.as_str()));
    }
}
