//! Tags in the parameters of a request. Services write them in different forms.

use serde_json::{Map, Value};

use super::change::{Pair, Told};
use crate::aws::resource_types::ResourceType;
use crate::base::quote;

/// Parameters that hold the tags of the resource, in lower case and without separators.
const TAGS: &[&str] = &["tags", "tag", "tagset", "taglist", "tagslist", "resourcetags"];
/// Parameters that hold the tags of several kinds of resources, each with its kind.
const SPECIFICATIONS: &[&str] = &["tagspecificationset", "tagspecification", "tagspecifications"];
/// Objects around a list: `{"items": […]}`, `{"TagSet": {"Tag": […]}}`.
const WRAPPERS: &[&str] = &["items", "item", "member", "tagset", "tag", "tags", "entry"];
/// Values that a record has in place of secret ones.
const HIDDEN: &[&str] = &["HIDDEN_DUE_TO_SECURITY_REASONS", "***"];
/// The nesting of wrappers.
const MAX_WRAPPED: usize = 5;

/// The name of a parameter without letter case and separators.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// The tags that a request gives to the resource that it creates, of one of these types.
pub(super) fn given(request: &Value, types: &[&ResourceType]) -> Told<Vec<Pair>> {
    let own: Vec<String> = types.iter().filter_map(|row| row.property).map(|property| plain(property.name)).collect();
    let mut pairs = None;
    // Amazon S3 has the tags of a bucket one level below.
    let inner = request.get("CreateBucketConfiguration").and_then(Value::as_object);
    for (name, value) in request.as_object().into_iter().chain(inner).flatten() {
        let name = plain(name);
        if SPECIFICATIONS.contains(&name.as_str()) {
            let kinds = types.iter().filter_map(|row| row.arn_patterns().next()).filter_map(kind_of_pattern);
            pairs.get_or_insert_with(Vec::new).append(&mut specified(value, &kinds.collect::<Vec<_>>())?);
        } else if TAGS.contains(&name.as_str()) || own.contains(&name) {
            pairs.get_or_insert_with(Vec::new).append(&mut tags(value)?);
        }
    }
    match pairs {
        Some(pairs) => Ok(pairs),
        None => match unread_tags(request) {
            Some(name) => {
                Err(format!("the event has {}, which taglint can't read as tags of the resource", quote(name)))
            }
            None => Ok(Vec::new()),
        },
    }
}

/// The kind in a pattern of ARNs: `volume` of `ec2:volume/*`.
fn kind_of_pattern(pattern: &'static str) -> Option<&'static str> {
    pattern.split_once(':').map(|(_, rest)| rest.split('/').next().unwrap_or(rest))
}

/// A parameter anywhere below that may hold tags: its name ends in `tags`, and it has something in it.
pub(super) fn unread_tags(value: &Value) -> Option<&str> {
    let is_filled = |value: &Value| match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::String(text) => HIDDEN.contains(&text.as_str()),
        _ => false,
    };
    let is_named = |name: &str| {
        let name = plain(name);
        name.ends_with("tags") || TAGS.contains(&name.as_str()) || SPECIFICATIONS.contains(&name.as_str())
    };
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let is_own = is_named(name) && is_filled(value) && !is_empty_list(value);
            if is_own { Some(name.as_str()) } else { unread_tags(value) }
        }),
        Value::Array(list) => list.iter().find_map(|value| unread_tags(value)),
        _ => None,
    }
}

/// `{"items": []}`
fn is_empty_list(value: &Value) -> bool {
    let only = value.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.values().next());
    only.and_then(Value::as_array).is_some_and(Vec::is_empty)
}

/// The tags for resources of these kinds in a list of `{resourceType, tags}`.
pub(super) fn specified(value: &Value, kinds: &[&str]) -> Told<Vec<Pair>> {
    let mut pairs = Vec::new();
    for one in elements(value) {
        let Some(fields) = one.as_object() else { return Err(unclear(one)) };
        let kind = field(fields, "resourcetype").and_then(Value::as_str);
        if kind.is_none_or(|kind| !kinds.contains(&kind)) {
            continue;
        }
        if let Some(value) = field(fields, "tags").or_else(|| field(fields, "tag")) {
            // `Tag` of a request in XML is a list, or its only element.
            pairs.append(&mut if value.get("Key").is_some() { vec![pair(value)?] } else { tags(value)? });
        }
    }
    Ok(pairs)
}

/// Returns `true` if a list of `{resourceType, tags}` names this kind.
pub(super) fn specifies(value: &Value, kind: &str) -> bool {
    let of = |one: &Value| one.as_object().and_then(|fields| field(fields, "resourcetype")).cloned();
    elements(value).into_iter().any(|one| of(one).is_some_and(|of| of == kind))
}

/// The value of the tags of several kinds of resources.
pub(super) fn specifications(request: &Value) -> Option<&Value> {
    let fields = request.as_object()?;
    fields.iter().find(|(name, _)| SPECIFICATIONS.contains(&plain(name).as_str())).map(|(_, value)| value)
}

/// The parameter that holds the tags of a tag operation.
pub(super) fn parameter<'v>(request: &'v Value, names: &[&str]) -> Option<&'v Value> {
    let fields = request.as_object()?;
    fields.iter().find(|(name, _)| names.contains(&plain(name).as_str())).map(|(_, value)| value)
}

/// The tags of a value: a list of pairs, a map, or one of them in a wrapper.
pub(super) fn tags(value: &Value) -> Told<Vec<Pair>> {
    in_wrappers(value, 0)
}

fn in_wrappers(value: &Value, depth: usize) -> Told<Vec<Pair>> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(list) => list.iter().map(pair).collect(),
        Value::Object(fields) => {
            let wrapped = fields.iter().find(|(name, value)| {
                (value.is_array() || value.is_object()) && WRAPPERS.contains(&plain(name).as_str())
            });
            match wrapped {
                Some((_, inner)) if depth < MAX_WRAPPED => {
                    if inner.get("Key").is_some_and(Value::is_string) && inner.get("Value").is_some() {
                        return Ok(vec![pair(inner)?]);
                    }
                    in_wrappers(inner, depth + 1)
                }
                Some(_) => Err(unclear(value)),
                None => fields.iter().filter(|(name, _)| depth == 0 || *name != "xmlns").map(mapped).collect(),
            }
        }
        other => Err(unclear(other)),
    }
}

/// The elements of a list, which may stand in a wrapper, or of a single object.
pub(super) fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(fields) => match fields.iter().find(|(name, _)| WRAPPERS.contains(&name.as_str())) {
            Some((_, Value::Array(list))) if fields.len() == 1 => list.iter().collect(),
            _ if fields.is_empty() => Vec::new(),
            _ => vec![value],
        },
        Value::Null => Vec::new(),
        _ => vec![value],
    }
}

fn field<'v>(fields: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    fields.iter().find(|(one, _)| plain(one) == name).map(|(_, value)| value)
}

/// One tag of a list: `{"key": …, "value": …}`, `{"tagKey": …, "tagValue": …}`.
fn pair(value: &Value) -> Told<Pair> {
    let fields = value.as_object().ok_or_else(|| unclear(value))?;
    let either = |names: [&str; 2]| names.iter().find_map(|name| field(fields, name));
    let key = either(["key", "tagkey"]).and_then(Value::as_str).filter(|key| !HIDDEN.contains(key));
    let key = key.ok_or_else(|| unclear(value))?;
    Ok((key.to_owned(), either(["value", "tagvalue"]).and_then(known)))
}

fn mapped((key, value): (&String, &Value)) -> Told<Pair> {
    if value.is_object() || value.is_array() {
        return Err(unclear(value));
    }
    Ok((key.clone(), known(value)))
}

/// A value that the record does not hide.
fn known(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !HIDDEN.contains(text)).map(str::to_owned)
}

/// The keys that an operation removes: a list of keys, of pairs, or a map.
pub(super) fn keys(value: &Value) -> Told<Vec<String>> {
    let list = elements(value);
    if list.iter().all(|one| one.is_string()) {
        let keys: Vec<&str> = list.iter().filter_map(|one| one.as_str()).collect();
        if keys.iter().any(|key| HIDDEN.contains(key)) {
            return Err("the event hides the keys".to_owned());
        }
        return Ok(keys.into_iter().map(str::to_owned).collect());
    }
    Ok(tags(value)?.into_iter().map(|(key, _)| key).collect())
}

fn unclear(value: &Value) -> String {
    match value {
        Value::String(text) if HIDDEN.contains(&text.as_str()) => "the event hides the tags".to_owned(),
        _ => "the tags of the event have a form that taglint does not know".to_owned(),
    }
}
