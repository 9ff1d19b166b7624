//! The launch templates that resources of a module use: the tags of a template join those that a group propagates.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::eval::{EvaluationContext, HclEvaluator};
use super::instance_key::InstanceKey;
use super::module::SourceModule;
use super::nested::{NestedTags, OwnTags};
use super::source_tags::SourceTags;
use super::tags::has_tags;
use super::template_references::{TemplateReferences, is_template, resolved};
use super::value::UnknownReason;
use crate::aws::resource_types::nested::{GROUP, INSTANCE, LAUNCH_TEMPLATE, in_terraform};
use crate::input::nested::Nested;
use crate::model::UnlistedTags;
use crate::syntax::hcl::{Expression, ExpressionKind, HclBlock, HclBody, TraversalStep};

/// The reasons why the tags of the template of a group are unknown.
const ELSEWHERE: &str = "its launch template is not one resource of the same module";
const OTHER_VERSION: &str = "it uses a version of its launch template that may be older than the source";

impl HclEvaluator {
    /// The tags that the launch template of a group gives to its instances; unknown unless it stands in the module.
    pub(super) fn template_tags(&mut self, env: EvaluationContext<'_>, group: &HclBlock) -> SourceTags {
        let (module, _) = self.module_and_instance(env.scope);
        let template = match template_of(&module, group) {
            Ok(template) => template,
            Err(why) => {
                let mut why = UnknownReason::from(why);
                why.place(group.at);
                return SourceTags::any(why);
            }
        };
        let env = EvaluationContext::new(env.scope, &InstanceKey::Only);
        let provider = self.provider_of(env, template);
        let own = OwnTags { tags: &SourceTags::default(), provider: &provider };
        let listing = self.nested_as_written(env, template, in_terraform(LAUNCH_TEMPLATE.terraform), &own);
        if !listing.of_unknown_type.is_empty() {
            return SourceTags::any("its launch template has tags for a type that source does not decide");
        }
        match listing.found.into_iter().find(|nested| nested.kind == INSTANCE) {
            Some(Nested { tags: NestedTags { doubt: Some(why), .. }, .. }) => SourceTags::any(why),
            Some(nested) => nested.tags.tags,
            None => SourceTags::default(),
        }
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
        let why = UnknownReason::from("an Auto Scaling group with tags uses the launch template");
        for nested in found.iter_mut().filter(|nested| is_used && nested.kind == INSTANCE) {
            nested.tags.tags = std::mem::take(&mut nested.tags.tags).and_more(UnlistedTags::Any, &why);
        }
    }

    /// The launch templates in the module of a scope that groups with tags use, or may use: those of other modules get the
    /// id of a template as an argument or from an output.
    fn used_templates(&mut self, scope: usize) -> Arc<BTreeSet<String>> {
        if let Some(used) = self.used_templates.get(&scope) {
            return Arc::clone(used);
        }
        let (module, _) = self.module_and_instance(scope);
        let mut used = TemplateReferences::new(&module);
        groups(&module).for_each(|group| used.add_body(&group.body));
        let mut passed = TemplateReferences::new(&module);
        module.outputs.values().chain(module.calls.values()).for_each(|block| passed.add_body(&block.body));
        let mut used = used.templates;
        if !passed.templates.is_empty() && self.has_group_elsewhere(&module) {
            used.extend(passed.templates);
        }
        let used = Arc::new(used);
        self.used_templates.insert(scope, Arc::clone(&used));
        used
    }

    /// Returns whether another module of the root has a group with tags.
    fn has_group_elsewhere(&self, module: &SourceModule) -> bool {
        let root = &self.scopes.root;
        let mut all = root.tree.values().flatten().chain([&root.module]);
        all.any(|other| other.folder != module.folder && groups(other).next().is_some())
    }
}

/// The groups of a module with tags that their instances may get.
fn groups(module: &SourceModule) -> impl Iterator<Item = &HclBlock> {
    let groups = module.resources.iter().filter(|((kind, _), _)| kind == GROUP.terraform);
    groups.map(|(_, group)| group).filter(|group| has_tags(&group.body))
}

/// The launch template that a group uses, if it is one resource of the module in the version that the source makes.
fn template_of<'m>(module: &'m SourceModule, group: &'m HclBlock) -> Result<&'m HclBlock, &'static str> {
    if let Some(block) = group.body.blocks("launch_template").next() {
        return named_template(module, &block.body, ["id", "name"]);
    }
    let policy = group.body.blocks("mixed_instances_policy").next().ok_or(ELSEWHERE)?;
    let template = policy.body.blocks("launch_template").next().ok_or(ELSEWHERE)?;
    let mut parts = template.body.blocks.iter();
    if parts.any(|block| block.kind != "launch_template_specification" && !is_plain_override(block)) {
        return Err("its instances have several launch templates");
    }
    let specification = template.body.blocks("launch_template_specification").next().ok_or(ELSEWHERE)?;
    named_template(module, &specification.body, ["launch_template_id", "launch_template_name"])
}

/// Returns whether a block overrides something else than the launch template.
fn is_plain_override(block: &HclBlock) -> bool {
    block.kind == "override" && block.body.blocks("launch_template_specification").next().is_none()
}

/// The launch template that a block names: `aws_launch_template.NAME.id`.
fn named_template<'m>(
    module: &'m SourceModule,
    body: &'m HclBody,
    names: [&str; 2],
) -> Result<&'m HclBlock, &'static str> {
    let node = names.iter().find_map(|name| body.value(name)).ok_or(ELSEWHERE)?;
    let ExpressionKind::Select(base, steps) = &resolved(module, node).kind else { return Err(ELSEWHERE) };
    let name = match steps.as_slice() {
        [TraversalStep::Attribute(name), TraversalStep::Attribute(_)] if is_template(base) => name,
        _ => return Err(ELSEWHERE),
    };
    let template = module.resources.get(&(LAUNCH_TEMPLATE.terraform.to_owned(), name.clone())).ok_or(ELSEWHERE)?;
    let is_one = template.body.value("count").or(template.body.value("for_each")).is_none();
    let updates_default = template.body.value("update_default_version").and_then(Expression::boolean);
    match version_of(module, body) {
        _ if !is_one => Err(ELSEWHERE),
        TemplateVersion::Latest => Ok(template),
        TemplateVersion::Default if updates_default == Some(true) => Ok(template),
        TemplateVersion::Default | TemplateVersion::Other => Err(OTHER_VERSION),
    }
}

/// The version of a launch template that a group uses.
enum TemplateVersion {
    Latest,
    /// The default version, which stays the first one unless the template says otherwise.
    Default,
    Other,
}

/// The version that a block names; without one the default version (provider documentation of `aws_autoscaling_group`).
fn version_of(module: &SourceModule, body: &HclBody) -> TemplateVersion {
    let Some(version) = body.value("version") else { return TemplateVersion::Default };
    match &resolved(module, version).kind {
        ExpressionKind::Text(text) if text == "$Latest" => TemplateVersion::Latest,
        ExpressionKind::Text(text) if text == "$Default" => TemplateVersion::Default,
        ExpressionKind::Select(base, steps) if is_template(base) => match steps.last() {
            Some(TraversalStep::Attribute(name)) if name == "latest_version" => TemplateVersion::Latest,
            Some(TraversalStep::Attribute(name)) if name == "default_version" => TemplateVersion::Default,
            _ => TemplateVersion::Other,
        },
        _ => TemplateVersion::Other,
    }
}
