//! Resources that the Serverless Application Model makes besides the one that a type becomes: with their tags where SAM's
//! rules are simple, and counted elsewhere.
//!
//! Source of the rules: aws-sam-translator 1.115. A test compares them with its output.

use super::foreach::{self, ExpandedEntry};
use super::resource::TemplateProperties;
use super::sam;
use crate::aws::resource_types;
use crate::syntax::{Node, NodeKind};

/// A resource that SAM makes for another.
pub(super) struct MadeResource {
    /// The type, by its name in `CloudFormation`.
    pub(super) kind: &'static str,
    /// The logical id.
    pub(super) id: String,
    /// `None` where it is only counted.
    pub(super) tags: Option<MadeTags>,
    /// The byte of the event or property that it is made for, if that is not the resource.
    pub(super) at: Option<usize>,
}

/// The tags of a resource that SAM makes for another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeTags {
    /// Those of the other resource.
    Own,
    /// Those that the other resource writes, if it propagates them.
    Propagated,
    /// The same, and the tag that SAM adds.
    Marked,
    /// Those that the other resource writes and the tag that SAM adds, if SAM can write them into its definition.
    Written,
    /// None, as the type has no tags in SAM.
    Nothing,
}

use MadeTags::{Marked, Nothing, Own, Propagated, Written};

/// The resources that SAM makes for types, whatever their properties: the type, the made type, what follows the logical
/// id, the property without which it is made, and its tags.
const ALWAYS: &[(&str, &str, &str, Option<&str>, MadeTags)] = &[
    ("AWS::Serverless::Function", ROLE, "Role", Some("Role"), Own),
    ("AWS::Serverless::StateMachine", ROLE, "Role", Some("Role"), Own),
    ("AWS::Serverless::WebFunction", ROLE, "Role", Some("ExecutionRoleArn"), Own),
    ("AWS::Serverless::CapacityProvider", ROLE, "OperatorRole", Some("OperatorRole"), Marked),
    ("AWS::Serverless::NetworkConnector", ROLE, "OperatorRole", Some("OperatorRole"), Marked),
    ("AWS::Serverless::MicrovmImage", ROLE, "BuildRole", Some("BuildRoleArn"), Marked),
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi", "", None, Propagated),
    ("AWS::Serverless::HttpApi", STAGE, "", None, Written),
    ("AWS::Serverless::WebSocketApi", STAGE, "", None, Marked),
    ("AWS::Serverless::GraphQLApi", "AWS::AppSync::DomainName", "DomainName", None, Nothing),
];

const ROLE: &str = "AWS::IAM::Role";
const STAGE: &str = "AWS::ApiGatewayV2::Stage";
const RULE: &str = "AWS::Events::Rule";
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";
const QUEUE: &str = "AWS::SQS::Queue";

/// The resources that SAM makes for events of functions and state machines: what follows the logical ids of both, and its
/// tags.
const OF_EVENTS: &[(&[&str], &str, MadeTags)] = &[
    (&["Schedule", "CloudWatchEvent", "EventBridgeRule"], RULE, Nothing),
    (&["SQS", "Kinesis", "DynamoDB", "MSK", "MQ", "SelfManagedKafka", "DocumentDB"], MAPPING, Nothing),
    (&["IoTRule"], "AWS::IoT::TopicRule", Propagated),
];

/// The types of a usage plan, with what follows the logical id of the API.
pub(super) const USAGE_PLAN: [(&str, &str); 2] =
    [("AWS::ApiGateway::UsagePlan", "UsagePlan"), ("AWS::ApiGateway::ApiKey", "ApiKey")];

/// Returns the resources that SAM makes for a resource of a type in a template.
pub(super) fn list<'t>(
    root: &'t Node,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
) -> Vec<MadeResource> {
    if !sam::is_type(name) {
        return Vec::new();
    }
    let setting = |property: &str| sam::setting(root, item, name, properties, property);
    let made = |kind, suffix: &str, tags| MadeResource { kind, id: format!("{}{suffix}", item.key), tags, at: None };
    let mut out = Vec::new();
    for (_, kind, suffix, without, tags) in ALWAYS.iter().filter(|(of, ..)| *of == name) {
        let given = without.and_then(setting);
        // A resource can give no role under a condition: then SAM makes one under the same.
        let is_open = given.is_some_and(|given| matches!(given.call(), Some(("Fn::If", _))));
        if *tags == Nothing && setting(suffix).is_none() {
            continue;
        }
        if given.is_none() || is_open && tags == &Own {
            let stage = if *kind == STAGE { stage_suffix(name, setting("StageName")) } else { String::new() };
            let is_sure = !is_open && (without.is_none() || !properties.more);
            out.push(made(kind, &format!("{suffix}{stage}"), is_sure.then_some(*tags)));
        }
    }
    let is_function = name == "AWS::Serverless::Function";
    if (is_function || name == "AWS::Serverless::StateMachine")
        && let Some(events) = properties.get("Events")
    {
        for event in foreach::entries(&events.eval, events.entry.value.entries()).0 {
            out.extend(of_event(item, &event, is_function));
        }
    }
    if is_function {
        out.extend(destinations(&item.key, setting("EventInvokeConfig")));
        if let Some(is_sure) = has_deployments(root, item, properties) {
            out.push(made("AWS::CodeDeploy::DeploymentGroup", "DeploymentGroup", is_sure.then_some(Propagated)));
        }
    }
    if let Some((plan, mode)) = usage_plan(root, item, name, properties)
        && mode != "SHARED"
    {
        let tags = (mode == "PER_API" && plan.get("Tags").is_none()).then_some(Propagated);
        out.extend(USAGE_PLAN.map(|(kind, suffix)| made(kind, suffix, tags)));
    }
    if name == "AWS::Serverless::GraphQLApi" {
        out.extend(graphql_roles(item, properties));
    }
    out
}

/// The roles that SAM makes for the log and the data sources of a GraphQL API without roles.
fn graphql_roles(item: &ExpandedEntry<'_, '_>, properties: &TemplateProperties<'_, '_>) -> Vec<MadeResource> {
    let role = |id: String, at| MadeResource { kind: ROLE, id, tags: Some(Nothing), at };
    let mut out = Vec::new();
    let log = properties.get("Logging").map(|log| &log.entry.value);
    if log.is_none_or(|log| log.kind != NodeKind::Bool(false) && log.get("CloudWatchLogsRoleArn").is_none()) {
        out.push(role(format!("{}CloudWatchRole", item.key), None));
    }
    let sources = properties.get("DataSources").map_or(&[][..], |sources| sources.entry.value.entries());
    for of_type in sources {
        let kind = if of_type.key == "DynamoDb" { "DynamoDB" } else { of_type.key.as_str() };
        for source in of_type.value.entries().iter().filter(|source| source.value.get("ServiceRoleArn").is_none()) {
            let id = format!("{}{}{kind}DataSourceRole", item.key, source.key);
            out.push(role(id, Some(source.key_span.start)));
        }
    }
    out
}

/// The resources that SAM makes for an event of a function or a state machine.
fn of_event(item: &ExpandedEntry<'_, '_>, event: &ExpandedEntry<'_, '_>, of_function: bool) -> Vec<MadeResource> {
    let Some(kind) = event.entry.value.get("Type").and_then(Node::text) else { return Vec::new() };
    let property = |name: &str| event.entry.value.get("Properties").and_then(|all| all.get(name));
    let is_sure = event.decided && !event.secret;
    let id = format!("{}{}", item.key, event.key);
    let made = |kind, id: String, tags| MadeResource {
        kind,
        id,
        tags: Some(tags).filter(|_| is_sure),
        at: Some(event.entry.key_span.start),
    };
    let mut out = Vec::new();
    let of_type = OF_EVENTS.iter().filter(|(events, made, _)| events.contains(&kind) && (of_function || *made == RULE));
    out.extend(of_type.map(|(_, kind, tags)| made(kind, id.clone(), *tags)));
    // A schedule needs a role, and EventBridge and API Gateway need one to start a state machine.
    let has_role = kind == "ScheduleV2" || !of_function && (OF_EVENTS[0].0.contains(&kind) || kind == "Api");
    if has_role && property("RoleArn").is_none() {
        out.push(made(ROLE, format!("{id}Role"), Propagated));
    }
    match (kind, property("SqsSubscription").map(|queue| &queue.kind)) {
        // The function reads a queue between it and the topic.
        ("SNS", Some(NodeKind::Bool(true))) => {
            out.push(made(QUEUE, format!("{id}Queue"), Propagated));
            out.push(made(MAPPING, format!("{id}EventSourceMapping"), Nothing));
        }
        ("SNS", Some(NodeKind::Map(_))) => out.push(made(MAPPING, format!("{id}EventSourceMapping"), Nothing)),
        ("SNS", _) => {}
        // A queue for the messages that could not be delivered.
        _ => {
            if let Some(queue) = property("DeadLetterConfig").filter(|queue| queue.get("Type").is_some()) {
                let named = queue.get("QueueLogicalId").and_then(Node::text).map(str::to_owned);
                out.push(made(QUEUE, named.unwrap_or_else(|| format!("{id}Queue")), Propagated));
            }
        }
    }
    out
}

/// The text after the logical id of an API in that of its stage. SAM writes a hash for a name with other characters.
fn stage_suffix(of: &str, name: Option<&Node>) -> String {
    match name.map(|name| name.text().unwrap_or_default()) {
        None if of == "AWS::Serverless::WebSocketApi" => "DefaultStage".to_owned(),
        None | Some("$default") => "ApiGatewayDefaultStage".to_owned(),
        Some(name) if name.bytes().all(|b| b.is_ascii_alphanumeric()) => format!("{name}Stage"),
        Some(_) => "Stage".to_owned(),
    }
}

/// The usage plan of an API, and for what SAM makes it: empty where a function gives that.
pub(super) fn usage_plan<'t>(
    root: &'t Node,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
) -> Option<(&'t Node, &'t str)> {
    if name != "AWS::Serverless::Api" {
        return None;
    }
    let plan = sam::key_of_setting(root, item, name, properties, ("Auth", "UsagePlan"))?;
    let mode = plan.get("CreateUsagePlan")?.text().unwrap_or_default();
    (mode != "NONE").then_some((plan, mode))
}

/// Returns whether a function certainly has gradual deployments; `None` if it has none.
pub(super) fn has_deployments<'t>(
    root: &'t Node,
    item: &ExpandedEntry<'_, 't>,
    properties: &TemplateProperties<'_, 't>,
) -> Option<bool> {
    const NAME: (&str, &str) = ("AWS::Serverless::Function", "DeploymentPreference");
    sam::setting(root, item, NAME.0, properties, NAME.1)?;
    let enabled = sam::key_of_setting(root, item, NAME.0, properties, (NAME.1, "Enabled")).map(|node| &node.kind);
    // Releases of SAM differ in the conditions of what they make.
    let is_sure = matches!(enabled, None | Some(NodeKind::Bool(true))) && item.entry.value.get("Condition").is_none();
    (enabled != Some(&NodeKind::Bool(false))).then_some(is_sure)
}

/// The queues and topics that SAM makes for destinations without one of their own; one under a condition is counted.
fn destinations(function: &str, config: Option<&Node>) -> Vec<MadeResource> {
    let config = config.and_then(|config| config.get("DestinationConfig"));
    let of = |event: &'static str| {
        let one = config?.entry(event)?;
        let own = one.value.get("Destination");
        let is_open = own.is_some_and(|own| matches!(own.call(), Some(("Fn::If", _))));
        let (kind, suffix) = match one.value.get("Type").filter(|_| own.is_none() || is_open)?.text()? {
            "SQS" => (QUEUE, "Queue"),
            "SNS" => ("AWS::SNS::Topic", "Topic"),
            _ => return None,
        };
        let id = format!("{function}EventInvokeConfig{event}{suffix}");
        Some(MadeResource { kind, id, tags: (!is_open).then_some(Propagated), at: Some(one.key_span.start) })
    };
    ["OnSuccess", "OnFailure"].into_iter().filter_map(of).collect()
}

/// The name of a type in inventories.
pub(super) fn kind_of(name: &str) -> Option<&'static str> {
    Some(resource_types::cloudformation(name)?.kind())
}
