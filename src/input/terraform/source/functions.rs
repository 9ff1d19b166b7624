//! The functions of Terraform whose results are exactly those of Terraform. Every other call is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::value::{HclList, HclMap, HclValue, HclValueKind, MAX_ENTRIES, MAX_TEXT, UnknownReason, merge};

type FunctionResult = Result<HclValue, UnknownReason>;

/// The cost of a value in steps.
pub(super) fn size(value: &HclValue) -> usize {
    match &value.kind {
        HclValueKind::List(list) => list.items.len(),
        HclValueKind::Map(map) => map.entries.len(),
        HclValueKind::Text(text) => text.len() / 64,
        _ => 0,
    }
}

/// The functions whose results are or consist of parts of their arguments, and those that say nothing of the values.
const KEEP_PARTS: &[&str] = &[
    "coalesce", "compact", "concat", "distinct", "element", "keys", "length", "lookup", "merge", "try", "tolist",
    "tomap", "toset", "values",
];

/// The result of a function.
pub(super) fn call(name: &str, args: &[HclValue]) -> HclValue {
    // The parts of a collection keep their own marks; a text that is made of them has those of all.
    let keeps_parts = KEEP_PARTS.contains(&name);
    let is_sensitive = |arg: &HclValue| if keeps_parts { arg.sensitive } else { arg.holds_sensitive() };
    let sensitive = name != "nonsensitive" && (name == "sensitive" || args.iter().any(is_sensitive));
    let mut value = known(name, args).unwrap_or_else(HclValue::unknown);
    if name == "nonsensitive" {
        value.sensitive = false;
    }
    value.with_sensitivity(sensitive)
}

fn known(name: &str, args: &[HclValue]) -> FunctionResult {
    match (name, args) {
        ("merge", _) => Ok(merge(args)),
        ("tomap", [map]) => tomap(map),
        ("sensitive" | "nonsensitive", [value]) => Ok(value.clone()),
        ("tostring", [value]) => nullable(value, |value| value.as_text().map(HclValue::text)),
        ("tobool", [value]) => nullable(value, |value| value.as_bool().map(HclValue::bool)),
        ("tonumber", [value]) => nullable(value, |value| value.as_whole().map(HclValue::whole)),
        ("tolist", [value]) => list(value).map(|list| HclValue::list(list.items.clone())),
        ("toset", [value]) => list(value).map(|list| HclValue::set(list.items.clone())),
        ("lower", [text]) => ascii(text).map(|text| HclValue::text(text.to_ascii_lowercase())),
        ("upper", [text]) => ascii(text).map(|text| HclValue::text(text.to_ascii_uppercase())),
        ("title", [text]) => ascii(text).map(|text| HclValue::text(title(&text))),
        ("trimspace", [text]) => ascii(text).map(|text| HclValue::text(text.trim_ascii())),
        ("trimprefix", [text, cut]) => {
            let (text, cut) = (text.as_text()?, cut.as_text()?);
            Ok(HclValue::text(text.strip_prefix(&*cut).unwrap_or(&text)))
        }
        ("trimsuffix", [text, cut]) => {
            let (text, cut) = (text.as_text()?, cut.as_text()?);
            Ok(HclValue::text(text.strip_suffix(&*cut).unwrap_or(&text)))
        }
        ("startswith", [text, part]) => Ok(HclValue::bool(text.as_text()?.starts_with(&*part.as_text()?))),
        ("endswith", [text, part]) => Ok(HclValue::bool(text.as_text()?.ends_with(&*part.as_text()?))),
        ("replace", [text, from, to]) => replace(&text.as_text()?, &from.as_text()?, &to.as_text()?),
        ("format", [format, rest @ ..]) => print(&format.as_text()?, rest),
        ("join", [separator, lists @ ..]) => join(&separator.as_text()?, lists),
        ("split", [separator, text]) => split(&separator.as_text()?, &text.as_text()?),
        ("concat", lists) => concat(lists),
        ("coalesce", values) => coalesce(values),
        ("compact", [value]) => compact(value),
        ("distinct", [value]) => distinct(value),
        ("contains", [value, item]) => contains(value, item),
        ("element", [value, at]) => element(value, at),
        ("length", [value]) => length(value),
        ("keys", [value]) => complete(value)
            .map(|map| HclValue::list(map.entries.keys().map(|key| HclValue::text(key.as_str())).collect())),
        ("values", [value]) => complete(value).map(|map| HclValue::list(map.entries.values().cloned().collect())),
        ("lookup", [map, key, rest @ ..]) => lookup(map, key, rest.first()),
        ("zipmap", [keys, values]) => zipmap(keys, values),
        ("try", [first, ..]) => match &first.kind {
            HclValueKind::Unknown(why) => Err(Arc::clone(why)),
            _ => Ok(first.clone()),
        },
        _ => Err(format!("{name}(), which taglint does not evaluate").into()),
    }
}

/// The value at a key of a map or an index of a list.
pub(super) fn at(value: &HclValue, key: &HclValue) -> HclValue {
    found(value, key).unwrap_or_else(HclValue::unknown)
}

fn found(value: &HclValue, key: &HclValue) -> FunctionResult {
    match &value.kind {
        HclValueKind::Map(map) => {
            let key = key.as_text()?;
            match (map.entries.get(&*key), map.possible.get(&*key).or(map.more.as_ref())) {
                (Some(value), _) => Ok(value.clone()),
                (None, Some(why)) => Err(Arc::clone(why)),
                (None, None) => Err("a key that is not in the map".into()),
            }
        }
        HclValueKind::List(list) if !list.set => {
            let item = usize::try_from(key.as_whole()?).ok().and_then(|at| list.items.get(at));
            item.cloned().ok_or_else(|| "an index that is not in the list".into())
        }
        HclValueKind::Unknown(why) => Err(Arc::clone(why)),
        _ => Err("a step into a value that is not a collection".into()),
    }
}

fn nullable(value: &HclValue, convert: impl FnOnce(&HclValue) -> FunctionResult) -> FunctionResult {
    if matches!(value.kind, HclValueKind::Null) { Ok(HclValue::null()) } else { convert(value) }
}

/// The items of a list or set.
fn list(value: &HclValue) -> Result<&HclList, UnknownReason> {
    match &value.kind {
        HclValueKind::List(list) => Ok(list),
        HclValueKind::Unknown(why) => Err(Arc::clone(why)),
        _ => Err("a value that is not a list".into()),
    }
}

/// A map of which every key is known.
fn complete(value: &HclValue) -> Result<&HclMap, UnknownReason> {
    match &value.kind {
        HclValueKind::Map(map) => map.incomplete_reason().cloned().map_or(Ok(map), Err),
        HclValueKind::Unknown(why) => Err(Arc::clone(why)),
        _ => Err("a value that is not a map".into()),
    }
}

/// ASCII text: the letter case of other text depends on the Unicode version of Terraform.
fn ascii(value: &HclValue) -> Result<Arc<str>, UnknownReason> {
    let text = value.as_text()?;
    if text.is_ascii() { Ok(text) } else { Err("letters beyond ASCII, whose case taglint leaves alone".into()) }
}

fn tomap(map: &HclValue) -> FunctionResult {
    match &map.kind {
        HclValueKind::Map(_) | HclValueKind::Null => Ok(map.clone()),
        HclValueKind::Unknown(why) => Err(Arc::clone(why)),
        _ => Err("tomap() of a value that is not a map".into()),
    }
}

fn title(text: &str) -> String {
    let mut before = ' ';
    text.chars()
        .map(|c| {
            let first = !(before.is_ascii_alphanumeric() || before == '_');
            before = c;
            if first { c.to_ascii_uppercase() } else { c }
        })
        .collect()
}

fn replace(text: &str, from: &str, to: &str) -> FunctionResult {
    if from.len() > 1 && from.starts_with('/') && from.ends_with('/') {
        return Err("replace() with a regular expression, which taglint does not evaluate".into());
    }
    let hits = if from.is_empty() { text.len() + 1 } else { text.matches(from).count() };
    if text.len() + hits.saturating_mul(to.len()) > MAX_TEXT {
        return Err("a string that is too long".into());
    }
    Ok(HclValue::text(text.replace(from, to)))
}

/// `format` with `%s`, `%d`, `%v` and `%%`.
fn print(format: &str, args: &[HclValue]) -> FunctionResult {
    let (mut out, mut args, mut chars) = (String::new(), args.iter(), format.chars());
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let verb = chars.next();
        if verb == Some('%') {
            out.push('%');
            continue;
        }
        let arg = args.next().ok_or("format() with too few arguments")?;
        match (verb, &arg.kind) {
            (Some('s' | 'v'), HclValueKind::Text(_) | HclValueKind::Bool(_) | HclValueKind::Number(_)) => {
                out.push_str(&arg.as_text()?);
            }
            (Some('d'), _) => out.push_str(&arg.as_whole()?.to_string()),
            (_, HclValueKind::Unknown(why)) => return Err(Arc::clone(why)),
            _ => return Err("a format() that taglint does not evaluate".into()),
        }
        if out.len() > MAX_TEXT {
            return Err("a string that is too long".into());
        }
    }
    if args.next().is_some() {
        return Err("format() with too many arguments".into());
    }
    Ok(HclValue::text(out))
}

fn join(separator: &str, lists: &[HclValue]) -> FunctionResult {
    let mut parts = Vec::new();
    let mut length = 0_usize;
    for value in lists {
        for item in &list(value)?.items {
            let text = item.as_text()?;
            length += text.len() + separator.len();
            if length > MAX_TEXT {
                return Err("a string that is too long".into());
            }
            parts.push(text);
        }
    }
    Ok(HclValue::text(parts.join(separator)))
}

fn split(separator: &str, text: &str) -> FunctionResult {
    if separator.is_empty() {
        return Err("split() by nothing".into());
    }
    Ok(HclValue::list(text.split(separator).take(MAX_ENTRIES + 1).map(HclValue::text).collect()))
}

fn concat(lists: &[HclValue]) -> FunctionResult {
    let mut items = Vec::new();
    for value in lists {
        items.extend(list(value)?.items.iter().cloned());
        if items.len() > MAX_ENTRIES {
            return Err("a list that is too large".into());
        }
    }
    Ok(HclValue::list(items))
}

fn coalesce(values: &[HclValue]) -> FunctionResult {
    for value in values {
        match &value.kind {
            HclValueKind::Unknown(why) => return Err(Arc::clone(why)),
            HclValueKind::Null => {}
            HclValueKind::Text(text) if text.is_empty() => {}
            _ => return Ok(value.clone()),
        }
    }
    Err("coalesce() of nothing".into())
}

fn compact(value: &HclValue) -> FunctionResult {
    let mut items = Vec::new();
    for item in &list(value)?.items {
        match &item.kind {
            HclValueKind::Null => {}
            HclValueKind::Unknown(why) => return Err(Arc::clone(why)),
            _ if item.as_text()?.is_empty() => {}
            _ => items.push(item.clone()),
        }
    }
    Ok(HclValue::list(items))
}

fn distinct(value: &HclValue) -> FunctionResult {
    let (mut seen, mut items) = (BTreeSet::new(), Vec::new());
    for item in &list(value)?.items {
        if seen.insert(item.as_text()?) {
            items.push(item.clone());
        }
    }
    Ok(HclValue::list(items))
}

fn contains(value: &HclValue, item: &HclValue) -> FunctionResult {
    let wanted = item.as_text()?;
    let mut incomplete_reason = None;
    for item in &list(value)?.items {
        match item.as_text() {
            Ok(text) if text == wanted => return Ok(HclValue::bool(true)),
            Ok(_) => {}
            Err(why) => incomplete_reason = Some(why),
        }
    }
    incomplete_reason.map_or(Ok(HclValue::bool(false)), Err)
}

fn element(value: &HclValue, at: &HclValue) -> FunctionResult {
    let (items, at) = (&list(value)?.items, usize::try_from(at.as_whole()?));
    match at {
        Ok(at) if !items.is_empty() => Ok(items[at % items.len()].clone()),
        _ => Err("an element that is not there".into()),
    }
}

fn length(value: &HclValue) -> FunctionResult {
    let length = match &value.kind {
        HclValueKind::Text(text) if text.is_ascii() => text.len(),
        HclValueKind::Map(_) => complete(value)?.entries.len(),
        _ => list(value)?.items.len(),
    };
    i64::try_from(length).map(HclValue::whole).map_err(|_| "a large number".into())
}

fn lookup(map: &HclValue, key: &HclValue, default: Option<&HclValue>) -> FunctionResult {
    let HclValueKind::Map(entries) = &map.kind else { return found(map, key) };
    let name = key.as_text()?;
    match (entries.entries.get(&*name), entries.possible.get(&*name).or(entries.more.as_ref()), default) {
        (Some(value), ..) => Ok(value.clone()),
        (None, None, Some(default)) => Ok(default.clone()),
        _ => found(map, key),
    }
}

fn zipmap(keys: &HclValue, values: &HclValue) -> FunctionResult {
    let (keys, values) = (&list(keys)?.items, &list(values)?.items);
    if keys.len() != values.len() {
        return Err("zipmap() of lists of different lengths".into());
    }
    let mut out = BTreeMap::new();
    for (key, value) in keys.iter().zip(values) {
        out.insert(key.as_text()?.to_string(), value.clone());
    }
    Ok(HclValue::map(out, None))
}
