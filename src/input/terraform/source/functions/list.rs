//! Functions of lists.

use std::cmp::Ordering;

use super::super::operators::equal;
use super::super::types::one_type;
use super::super::value::{HclList, HclNumber, HclValue, HclValueKind, MAX_ENTRIES, UnknownReason};
use super::shared::{FunctionResult, TOO_LARGE, among, complete, count, failure, is_empty, items, listed, sequence};
use super::unicode;

pub(super) fn call(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    Some(match (name, args) {
        ("concat", lists) => concat(lists),
        ("coalesce", values) => coalesce(values),
        ("coalescelist", lists) => coalescelist(lists),
        ("compact", [value]) => compact(value),
        ("distinct", [value]) => listed(value).and_then(distinct),
        ("flatten", [value]) => flatten(value),
        ("contains", [value, item]) => contains(value, item),
        ("index", [value, item]) => index(value, item),
        ("element", [value, at]) => element(value, at),
        ("length", [value]) => length(value),
        ("one", [value]) => one(value),
        ("reverse", [value]) => items(value).map(|list| like(list, list.items.iter().rev().cloned().collect())),
        ("slice", [value, from, to]) => slice(value, from, to),
        ("sort", [value]) => sort(value),
        ("chunklist", [value, size]) => chunklist(value, size),
        ("matchkeys", [values, keys, wanted]) => matchkeys(values, keys, wanted),
        ("alltrue", [value]) => all(value, true),
        ("anytrue", [value]) => all(value, false),
        ("range", bounds) => range(bounds),
        _ => return None,
    })
}

/// A list or tuple with other items.
fn like(list: &HclList, items: Vec<HclValue>) -> HclValue {
    if list.typed { HclValue::typed_list(items) } else { HclValue::list(items) }
}

fn concat(lists: &[HclValue]) -> FunctionResult {
    let (mut out, mut typed) = (Vec::new(), true);
    if lists.is_empty() {
        return Err(failure("concat() of nothing"));
    }
    for value in lists {
        let list = sequence(value)?;
        typed &= list.typed;
        out.extend(list.items.iter().cloned());
        if out.len() > MAX_ENTRIES {
            return Err("a list that is too large".into());
        }
    }
    let typed = typed && one_type(&out).is_ok();
    Ok(if typed { HclValue::typed_list(out) } else { HclValue::list(out) })
}

fn coalesce(values: &[HclValue]) -> FunctionResult {
    for value in values {
        match &value.kind {
            HclValueKind::Unknown(why) => return Err(why.possibly()),
            HclValueKind::Null => {}
            _ if is_empty(value) => {}
            _ => return among(value, values),
        }
    }
    Err(failure("coalesce() of nothing"))
}

fn coalescelist(lists: &[HclValue]) -> FunctionResult {
    if lists.iter().any(|list| matches!(list.kind, HclValueKind::Null)) {
        return Err(failure("coalescelist() of null"));
    }
    for value in lists {
        match &value.kind {
            _ if items(value)?.items.is_empty() => {}
            _ => return Ok(value.clone()),
        }
    }
    Err(failure("coalescelist() of nothing"))
}

fn compact(value: &HclValue) -> FunctionResult {
    let mut out = Vec::new();
    for item in &items(value)?.items {
        match &item.kind {
            HclValueKind::Null => {}
            HclValueKind::Unknown(why) => return Err(why.clone()),
            _ => out.push(HclValue::text(item.as_text()?).at(item.at)),
        }
    }
    out.retain(|item| !is_empty(item));
    Ok(HclValue::typed_list(out))
}

/// The items without repetitions.
fn distinct(list: Vec<HclValue>) -> FunctionResult {
    let mut seen = std::collections::BTreeSet::new();
    let mut out: Vec<HclValue> = Vec::new();
    for item in list {
        match (&item.kind, item.as_text()) {
            (HclValueKind::Text(_) | HclValueKind::Number(_) | HclValueKind::Bool(_), Ok(text)) => {
                // The negative zero is equal to zero.
                let text =
                    if &*text == "-0" && matches!(item.kind, HclValueKind::Number(_)) { "0".into() } else { text };
                if seen.insert(text) {
                    out.push(item);
                }
            }
            _ if out.len() > 100 => return Err("a list that is too large to compare".into()),
            _ => {
                let mut is_new = true;
                for other in &out {
                    is_new &= !equal(other, &item)?;
                }
                if is_new {
                    out.push(item);
                }
            }
        }
    }
    Ok(HclValue::typed_list(out))
}

fn flatten(value: &HclValue) -> FunctionResult {
    fn add(list: &HclList, out: &mut Vec<HclValue>) -> Result<(), UnknownReason> {
        for item in &list.items {
            match &item.kind {
                HclValueKind::List(inner) => add(inner, out)?,
                HclValueKind::Unknown(why) => return Err(why.clone()),
                _ => out.push(item.clone()),
            }
            if out.len() > MAX_ENTRIES {
                return Err("a list that is too large".into());
            }
        }
        Ok(())
    }
    let mut out = Vec::new();
    add(items(value)?, &mut out)?;
    Ok(HclValue::list(out))
}

fn contains(value: &HclValue, wanted: &HclValue) -> FunctionResult {
    let mut incomplete_reason = None;
    for item in &items(value)?.items {
        match equal(item, wanted) {
            Ok(true) => return Ok(HclValue::bool(true)),
            Ok(false) => {}
            Err(why) => incomplete_reason = Some(why),
        }
    }
    incomplete_reason.map_or(Ok(HclValue::bool(false)), Err)
}

fn index(value: &HclValue, wanted: &HclValue) -> FunctionResult {
    for (at, item) in sequence(value)?.items.iter().enumerate() {
        if equal(item, wanted)? {
            return Ok(HclValue::index(at));
        }
    }
    Err(failure("index() of a value that is not in the list"))
}

fn element(value: &HclValue, at: &HclValue) -> FunctionResult {
    let list = &sequence(value)?.items;
    if list.is_empty() {
        return Err(failure("element() of an empty list"));
    }
    match usize::try_from(at.as_whole()?) {
        Ok(at) => Ok(list[at % list.len()].clone()),
        // Terraform 1.11 refuses it, newer versions count from the end.
        Err(_) => Err("element() with a negative index, which not every version of Terraform accepts".into()),
    }
}

fn length(value: &HclValue) -> FunctionResult {
    match &value.kind {
        HclValueKind::Text(text) => count(unicode::graphemes(text)?.chars().count()),
        HclValueKind::Map(_) => count(complete(value)?.entries.len()),
        _ => count(items(value)?.items.len()),
    }
}

fn one(value: &HclValue) -> FunctionResult {
    if let HclValueKind::Unknown(why) = &value.kind {
        return Ok(HclValue::unknown(why.clone()).or_null(true));
    }
    match items(value)?.items.as_slice() {
        [] => Ok(HclValue::null()),
        [item] => Ok(item.clone()),
        _ => Err(failure("one() of several items")),
    }
}

fn slice(value: &HclValue, from: &HclValue, to: &HclValue) -> FunctionResult {
    let bound =
        |value: &HclValue| usize::try_from(value.as_whole()?).map_err(|_| failure("slice() with a negative index"));
    let (from, to) = (bound(from)?, bound(to)?);
    if let Some(why) = value.why() {
        return unknown_slice(from, to, why);
    }
    let list = sequence(value)?;
    let part = list.items.get(from..to).ok_or_else(|| failure("slice() beyond the end of the list"))?;
    Ok(like(list, part.to_vec()))
}

/// The part of an unknown list, which has so many items or is refused.
fn unknown_slice(from: usize, to: usize, why: &UnknownReason) -> FunctionResult {
    let length = to.checked_sub(from).ok_or_else(|| failure("slice() that ends before it begins"))?;
    if length > MAX_ENTRIES {
        return Err("a list that is too large".into());
    }
    let item = HclValue::unknown(why.clone()).or_null(true);
    Ok(HclValue::list(vec![item; length]))
}

fn sort(value: &HclValue) -> FunctionResult {
    let texts = items(value)?.items.iter().map(HclValue::as_text).collect::<Result<Vec<_>, _>>();
    let mut texts = texts?;
    texts.sort();
    Ok(HclValue::typed_list(texts.into_iter().map(HclValue::text).collect()))
}

fn chunklist(value: &HclValue, size: &HclValue) -> FunctionResult {
    let all = listed(value)?;
    let size = usize::try_from(size.as_whole()?).map_err(|_| failure("chunklist() with a negative size"))?;
    let chunks = if size == 0 { vec![all.as_slice()] } else { all.chunks(size).collect() };
    if all.is_empty() {
        return Ok(HclValue::typed_list(Vec::new()));
    }
    Ok(HclValue::typed_list(chunks.into_iter().map(|chunk| HclValue::typed_list(chunk.to_vec())).collect()))
}

fn matchkeys(values: &HclValue, keys: &HclValue, wanted: &HclValue) -> FunctionResult {
    let (values, keys) = (listed(values)?, listed(keys)?);
    one_type(keys.iter().chain(&listed(wanted)?))?;
    if values.len() != keys.len() {
        return Err(failure("matchkeys() of lists of different lengths"));
    }
    let mut out = Vec::new();
    for (value, key) in values.iter().zip(&keys) {
        if matches!(contains(wanted, key)?.kind, HclValueKind::Bool(true)) {
            out.push(value.clone());
        }
    }
    Ok(HclValue::typed_list(out))
}

/// `alltrue` (`wanted`) and `anytrue`: whether no item decides otherwise.
fn all(value: &HclValue, wanted: bool) -> FunctionResult {
    let mut open = None;
    for item in &items(value)?.items {
        let item = if matches!(item.kind, HclValueKind::Null) { Ok(false) } else { item.as_bool() };
        match item {
            Ok(item) if item != wanted => return Ok(HclValue::bool(item)),
            Ok(_) => {}
            Err(why) => open = Some(why),
        }
    }
    open.map_or(Ok(HclValue::bool(wanted)), Err)
}

fn range(bounds: &[HclValue]) -> FunctionResult {
    let bounds = bounds.iter().map(HclValue::as_number).collect::<Result<Vec<_>, _>>()?;
    let number = |whole| HclNumber::counted(whole);
    let is_below = |a: &HclNumber, b: &HclNumber| a.compare(b).map(Ordering::is_lt).ok_or(TOO_LARGE);
    let (from, to, step) = match bounds.as_slice() {
        [to] => (number(0), to, None),
        [from, to] => (from.clone(), to, None),
        [from, to, step] => (from.clone(), to, Some(step.clone())),
        _ => return Err("range() without its arguments".into()),
    };
    let goes_down = is_below(to, &from)?;
    let step = step.unwrap_or_else(|| number(if goes_down { -1 } else { 1 }));
    if from == *to {
        return Ok(HclValue::typed_list(Vec::new()));
    }
    if step.is_zero() || step.is_negative() != goes_down {
        return Err(failure("range() that never ends"));
    }
    let (mut out, mut at) = (Vec::new(), from);
    while if goes_down { is_below(to, &at)? } else { is_below(&at, to)? } {
        // Terraform refuses more than 1,024.
        if out.len() >= 1024 {
            return Err(failure("range() of too many numbers"));
        }
        out.push(HclValue::new(HclValueKind::Number(at.clone())));
        at = at.add(&step).ok_or(TOO_LARGE)?;
    }
    Ok(HclValue::typed_list(out))
}
