//! The tags that the source determines, with the reasons of what it leaves open.

use std::collections::BTreeMap;

use super::provider::SourceIgnoredTags;
use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::model::{DefaultTagKeys, Tag, Tags, Text, UnlistedTags};
use crate::syntax::hcl::Position;

/// The tags that the source determines.
#[derive(Debug, Default, Clone)]
pub(super) struct SourceTags {
    entries: BTreeMap<String, SourceTag>,
    /// The other tags that may exist.
    more: UnlistedTags,
    /// The reasons of keys that may exist.
    possible: BTreeMap<String, UnknownReason>,
    /// The reason why any other tags may exist.
    why: Option<UnknownReason>,
    /// The keys that come from `default_tags`, if they reach the resource.
    pub(super) default_tags: Option<DefaultTagKeys>,
}

#[derive(Debug, Clone)]
struct SourceTag {
    /// `None` for an unknown value.
    value: Option<String>,
    /// The reason of an unknown value.
    why: Option<UnknownReason>,
    at: Option<Position>,
    sensitive: bool,
    /// True if the key is sensitive itself.
    hides_key: bool,
}

impl SourceTags {
    pub(super) fn of(tags: &HclValue) -> Self {
        let map = match &tags.kind {
            HclValueKind::Map(map) => map,
            HclValueKind::Null => return Self::default(),
            _ => return Self { more: UnlistedTags::Any, why: tags.why().cloned(), ..Self::default() },
        };
        let entry = |item: &HclValue| {
            let (value, why) = match item.as_text() {
                Ok(text) => (Some(text.to_string()), None),
                Err(why) => (None, Some(why)),
            };
            SourceTag {
                value,
                why,
                at: item.at,
                sensitive: item.sensitive || tags.sensitive,
                hides_key: tags.sensitive,
            }
        };
        let possible = || UnlistedTags::keys(map.possible.keys().cloned());
        Self {
            entries: map.entries.iter().map(|(key, item)| (key.clone(), entry(item))).collect(),
            more: UnlistedTags::from(map.more.is_some()).and(match possible() {
                UnlistedTags::Keys(_) if tags.sensitive => UnlistedTags::Any,
                more => more,
            }),
            possible: map.possible.iter().map(|(key, entry)| (key.clone(), entry.why.clone())).collect(),
            why: map.more.clone(),
            default_tags: None,
        }
    }

    /// Shows the keys that a map has which is not sensitive, whatever else has them.
    pub(super) fn show_keys_of<'v>(&mut self, maps: impl IntoIterator<Item = &'v HclValue>) {
        for map in maps.into_iter().filter(|map| !map.sensitive) {
            let HclValueKind::Map(map) = &map.kind else { continue };
            for key in map.entries.keys() {
                if let Some(entry) = self.entries.get_mut(key) {
                    entry.hides_key = false;
                }
            }
        }
    }

    /// Unknown tags.
    pub(super) fn any(why: impl Into<UnknownReason>) -> Self {
        Self { more: UnlistedTags::Any, why: Some(why.into()), ..Self::default() }
    }

    /// The reasons of unknown values and of keys that may exist.
    pub(super) fn reasons(&self) -> impl Iterator<Item = (&str, &UnknownReason)> {
        let values = self.entries.iter().filter_map(|(key, entry)| Some((key, entry.why.as_ref()?)));
        values.chain(&self.possible).map(|(key, why)| (key.as_str(), why))
    }

    /// The reason why any other tags may exist.
    pub(super) fn why(&self) -> Option<&UnknownReason> {
        self.why.as_ref()
    }

    /// The same, and others that may exist for a reason.
    pub(super) fn and_more(mut self, more: UnlistedTags, why: &UnknownReason) -> Self {
        match &more {
            UnlistedTags::None => return self,
            UnlistedTags::Any | UnlistedTags::AllBut(_) => drop(self.why.get_or_insert_with(|| why.clone())),
            UnlistedTags::Keys(keys) => {
                for key in keys {
                    self.possible.entry(key.clone()).or_insert_with(|| why.clone());
                    // A prefix stands for keys that have no reason of their own.
                    if key.ends_with('*') {
                        self.why.get_or_insert_with(|| why.clone());
                    }
                }
            }
        }
        self.more = self.more.and(more);
        self
    }

    /// The same with the tags that a provider ignores, which something else may set.
    pub(super) fn and_ignored(self, ignored: &SourceIgnoredTags) -> Self {
        self.and_more(ignored.more(), &ignored.why())
    }

    /// The same without the tags that a provider ignores and does not set.
    pub(super) fn without(mut self, ignored: &SourceIgnoredTags) -> Self {
        self.entries.retain(|key, _| !ignored.covers(key));
        self.and_ignored(ignored)
    }

    /// Adds tags of lower precedence. Where a tag of these may exist, the value of the other is not known.
    pub(super) fn with_fallback(mut self, weaker: Self) -> Self {
        for (key, mut tag) in weaker.entries {
            if self.more.may_be(&key, false) {
                tag.value = None;
                tag.why.clone_from(&self.why);
            }
            self.entries.entry(key).or_insert(tag);
        }
        self.more = self.more.and(weaker.more);
        self.why = self.why.or(weaker.why);
        for (key, why) in weaker.possible {
            self.possible.entry(key).or_insert(why);
        }
        self
    }

    /// The position of the value of each key.
    pub(super) fn places(&self) -> impl Iterator<Item = (&str, Position)> {
        self.entries.iter().filter_map(|(key, entry)| Some((key.as_str(), entry.at?)))
    }

    /// The keys with sensitive values.
    pub(super) fn sensitive(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|(_, entry)| entry.sensitive).map(|(key, _)| key.as_str())
    }

    /// The keys that are sensitive themselves.
    pub(super) fn hidden_keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|(_, entry)| entry.hides_key).map(|(key, _)| key.as_str())
    }

    /// The keys with their known values.
    pub(super) fn known(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.entries.iter().map(|(key, entry)| (key.as_str(), entry.value.as_deref()))
    }

    /// The other tags that may exist.
    pub(super) fn more(&self) -> &UnlistedTags {
        &self.more
    }

    /// The tags in the form of the model. Unknown tags are not a failed read: other tags may exist, and that is all.
    pub(super) fn into_tags(self) -> Tags<'static> {
        Tags::Read {
            more: self.more,
            tags: self
                .entries
                .into_iter()
                .map(|(key, entry)| Tag { key: Text::from(key), value: entry.value.map(Text::from) })
                .collect(),
        }
    }
}
