//! Functions of maps.

use std::collections::BTreeMap;

use super::super::combine::{either, merge};
use super::super::value::{HclValue, HclValueKind};
use super::shared::{FunctionResult, any_entry, complete, failure, found, items, nullable, texts};

pub(super) fn call(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    Some(match (name, args) {
        ("merge", _) => Ok(merge(args)),
        ("tomap", [map]) => nullable(map, tomap),
        ("keys", [map]) => complete(map).map(|map| texts(map.entries.keys().map(String::as_str))),
        ("values", [map]) => values(map),
        ("lookup", [map, key, rest @ ..]) => lookup(map, key, rest.first()),
        ("zipmap", [keys, values]) => zipmap(keys, values),
        ("transpose", [map]) => transpose(map),
        _ => return None,
    })
}

fn tomap(map: &HclValue) -> FunctionResult {
    let HclValueKind::Map(map) = &map.kind else { return Err(failure("tomap() of a value that is not a map")) };
    super::super::types::one_type(map.entries.values())?;
    let values = super::super::types::unified(map.entries.values().cloned().collect());
    let entries = map.entries.keys().cloned().zip(values).collect();
    Ok(HclValue::map_of(entries, map.possible.clone(), map.more.clone(), true))
}

fn values(map: &HclValue) -> FunctionResult {
    let map = complete(map)?;
    let values = map.entries.values().cloned().collect();
    Ok(if map.typed { HclValue::typed_list(values) } else { HclValue::list(values) })
}

fn lookup(map: &HclValue, key: &HclValue, default: Option<&HclValue>) -> FunctionResult {
    let Some(default) = default else { return found(map, key) };
    let entries = match &map.kind {
        HclValueKind::Map(entries) => entries,
        HclValueKind::Unknown(why) => return Ok(HclValue::unknown(why.possibly()).or_null(default.may_be_null())),
        _ => return found(map, key),
    };
    if let Some(why) = key.why() {
        return Ok(any_entry(entries, default, why));
    }
    let name = key.as_text()?;
    Ok(match (entries.entries.get(&*name), entries.possible.get(&*name), &entries.more) {
        (Some(value), ..) => value.clone(),
        (None, Some(it), _) => either(&it.value, default, &it.why),
        (None, None, Some(why)) => HclValue::unknown(why.possibly()).or_null(default.may_be_null()),
        (None, None, None) => default.clone(),
    })
}

fn zipmap(keys: &HclValue, values: &HclValue) -> FunctionResult {
    let (keys, values) = (&items(keys)?.items, items(values)?);
    if keys.len() != values.items.len() {
        return Err(failure("zipmap() of lists of different lengths"));
    }
    let mut out = BTreeMap::new();
    for (key, value) in keys.iter().zip(&values.items) {
        out.insert(key.as_text()?.to_string(), value.clone());
    }
    Ok(HclValue::map_of(out, BTreeMap::new(), None, values.typed))
}

fn transpose(map: &HclValue) -> FunctionResult {
    let mut out = BTreeMap::<String, Vec<HclValue>>::new();
    for (key, values) in &complete(map)?.entries {
        for value in &items(values)?.items {
            out.entry(value.as_text()?.to_string()).or_default().push(HclValue::text(key.as_str()));
        }
    }
    let lists = out.into_iter().map(|(key, list)| (key, HclValue::typed_list(list)));
    Ok(HclValue::map_of(lists.collect(), BTreeMap::new(), None, true))
}
