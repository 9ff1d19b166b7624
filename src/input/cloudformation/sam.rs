//! The Serverless Application Model: its types become others, and its `Globals` fill in what resources leave out.

use super::foreach::ExpandedEntry;
use super::resource::{TaggableType, TemplateProperties};
use crate::aws::resource_types::{self, Form, Property};
use crate::syntax::{MapEntry, Node};

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

/// Returns whether a template is one of SAM.
pub(super) fn is_used(root: &Node) -> bool {
    let is_sam = |node: &Node| node.text() == Some(TRANSFORM);
    root.get("Transform").is_some_and(|node| is_sam(node) || node.items().iter().any(is_sam))
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

/// A property of `Globals` for a resource of this type.
pub(super) fn global_entry<'t>(
    root: &'t Node,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    property: &str,
) -> Option<&'t MapEntry> {
    let kind = name.strip_prefix("AWS::Serverless::")?;
    let entry = root.get("Globals")?.get(kind)?.entry(property)?;
    let without = item.entry.value.get("IgnoreGlobals").is_some_and(|ignored| {
        ignored.text() == Some("*") || ignored.items().iter().any(|ignored| ignored.text() == Some(property))
    });
    (!without).then_some(entry)
}
