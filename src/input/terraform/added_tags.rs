//! Tags that resources of their own add to other resources: `aws_ec2_tag` and its siblings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::address::{HIDDEN_KEY, block, split_module};
use crate::aws::resource_types::nested::INSTANCE;
use crate::model::{Location, Origin, Resource, Tag, Tags, Text, UnknownCause, UnlistedTags};

/// A type of Terraform that adds tags to other resources.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TaggingType {
    pub(super) name: &'static str,
    /// The attribute that names the other resource.
    pub(super) target: &'static str,
    /// The attributes of the other resource with the value of `target`.
    pub(super) identities: &'static [&'static str],
    /// The beginning of the types of the other resource.
    service: &'static str,
    /// True if the tag is a block, which the instances of the group may get too.
    pub(super) is_block: bool,
}

/// The tagging types of the AWS provider (schema of version 5.100).
static TYPES: [TaggingType; 5] = [
    TaggingType {
        name: "aws_autoscaling_group_tag",
        target: "autoscaling_group_name",
        identities: &["id", "name"],
        service: "autoscaling:",
        is_block: true,
    },
    of_arn("aws_dynamodb_tag", "dynamodb:"),
    TaggingType {
        name: "aws_ec2_tag",
        target: "resource_id",
        // The ids of keys and placement groups are their names.
        identities: &["id", "key_pair_id", "placement_group_id"],
        service: "ec2:",
        is_block: false,
    },
    of_arn("aws_ecs_tag", "ecs:"),
    of_arn("aws_transfer_tag", "transfer:"),
];

const fn of_arn(name: &'static str, service: &'static str) -> TaggingType {
    TaggingType { name, target: "resource_arn", identities: &["arn", "id"], service, is_block: false }
}

/// The tagging type of a name.
pub(super) fn tagging_type(name: &str) -> Option<&'static TaggingType> {
    // Most names differ in their end.
    name.ends_with("_tag").then(|| TYPES.iter().find(|of| of.name == name)).flatten()
}

/// The tagging types.
pub(super) fn tagging_types() -> &'static [TaggingType] {
    &TYPES
}

/// The resources that a tagging resource may add its tag to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TagTarget {
    /// The resource with this address.
    One(String),
    /// A resource of these blocks, or one that stands in them.
    Among(BTreeSet<String>),
    /// Any resource of the service.
    Any,
}

/// A tag that a tagging resource adds.
#[derive(Debug, Clone)]
pub(super) struct AddedTag {
    pub(super) of: &'static TaggingType,
    /// The address of the tagging resource.
    pub(super) by: String,
    pub(super) target: TagTarget,
    /// `None` for an unknown key, also for one that must not be shown.
    pub(super) key: Option<String>,
    pub(super) value: Option<String>,
    pub(super) is_sensitive: bool,
    /// Whether the instances of an Auto Scaling group get it; `None` where that is unknown.
    pub(super) propagates: Option<bool>,
    /// The reason why the tag may not exist.
    pub(super) doubt: Option<String>,
    pub(super) location: Option<Location>,
}

impl AddedTag {
    /// Any tag on any resource of the service: tagging resources that were not read.
    pub(super) fn unread(of: &'static TaggingType) -> Self {
        Self {
            of,
            by: format!("a resource of the type {}", of.name),
            target: TagTarget::Any,
            key: None,
            value: None,
            is_sensitive: false,
            propagates: None,
            doubt: None,
            location: None,
        }
    }
}

/// The tags that may exist and are noted one by one, of all resources and of one; further ones count as any tag.
const MAX_POSSIBLE: usize = 200_000;
const MAX_POSSIBLE_OF_ONE: usize = 200;

/// Adds tags to the resources that they belong to.
pub(super) fn join(resources: &mut [Resource<'_>], added: &[AddedTag]) {
    if added.is_empty() {
        return;
    }
    let mut joining = Joining::of(resources);
    for tag in added {
        match &tag.target {
            TagTarget::One(address) => joining.add_to_one(resources, address, tag),
            TagTarget::Among(blocks) => {
                let all: Vec<usize> = blocks.iter().flat_map(|block| joining.in_block(block)).collect();
                for at in all {
                    joining.add_possible(&mut resources[at], tag, "may belong to");
                }
            }
            TagTarget::Any => {}
        }
    }
    let anywhere: BTreeMap<_, &AddedTag> = added
        .iter()
        .filter(|tag| tag.target == TagTarget::Any)
        .map(|tag| ((tag.of.service, &tag.key, &tag.value), tag))
        .collect();
    for tag in anywhere.into_values() {
        for resource in resources.iter_mut().filter(|resource| resource.kind.starts_with(tag.of.service)) {
            joining.add_possible(resource, tag, "may belong to");
        }
    }
}

/// The resources by the block of the `resource` that they stand in.
struct Joining {
    by_block: HashMap<String, Vec<usize>>,
    left: usize,
}

impl Joining {
    fn of(resources: &[Resource<'_>]) -> Self {
        let mut by_block: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, resource) in resources.iter().enumerate() {
            if let Some(address) = &resource.address {
                by_block.entry(outer_block(address)).or_default().push(at);
            }
        }
        Self { by_block, left: MAX_POSSIBLE }
    }

    fn in_block(&self, block: &str) -> Vec<usize> {
        self.by_block.get(block).cloned().unwrap_or_default()
    }

    fn add_to_one(&mut self, resources: &mut [Resource<'_>], address: &str, tag: &AddedTag) {
        let all = self.in_block(&block(address));
        let below = |at: &usize| resources[*at].address.as_deref().and_then(|own| own.strip_prefix(address));
        let (exact, others): (Vec<usize>, Vec<usize>) = all.iter().partition(|at| below(at) == Some(""));
        let nested: Vec<usize> =
            others.iter().copied().filter(|at| below(at).is_some_and(|rest| rest.starts_with('.'))).collect();
        if exact.is_empty() && nested.is_empty() {
            // A resource without a key may stand for all instances, and one with a secret key may be any.
            let stands_in = |own: &str| !own.ends_with(']') || own.contains(HIDDEN_KEY);
            let is_stand_in = |at: &usize| resources[*at].address.as_deref().is_some_and(stands_in);
            for at in all.into_iter().filter(is_stand_in).collect::<Vec<_>>() {
                self.add_possible(&mut resources[at], tag, "may belong to");
            }
        }
        for at in exact {
            self.add(&mut resources[at], tag);
        }
        for at in nested {
            self.add_to_nested(&mut resources[at], tag);
        }
    }

    /// Adds the tag of a resource to one that stands in it, if it gets the tags of the other.
    fn add_to_nested(&mut self, resource: &mut Resource<'_>, tag: &AddedTag) {
        match (tag.of.service, tag.propagates) {
            ("ec2:", _) => {}
            ("autoscaling:", Some(true)) if resource.kind.as_str() == INSTANCE => self.add(resource, tag),
            ("autoscaling:", Some(false)) => {}
            _ => self.add_possible(resource, tag, "may reach"),
        }
    }

    fn add(&mut self, resource: &mut Resource<'_>, tag: &AddedTag) {
        let (Some(key), None) = (&tag.key, &tag.doubt) else {
            return self.add_possible(resource, tag, "belongs to");
        };
        let Tags::Read { tags, more } = &mut resource.tags else { return };
        let origin = resource.origin.get_or_insert_default();
        if let Some(own) = tags.iter_mut().find(|own| own.key.as_str() == key) {
            set_twice(own, origin, tag);
            return;
        }
        tags.push(Tag { key: Text::from(key.clone()), value: tag.value.clone().map(Text::from) });
        tags.sort_by(|a, b| a.key.cmp(&b.key));
        if let UnlistedTags::Keys(keys) = more {
            keys.retain(|one| one != key);
            *more = UnlistedTags::keys(std::mem::take(keys));
        }
        origin.unknown.remove(key);
        if tag.value.is_none() {
            origin.unknown.insert(key.clone(), cause(tag, format!("the value of {} is not known", tag.by)));
        }
        if tag.is_sensitive {
            origin.sensitive.insert(key.clone());
        }
        if let Some(location) = &tag.location {
            origin.keys.insert(key.clone(), location.clone());
        }
    }

    /// Adds a tag that may exist.
    fn add_possible(&mut self, resource: &mut Resource<'_>, tag: &AddedTag, relation: &str) {
        let Tags::Read { tags, more } = &mut resource.tags else { return };
        let origin = resource.origin.get_or_insert_default();
        let why = match &tag.doubt {
            Some(doubt) => format!("{} adds it, and {doubt}", tag.by),
            None => format!("the tag of {} {relation} this resource", tag.by),
        };
        let noted = if let UnlistedTags::Keys(keys) = &*more { keys.len() } else { 0 };
        let known = tag.key.as_ref().filter(|_| self.left > 0 && noted < MAX_POSSIBLE_OF_ONE);
        let Some(key) = known else {
            *more = UnlistedTags::Any;
            origin.unlisted.get_or_insert_with(|| cause(tag, why));
            return;
        };
        self.left -= 1;
        if let Some(own) = tags.iter_mut().find(|own| own.key.as_str() == key) {
            set_twice(own, origin, tag);
            return;
        }
        *more = std::mem::take(more).and(UnlistedTags::keys([key.clone()]));
        origin.unknown.entry(key.clone()).or_insert_with(|| cause(tag, why));
    }
}

/// The value of a tag that its resource and a tagging resource set, or two of these: the last one wins, and each apply may
/// have another order.
fn set_twice(own: &mut Tag<'_>, origin: &mut Origin, tag: &AddedTag) {
    let is_same = own.value.as_deref().zip(tag.value.as_deref()).is_some_and(|(a, b)| a == b);
    if !is_same {
        own.value = None;
        let why = format!("{} sets the tag too, and Terraform does not decide which value is last", tag.by);
        origin.unknown.entry(tag.key.clone().unwrap_or_default()).or_insert_with(|| cause(tag, why));
    }
}

fn cause(tag: &AddedTag, reason: String) -> UnknownCause {
    UnknownCause { reason, location: tag.location.clone() }
}

/// The block of the `resource` in an address, without the blocks in it.
fn outer_block(address: &str) -> String {
    let address = block(address);
    let (module, resource) = split_module(&address);
    let end = resource.match_indices('.').nth(1).map_or(resource.len(), |(at, _)| at);
    format!("{module}{}", &resource[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_around_nested_tags_is_found() {
        for (address, want) in [
            ("aws_vpc.a", "aws_vpc.a"),
            ("aws_vpc.a[\"x.y\"]", "aws_vpc.a"),
            (
                "module.m[\"a.b\"].module.n.aws_instance.a[0].ebs_block_device[\"/dev/sdf\"]",
                "module.m.module.n.aws_instance.a",
            ),
        ] {
            assert_eq!(outer_block(address), want);
        }
    }
}
