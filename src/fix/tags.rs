//! Tags as a map, and the operations on them that plans, journals and requests share.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use crate::aws::{KeyIdentity, TagLimits};
use crate::base::digest::{hex, sha256};

/// Tag values by key.
pub type TagMap = BTreeMap<String, String>;

/// Returns the keys whose presence or value differs, sorted.
#[must_use]
pub fn differing<'a>(a: &'a TagMap, b: &'a TagMap) -> Vec<&'a str> {
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    keys.into_iter().filter(|key| a.get(*key) != b.get(*key)).map(String::as_str).collect()
}

/// Writes one tag as the service does: if it ignores case, the new spelling replaces the old one.
pub fn put(tags: &mut TagMap, key: &str, value: &str, limits: TagLimits) {
    tags.retain(|other, _| limits.key_identity(key, other) != KeyIdentity::Same);
    tags.insert(key.to_owned(), value.to_owned());
}

/// Returns the SHA-256 of tags in hex. It depends on the exact spelling and not on the order of an API response.
#[must_use]
pub fn hash_tags(tags: &TagMap) -> String {
    let fields = tags.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]);
    hex(&sha256(fields))
}

/// Deserializes an object and rejects duplicate keys. serde would silently keep the last one, other readers the first.
pub(super) fn unique_keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TagMap, D::Error> {
    struct UniqueKeys;
    impl<'de> Visitor<'de> for UniqueKeys {
        type Value = TagMap;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object of tag keys and values")
        }
        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut out = TagMap::new();
            while let Some((key, value)) = map.next_entry::<String, String>()? {
                if out.insert(key, value).is_some() {
                    return Err(M::Error::custom("duplicate tag key"));
                }
            }
            Ok(out)
        }
    }
    deserializer.deserialize_map(UniqueKeys)
}
