//! Region names and partitions, as far as a scan has to know them. Sources: botocore's partitions and IAM's endpoint
//! rules. New regions appear all the time, so a well-formed name that is not known is never refused.

use super::error::CollectError;

/// What makes a partition's regions known, and a region of it that is always enabled: IAM and STS answer there.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "aws-cn", "cn-north-1"),
    ("us-gov-", "aws-us-gov", "us-gov-west-1"),
    ("eusc-", "aws-eusc", "eusc-de-east-1"),
    ("us-iso-", "aws-iso", "us-iso-east-1"),
    ("us-isob-", "aws-iso-b", "us-isob-east-1"),
    ("eu-isoe-", "aws-iso-e", "eu-isoe-west-1"),
    ("us-isof-", "aws-iso-f", "us-isof-south-1"),
];

/// The regions where Cognito user pools exist, by partition; the others have none (botocore's endpoints, November 2026).
const POOL_REGIONS: [(&str, &[&str]); 3] = [
    (
        "aws",
        &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    ("aws-us-gov", &["us-gov-east-1", "us-gov-west-1"]),
    ("aws-eusc", &["eusc-de-east-1"]),
];

/// The regions of a partition that are known to have user pools.
pub(super) fn with_pools(partition: &str) -> &'static [&'static str] {
    POOL_REGIONS.iter().find(|(name, _)| *name == partition).map_or(&[], |(_, regions)| regions)
}

/// Whether a region is known to have user pools.
pub(super) fn is_known(region: &str) -> bool {
    with_pools(partition_of(region)).contains(&region)
}

/// The partition that a region belongs to.
pub(super) fn partition_of(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix)).map_or("aws", |(_, partition, _)| partition)
}

/// The region that stands for the whole partition of `region`.
pub(super) fn main_region_of(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(prefix, ..)| region.starts_with(prefix)).map_or("us-east-1", |(_, _, main)| main)
}

/// The region that stands for a whole partition.
pub(super) fn main_region_in(partition: &str) -> &'static str {
    PARTITIONS.iter().find(|(_, name, _)| *name == partition).map_or("us-east-1", |(_, _, main)| main)
}

/// Refuses what cannot be a region's name. It becomes part of a host name: nothing else may get there.
pub(super) fn check(name: &str) -> Result<(), CollectError> {
    let parts: Vec<&str> = name.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let good = name.len() <= 32
        && parts.len() >= 3
        && parts.iter().all(word)
        && parts.last().is_some_and(number)
        && name.starts_with(|c: char| c.is_ascii_lowercase());
    if good { Ok(()) } else { Err(CollectError::BadRegion { name: name.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_can_be_regions() {
        for (name, good) in [
            ("eu-west-1", true),
            ("us-gov-west-1", true),
            ("eusc-de-east-1", true),
            ("us-isob-east-1", true),
            ("mx-central-12", true),
            ("eu-west-1a", false),
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
            assert_eq!(check(name).is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn partitions() {
        assert_eq!((partition_of("eu-west-1"), main_region_of("eu-west-1")), ("aws", "us-east-1"));
        assert_eq!((partition_of("us-gov-east-1"), main_region_of("us-gov-east-1")), ("aws-us-gov", "us-gov-west-1"));
        assert_eq!((partition_of("cn-northwest-1"), main_region_of("")), ("aws-cn", "us-east-1"));
        assert_eq!(partition_of("us-isob-east-1"), "aws-iso-b");
        assert_eq!((main_region_in("aws-cn"), main_region_in("aws")), ("cn-north-1", "us-east-1"));
        assert!(
            is_known("eu-west-1") && is_known("us-gov-east-1") && !is_known("cn-north-1") && !is_known("me-west-1")
        );
    }
}
