//! Conversion of values to the types of variables.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{HclValue, HclValueKind};
use crate::syntax::hcl::{Expression, ExpressionKind};

/// Converts a value to a type; unknown if taglint cannot convert it.
pub(super) fn convert(value: HclValue, of: &Expression) -> HclValue {
    let (at, sensitive) = (value.at, value.sensitive);
    let out = match &value.kind {
        HclValueKind::Null | HclValueKind::Unknown(_) => return value,
        kind => match &of.kind {
            ExpressionKind::Name(name) | ExpressionKind::Text(name) => simple(&value, name),
            ExpressionKind::Call { name, args, .. } => complex(kind, name, args),
            _ => HclValue::unknown("a type that taglint does not know"),
        },
    };
    let at = out.at.or(at);
    out.at(at).with_sensitivity(sensitive)
}

fn simple(value: &HclValue, name: &str) -> HclValue {
    let result = match name {
        "string" => value.as_text().map(HclValue::text),
        "bool" => value.as_bool().map(HclValue::bool),
        "number" => match &value.kind {
            HclValueKind::Number(_) => return value.clone(),
            _ => value.as_whole().map(HclValue::whole),
        },
        _ => return value.clone(),
    };
    result.unwrap_or_else(HclValue::unknown)
}

fn complex(kind: &HclValueKind, name: &str, args: &[Expression]) -> HclValue {
    match (name, args, kind) {
        ("list", [of], HclValueKind::List(list)) => {
            HclValue::list(list.items.iter().map(|item| convert(item.clone(), of)).collect())
        }
        ("set", [of], HclValueKind::List(list)) => {
            let items: Vec<HclValue> = list.items.iter().map(|item| convert(item.clone(), of)).collect();
            HclValue::set(items)
        }
        ("map", [of], HclValueKind::Map(map)) => {
            let entries = map.entries.iter().map(|(key, item)| (key.clone(), convert(item.clone(), of))).collect();
            HclValue::partial_map(entries, map.possible.clone(), map.more.clone())
        }
        ("object", [fields], HclValueKind::Map(map)) => {
            let ExpressionKind::Object(fields) = &fields.kind else {
                return HclValue::unknown("a type that taglint does not know");
            };
            let mut out = BTreeMap::new();
            for (name, of) in fields {
                let Some(name) = name.text() else { continue };
                let found = map.entries.get(name).cloned();
                let unset = || match map.possible.get(name).or(map.more.as_ref()) {
                    Some(why) => HclValue::new(HclValueKind::Unknown(Arc::clone(why))),
                    None => HclValue::null(),
                };
                out.insert(name.to_owned(), field(found.unwrap_or_else(unset), of));
            }
            HclValue::map(out, None)
        }
        ("tuple", [types], HclValueKind::List(list)) => {
            let ExpressionKind::List(types) = &types.kind else {
                return HclValue::unknown("a type that taglint does not know");
            };
            HclValue::list(list.items.iter().zip(types).map(|(item, of)| convert(item.clone(), of)).collect())
        }
        _ => HclValue::unknown("a value of another type than the variable's"),
    }
}

/// An attribute of an object type: `string`, `optional(string)`, `optional(string, "x")`.
fn field(value: HclValue, of: &Expression) -> HclValue {
    let ExpressionKind::Call { name, args, .. } = &of.kind else { return convert(value, of) };
    match (name.as_str(), args.as_slice(), &value.kind) {
        ("optional", [_, default], HclValueKind::Null) => literal(default),
        ("optional", [of, ..], _) => convert(value, of),
        _ => convert(value, of),
    }
}

/// A default inside a type, which cannot refer to other values.
fn literal(node: &Expression) -> HclValue {
    let value = match &node.kind {
        ExpressionKind::Null => HclValue::null(),
        ExpressionKind::Bool(it) => HclValue::bool(*it),
        ExpressionKind::Text(text) => HclValue::text(text.as_str()),
        ExpressionKind::Number(text) => super::value::HclNumber::parse(text).map_or_else(
            || HclValue::unknown("a number that taglint does not write out"),
            |n| HclValue::new(HclValueKind::Number(n)),
        ),
        ExpressionKind::Object(entries) => {
            let mut out = BTreeMap::new();
            for (key, value) in entries {
                match key.text() {
                    Some(key) => drop(out.insert(key.to_owned(), literal(value))),
                    None => return HclValue::unknown("a default that taglint does not evaluate"),
                }
            }
            HclValue::map(out, None)
        }
        ExpressionKind::List(items) => HclValue::list(items.iter().map(literal).collect()),
        _ => HclValue::unknown("a default that taglint does not evaluate"),
    };
    value.at(Some(node.at))
}
