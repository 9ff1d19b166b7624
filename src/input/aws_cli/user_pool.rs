//! `cognito-idp describe-user-pool`: one user pool with its tags.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::documents::Document;
use super::dump::Dump;
use super::shape::Shape;
use super::tag_pairs::{Lenient, each_key_once};
use super::top_level::ValueKind;
use crate::engine::InputError;
use crate::model::{Resource, Tag, Text, UnlistedTags};

const COMMAND: &str = "cognito-idp describe-user-pool";
const KEY: &str = "UserPool";

pub(super) const SHAPE: Shape = Shape {
    commands: &[COMMAND],
    is_read: true,
    keys: &[(KEY, ValueKind::Object)],
    words: &["\"Arn\"", ":cognito-idp:"],
    read,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    user_pool: UserPool<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserPool<'a> {
    #[serde(borrow)]
    arn: Text<'a>,
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    /// A number in the first version of the CLI.
    #[serde(borrow, default)]
    creation_date: Option<Lenient<Text<'a>>>,
    /// Absent without tags.
    #[serde(rename = "UserPoolTags", borrow, default)]
    tags: Option<TagMap<'a>>,
}

fn read<'a>(document: &Document<'a>, dump: &mut Dump<'a>) -> Result<(), InputError> {
    let pool = document.parse::<Answer<'a>>(COMMAND)?.user_pool;
    let Some(resource) = dump.resource_of(pool.arn, || KEY.to_owned()) else { return Ok(()) };
    let tags = pool.tags.map(|tags| tags.0).unwrap_or_default();
    dump.add(Resource {
        name: pool.name,
        id: pool.id.or(resource.id),
        created: pool.creation_date.and_then(Lenient::expected),
        tags: each_key_once(tags, UnlistedTags::None),
        ..resource
    });
    Ok(())
}

/// A map of keys to values.
struct TagMap<'a>(Vec<Tag<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for TagMap<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagMapVisitor;
        impl<'de> Visitor<'de> for TagMapVisitor {
            type Value = TagMap<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tag keys and values")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut tags = Vec::new();
                while let Some((key, value)) = map.next_entry::<Text<'de>, Text<'de>>()? {
                    tags.push(Tag { key, value: Some(value) });
                }
                Ok(TagMap(tags))
            }
        }
        deserializer.deserialize_map(TagMapVisitor)
    }
}
