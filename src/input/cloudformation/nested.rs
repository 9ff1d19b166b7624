//! The sets of tags in a resource of a template that other resources carry.

use std::collections::BTreeSet;

use super::evaluate::{TemplateEvaluator, TemplateValue, Traced};
use super::launch_template::template_tags;
use super::resource::{OwnTags, TemplateProperties, with_stack_tags};
use super::stack::Stack;
use super::tags::{self, TemplateTags};
use super::task_definition::definition_tags;
use crate::aws::resource_types::nested::{
    BlockKey, GROUP, Inheritance, NestedForm, NestedJudgement, NestedSet, PathBlock,
};
use crate::aws::resource_types::{Form, StackTags};
use crate::input::nested::{NestedListing, PlaceName};
use crate::syntax::{Node, NodeKind};

/// The tags of one set, and where they stand.
#[derive(Debug)]
pub(super) struct NestedTags {
    /// The byte of the block with the tags, or of the property if that is at the top level.
    pub(super) at: usize,
    pub(super) tags_at: Option<usize>,
    pub(super) tags: TemplateTags,
    /// True if other properties bring further tags.
    pub(super) has_more: bool,
    /// True for tags that a template gives by resource type.
    pub(super) is_by_type: bool,
}

/// A block on the way to the tags.
struct BlockPlace<'s, 't> {
    content: BlockContent<'s, 't>,
    at: usize,
    name: PlaceName,
}

/// The content of a block.
#[derive(Clone)]
enum BlockContent<'s, 't> {
    /// The properties of the resource.
    Properties,
    Block(TemplateEvaluator<'s, 't>, &'t Node),
    /// Only a deployment knows it.
    Unknown,
}

/// The value of a property whose conditions are decided.
pub(super) enum Chosen<'t> {
    Node(&'t Node),
    /// The property does not exist.
    Nothing,
    /// Only a deployment knows it.
    Unknown,
}

/// A resource with the sets of tags in it.
pub(super) struct NestedReader<'r, 's, 't> {
    pub(super) stack: &'r Stack<'r, 't>,
    pub(super) properties: &'r TemplateProperties<'s, 't>,
    /// The byte of the resource.
    pub(super) at: usize,
    /// The tags of the resource itself, without those of the stack.
    pub(super) own: &'r OwnTags,
}

impl<'s, 't> NestedReader<'_, 's, 't> {
    /// The sets of tags.
    pub(super) fn list(&self, sets: &'static [NestedSet]) -> NestedListing<NestedTags> {
        let mut out = NestedListing::default();
        for set in sets {
            for place in self.places(&set.blocks) {
                let tags = self.tags_at(set, &place);
                let tags_at = self.entry(&place.content, set.tags).map(|(_, _, at)| at);
                let at = tags_at.filter(|_| set.blocks.is_empty()).unwrap_or(place.at);
                let has_more = self.has_more(set, &place.content);
                let is_by_type = set.kind_of(None).is_none();
                out.add(set, place.name, tags.map(|tags| NestedTags { at, tags_at, tags, has_more, is_by_type }));
            }
        }
        out.with_implied(sets)
    }

    /// The blocks that a path leads to.
    fn places(&self, path: &[PathBlock]) -> Vec<BlockPlace<'s, 't>> {
        let start = BlockPlace { content: BlockContent::Properties, at: self.at, name: PlaceName::default() };
        path.iter().fold(vec![start], |places, step| {
            places.into_iter().flat_map(|place| self.blocks_below(place, *step)).collect()
        })
    }

    /// The blocks of one step of a path.
    fn blocks_below(&self, place: BlockPlace<'s, 't>, step: PathBlock) -> Vec<BlockPlace<'s, 't>> {
        if matches!(place.content, BlockContent::Unknown) {
            return vec![place];
        }
        let Some((eval, node, at)) = self.entry(&place.content, step.name) else { return Vec::new() };
        let unknown = |at| BlockPlace { content: BlockContent::Unknown, at, name: place.name.all_below(step.name) };
        let node = match choose(&eval, node) {
            Chosen::Nothing => return Vec::new(),
            Chosen::Unknown => return vec![unknown(at)],
            Chosen::Node(node) => node,
        };
        let mut seen = BTreeSet::new();
        let NodeKind::List(items) = &node.kind else {
            let name = place.name.below(step.name, BlockKey::Single, None, 0, &mut seen);
            return vec![BlockPlace { content: BlockContent::Block(eval, node), at, name }];
        };
        let of_item = |(at, item): (usize, &'t Node)| match choose(&eval, item) {
            Chosen::Nothing => None,
            Chosen::Unknown => Some(unknown(item.span.start)),
            Chosen::Node(item) => {
                let key = match step.key {
                    BlockKey::Attribute(name) => item.get(name).and_then(|node| {
                        let Traced { value, secret } = eval.scope.trace(|| eval.text(node));
                        value.filter(|_| !secret)
                    }),
                    BlockKey::Position | BlockKey::Single => None,
                };
                let name = place.name.below(step.name, step.key, key, at, &mut seen);
                Some(BlockPlace { content: BlockContent::Block(eval.clone(), item), at: item.span.start, name })
            }
        };
        items.iter().enumerate().filter_map(of_item).collect()
    }

    /// The value of a property of a block, and the byte of its name.
    fn entry(
        &self,
        content: &BlockContent<'s, 't>,
        name: &str,
    ) -> Option<(TemplateEvaluator<'s, 't>, &'t Node, usize)> {
        match content {
            BlockContent::Properties => {
                let item = self.properties.get(name)?;
                Some((item.eval.clone(), &item.entry.value, item.entry.key_span.start))
            }
            BlockContent::Block(eval, node) => {
                let entry = node.entry(name)?;
                Some((eval.clone(), &entry.value, entry.key_span.start))
            }
            BlockContent::Unknown => None,
        }
    }

    /// Returns whether other properties bring further tags.
    fn has_more(&self, set: &NestedSet, content: &BlockContent<'s, 't>) -> bool {
        let has = |content: &BlockContent<'s, 't>, name: &str| {
            self.entry(content, name).is_some_and(|(eval, node, _)| !matches!(choose(&eval, node), Chosen::Nothing))
        };
        self.properties.more
            || set.others().any(|name| has(content, name))
            || set.outer_others().any(|name| has(&BlockContent::Properties, name))
    }

    /// The tags at a place; `None` where they are not written.
    fn tags_at(&self, set: &NestedSet, place: &BlockPlace<'s, 't>) -> Option<TemplateTags> {
        if matches!(place.content, BlockContent::Unknown) {
            return Some(TemplateTags::any_others());
        }
        let entry = self.entry(&place.content, set.tags);
        let entry = entry.filter(|(eval, node, _)| !matches!(choose(eval, node), Chosen::Nothing));
        let is_declared = set.judged == NestedJudgement::Declared;
        if entry.is_none() && !is_declared {
            return None;
        }
        if self.stack.rewritten {
            return Some(TemplateTags::any_others());
        }
        let Some((eval, node, _)) = entry else { return Some(self.with_stack(TemplateTags::default())) };
        let read = |form| tags::read(&eval, self.stack.template, node, form);
        Some(match set.form {
            NestedForm::Map => read(Form::Map),
            NestedForm::List if is_declared => self.with_stack(read(Form::List)),
            NestedForm::List => read(Form::List),
            NestedForm::Launched => {
                let tags = self.with_stack(tags::launched(&eval, self.stack.template, node));
                let has_template = GROUP.templates.iter().any(|name| self.properties.get(name).is_some());
                if has_template { tags.with_fallback(template_tags(self.stack, self.properties)) } else { tags }
            }
            NestedForm::Inherited => match eval.value(node) {
                TemplateValue::Text(text) => self.inherited(Inheritance::of(Some(&text))),
                _ => TemplateTags::any_others(),
            },
        })
    }

    fn inherited(&self, inheritance: Inheritance) -> TemplateTags {
        match inheritance {
            Inheritance::Inherited => self.with_stack(self.own.tags.clone()),
            Inheritance::Nothing => TemplateTags::default(),
            Inheritance::TaskDefinition => definition_tags(self.stack, self.properties),
            Inheritance::Others => TemplateTags::any_others(),
        }
    }

    /// Tags that those of the stack may come to.
    fn with_stack(&self, tags: TemplateTags) -> TemplateTags {
        with_stack_tags(tags, self.stack, StackTags::Unknown)
    }
}

/// Decides the conditions around a value.
pub(super) fn choose<'t>(eval: &TemplateEvaluator<'_, 't>, node: &'t Node) -> Chosen<'t> {
    match node.call() {
        None if matches!(node.kind, NodeKind::Null) => Chosen::Nothing,
        // A function beside other entries gives further ones.
        None if node.entries().iter().any(|entry| entry.key.starts_with("Fn::")) => Chosen::Unknown,
        None => Chosen::Node(node),
        Some(("Ref", name)) if name.text() == Some("AWS::NoValue") => Chosen::Nothing,
        Some(("Fn::If", choice)) => match choice.items() {
            [condition, yes, no] => match eval.holds(condition) {
                Some(true) => choose(eval, yes),
                Some(false) => choose(eval, no),
                None => Chosen::Unknown,
            },
            _ => Chosen::Unknown,
        },
        Some(_) => Chosen::Unknown,
    }
}
