//! The tags of a resource: its own and those of its provider.

use std::collections::BTreeMap;

use super::combine::merge;
use super::eval::{EvaluationContext, HclEvaluator, SENSITIVE_KEY};
use super::ignored_changes;
use super::provider::SourceIgnoredTags;
use super::value::{HclValue, HclValueKind, PossibleEntry, UnknownReason};
use crate::input::terraform::resource_type::TagForm;
use crate::model::{Tag, Tags, Text, UnlistedTags};
use crate::syntax::hcl::{HclBlock, HclBody, Position};

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

impl HclEvaluator {
    /// The tags of an instance of a block.
    pub(super) fn resource_tags(&mut self, env: EvaluationContext<'_>, block: &HclBlock, form: TagForm) -> SourceTags {
        self.refill();
        let mut out = self.configured_tags(env, block, form);
        out.more = std::mem::take(&mut out.more).and(ignored_changes::tags(block));
        out
    }

    fn configured_tags(&mut self, env: EvaluationContext<'_>, block: &HclBlock, form: TagForm) -> SourceTags {
        match form {
            TagForm::Blocks => return SourceTags::of(&self.tag_blocks(env, block, TagFilter::All)),
            TagForm::Pairs => return SourceTags::of(&self.tag_pairs(env, block, TagFilter::All)),
            TagForm::Map => {}
        }
        let own = match block.body.value("tags") {
            Some(node) => without_nulls(self.eval(env, node)),
            None => HclValue::map(BTreeMap::new(), None),
        };
        let defaults = self.block_default_tags(env, block);
        let mut out = SourceTags::of(&merge([&defaults, &own]));
        out.show_keys_of([&defaults, &own]);
        // The provider does not set ignored keys; users ignore them because another tool does.
        if let Ok(ignored) = self.block_ignored_tags(env, block) {
            out.entries.retain(|key, _| !ignored.covers(key));
            out.more = std::mem::take(&mut out.more).and(ignored.more());
        } else {
            out.entries.clear();
            out.more = UnlistedTags::Any;
        }
        out
    }

    /// The default tags of the provider for a block, or those that the block has instead.
    pub(super) fn block_default_tags(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> HclValue {
        if let Some(instead) = self.override_default_tags(env, block) {
            return without_nulls(instead);
        }
        match self.provider_of(env, block) {
            Ok(provider) => without_nulls(self.provider_tags(env.scope, &provider)),
            Err(why) => HclValue::new(HclValueKind::Unknown(why)),
        }
    }

    fn block_ignored_tags(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
    ) -> Result<SourceIgnoredTags, UnknownReason> {
        match self.provider_of(env, block) {
            Ok(provider) => self.ignored_tags(env.scope, &provider),
            // The reason why the default tags are unknown.
            Err(_) => Ok(SourceIgnoredTags::default()),
        }
    }

    /// The tags that a provider ignores, as tags that may exist: something else may set them.
    pub(super) fn ignored_more(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> UnlistedTags {
        self.block_ignored_tags(env, block).map_or(UnlistedTags::Any, |ignored| ignored.more())
    }

    /// `tags = [{ key = …, value = … }]`, as a map.
    fn tag_pairs(&mut self, env: EvaluationContext<'_>, block: &HclBlock, filter: TagFilter) -> HclValue {
        let Some(node) = block.body.value("tags") else { return HclValue::map(BTreeMap::new(), None) };
        let value = self.eval(env, node);
        let HclValueKind::List(list) = &value.kind else { return value };
        let mut out = TagList::default();
        for item in &list.items {
            let field = |name: &str| match &item.kind {
                HclValueKind::Map(map) => map.entries.get(name),
                _ => None,
            };
            let Some(key) = field("key") else {
                out.more = Some("a tag without a key".into());
                continue;
            };
            let value = field("value").cloned().unwrap_or_else(|| HclValue::unknown("a tag without a value"));
            let key = key.clone().with_sensitivity(item.sensitive);
            out.add(&key, value, filter.accepts(field(PROPAGATE)));
        }
        out.into_map().with_sensitivity(value.sensitive)
    }

    /// The tags that replace the default tags of the provider: `override_provider { default_tags { … } }` of
    /// `aws_s3_object`.
    fn override_default_tags(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> Option<HclValue> {
        let mut overrides = block.body.blocks("override_provider");
        let defaults = overrides.find_map(|block| block.body.blocks("default_tags").next())?;
        let tags = defaults.body.value("tags").map(|node| self.eval(env, node));
        Some(merge(tags.as_ref()))
    }

    /// Adds one `tag` block. `doubt` is the reason why it may not exist.
    fn tag_block(
        &mut self,
        env: EvaluationContext<'_>,
        body: &HclBody,
        filter: TagFilter,
        doubt: Option<UnknownReason>,
        out: &mut TagList,
    ) {
        let (Some(key), Some(value)) = (body.value("key"), body.value("value")) else { return };
        let at = value.at;
        let (key, value) = (self.eval(env, key), self.eval(env, value));
        let propagate = body.value(PROPAGATE).map(|node| self.eval(env, node));
        let counts = filter.accepts(propagate.as_ref());
        out.add(&key, value.at(Some(at)), doubt.map_or(counts, Err));
    }

    /// `tag { key = …, value = … }`, and the list `tags` that version 4 of the provider also takes, as a map.
    pub(super) fn tag_blocks(&mut self, env: EvaluationContext<'_>, block: &HclBlock, filter: TagFilter) -> HclValue {
        let mut out = TagList::default();
        for tag in block.body.blocks("tag") {
            self.tag_block(env, &tag.body, filter, None, &mut out);
        }
        for dynamic in dynamic_blocks(&block.body, "tag") {
            let made = match dynamic.body.blocks("content").next() {
                Some(content) => self.each_dynamic(env, dynamic, |evaluator, env, doubt| {
                    evaluator.tag_block(env, &content.body, filter, doubt, &mut out);
                }),
                None => Err("a dynamic block without `content`".into()),
            };
            if let Err(mut why) = made {
                why.place(dynamic.at);
                out.more = Some(why);
            }
        }
        let listed = self.tag_pairs(env, block, filter);
        merge([&listed, &out.into_map()])
    }
}

/// The attribute that decides whether the instances of an Auto Scaling group get a tag.
const PROPAGATE: &str = "propagate_at_launch";

/// The tags of a list that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagFilter {
    All,
    /// Those that are propagated at launch.
    Launched,
}

impl TagFilter {
    /// Returns whether a tag with this value of [`PROPAGATE`] counts.
    fn accepts(self, propagate: Option<&HclValue>) -> Result<bool, UnknownReason> {
        match (self, propagate) {
            (Self::All, _) => Ok(true),
            (Self::Launched, None) => Ok(false),
            (Self::Launched, Some(value)) => value.as_bool(),
        }
    }
}

/// A list of tags on its way to a map.
#[derive(Default)]
struct TagList {
    entries: BTreeMap<String, HclValue>,
    possible: BTreeMap<String, PossibleEntry>,
    more: Option<UnknownReason>,
}

impl TagList {
    fn add(&mut self, key: &HclValue, value: HclValue, counts: Result<bool, UnknownReason>) {
        match (key.as_text(), counts) {
            (_, Ok(false)) => {}
            (Ok(_), _) if key.sensitive => self.more = Some(SENSITIVE_KEY.into()),
            (Err(why), _) => self.more = Some(why),
            (Ok(key), Ok(true)) => drop(self.entries.insert(key.to_string(), value)),
            (Ok(key), Err(why)) => drop(self.possible.insert(key.to_string(), PossibleEntry { value, why })),
        }
    }

    fn into_map(self) -> HclValue {
        HclValue::partial_map(self.entries, self.possible, self.more)
    }
}

/// The dynamic blocks that make blocks of a type.
fn dynamic_blocks<'b>(body: &'b HclBody, name: &'b str) -> impl Iterator<Item = &'b HclBlock> {
    body.blocks("dynamic").filter(move |block| block.labels.first().is_some_and(|label| label == name))
}

/// Returns whether a dynamic block makes blocks of a type.
pub(super) fn has_dynamic(body: &HclBody, name: &str) -> bool {
    dynamic_blocks(body, name).next().is_some()
}

/// Returns whether a group has tags, which its instances may get.
pub(super) fn has_tags(group: &HclBody) -> bool {
    group.blocks("tag").next().is_some() || has_dynamic(group, "tag") || group.value("tags").is_some()
}

/// Removes tags with null values: the AWS provider treats them as missing. A tag that may be null may be missing.
pub(super) fn without_nulls(value: HclValue) -> HclValue {
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
        }
    }

    /// Shows the keys that a map has which is not sensitive, whatever else has them.
    fn show_keys_of<'v>(&mut self, maps: impl IntoIterator<Item = &'v HclValue>) {
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
    pub(super) fn any() -> Self {
        Self { more: UnlistedTags::Any, ..Self::default() }
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

    /// The same, and others that may exist.
    pub(super) fn and_more(mut self, more: UnlistedTags) -> Self {
        self.more = self.more.and(more);
        self
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
