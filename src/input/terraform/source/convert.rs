//! Conversion of values to the types of variables.

use std::collections::BTreeMap;

use super::combine::either;
use super::value::{HclMap, HclNumber, HclValue, HclValueKind, TOO_LARGE, UnknownReason};
use crate::syntax::hcl::{Expression, ExpressionKind};

const UNKNOWN_TYPE: &str = "a type that taglint does not know";
const OTHER_TYPE: &str = "a value of another type than the variable's";

/// Converts a value to a type; unknown if taglint cannot convert it.
pub(super) fn convert(value: HclValue, of: &Expression) -> HclValue {
    let (at, sensitive) = (value.at, value.sensitive);
    let out = match &value.kind {
        HclValueKind::Null | HclValueKind::Unknown(_) => return value,
        kind => match &of.kind {
            ExpressionKind::Name(name) | ExpressionKind::Text(name) => simple(&value, name),
            ExpressionKind::Call { name, args, .. } => complex(kind, name, args),
            _ => HclValue::unknown(UNKNOWN_TYPE),
        },
    };
    let at = out.at.or(at);
    out.at(at).with_sensitivity(sensitive)
}

fn simple(value: &HclValue, name: &str) -> HclValue {
    let result = match (name, &value.kind) {
        ("string", _) => value.as_text().map(HclValue::text),
        ("bool", _) => value.as_bool().map(HclValue::bool),
        ("number", _) => value.as_number().map(|number| HclValue::new(HclValueKind::Number(number))),
        // `list`, `set` and `map` alone are the old forms of `list(any)` and so on.
        ("list", HclValueKind::List(list)) => return HclValue::typed_list(list.items.clone()),
        ("map", HclValueKind::Map(map)) => return map_of(map, |value| value),
        ("any", _) => return value.clone(),
        ("list" | "map", _) => Err(UnknownReason::failure(OTHER_TYPE)),
        // Terraform refuses `set` alone, and every other word.
        _ => Err(UNKNOWN_TYPE.into()),
    };
    result.unwrap_or_else(HclValue::unknown)
}

fn complex(kind: &HclValueKind, name: &str, args: &[Expression]) -> HclValue {
    let converted = |items: &[HclValue], of| items.iter().map(|item| convert(item.clone(), of)).collect();
    match (name, args, kind) {
        ("list", [of], HclValueKind::List(list)) => HclValue::typed_list(converted(&list.items, of)),
        ("set", [of], HclValueKind::List(list)) => HclValue::set(converted(&list.items, of)),
        ("map", [of], HclValueKind::Map(map)) => map_of(map, |value| convert(value, of)),
        ("object", [fields], HclValueKind::Map(map)) => match &fields.kind {
            ExpressionKind::Object(fields) => object(map, fields),
            _ => HclValue::unknown(UNKNOWN_TYPE),
        },
        ("tuple", [types], HclValueKind::List(list)) => {
            let ExpressionKind::List(types) = &types.kind else { return HclValue::unknown(UNKNOWN_TYPE) };
            HclValue::list(list.items.iter().zip(types).map(|(item, of)| convert(item.clone(), of)).collect())
        }
        _ => HclValue::unknown(UnknownReason::failure(OTHER_TYPE)),
    }
}

fn map_of(map: &HclMap, convert: impl Fn(HclValue) -> HclValue) -> HclValue {
    let (keys, values): (Vec<String>, Vec<HclValue>) =
        map.entries.iter().map(|(key, item)| (key.clone(), convert(item.clone()))).unzip();
    let mut possible = map.possible.clone();
    for entry in possible.values_mut() {
        entry.value = convert(entry.value.clone());
    }
    let entries = keys.into_iter().zip(super::types::unified(values)).collect();
    HclValue::map_of(entries, possible, map.more.clone(), true)
}

fn object(map: &HclMap, fields: &[(Expression, Expression)]) -> HclValue {
    let mut out = BTreeMap::new();
    for (name, of) in fields {
        let Some(name) = name.text() else { continue };
        let value = match (map.entries.get(name), map.possible.get(name), &map.more) {
            (Some(value), ..) => field(value.clone(), of),
            (None, Some(it), _) => either(&field(it.value.clone(), of), &field(HclValue::null(), of), &it.why),
            (None, None, Some(why)) => field(HclValue::unknown(why.possibly()).or_null(default_of(of).is_none()), of),
            (None, None, None) => field(HclValue::null(), of),
        };
        out.insert(name.to_owned(), value);
    }
    HclValue::map(out, None)
}

/// The default of an attribute: the second argument of `optional`.
fn default_of(of: &Expression) -> Option<&Expression> {
    match &of.kind {
        ExpressionKind::Call { name, args, .. } if name == "optional" => args.get(1),
        _ => None,
    }
}

/// An attribute of an object type: `string`, `optional(string)`, `optional(string, "x")`. A default is converted too: it
/// may have attributes with defaults of their own.
fn field(value: HclValue, of: &Expression) -> HclValue {
    let ExpressionKind::Call { name, args, .. } = &of.kind else { return convert(value, of) };
    match (name.as_str(), args.as_slice(), &value.kind) {
        ("optional", [of, default], HclValueKind::Null) => convert(literal(default), of),
        ("optional", [of, default], HclValueKind::Unknown(_)) => {
            let is_literal_null = matches!(default.kind, ExpressionKind::Null);
            let mut value = convert(value, of);
            value.nullable &= is_literal_null;
            value
        }
        ("optional", [of, ..], _) => convert(value, of),
        _ => convert(value, of),
    }
}

/// A default inside a type, which cannot refer to other values.
fn literal(node: &Expression) -> HclValue {
    let unread = || HclValue::unknown("a default that taglint does not evaluate");
    let number = |text: &str| match HclNumber::parse(text) {
        Some(number) => HclValue::new(HclValueKind::Number(number)),
        None => HclValue::unknown(TOO_LARGE),
    };
    let value = match &node.kind {
        ExpressionKind::Null => HclValue::null(),
        ExpressionKind::Bool(it) => HclValue::bool(*it),
        ExpressionKind::Text(text) => HclValue::text(text.as_str()),
        ExpressionKind::Number(text) => number(text),
        ExpressionKind::Negative(inner) => match &inner.kind {
            ExpressionKind::Number(text) => number(&format!("-{text}")),
            _ => unread(),
        },
        ExpressionKind::Object(entries) => {
            let mut out = BTreeMap::new();
            for (key, value) in entries {
                match key.text() {
                    Some(key) => drop(out.insert(key.to_owned(), literal(value))),
                    None => return unread(),
                }
            }
            HclValue::map(out, None)
        }
        ExpressionKind::List(items) => HclValue::list(items.iter().map(literal).collect()),
        _ => unread(),
    };
    value.at(Some(node.at))
}
