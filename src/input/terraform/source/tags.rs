//! The tags that a resource would get: its own, and those of its provider.

use std::collections::BTreeMap;

use super::eval::{EvaluationContext, HclEvaluator};
use super::provider::name_of;
use super::value::{HclValue, HclValueKind, merge};
use crate::aws::resource_types::{Attribute, ResourceType};
use crate::model::{Tag, Tags, Text, UnlistedTags};
use crate::syntax::hcl::{HclBlock, Position};

/// Tags as far as source decides them.
#[derive(Debug, Default)]
pub(super) struct SourceTags {
    entries: BTreeMap<String, SourceTag>,
    /// Which others may be there.
    more: UnlistedTags,
}

#[derive(Debug)]
struct SourceTag {
    /// `None`: the key is there, its value is not known.
    value: Option<String>,
    at: Option<Position>,
    sensitive: bool,
}

impl HclEvaluator {
    /// The tags of an instance of a block.
    pub(super) fn resource_tags(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        known: &ResourceType,
    ) -> SourceTags {
        self.refill();
        if known.attribute == Some(Attribute::TagBlocks) {
            return SourceTags::of(&self.tag_blocks(env, block));
        }
        let own = match block.body.value("tags") {
            Some(node) => without_nulls(self.eval(env, node)),
            None => HclValue::map(BTreeMap::new(), None),
        };
        let provider = name_of(&block.body, &block.labels[0]);
        let defaults = match self.override_default_tags(env, block) {
            Some(instead) => without_nulls(instead),
            None => without_nulls(self.provider_tags(env.scope, &provider)),
        };
        let mut out = SourceTags::of(&merge([&defaults, &own]));
        // The provider does not set them, and whoever else does is why they are ignored.
        if let Ok(ignored) = self.ignored_tags(env.scope, &provider) {
            out.entries.retain(|key, _| !ignored.covers(key));
            out.more = std::mem::take(&mut out.more).and(ignored.more());
        } else {
            out.entries.clear();
            out.more = UnlistedTags::Any;
        }
        out
    }

    /// What an object in S3 takes in place of its provider's default tags: `override_provider { default_tags { … } }`.
    fn override_default_tags(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> Option<HclValue> {
        let mut overrides = block.body.blocks("override_provider");
        let defaults = overrides.find_map(|block| block.body.blocks("default_tags").next())?;
        let tags = defaults.body.value("tags").map(|node| self.eval(env, node));
        Some(merge(tags.as_ref()))
    }

    /// `tag { key = …, value = … }`, as a map.
    fn tag_blocks(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> HclValue {
        let (mut entries, mut more) = (BTreeMap::new(), None);
        for tag in block.body.blocks("tag") {
            let (Some(key), Some(value)) = (tag.body.value("key"), tag.body.value("value")) else { continue };
            let at = value.at;
            let (key, value) = (self.eval(env, key), self.eval(env, value));
            match key.as_text() {
                Ok(key) => drop(entries.insert(key.to_string(), value.at(Some(at)))),
                Err(why) => more = Some(why),
            }
        }
        if block.body.blocks("dynamic").any(|block| block.labels.first().is_some_and(|label| label == "tag")) {
            more = Some("a dynamic `tag` block".into());
        }
        HclValue::map(entries, more)
    }
}

/// Terraform's provider takes a tag that is null as one that is not there; one that may be null may not be there.
fn without_nulls(value: HclValue) -> HclValue {
    let HclValueKind::Map(map) = &value.kind else { return value };
    let possible = |item: &HclValue| item.nullable || matches!(item.kind, HclValueKind::Null);
    if !map.entries.values().any(possible) {
        return value;
    }
    let (mut kept, mut doubts) = (BTreeMap::new(), map.possible.clone());
    for (key, item) in &map.entries {
        match item.why() {
            Some(why) if item.nullable => drop(doubts.insert(key.clone(), why.clone())),
            _ if matches!(item.kind, HclValueKind::Null) => {}
            _ => drop(kept.insert(key.clone(), item.clone())),
        }
    }
    HclValue::partial_map(kept, doubts, map.more.clone()).at(value.at).with_sensitivity(value.sensitive)
}

impl SourceTags {
    fn of(tags: &HclValue) -> Self {
        let map = match &tags.kind {
            HclValueKind::Map(map) => map,
            HclValueKind::Null => return Self::default(),
            _ => return Self { more: UnlistedTags::Any, ..Self::default() },
        };
        let entry = |item: &HclValue| SourceTag {
            value: item.as_text().ok().map(|text| text.to_string()),
            at: item.at,
            sensitive: item.sensitive || tags.sensitive,
        };
        Self {
            entries: map.entries.iter().map(|(key, item)| (key.clone(), entry(item))).collect(),
            more: UnlistedTags::from(map.more.is_some()).and(UnlistedTags::keys(map.possible.keys().cloned())),
        }
    }

    /// Where the value of each key is written.
    pub(super) fn places(&self) -> impl Iterator<Item = (&str, Position)> {
        self.entries.iter().filter_map(|(key, entry)| Some((key.as_str(), entry.at?)))
    }

    /// Keys whose values are not to be shown.
    pub(super) fn sensitive(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|(_, entry)| entry.sensitive).map(|(key, _)| key.as_str())
    }

    /// The keys with their values, where those are known.
    pub(super) fn known(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.entries.iter().map(|(key, entry)| (key.as_str(), entry.value.as_deref()))
    }

    /// Which others may be there.
    pub(super) fn more(&self) -> &UnlistedTags {
        &self.more
    }

    /// As a resource has them. What source leaves open is no failed read: other tags may be there, and that is all.
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
