//! Lists of tags, as the APIs of AWS give them.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::base::quote;
use crate::model::{Tag, Tags, Text, UnlistedTags, repeated_key};

/// One tag: `{"Key": …, "Value": …}`.
#[derive(Deserialize)]
pub(super) struct TagPair<'a> {
    #[serde(rename = "Key", borrow)]
    key: Text<'a>,
    /// The APIs give a value, which may be empty, with every key.
    #[serde(rename = "Value", borrow, default)]
    value: Option<Text<'a>>,
}

/// All tags of a resource. It is unknown whether it has a tag whose value the output lacks: AWS did not write this.
pub(super) fn tags(pairs: Vec<TagPair<'_>>) -> Tags<'_> {
    let (whole, without_value): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| pair.value.is_some());
    let tags = whole.into_iter().map(|pair| Tag { key: pair.key, value: pair.value });
    let more = UnlistedTags::keys(without_value.into_iter().map(|pair| pair.key.0.into_owned()));
    each_key_once(tags.collect(), more)
}

/// Tags that were read. AWS stores a key once, so an answer that has it with two values is not what AWS wrote.
pub(super) fn each_key_once(mut tags: Vec<Tag<'_>>, more: UnlistedTags) -> Tags<'_> {
    if repeated_key(tags.iter().map(|tag| tag.key.as_str())).is_some() {
        tags.sort_by(|a, b| (&a.key, &a.value).cmp(&(&b.key, &b.value)));
        tags.dedup();
    }
    match repeated_key(tags.iter().map(|tag| tag.key.as_str())) {
        Some(key) => {
            Tags::Unread { reason: Text::from(format!("the answer has the key {} with two values", quote(key))) }
        }
        None => Tags::Read { tags, more },
    }
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
