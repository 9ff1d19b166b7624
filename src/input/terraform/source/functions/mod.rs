//! The functions of Terraform and `OpenTofu` whose results are exactly theirs. Every other call is unknown.
//!
//! * `text`, `unicode`, `format`, `pattern`, `go_regex`: strings.
//! * `list`, `sets`, `map`: collections.
//! * `number`: numbers.
//! * `encoding`, `json`, `yaml`, `yaml_text`, `csv`, `network`, `time`: other notations.

mod csv;
mod digest;
mod encoding;
mod format;
mod go_regex;
mod json;
mod list;
mod map;
mod network;
mod number;
mod pattern;
mod sets;
mod shared;
mod text;
mod time;
mod unicode;
mod yaml;
mod yaml_text;

use super::value::{HclValue, HclValueKind, UnknownReason};
use crate::model::KNOWN_AFTER_APPLY;
use shared::{FunctionResult, items, listed, nullable};

/// The cost of a value in steps.
pub(super) fn size(value: &HclValue) -> usize {
    match &value.kind {
        // The last of several numbers stands for all.
        HclValueKind::List(list) => list.items.len() * (1 + list.items.last().map_or(0, cost_of_number)),
        HclValueKind::Map(map) => map.entries.len(),
        HclValueKind::Text(text) => text.len() / 64,
        _ => cost_of_number(value),
    }
}

fn cost_of_number(value: &HclValue) -> usize {
    match &value.kind {
        HclValueKind::Number(number) => number.cost(),
        _ => 0,
    }
}

/// The value at a key of a map or an index of a list.
pub(super) fn at(value: &HclValue, key: &HclValue) -> HclValue {
    shared::at(value, key)
}

/// The functions whose results are or consist of parts of their arguments, and those that say nothing of the values.
const KEEP_PARTS: &[&str] = &[
    "chunklist",
    "coalesce",
    "coalescelist",
    "compact",
    "concat",
    "distinct",
    "element",
    "flatten",
    "keys",
    "length",
    "lookup",
    "matchkeys",
    "merge",
    "one",
    "reverse",
    "slice",
    "tolist",
    "tomap",
    "toset",
    "values",
];

/// The result of a function.
pub(super) fn call(name: &str, args: &[HclValue]) -> HclValue {
    // The parts of a collection keep their own marks; a text that is made of them has those of all.
    let keeps_parts = KEEP_PARTS.contains(&name);
    let is_sensitive = |arg: &HclValue| if keeps_parts { arg.sensitive } else { arg.holds_sensitive() };
    let sensitive = match name {
        "sensitive" => true,
        // Whether a value is a secret is none.
        "nonsensitive" | "issensitive" => false,
        _ => args.iter().any(is_sensitive),
    };
    let mut value = known(name, args).unwrap_or_else(HclValue::unknown);
    if name == "nonsensitive" {
        value.sensitive = false;
    }
    value.with_sensitivity(sensitive)
}

fn known(name: &str, args: &[HclValue]) -> FunctionResult {
    // No function but these takes an argument that failed for a value.
    if let Some(why) = args.iter().filter_map(HclValue::why).find(|why| why.fails) {
        return Err(why.clone());
    }
    let found = text::call(name, args)
        .or_else(|| list::call(name, args))
        .or_else(|| sets::call(name, args))
        .or_else(|| map::call(name, args))
        .or_else(|| number::call(name, args))
        .or_else(|| encoding::call(name, args))
        .or_else(|| network::call(name, args))
        .or_else(|| time::call(name, args))
        .or_else(|| conversion(name, args));
    found.unwrap_or_else(|| Err(unevaluated(name)))
}

/// The reason why a function has no value.
fn unevaluated(name: &str) -> UnknownReason {
    match name {
        "timestamp" | "plantimestamp" | "uuid" | "bcrypt" => format!("`{name}()` {KNOWN_AFTER_APPLY}"),
        "base64gzip" => "`base64gzip()` depends on the compressor of Terraform".to_owned(),
        _ => format!("`{name}()`, which taglint does not evaluate"),
    }
    .into()
}

fn conversion(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    Some(match (name, args) {
        ("tostring", [value]) => nullable(value, |value| value.as_text().map(HclValue::text)),
        ("tobool", [value]) => nullable(value, |value| value.as_bool().map(HclValue::bool)),
        ("tonumber", [value]) => {
            nullable(value, |value| value.as_number().map(|it| HclValue::new(HclValueKind::Number(it))))
        }
        ("tolist", [value]) => nullable(value, |value| listed(value).map(HclValue::typed_list)),
        ("toset", [value]) => nullable(value, |value| items(value).map(|it| HclValue::set(it.items.clone()))),
        ("sensitive" | "nonsensitive", [value]) => Ok(value.clone()),
        ("ephemeralasnull", [value]) => Ok(without_ephemeral(value)),
        ("issensitive", [value]) => match value.why() {
            Some(why) if !value.sensitive => Err(why.clone()),
            _ => Ok(HclValue::bool(value.sensitive)),
        },
        _ => return None,
    })
}

/// The value of `ephemeralasnull`. An ephemeral value is marked like a sensitive one, and becomes null; an unknown one may
/// be ephemeral.
fn without_ephemeral(value: &HclValue) -> HclValue {
    match value.why() {
        None if value.holds_sensitive() => HclValue::unknown("a value that may be ephemeral").or_null(true),
        Some(why) if !why.fails => value.clone().or_null(true),
        _ => value.clone(),
    }
}
