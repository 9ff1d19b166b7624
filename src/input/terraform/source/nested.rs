//! The sets of tags in a resource block that other resources carry.

use std::collections::BTreeSet;

use super::combine::merge;
use super::eval::{EvaluationContext, HclEvaluator};
use super::provider::BlockProvider;
use super::source_tags::SourceTags;
use super::tags::{TagFilter, has_tags, without_nulls};
use super::value::{HclValue, HclValueKind, UnknownReason};
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
    /// The reason why the resource may not exist.
    pub(super) doubt: Option<UnknownReason>,
}

/// The tags of the resource itself, and its provider.
pub(super) struct OwnTags<'t> {
    pub(super) tags: &'t SourceTags,
    pub(super) provider: &'t BlockProvider,
}

/// A block on the way to the tags.
#[derive(Clone)]
struct BlockPlace<'b> {
    body: &'b HclBody,
    at: Position,
    name: PlaceName,
    /// The reason why the block may not exist.
    doubt: Option<UnknownReason>,
}

/// The function that each place of tags is given to, with the context of its expressions.
type PlaceVisitor<'v, 'b> = dyn FnMut(&mut HclEvaluator, EvaluationContext<'_>, BlockPlace<'b>) + 'v;

impl HclEvaluator {
    /// The sets of tags in an instance of a block. Those that a launch template
    /// gives to instances are incomplete if a group of the module uses the template.
    pub(super) fn nested(
        &mut self,
        env: EvaluationContext<'_>,
        block: &HclBlock,
        sets: &'static [NestedSet],
        own: &OwnTags<'_>,
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
        own: &OwnTags<'_>,
    ) -> NestedListing<NestedTags> {
        let mut out = NestedListing::default();
        for set in sets {
            let start = BlockPlace { body: &block.body, at: block.at, name: PlaceName::default(), doubt: None };
            self.each_place(env, &start, &set.blocks, &mut |evaluator, env, place| {
                let tags = evaluator.tags_at_place(env, block, set, own, &place);
                let tags_at = tags_position(place.body, set.tags)
                    .or_else(|| tags_position(place.body, "tags").filter(|_| set.form == NestedForm::Launched));
                let at = tags_at.filter(|_| set.blocks.is_empty()).unwrap_or(place.at);
                let doubt = place.doubt;
                out.add(set, place.name, tags.map(|tags| NestedTags { at, tags_at, tags, doubt }));
            });
        }
        out.with_implied(sets)
    }

    /// Visits the blocks that a path leads to.
    fn each_place<'b>(
        &mut self,
        env: EvaluationContext<'_>,
        place: &BlockPlace<'b>,
        path: &[PathBlock],
        visit: &mut PlaceVisitor<'_, 'b>,
    ) {
        let Some((step, path)) = path.split_first() else { return visit(self, env, place.clone()) };
        let (mut number, mut seen) = (0, BTreeSet::new());
        self.each_block(env, place.body, step.name, &mut |evaluator, env, made| {
            let body = &made.block.body;
            let key = match step.key {
                BlockKey::Attribute(name) => evaluator.known_text(env, body, name),
                BlockKey::Position | BlockKey::Single => None,
            };
            let name = if made.is_stand_in {
                PlaceName { key, ..place.name.all_below(step.name) }
            } else {
                place.name.below(step.name, step.key, key, number, &mut seen)
            };
            number += 1;
            let doubt = place.doubt.clone().or(made.doubt);
            let below = BlockPlace { body, at: made.block.at, name, doubt };
            evaluator.each_place(env, &below, path, visit);
        });
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
        own: &OwnTags<'_>,
        place: &BlockPlace<'_>,
    ) -> Option<SourceTags> {
        self.refill();
        let tags = match set.form {
            NestedForm::Inherited => self.inherited(env, block, set, own.tags, place.body),
            NestedForm::Launched => self.launched(env, block),
            NestedForm::Map | NestedForm::List => self.written_map(env, block, set, own.provider, place.body),
        }?;
        let brings_more = set.others().any(|name| is_written(place.body, name))
            || set.outer_others().any(|name| is_written(&block.body, name));
        Some(tags.and_more(brings_more.into(), &"another attribute of the resource brings further tags".into()))
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
        provider: &BlockProvider,
        body: &HclBody,
    ) -> Option<SourceTags> {
        let written = without_nulls(self.written_value(env, set, body)?);
        let tags = if set.has_default_tags {
            SourceTags::of(&merge([&self.block_default_tags(env, block, provider), &written]))
        } else {
            SourceTags::of(&written)
        };
        Some(self.with_ignored(env, block, provider, tags))
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
        block: &HclBlock,
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
            Inheritance::TaskDefinition => self.definition_tags(env, block),
            Inheritance::Others => {
                SourceTags::any(value.why().cloned().unwrap_or_else(|| {
                    UnknownReason::from(format!("`{}` takes the tags of another resource", set.tags))
                }))
            }
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
    tags_position(body, name).is_some() || body.has_dynamic(name)
}
