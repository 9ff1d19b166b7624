//! The tags that the Serverless Application Model gives the resource that a SAM type becomes.
//!
//! Source of the rules: aws-sam-translator 1.115. A test compares them with its output.

use super::evaluate::{TemplateEvaluator, TemplateValue};
use super::foreach::{self, ExpandedEntry};
use super::openapi;
use super::resource::{OwnTags, TemplateProperties};
use super::sam;
use super::sam_made::MadeTags;
use super::stack::Stack;
use super::tags::{self, TemplateTags};
use super::template::ParsedTemplate;
use crate::aws::resource_types::Form;
use crate::base::quote;
use crate::syntax::{MapEntry, Node, NodeKind};

/// The type whose resources have a map of tags in the template that SAM makes, as have the stages of HTTP APIs.
const WEB_SOCKETS: &str = "AWS::Serverless::WebSocketApi";

/// Reads the `Tags` of a SAM type. SAM makes a list of them, so an entry with `AWS::NoValue` is a tag without a value, and
/// not no tag as in a map.
pub(super) fn read<'t>(
    eval: &TemplateEvaluator<'_, 't>,
    template: &ParsedTemplate,
    node: &'t Node,
    form: Form,
) -> TemplateTags {
    // A loop or a transform is expanded before SAM reads the template.
    let is_expanded = |name: &str| name.starts_with(foreach::LOOP) || name == "Fn::Transform";
    if let Some((name, _)) = node.call().filter(|(name, _)| !is_expanded(name)) {
        let why = format!("SAM takes {} for the key of a tag, and CloudFormation refuses it", quote(name));
        return TemplateTags::unknown(why);
    }
    let is_list = form == Form::List && matches!(node.kind, NodeKind::Map(_));
    if !is_list || node.call().is_some_and(|(name, _)| !name.starts_with(foreach::LOOP)) {
        return tags::read(eval, template, node, Form::Map);
    }
    let (items, more) = foreach::entries(eval, node.entries());
    let mut out = if more { tags::unlisted(node.entries()) } else { TemplateTags::default() };
    for item in items {
        let node = &item.entry.value;
        let value = item.eval.scope.trace(|| tags::value_of(&item.eval, node));
        let is_ambiguous = item.entry.is_ambiguous(&template.file.text);
        let key = (item.decided && !item.secret && !is_ambiguous).then_some(item.key);
        out.add(TemplateTags::one(key, value.value, value.secret, template.location(node.span.start)));
    }
    out
}

/// The tags that a resource writes, with those of `Globals`, and their location.
fn written<'t>(
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
    form: Form,
) -> OwnTags {
    let place = |entry: &MapEntry| stack.template.location(entry.key_span.start);
    let own = properties.get("Tags");
    let mut at = own.map(|tags| place(tags.entry));
    let mut tags =
        own.map_or_else(TemplateTags::default, |tags| read(&tags.eval, stack.template, &tags.entry.value, form));
    if properties.more {
        tags = tags.with_fallback(TemplateTags::unknown(properties.why_more()));
    }
    if let Some(globals) = sam::global_entry(&stack.template.root, item, name, "Tags")
        && own.is_none_or(|own| is_map(&own.entry.value) && is_map(&globals.value))
    {
        at = at.or_else(|| Some(place(globals)));
        let mut globals = read(&TemplateEvaluator::new(&stack.scope), stack.template, &globals.value, form);
        // A key replaces that of `Globals` even where it then does not exist.
        let own = own.map_or_else(Vec::new, |own| foreach::entries(&own.eval, own.entry.value.entries()).0);
        globals.written.retain(|tag| !own.iter().any(|own| own.key == tag.key));
        tags = tags.with_fallback(globals);
    }
    OwnTags { tags, at }
}

/// The tags that a resource writes, as the resource that it becomes has them.
pub(super) fn own<'t>(
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
) -> OwnTags {
    written(stack, item, name, properties, if name == WEB_SOCKETS { Form::Map } else { Form::List })
}

/// The tags that a resource writes, if it propagates them to those that SAM makes for it.
pub(super) fn propagated<'t>(
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
) -> OwnTags {
    match propagates(stack, item, name, properties) {
        Some(true) => own(stack, item, name, properties),
        Some(false) => OwnTags::default(),
        None => OwnTags { tags: own(stack, item, name, properties).tags.possible(), at: None },
    }
}

/// The tags of a resource that SAM makes for another, whose own tags are given.
pub(super) fn of_made<'t>(
    tags: MadeTags,
    own: &OwnTags,
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
) -> OwnTags {
    let marked = |OwnTags { tags, at }| OwnTags {
        tags: sam::added_tag(name).map_or_else(TemplateTags::default, |mark| tags_with(tags, mark)),
        at,
    };
    match tags {
        _ if stack.rewritten => OwnTags { tags: TemplateTags::any_others(), at: None },
        MadeTags::Own => own.clone(),
        MadeTags::Propagated => propagated(stack, item, name, properties),
        MadeTags::Marked => marked(propagated(stack, item, name, properties)),
        MadeTags::Written if has_definition(properties) => marked(written(stack, item, name, properties, Form::Map)),
        MadeTags::Written | MadeTags::Nothing => OwnTags::default(),
    }
}

fn tags_with(tags: TemplateTags, mark: &str) -> TemplateTags {
    tags.with_fallback(TemplateTags::given_tag(mark, "SAM"))
}

/// Adds what SAM adds to the tags that a resource writes.
pub(super) fn complete<'t>(
    written: TemplateTags,
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    added: Option<&str>,
    properties: &TemplateProperties<'_, 't>,
) -> TemplateTags {
    let mut reading = written;
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
            Some(true) => tags_with(reading, mark),
            Some(false) => reading,
            None => reading.with_fallback(TemplateTags::possible_keys([mark.to_owned()])),
        };
    }
    reading
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
        "AWS::Serverless::HttpApi" => Some(has_definition(properties)),
        _ => Some(true),
    }
}

/// Returns whether SAM writes into the definition of an HTTP API: the template has it, or SAM makes it.
fn has_definition(properties: &TemplateProperties<'_, '_>) -> bool {
    match properties.get("DefinitionBody") {
        Some(body) => openapi::is_definition(&body.entry.value),
        None => properties.get("DefinitionUri").is_none(),
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
