//! The tags that tagging resources (`aws_ec2_tag`) of a plan add to other resources.

use std::collections::{BTreeSet, HashMap};

use super::document::{LaunchExpressions, PlanConfiguration, PlanModule, ResourceChange};
use super::provider::PlanProviders;
use super::resource::PlanAction;
use crate::input::terraform::added_tags::{AddedTag, TagTarget, TaggingType, tagging_type};
use crate::input::terraform::address::{block, split_call, split_module};
use crate::input::terraform::json::JsonValue;
use crate::model::Text;

/// The references that are followed in a row.
const MAX_STEPS: usize = 32;

/// The tags that the tagging resources of a plan add.
pub(super) fn added_tags<'a>(
    configuration: &PlanConfiguration<'a>,
    changes: &[ResourceChange<'a>],
    providers: &PlanProviders<'a>,
) -> Vec<AddedTag> {
    let tagging = |change: &ResourceChange<'a>| tagging_type(&change.kind).zip(PlanAction::of(change));
    if !changes.iter().any(|change| tagging(change).is_some()) {
        return Vec::new();
    }
    let plan = TaggedPlan::of(configuration, changes);
    let all = changes.iter().filter_map(|change| Some((change, tagging(change)?.0)));
    all.flat_map(|(change, of)| plan.tags_of(change, of, providers)).collect()
}

/// A plan, as far as it tells the resources that tagging resources name.
struct TaggedPlan<'c, 'a> {
    root: &'c PlanModule<'a>,
    changes: HashMap<&'c str, &'c ResourceChange<'a>>,
    /// The addresses of the resources with an identifier: id, ARN or name.
    by_identifier: HashMap<&'c str, Vec<&'c str>>,
    /// True if a table has replicas, whose ARNs are that of the table with another region.
    has_replicas: bool,
}

impl<'c, 'a> TaggedPlan<'c, 'a> {
    fn of(configuration: &'c PlanConfiguration<'a>, changes: &'c [ResourceChange<'a>]) -> Self {
        let mut by_identifier: HashMap<&str, Vec<&str>> = HashMap::new();
        let existing = || changes.iter().filter(|change| PlanAction::of(change).is_some());
        for change in existing() {
            for name in ["id", "arn", "name"] {
                let (after, before) = (change.change.after.get(name), change.change.before.get(name));
                if let Some(text) = after.as_str().or(before.as_str()) {
                    by_identifier.entry(text).or_default().push(&change.address);
                }
            }
        }
        let has_replicas = existing().any(|change| {
            change.kind.as_str() == "aws_dynamodb_table_replica"
                || !change.change.after.get("replica").items().is_empty()
        });
        let changes = existing().map(|change| (change.address.as_str(), change)).collect();
        Self { root: &configuration.root_module, changes, by_identifier, has_replicas }
    }

    fn tags_of(
        &self,
        change: &ResourceChange<'a>,
        of: &'static TaggingType,
        providers: &PlanProviders<'a>,
    ) -> Vec<AddedTag> {
        let planned = &change.change;
        let base = AddedTag {
            by: providers.secrets.hide_keys(change.address.clone()).as_str().to_owned(),
            target: self.target(change, of),
            ..AddedTag::unread(of)
        };
        let tag = |(after, unknown, marks): (&JsonValue<'a>, &JsonValue<'_>, &JsonValue<'_>)| {
            let field = |name: &str| after.get(name).scalar().filter(|_| !unknown.get(name).is_true());
            let is_marked = |name: &str| marks.is_true() || marks.get(name).is_true();
            let key = field("key").filter(|key| !is_marked("key") && !providers.secrets.are_in(key));
            let value = field("value");
            let tag = AddedTag {
                key: key.map(std::borrow::Cow::into_owned),
                is_sensitive: is_marked("value") || value.as_ref().is_some_and(|value| providers.secrets.are_in(value)),
                value: value.map(std::borrow::Cow::into_owned),
                propagates: match after.get("propagate_at_launch") {
                    JsonValue::Bool(propagates) if !unknown.get("propagate_at_launch").is_true() => Some(*propagates),
                    _ => None,
                },
                ..base.clone()
            };
            self.unless_removed(tag)
        };
        if of.is_block {
            let nothing = JsonValue::Null;
            let (unknown, marks) = (planned.after_unknown.get("tag"), planned.after_sensitive.get("tag"));
            let blocks = planned.after.get("tag").items().iter().enumerate();
            let at = |list: &'_ JsonValue<'a>, at: usize| list.items().get(at).cloned().unwrap_or_default();
            let all: Vec<AddedTag> =
                blocks.map(|(number, block)| tag((block, &at(unknown, number), &at(marks, number)))).collect();
            return if planned.after_unknown.says("tag") { vec![tag((&nothing, &nothing, &nothing))] } else { all };
        }
        let entries = |attributes: &crate::input::terraform::json::ResourceAttributes<'a>| {
            let field = |name: &'static str| {
                let value = if attributes.whole { JsonValue::Bool(true) } else { attributes.get(name).clone() };
                (Text::from(name), value)
            };
            JsonValue::Map(vec![field("key"), field("value")])
        };
        vec![tag((&entries(&planned.after), &entries(&planned.after_unknown), &entries(&planned.after_sensitive)))]
    }

    /// A tag that the plan removes from its resource may be there after the apply or not: the order decides.
    fn unless_removed(&self, tag: AddedTag) -> AddedTag {
        let (TagTarget::One(address), Some(key)) = (&tag.target, &tag.key) else { return tag };
        let has = |tags: &JsonValue<'_>| !tags.get(key).is_null();
        let is_removed = self.changes.get(address.as_str()).is_some_and(|change| {
            let (before, after) = (&change.change.before, &change.change.after);
            let is_kept = has(after.get("tags")) || has(after.get("tags_all"));
            !is_kept && (has(before.get("tags")) || has(before.get("tags_all")))
        });
        let doubt = is_removed.then(|| format!("the plan removes it from {address}"));
        AddedTag { doubt: doubt.or(tag.doubt.clone()), ..tag }
    }

    fn target(&self, change: &ResourceChange<'a>, of: &'static TaggingType) -> TagTarget {
        let known =
            change.change.after.get(of.target).as_str().filter(|_| !change.change.after_unknown.says(of.target));
        if let Some(identifier) = known {
            return self.identified(identifier);
        }
        let mut named = NamedBlocks::default();
        let (prefix, _) = split_module(&change.address);
        match self.expression(&change.address, of) {
            Some(expression) => self.name(prefix, expression, of, 0, &mut named),
            None => named.open = true,
        }
        match named.exact.as_slice() {
            _ if named.open => TagTarget::Any,
            [one] if named.blocks.is_empty() && !(of.name == "aws_dynamodb_tag" && self.has_replicas) => {
                TagTarget::One(one.clone())
            }
            _ => {
                let blocks = named.in_blocks().blocks;
                if blocks.is_empty() { TagTarget::Any } else { TagTarget::Among(blocks) }
            }
        }
    }

    /// The resource with a known identifier: it exists, and so a plan that has it has its identifier.
    fn identified(&self, identifier: &str) -> TagTarget {
        match self.by_identifier.get(identifier).map(Vec::as_slice) {
            Some([first, others @ ..]) if others.iter().all(|other| other == first) => {
                TagTarget::One((*first).to_owned())
            }
            Some(all) => TagTarget::Among(all.iter().map(|address| block(address).into_owned()).collect()),
            // The plan has the names of keys and placement groups as their ids.
            None if ["key-", "pg-"].iter().any(|start| identifier.starts_with(start)) => TagTarget::Any,
            None => TagTarget::Among(BTreeSet::new()),
        }
    }

    /// The module at the beginning of an address.
    fn module(&self, prefix: &str) -> Option<&'c PlanModule<'a>> {
        let path = block(prefix);
        let mut module = self.root;
        for name in path.split('.').skip(1).step_by(2).filter(|name| !name.is_empty()) {
            module = &module.calls.get(&Text::from(name.to_owned()))?.module;
        }
        Some(module)
    }

    fn expression(&self, address: &str, of: &'static TaggingType) -> Option<&'c JsonValue<'a>> {
        let (prefix, resource) = split_module(address);
        let resource = block(resource);
        let block = self.module(prefix)?.resources.iter().find(|block| block.address.as_str() == resource)?;
        let LaunchExpressions { autoscaling_group_name, resource_arn, resource_id, .. } = &block.expressions;
        Some(match of.target {
            "autoscaling_group_name" => autoscaling_group_name,
            "resource_arn" => resource_arn,
            _ => resource_id,
        })
    }

    /// Adds the resources that an expression names, by its references.
    fn name(
        &self,
        prefix: &str,
        expression: &'c JsonValue<'a>,
        of: &'static TaggingType,
        depth: usize,
        out: &mut NamedBlocks,
    ) {
        let all: Vec<&str> = expression.get("references").items().iter().filter_map(JsonValue::as_str).collect();
        let is_longest = |name: &&&str| {
            !all.iter().any(|other| other.strip_prefix(**name).is_some_and(|rest| rest.starts_with(['.', '['])))
        };
        let longest: Vec<&str> = all.iter().filter(is_longest).copied().collect();
        if longest.is_empty() || depth >= MAX_STEPS {
            out.open = true;
        }
        for name in longest.iter().filter(|_| depth < MAX_STEPS) {
            let mut part = NamedBlocks::default();
            self.name_reference(prefix, name, of, depth + 1, &mut part);
            out.add(if longest.len() == 1 { part } else { part.in_blocks() });
        }
    }

    fn name_reference(&self, prefix: &str, name: &str, of: &'static TaggingType, depth: usize, out: &mut NamedBlocks) {
        let mut parts = name.split('.');
        let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match first {
            // They select an instance of what else is named.
            "each" if second == "key" => {}
            "count" => {}
            "var" | "module" => {
                let followed = if first == "var" {
                    self.argument(prefix, second.split('[').next().unwrap_or(second))
                } else {
                    parts.next().and_then(|output| self.output(prefix, second, output))
                };
                let Some((module, expression)) = followed else {
                    out.open = true;
                    return;
                };
                let mut part = NamedBlocks::default();
                self.name(&module, expression, of, depth, &mut part);
                let is_whole = parts.next().is_none() && !second.contains('[');
                out.add(if is_whole { part } else { part.in_blocks() });
            }
            _ if first.starts_with("aws_") => name_resource(prefix, name, of, out),
            _ => out.open = true,
        }
    }

    /// The output of a call, and the prefix of its module.
    fn output(&self, prefix: &str, call: &str, output: &str) -> Option<(String, &'c JsonValue<'a>)> {
        let inner = format!("{prefix}module.{call}.");
        let outputs = &self.module(&inner)?.outputs;
        let (_, output) = outputs.iter().find(|(name, _)| name.as_str() == output)?;
        Some((inner, &output.expression))
    }

    /// The argument of a variable, and the module of the call.
    fn argument(&self, prefix: &str, name: &str) -> Option<(String, &'c JsonValue<'a>)> {
        let (mut outer, mut rest) = ("", prefix);
        while let Some((step, after)) = split_call(rest).filter(|(_, after)| !after.is_empty()) {
            outer = &prefix[..outer.len() + step.len()];
            rest = after;
        }
        let call = block(rest).into_owned();
        let call = call.strip_prefix("module.")?.strip_suffix('.')?.to_owned();
        let expression = self.module(outer)?.calls.get(&Text::from(call))?.expressions.get(name);
        (!expression.is_null()).then(|| (outer.to_owned(), expression))
    }
}

/// Adds a resource: `aws_vpc.main["a"].id`.
fn name_resource(prefix: &str, name: &str, of: &'static TaggingType, out: &mut NamedBlocks) {
    let whole = block(name);
    let mut parts = whole.split('.');
    let (kind, label) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let resource = format!("{kind}.{label}");
    let attribute: Vec<&str> = parts.collect();
    let (outer, is_single) = (block(prefix).into_owned() + &resource, !name[..].ends_with(']'));
    match attribute.as_slice() {
        [attribute] if of.identities.contains(attribute) && is_single => {
            let end = name.len() - attribute.len() - 1;
            out.exact.push(format!("{prefix}{}", &name[..end]));
        }
        [] => drop(out.blocks.insert(outer)),
        // Another resource that AWS makes for this one, or one that it names.
        _ => {
            out.open = true;
            out.blocks.insert(outer);
        }
    }
}

/// The resources that references name.
#[derive(Default)]
struct NamedBlocks {
    exact: Vec<String>,
    blocks: BTreeSet<String>,
    open: bool,
}

impl NamedBlocks {
    fn add(&mut self, other: Self) {
        self.open |= other.open;
        self.exact.extend(other.exact);
        self.blocks.extend(other.blocks);
    }

    /// The blocks of all resources, where it is not known which instance is meant.
    fn in_blocks(self) -> Self {
        let of_exact = self.exact.iter().map(|address| block(address).into_owned());
        Self { blocks: of_exact.chain(self.blocks).collect(), exact: Vec::new(), open: self.open }
    }
}
