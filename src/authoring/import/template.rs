//! Policies in `CloudFormation` templates and conformance packs.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::found::{Found, NotFound, config_rule, tag_policy};
use super::note::Note;
use super::steps::{MAX_DEPTH, Steps};
use crate::authoring::write::shown;
use crate::syntax::{MapEntry, Node, NodeKind};

/// The policies in a template. `given` are values of its parameters.
///
/// # Errors
/// [`NotFound::Json`], if a tag policy in it is not JSON.
pub(super) fn from_template(
    source: &str,
    root: &Node,
    given: &BTreeMap<String, String>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Found>, NotFound> {
    let scope = TemplateValues { root, given, steps: Steps::default() };
    let (mut out, mut others) = (Vec::new(), 0);
    for entry in root.get("Resources").map(Node::entries).unwrap_or_default() {
        let kind = entry.value.get("Type").and_then(Node::text).unwrap_or_default();
        let said = format!("the resource {} of {}", shown(&entry.key), shown(source));
        match kind {
            "AWS::Config::ConfigRule" | "AWS::Config::OrganizationConfigRule" => {
                out.extend(scope.properties(entry, &said, notes).map(|properties| rule(&entry.key, properties)));
            }
            "AWS::Organizations::Policy" => {
                let Some(properties) = scope.properties(entry, &said, notes) else { continue };
                if properties.get("Type").and_then(Value::as_str) == Some("TAG_POLICY") {
                    out.extend(organizations_policy(source, &said, properties, notes)?);
                } else {
                    others += 1;
                }
            }
            _ => others += 1,
        }
    }
    notes.extend(Note::others(others, source));
    Ok(out)
}

/// A rule of AWS Config. Without a name, it has that of its resource.
fn rule(resource: &str, mut properties: Map<String, Value>) -> Found {
    properties.entry("ConfigRuleName").or_insert_with(|| Value::String(resource.to_owned()));
    properties.entry("Source").or_insert(Value::Null);
    config_rule(properties)
}

fn organizations_policy(
    source: &str,
    said: &str,
    mut properties: Map<String, Value>,
    notes: &mut Vec<Note>,
) -> Result<Option<Found>, NotFound> {
    let name = properties.get("Name").and_then(Value::as_str).map(str::to_owned);
    if let Some(content @ (Value::String(_) | Value::Object(_))) = properties.remove("Content") {
        return tag_policy(source, content, name, None, false).map(Some);
    }
    notes.push(Note::lost(format!("{said} is omitted: its Content is not known")));
    Ok(None)
}

/// The values of a template, as far as it and its parameters determine them.
struct TemplateValues<'t> {
    root: &'t Node,
    given: &'t BTreeMap<String, String>,
    steps: Steps,
}

impl TemplateValues<'_> {
    /// The properties of a resource, if it exists and has some.
    fn properties(&self, entry: &MapEntry, said: &str, notes: &mut Vec<Note>) -> Option<Map<String, Value>> {
        match entry.value.get("Condition").and_then(Node::text).map(|name| self.named_condition(name, 0)) {
            Some(Some(false)) => {
                notes.push(Note::lost(format!("{said} is omitted: its condition is false")));
                return None;
            }
            Some(None) => notes.push(Note::lost(format!("{said} has a condition that is not known, and is imported"))),
            Some(Some(true)) | None => {}
        }
        if let Some(Value::Object(properties)) = entry.value.get("Properties").and_then(|node| self.value(node, 0)) {
            return Some(properties);
        }
        notes.push(Note::lost(format!("{said} is omitted: it has no Properties")));
        None
    }

    /// A value as JSON: null where it is not known, `None` where it does not exist (`AWS::NoValue`).
    fn value(&self, node: &Node, depth: u32) -> Option<Value> {
        if depth > MAX_DEPTH || !self.steps.take(node.text().map_or(0, str::len)) {
            return Some(Value::Null);
        }
        if let Some((function, argument)) = node.call() {
            return self.call(function, argument, depth);
        }
        Some(match &node.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::String(value.to_string()),
            NodeKind::Number(text) | NodeKind::Text(text) | NodeKind::AmbiguousNumber(text) => {
                Value::String(text.clone())
            }
            NodeKind::List(items) => items.iter().filter_map(|item| self.value(item, depth + 1)).collect(),
            NodeKind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .filter_map(|entry| Some((entry.key.clone(), self.value(&entry.value, depth + 1)?)))
                    .collect(),
            ),
        })
    }

    fn call(&self, function: &str, argument: &Node, depth: u32) -> Option<Value> {
        match (function, argument.items(), argument.text()) {
            ("Ref", _, Some("AWS::NoValue")) => None,
            ("Ref", _, Some(name)) => Some(self.parameter(name).map_or(Value::Null, Value::String)),
            ("Fn::If", [condition, yes, no], _) => match self.condition_value(condition, depth) {
                Some(true) => self.value(yes, depth + 1),
                Some(false) => self.value(no, depth + 1),
                None => Some(Value::Null),
            },
            ("Fn::Sub", _, Some(text)) => Some(self.substitute(text).map_or(Value::Null, Value::String)),
            ("Fn::Join", [separator, list], _) => Some(self.join(separator, list, depth).unwrap_or_default()),
            _ => Some(Value::Null),
        }
    }

    /// A parameter: the given value, or its default.
    fn parameter(&self, name: &str) -> Option<String> {
        let default = || self.root.get("Parameters")?.get(name)?.get("Default");
        let value = match self.given.get(name) {
            Some(value) => Some(value.clone()),
            None => match &default()?.kind {
                NodeKind::Number(text) | NodeKind::Text(text) | NodeKind::AmbiguousNumber(text) => Some(text.clone()),
                NodeKind::Bool(value) => Some(value.to_string()),
                _ => None,
            },
        };
        value.filter(|value| self.steps.take(value.len()))
    }

    /// `Fn::Sub` with names of parameters only.
    fn substitute(&self, text: &str) -> Option<String> {
        let mut parts = text.split("${");
        let mut out = parts.next()?.to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}')?;
            match name.strip_prefix('!') {
                Some(literal) => out += &format!("${{{literal}}}"),
                None => out += &self.parameter(name)?,
            }
            out += rest;
        }
        Some(out)
    }

    fn join(&self, separator: &Node, list: &Node, depth: u32) -> Option<Value> {
        let items = self.value(list, depth + 1)?;
        let items: Option<Vec<&str>> = items.as_array()?.iter().map(Value::as_str).collect();
        Some(Value::String(items?.join(separator.text()?)))
    }

    /// The condition that `Fn::If` names.
    fn condition_value(&self, condition: &Node, depth: u32) -> Option<bool> {
        self.named_condition(condition.text()?, depth + 1)
    }

    fn named_condition(&self, name: &str, depth: u32) -> Option<bool> {
        self.condition(self.root.get("Conditions")?.get(name)?, depth + 1)
    }

    /// A condition; `None` where it is not known.
    fn condition(&self, node: &Node, depth: u32) -> Option<bool> {
        if depth > MAX_DEPTH || !self.steps.take(0) {
            return None;
        }
        if let [entry] = node.entries()
            && entry.key == "Condition"
        {
            return self.named_condition(entry.value.text()?, depth);
        }
        let (function, argument) = node.call()?;
        let all = || argument.items().iter().map(|item| self.condition(item, depth + 1));
        match (function, argument.items()) {
            ("Fn::Not", [one]) => self.condition(one, depth + 1).map(|value| !value),
            ("Fn::Equals", [a, b]) => {
                let (a, b) = (self.value(a, depth + 1)?, self.value(b, depth + 1)?);
                (!a.is_null() && !b.is_null()).then(|| a == b)
            }
            ("Fn::And", _) if all().any(|value| value == Some(false)) => Some(false),
            ("Fn::And", _) => all().all(|value| value == Some(true)).then_some(true),
            ("Fn::Or", _) if all().any(|value| value == Some(true)) => Some(true),
            ("Fn::Or", _) => all().all(|value| value == Some(false)).then_some(false),
            _ => None,
        }
    }
}
