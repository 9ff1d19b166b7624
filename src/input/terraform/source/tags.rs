//! The tags of a resource: its own and those of its provider.

use std::collections::BTreeMap;

use super::combine::{MapBuilder, merge};
use super::eval::{EvaluationContext, HclEvaluator, SENSITIVE_KEY};
use super::ignored_changes;
use super::provider::BlockProvider;
use super::source_tags::SourceTags;
use super::value::{HclValue, HclValueKind, PossibleEntry, UnknownReason};
use crate::input::terraform::resource_type::TagForm;
use crate::model::{DefaultTagKeys, UnlistedTags, stands_twice};
use crate::syntax::hcl::{HclBlock, HclBody};

impl HclEvaluator {
    /// The tags of an instance of a block with this provider.
    pub(super) fn resource_tags(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        form: TagForm,
        provider: &BlockProvider,
    ) -> SourceTags {
        self.refill();
        let mut out = self.configured_tags(env, block, form, provider);
        for (keys, why) in ignored_changes::tags(block) {
            out = out.and_more(keys, &why);
        }
        out
    }

    fn configured_tags(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        form: TagForm,
        provider: &BlockProvider,
    ) -> SourceTags {
        match form {
            TagForm::Blocks => return SourceTags::of(&self.tag_blocks(env, block, TagFilter::All)),
            TagForm::Pairs => return SourceTags::of(&self.tag_pairs(env, block, TagFilter::All)),
            TagForm::Map => {}
        }
        let own = match block.body.value("tags") {
            Some(node) => without_nulls(self.eval(env, node)),
            None => HclValue::map(BTreeMap::new(), None),
        };
        let defaults = self.block_default_tags(env, block, provider);
        let mut out = SourceTags::of(&merge([&defaults, &own]));
        out.show_keys_of([&defaults, &own]);
        out.default_tags = Some(inherited_keys(&defaults, &own));
        // The provider does not set ignored keys; users ignore them because another tool does.
        match self.ignored_for(env, block, provider) {
            Ok(ignored) => out.without(&ignored),
            Err(why) => SourceTags::any(why),
        }
    }

    /// The default tags of the provider for a block, or those that the block has instead.
    pub(super) fn block_default_tags(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        provider: &BlockProvider,
    ) -> HclValue {
        if let Some(instead) = self.override_default_tags(env, block) {
            return without_nulls(instead);
        }
        match provider {
            Ok(provider) => without_nulls(self.provider_tags(env.scope, provider)),
            Err(why) => HclValue::unknown(why.clone()),
        }
    }

    /// Tags with those that the provider ignores and something else may set.
    pub(super) fn with_ignored(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        provider: &BlockProvider,
        tags: SourceTags,
    ) -> SourceTags {
        match self.ignored_for(env, block, provider) {
            Ok(ignored) => tags.and_ignored(&ignored),
            Err(why) => tags.and_more(UnlistedTags::Any, &why),
        }
    }

    /// `tags = [{ key = …, value = … }]`, as a map.
    fn tag_pairs(&mut self, env: EvaluationContext<'_>, block: &HclBlock, filter: TagFilter) -> HclValue {
        let Some(node) = block.body.value("tags") else { return HclValue::map(BTreeMap::new(), None) };
        let value = self.eval(env, node);
        let HclValueKind::List(list) = &value.kind else { return value };
        let mut out = MapBuilder::default();
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
            out.add_tag(&key, value, filter.accepts(field(PROPAGATE)));
        }
        out.into_map(false).with_sensitivity(value.sensitive)
    }

    /// The tags that replace the default tags of the provider: `override_provider { default_tags { … } }` of
    /// `aws_s3_object`.
    fn override_default_tags(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> Option<HclValue> {
        let mut found: Option<HclValue> = None;
        self.each_block(env, &block.body, "override_provider", &mut |evaluator, env, outer| {
            let Some(tags) = evaluator.default_tags_in(env, &outer.block.body) else { return };
            found = Some(match outer.doubt {
                Some(why) => HclValue::new(HclValueKind::Unknown(why)),
                None => tags,
            });
        });
        found
    }

    /// Adds one `tag` block. `doubt` is the reason why it may not exist.
    fn tag_block(
        &mut self,
        env: EvaluationContext<'_>,
        body: &HclBody,
        filter: TagFilter,
        doubt: Option<UnknownReason>,
        out: &mut MapBuilder,
    ) {
        let (Some(key), Some(value)) = (body.value("key"), body.value("value")) else { return };
        let at = value.at;
        let (key, value) = (self.eval(env, key), self.eval(env, value));
        let propagate = body.value(PROPAGATE).map(|node| self.eval(env, node));
        let counts = filter.accepts(propagate.as_ref());
        out.add_tag(&key, value.at(Some(at)), doubt.map_or(counts, Err));
    }

    /// `tag { key = …, value = … }`, and the list `tags` that version 4 of the provider also takes, as a map.
    pub(super) fn tag_blocks(&mut self, env: EvaluationContext<'_>, block: &HclBlock, filter: TagFilter) -> HclValue {
        let mut out = MapBuilder::default();
        self.each_block(env, &block.body, "tag", &mut |evaluator, env, tag| {
            evaluator.tag_block(env, &tag.block.body, filter, tag.doubt, &mut out);
        });
        let listed = self.tag_pairs(env, block, filter);
        merge([&listed, &out.into_map(false)])
    }
}

/// The keys of `default_tags` that the resource does not set itself.
fn inherited_keys(defaults: &HclValue, own: &HclValue) -> DefaultTagKeys {
    let mut out = DefaultTagKeys::default();
    let HclValueKind::Map(defaults) = &defaults.kind else { return out };
    for key in defaults.entries.keys() {
        let may_be_own = match &own.kind {
            HclValueKind::Map(own) if own.entries.contains_key(key) => continue,
            HclValueKind::Map(own) => own.more.is_some() || own.possible.contains_key(key),
            HclValueKind::Null => false,
            _ => true,
        };
        if may_be_own {
            out.unclear.insert(key.clone())
        } else {
            out.keys.insert(key.clone())
        };
    }
    out
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

impl MapBuilder {
    /// Adds a tag of a list, if it counts.
    fn add_tag(&mut self, key: &HclValue, value: HclValue, counts: Result<bool, UnknownReason>) {
        match (key.as_text(), counts) {
            (_, Ok(false)) => {}
            (Ok(_), _) if key.sensitive => self.more = Some(SENSITIVE_KEY.into()),
            (Err(why), _) => self.more = Some(why),
            (Ok(key), Ok(true)) => {
                // AWS refuses a key that stands twice, or takes one of the two.
                let mut why = UnknownReason::from(stands_twice(&key));
                value.at.into_iter().for_each(|at| why.place(at));
                self.add_another(&key, value, &why);
            }
            (Ok(key), Err(why)) => self.add_possible(&key, &value, &why),
        }
    }
}

/// Returns whether a group has tags, which its instances may get.
pub(super) fn has_tags(group: &HclBody) -> bool {
    group.blocks("tag").next().is_some() || group.has_dynamic("tag") || group.value("tags").is_some()
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
