//! Resources that the Serverless Application Model makes once for a whole template, and the tags that it adds to resources
//! of other types.

use std::collections::{BTreeMap, BTreeSet};

use super::foreach::{self, ExpandedEntry};
use super::resource::TemplateProperties;
use super::sam;
use super::sam_made::{USAGE_PLAN, is_enabled, usage_plan};
use crate::syntax::Node;

/// The resources that SAM makes once for a template, with their types: implicit APIs, the application and role of
/// deployments, a shared usage plan, and domains.
pub(super) fn list<'t>(root: &'t Node, items: &[ExpandedEntry<'_, 't>]) -> BTreeSet<(String, &'static str)> {
    let mut out = implicit_apis(items);
    for item in items {
        let Some(name) = item.entry.value.get("Type").and_then(Node::text).filter(|name| sam::is_type(name)) else {
            continue;
        };
        let properties = TemplateProperties::of(&item.eval, &item.entry.value);
        let setting = |property: &str| sam::setting(root, item, name, &properties, property);
        if name == "AWS::Serverless::Function"
            && let Some(preference) = setting("DeploymentPreference").filter(|preference| is_enabled(preference))
        {
            out.insert(("ServerlessDeploymentApplication".to_owned(), "AWS::CodeDeploy::Application"));
            if preference.get("Role").is_none() {
                out.insert(("CodeDeployServiceRole".to_owned(), "AWS::IAM::Role"));
            }
        }
        if usage_plan(name, setting("Auth")) == Some("SHARED") {
            out.extend(USAGE_PLAN.map(|made| ("ServerlessUsagePlan".to_owned(), made)));
        }
        if let Some(domain) = setting("Domain")
            && let Some(made) = domain_type(name, domain)
        {
            // APIs with the same domain share it.
            let domain = domain.get("DomainName").and_then(|name| item.eval.text(name));
            out.insert((domain.unwrap_or_else(|| format!("{}.Domain", item.key)), made));
        }
    }
    out
}

/// The type of the domain of an API.
fn domain_type(name: &str, domain: &Node) -> Option<&'static str> {
    let is_private = domain.get("EndpointConfiguration").and_then(Node::text) == Some("PRIVATE");
    match name {
        "AWS::Serverless::Api" if is_private => Some("AWS::ApiGateway::DomainNameV2"),
        "AWS::Serverless::Api" => Some("AWS::ApiGateway::DomainName"),
        "AWS::Serverless::HttpApi" | "AWS::Serverless::WebSocketApi" => Some("AWS::ApiGatewayV2::DomainName"),
        _ => None,
    }
}

/// The keys of the tags that SAM adds to buckets, by the bucket. A bucket whose events start a function under a condition
/// depends on its permission by such a tag.
pub(super) fn bucket_tags(root: &Node, items: &[ExpandedEntry<'_, '_>]) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if !sam::is_used(root) {
        return out;
    }
    for item in items.iter().filter(|item| is_function(&item.entry.value)) {
        if item.entry.value.get("Condition").is_none() {
            continue;
        }
        for event in events(&TemplateProperties::of(&item.eval, &item.entry.value)) {
            let node = &event.entry.value;
            let bucket = node.get("Properties").and_then(|all| all.get("Bucket")).and_then(Node::call);
            if node.get("Type").and_then(Node::text) == Some("S3")
                && let Some(("Ref", bucket)) = bucket
                && let Some(bucket) = bucket.text()
            {
                let key = format!("sam:ConditionalDependsOn:{}{}Permission", item.key, event.key);
                out.entry(bucket.to_owned()).or_default().push(key);
            }
        }
    }
    out
}

/// The events of a function.
fn events<'s, 't>(properties: &TemplateProperties<'s, 't>) -> Vec<ExpandedEntry<'s, 't>> {
    let events = properties.get("Events");
    events.map_or_else(Vec::new, |events| foreach::entries(&events.eval, events.entry.value.entries()).0)
}

/// The APIs that SAM makes for all events of a template that name none: the name and the types of each.
const IMPLICIT_APIS: &[(&str, &str, &str, [&str; 2])] = &[
    ("Api", "RestApiId", "ServerlessRestApi", ["AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage"]),
    ("HttpApi", "ApiId", "ServerlessHttpApi", ["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"]),
];

/// The APIs that SAM makes for the events of functions that name none, with their types.
fn implicit_apis(items: &[ExpandedEntry<'_, '_>]) -> BTreeSet<(String, &'static str)> {
    let mut out = BTreeSet::new();
    for item in items.iter().filter(|item| is_function(&item.entry.value)) {
        let properties = TemplateProperties::of(&item.eval, &item.entry.value);
        for event in events(&properties) {
            let node = &event.entry.value;
            let kind = node.get("Type").and_then(Node::text);
            let names = |id: &str| node.get("Properties").is_some_and(|properties| properties.get(id).is_some());
            let api = IMPLICIT_APIS.iter().find(|(event, id, ..)| kind == Some(*event) && !names(id));
            out.extend(api.into_iter().flat_map(|(.., name, types)| types.map(|made| ((*name).to_owned(), made))));
        }
    }
    out
}

fn is_function(node: &Node) -> bool {
    node.get("Type").and_then(Node::text) == Some("AWS::Serverless::Function")
}
