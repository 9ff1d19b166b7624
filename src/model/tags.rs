//! Tags, and what is known of them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::resource::Text;
use super::unlisted_tags::UnlistedTags;
use crate::aws::same_key;

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag<'a> {
    /// As it is written on the resource.
    pub key: Text<'a>,
    /// `None`: the key is there, its value is not known yet.
    pub value: Option<Text<'a>>,
}

/// The tags of a resource: unread is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags<'a> {
    /// They were read.
    Read {
        /// In the order of the input.
        tags: Vec<Tag<'a>>,
        /// Which others may exist besides (a merge of unknown maps in a plan).
        more: UnlistedTags,
    },
    /// None could be read.
    Unread {
        /// Why, for a person.
        reason: Text<'a>,
    },
}

impl Default for Tags<'_> {
    fn default() -> Self {
        Self::Read { tags: Vec::new(), more: UnlistedTags::None }
    }
}

/// What looking for a key gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagLookup<T> {
    /// It is there.
    Present(T),
    /// It is not there.
    Absent,
    /// It may be there.
    Unknown,
}

impl<'a> Tags<'a> {
    /// The tags that are known; empty where none could be read.
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

    /// Whether every tag is known: only then is a key that is not found absent.
    #[must_use]
    pub fn complete(&self) -> bool {
        matches!(self, Self::Read { more: UnlistedTags::None, .. })
    }

    /// Why tags are not known.
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

    /// The index of a key, compared exactly, or (`fold`) as IAM compares the keys of users. Where a user has two
    /// spellings of one key, the exact one comes first, then key order.
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

    /// Whether a key of a kind may be there besides those that are known.
    #[must_use]
    pub fn may_hold(&self, such: impl FnOnce(&UnlistedTags) -> bool) -> bool {
        match self {
            Self::Read { more, .. } => such(more),
            Self::Unread { .. } => true,
        }
    }
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
