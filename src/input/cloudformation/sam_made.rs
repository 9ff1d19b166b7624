//! Resources that the Serverless Application Model makes besides the one that a type becomes: execution roles with the
//! tags of their function or state machine, and others, which are counted.

use std::collections::BTreeSet;

use super::evaluate::TemplateEvaluator;
use super::foreach::{self, ExpandedEntry};
use super::resource::TemplateProperties;
use super::stack::Stack;
use crate::aws::resource_types;
use crate::syntax::Node;

/// The resources that SAM makes for one resource.
pub(super) struct MadeResources {
    /// True if there is an execution role with the tags of the resource, under its name with `Role` at the end.
    pub(super) has_role: bool,
    /// The types of the others, by their names in `CloudFormation`, and what follows the name of the resource.
    pub(super) others: Vec<(&'static str, String)>,
}

/// The types with an execution role that has their tags, and the property that gives another role.
const ROLES: &[(&str, &str)] = &[
    ("AWS::Serverless::Function", "Role"),
    ("AWS::Serverless::StateMachine", "Role"),
    ("AWS::Serverless::WebFunction", "ExecutionRoleArn"),
];

/// The resources that SAM makes for types, whatever their properties: the type, the resource, and the property without
/// which it is made.
const ALWAYS: &[(&str, &str, Option<&str>)] = &[
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi", None),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Stage", None),
    ("AWS::Serverless::WebSocketApi", "AWS::ApiGatewayV2::Stage", None),
    ("AWS::Serverless::CapacityProvider", "AWS::IAM::Role", Some("OperatorRole")),
    ("AWS::Serverless::NetworkConnector", "AWS::IAM::Role", Some("OperatorRole")),
    ("AWS::Serverless::MicrovmImage", "AWS::IAM::Role", Some("BuildRoleArn")),
    ("AWS::Serverless::GraphQLApi", "AWS::IAM::Role", Some("Logging")),
];

/// The resources that SAM makes for events of functions and state machines.
const OF_EVENTS: &[(&[&str], &str)] = &[
    (&["Schedule", "CloudWatchEvent", "EventBridgeRule"], "AWS::Events::Rule"),
    (&["SQS", "Kinesis", "DynamoDB", "MSK", "MQ", "SelfManagedKafka", "DocumentDB"], "AWS::Lambda::EventSourceMapping"),
    (&["IoTRule"], "AWS::IoT::TopicRule"),
    (&["ScheduleV2"], "AWS::IAM::Role"),
];

/// Returns the resources that SAM makes for a resource of a type.
pub(super) fn list(name: &str, properties: &TemplateProperties<'_, '_>) -> MadeResources {
    let has_events = name == "AWS::Serverless::Function" || name == "AWS::Serverless::StateMachine";
    let always = ALWAYS.iter().filter(|(of, ..)| *of == name);
    let missing = always.filter(|(.., without)| without.is_none_or(|without| properties.get(without).is_none()));
    let mut others: Vec<_> = missing.map(|(_, made, _)| (*made, String::new())).collect();
    if has_events && let Some(events) = properties.get("Events") {
        let (items, _) = foreach::entries(&events.eval, events.entry.value.entries());
        for item in items {
            let Some(event) = item.entry.value.get("Type").and_then(Node::text) else { continue };
            let of_event = OF_EVENTS.iter().filter(|(events, _)| events.contains(&event));
            others.extend(of_event.map(|(_, made)| (*made, format!(".Events.{}", item.key))));
            // EventBridge and API Gateway need a role to start a state machine.
            if name == "AWS::Serverless::StateMachine" && event != "ScheduleV2" {
                others.push(("AWS::IAM::Role", format!(".Events.{}", item.key)));
            }
        }
    }
    let role = ROLES.iter().find(|(of, _)| *of == name);
    // A function can give no role: then SAM makes one under a condition.
    if role.is_some_and(|(_, given)| {
        properties.get(given).is_some_and(|given| matches!(given.entry.value.call(), Some(("Fn::If", _))))
    }) {
        others.push(("AWS::IAM::Role", String::new()));
    }
    let has_role = role.is_some_and(|(_, given)| !properties.more && properties.get(given).is_none());
    MadeResources { has_role, others }
}

/// The APIs that SAM makes for all events of a template that name none: the name and the types of each.
const IMPLICIT_APIS: &[(&str, &str, &str, [&str; 2])] = &[
    ("Api", "RestApiId", "ServerlessRestApi", ["AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage"]),
    ("HttpApi", "ApiId", "ServerlessHttpApi", ["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"]),
];

/// The APIs that SAM makes for the events of functions that name none, with their types.
pub(super) fn implicit_apis<'t>(
    stack: &Stack<'_, 't>,
    items: &[ExpandedEntry<'_, 't>],
) -> BTreeSet<(&'static str, &'static str)> {
    let mut out = BTreeSet::new();
    for item in items.iter().filter(|item| is_function(&item.entry.value)) {
        let properties = TemplateProperties::of(&item.eval, &item.entry.value);
        let Some(events) = properties.get("Events") else { continue };
        let (events, _) = foreach::entries(&TemplateEvaluator::new(&stack.scope), events.entry.value.entries());
        for event in events {
            let node = &event.entry.value;
            let kind = node.get("Type").and_then(Node::text);
            let names = |id: &str| node.get("Properties").is_some_and(|properties| properties.get(id).is_some());
            let api = IMPLICIT_APIS.iter().find(|(event, id, ..)| kind == Some(*event) && !names(id));
            out.extend(api.into_iter().flat_map(|(.., name, types)| types.map(|made| (*name, made))));
        }
    }
    out
}

fn is_function(node: &Node) -> bool {
    node.get("Type").and_then(Node::text) == Some("AWS::Serverless::Function")
}

/// The name of a type in inventories.
pub(super) fn kind_of(name: &str) -> Option<&'static str> {
    Some(resource_types::cloudformation(name)?.kind())
}
