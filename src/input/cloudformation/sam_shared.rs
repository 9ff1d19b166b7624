//! Resources that the Serverless Application Model makes once for a whole template, and the tags that it gives to resources
//! of other types.
//!
//! Source of the rules: aws-sam-translator 1.115. A test compares them with its output.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::TemplateEvaluator;
use super::foreach::{self, ExpandedEntry};
use super::resource::{OwnTags, TemplateProperties};
use super::sam;
use super::sam_made::{MadeTags, USAGE_PLAN, has_deployments, usage_plan};
use super::sam_tags;
use super::stack::{BucketTags, Stack};
use super::tags::{EvaluatedTag, TemplateTags};
use crate::aws::resource_types::Form;
use crate::model::UnlistedTags;
use crate::syntax::{Node, NodeKind};

/// A resource that SAM makes once for several resources.
pub(super) struct SharedResource<'i, 's, 't> {
    /// The type, by its name in `CloudFormation`.
    pub(super) kind: &'static str,
    /// The logical id.
    pub(super) id: String,
    /// `None` where it is only counted.
    pub(super) tags: Option<OwnTags>,
    /// The resources that it is made for, and the byte of the event or property in each.
    pub(super) users: Vec<(&'i ExpandedEntry<'s, 't>, usize)>,
}

/// The resources that SAM makes once for a template: implicit APIs, the application and role of deployments, a shared
/// usage plan, and domains.
pub(super) fn list<'i, 's, 't>(
    stack: &Stack<'_, 't>,
    items: &'i [ExpandedEntry<'s, 't>],
) -> Vec<SharedResource<'i, 's, 't>> {
    let mut out: Vec<_> = IMPLICIT_APIS.iter().flat_map(|api| api.made(stack, items)).collect();
    out.extend(deployments(stack, items));
    let mut counted = BTreeMap::new();
    for item in items {
        let Some(name) = sam_type(item) else { continue };
        let properties = TemplateProperties::of(&item.eval, &item.entry.value);
        let setting = |property: &str| sam::setting(&stack.template.root, item, name, &properties, property);
        let user = (item, item.entry.key_span.start);
        if let Some((_, "SHARED")) = usage_plan(&stack.template.root, item, name, &properties) {
            counted.extend(USAGE_PLAN.map(|(made, _)| (("ServerlessUsagePlan".to_owned(), made), user)));
        }
        if let Some(domain) = setting("Domain")
            && let Some(made) = domain_type(name, domain)
        {
            let association = domain.get("AccessAssociation");
            // APIs with the same domain share it.
            let domain = domain.get("DomainName").and_then(|name| item.eval.text(name));
            let domain = domain.unwrap_or_else(|| format!("{}.Domain", item.key));
            if association.is_some() {
                counted.insert((domain.clone(), "AWS::ApiGateway::DomainNameAccessAssociation"), user);
            }
            counted.insert((domain, made), user);
        }
    }
    let counted = counted.into_iter();
    out.extend(counted.map(|((id, kind), user)| SharedResource { kind, id, tags: None, users: vec![user] }));
    out
}

fn sam_type<'t>(item: &ExpandedEntry<'_, 't>) -> Option<&'t str> {
    item.entry.value.get("Type").and_then(Node::text).filter(|name| sam::is_type(name))
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

/// The application and the role of the deployments of functions. They have the tags that functions with a deployment
/// preference propagate.
fn deployments<'i, 's, 't>(
    stack: &Stack<'_, 't>,
    items: &'i [ExpandedEntry<'s, 't>],
) -> Vec<SharedResource<'i, 's, 't>> {
    let (mut users, mut tags, mut has_role, mut is_sure) = (Vec::new(), OwnTags::default(), false, !stack.rewritten);
    for item in items {
        let Some(name) = sam_type(item).filter(|name| *name == FUNCTION) else { continue };
        let properties = TemplateProperties::of(&item.eval, &item.entry.value);
        let root = &stack.template.root;
        let Some(is_certain) = has_deployments(root, item, &properties) else { continue };
        is_sure &= is_certain;
        users.push((item, item.entry.key_span.start));
        has_role |= sam::key_of_setting(root, item, name, &properties, ("DeploymentPreference", "Role")).is_none();
        update(&mut tags, sam_tags::propagated(stack, item, name, &properties));
    }
    let mut made = vec![("AWS::CodeDeploy::Application", "ServerlessDeploymentApplication")];
    made.extend(has_role.then_some(("AWS::IAM::Role", "CodeDeployServiceRole")));
    let made = made.into_iter().filter(|_| !users.is_empty());
    made.map(|(kind, id)| SharedResource {
        kind,
        id: id.to_owned(),
        tags: is_sure.then(|| tags.clone()),
        users: users.clone(),
    })
    .collect()
}

/// Adds the tags of one more resource. The last value of a key counts, in an order that SAM takes from a hash of the names:
/// of two values, it is unknown which one counts.
fn update(tags: &mut OwnTags, other: OwnTags) {
    for tag in other.tags.written {
        match tags.tags.written.iter_mut().find(|same| same.key == tag.key) {
            None => tags.tags.written.push(tag),
            Some(same) => {
                same.secret |= tag.secret;
                same.value = same.value.take().filter(|value| tag.value.as_ref() == Some(value));
            }
        }
    }
    tags.tags.more = std::mem::take(&mut tags.tags.more).and(other.tags.more);
    tags.tags.why = tags.tags.why.take().or(other.tags.why);
    tags.at = tags.at.take().or(other.at);
}

const FUNCTION: &str = "AWS::Serverless::Function";
const STATE_MACHINE: &str = "AWS::Serverless::StateMachine";

/// The tags that SAM gives to buckets, by the bucket.
pub(super) fn bucket_tags<'t>(stack: &Stack<'_, 't>, items: &[ExpandedEntry<'_, 't>]) -> BTreeMap<String, BucketTags> {
    let mut all: BTreeMap<String, (Vec<String>, BTreeSet<&str>, OwnTags)> = BTreeMap::new();
    for item in items.iter().filter(|item| sam_type(item) == Some(FUNCTION)) {
        let properties = TemplateProperties::of(&item.eval, &item.entry.value);
        for event in events(&properties) {
            let node = &event.entry.value;
            let bucket = node.get("Properties").and_then(|all| all.get("Bucket")).and_then(Node::call);
            if node.get("Type").and_then(Node::text) == Some("S3")
                && let Some(("Ref", bucket)) = bucket
                && let Some(bucket) = bucket.text()
            {
                let (keys, functions, tags) = all.entry(bucket.to_owned()).or_default();
                if item.entry.value.get("Condition").is_some() {
                    keys.push(format!("sam:ConditionalDependsOn:{}{}Permission", item.key, event.key));
                }
                functions.insert(&item.key);
                let propagated = sam_tags::propagated(stack, item, FUNCTION, &properties);
                *tags = if functions.len() > 1 && !(tags.tags.is_empty() && propagated.tags.is_empty()) {
                    let why = "events of several functions give it their tags, and SAM uses those of one function";
                    OwnTags { tags: TemplateTags::unknown(why), at: None }
                } else {
                    propagated
                };
            }
        }
    }
    let of_bucket = |(bucket, (keys, _, tags)): (String, (Vec<String>, _, OwnTags))| {
        let tags = if tags.tags.is_empty() { BucketTags::Added(keys) } else { BucketTags::Replaced(tags) };
        (bucket, tags)
    };
    all.into_iter().map(of_bucket).collect()
}

/// The events of a function or a state machine.
fn events<'s, 't>(properties: &TemplateProperties<'s, 't>) -> Vec<ExpandedEntry<'s, 't>> {
    let events = properties.get("Events");
    events.map_or_else(Vec::new, |events| foreach::entries(&events.eval, events.entry.value.entries()).0)
}

/// An API that SAM makes for all events of a template that name none.
struct ImplicitApi {
    /// The type of the events, and the property that names another API.
    event: &'static str,
    names: &'static str,
    /// The types with such events.
    users: &'static [&'static str],
    /// The SAM type of the API, and its logical id.
    api: &'static str,
    id: &'static str,
    /// The resources of the API: their types, what follows its logical id, and their tags. The stage of an HTTP API has a map
    /// of them.
    made: [(&'static str, &'static str, MadeTags); 2],
}

const IMPLICIT_APIS: &[ImplicitApi] = &[
    ImplicitApi {
        event: "Api",
        names: "RestApiId",
        users: &[FUNCTION, STATE_MACHINE],
        api: "AWS::Serverless::Api",
        id: "ServerlessRestApi",
        made: [
            ("AWS::ApiGateway::RestApi", "", MadeTags::Propagated),
            ("AWS::ApiGateway::Stage", "ProdStage", MadeTags::Propagated),
        ],
    },
    ImplicitApi {
        event: "HttpApi",
        names: "ApiId",
        users: &[FUNCTION],
        api: "AWS::Serverless::HttpApi",
        id: "ServerlessHttpApi",
        made: [
            ("AWS::ApiGatewayV2::Api", "", MadeTags::Written),
            ("AWS::ApiGatewayV2::Stage", "ApiGatewayDefaultStage", MadeTags::Written),
        ],
    },
];

impl ImplicitApi {
    fn made<'i, 's, 't>(
        &self,
        stack: &Stack<'_, 't>,
        items: &'i [ExpandedEntry<'s, 't>],
    ) -> Vec<SharedResource<'i, 's, 't>> {
        let (mut users, mut as_list, mut as_map) = (Vec::new(), OwnTags::default(), OwnTags::default());
        for item in items {
            let Some(name) = sam_type(item).filter(|name| self.users.contains(name)) else { continue };
            let properties = TemplateProperties::of(&item.eval, &item.entry.value);
            for event in events(&properties) {
                let Some(names_it) = self.is_event(&event.entry.value) else { continue };
                users.push((item, event.entry.key_span.start));
                if !names_it {
                    update(&mut as_list, propagated_to_api(stack, name, &properties, Form::List));
                    update(&mut as_map, propagated_to_api(stack, name, &properties, Form::Map));
                }
            }
        }
        if users.is_empty() {
            return Vec::new();
        }
        let globals = stack.template.root.get("Globals").and_then(|all| all.get(self.api.rsplit("::").next()?));
        // A key that does not exist in the map may be the one that counts.
        let own: Vec<EvaluatedTag> = as_list.tags.written.clone();
        let is_open = |key: &str| own.iter().any(|tag| tag.key == key && tag.value.is_none());
        let (open, sure) = std::mem::take(&mut as_map.tags.written).into_iter().partition(|tag| is_open(&tag.key));
        as_map.tags.written = sure;
        as_map.tags.add(TemplateTags { written: open, ..TemplateTags::default() }.possible());
        if let Some(written) = globals.and_then(|all| all.get("Tags")).filter(|_| sam::takes_global_tags(self.api)) {
            let eval = TemplateEvaluator::new(&stack.scope);
            for (tags, form) in [(&mut as_list, Form::List), (&mut as_map, Form::Map)] {
                let mut globals = sam_tags::read(&eval, stack.template, written, form);
                globals.written.retain(|tag| !own.iter().any(|own| own.key == tag.key));
                // A function as the tags of one replaces all.
                let is_replaced = tags.tags.more == UnlistedTags::Any;
                let globals = if is_replaced { globals.possible() } else { globals };
                tags.tags = std::mem::take(&mut tags.tags).with_fallback(globals);
            }
        }
        let of_kind = |(kind, suffix, made): &(&'static str, &str, MadeTags)| {
            let mut tags = if *made == MadeTags::Written && !suffix.is_empty() { &as_map } else { &as_list }.clone();
            if let (MadeTags::Written, Some(mark)) = (made, sam::added_tag(self.api)) {
                tags.tags = tags.tags.with_fallback(TemplateTags::given_tag(mark, "SAM"));
            }
            if stack.rewritten {
                tags.tags = TemplateTags::any_others();
            }
            SharedResource { kind, id: format!("{}{suffix}", self.id), tags: Some(tags), users: users.clone() }
        };
        let mut out: Vec<_> = self.made.iter().map(of_kind).collect();
        if let Some(domain) = globals.and_then(|all| all.get("Domain"))
            && let Some(kind) = domain_type(self.api, domain)
        {
            out.push(SharedResource { kind, id: format!("{}.Domain", self.id), tags: None, users });
        }
        out
    }

    /// Returns whether the API is for an event, and if so, whether the event names it.
    fn is_event(&self, event: &Node) -> Option<bool> {
        event.get("Type").and_then(Node::text).filter(|kind| *kind == self.event)?;
        match event.get("Properties").and_then(|all| all.get(self.names)) {
            None => Some(false),
            Some(name) => {
                let is_own = matches!(name.call(), Some(("Ref", name)) if name.text() == Some(self.id));
                is_own.then_some(true)
            }
        }
    }
}

/// The tags that a function or a state machine gives to an implicit API. SAM takes its `Tags`, or those of `Globals`, but does
/// not merge them, and `PropagateTags` of either.
fn propagated_to_api<'t>(
    stack: &Stack<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
    form: Form,
) -> OwnTags {
    let globals = name.strip_prefix("AWS::Serverless::").and_then(|kind| stack.template.root.get("Globals")?.get(kind));
    let is_set = |node: Option<&Node>| match node.map(|node| &node.kind) {
        None | Some(NodeKind::Null) => Some(false),
        Some(NodeKind::Bool(value)) => Some(*value),
        Some(_) => None,
    };
    let own = is_set(properties.get("PropagateTags").map(|own| &own.entry.value));
    let propagates = match (own, is_set(globals.and_then(|all| all.get("PropagateTags")))) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    let eval = TemplateEvaluator::new(&stack.scope);
    let written = match (
        properties.get("Tags"),
        globals.and_then(|all| all.entry("Tags")).filter(|_| sam::takes_global_tags(name)),
    ) {
        (Some(own), _) if !own.entry.value.entries().is_empty() => Some((&own.eval, own.entry)),
        (_, globals) => globals.map(|globals| (&eval, globals)),
    };
    let Some((eval, entry)) = written.filter(|_| propagates != Some(false)) else { return OwnTags::default() };
    let tags = sam_tags::read(eval, stack.template, &entry.value, form);
    match propagates {
        Some(_) => OwnTags { tags, at: Some(stack.template.location(entry.key_span.start)) },
        None => OwnTags { tags: tags.possible(), at: None },
    }
}
