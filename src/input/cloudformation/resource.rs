//! One resource of a template in the form of the model.

use std::collections::BTreeSet;

use super::evaluate::{TemplateEvaluator, TemplateValue, Traced};
use super::foreach::{self, ExpandedEntry};
use super::nested::NestedTags;
use super::openapi;
use super::sam;
use super::sam_tags;
use super::stack::{BucketTags, Stack};
use super::tags::{self, TemplateTags};
use crate::aws::resource_types::nested::{self, NestedKind, NestedSet};
use crate::aws::resource_types::{self, Form, Property, StackTags};
use crate::aws::supported::{self, iam_user};
use crate::aws::{Partition, SupportedType, cloudformation_name, is_iam};
use crate::input::nested::Nested;
use crate::input::not_judged;
use crate::model::{DeviceAssignment, Location, NotJudgedReason, Origin, Resource, Text};
use crate::syntax::{MapEntry, Node, NodeKind};

/// A resource type of a template that can carry tags.
pub(super) struct TaggableType<'n> {
    /// The name in inventories.
    pub(super) kind: &'n str,
    pub(super) property: Property,
    /// The key of the tag that the Serverless Application Model adds by itself.
    pub(super) added: Option<&'static str>,
    /// True for a type that the table lacks.
    pub(super) is_unknown: bool,
}

/// The property of tags in the usual form. Whether the tags of a stack reach a type that the table lacks is not known.
const USUAL_PROPERTY: Property = Property { name: "Tags", form: Form::List, stack_tags: StackTags::Unknown };

/// The facts about the type of a resource, or the reason why it is not judged.
pub(super) fn taggable_type<'n>(
    name: &'n str,
    properties: &TemplateProperties<'_, '_>,
) -> Result<TaggableType<'n>, NotJudgedReason> {
    if let Some(taggable_type) = sam::taggable_type(name) {
        return Ok(taggable_type);
    }
    if let Some(row) = resource_types::cloudformation(name)
        && let Some(property) = row.property
    {
        return Ok(TaggableType { kind: row.kind(), property, added: None, is_unknown: false });
    }
    if let Some((row, set)) = resource_types::cloudformation(name).zip(own_specifications(name)) {
        let property = Property { name: set.first_name(), form: Form::Specifications, stack_tags: StackTags::Unknown };
        return Ok(TaggableType { kind: row.kind(), property, added: None, is_unknown: false });
    }
    let reason = not_judged::of_cloudformation(name);
    let tags = properties.get(USUAL_PROPERTY.name).map(|tags| &tags.entry.value);
    if reason == NotJudgedReason::UnknownType && tags.is_some_and(is_in_usual_form) {
        return Ok(TaggableType { kind: name, property: USUAL_PROPERTY, added: None, is_unknown: true });
    }
    Err(reason)
}

/// The tag specifications at the top level of a type without another property for tags: those of the type itself are its
/// own, as those of a fleet.
fn own_specifications(name: &str) -> Option<&'static NestedSet> {
    nested::in_cloudformation(name).iter().find(|set| set.kind == NestedKind::OfKey && set.blocks.len() == 1)
}

/// Whether a property has the form of tags: a list of `{Key, Value}`, a map of texts, or a function whose result may be
/// either.
fn is_in_usual_form(tags: &Node) -> bool {
    match &tags.kind {
        _ if tags.call().is_some() => true,
        NodeKind::List(items) => items.iter().all(|item| item.call().is_some() || item.get("Key").is_some()),
        NodeKind::Map(entries) => entries.iter().all(|entry| {
            entry.value.call().is_some() || !matches!(entry.value.kind, NodeKind::List(_) | NodeKind::Map(_))
        }),
        _ => false,
    }
}

/// The properties of a resource, with loops expanded.
pub(super) struct TemplateProperties<'s, 't> {
    items: Vec<ExpandedEntry<'s, 't>>,
    /// True if a macro among them may add or change properties.
    pub(super) more: bool,
    /// The function that may do so.
    function: Option<&'t str>,
}

impl<'s, 't> TemplateProperties<'s, 't> {
    pub(super) fn of(eval: &TemplateEvaluator<'s, 't>, resource: &'t Node) -> Self {
        let entries = resource.get("Properties").map_or(&[][..], Node::entries);
        let (items, more) = foreach::entries(eval, entries);
        let more = more || items.iter().any(|item| item.secret);
        let all = entries.iter().chain(resource.entries());
        let function = all.map(|entry| entry.key.as_str()).find(|key| key.starts_with("Fn::"));
        let more = more || resource.entries().iter().any(|entry| entry.key.starts_with("Fn::"));
        Self { items, more, function }
    }

    /// The reason why other properties may exist.
    pub(super) fn why_more(&self) -> String {
        match self.function {
            Some(name) => tags::reason_of(name, |name| {
                format!("{name} gives properties of the resource when the stack is deployed")
            }),
            None => "only the deployment knows the names of all properties".to_owned(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&ExpandedEntry<'s, 't>> {
        self.items.iter().find(|item| item.key == name && item.decided && !item.secret)
    }

    /// The text of a property, where it is known and not secret.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let Traced { value, secret } = self.traced(name)?;
        value.filter(|_| !secret)
    }

    /// Returns whether the text of a property is made of a `NoEcho` parameter.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        self.traced(name).is_some_and(|text| text.secret)
    }

    fn traced(&self, name: &str) -> Option<Traced<Option<String>>> {
        let item = self.get(name)?;
        Some(item.eval.scope.trace(|| item.eval.text(&item.entry.value)))
    }
}

/// The tags of a resource without those of the stack, and the location of their property.
#[derive(Default, Clone)]
pub(super) struct OwnTags {
    pub(super) tags: TemplateTags,
    pub(super) at: Option<Location>,
}

/// The origin of a resource: the locations of its tags.
fn origin<'t>(
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    reading: &TemplateTags,
    tags: Option<Location>,
) -> Origin {
    let metadata = |key: &str| item.entry.value.get("Metadata")?.get(key)?.text().map(str::to_owned);
    Origin {
        kind: Some(name.to_owned()),
        tags,
        keys: reading.written.iter().filter_map(|tag| Some((tag.key.clone(), tag.at.clone()?))).collect(),
        calls: stack.calls.clone(),
        sensitive: reading.written.iter().filter(|tag| tag.secret).map(|tag| tag.key.clone()).collect::<BTreeSet<_>>(),
        ignores: stack.template.ignores(item.entry),
        construct: metadata("aws:cdk:path"),
        ..Origin::default()
    }
}

/// The resource that carries tags of a set in another.
pub(super) fn nested_resource<'t>(
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    nested: Nested<NestedTags>,
) -> Resource<'static> {
    let here = stack.scope.environment();
    let tags_at = nested.tags.tags_at.map(|at| stack.template.location(at));
    let region = nested.region(here.region.as_ref());
    let NestedTags { at, mut tags, has_more, .. } = nested.tags;
    tags.more = tags.more.and(has_more.into());
    Resource {
        kind: Text::from(nested.kind),
        address: Some(Text::from(format!("{}{}{}", stack.prefix, item.key, nested.suffix))),
        account: here.account.clone().map(Text::from),
        region: region.map(Text::from),
        tags: tags.tags(),
        location: Some(stack.template.location(at)),
        origin: Some(Box::new(origin(stack, item, name, &tags, tags_at))),
        ..Resource::default()
    }
}

/// Reads a resource of a type that carries tags. The second value is the reason for unknown tags, if the user should
/// know it.
pub(super) fn resource<'t>(
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    taggable_type: &TaggableType<'_>,
    properties: &TemplateProperties<'_, 't>,
    own_tags: OwnTags,
) -> (Resource<'static>, Option<String>) {
    let own = |text: &str| Text::from(text.to_owned());
    let kind = taggable_type.kind;
    let reading = if stack.rewritten {
        own_tags.tags
    } else {
        with_stack_tags(own_tags.tags, stack, taggable_type.property.stack_tags)
    };
    let origin = origin(stack, item, name, &reading, own_tags.at);
    let here = stack.scope.environment();
    let supported = supported::by_cloudformation(name);
    let is_device = supported.is_some_and(|supported| supported.assigned_to_user);
    let user = if is_device { assignment(stack, properties) } else { DeviceAssignment::Unknown };
    let resource = Resource {
        kind: own(kind),
        address: Some(Text::from(format!("{}{}", stack.prefix, item.key))),
        name: cloudformation_name(kind).and_then(|argument| properties.text(argument)).map(Text::from),
        account: here.account.as_deref().map(own),
        region: here.region.as_deref().filter(|_| !is_iam(kind)).map(own),
        path: supported.and_then(|supported| path(supported, properties)).map(Text::from),
        user,
        tags: reading.tags(),
        location: Some(stack.template.location(item.entry.key_span.start)),
        origin: Some(Box::new(origin)),
        ..Resource::default()
    };
    (resource, reading.why)
}

/// A resource that SAM makes for another one, with these tags. `at` is the byte of what it is made for.
pub(super) fn made_by_sam<'t>(
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    properties: &TemplateProperties<'_, 't>,
    (made, id, at): (&str, &str, usize),
    tags: OwnTags,
) -> Option<Resource<'static>> {
    let row = resource_types::cloudformation(made)?;
    let taggable = TaggableType { kind: row.kind(), property: row.property?, added: None, is_unknown: false };
    let (resource, _) = resource(stack, item, name, &taggable, properties, tags);
    let address = Some(Text::from(format!("{}{id}", stack.prefix)));
    // The properties are those of another resource.
    Some(Resource { address, name: None, location: Some(stack.template.location(at)), ..resource })
}

/// The tags of a resource without those of its stack, and the location of its tag property.
pub(super) fn own_tags<'t>(
    stack: &Stack<'_, 't>,
    item: &ExpandedEntry<'_, 't>,
    name: &str,
    taggable_type: &TaggableType<'_>,
    properties: &TemplateProperties<'_, 't>,
) -> OwnTags {
    let place = |entry: &MapEntry| stack.template.location(entry.key_span.start);
    let written = properties.get(taggable_type.property.name);
    let at = written.map(|tags| place(tags.entry));
    if stack.rewritten {
        return OwnTags { tags: TemplateTags::any_others(), at };
    }
    if sam::is_type(name) {
        let OwnTags { tags, at } = sam_tags::own(stack, item, name, properties);
        return OwnTags { tags: sam_tags::complete(tags, stack, item, name, taggable_type.added, properties), at };
    }
    let mut reading = written.map_or_else(TemplateTags::default, |tags| {
        let node = &tags.entry.value;
        match taggable_type.property.form {
            // Those for other types are tags of other resources.
            Form::Specifications => {
                tags::specifications(&tags.eval, stack.template, node, taggable_type.kind.strip_prefix("ec2:"))
            }
            // The form of a type that the table lacks is what its template has.
            _ if taggable_type.is_unknown && matches!(node.kind, NodeKind::Map(_)) => {
                tags::read(&tags.eval, stack.template, node, Form::Map)
            }
            form => tags::read(&tags.eval, stack.template, node, form),
        }
    });
    if properties.more {
        reading = reading.with_fallback(TemplateTags::unknown(properties.why_more()));
    }
    if name == "AWS::ApiGatewayV2::Api" {
        if let Some(body) = properties.get("Body") {
            reading = reading.with_fallback(openapi::tags(&body.eval, stack.template, &body.entry.value));
        } else if properties.get("BodyS3Location").is_some() {
            reading = reading.with_fallback(openapi::tags_of_file());
        }
    }
    match stack.bucket_tags.get(&item.key).filter(|_| name == "AWS::S3::Bucket") {
        Some(BucketTags::Added(keys)) => {
            for key in keys {
                reading.add(TemplateTags::one(Some(key.clone()), None, false, place(item.entry)));
            }
            OwnTags { tags: reading, at }
        }
        Some(BucketTags::Replaced(tags)) => tags.clone(),
        None => OwnTags { tags: reading, at },
    }
}

/// The reason why tags of a resource do not count: they stand where `CloudFormation` does not take them.
pub(super) fn misplaced_tags(
    item: &ExpandedEntry<'_, '_>,
    properties: &TemplateProperties<'_, '_>,
    name: &str,
    property: &str,
) -> Option<String> {
    let usual = USUAL_PROPERTY.name;
    let refused = "CloudFormation refuses the template";
    if [usual, property].iter().any(|key| item.entry.value.get(key).is_some()) {
        return Some(format!("its tags stand beside `Properties`, not in it: they do not count, and {refused}"));
    }
    let is_wrong = property != usual && properties.get(usual).is_some() && properties.get(property).is_none();
    is_wrong.then(|| format!("{name} takes its tags in `{property}`: those in `{usual}` do not count, and {refused}"))
}

/// Adds the tags of the stack according to the type: not every type inherits them.
pub(super) fn with_stack_tags(reading: TemplateTags, stack: &Stack<'_, '_>, rule: StackTags) -> TemplateTags {
    match rule {
        StackTags::Yes => reading.with_fallback(stack.tags.clone()),
        StackTags::No => reading,
        StackTags::Unknown => {
            let others = stack.tags.written.iter().filter(|tag| !reading.written.iter().any(|own| own.key == tag.key));
            let keys: Vec<String> = others.map(|tag| tag.key.clone()).collect();
            let stack = TemplateTags { more: stack.tags.more.clone(), ..TemplateTags::default() };
            reading.with_fallback(TemplateTags::possible_keys(keys)).with_fallback(stack)
        }
    }
}

/// The path of an IAM resource; `/` by default (IAM API Reference, `CreateUser`).
fn path(supported: &SupportedType, properties: &TemplateProperties<'_, '_>) -> Option<String> {
    if !supported.has_path() {
        return None;
    }
    match properties.get("Path") {
        Some(_) => properties.text("Path"),
        None => (!properties.more).then(|| "/".to_owned()),
    }
}

/// The assignment of an MFA device. The user's ARN is known where the account, the region and the user's path are.
fn assignment(stack: &Stack<'_, '_>, properties: &TemplateProperties<'_, '_>) -> DeviceAssignment<'static> {
    let Some(users) = properties.get("Users") else { return DeviceAssignment::Unknown };
    let names = users.eval.scope.trace(|| users.eval.value(&users.entry.value));
    let Traced { value: TemplateValue::List(names), secret: false } = names else { return DeviceAssignment::Unknown };
    let [TemplateValue::Text(name)] = names.as_slice() else {
        return if names.is_empty() { DeviceAssignment::Unassigned } else { DeviceAssignment::Unknown };
    };
    let environment = stack.scope.environment();
    let (Some(account), Some(region), Some(path)) = (&environment.account, &environment.region, stack.users.get(name))
    else {
        return DeviceAssignment::Unknown;
    };
    let arn = iam_user::TYPE.arn_of_name(Partition::of_region(region).name, account, path, name);
    arn.map_or(DeviceAssignment::Unknown, |arn| DeviceAssignment::User(Text::from(arn)))
}

/// The name and path of an IAM user whose template gives its name.
pub(super) fn user_and_path<'t>(
    item: &ExpandedEntry<'_, 't>,
    properties: &TemplateProperties<'_, 't>,
) -> Option<(String, String)> {
    let user = supported::by_cloudformation(item.entry.value.get("Type")?.text()?)?;
    if user.name != iam_user::TYPE.name {
        return None;
    }
    Some((properties.text(user.cloudformation?.name)?, path(user, properties)?))
}
