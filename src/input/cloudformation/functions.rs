//! The intrinsic functions, each as far as its arguments are known.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::evaluate::{MAX_TEXT, TemplateEvaluator, TemplateValue, literal};
use crate::syntax::{DUPLICATE, Node, NodeKind};

/// The value of an intrinsic function call. Functions that only a deployment can evaluate (`Fn::GetAtt`,
/// `Fn::ImportValue`, `Fn::GetAZs`, `Fn::Cidr`, `Fn::Transform`, …) and functions that taglint does not know give an
/// unknown value.
pub(super) fn call(eval: &TemplateEvaluator<'_, '_>, name: &str, argument: &Node) -> TemplateValue {
    let items = argument.items();
    match (name, items) {
        ("Ref", _) => argument.text().map_or(TemplateValue::Unknown, |name| eval.reference(name)),
        ("Fn::Sub", []) => argument.text().map_or(TemplateValue::Unknown, |text| sub(eval, text, &[])),
        // A transform adds names that nobody knows.
        ("Fn::Sub", [_, names]) if names.entries().iter().any(|entry| entry.key.starts_with("Fn::")) => {
            TemplateValue::Unknown
        }
        ("Fn::Sub", [text, names]) => text.text().map_or(TemplateValue::Unknown, |text| {
            let names: Vec<_> =
                names.entries().iter().map(|entry| (entry.key.as_str(), eval.value(&entry.value))).collect();
            sub(eval, text, &names)
        }),
        ("Fn::If", [condition, yes, no]) => if_function(eval, condition, yes, no),
        ("Fn::Join", [separator, list]) => join(eval, separator, list).unwrap_or(TemplateValue::Unknown),
        ("Fn::Select", [at, list]) => select(eval, at, list).unwrap_or(TemplateValue::Unknown),
        ("Fn::Split", [separator, text]) => split(eval, separator, text).unwrap_or(TemplateValue::Unknown),
        ("Fn::FindInMap", [map, top, second, rest @ ..]) => find(eval, [map, top, second], rest),
        ("Fn::Base64", _) => {
            eval.text(argument).map_or(TemplateValue::Unknown, |text| TemplateValue::text(BASE64_STANDARD.encode(text)))
        }
        ("Fn::Length", _) => match eval.value(argument) {
            TemplateValue::List(items) => TemplateValue::Text(items.len().to_string()),
            _ => TemplateValue::Unknown,
        },
        ("Fn::ToJsonString", _) if !has_unquoted_scalar(argument) => match to_json(&eval.value(argument)) {
            Some(to_json) => TemplateValue::text(to_json.to_string()),
            None => TemplateValue::Unknown,
        },
        _ => TemplateValue::Unknown,
    }
}

/// Evaluates `Fn::If`: one of two values. If the condition is unknown, their common value, else unknown.
fn if_function(eval: &TemplateEvaluator<'_, '_>, condition: &Node, yes: &Node, no: &Node) -> TemplateValue {
    match eval.holds(condition) {
        Some(true) => eval.value(yes),
        Some(false) => eval.value(no),
        None => {
            let (yes, no) = (eval.value(yes), eval.value(no));
            if yes == no { yes } else { TemplateValue::Unknown }
        }
    }
}

/// Evaluates `Fn::Sub`: the names of the call win over those that `Ref` resolves, and `${!Name}` is the literal
/// `${Name}`.
fn sub(eval: &TemplateEvaluator<'_, '_>, text: &str, names: &[(&str, TemplateValue)]) -> TemplateValue {
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
            TemplateValue::Text(text) if out.len() + text.len() <= MAX_TEXT => out += &text,
            _ => return TemplateValue::Unknown,
        }
    }
    TemplateValue::text(out + rest)
}

fn join(eval: &TemplateEvaluator<'_, '_>, separator: &Node, list: &Node) -> Option<TemplateValue> {
    let separator = eval.text(separator)?;
    let TemplateValue::List(items) = eval.value(list) else { return None };
    let mut out = String::new();
    for (at, item) in items.iter().enumerate() {
        let item = item.as_text()?;
        if out.len() + separator.len() + item.len() > MAX_TEXT {
            return None;
        }
        if at > 0 {
            out += &separator;
        }
        out += item;
    }
    Some(TemplateValue::text(out))
}

fn select(eval: &TemplateEvaluator<'_, '_>, at: &Node, list: &Node) -> Option<TemplateValue> {
    let at: usize = eval.text(at)?.parse().ok()?;
    match eval.value(list) {
        TemplateValue::List(mut items) if at < items.len() => Some(items.swap_remove(at)),
        _ => None,
    }
}

fn split(eval: &TemplateEvaluator<'_, '_>, separator: &Node, text: &Node) -> Option<TemplateValue> {
    let (separator, text) = (eval.text(separator)?, eval.text(text)?);
    if separator.is_empty() {
        return None;
    }
    Some(TemplateValue::List(text.split(&separator).map(|part| TemplateValue::Text(part.to_owned())).collect()))
}

/// The value of a mapping; `DefaultValue` of the call for a missing key.
fn find(eval: &TemplateEvaluator<'_, '_>, names: [&Node; 3], rest: &[Node]) -> TemplateValue {
    let [Some(map), Some(top), Some(second)] = names.map(|name| eval.text(name)) else { return TemplateValue::Unknown };
    match eval.mapping(&map, &top, &second) {
        Some(node) => literal(node),
        // Its key stands twice, with different values.
        None if eval.mapping(&map, &top, DUPLICATE).is_some() => TemplateValue::Unknown,
        None => rest
            .iter()
            .find_map(|more| more.get("DefaultValue"))
            .map_or(TemplateValue::Unknown, |node| eval.value(node)),
    }
}

/// Returns whether an expression contains a value that is not a string: JSON would write it without quotes.
fn has_unquoted_scalar(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Text(_) => false,
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::AmbiguousNumber(_) => true,
        NodeKind::List(items) => items.iter().any(has_unquoted_scalar),
        NodeKind::Map(entries) => entries.iter().any(|entry| has_unquoted_scalar(&entry.value)),
    }
}

fn to_json(value: &TemplateValue) -> Option<serde_json::Value> {
    Some(match value {
        TemplateValue::Text(text) => text.clone().into(),
        TemplateValue::List(items) => items.iter().map(to_json).collect::<Option<Vec<_>>>()?.into(),
        // The order in which `Fn::ToJsonString` writes several keys is not documented.
        TemplateValue::Map(entries) if entries.len() < 2 => {
            let entries = entries.iter().map(|(key, value)| Some((key.clone(), to_json(value)?)));
            serde_json::Value::Object(entries.collect::<Option<_>>()?)
        }
        TemplateValue::Map(_) | TemplateValue::NoValue | TemplateValue::Unknown => return None,
    })
}

#[cfg(test)]
mod tests;
