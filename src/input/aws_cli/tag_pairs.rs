//! Lists of tags, as the APIs of AWS give them.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::model::{Tag, Tags, Text, UnlistedTags};

/// One tag: `{"Key": …, "Value": …}`.
#[derive(Deserialize)]
pub(super) struct TagPair<'a> {
    #[serde(rename = "Key", borrow)]
    key: Text<'a>,
    /// Unknown if it is absent: the APIs give a value, which may be empty, with every key.
    #[serde(rename = "Value", borrow, default)]
    value: Option<Text<'a>>,
}

/// All tags of a resource.
pub(super) fn tags(pairs: Vec<TagPair<'_>>) -> Tags<'_> {
    let tags = pairs.into_iter().map(|pair| Tag { key: pair.key, value: pair.value });
    Tags::Read { tags: tags.collect(), more: UnlistedTags::None }
}

/// A value that is used only if it has the expected form, such as a time that one version of the CLI prints as a number.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Lenient<T> {
    Expected(T),
    Other(IgnoredAny),
}

impl<T> Lenient<T> {
    /// The value, if it has the expected form.
    pub(super) fn expected(self) -> Option<T> {
        match self {
            Self::Expected(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}
