//! The launch templates that resources of a module use: the tags of a template join those that a group propagates.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::eval::{EvaluationContext, HclEvaluator};
use super::instance_key::InstanceKey;
use super::nested::NestedTags;
use super::tags::{SourceTags, has_tags};
use crate::aws::resource_types::nested::{GROUP, INSTANCE, LAUNCH_TEMPLATE, in_terraform};
use crate::input::nested::Nested;
use crate::model::UnlistedTags;
use crate::syntax::hcl::{Expression, ExpressionKind, HclBlock, HclBody, TemplatePart, TraversalStep};

impl HclEvaluator {
    /// The tags that the launch template of a group gives to its instances; unknown unless it stands in the module.
    pub(super) fn template_tags(&mut self, env: EvaluationContext<'_>, group: &HclBlock) -> SourceTags {
        let (module, _) = self.module_and_instance(env.scope);
        let template = template_name(group).and_then(|name| {
            let template = module.resources.get(&(LAUNCH_TEMPLATE.terraform.to_owned(), name.to_owned()))?;
            let is_one = template.body.value("count").or(template.body.value("for_each")).is_none();
            is_one.then_some(template)
        });
        let Some(template) = template else { return SourceTags::any() };
        let env = EvaluationContext::new(env.scope, &InstanceKey::Only);
        let listing =
            self.nested_as_written(env, template, in_terraform(LAUNCH_TEMPLATE.terraform), &SourceTags::default());
        if !listing.of_unknown_type.is_empty() {
            return SourceTags::any();
        }
        let of_instances = listing.found.into_iter().find(|nested| nested.kind == INSTANCE);
        of_instances.map_or_else(SourceTags::default, |nested| nested.tags.tags)
    }

    /// Marks the tags that a launch template gives to instances as incomplete if a group of the module uses the template:
    /// the group adds its own.
    pub(super) fn open_used_template(
        &mut self,
        env: EvaluationContext<'_>,
        template: &HclBlock,
        found: &mut [Nested<NestedTags>],
    ) {
        if template.labels[0] != LAUNCH_TEMPLATE.terraform {
            return;
        }
        let is_used = self.used_templates(env.scope).contains(&template.labels[1]);
        for nested in found.iter_mut().filter(|nested| is_used && nested.kind == INSTANCE) {
            nested.tags.tags = std::mem::take(&mut nested.tags.tags).and_more(UnlistedTags::Any);
        }
    }
}

impl HclEvaluator {
    /// The launch templates that groups with tags in the module of a scope use.
    fn used_templates(&mut self, scope: usize) -> Arc<BTreeSet<String>> {
        if let Some(used) = self.used_templates.get(&scope) {
            return Arc::clone(used);
        }
        let (module, _) = self.module_and_instance(scope);
        let groups =
            module.resources.iter().filter(|((kind, _), group)| kind == GROUP.terraform && has_tags(&group.body));
        let mut used = BTreeSet::new();
        for (_, group) in groups {
            let parts = group.body.blocks.iter().filter(|block| GROUP.templates.contains(&block.kind.as_str()));
            parts.for_each(|part| add_body_references(&part.body, &mut used));
        }
        let used = Arc::new(used);
        self.used_templates.insert(scope, Arc::clone(&used));
        used
    }
}

/// The name of the launch template that a group uses, in whatever version is the newest.
fn template_name(group: &HclBlock) -> Option<&str> {
    if let Some(block) = group.body.blocks("launch_template").next() {
        return named_template(&block.body, ["id", "name"]);
    }
    let policy = group.body.blocks("mixed_instances_policy").next()?;
    let template = policy.body.blocks("launch_template").next()?;
    let is_overridden = template
        .body
        .blocks
        .iter()
        .any(|block| block.kind != "launch_template_specification" && !is_plain_override(block));
    let specification = template.body.blocks("launch_template_specification").next().filter(|_| !is_overridden)?;
    named_template(&specification.body, ["launch_template_id", "launch_template_name"])
}

/// Returns whether a block overrides something else than the launch template.
fn is_plain_override(block: &HclBlock) -> bool {
    block.kind == "override" && block.body.blocks("launch_template_specification").next().is_none()
}

/// The launch template that a block names: `aws_launch_template.NAME.id`.
fn named_template<'b>(body: &'b HclBody, names: [&str; 2]) -> Option<&'b str> {
    let is_newest = body.value("version").is_none_or(|version| match &version.kind {
        ExpressionKind::Text(text) => text.starts_with('$'),
        ExpressionKind::Select(base, _) => is_template(base),
        _ => false,
    });
    let node = names.iter().find_map(|name| body.value(name)).filter(|_| is_newest)?;
    match &node.kind {
        ExpressionKind::Select(base, steps) if is_template(base) => match steps.as_slice() {
            [TraversalStep::Attribute(name), TraversalStep::Attribute(_)] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

fn is_template(base: &Expression) -> bool {
    matches!(&base.kind, ExpressionKind::Name(name) if name == LAUNCH_TEMPLATE.terraform)
}

/// Adds the launch templates that expressions anywhere in a body refer to.
fn add_body_references(body: &HclBody, out: &mut BTreeSet<String>) {
    body.attributes.iter().for_each(|attribute| add_references(&attribute.value, out));
    body.blocks.iter().for_each(|block| add_body_references(&block.body, out));
}

fn add_template_references(parts: &[TemplatePart], out: &mut BTreeSet<String>) {
    for part in parts {
        match part {
            TemplatePart::Text(_) => {}
            TemplatePart::Value(node) => add_references(node, out),
            TemplatePart::If(condition, then, other) => {
                add_references(condition, out);
                add_template_references(then, out);
                add_template_references(other, out);
            }
            TemplatePart::For(it) => {
                add_references(&it.list, out);
                add_template_references(&it.body, out);
            }
        }
    }
}

fn add_references(node: &Expression, out: &mut BTreeSet<String>) {
    let mut all = |nodes: &[Expression]| nodes.iter().for_each(|node| add_references(node, out));
    match &node.kind {
        ExpressionKind::Select(base, steps) => match steps.first() {
            Some(TraversalStep::Attribute(name)) if is_template(base) => drop(out.insert(name.clone())),
            _ => add_references(base, out),
        },
        ExpressionKind::Template(parts) => add_template_references(parts, out),
        ExpressionKind::List(items) | ExpressionKind::Call { args: items, .. } => all(items),
        ExpressionKind::Object(entries) => entries.iter().for_each(|(_, value)| add_references(value, out)),
        ExpressionKind::If(parts) => all(&parts[..]),
        ExpressionKind::Binary(_, sides) => all(&sides[..]),
        ExpressionKind::Not(inner) | ExpressionKind::Negative(inner) => add_references(inner, out),
        ExpressionKind::For(it) => [&it.list, &it.value].into_iter().for_each(|node| add_references(node, out)),
        _ => {}
    }
}
