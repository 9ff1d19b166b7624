//! The tags of a resource, known or unknown.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::text::Text;
use super::unlisted_tags::UnlistedTags;
use crate::aws::same_key;
use crate::base::quote;

/// Tag values by key.
pub type TagMap = BTreeMap<String, String>;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag<'a> {
    /// The key, as on the resource.
    pub key: Text<'a>,
    /// The value; `None` if it is not known yet.
    pub value: Option<Text<'a>>,
}

/// The tags of a resource. Tags that could not be read are unknown, not absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags<'a> {
    /// The tags were read.
    Read {
        /// The listed tags, in the order of the input.
        tags: Vec<Tag<'a>>,
        /// Unlisted tags, such as those of an unknown map that a Terraform plan merges.
        more: UnlistedTags,
    },
    /// The tags could not be read.
    Unread {
        /// The reason, as text.
        reason: Text<'a>,
    },
}

impl Default for Tags<'_> {
    fn default() -> Self {
        Self::Read { tags: Vec::new(), more: UnlistedTags::None }
    }
}

/// The result of a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagLookup<T> {
    /// The key is present.
    Present(T),
    /// The key is absent.
    Absent,
    /// The key may be present.
    Unknown,
}

impl<'a> Tags<'a> {
    /// The known tags; empty if the tags could not be read.
    #[must_use]
    pub fn known(&self) -> &[Tag<'a>] {
        match self {
            Self::Read { tags, .. } => tags,
            Self::Unread { .. } => &[],
        }
    }

    /// The known tags, owned.
    #[must_use]
    pub fn into_known(self) -> Vec<Tag<'a>> {
        match self {
            Self::Read { tags, .. } => tags,
            Self::Unread { .. } => Vec::new(),
        }
    }

    /// Returns `true` if all tags are known. Only then is a key that is not found absent.
    #[must_use]
    pub fn complete(&self) -> bool {
        matches!(self, Self::Read { more: UnlistedTags::None, .. })
    }

    /// The reason why some tags are unknown.
    #[must_use]
    pub fn why_unknown(&self) -> &str {
        match self {
            Self::Unread { reason } => reason,
            Self::Read { .. } => "other tags may be set that are not known yet",
        }
    }

    pub(super) fn set_more(&mut self, value: UnlistedTags) {
        if let Self::Read { more, .. } = self {
            *more = value;
        }
    }

    /// The index of a key. With `fold` keys are compared ignoring case, as IAM does for users. If several spellings are
    /// present, the exact one wins, then the first in key order.
    #[must_use]
    pub fn find(&self, key: &str, fold: bool) -> TagLookup<usize> {
        let tags = self.known();
        if let Some(at) = tags.iter().position(|tag| tag.key.as_str() == key) {
            return TagLookup::Present(at);
        }
        if fold {
            let same = tags.iter().enumerate().filter(|(_, tag)| same_key(key, &tag.key));
            if let Some((at, _)) = same.min_by(|a, b| a.1.key.cmp(&b.1.key)) {
                return TagLookup::Present(at);
            }
        }
        if self.may_hold(|more| more.may_be(key, fold)) { TagLookup::Unknown } else { TagLookup::Absent }
    }

    /// Returns `true` if unlisted tags may satisfy a predicate.
    #[must_use]
    pub fn may_hold(&self, predicate: impl FnOnce(&UnlistedTags) -> bool) -> bool {
        match self {
            Self::Read { more, .. } => predicate(more),
            Self::Unread { .. } => true,
        }
    }
}

/// A key that occurs twice. AWS stores a key once, so one of the values would be ignored.
pub(crate) fn repeated_key<'k>(keys: impl Iterator<Item = &'k str> + Clone) -> Option<&'k str> {
    // Nearly no resource has a key twice. A Bloom filter shows that without a copy of the keys.
    let mut seen = [0_u64; FILTER];
    let is_new = |key: &str| {
        let hash = key_hash(key.as_bytes());
        let (word, bit) = (hash / 64 % FILTER, 1 << (hash % 64));
        let is_new = seen[word] & bit == 0;
        seen[word] |= bit;
        is_new
    };
    if keys.clone().all(is_new) {
        return None;
    }
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// The reason why the value of a key is unknown that a list has twice: AWS refuses it, or takes one of the two values.
pub(crate) fn stands_twice(key: &str) -> String {
    format!("the key {} stands twice, with different values", quote(key))
}

/// The number of words of the Bloom filter.
const FILTER: usize = 32;

/// A small number that differs for most keys: of the length, the first and the last bytes.
fn key_hash(key: &[u8]) -> usize {
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let ends = match key.len() {
        0..8 => key.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
        _ => word(key.first_chunk()).rotate_left(23) ^ word(key.last_chunk()),
    };
    let mixed = (ends ^ key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 53).expect("eleven bits")
}

impl<'de: 'a, 'a> Deserialize<'de> for Tags<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagsVisitor<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for TagsVisitor<'a> {
            type Value = Tags<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tag keys and values")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut tags = Vec::with_capacity(16);
                while let Some(key) = map.next_key::<Text<'a>>()? {
                    tags.push(Tag { key, value: map.next_value::<Option<Text<'a>>>()? });
                }
                Ok(Tags::Read { tags, more: UnlistedTags::None })
            }
        }
        deserializer.deserialize_map(TagsVisitor(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_occurs_twice_is_found_among_any_others() {
        let keys: Vec<String> = (0..300).map(|at| format!("{:0>width$}", at, width = at % 23)).collect();
        for number in [0, 1, 2, 12, 50, 300] {
            let mut keys: Vec<&str> = keys[..number].iter().map(String::as_str).collect();
            assert_eq!(repeated_key(keys.iter().copied()), None, "{number}");
            for at in 0..number {
                keys.push(keys[at]);
                assert_eq!(repeated_key(keys.iter().copied()), Some(keys[at]), "{number} {at}");
                keys.pop();
            }
        }
    }
}
