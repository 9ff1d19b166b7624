//! The steps that functions share.

use std::sync::Arc;

use super::super::combine::any_of;
use super::super::types::{as_type, one_type, type_of, unified, unify};
pub(super) use super::super::value::TOO_LARGE;
use super::super::value::{HclList, HclMap, HclValue, HclValueKind, MAX_TEXT, UnknownReason};

pub(super) type FunctionResult = Result<HclValue, UnknownReason>;

/// The largest collection of which an unknown key may take any value.
const MAX_CHOICES: usize = 100;

/// The value at a key of a map or an index of a list.
pub(super) fn at(value: &HclValue, key: &HclValue) -> HclValue {
    found(value, key).unwrap_or_else(HclValue::unknown)
}

pub(super) fn found(value: &HclValue, key: &HclValue) -> FunctionResult {
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
pub(super) fn any_entry(map: &HclMap, default: &HclValue, why: &UnknownReason) -> HclValue {
    if map.more.is_some() || map.entries.len() + map.possible.len() > MAX_CHOICES {
        return HclValue::unknown(why.clone()).or_null(default.may_be_null());
    }
    let values = map.entries.values().chain(map.possible.values().map(|it| &it.value));
    any_of(values.chain([default]), why)
}

/// A reason where a result has no value at all.
pub(super) fn failure(text: impl Into<Arc<str>>) -> UnknownReason {
    UnknownReason::failure(text)
}

pub(super) fn nullable(value: &HclValue, convert: impl FnOnce(&HclValue) -> FunctionResult) -> FunctionResult {
    match &value.kind {
        HclValueKind::Null => Ok(HclValue::null()),
        HclValueKind::Unknown(why) => Ok(HclValue::unknown(why.clone()).or_null(value.nullable)),
        _ => convert(value),
    }
}

/// The items of a list, tuple or set.
pub(super) fn items(value: &HclValue) -> Result<&HclList, UnknownReason> {
    match &value.kind {
        HclValueKind::List(list) => Ok(list),
        HclValueKind::Unknown(why) => Err(why.clone()),
        HclValueKind::Null => Err(failure("null where a list is expected")),
        _ => Err(failure("a value that is not a list")),
    }
}

/// The items of a list or tuple. Terraform takes no set there.
pub(super) fn sequence(value: &HclValue) -> Result<&HclList, UnknownReason> {
    let list = items(value)?;
    if list.set { Err(failure("a set where a list is expected")) } else { Ok(list) }
}

/// The items, converted to one type.
pub(super) fn listed(value: &HclValue) -> Result<Vec<HclValue>, UnknownReason> {
    let items = &items(value)?.items;
    one_type(items)?;
    Ok(unified(items.clone()))
}

/// A map of which every key is known.
pub(super) fn complete(value: &HclValue) -> Result<&HclMap, UnknownReason> {
    match &value.kind {
        HclValueKind::Map(map) => map.incomplete_reason().cloned().map_or(Ok(map), Err),
        HclValueKind::Unknown(why) => Err(why.clone()),
        _ => Err(failure("a value that is not a map")),
    }
}

/// A value as one of several that have one type.
pub(super) fn among(value: &HclValue, all: &[HclValue]) -> FunctionResult {
    one_type(all)?;
    let types: Option<Vec<_>> = all.iter().map(type_of).collect();
    Ok(match types.and_then(|types| unify(&types)) {
        Some(of) => as_type(value.clone(), &of),
        None => value.clone(),
    })
}

pub(super) fn count(length: usize) -> FunctionResult {
    i64::try_from(length).map(HclValue::whole).map_err(|_| "a large number".into())
}

pub(super) fn texts<'t>(items: impl IntoIterator<Item = &'t str>) -> HclValue {
    HclValue::typed_list(items.into_iter().map(HclValue::text).collect())
}

/// Refuses a text of this length before it is made.
pub(super) fn bounded(length: usize) -> Result<(), UnknownReason> {
    if length > MAX_TEXT { Err("a string that is too long".into()) } else { Ok(()) }
}

/// Returns whether a value is the empty string.
pub(super) fn is_empty(value: &HclValue) -> bool {
    matches!(&value.kind, HclValueKind::Text(text) if text.is_empty())
}
