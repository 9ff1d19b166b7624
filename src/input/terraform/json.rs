//! JSON values of plans and states. Any provider may write any type, so no type is an error; texts are borrowed.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::Text;

/// The message of an error in a plan or state, without the value that it quotes: it may be a secret.
pub(super) fn message_without_value(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match (text.find(['"', '`']), text.rfind(", expected ")) {
        (Some(quote), Some(expected)) if quote < expected => {
            format!("{}{}", text[..quote].trim_end(), &text[expected..])
        }
        _ => text,
    }
}

/// A small part of a plan or state.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum JsonValue<'a> {
    #[default]
    Null,
    Bool(bool),
    /// A number as Terraform would turn it into text.
    Number(String),
    Text(Text<'a>),
    List(Vec<JsonValue<'a>>),
    Map(Vec<(Text<'a>, JsonValue<'a>)>),
}

impl<'a> JsonValue<'a> {
    /// The value of a key; null if it is missing.
    pub(super) fn get(&self, key: &str) -> &Self {
        self.entries().iter().find(|(own, _)| is_same(own, key)).map_or(&JsonValue::Null, |(_, value)| value)
    }

    /// The keys and values; none unless this is an object.
    pub(super) fn entries(&self) -> &[(Text<'a>, JsonValue<'a>)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// The elements; none unless this is a list.
    pub(super) fn items(&self) -> &[JsonValue<'a>] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub(super) fn text(&self) -> Option<&Text<'a>> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        self.text().map(Text::as_str)
    }

    /// A string, or the string that Terraform converts a number or boolean to.
    pub(super) fn scalar(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text.as_str())),
            Self::Number(number) => Some(Cow::Borrowed(number)),
            Self::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    pub(super) fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    pub(super) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// The value as `serde_json` has it.
    pub(super) fn to_value(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => number.parse().map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::String(text.as_str().to_owned()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Map(entries) => entries.iter().map(|(key, value)| (key.as_str(), value.to_value())).collect(),
        }
    }

    /// Adds every text and number in the value, at any depth.
    pub(super) fn texts(&self, out: &mut Vec<String>) {
        match self {
            Self::Text(text) => out.push(text.as_str().to_owned()),
            Self::List(items) => items.iter().for_each(|item| item.texts(out)),
            Self::Map(entries) => entries.iter().for_each(|(_, value)| value.texts(out)),
            Self::Number(number) => out.push(number.clone()),
            Self::Null | Self::Bool(_) => {}
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for JsonValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JsonValueVisitor<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for JsonValueVisitor<'a> {
            type Value = JsonValue<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_unit<E: Error>(self) -> Result<JsonValue<'a>, E> {
                Ok(JsonValue::Null)
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<JsonValue<'a>, E> {
                Ok(JsonValue::Bool(value))
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<JsonValue<'a>, E> {
                Ok(JsonValue::Number(value.to_string()))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<JsonValue<'a>, E> {
                Ok(JsonValue::Number(value.to_string()))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<JsonValue<'a>, E> {
                Ok(JsonValue::Number(value.to_string()))
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<JsonValue<'a>, E> {
                Ok(JsonValue::Text(Text::from(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<JsonValue<'a>, E> {
                Ok(JsonValue::Text(Text::from(text.to_owned())))
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<JsonValue<'a>, S::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(JsonValue::List(items))
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<JsonValue<'a>, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(JsonValue::Map(entries))
            }
        }
        deserializer.deserialize_any(JsonValueVisitor(std::marker::PhantomData))
    }
}

/// The attributes that taglint reads, sorted. A resource has up to a hundred others, which are skipped without parsing
/// their values.
const WANTED: &[&str] = &[
    "arn",
    "autoscaling_group_name",
    "bucket",
    "compute_resources",
    "data_repository_association",
    "distribution",
    "ebs_block_device",
    "ecs_target",
    "final_backup_tags",
    "function_name",
    "id",
    "identity_pool_name",
    "incident_template",
    "key",
    "launch_specification",
    "launch_template",
    "mixed_instances_policy",
    "name",
    "override_provider",
    "path",
    "policy_details",
    "policy_id",
    "propagate_tags",
    "region",
    "replica",
    "resource_arn",
    "resource_id",
    "resource_tags",
    "root_block_device",
    "staging_area_tags",
    "tag",
    "tag_specifications",
    "tags",
    "tags_all",
    "target",
    "target_parameters",
    "task_definition",
    "test_bot_alias_tags",
    "unique_id",
    "url",
    "user_name",
    "value",
    "virtual_mfa_device_name",
    "volume_configuration",
    "volume_tags",
];

/// The number of them that most resources have: `arn`, `id`, `name`, `region`, `tags`, `tags_all`.
const USUALLY_WANTED: usize = 6;

/// Returns whether taglint reads an attribute of a resource.
pub(super) fn is_wanted_attribute(name: &[u8]) -> bool {
    wanted_attribute(name).is_some()
}

/// An attribute that taglint reads, by its name. Most are not wanted: a resource has up to a hundred.
fn wanted_attribute(name: &[u8]) -> Option<&'static str> {
    let (lengths, start) = WANTED_BY_LETTER[usize::from(name.first()? & 31)];
    if name.len() >= 32 || lengths & 1 << name.len() == 0 {
        return None;
    }
    WANTED[start..].iter().find(|wanted| wanted.as_bytes() == name).copied()
}

/// By the last five bits of the first letter: the lengths of the wanted names, as a bit set, and the index of the first.
const WANTED_BY_LETTER: [(u32, usize); 32] = {
    let (mut by_letter, mut at) = ([(0, 0); 32], WANTED.len());
    while at > 0 {
        at -= 1;
        let name = WANTED[at].as_bytes();
        assert!(name.len() < 32);
        let (lengths, start) = &mut by_letter[(name[0] & 31) as usize];
        *lengths |= 1 << name.len();
        *start = at;
    }
    by_letter
};

/// Returns whether two names are the same. Most differ in their length or their first letter.
#[inline]
pub(super) fn is_same(own: &str, name: &str) -> bool {
    own.len() == name.len() && own.as_bytes().first() == name.as_bytes().first() && own == name
}

/// The attributes of a resource that taglint reads, or one boolean for all of them.
#[derive(Debug, Clone, Default)]
pub(super) struct ResourceAttributes<'a> {
    wanted: Vec<(&'static str, JsonValue<'a>)>,
    /// `true` if the whole resource is unknown or sensitive.
    pub(super) whole: bool,
}

impl<'a> ResourceAttributes<'a> {
    /// An attribute; null if it is missing.
    pub(super) fn get(&self, name: &str) -> &JsonValue<'a> {
        self.wanted.iter().find(|(own, _)| is_same(own, name)).map_or(&JsonValue::Null, |(_, value)| value)
    }

    /// Returns whether the attribute exists, even as null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.wanted.iter().any(|(own, _)| is_same(own, name))
    }

    /// Returns whether any attribute is marked as a whole.
    pub(super) fn has_marks(&self) -> bool {
        self.whole || self.wanted.iter().any(|(_, value)| value.is_true())
    }

    /// Returns whether `after_unknown` or `after_sensitive` marks the whole attribute.
    pub(super) fn says(&self, name: &str) -> bool {
        self.whole || self.get(name).is_true()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ResourceAttributes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ResourceAttributesVisitor<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for ResourceAttributesVisitor<'a> {
            type Value = ResourceAttributes<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the attributes of a resource")
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(ResourceAttributes::default())
            }
            fn visit_bool<E: Error>(self, whole: bool) -> Result<Self::Value, E> {
                Ok(ResourceAttributes { whole, ..ResourceAttributes::default() })
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut out = ResourceAttributes::default();
                while let Some(name) = map.next_key::<AttributeName>()? {
                    match name.0 {
                        Some(name) => {
                            if out.wanted.is_empty() {
                                out.wanted.reserve_exact(USUALLY_WANTED);
                            }
                            out.wanted.push((name, map.next_value()?));
                        }
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(out)
            }
        }
        deserializer.deserialize_any(ResourceAttributesVisitor(std::marker::PhantomData))
    }
}

/// Reads the marks of attributes. An empty collection, which Terraform writes for each one without marks, is not kept.
pub(super) fn marks<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<ResourceAttributes<'a>, D::Error> {
    let mut marks = ResourceAttributes::deserialize(deserializer)?;
    let is_empty = |mark: &JsonValue<'_>| match mark {
        JsonValue::List(items) => items.is_empty(),
        JsonValue::Map(entries) => entries.is_empty(),
        _ => false,
    };
    marks.wanted.retain(|(_, mark)| !is_empty(mark));
    if marks.wanted.is_empty() {
        marks.wanted = Vec::new();
    }
    Ok(marks)
}

/// The name of an attribute, if taglint reads it.
struct AttributeName(Option<&'static str>);

impl<'de> Deserialize<'de> for AttributeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AttributeNameVisitor;
        impl Visitor<'_> for AttributeNameVisitor {
            type Value = AttributeName;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<AttributeName, E> {
                Ok(AttributeName(wanted_attribute(name.as_bytes())))
            }
        }
        deserializer.deserialize_identifier(AttributeNameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::resource_types::nested;

    #[test]
    fn an_error_quotes_no_value() {
        for (text, want) in [
            (r#""a, expected b""#, "invalid type: string, expected a sequence at line 1 column 15"),
            ("12345", "invalid type: integer, expected a sequence at line 1 column 5"),
            ("[1", "EOF while parsing a list at line 1 column 2"),
        ] {
            let error = serde_json::from_str::<Vec<u8>>(text).unwrap_err();
            assert_eq!(message_without_value(&error), want);
        }
    }

    #[test]
    fn the_wanted_names_are_in_order() {
        assert!(WANTED.is_sorted());
        for name in WANTED {
            assert!(
                is_wanted_attribute(name.as_bytes()) && !is_wanted_attribute(format!("{name}_").as_bytes()),
                "{name}"
            );
        }
        assert!(!is_wanted_attribute(b"") && !is_wanted_attribute(&[b'a'; 40]));
    }

    #[test]
    fn the_names_and_ids_of_supported_types_are_wanted() {
        for supported in crate::aws::supported::ALL {
            let names = supported.terraform.id.into_iter().chain([supported.terraform.name]);
            for name in names {
                assert!(WANTED.contains(&name), "{}: {name}", supported.name);
            }
        }
    }

    #[test]
    fn the_attributes_with_tags_of_other_resources_are_wanted() {
        for row in crate::aws::resource_types::all() {
            for set in row.terraform().chain(["aws_cloudwatch_event_target"]).flat_map(nested::in_terraform) {
                let outer = set.outer_others().chain(set.others().filter(|_| set.blocks.is_empty()));
                let names = outer.filter(|name| !name.starts_with(char::is_uppercase)).chain([set.first_name()]);
                for name in names {
                    assert!(WANTED.contains(&name), "{name}");
                }
            }
        }
    }

    #[test]
    fn attributes_of_any_shape_are_read() {
        let read = |text: &'static str| serde_json::from_str::<ResourceAttributes<'_>>(text).unwrap();
        let all = read(r#"{"name":7,"deep":[[{}]],"tags":{"a":null,"b":"c\n"},"tags_all":true}"#);
        assert_eq!(all.get("name").scalar().as_deref(), Some("7"));
        assert_eq!(all.get("tags").entries().len(), 2);
        assert!(all.says("tags_all") && !all.says("tags") && all.has("tags") && !all.has("path"));
        assert!(read("true").says("tags") && !read("false").says("tags"));
    }

    #[test]
    fn marks_without_content_are_not_kept() {
        let read = |text: &'static str| marks(&mut serde_json::Deserializer::from_str(text)).unwrap();
        assert!(read(r#"{"tags":{},"tag":[],"schema":[]}"#).wanted.is_empty());
        let some = read(r#"{"tags":{"Owner":{}},"tag":[[]],"name":true,"arn":false}"#);
        assert!(some.says("name") && some.get("tags").entries().len() == 1 && some.get("tag").items().len() == 1);
        assert!(read("true").says("tags"));
    }
}
