//! What a variable's type makes of a value.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{Kind, Value};
use crate::syntax::hcl::{Expression, ExpressionKind};

/// The value as a value of this type; unknown where it is none.
pub(super) fn convert(value: Value, of: &Expression) -> Value {
    let (at, sensitive) = (value.at, value.sensitive);
    let out = match &value.kind {
        Kind::Null | Kind::Unknown(_) => return value,
        kind => match &of.kind {
            ExpressionKind::Name(name) | ExpressionKind::Text(name) => simple(&value, name),
            ExpressionKind::Call { name, args, .. } => complex(kind, name, args),
            _ => Value::unknown("a type that taglint does not know"),
        },
    };
    let at = out.at.or(at);
    out.at(at).guarded(sensitive)
}

fn simple(value: &Value, name: &str) -> Value {
    let result = match name {
        "string" => value.as_text().map(Value::text),
        "bool" => value.as_bool().map(Value::bool),
        "number" => match &value.kind {
            Kind::Number(_) => return value.clone(),
            _ => value.as_whole().map(Value::whole),
        },
        _ => return value.clone(),
    };
    result.unwrap_or_else(Value::unknown)
}

fn complex(kind: &Kind, name: &str, args: &[Expression]) -> Value {
    match (name, args, kind) {
        ("list", [of], Kind::List(list)) => {
            Value::list(list.items.iter().map(|item| convert(item.clone(), of)).collect())
        }
        ("set", [of], Kind::List(list)) => {
            let items: Vec<Value> = list.items.iter().map(|item| convert(item.clone(), of)).collect();
            Value::set(items)
        }
        ("map", [of], Kind::Map(map)) => {
            let entries = map.entries.iter().map(|(key, item)| (key.clone(), convert(item.clone(), of))).collect();
            Value::doubtful_map(entries, map.maybe.clone(), map.more.clone())
        }
        ("object", [fields], Kind::Map(map)) => {
            let ExpressionKind::Object(fields) = &fields.kind else {
                return Value::unknown("a type that taglint does not know");
            };
            let mut out = BTreeMap::new();
            for (name, of) in fields {
                let Some(name) = name.text() else { continue };
                let found = map.entries.get(name).cloned();
                let unset = || match map.maybe.get(name).or(map.more.as_ref()) {
                    Some(why) => Value::new(Kind::Unknown(Arc::clone(why))),
                    None => Value::null(),
                };
                out.insert(name.to_owned(), field(found.unwrap_or_else(unset), of));
            }
            Value::map(out, None)
        }
        ("tuple", [types], Kind::List(list)) => {
            let ExpressionKind::List(types) = &types.kind else {
                return Value::unknown("a type that taglint does not know");
            };
            Value::list(list.items.iter().zip(types).map(|(item, of)| convert(item.clone(), of)).collect())
        }
        _ => Value::unknown("a value of another type than the variable's"),
    }
}

/// An attribute of an object type: `string`, `optional(string)`, `optional(string, "x")`.
fn field(value: Value, of: &Expression) -> Value {
    let ExpressionKind::Call { name, args, .. } = &of.kind else { return convert(value, of) };
    match (name.as_str(), args.as_slice(), &value.kind) {
        ("optional", [_, default], Kind::Null) => literal(default),
        ("optional", [of, ..], _) => convert(value, of),
        _ => convert(value, of),
    }
}

/// A default inside of a type, which can't refer to anything.
fn literal(node: &Expression) -> Value {
    let value = match &node.kind {
        ExpressionKind::Null => Value::null(),
        ExpressionKind::Bool(it) => Value::bool(*it),
        ExpressionKind::Text(text) => Value::text(text.as_str()),
        ExpressionKind::Number(text) => super::value::Number::parse(text).map_or_else(
            || Value::unknown("a number that taglint does not write out"),
            |n| Value::new(Kind::Number(n)),
        ),
        ExpressionKind::Object(entries) => {
            let mut out = BTreeMap::new();
            for (key, value) in entries {
                match key.text() {
                    Some(key) => drop(out.insert(key.to_owned(), literal(value))),
                    None => return Value::unknown("a default that taglint does not work out"),
                }
            }
            Value::map(out, None)
        }
        ExpressionKind::List(items) => Value::list(items.iter().map(literal).collect()),
        _ => Value::unknown("a default that taglint does not work out"),
    };
    value.at(Some(node.at))
}
