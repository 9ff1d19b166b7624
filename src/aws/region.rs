//! AWS region names and partitions.
//!
//! New regions appear all the time, so a well-formed name that is not listed here is accepted. Sources: botocore's
//! partitions and the endpoint rules of IAM.

use std::fmt;
use std::str::FromStr;

/// A well-formed region name, such as `eu-central-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `true` if a text has the form of a region name. The name becomes part of a host name, so nothing else
    /// may pass: lowercase words and digits between `-`, a letter first, a number last, at least three parts.
    #[must_use]
    pub fn is_valid(name: &str) -> bool {
        let parts: Vec<&str> = name.split('-').collect();
        let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        name.len() <= 32
            && parts.len() >= 3
            && parts.iter().all(word)
            && parts.last().is_some_and(number)
            && name.starts_with(|c: char| c.is_ascii_lowercase())
    }
}

/// The error for a text that is not a region name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a region name looks like eu-central-1")]
pub struct InvalidRegion;

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(name: &str) -> Result<Self, InvalidRegion> {
        Self::is_valid(name).then(|| Self(name.to_owned())).ok_or(InvalidRegion)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A partition: a group of regions with its own accounts and IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// The name in ARNs, such as `aws-cn`.
    pub name: &'static str,
    /// The start of its region names; empty for the `aws` partition.
    pub region_prefix: &'static str,
    /// A region that is always enabled. IAM and STS answer there for the whole partition.
    pub main_region: &'static str,
}

const AWS: Partition = Partition { name: "aws", region_prefix: "", main_region: "us-east-1" };

/// The partitions other than `aws`.
const OTHERS: [Partition; 7] = [
    Partition { name: "aws-cn", region_prefix: "cn-", main_region: "cn-north-1" },
    Partition { name: "aws-us-gov", region_prefix: "us-gov-", main_region: "us-gov-west-1" },
    Partition { name: "aws-eusc", region_prefix: "eusc-", main_region: "eusc-de-east-1" },
    Partition { name: "aws-iso", region_prefix: "us-iso-", main_region: "us-iso-east-1" },
    Partition { name: "aws-iso-b", region_prefix: "us-isob-", main_region: "us-isob-east-1" },
    Partition { name: "aws-iso-e", region_prefix: "eu-isoe-", main_region: "eu-isoe-west-1" },
    Partition { name: "aws-iso-f", region_prefix: "us-isof-", main_region: "us-isof-south-1" },
];

impl Partition {
    /// The partition of a region; `aws` for a region with no known prefix.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        OTHERS.into_iter().find(|partition| region.starts_with(partition.region_prefix)).unwrap_or(AWS)
    }

    /// The partition with this name; `aws` for an unknown name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        OTHERS.into_iter().find(|partition| partition.name == name).unwrap_or(AWS)
    }

    /// Returns `true` if a text has the form of a partition name: `aws`, or `aws-` and more.
    #[must_use]
    pub fn is_valid_name(name: &str) -> bool {
        let word = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        name.starts_with("aws") && word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_names() {
        for (name, good) in [
            ("eu-west-1", true),
            ("us-gov-west-1", true),
            ("eusc-de-east-1", true),
            ("us-isob-east-1", true),
            ("mx-central-12", true),
            ("eu-west-1a", false),
            ("x-", false),
            ("EU-WEST-1", false),
            ("eu_west_1", false),
            ("eu-west-1.example.com", false),
            ("eu-west-1/x", false),
            ("eu--west-1", false),
            (" eu-west-1", false),
            ("global", false),
            ("1-2-3", false),
            ("", false),
        ] {
            assert_eq!(name.parse::<Region>().is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn partitions() {
        for (region, partition, main) in [
            ("eu-west-1", "aws", "us-east-1"),
            ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
            ("cn-northwest-1", "aws-cn", "cn-north-1"),
            ("us-isob-east-1", "aws-iso-b", "us-isob-east-1"),
            ("", "aws", "us-east-1"),
        ] {
            let found = Partition::of_region(region);
            assert_eq!((found.name, found.main_region), (partition, main), "{region}");
            assert_eq!(Partition::named(partition), found);
        }
    }
}
