//! One resource of a template, as rules look at it.

use std::collections::BTreeSet;

use super::evaluate::{Eval, Value, partition};
use super::foreach::{self, Item};
use super::sam;
use super::stack::Stack;
use super::tags::{self, Reading};
use crate::aws::is_iam;
use crate::aws::resource_types::{self, Property, ResourceType, StackTags};
use crate::model::{Assignment, Location, Origin, Resource, Text};
use crate::syntax::{MapEntry, Node};

/// What taglint knows of a type that a template names.
pub(super) struct Shape {
    pub(super) kind: &'static ResourceType,
    pub(super) property: Property,
    /// The tag that the Serverless Application Model adds of itself.
    pub(super) added: Option<&'static str>,
}

/// The shape of a type; `None` for one that carries no tags.
pub(super) fn shape(name: &str) -> Option<Shape> {
    if let Some(shape) = sam::shape(name) {
        return Some(shape);
    }
    let kind = resource_types::cloudformation(name)?;
    kind.property.map(|property| Shape { kind, property, added: None })
}

/// The properties of a resource, loops carried out.
pub(super) struct Properties<'s, 't> {
    items: Vec<Item<'s, 't>>,
    /// A macro among them may add others, or change these.
    pub(super) more: bool,
}

impl<'s, 't> Properties<'s, 't> {
    pub(super) fn of(eval: &Eval<'s, 't>, resource: &'t Node) -> Self {
        let entries = resource.get("Properties").map_or(&[][..], Node::entries);
        let (items, more) = foreach::entries(eval, entries);
        Self { items, more: more || resource.entries().iter().any(|entry| entry.key.starts_with("Fn::")) }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Item<'s, 't>> {
        self.items.iter().find(|item| item.key == name && item.decided)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        let item = self.get(name)?;
        item.eval.text(&item.entry.value)
    }
}

/// Reads a resource of a type that carries tags, and says why its tags are not known, where it has to be said.
pub(super) fn resource<'t>(
    stack: &Stack<'_, 't>,
    item: &Item<'_, 't>,
    name: &str,
    shape: &Shape,
    properties: &Properties<'_, 't>,
) -> (Resource<'static>, Option<String>) {
    let own = |text: &str| Text::from(text.to_owned());
    let kind = shape.kind.kind();
    let (reading, place) = tags_of(stack, item, name, shape, properties);
    let metadata = |key: &str| item.entry.value.get("Metadata")?.get(key)?.text().map(str::to_owned);
    let origin = Origin {
        kind: Some(name.to_owned()),
        tags: place,
        keys: reading.written.iter().filter_map(|tag| Some((tag.key.clone(), tag.at.clone()?))).collect(),
        calls: stack.calls.clone(),
        sensitive: reading.written.iter().filter(|tag| tag.secret).map(|tag| tag.key.clone()).collect::<BTreeSet<_>>(),
        ignores: stack.template.ignores(item.entry),
        construct: metadata("aws:cdk:path"),
        ..Origin::default()
    };
    let here = stack.scope.place();
    let resource = Resource {
        kind: Text::from(kind),
        address: Some(Text::from(format!("{}{}", stack.prefix, item.key))),
        name: name_property(name).and_then(|property| properties.text(property)).map(Text::from),
        account: here.account.as_deref().map(own),
        region: here.region.as_deref().filter(|_| !is_iam(kind)).map(own),
        path: path(name, properties).map(Text::from),
        user: if name == "AWS::IAM::VirtualMFADevice" { user(stack, properties) } else { Assignment::Unknown },
        tags: reading.tags(),
        location: Some(stack.template.location(item.entry.key_span.start)),
        origin: Some(Box::new(origin)),
        ..Resource::default()
    };
    (resource, reading.why)
}

/// The tags of a resource and the place of the property that holds them.
fn tags_of<'t>(
    stack: &Stack<'_, 't>,
    item: &Item<'_, 't>,
    name: &str,
    shape: &Shape,
    properties: &Properties<'_, 't>,
) -> (Reading, Option<Location>) {
    let place = |entry: &MapEntry| stack.template.location(entry.key_span.start);
    let written = properties.get(shape.property.name);
    let mut at = written.map(|tags| place(tags.entry));
    if stack.rewritten {
        return (Reading::perhaps(), at);
    }
    let mut reading = written.map_or_else(Reading::default, |tags| {
        tags::read(&tags.eval, stack.template, &tags.entry.value, shape.property.form)
    });
    if properties.more {
        reading = reading
            .over(Reading::unknown("Fn::Transform writes properties of the resource when the stack is deployed"));
    }
    if let Some(globals) = sam::global_tags(&stack.template.root, item, name) {
        let weaker = tags::read(&Eval::new(&stack.scope), stack.template, &globals.value, shape.property.form);
        at = at.or_else(|| Some(place(globals)));
        reading = reading.over(weaker);
    }
    if let Some(key) = shape.added {
        reading = reading.over(Reading::fixed(key, "SAM"));
    }
    (under_stack(reading, stack, shape.property.stack_tags), at)
}

/// A resource's own tags and those of its stack, by the rule of its type.
fn under_stack(reading: Reading, stack: &Stack<'_, '_>, rule: StackTags) -> Reading {
    match rule {
        StackTags::Yes => reading.over(stack.tags.clone()),
        StackTags::No => reading,
        StackTags::Unknown => {
            let others = stack.tags.written.iter().filter(|tag| !reading.written.iter().any(|own| own.key == tag.key));
            let keys: Vec<String> = others.map(|tag| tag.key.clone()).collect();
            let stack = Reading { more: stack.tags.more.clone(), ..Reading::default() };
            reading.over(Reading::maybe(keys)).over(stack)
        }
    }
}

/// The property in which a template chooses a resource's name.
fn name_property(name: &str) -> Option<&'static str> {
    match name {
        "AWS::IAM::User" => Some("UserName"),
        "AWS::IAM::VirtualMFADevice" => Some("VirtualMfaDeviceName"),
        "AWS::Cognito::UserPool" => Some("UserPoolName"),
        _ => None,
    }
}

/// The path of an IAM resource that has one; IAM takes `/` where none is given.
fn path(name: &str, properties: &Properties<'_, '_>) -> Option<String> {
    match (name, properties.get("Path")) {
        ("AWS::IAM::User" | "AWS::IAM::VirtualMFADevice", Some(_)) => properties.text("Path"),
        ("AWS::IAM::User" | "AWS::IAM::VirtualMFADevice", None) if !properties.more => Some("/".to_owned()),
        _ => None,
    }
}

/// To whom an MFA device is given: the ARN is told where the account, the region's partition and the user's path are.
fn user(stack: &Stack<'_, '_>, properties: &Properties<'_, '_>) -> Assignment<'static> {
    let Some(users) = properties.get("Users") else { return Assignment::Unknown };
    let Value::List(names) = users.eval.value(&users.entry.value) else { return Assignment::Unknown };
    let [Value::Text(name)] = names.as_slice() else {
        return if names.is_empty() { Assignment::Unassigned } else { Assignment::Unknown };
    };
    let place = stack.scope.place();
    let (Some(account), Some(region), Some(path)) = (&place.account, &place.region, stack.users.get(name)) else {
        return Assignment::Unknown;
    };
    let (partition, _) = partition(region);
    Assignment::User(Text::from(format!("arn:{partition}:iam::{account}:user{path}{name}")))
}

/// The users of a template that say their name, with their paths.
pub(super) fn named_user<'t>(item: &Item<'_, 't>, properties: &Properties<'_, 't>) -> Option<(String, String)> {
    let kind = item.entry.value.get("Type")?.text()?;
    (kind == "AWS::IAM::User").then(|| Some((properties.text("UserName")?, path(kind, properties)?)))?
}
