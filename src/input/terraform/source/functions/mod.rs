//! The functions of Terraform and `OpenTofu` whose results are exactly theirs. Every other call is unknown.
//!
//! * [`text`], [`unicode`], [`format`], [`pattern`]: strings.
//! * [`list`], [`sets`], [`map`]: collections.
//! * [`number`]: numbers.
//! * [`encoding`], [`json`], [`network`]: other notations.

mod encoding;
mod format;
mod json;
mod list;
mod map;
mod network;
mod number;
mod pattern;
mod sets;
mod text;
mod unicode;

use super::combine::any_of;
use super::types::{as_type, type_of, unify};
use super::value::{HclList, HclMap, HclValue, HclValueKind, UnknownReason};

type FunctionResult = Result<HclValue, UnknownReason>;

/// The largest collection of which an unknown key may take any value.
const MAX_CHOICES: usize = 100;

/// The cost of a value in steps.
pub(super) fn size(value: &HclValue) -> usize {
    match &value.kind {
        HclValueKind::List(list) => list.items.len(),
        HclValueKind::Map(map) => map.entries.len(),
        HclValueKind::Text(text) => text.len() / 64,
        _ => 0,
    }
}

/// The result of a function.
pub(super) fn call(name: &str, args: &[HclValue]) -> HclValue {
    let sensitive = name != "nonsensitive" && (name == "sensitive" || args.iter().any(|arg| arg.sensitive));
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
        .or_else(|| conversion(name, args));
    found.unwrap_or_else(|| Err(unevaluated(name)))
}

/// The reason why a function has no value.
fn unevaluated(name: &str) -> UnknownReason {
    match name {
        "timestamp" | "plantimestamp" | "uuid" | "bcrypt" => format!("`{name}()` is known only after apply"),
        "file" | "filebase64" | "filebase64sha256" | "filebase64sha512" | "fileexists" | "filemd5" | "fileset"
        | "filesha1" | "filesha256" | "filesha512" | "templatefile" => {
            format!("`{name}()` reads a file, which taglint does not")
        }
        _ => format!("`{name}()` is not evaluated by taglint"),
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
        ("tolist", [value]) => nullable(value, |value| items(value).map(|it| HclValue::typed_list(it.items.clone()))),
        ("toset", [value]) => nullable(value, |value| items(value).map(|it| HclValue::set(it.items.clone()))),
        ("sensitive" | "nonsensitive" | "ephemeralasnull", [value]) => Ok(value.clone()),
        ("issensitive", [value]) => match value.why() {
            Some(why) if !value.sensitive => Err(why.clone()),
            _ => Ok(HclValue::bool(value.sensitive)),
        },
        _ => return None,
    })
}

/// The value at a key of a map or an index of a list.
pub(super) fn at(value: &HclValue, key: &HclValue) -> HclValue {
    found(value, key).unwrap_or_else(HclValue::unknown)
}

fn found(value: &HclValue, key: &HclValue) -> FunctionResult {
    match &value.kind {
        HclValueKind::Map(map) => {
            let key = key.as_text()?;
            match (map.entries.get(&*key), map.possible.get(&*key), &map.more) {
                (Some(value), ..) => Ok(value.clone()),
                (None, Some(it), _) => Ok(HclValue::unknown(it.why.possibly()).or_null(it.value.may_be_null())),
                (None, None, Some(why)) => Err(why.possibly()),
                (None, None, None) => Err(UnknownReason::failure("a key that is not in the map")),
            }
        }
        HclValueKind::List(list) if !list.set => {
            let item = usize::try_from(key.as_whole()?).ok().and_then(|at| list.items.get(at));
            item.cloned().ok_or_else(|| UnknownReason::failure("an index that is not in the list"))
        }
        HclValueKind::Unknown(why) => Err(why.clone()),
        HclValueKind::Null => Err(UnknownReason::failure("a step into null")),
        _ => Err(UnknownReason::failure("a step into a value that is not a collection")),
    }
}

/// The value at an unknown key: any value of the map, or the default. A step with such a key is unknown, because Terraform
/// refuses a key that is not there.
fn any_entry(map: &HclMap, default: &HclValue, why: &UnknownReason) -> HclValue {
    if map.more.is_some() || map.entries.len() + map.possible.len() > MAX_CHOICES {
        return HclValue::unknown(why.clone()).or_null(default.may_be_null());
    }
    let values = map.entries.values().chain(map.possible.values().map(|it| &it.value));
    any_of(values.chain([default]), why)
}

/// A reason where a result has no value at all.
fn failure(text: impl Into<std::sync::Arc<str>>) -> UnknownReason {
    UnknownReason::failure(text)
}

fn nullable(value: &HclValue, convert: impl FnOnce(&HclValue) -> FunctionResult) -> FunctionResult {
    match &value.kind {
        HclValueKind::Null => Ok(HclValue::null()),
        HclValueKind::Unknown(why) => Ok(HclValue::unknown(why.clone()).or_null(value.nullable)),
        _ => convert(value),
    }
}

/// The items of a list, tuple or set.
fn items(value: &HclValue) -> Result<&HclList, UnknownReason> {
    match &value.kind {
        HclValueKind::List(list) => Ok(list),
        HclValueKind::Unknown(why) => Err(why.clone()),
        HclValueKind::Null => Err(failure("null where a list is expected")),
        _ => Err(failure("a value that is not a list")),
    }
}

/// A map of which every key is known.
fn complete(value: &HclValue) -> Result<&HclMap, UnknownReason> {
    match &value.kind {
        HclValueKind::Map(map) => map.incomplete_reason().cloned().map_or(Ok(map), Err),
        HclValueKind::Unknown(why) => Err(why.clone()),
        _ => Err(failure("a value that is not a map")),
    }
}

/// A value as one of several that have one type.
fn among(value: &HclValue, all: &[HclValue]) -> HclValue {
    let types: Option<Vec<_>> = all.iter().map(type_of).collect();
    match types.and_then(|types| unify(&types)) {
        Some(of) => as_type(value.clone(), &of),
        None => value.clone(),
    }
}

fn count(length: usize) -> FunctionResult {
    i64::try_from(length).map(HclValue::whole).map_err(|_| "a large number".into())
}

fn texts<'t>(items: impl IntoIterator<Item = &'t str>) -> HclValue {
    HclValue::typed_list(items.into_iter().map(HclValue::text).collect())
}
