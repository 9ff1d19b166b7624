//! The launch templates and task definitions of a plan whose tags others get: the tags of a template join those that a
//! group propagates, and tasks of a service may have those of its definition.

use std::collections::{HashMap, HashSet};

use super::document::{LaunchExpressions, PlanConfiguration, PlanModule, ResourceChange};
use crate::aws::resource_types::nested::{GROUP, LAUNCH_TEMPLATE, TASK_DEFINITION};
use crate::input::terraform::address::block;
use crate::input::terraform::json::JsonValue;
use crate::model::Text;

/// The launch templates of a plan and the groups that use them. The changes are copies, because those of a plan are dropped
/// while its resources are made.
#[derive(Default)]
pub(super) struct PlanLaunchTemplates<'a> {
    changes: HashMap<Text<'a>, ResourceChange<'a>>,
    /// The template of each group, by addresses of blocks; `None` where an apply decides.
    of_group: HashMap<String, Option<String>>,
    definitions: HashMap<Text<'a>, ResourceChange<'a>>,
    /// The address of the task definition of each service, by addresses of blocks.
    of_service: HashMap<String, String>,
    /// The addresses of the blocks of templates that groups use.
    used: HashSet<String>,
}

impl<'a> PlanLaunchTemplates<'a> {
    pub(super) fn of(configuration: &PlanConfiguration<'a>, changes: &[ResourceChange<'a>]) -> Self {
        let by_address = |change: &ResourceChange<'a>| (change.address.clone(), change.clone());
        let templates = changes.iter().filter(|change| change.kind.as_str() == LAUNCH_TEMPLATE.terraform);
        let templates = templates.filter(|change| !change.change.actions.has("delete"));
        let mut out = Self { changes: templates.map(by_address).collect(), ..Self::default() };
        let definitions = changes.iter().filter(|change| change.kind.as_str() == TASK_DEFINITION[1]);
        let definitions = definitions.filter(|change| exists(change));
        out.definitions = definitions.map(by_address).collect();
        let groups = changes.iter().filter(|change| change.kind.as_str() == GROUP.terraform && has_tags(change));
        let with_tags = groups.map(|group| block(&group.address).into_owned()).collect();
        out.walk(&configuration.root_module, "", &with_tags);
        out
    }

    /// Adds the groups of a module. Those of `with_tags` have tags, which their instances may get.
    fn walk(&mut self, module: &PlanModule<'a>, path: &str, with_tags: &HashSet<String>) {
        for group in module.resources.iter().filter(|block| is_group(&block.address)) {
            let address = format!("{path}{}", group.address.as_str());
            let mut references = Vec::new();
            group.expressions.launch_template.texts(&mut references);
            group.expressions.mixed_instances_policy.texts(&mut references);
            if with_tags.contains(&address) {
                self.used.extend(references.iter().filter_map(|name| template_block(name, path)));
            }
            let named = template_of(&group.expressions).and_then(|name| template_block(name, path));
            self.of_group.insert(address, named);
        }
        for service in module.resources.iter().filter(|_| !self.definitions.is_empty()) {
            if let Some(definition) = definition_of(&service.expressions.task_definition) {
                self.of_service.insert(format!("{path}{}", service.address.as_str()), format!("{path}{definition}"));
            }
        }
        for (name, call) in &module.calls {
            self.walk(&call.module, &format!("{path}module.{}.", name.as_str()), with_tags);
        }
    }

    /// The change of the task definition that a service uses after the apply; `None` where it is not known.
    pub(super) fn of_service(&self, service: &ResourceChange<'a>) -> Option<&ResourceChange<'a>> {
        let definition = self.definitions.get(self.of_service.get(&*block(&service.address))?.as_str())?;
        let (name, change) = (TASK_DEFINITION[0], &service.change);
        let arn = |change: &ResourceChange<'a>| change.change.after.get("arn").as_str().map(str::to_owned);
        // With `ignore_changes`, the service keeps its definition.
        let is_it = change.after_unknown.says(name)
            || change.after.get(name).as_str().is_some_and(|named| arn(definition).as_deref() == Some(named));
        is_it.then_some(definition)
    }

    /// Returns whether a group of the plan uses a template.
    pub(super) fn is_used(&self, template: &str) -> bool {
        self.used.contains(&*block(template))
    }

    /// The change of the template that a group uses; `None` where it is not known. A template in a module with instances,
    /// or with instances itself, is not known.
    pub(super) fn of_group(&self, group: &str) -> Option<&ResourceChange<'a>> {
        self.changes.get(self.of_group.get(&*block(group))?.as_deref()?)
    }
}

/// Returns whether a resource exists after the apply.
fn exists(change: &ResourceChange<'_>) -> bool {
    ["create", "update", "no-op"].into_iter().any(|action| change.change.actions.has(action))
}

/// The address of the task definition that an expression names by its ARN.
fn definition_of<'e>(expression: &'e JsonValue<'_>) -> Option<&'e str> {
    let address = first_reference(expression)?.strip_suffix(".arn")?;
    address.strip_prefix(TASK_DEFINITION[1]).is_some_and(|rest| rest.starts_with('.')).then_some(address)
}

/// Returns whether a group has tags after the apply, or may have.
fn has_tags(group: &ResourceChange<'_>) -> bool {
    let change = &group.change;
    let some = |name: &str| !change.after.get(name).items().is_empty() || change.after_unknown.says(name);
    some("tag") || some("tags")
}

fn is_group(address: &str) -> bool {
    address.strip_prefix(GROUP.terraform).is_some_and(|rest| rest.starts_with('.'))
}

/// The block of a launch template that a reference names: `aws_launch_template.NAME`.
fn template_block(reference: &str, path: &str) -> Option<String> {
    let name = reference.strip_prefix(LAUNCH_TEMPLATE.terraform)?.strip_prefix('.')?;
    let name = name.split(['.', '[']).next().filter(|name| !name.is_empty())?;
    Some(format!("{path}{}.{name}", LAUNCH_TEMPLATE.terraform))
}

/// The reference to the launch template of a group, in whatever version is the newest.
fn template_of<'e>(expressions: &'e LaunchExpressions<'_>) -> Option<&'e str> {
    let named = |block: &'e JsonValue<'_>, names: [&str; 2]| {
        let version = block.get("version");
        let is_newest = match version.get("constant_value") {
            JsonValue::Null => {
                version.is_null() || first_reference(version).is_some_and(|name| template_block(name, "").is_some())
            }
            value => value.as_str().is_some_and(|text| text.starts_with('$')),
        };
        names.iter().find_map(|name| first_reference(block.get(name))).filter(|_| is_newest)
    };
    if let Some(block) = expressions.launch_template.items().first() {
        return named(block, ["id", "name"]);
    }
    let template = expressions.mixed_instances_policy.items().first()?.get("launch_template").items().first()?;
    let is_overridden =
        template.get("override").items().iter().any(|block| !block.get("launch_template_specification").is_null());
    let specification = template.get("launch_template_specification").items().first().filter(|_| !is_overridden)?;
    named(specification, ["launch_template_id", "launch_template_name"])
}

/// The reference that alone decides an expression: Terraform lists it with its parents, the longest first.
fn first_reference<'e>(expression: &'e JsonValue<'_>) -> Option<&'e str> {
    let references: Vec<&str> = expression.get("references").items().iter().filter_map(JsonValue::as_str).collect();
    let (first, others) = references.split_first()?;
    others.iter().all(|other| first.starts_with(other)).then_some(*first)
}
