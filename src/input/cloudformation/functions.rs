//! The intrinsic functions, each as far as its arguments are known.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::evaluate::{Eval, LONGEST, Value, literal};
use super::node::{Kind, Node};

/// What a function gives. Those that only the deployment can answer (`Fn::GetAtt`, `Fn::ImportValue`, `Fn::GetAZs`,
/// `Fn::Cidr`, `Fn::Transform`, …) and those that no one knows yet are unknown.
pub(super) fn call(eval: &Eval<'_, '_>, name: &str, argument: &Node) -> Value {
    let items = argument.items();
    match (name, items) {
        ("Ref", _) => argument.text().map_or(Value::Unknown, |name| eval.reference(name)),
        ("Fn::Sub", []) => argument.text().map_or(Value::Unknown, |text| sub(eval, text, &[])),
        ("Fn::Sub", [text, names]) => text.text().map_or(Value::Unknown, |text| {
            let names: Vec<_> =
                names.entries().iter().map(|entry| (entry.key.as_str(), eval.value(&entry.value))).collect();
            sub(eval, text, &names)
        }),
        ("Fn::If", [condition, yes, no]) => choose(eval, condition, yes, no),
        ("Fn::Join", [separator, list]) => join(eval, separator, list).unwrap_or(Value::Unknown),
        ("Fn::Select", [at, list]) => select(eval, at, list).unwrap_or(Value::Unknown),
        ("Fn::Split", [separator, text]) => split(eval, separator, text).unwrap_or(Value::Unknown),
        ("Fn::FindInMap", [map, top, second, rest @ ..]) => find(eval, [map, top, second], rest),
        ("Fn::Base64", _) => {
            eval.text(argument).map_or(Value::Unknown, |text| Value::text(BASE64_STANDARD.encode(text)))
        }
        ("Fn::Length", _) => match eval.value(argument) {
            Value::List(items) => Value::Text(items.len().to_string()),
            _ => Value::Unknown,
        },
        ("Fn::ToJsonString", _) if !has_bare(argument) => match json(&eval.value(argument)) {
            Some(json) => Value::text(json.to_string()),
            None => Value::Unknown,
        },
        _ => Value::Unknown,
    }
}

/// One of two values; where the condition can't be told, what they have in common.
fn choose(eval: &Eval<'_, '_>, condition: &Node, yes: &Node, no: &Node) -> Value {
    match condition.text().and_then(|name| eval.condition(name)) {
        Some(true) => eval.value(yes),
        Some(false) => eval.value(no),
        None => {
            let (yes, no) = (eval.value(yes), eval.value(no));
            if yes == no { yes } else { Value::Unknown }
        }
    }
}

/// `${Name}` in a text: first the names of the call, then what `Ref` knows; `${!Name}` stands for itself.
fn sub(eval: &Eval<'_, '_>, text: &str, names: &[(&str, Value)]) -> Value {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("${") {
        let Some(length) = rest[at..].find('}') else { break };
        out += &rest[..at];
        let name = rest[at + 2..at + length].trim();
        rest = &rest[at + length + 1..];
        if let Some(literal) = name.strip_prefix('!') {
            out += &format!("${{{literal}}}");
            continue;
        }
        let own = names.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone());
        match own.unwrap_or_else(|| eval.reference(name)) {
            Value::Text(text) if out.len() + text.len() <= LONGEST => out += &text,
            _ => return Value::Unknown,
        }
    }
    Value::text(out + rest)
}

fn join(eval: &Eval<'_, '_>, separator: &Node, list: &Node) -> Option<Value> {
    let separator = eval.text(separator)?;
    let Value::List(items) = eval.value(list) else { return None };
    let mut out = String::new();
    for (at, item) in items.iter().enumerate() {
        let item = item.as_text()?;
        if out.len() + separator.len() + item.len() > LONGEST {
            return None;
        }
        if at > 0 {
            out += &separator;
        }
        out += item;
    }
    Some(Value::text(out))
}

fn select(eval: &Eval<'_, '_>, at: &Node, list: &Node) -> Option<Value> {
    let at: usize = eval.text(at)?.parse().ok()?;
    match eval.value(list) {
        Value::List(mut items) if at < items.len() => Some(items.swap_remove(at)),
        _ => None,
    }
}

fn split(eval: &Eval<'_, '_>, separator: &Node, text: &Node) -> Option<Value> {
    let (separator, text) = (eval.text(separator)?, eval.text(text)?);
    if separator.is_empty() {
        return None;
    }
    Some(Value::List(text.split(&separator).map(|part| Value::Text(part.to_owned())).collect()))
}

/// The value of a mapping; where it has none, the default that the call gives.
fn find(eval: &Eval<'_, '_>, names: [&Node; 3], rest: &[Node]) -> Value {
    let [Some(map), Some(top), Some(second)] = names.map(|name| eval.text(name)) else { return Value::Unknown };
    match eval.mapping(&map, &top, &second) {
        Some(node) => literal(node),
        None => rest.iter().find_map(|more| more.get("DefaultValue")).map_or(Value::Unknown, |node| eval.value(node)),
    }
}

/// Whether an expression has a value that is no text: JSON would show it without quotes.
fn has_bare(node: &Node) -> bool {
    match &node.kind {
        Kind::Text(_) => false,
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Odd(_) => true,
        Kind::List(items) => items.iter().any(has_bare),
        Kind::Map(entries) => entries.iter().any(|entry| has_bare(&entry.value)),
    }
}

fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::Text(text) => text.clone().into(),
        Value::List(items) => items.iter().map(json).collect::<Option<Vec<_>>>()?.into(),
        // In which order several keys come is not documented.
        Value::Map(entries) if entries.len() < 2 => {
            let entries = entries.iter().map(|(key, value)| Some((key.clone(), json(value)?)));
            serde_json::Value::Object(entries.collect::<Option<_>>()?)
        }
        Value::Map(_) | Value::Nothing | Value::Unknown => return None,
    })
}
