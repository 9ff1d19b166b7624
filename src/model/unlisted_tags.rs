//! Tags that may exist besides the listed ones.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::aws::same_key;

/// The tags that may exist besides the listed ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum UnlistedTags {
    /// No further tags.
    #[default]
    None,
    /// Only these keys, sorted. A key that ends in `*` is a prefix.
    Keys(Vec<String>),
    /// Any tags.
    Any,
}

impl UnlistedTags {
    /// The given keys, sorted and deduplicated; `None` if there are none.
    pub fn keys(keys: impl IntoIterator<Item = String>) -> Self {
        let mut keys: Vec<String> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() { Self::None } else { Self::Keys(keys) }
    }

    /// Sorts and deduplicates the keys.
    #[must_use]
    pub fn sorted(self) -> Self {
        match self {
            Self::Keys(keys) => Self::keys(keys),
            other => other,
        }
    }

    /// Returns `true` if no further tags can exist.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Returns `true` if a key may exist. With `fold` keys are compared ignoring case, as IAM does for users.
    #[must_use]
    pub fn may_be(&self, key: &str, fold: bool) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            Self::Keys(keys) => keys.iter().any(|one| match one.strip_suffix('*') {
                Some(start) => begins(key, start, fold),
                None => one == key || fold && same_key(one, key),
            }),
        }
    }

    /// Returns `true` if a key that satisfies the predicate may exist. A prefix counts as satisfying it.
    pub fn any(&self, mut predicate: impl FnMut(&str) -> bool) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            Self::Keys(keys) => keys.iter().any(|key| key.ends_with('*') || predicate(key)),
        }
    }

    /// The union.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => Self::Any,
            (Self::None, more) | (more, Self::None) => more,
            (Self::Keys(own), Self::Keys(other)) => Self::keys(own.into_iter().chain(other)),
        }
    }
}

fn begins(key: &str, start: &str, fold: bool) -> bool {
    if !fold {
        return key.starts_with(start);
    }
    // Counted in characters, because another letter case may have another number of bytes.
    let length = start.chars().count();
    same_key(&key.chars().take(length).collect::<String>(), start)
}

impl From<bool> for UnlistedTags {
    fn from(any: bool) -> Self {
        if any { Self::Any } else { Self::None }
    }
}

impl Serialize for UnlistedTags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_bool(false),
            Self::Any => serializer.serialize_bool(true),
            Self::Keys(keys) => keys.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for UnlistedTags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UnlistedTagsVisitor;
        impl<'de> Visitor<'de> for UnlistedTagsVisitor {
            type Value = UnlistedTags;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a list of keys")
            }
            fn visit_bool<E: serde::de::Error>(self, any: bool) -> Result<UnlistedTags, E> {
                Ok(any.into())
            }
            fn visit_unit<E: serde::de::Error>(self) -> Result<UnlistedTags, E> {
                Ok(UnlistedTags::None)
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<UnlistedTags, S::Error> {
                let mut keys = Vec::<String>::new();
                while let Some(key) = seq.next_element()? {
                    keys.push(key);
                }
                Ok(UnlistedTags::keys(keys))
            }
        }
        deserializer.deserialize_any(UnlistedTagsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn possible_keys_are_matched_and_joined() {
        let keys = |text: &str| UnlistedTags::keys(text.split_whitespace().map(str::to_owned));
        for (more, key, fold, want) in [
            (UnlistedTags::None, "a", true, false),
            (UnlistedTags::Any, "a", false, true),
            (keys("Owner k8s:*"), "Owner", false, true),
            (keys("Owner k8s:*"), "owner", false, false),
            (keys("Owner k8s:*"), "owner", true, true),
            (keys("Owner k8s:*"), "k8s:x", false, true),
            (keys("Owner k8s:*"), "K8S:x", true, true),
            (keys("Owner k8s:*"), "k8", true, false),
            (keys("*"), "anything", false, true),
        ] {
            assert_eq!(more.may_be(key, fold), want, "{more:?} {key}");
        }
        assert_eq!(keys("b a").and(keys("c a")), keys("a b c"));
        assert_eq!(keys("a").and(UnlistedTags::Any), UnlistedTags::Any);
        assert_eq!(keys(""), UnlistedTags::None);
        assert!(keys("a b").any(|key| key == "b") && !keys("a b").any(|key| key == "c") && keys("c*").any(|_| false));
    }

    #[test]
    fn it_is_a_flag_or_a_list_in_an_inventory() {
        for (text, want) in [
            ("true", UnlistedTags::Any),
            ("false", UnlistedTags::None),
            ("null", UnlistedTags::None),
            ("[]", UnlistedTags::None),
            ("[\"b\",\"a\",\"b\"]", UnlistedTags::Keys(vec!["a".to_owned(), "b".to_owned()])),
        ] {
            assert_eq!(serde_json::from_str::<UnlistedTags>(text).unwrap(), want, "{text}");
        }
        assert_eq!(serde_json::to_string(&UnlistedTags::keys(["a".to_owned()])).unwrap(), "[\"a\"]");
        assert!(serde_json::from_str::<UnlistedTags>("1").is_err());
    }
}
