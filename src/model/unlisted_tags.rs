//! Tags that may exist besides the listed ones.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::aws::same_key;

/// The name of the excepted keys in an inventory.
const EXCEPT: &str = "except";

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
    /// Any tags but these keys, sorted: an event removed them, and tells no others. Written as `{"except": […]}`.
    AllBut(Vec<String>),
}

impl UnlistedTags {
    /// The given keys, sorted and deduplicated; `None` if there are none.
    pub fn keys(keys: impl IntoIterator<Item = String>) -> Self {
        let mut keys: Vec<String> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() { Self::None } else { Self::Keys(keys) }
    }

    /// Any tags but the given keys.
    pub fn all_but(keys: impl IntoIterator<Item = String>) -> Self {
        match Self::keys(keys) {
            Self::Keys(keys) => Self::AllBut(keys),
            _ => Self::Any,
        }
    }

    /// Sorts and deduplicates the keys.
    #[must_use]
    pub fn sorted(self) -> Self {
        match self {
            Self::Keys(keys) => Self::keys(keys),
            Self::AllBut(keys) => Self::all_but(keys),
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
            Self::AllBut(keys) => !keys.iter().any(|one| one == key || fold && same_key(one, key)),
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
            Self::Any | Self::AllBut(_) => true,
            Self::Keys(keys) => keys.iter().any(|key| key.ends_with('*') || predicate(key)),
        }
    }

    /// The union.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, more) | (more, Self::None) => more,
            (Self::AllBut(own), Self::AllBut(other)) => {
                Self::all_but(own.into_iter().filter(|key| other.contains(key)))
            }
            (Self::Keys(own), Self::Keys(other)) => Self::keys(own.into_iter().chain(other)),
            // A prefix among keys may be an excepted key.
            (Self::Any | Self::AllBut(_), _) | (_, Self::Any | Self::AllBut(_)) => Self::Any,
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
            Self::AllBut(keys) => serializer.collect_map([(EXCEPT, keys)]),
        }
    }
}

impl<'de> Deserialize<'de> for UnlistedTags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UnlistedTagsVisitor;
        impl<'de> Visitor<'de> for UnlistedTagsVisitor {
            type Value = UnlistedTags;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, a list of keys or an object with `except`")
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
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<UnlistedTags, M::Error> {
                let mut keys = Vec::<String>::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name != EXCEPT {
                        return Err(M::Error::unknown_field(&name, &[EXCEPT]));
                    }
                    keys.append(&mut map.next_value()?);
                }
                Ok(UnlistedTags::all_but(keys))
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
            (UnlistedTags::all_but(["Owner".to_owned()]), "Owner", false, false),
            (UnlistedTags::all_but(["Owner".to_owned()]), "owner", false, true),
            (UnlistedTags::all_but(["Owner".to_owned()]), "owner", true, false),
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
            ("{\"except\":[\"b\",\"a\"]}", UnlistedTags::AllBut(vec!["a".to_owned(), "b".to_owned()])),
            ("{}", UnlistedTags::Any),
            ("[\"b\",\"a\",\"b\"]", UnlistedTags::Keys(vec!["a".to_owned(), "b".to_owned()])),
        ] {
            assert_eq!(serde_json::from_str::<UnlistedTags>(text).unwrap(), want, "{text}");
        }
        assert_eq!(serde_json::to_string(&UnlistedTags::keys(["a".to_owned()])).unwrap(), "[\"a\"]");
        let text = serde_json::to_string(&UnlistedTags::all_but(["a".to_owned()])).unwrap();
        assert_eq!(text, "{\"except\":[\"a\"]}");
        assert!(serde_json::from_str::<UnlistedTags>("1").is_err());
        assert!(serde_json::from_str::<UnlistedTags>("{\"only\":[]}").is_err());
    }
}
