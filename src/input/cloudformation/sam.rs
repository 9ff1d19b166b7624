//! The Serverless Application Model: its types become others, and its `Globals` fill in what resources leave out.

use super::foreach::ExpandedEntry;
use super::resource::{TaggableType, TemplateProperties};
use crate::aws::resource_types::{self, Form, Property};
use crate::syntax::{MapEntry, Node, NodeKind};

/// The transform's name.
pub(super) const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// The SAM types with tags, the type that each becomes, and the key of the tag that SAM adds (with the value `SAM`).
/// Source: aws-sam-translator 1.115.
const TYPES: &[(&str, &str, Option<&str>)] = &[
    ("AWS::Serverless::Function", "AWS::Lambda::Function", Some("lambda:createdBy")),
    ("AWS::Serverless::Api", "AWS::ApiGateway::Stage", None),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api", Some("httpapi:createdBy")),
    ("AWS::Serverless::WebSocketApi", "AWS::ApiGatewayV2::Api", Some("websocketapi:createdBy")),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table", None),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine", Some("stateMachine:createdBy")),
    ("AWS::Serverless::GraphQLApi", "AWS::AppSync::GraphQLApi", Some("graphqlapi:createdBy")),
    ("AWS::Serverless::CapacityProvider", "AWS::Lambda::CapacityProvider", Some("lambda:createdBy")),
    ("AWS::Serverless::MicrovmImage", "AWS::Lambda::MicrovmImage", Some("lambda:createdBy")),
    ("AWS::Serverless::NetworkConnector", "AWS::Lambda::NetworkConnector", Some("lambda:createdBy")),
    ("AWS::Serverless::WebFunction", "AWS::Lambda::WebFunction", Some("lambda:createdBy")),
    ("AWS::Serverless::Application", "AWS::CloudFormation::Stack", Some("lambda:createdBy")),
];

/// Returns whether a type is one of SAM.
pub(super) fn is_type(name: &str) -> bool {
    TYPES.iter().any(|(own, ..)| *own == name)
}

/// The resource type that a SAM type becomes. SAM writes tags as a map named `Tags`, whatever the form of the other
/// type.
pub(super) fn taggable_type(name: &str) -> Option<TaggableType<'static>> {
    let (_, becomes, added) = TYPES.iter().find(|(own, ..)| *own == name)?;
    let row = resource_types::cloudformation(becomes)?;
    let property = Property { name: "Tags", form: Form::Map, stack_tags: row.property?.stack_tags };
    Some(TaggableType { kind: row.kind(), property, added: *added, is_unknown: false })
}

/// The key of the tag that SAM adds to the resource that a SAM type becomes.
pub(super) fn added_tag(name: &str) -> Option<&'static str> {
    TYPES.iter().find(|(own, ..)| *own == name)?.2
}

/// The value of a property, of the resource or of `Globals`.
pub(super) fn setting<'t>(
    root: &'t Node,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
    property: &str,
) -> Option<&'t Node> {
    let own = properties.get(property).map(|own| &own.entry.value);
    own.or_else(|| global_entry(root, item, name, property).map(|entry| &entry.value))
}

/// The value of a key in a property that is a map. `Globals` fill in the keys that the resource leaves out.
pub(super) fn key_of_setting<'t>(
    root: &'t Node,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
    (property, key): (&str, &str),
) -> Option<&'t Node> {
    let own = properties.get(property).map(|own| &own.entry.value);
    let merges = own.is_none_or(|own| own.call().is_none() && matches!(own.kind, NodeKind::Map(_)));
    let global = global_entry(root, item, name, property).filter(|_| merges);
    own.and_then(|own| own.get(key)).or_else(|| global?.value.get(key))
}

/// The types whose `Globals` take no `Tags`: SAM refuses a template with them, so they tag nothing. Source:
/// aws-sam-translator 1.115, `plugins/globals/globals.py`.
const WITHOUT_GLOBAL_TAGS: [&str; 4] = ["Api", "LayerVersion", "SimpleTable", "StateMachine"];

/// Returns `true` if `Globals` may give tags to a SAM type, such as `AWS::Serverless::Function`.
pub(super) fn takes_global_tags(name: &str) -> bool {
    !name.strip_prefix("AWS::Serverless::").is_some_and(|kind| WITHOUT_GLOBAL_TAGS.contains(&kind))
}

/// A property of `Globals` for a resource of this type.
pub(super) fn global_entry<'t>(
    root: &'t Node,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    property: &str,
) -> Option<&'t MapEntry> {
    let kind = name.strip_prefix("AWS::Serverless::")?;
    if property == "Tags" && !takes_global_tags(name) {
        return None;
    }
    let entry = root.get("Globals")?.get(kind)?.entry(property)?;
    let without = item.entry.value.get("IgnoreGlobals").is_some_and(|ignored| {
        ignored.text() == Some("*") || ignored.items().iter().any(|ignored| ignored.text() == Some(property))
    });
    (!without).then_some(entry)
}
