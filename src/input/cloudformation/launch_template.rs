//! The launch templates that groups of a template use: the tags of a launch template join those that a group propagates.

use std::collections::HashSet;

use super::evaluate::TemplateEvaluator;
use super::nested::NestedReader;
use super::resource::{OwnTags, TemplateProperties};
use super::stack::Stack;
use super::tags::TemplateTags;
use crate::aws::resource_types::nested::{GROUP, INSTANCE, LAUNCH_TEMPLATE, in_cloudformation};
use crate::syntax::Node;

/// The tags that the launch template of a group gives to its instances; unknown unless it stands in the template.
pub(super) fn template_tags<'t>(stack: &Stack<'_, 't>, group: &TemplateProperties<'_, 't>) -> TemplateTags {
    let Some(node) = template_name(group).and_then(|name| stack.scope.resource(name)) else {
        return TemplateTags::any_others();
    };
    if node.get("Type").and_then(Node::text) != Some(LAUNCH_TEMPLATE.cloudformation) || node.get("Condition").is_some()
    {
        return TemplateTags::any_others();
    }
    let properties = TemplateProperties::of(&TemplateEvaluator::new(&stack.scope), node);
    let own = OwnTags::default();
    let reader = NestedReader { stack, properties: &properties, at: node.span.start, own: &own };
    let listing = reader.list(in_cloudformation(LAUNCH_TEMPLATE.cloudformation));
    if !listing.of_unknown_type.is_empty() || properties.more {
        return TemplateTags::any_others();
    }
    let of_instances = listing.found.into_iter().find(|nested| nested.kind == INSTANCE);
    of_instances.map_or_else(TemplateTags::default, |nested| nested.tags.tags)
}

/// The launch templates that groups with tags use: everything that they refer to where they name one.
pub(super) fn used(root: &Node) -> HashSet<String> {
    let resources = root.get("Resources").map_or(&[][..], Node::entries);
    let is_group = |node: &Node| node.get("Type").and_then(Node::text) == Some(GROUP.cloudformation);
    let groups = resources.iter().filter(|entry| is_group(&entry.value));
    let mut out = HashSet::new();
    for properties in groups.filter_map(|entry| entry.value.get("Properties")).filter(|all| all.get("Tags").is_some()) {
        for node in GROUP.templates.iter().filter_map(|property| properties.get(property)) {
            add_references(node, &mut out);
        }
    }
    out
}

/// The logical id of the launch template that a group uses, in whatever version is the newest.
fn template_name<'t>(group: &TemplateProperties<'_, 't>) -> Option<&'t str> {
    if let Some(specification) = group.get("LaunchTemplate") {
        return referred(&specification.entry.value);
    }
    let template = group.get("MixedInstancesPolicy")?.entry.value.get("LaunchTemplate")?;
    let overrides = template.get("Overrides").map_or(&[][..], Node::items);
    let is_overridden = template.get("Overrides").is_some_and(|node| node.call().is_some())
        || overrides.iter().any(|item| item.call().is_some() || item.get("LaunchTemplateSpecification").is_some());
    referred(template.get("LaunchTemplateSpecification").filter(|_| !is_overridden)?)
}

/// The resource that a specification refers to.
fn referred(specification: &Node) -> Option<&str> {
    let is_newest = specification.get("Version").is_none_or(|version| match version.call() {
        Some(("Fn::GetAtt", _)) => true,
        Some(_) => false,
        None => version.text().is_some_and(|text| text.starts_with('$')),
    });
    match specification.get("LaunchTemplateId").filter(|_| is_newest)?.call()? {
        ("Ref", name) => name.text(),
        _ => None,
    }
}

/// Adds the resources that a value refers to: by `Ref`, `Fn::GetAtt` or in the text of `Fn::Sub`.
fn add_references(node: &Node, out: &mut HashSet<String>) {
    let before_dot = |text: &str| text.split('.').next().unwrap_or(text).to_owned();
    match node.call() {
        Some(("Ref", target)) => out.extend(target.text().map(str::to_owned)),
        Some(("Fn::GetAtt", target)) => {
            out.extend(target.text().or_else(|| target.items().first().and_then(Node::text)).map(before_dot));
        }
        Some(("Fn::Sub", text)) => {
            let parts = text.text().unwrap_or_default().split("${").skip(1);
            out.extend(parts.filter_map(|part| Some(before_dot(part.split_once('}')?.0))));
        }
        _ => {
            node.items().iter().for_each(|item| add_references(item, out));
            node.entries().iter().for_each(|entry| add_references(&entry.value, out));
        }
    }
}
