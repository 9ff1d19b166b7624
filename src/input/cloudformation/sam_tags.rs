//! The tags that the Serverless Application Model gives the resource that a SAM type becomes.
//!
//! Source of the rules: aws-sam-translator 1.115. A test compares them with its output.

use super::evaluate::{TemplateEvaluator, TemplateValue};
use super::foreach::{self, ExpandedEntry};
use super::openapi;
use super::resource::TemplateProperties;
use super::sam;
use super::stack::Stack;
use super::tags::{self, TemplateTags};
use super::template::ParsedTemplate;
use crate::aws::resource_types::Form;
use crate::model::Location;
use crate::syntax::{Node, NodeKind};

/// Reads the `Tags` of a SAM type. SAM makes a list of them, so an entry with `AWS::NoValue` is a tag without a value,
/// and not no tag as in a map.
pub(super) fn read<'t>(eval: &TemplateEvaluator<'_, 't>, template: &ParsedTemplate, node: &'t Node) -> TemplateTags {
    if node.call().is_some() || !matches!(node.kind, NodeKind::Map(_)) {
        return tags::read(eval, template, node, Form::Map);
    }
    let (items, more) = foreach::entries(eval, node.entries());
    let mut out = TemplateTags { more: more.into(), ..TemplateTags::default() };
    for item in items {
        let node = &item.entry.value;
        let value = item.eval.scope.trace(|| tags::value_of(&item.eval, node));
        let key = (item.decided && !item.secret).then_some(item.key);
        out.add(TemplateTags::one(key, value.value, value.secret, template.location(node.span.start)));
    }
    out
}

/// Adds what SAM adds to the tags that a resource sets: those of `Globals`, and its own. The location is that of the
/// tags of `Globals`.
pub(super) fn complete<'t>(
    own: TemplateTags,
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    added: Option<&str>,
    properties: &TemplateProperties<'_, 't>,
) -> (TemplateTags, Option<Location>) {
    let (mut reading, mut at) = (own, None);
    if let Some(globals) = sam::global_entry(&stack.template.root, item, name, "Tags") {
        let written = properties.get("Tags").map(|tags| &tags.entry.value);
        if written.is_none_or(|own| is_map(own) && is_map(&globals.value)) {
            at = Some(stack.template.location(globals.key_span.start));
            reading =
                reading.with_fallback(read(&TemplateEvaluator::new(&stack.scope), stack.template, &globals.value));
        }
    }
    if name == "AWS::Serverless::Application" {
        reading = reading.with_fallback(repository_tags(stack, properties));
    }
    let body = properties.get("DefinitionBody").filter(|_| name == "AWS::Serverless::HttpApi");
    if let Some(body) = body {
        reading = reading.with_fallback(openapi::tags(&body.eval, stack.template, &body.entry.value));
    } else if name == "AWS::Serverless::HttpApi" && properties.get("DefinitionUri").is_some() {
        reading = reading.with_fallback(openapi::tags_of_file());
    }
    if let Some(mark) = added {
        reading = match is_marked(&reading, stack, item, name, properties) {
            Some(true) => reading.with_fallback(TemplateTags::given_tag(mark, "SAM")),
            Some(false) => reading,
            None => reading.with_fallback(TemplateTags::possible_keys([mark.to_owned()])),
        };
    }
    (reading, at)
}

/// Returns whether SAM merges a value key by key: a function replaces the other value as a whole.
fn is_map(node: &Node) -> bool {
    node.call().is_none() && matches!(node.kind, NodeKind::Map(_))
}

/// Returns whether the resource carries the tag that SAM adds; `None` if that is unknown.
fn is_marked<'t>(
    reading: &TemplateTags,
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
) -> Option<bool> {
    match name {
        // Propagated tags replace all others, with the one that SAM adds.
        "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => {
            match propagates(stack, item, name, properties)? {
                true if !reading.written.is_empty() => Some(false),
                true if reading.more != crate::model::UnlistedTags::default() => None,
                _ => Some(true),
            }
        }
        // SAM writes into the definition of the API, if the template has it or SAM makes it.
        "AWS::Serverless::HttpApi" => Some(match properties.get("DefinitionBody") {
            Some(body) => openapi::is_definition(&body.entry.value),
            None => properties.get("DefinitionUri").is_none(),
        }),
        _ => Some(true),
    }
}

/// Returns whether `PropagateTags` is set; `None` if a function gives it.
pub(super) fn propagates<'t>(
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
) -> Option<bool> {
    match sam::setting(&stack.template.root, item, name, properties, "PropagateTags") {
        None | Some(Node { kind: NodeKind::Null, .. }) => Some(false),
        Some(Node { kind: NodeKind::Bool(value), .. }) => Some(*value),
        Some(_) => None,
    }
}

/// The tags of an application of the Serverless Application Repository.
fn repository_tags<'t>(stack: &Stack<'_, 't>, properties: &TemplateProperties<'_, 't>) -> TemplateTags {
    let mut out = TemplateTags::default();
    let Some(location) = properties.get("Location") else { return out };
    for (field, key) in
        [("ApplicationId", "serverlessrepo:applicationId"), ("SemanticVersion", "serverlessrepo:semanticVersion")]
    {
        let Some(node) = location.entry.value.get(field) else { continue };
        let value = location.eval.scope.trace(|| match location.eval.value(node) {
            TemplateValue::Text(text) => Some(text),
            _ => None,
        });
        let at = stack.template.location(node.span.start);
        out.add(TemplateTags::one(Some(key.to_owned()), value.value, value.secret, at));
    }
    out
}
