//! The sets of tags in a planned resource that other resources carry.

use std::collections::BTreeSet;

use super::document::ResourceChange;
use super::ignored::PlanIgnoredTags;
use super::launch_template::PlanLaunchTemplates;
use super::provider::{DefaultTags, PlanProviders};
use super::tags::PlanTags;
use crate::aws::resource_types::nested::{
    BlockKey, GROUP, INSTANCE, Inheritance, NestedForm, NestedJudgement, NestedSet, PathBlock, in_terraform,
};
use crate::input::nested::{NestedListing, PlaceName};
use crate::input::terraform::json::{JsonValue, ResourceAttributes};
use crate::input::terraform::resource_type::TagForm;
use crate::model::UnlistedTags;

/// The tags of one set.
pub(super) struct NestedTags<'a> {
    pub tags: PlanTags<'a>,
    /// `true` if the plan leaves the set as it is written.
    pub is_unchanged: bool,
    /// `true` if the tags of the resource around it, or the default tags of the provider, reach the set.
    pub follows: bool,
}

/// The facts besides the change on which the tags of a set depend.
pub(super) struct NestedContext<'c, 'a> {
    pub own: &'c PlanTags<'a>,
    pub defaults: &'c DefaultTags<'a>,
    pub ignored: &'c PlanIgnoredTags,
    pub providers: &'c PlanProviders<'a>,
    pub templates: &'c PlanLaunchTemplates<'a>,
}

/// A block after the apply, with what is unknown and sensitive in it.
struct BlockPlace<'c, 'a> {
    after: BlockAttributes<'c, 'a>,
    unknown: BlockAttributes<'c, 'a>,
    marks: BlockAttributes<'c, 'a>,
    name: PlaceName,
}

/// The attributes of a resource or of a block in it.
#[derive(Clone, Copy)]
enum BlockAttributes<'c, 'a> {
    Resource(&'c ResourceAttributes<'a>),
    Block(&'c JsonValue<'a>),
}

const NULL: &JsonValue<'static> = &JsonValue::Null;
const TRUE: &JsonValue<'static> = &JsonValue::Bool(true);

impl<'c, 'a> BlockAttributes<'c, 'a> {
    fn get(self, name: &str) -> &'c JsonValue<'a> {
        match self {
            Self::Resource(attributes) if attributes.whole => TRUE,
            Self::Resource(attributes) => attributes.get(name),
            Self::Block(JsonValue::Bool(true)) => TRUE,
            Self::Block(value) => value.get(name),
        }
    }

    /// Returns whether it has an attribute with a value, or blocks of a name.
    fn has_some(self, name: &str) -> bool {
        !matches!(self.get(name), JsonValue::Null)
            && !matches!(self.get(name), JsonValue::List(items) if items.is_empty())
    }
}

/// The sets of tags in a change. Those that a launch template gives to instances are incomplete if a group uses the
/// template: the group adds its own.
pub(super) fn nested<'a>(
    change: &ResourceChange<'a>,
    sets: &'static [NestedSet],
    context: &NestedContext<'_, 'a>,
) -> NestedListing<NestedTags<'a>> {
    let mut out = written(change, sets, context);
    let is_used = context.templates.is_used(&change.address);
    for nested in out.found.iter_mut().filter(|nested| is_used && nested.kind == INSTANCE) {
        nested.tags.tags.more = UnlistedTags::Any;
    }
    out
}

/// The sets of tags as a change has them.
fn written<'a>(
    change: &ResourceChange<'a>,
    sets: &'static [NestedSet],
    context: &NestedContext<'_, 'a>,
) -> NestedListing<NestedTags<'a>> {
    let mut out = NestedListing::default();
    for set in sets {
        let is_unchanged = change.change.before.get(set.first_name()) == change.change.after.get(set.first_name());
        let follows = set.has_default_tags || set.form == NestedForm::Inherited;
        for place in places(change, &set.blocks, context.providers) {
            let tags = tags_at(change, set, &place, context);
            out.add(set, place.name, tags.map(|tags| NestedTags { tags, is_unchanged, follows }));
        }
    }
    out.with_implied(sets)
}

/// The tags that the launch template of a group gives to its instances.
fn template_tags<'a>(group: &ResourceChange<'a>, context: &NestedContext<'_, 'a>) -> PlanTags<'a> {
    let Some(template) = context.templates.of_group(&group.address) else { return PlanTags::any() };
    let listing = written(template, in_terraform(&template.kind), context);
    if !listing.of_unknown_type.is_empty() {
        return PlanTags::any();
    }
    let of_instances = listing.found.into_iter().find(|nested| nested.kind == INSTANCE);
    of_instances.map_or_else(PlanTags::default, |nested| nested.tags.tags)
}

/// The tags of the task definition of a service, which its tasks get.
fn definition_tags<'a>(service: &ResourceChange<'a>, context: &NestedContext<'_, 'a>) -> PlanTags<'a> {
    let definition = context.templates.of_service(service);
    let provider = definition.and_then(|definition| context.providers.of_resource(&definition.address));
    let (Some(definition), Some(provider)) = (definition, provider) else { return PlanTags::any() };
    PlanTags::of(&definition.change, TagForm::Map, &provider.defaults, context.providers)
        .ignoring(&provider.ignored, TagForm::Map)
}

/// The blocks that a path leads to.
fn places<'c, 'a>(
    change: &'c ResourceChange<'a>,
    path: &[PathBlock],
    providers: &PlanProviders<'a>,
) -> Vec<BlockPlace<'c, 'a>> {
    let change = &change.change;
    let start = BlockPlace {
        after: BlockAttributes::Resource(&change.after),
        unknown: BlockAttributes::Resource(&change.after_unknown),
        marks: BlockAttributes::Resource(&change.after_sensitive),
        name: PlaceName::default(),
    };
    path.iter().fold(vec![start], |places, step| {
        places.into_iter().flat_map(|place| blocks_below(&place, *step, providers)).collect()
    })
}

/// The blocks of one step of a path.
fn blocks_below<'c, 'a>(
    place: &BlockPlace<'c, 'a>,
    step: PathBlock,
    providers: &PlanProviders<'a>,
) -> Vec<BlockPlace<'c, 'a>> {
    let (after, unknown, marks) =
        (place.after.get(step.name), place.unknown.get(step.name), place.marks.get(step.name));
    let mut seen = BTreeSet::new();
    // The elements of a set and their marks have different orders, so a mark counts for all.
    let is_marked =
        |name: &str| marks.is_true() || marks.items().iter().any(|mark| mark.is_true() || mark.get(name).is_true());
    let is_shown = |name: &str, key: &str| !is_marked(name) && !providers.secrets.are_in(key);
    let of_item = |(at, item): (usize, &'c JsonValue<'a>)| {
        let (unknown, marks) = (part(unknown, at), part(marks, at));
        let key = match step.key {
            BlockKey::Attribute(name) => {
                let key = item.get(name).as_str().filter(|_| !unknown.get(name).is_true());
                key.filter(|key| is_shown(name, key)).map(str::to_owned)
            }
            BlockKey::Position | BlockKey::Single => None,
        };
        let name = place.name.below(step.name, step.key, key, at, &mut seen);
        let (after, unknown) = (BlockAttributes::Block(item), BlockAttributes::Block(unknown));
        BlockPlace { after, unknown, marks: BlockAttributes::Block(marks), name }
    };
    after.items().iter().enumerate().map(of_item).collect()
}

/// The part of the marks of a list that belongs to an item.
fn part<'c, 'a>(marks: &'c JsonValue<'a>, at: usize) -> &'c JsonValue<'a> {
    if marks.is_true() { marks } else { marks.items().get(at).unwrap_or(NULL) }
}

/// The tags at a place; `None` where they are not written.
fn tags_at<'a>(
    change: &ResourceChange<'a>,
    set: &NestedSet,
    place: &BlockPlace<'_, 'a>,
    context: &NestedContext<'_, 'a>,
) -> Option<PlanTags<'a>> {
    let (after, unknown, marks) = (place.after.get(set.tags), place.unknown.get(set.tags), place.marks.get(set.tags));
    let is_declared = set.judged == NestedJudgement::Declared;
    if (after.is_null() && !unknown.is_true() && !is_declared) || is_as_read(after, place) {
        return None;
    }
    let tags = match set.form {
        NestedForm::Inherited if unknown.is_true() => PlanTags::any(),
        NestedForm::Inherited => match Inheritance::of(after.scalar().as_deref()) {
            Inheritance::Inherited => context.own.clone(),
            Inheritance::Nothing => PlanTags::default(),
            Inheritance::TaskDefinition => definition_tags(change, context),
            Inheritance::Others => PlanTags::any(),
        },
        NestedForm::Launched => launched(change, context)?,
        NestedForm::Map | NestedForm::List => {
            let defaults = set.has_default_tags.then_some(context.defaults);
            PlanTags::of_map(after, unknown, marks, defaults, context.providers).and_more(context.ignored.more())
        }
    };
    let outer = BlockAttributes::Resource(&change.change.after);
    let brings_more =
        set.others().any(|name| place.after.has_some(name)) || set.outer_others().any(|name| outer.has_some(name));
    Some(tags.and_more(brings_more.into()))
}

/// Returns whether a block without tags comes from the state: the provider reads the volumes that no block of the
/// source describes.
fn is_as_read(after: &JsonValue<'_>, place: &BlockPlace<'_, '_>) -> bool {
    matches!(after, JsonValue::Map(tags) if tags.is_empty())
        && matches!(place.after, BlockAttributes::Block(block) if matches!(block.get("tags_all"), JsonValue::Map(_)))
}

/// The tags of a group that its instances get; `None` where it has none.
fn launched<'a>(group: &ResourceChange<'a>, context: &NestedContext<'_, 'a>) -> Option<PlanTags<'a>> {
    let change = &group.change;
    let counts = |tag: &JsonValue<'a>, unknown: &JsonValue<'_>| {
        let propagate = tag.get("propagate_at_launch");
        (!unknown.get("propagate_at_launch").is_true()).then(|| propagate.scalar().as_deref() == Some("true"))
    };
    let list = |name: &str| {
        let (after, unknown, marks) =
            (change.after.get(name), change.after_unknown.get(name), change.after_sensitive.get(name));
        let is_written = !after.items().is_empty() || unknown.is_true();
        is_written.then(|| PlanTags::of_list(after, unknown, (marks.is_true(), marks), context.providers, counts))
    };
    let tags = match (list("tag"), list("tags")) {
        (Some(blocks), Some(listed)) => Some(blocks.and(listed)),
        (blocks, listed) => blocks.or(listed),
    }?;
    let outer = BlockAttributes::Resource(&change.after);
    let has_template = GROUP.templates.iter().any(|name| outer.has_some(name));
    Some(if has_template { tags.with_fallback(template_tags(group, context)) } else { tags })
}
