//! The tags of the task definition of an ECS service, which its tasks get with `propagate_tags = "TASK_DEFINITION"`.

use super::eval::{EvaluationContext, HclEvaluator};
use super::ignored_changes;
use super::instance_key::InstanceKey;
use super::source_tags::SourceTags;
use super::template_references::resolved;
use super::value::{HclValue, UnknownReason};
use crate::aws::resource_types::nested::TASK_DEFINITION;
use crate::input::terraform::resource_type::TagForm;
use crate::syntax::hcl::{ExpressionKind, HclBlock, TraversalStep};

/// The reason why the tags of a task definition are unknown.
const ELSEWHERE: &str = "its task definition is not one resource of the same module";

impl HclEvaluator {
    /// The tags of the task definition that a service names by its ARN; unknown unless it stands in the module.
    pub(super) fn definition_tags(&mut self, env: EvaluationContext<'_>, service: &HclBlock) -> SourceTags {
        self.named_definition_tags(env, service).unwrap_or_else(|mut why| {
            why.place(service.at);
            SourceTags::any(why)
        })
    }

    fn named_definition_tags(
        &mut self,
        env: EvaluationContext<'_>,
        service: &HclBlock,
    ) -> Result<SourceTags, UnknownReason> {
        let [attribute, kind] = TASK_DEFINITION;
        let (module, outer) = self.module_and_instance(env.scope);
        let node = service.body.value(attribute).ok_or(ELSEWHERE)?;
        let ExpressionKind::Select(base, steps) = &resolved(&module, node).kind else { return Err(ELSEWHERE.into()) };
        // Only the ARN names a revision: with the family, ECS takes the newest one.
        let (name, key) = match steps.as_slice() {
            [TraversalStep::Attribute(name), TraversalStep::Attribute(arn)] if arn == "arn" => (name, None),
            [TraversalStep::Attribute(name), TraversalStep::Index(key), TraversalStep::Attribute(arn)]
                if arn == "arn" =>
            {
                (name, Some(self.eval(env, key)))
            }
            _ => return Err(ELSEWHERE.into()),
        };
        let is_named = matches!(&base.kind, ExpressionKind::Name(name) if name == kind);
        if !is_named || ignored_changes::ignores(service, attribute) {
            return Err(ELSEWHERE.into());
        }
        let definition = module.resources.get(&(kind.to_owned(), name.clone())).ok_or(ELSEWHERE)?;
        let key = key.as_ref().map(HclValue::as_text).transpose()?;
        let instances = self.instances(EvaluationContext::new(env.scope, &outer), &definition.body);
        let is_it =
            |instance: &&InstanceKey| instance.key_text().as_deref() == Some(key.as_deref().unwrap_or_default());
        let instance = instances.iter().find(is_it).ok_or(ELSEWHERE)?;
        let env = EvaluationContext::new(env.scope, instance);
        let provider = self.provider_of(env, definition);
        Ok(self.resource_tags(env, definition, TagForm::Map, &provider))
    }
}
