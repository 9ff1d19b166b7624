//! The keys at the top of a document.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The kind of a JSON value, as far as shapes differ in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::input) enum ValueKind {
    List,
    Object,
    Other,
}

/// A key and the kind of its value.
pub(in crate::input) type Key = (String, ValueKind);

/// The keys at the top of the first document in a text, as far as it goes, each with the kind of its value.
pub(in crate::input) fn top_level_keys(text: &[u8]) -> Vec<Key> {
    let (mut keys, mut depth, mut at) = (Vec::new(), 0_usize, 0);
    while at < text.len() {
        match text[at] {
            b'"' => {
                let end = end_of_string(text, at);
                let rest = text.get(end..).unwrap_or_default().trim_ascii_start();
                if let Some(value) = rest.strip_prefix(b":").filter(|_| depth == 1) {
                    keys.push((String::from_utf8_lossy(&text[at + 1..end - 1]).into_owned(), kind_of(value)));
                }
                at = end;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        at += 1;
    }
    keys
}

fn kind_of(value: &[u8]) -> ValueKind {
    match value.trim_ascii_start().first() {
        Some(b'[') => ValueKind::List,
        Some(b'{') => ValueKind::Object,
        _ => ValueKind::Other,
    }
}

/// The position after the string that begins at a position. A string that breaks off ends with the text.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len() + 1
}

/// The keys of an object, each with the kind of its value.
pub(super) struct TopLevel(pub(super) Vec<Key>);

impl<'de> Deserialize<'de> for TopLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TopLevelVisitor;
        impl<'de> Visitor<'de> for TopLevelVisitor {
            type Value = TopLevel;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut keys = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    keys.push((key, map.next_value::<ValueKind>()?));
                }
                Ok(TopLevel(keys))
            }
        }
        deserializer.deserialize_map(TopLevelVisitor)
    }
}

impl<'de> Deserialize<'de> for ValueKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KindVisitor;
        impl<'de> Visitor<'de> for KindVisitor {
            type Value = ValueKind;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<ValueKind, M::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(ValueKind::Object)
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<ValueKind, S::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(ValueKind::List)
            }
            fn visit_unit<E>(self) -> Result<ValueKind, E> {
                Ok(ValueKind::Other)
            }
            fn visit_bool<E>(self, _: bool) -> Result<ValueKind, E> {
                Ok(ValueKind::Other)
            }
            fn visit_u64<E>(self, _: u64) -> Result<ValueKind, E> {
                Ok(ValueKind::Other)
            }
            fn visit_i64<E>(self, _: i64) -> Result<ValueKind, E> {
                Ok(ValueKind::Other)
            }
            fn visit_f64<E>(self, _: f64) -> Result<ValueKind, E> {
                Ok(ValueKind::Other)
            }
            fn visit_str<E>(self, _: &str) -> Result<ValueKind, E> {
                Ok(ValueKind::Other)
            }
        }
        deserializer.deserialize_any(KindVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_at_the_top_are_found_however_the_head_ends() {
        let text = br#"{ "A": [{"B": "}\"{"}], "C\"": {"D": 1}, "E": "x", "F" : ["#;
        let names = |text: &[u8]| {
            let keys = top_level_keys(text).into_iter();
            keys.map(|(name, kind)| format!("{name} {kind:?}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(names(text), "A List, C\\\" Object, E Other, F List");
        for end in 0..text.len() {
            assert!(top_level_keys(&text[..end]).len() <= 4, "{end}");
        }
        assert_eq!(names(b"{\"A\": 1} {\"B\": 2}"), "A Other");
        assert_eq!(names(b"no"), "");
    }
}
