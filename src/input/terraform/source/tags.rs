//! The tags of a resource: its own and those of its provider.

use std::collections::BTreeMap;

use super::combine::merge;
use super::eval::{EvaluationContext, HclEvaluator};
use super::provider::name_of;
use super::value::{HclValue, HclValueKind, PossibleEntry};
use crate::input::terraform::resource_type::TagForm;
use crate::model::{Tag, Tags, Text, UnlistedTags};
use crate::syntax::hcl::{HclBlock, Position};

/// The tags that the source determines.
#[derive(Debug, Default)]
pub(super) struct SourceTags {
    entries: BTreeMap<String, SourceTag>,
    /// The other tags that may exist.
    more: UnlistedTags,
}

#[derive(Debug)]
struct SourceTag {
    /// `None` for an unknown value.
    value: Option<String>,
    at: Option<Position>,
    sensitive: bool,
}

impl HclEvaluator {
    /// The tags of an instance of a block.
    pub(super) fn resource_tags(&mut self, env: EvaluationContext<'_>, block: &HclBlock, form: TagForm) -> SourceTags {
        self.refill();
        match form {
            TagForm::Blocks => return SourceTags::of(&self.tag_blocks(env, block)),
            TagForm::Pairs => return SourceTags::of(&self.tag_pairs(env, block)),
            TagForm::Map => {}
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
        // The provider does not set ignored keys; users ignore them because another tool does.
        if let Ok(ignored) = self.ignored_tags(env.scope, &provider) {
            out.entries.retain(|key, _| !ignored.covers(key));
            out.more = std::mem::take(&mut out.more).and(ignored.more());
        } else {
            out.entries.clear();
            out.more = UnlistedTags::Any;
        }
        out
    }

    /// `tags = [{ key = …, value = … }]`, as a map.
    fn tag_pairs(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> HclValue {
        let Some(node) = block.body.value("tags") else { return HclValue::map(BTreeMap::new(), None) };
        let value = self.eval(env, node);
        let HclValueKind::List(list) = &value.kind else { return value };
        let (mut entries, mut more) = (BTreeMap::new(), None);
        for item in &list.items {
            let field = |name: &str| match &item.kind {
                HclValueKind::Map(map) => map.entries.get(name),
                _ => None,
            };
            match field("key").map(HclValue::as_text) {
                Some(Ok(key)) => {
                    let value = field("value").cloned().unwrap_or_else(|| HclValue::unknown("a tag without a value"));
                    entries.insert(key.to_string(), value);
                }
                Some(Err(why)) => more = Some(why),
                None => more = Some("a tag without a key".into()),
            }
        }
        HclValue::map(entries, more).with_sensitivity(value.sensitive)
    }

    /// The tags that replace the default tags of the provider: `override_provider { default_tags { … } }` of
    /// `aws_s3_object`.
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

/// Removes tags with null values: the AWS provider treats them as missing. A tag that may be null may be missing.
fn without_nulls(value: HclValue) -> HclValue {
    let HclValueKind::Map(map) = &value.kind else { return value };
    let possible = |item: &HclValue| item.nullable || matches!(item.kind, HclValueKind::Null);
    if !map.entries.values().chain(map.possible.values().map(|it| &it.value)).any(possible) {
        return value;
    }
    let (mut kept, mut doubts) = (BTreeMap::new(), map.possible.clone());
    doubts.retain(|_, it| !matches!(it.value.kind, HclValueKind::Null));
    for (key, item) in &map.entries {
        match item.why() {
            Some(why) if item.nullable => {
                doubts.insert(key.clone(), PossibleEntry { value: item.clone(), why: why.clone() });
            }
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

    /// The position of the value of each key.
    pub(super) fn places(&self) -> impl Iterator<Item = (&str, Position)> {
        self.entries.iter().filter_map(|(key, entry)| Some((key.as_str(), entry.at?)))
    }

    /// The keys with sensitive values.
    pub(super) fn sensitive(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|(_, entry)| entry.sensitive).map(|(key, _)| key.as_str())
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
