//! The sets of tags in a resource block that other resources carry.

use std::collections::BTreeSet;

use super::combine::merge;
use super::eval::{EvaluationContext, HclEvaluator};
use super::tags::{SourceTags, TagFilter, has_dynamic, has_tags, without_nulls};
use super::value::{HclValue, HclValueKind};
use crate::aws::resource_types::nested::{
    BlockKey, GROUP, Inheritance, NestedForm, NestedJudgement, NestedSet, PathBlock,
};
use crate::input::nested::{NestedListing, PlaceName};
use crate::syntax::hcl::{HclBlock, HclBody, Position};

/// The tags of one set, and where they stand.
#[derive(Debug)]
pub(super) struct NestedTags {
    /// The block with the tags, or the attribute if that is in the resource block itself.
    pub(super) at: Position,
    pub(super) tags_at: Option<Position>,
    pub(super) tags: SourceTags,
}

/// A block on the way to the tags.
struct BlockPlace<'b> {
    body: &'b HclBody,
    at: Position,
    name: PlaceName,
    /// True for a dynamic block, whose content is unknown.
    is_dynamic: bool,
}

impl HclEvaluator {
    /// The sets of tags in an instance of a block. `own` gives the tags of the resource itself. Those that a launch template
    /// gives to instances are incomplete if a group of the module uses the template.
    pub(super) fn nested(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        sets: &'static [NestedSet],
        own: &SourceTags,
    ) -> NestedListing<NestedTags> {
        let mut out = self.nested_as_written(env, block, sets, own);
        self.open_used_template(env, block, &mut out.found);
        out
    }

    /// The sets of tags as a block has them.
    pub(super) fn nested_as_written(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        sets: &'static [NestedSet],
        own: &SourceTags,
    ) -> NestedListing<NestedTags> {
        let mut out = NestedListing::default();
        for set in sets {
            for place in self.block_places(env, block, &set.blocks) {
                let tags = self.tags_at_place(env, block, set, own, &place);
                let tags_at = tags_position(place.body, set.tags)
                    .or_else(|| tags_position(place.body, "tags").filter(|_| set.form == NestedForm::Launched));
                let at = tags_at.filter(|_| set.blocks.is_empty()).unwrap_or(place.at);
                out.add(set, place.name, tags.map(|tags| NestedTags { at, tags_at, tags }));
            }
        }
        out.with_implied(sets)
    }

    /// The blocks that a path leads to.
    fn block_places<'b>(
        &mut self,
        env: EvaluationContext<'_>,
        block: &'b HclBlock,
        path: &[PathBlock],
    ) -> Vec<BlockPlace<'b>> {
        let start = BlockPlace { body: &block.body, at: block.at, name: PlaceName::default(), is_dynamic: false };
        path.iter().fold(vec![start], |places, step| {
            places.into_iter().flat_map(|place| self.blocks_below(env, place, *step)).collect()
        })
    }

    /// The blocks of one step of a path.
    fn blocks_below<'b>(
        &mut self,
        env: EvaluationContext<'_>,
        place: BlockPlace<'b>,
        step: PathBlock,
    ) -> Vec<BlockPlace<'b>> {
        if place.is_dynamic {
            return vec![place];
        }
        let (mut out, mut seen) = (Vec::new(), BTreeSet::new());
        let body: &'b HclBody = place.body;
        for (at, inner) in body.blocks.iter().filter(|inner| inner.kind == step.name).enumerate() {
            let key = match step.key {
                BlockKey::Attribute(name) => self.known_text(env, &inner.body, name),
                BlockKey::Position | BlockKey::Single => None,
            };
            let name = place.name.below(step.name, step.key, key, at, &mut seen);
            out.push(BlockPlace { body: &inner.body, at: inner.at, name, is_dynamic: false });
        }
        let dynamic = body.blocks.iter().filter(|inner| inner.kind == "dynamic");
        for inner in dynamic.filter(|inner| inner.labels.first().is_some_and(|label| label == step.name)) {
            let name = place.name.all_below(step.name);
            out.push(BlockPlace { body: &inner.body, at: inner.at, name, is_dynamic: true });
        }
        out
    }

    fn known_text(&mut self, env: EvaluationContext<'_>, body: &HclBody, name: &str) -> Option<String> {
        let value = self.eval(env, body.value(name)?);
        value.as_text().ok().filter(|text| !text.is_empty() && !value.sensitive).map(|text| text.to_string())
    }

    /// The tags at a place; `None` where they are not written.
    fn tags_at_place(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        set: &NestedSet,
        own: &SourceTags,
        place: &BlockPlace<'_>,
    ) -> Option<SourceTags> {
        self.refill();
        if place.is_dynamic {
            return Some(SourceTags::any());
        }
        let tags = match set.form {
            NestedForm::Inherited => self.inherited(env, set, own, place.body),
            NestedForm::Launched => self.launched(env, block),
            NestedForm::Map | NestedForm::List => self.written_map(env, block, set, place.body),
        }?;
        let brings_more = set.others().any(|name| is_written(place.body, name))
            || set.outer_others().any(|name| is_written(&block.body, name));
        Some(tags.and_more(brings_more.into()))
    }

    /// The value of the attribute of a set, null where it is not written; `None` where the set then has no resource.
    fn written_value(&mut self, env: EvaluationContext<'_>, set: &NestedSet, body: &HclBody) -> Option<HclValue> {
        let value = body.value(set.tags).map_or_else(HclValue::null, |node| self.eval(env, node));
        let is_null = matches!(value.kind, HclValueKind::Null);
        (!is_null || set.judged == NestedJudgement::Declared).then_some(value)
    }

    /// A map of tags, with the default tags of the provider if they reach it. Keys that the provider ignores are set as
    /// written; something else may set them too.
    fn written_map(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        set: &NestedSet,
        body: &HclBody,
    ) -> Option<SourceTags> {
        let written = without_nulls(self.written_value(env, set, body)?);
        let tags = if set.has_default_tags {
            SourceTags::of(&merge([&self.block_default_tags(env, block), &written]))
        } else {
            SourceTags::of(&written)
        };
        Some(tags.and_more(self.ignored_more(env, block)))
    }

    /// The tags of a group that its instances get.
    fn launched(&mut self, env: EvaluationContext<'_>, block: &HclBlock) -> Option<SourceTags> {
        let body = &block.body;
        if !has_tags(body) {
            return None;
        }
        let tags = SourceTags::of(&self.tag_blocks(env, block, TagFilter::Launched));
        let has_template = GROUP.templates.iter().any(|name| is_written(body, name));
        Some(if has_template { tags.with_fallback(self.template_tags(env, block)) } else { tags })
    }

    /// The tags of the resource itself, if an attribute says that they are inherited.
    fn inherited(
        &mut self,
        env: EvaluationContext<'_>,
        set: &NestedSet,
        own: &SourceTags,
        body: &HclBody,
    ) -> Option<SourceTags> {
        let value = self.written_value(env, set, body)?;
        let inheritance = match (&value.kind, value.as_text()) {
            (HclValueKind::Null, _) => Inheritance::of(None),
            (_, Ok(text)) => Inheritance::of(Some(&text)),
            (_, Err(_)) => Inheritance::Others,
        };
        Some(match inheritance {
            Inheritance::Inherited => own.clone(),
            Inheritance::Nothing => SourceTags::default(),
            Inheritance::Others => SourceTags::any(),
        })
    }
}

/// The position of an attribute, or of the first block of that name.
fn tags_position(body: &HclBody, name: &str) -> Option<Position> {
    let attribute = body.attribute(name).map(|attribute| attribute.at);
    attribute.or_else(|| body.blocks(name).next().map(|block| block.at))
}

/// Returns whether a body has an attribute or block of a name.
fn is_written(body: &HclBody, name: &str) -> bool {
    tags_position(body, name).is_some() || has_dynamic(body, name)
}
