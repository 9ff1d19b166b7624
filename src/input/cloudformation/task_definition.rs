//! The tags of the task definition of an ECS service, which its tasks get with `PropagateTags: TASK_DEFINITION`.

use super::evaluate::TemplateEvaluator;
use super::resource::{TemplateProperties, with_stack_tags};
use super::stack::Stack;
use super::tags::{self, TemplateTags};
use crate::aws::resource_types;
use crate::syntax::Node;

/// The property of a service that names its task definition, the type of that, and the attribute with its ARN.
const PROPERTY: &str = "TaskDefinition";
const TYPE: &str = "AWS::ECS::TaskDefinition";
const ARN: &str = "TaskDefinitionArn";

/// The tags of the task definition that a service names; unknown unless it certainly stands in the template.
pub(super) fn definition_tags<'t>(stack: &Stack<'_, 't>, service: &TemplateProperties<'_, 't>) -> TemplateTags {
    let named = service.get(PROPERTY).and_then(|item| referred(&item.entry.value));
    let Some(definition) = named.and_then(|name| stack.scope.resource(name)) else {
        return TemplateTags::any_others();
    };
    if definition.get("Type").and_then(Node::text) != Some(TYPE) || definition.get("Condition").is_some() {
        return TemplateTags::any_others();
    }
    let Some(property) = resource_types::cloudformation(TYPE).and_then(|row| row.property) else {
        return TemplateTags::any_others();
    };
    let properties = TemplateProperties::of(&TemplateEvaluator::new(&stack.scope), definition);
    if properties.more {
        return TemplateTags::any_others();
    }
    let own = properties.get(property.name).map_or_else(TemplateTags::default, |tags| {
        tags::read(&tags.eval, stack.template, &tags.entry.value, property.form)
    });
    with_stack_tags(own, stack, property.stack_tags)
}

/// The resource whose ARN a value is. Only an ARN names a revision: with the family, ECS takes the newest one.
fn referred(node: &Node) -> Option<&str> {
    match node.call()? {
        // `Ref` gives the ARN (`CloudFormation` Template Reference, "Return values" of the type).
        ("Ref", name) => name.text(),
        ("Fn::GetAtt", target) => match (target.text(), target.items()) {
            (Some(text), _) => text.strip_suffix(ARN)?.strip_suffix('.'),
            (None, [name, attribute]) if attribute.text() == Some(ARN) => name.text(),
            _ => None,
        },
        _ => None,
    }
}
