//! The sets of tags in a planned resource that other resources carry.

use std::collections::BTreeSet;

use super::document::ResourceChange;
use super::ignored::PlanIgnoredTags;
use super::provider::{DefaultTags, PlanProviders};
use super::tags::PlanTags;
use crate::aws::resource_types::nested::{BlockKey, Inheritance, NestedForm, NestedJudgement, NestedSet, PathBlock};
use crate::input::terraform::address::quoted_key;
use crate::input::terraform::json::{JsonValue, ResourceAttributes};

/// One set of tags in a planned resource.
pub(super) struct NestedTags<'a> {
    /// The type of the resources that carry the tags.
    pub kind: &'static str,
    /// The address after that of the resource around it: `.root_block_device`.
    pub suffix: String,
    /// The region, if it is another than that of the resource around it.
    pub region: Option<String>,
    pub tags: PlanTags<'a>,
    /// Whether the plan leaves the set as it is written.
    pub is_unchanged: bool,
    /// Whether the tags of the resource around it, or the default tags of the provider, reach the set.
    pub follows: bool,
}

/// The sets of tags in a planned resource.
#[derive(Default)]
pub(super) struct NestedListing<'a> {
    pub found: Vec<NestedTags<'a>>,
    /// The paths of sets whose resources have an unknown type, each with its address suffix.
    pub of_unknown_type: Vec<(String, String)>,
    /// The types of resources that the resource makes, and whose tags it does not write.
    pub implied: Vec<&'static str>,
}

/// What the tags of a set depend on besides the change.
pub(super) struct NestedContext<'c, 'a> {
    pub own: &'c PlanTags<'a>,
    pub defaults: &'c DefaultTags<'a>,
    pub ignored: &'c PlanIgnoredTags,
    pub providers: &'c PlanProviders<'a>,
}

/// A block after the apply, with what is unknown and sensitive in it.
struct BlockPlace<'c, 'a> {
    after: BlockAttributes<'c, 'a>,
    unknown: BlockAttributes<'c, 'a>,
    marks: BlockAttributes<'c, 'a>,
    suffix: String,
    key: Option<String>,
    /// True where the plan knows nothing of the block.
    is_unknown: bool,
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

    /// Whether it has an attribute with a value, or blocks of a name.
    fn has_some(self, name: &str) -> bool {
        !matches!(self.get(name), JsonValue::Null) && !matches!(self.get(name), JsonValue::List(items) if items.is_empty())
    }
}

/// The sets of tags in a change.
pub(super) fn nested<'a>(
    change: &ResourceChange<'a>,
    sets: &'static [NestedSet],
    context: &NestedContext<'_, 'a>,
) -> NestedListing<'a> {
    let mut out = NestedListing::default();
    for set in sets {
        let is_unchanged = change.change.before.get(set.first_name()) == change.change.after.get(set.first_name());
        for place in places(change, &set.blocks) {
            let Some(tags) = tags_at(change, set, &place, context) else { continue };
            let suffix = if set.blocks.is_empty() { format!(".{}", set.tags) } else { place.suffix };
            let follows = set.has_default_tags || set.form == NestedForm::Inherited;
            let region = place.key.clone().filter(|_| set.is_keyed_by_region());
            match (set.kind_of(place.key.as_deref()), set.judged) {
                (Some(kind), NestedJudgement::Never) => out.implied.push(kind),
                (Some(kind), _) => out.found.push(NestedTags { kind, suffix, region, tags, is_unchanged, follows }),
                (None, _) => out.of_unknown_type.push((set.path(), suffix)),
            }
        }
    }
    let made = sets.iter().filter(|set| set.judged == NestedJudgement::Exists).filter_map(|set| set.kind_of(None));
    out.implied.extend(made);
    let found = &out.found;
    out.implied.retain(|kind| !found.iter().any(|nested| nested.kind == *kind));
    out.implied.sort_unstable();
    out.implied.dedup();
    out
}

/// The blocks that a path leads to.
fn places<'c, 'a>(change: &'c ResourceChange<'a>, path: &[PathBlock]) -> Vec<BlockPlace<'c, 'a>> {
    let change = &change.change;
    let start = BlockPlace {
        after: BlockAttributes::Resource(&change.after),
        unknown: BlockAttributes::Resource(&change.after_unknown),
        marks: BlockAttributes::Resource(&change.after_sensitive),
        suffix: String::new(),
        key: None,
        is_unknown: false,
    };
    path.iter().fold(vec![start], |places, step| {
        places.into_iter().flat_map(|place| blocks_below(place, *step)).collect()
    })
}

/// The blocks of one step of a path.
fn blocks_below<'c, 'a>(place: BlockPlace<'c, 'a>, step: PathBlock) -> Vec<BlockPlace<'c, 'a>> {
    if place.is_unknown {
        return vec![place];
    }
    let (after, unknown, marks) = (place.after.get(step.name), place.unknown.get(step.name), place.marks.get(step.name));
    let mut seen = BTreeSet::new();
    let of_item = |(at, item): (usize, &'c JsonValue<'a>)| {
        let (unknown, marks) = (part(unknown, at), part(marks, at));
        let key = match step.key {
            BlockKey::Attribute(name) => item.get(name).as_str().filter(|_| !unknown.get(name).is_true()).map(str::to_owned),
            BlockKey::Position | BlockKey::Single => None,
        };
        let mut suffix = format!("{}.{}{}", place.suffix, step.name, key_suffix(step.key, key.as_deref(), at));
        if !seen.insert(suffix.clone()) {
            suffix = format!("{suffix}[{at}]");
        }
        let (after, unknown) = (BlockAttributes::Block(item), BlockAttributes::Block(unknown));
        BlockPlace { after, unknown, marks: BlockAttributes::Block(marks), suffix, key, is_unknown: false }
    };
    after.items().iter().enumerate().map(of_item).collect()
}

/// The part of the marks of a list that belongs to an item.
fn part<'c, 'a>(marks: &'c JsonValue<'a>, at: usize) -> &'c JsonValue<'a> {
    if marks.is_true() { marks } else { marks.items().get(at).unwrap_or(NULL) }
}

/// The key of a block in an address.
fn key_suffix(form: BlockKey, key: Option<&str>, position: usize) -> String {
    match (form, key) {
        (BlockKey::Single, _) => String::new(),
        (_, Some(key)) => format!("[{}]", quoted_key(key)),
        (_, None) => format!("[{position}]"),
    }
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
    if after.is_null() && !unknown.is_true() && !is_declared {
        return None;
    }
    let tags = match set.form {
        NestedForm::Inherited if unknown.is_true() => PlanTags::any(),
        NestedForm::Inherited => match Inheritance::of(after.scalar().as_deref()) {
            Inheritance::Inherited => context.own.clone(),
            Inheritance::Nothing => PlanTags::default(),
            Inheritance::Others => PlanTags::any(),
        },
        NestedForm::Launched => launched(change, context)?,
        NestedForm::Map | NestedForm::List => {
            let defaults = set.has_default_tags.then_some(context.defaults);
            PlanTags::of_map(after, unknown, marks, defaults, context.providers).and_more(context.ignored.more())
        }
    };
    let outer = BlockAttributes::Resource(&change.change.after);
    let brings_more = set.others().any(|name| place.after.has_some(name)) || set.outer_others().any(|name| outer.has_some(name));
    Some(tags.and_more(brings_more.into()))
}

/// The tags of a group that its instances get; `None` where it has none.
fn launched<'a>(change: &ResourceChange<'a>, context: &NestedContext<'_, 'a>) -> Option<PlanTags<'a>> {
    let change = &change.change;
    let counts = |tag: &JsonValue<'a>, unknown: &JsonValue<'_>| {
        let propagate = tag.get("propagate_at_launch");
        (!unknown.get("propagate_at_launch").is_true()).then(|| propagate.scalar().as_deref() == Some("true"))
    };
    let list = |name: &str| {
        let (after, unknown, marks) = (change.after.get(name), change.after_unknown.get(name), change.after_sensitive.get(name));
        let is_written = !after.items().is_empty() || unknown.is_true();
        is_written.then(|| PlanTags::of_list(after, unknown, (marks.is_true(), marks), context.providers, counts))
    };
    match (list("tag"), list("tags")) {
        (Some(blocks), Some(listed)) => Some(blocks.and(listed)),
        (blocks, listed) => blocks.or(listed),
    }
}
