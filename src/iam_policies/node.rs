//! JSON that keeps duplicate names of objects, so that no part of a policy is hidden.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyJson {
    /// A string, or a number, boolean or null as text.
    Scalar(String),
    /// An array.
    List(Vec<PolicyJson>),
    /// An object: names in the order of the text, with duplicates.
    Object(Vec<(String, PolicyJson)>),
}

impl PolicyJson {
    /// The items of a list, or the single value.
    pub(super) fn items(&self) -> &[PolicyJson] {
        match self {
            Self::List(items) => items,
            alone => std::slice::from_ref(alone),
        }
    }

    /// All values of this name, ignoring letter case.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a PolicyJson> + 'a {
        let pairs: &[(String, PolicyJson)] = match self {
            Self::Object(pairs) => pairs,
            Self::Scalar(_) | Self::List(_) => &[],
        };
        pairs.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for PolicyJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PolicyJsonVisitor)
    }
}

struct PolicyJsonVisitor;

impl<'de> Visitor<'de> for PolicyJsonVisitor {
    type Value = PolicyJson;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<PolicyJson, E> {
        Ok(PolicyJson::Scalar(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<PolicyJson, E> {
        Ok(PolicyJson::Scalar(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<PolicyJson, E> {
        Ok(PolicyJson::Scalar(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<PolicyJson, E> {
        Ok(PolicyJson::Scalar(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<PolicyJson, E> {
        Ok(PolicyJson::Scalar(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<PolicyJson, E> {
        Ok(PolicyJson::Scalar(value))
    }

    fn visit_unit<E: Error>(self) -> Result<PolicyJson, E> {
        Ok(PolicyJson::Scalar("null".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<PolicyJson, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(PolicyJson::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PolicyJson, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(PolicyJson::Object(pairs))
    }
}
