//! Resources that the Serverless Application Model makes besides the one that a type becomes: execution roles with the
//! tags of their function or state machine, and others, which are counted.

use super::foreach::{self, ExpandedEntry};
use super::resource::TemplateProperties;
use super::sam;
use crate::aws::resource_types;
use crate::syntax::{Node, NodeKind};

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

/// Returns the resources that SAM makes for a resource of a type in a template.
pub(super) fn list<'t>(
    root: &'t Node,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
) -> MadeResources {
    let setting = |property: &str| sam::setting(root, item, name, properties, property);
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
            let made = queues(event, item.entry.value.get("Properties"));
            others.extend(made.into_iter().map(|made| (made, format!(".Events.{}", item.key))));
            // EventBridge and API Gateway need a role to start a state machine.
            if name == "AWS::Serverless::StateMachine" && event != "ScheduleV2" {
                others.push(("AWS::IAM::Role", format!(".Events.{}", item.key)));
            }
        }
    }
    if name == "AWS::Serverless::Function" {
        others.extend(destinations(setting("EventInvokeConfig")));
        if setting("DeploymentPreference").is_some_and(is_enabled) {
            others.push(("AWS::CodeDeploy::DeploymentGroup", String::new()));
        }
    }
    if usage_plan(name, setting("Auth")) == Some("PER_API") {
        others.extend(USAGE_PLAN.map(|made| (made, String::new())));
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

/// The resources that SAM makes for a usage plan.
pub(super) const USAGE_PLAN: [&str; 2] = ["AWS::ApiGateway::UsagePlan", "AWS::ApiGateway::ApiKey"];

/// The kind of the usage plan of an API: `PER_API`, `SHARED` or `NONE`.
pub(super) fn usage_plan<'n>(name: &str, auth: Option<&'n Node>) -> Option<&'n str> {
    auth.filter(|_| name == "AWS::Serverless::Api")?.get("UsagePlan")?.get("CreateUsagePlan")?.text()
}

/// Returns whether a deployment preference is not turned off.
pub(super) fn is_enabled(preference: &Node) -> bool {
    preference.get("Enabled").is_none_or(|enabled| enabled.kind != NodeKind::Bool(false))
}

/// The resources of a queue that SAM makes for an event: for the messages that could not be delivered, or between a topic
/// and the function. A queue of the template between them needs the mapping only.
fn queues(event: &str, properties: Option<&Node>) -> Vec<&'static str> {
    const QUEUE: &str = "AWS::SQS::Queue";
    const MAPPING: &str = "AWS::Lambda::EventSourceMapping";
    let property = |name: &str| properties.and_then(|all| all.get(name));
    match (event, property("SqsSubscription").map(|queue| &queue.kind)) {
        ("SNS", Some(NodeKind::Bool(true))) => vec![QUEUE, MAPPING],
        ("SNS", Some(NodeKind::Map(_))) => vec![MAPPING],
        ("SNS", _) => Vec::new(),
        _ => property("DeadLetterConfig")
            .filter(|queue| queue.get("Type").is_some())
            .map_or_else(Vec::new, |_| vec![QUEUE]),
    }
}

/// The queues and topics that SAM makes for destinations without one of their own, or with one under a condition.
fn destinations(config: Option<&Node>) -> Vec<(&'static str, String)> {
    let config = config.and_then(|config| config.get("DestinationConfig"));
    let of = |event: &'static str| {
        let one = config?.get(event)?;
        let is_made = one.get("Destination").is_none_or(|own| matches!(own.call(), Some(("Fn::If", _))));
        let made = match one.get("Type").filter(|_| is_made)?.text()? {
            "SQS" => "AWS::SQS::Queue",
            "SNS" => "AWS::SNS::Topic",
            _ => return None,
        };
        Some((made, format!(".EventInvokeConfig.{event}")))
    };
    ["OnSuccess", "OnFailure"].into_iter().filter_map(of).collect()
}

/// The name of a type in inventories.
pub(super) fn kind_of(name: &str) -> Option<&'static str> {
    Some(resource_types::cloudformation(name)?.kind())
}
