//! Events that set or remove tags, or delete a resource.

use serde_json::Value;

use super::arns;
use super::change::{Change, What};
use super::ec2;
use super::extracted::Extracted;
use super::named;
use super::record::{Record, text};
use super::tag_values::{elements, keys, parameter, plain, tags};
use crate::model::{NotJudgedReason, Resource};

/// Parameters with the tags that an operation sets.
const TAGS: &[&str] = &["tags", "tag", "tagset", "taglist", "tagslist", "addtags"];
/// Parameters with the keys that an operation removes.
const KEYS: &[&str] = &["tagkeys", "tagkeylist", "tagkey", "tagstoremove", "tagset", "tags", "tagslist"];
const NO_TAGS: &str = "the event does not have the tags that the call sets";
const NO_KEYS: &str = "the event does not have the keys that the call removes";
/// The number of resources of one call that are read: `TagResources` takes 20, `CreateTags` 1,000.
const MAX_RESOURCES: usize = 10_000;

/// Adds the change of tags that a record makes; `false` if its action makes none.
pub(super) fn add(record: &Record<'_>, extracted: &mut Extracted<'_>) -> bool {
    let action = record.action();
    let Some(what) = effect(record, &action) else { return false };
    let resources = resources(record, &action);
    if resources.is_empty() {
        extracted.passed_over(&action, NotJudgedReason::UnknownType, "it names no resource that taglint can identify");
    }
    for (resource, is_known_type) in resources {
        if !is_known_type {
            extracted.unknown_type(&resource.kind);
        }
        extracted.add(Change { time: record.time().to_owned(), resource, what: what() });
    }
    true
}

/// The effect of an action on tags, for each of its resources; `None` if it has none.
fn effect<'v>(record: &Record<'v>, action: &str) -> Option<Box<dyn Fn() -> What + 'v>> {
    let request = record.request();
    let value = move |names: &[&str]| request.and_then(|request| parameter(request, names));
    let starts = |words: &[&str]| words.iter().any(|word| record.name.starts_with(word));
    Some(match action {
        "s3:PutBucketTagging" => {
            let tagging = value(&["tagging"]).into_iter().chain(request.and_then(|of| of.get("Tagging"))).last();
            Box::new(move || {
                What::Replaced(tagging.filter(|of| of.is_object()).map_or_else(|| Err(NO_TAGS.to_owned()), tags))
            })
        }
        "s3:DeleteBucketTagging" => Box::new(|| What::Replaced(Ok(Vec::new()))),
        // Without keys, it removes all tags of the caller.
        "ec2:DeleteTags" if request.is_some() && value(KEYS).is_none_or(|of| elements(of).is_empty()) => {
            Box::new(|| What::Replaced(Ok(Vec::new())))
        }
        // With a value, it removes the key only if it has that value.
        "ec2:DeleteTags" => Box::new(move || match value(KEYS).map(elements) {
            Some(list) if list.iter().all(|one| one.get("value").is_none()) => {
                What::Removed(value(KEYS).map_or_else(|| Err(NO_KEYS.to_owned()), keys))
            }
            _ => What::Removed(Err("the call removes a key only if it has a value that the event names".to_owned())),
        }),
        "s3:DeleteBucket" | "ec2:TerminateInstances" => Box::new(|| What::Deleted),
        _ if action.starts_with("iam:Delete") && named::type_of_action(action).is_some() => Box::new(|| What::Deleted),
        _ if starts(&["Untag", "RemoveTags", "DeleteTags"]) => {
            Box::new(move || What::Removed(value(KEYS).map_or_else(|| Err(NO_KEYS.to_owned()), keys)))
        }
        _ if starts(&["Tag", "AddTags", "CreateTags"]) => {
            let is_ec2 = record.service == "ec2";
            Box::new(move || {
                let pairs = value(TAGS).map_or_else(|| Err(NO_TAGS.to_owned()), tags);
                // The value of a tag of Amazon EC2 is empty where the request has none.
                let filled = |(key, value): (String, Option<String>)| (key, value.or(is_ec2.then(String::new)));
                What::Set(pairs.map(|pairs| pairs.into_iter().map(filled).collect()))
            })
        }
        _ => return None,
    })
}

/// The resources that a record names, and whether the table has their types.
fn resources(record: &Record<'_>, action: &str) -> Vec<(Resource<'static>, bool)> {
    let Some(request) = record.request() else {
        return record.resources().filter_map(arns::resource).take(1).collect();
    };
    if let Some(kind) = named::type_of_action(action) {
        return named::of_iam(record, kind, request).map(|resource| (resource, true)).into_iter().collect();
    }
    if record.service == "ec2" {
        let list =
            parameter(request, &["resourcesset", "instancesset", "resourceid"]).map(elements).unwrap_or_default();
        let id = |one: &&Value| -> Option<String> {
            let id = text(one, "resourceId").or_else(|| text(one, "instanceId")).or_else(|| one.as_str())?;
            ec2::arn_of_id(record, id)
        };
        return list.iter().filter_map(id).filter_map(|arn| arns::resource(&arn)).take(MAX_RESOURCES).collect();
    }
    let failed = record.response().and_then(|response| parameter(response, &["failedresourcesmap"]));
    let has_failed = |arn: &str| failed.is_some_and(|failed| failed.get(arn).is_some());
    let mut found: Vec<(Resource<'static>, bool)> = Vec::new();
    for (name, value) in request.as_object().into_iter().flatten() {
        let name = plain(name);
        if !name.contains("arn") && !name.contains("resource") && !name.ends_with("id") {
            continue;
        }
        let arns = elements(value).into_iter().filter_map(Value::as_str).filter(|arn| !has_failed(arn));
        found.extend(arns.filter_map(arns::resource).take(MAX_RESOURCES));
    }
    if found.is_empty() && failed.is_none() {
        found.extend(named::arn(record, request).as_deref().and_then(arns::resource));
    }
    found
}

/// Adds an event of `EventBridge` that tells all tags of a resource after a change.
pub(super) fn add_tag_change(event: &Value, detail: &Value, extracted: &mut Extracted<'_>) {
    let list = event.get("resources").and_then(Value::as_array);
    let list: Vec<_> = list.into_iter().flatten().filter_map(Value::as_str).filter_map(arns::resource).collect();
    if list.is_empty() {
        extracted.passed_over(
            "tag change",
            NotJudgedReason::UnknownType,
            "it names no resource that taglint can identify",
        );
    }
    for (resource, is_known_type) in list.into_iter().take(MAX_RESOURCES) {
        if !is_known_type {
            extracted.unknown_type(&resource.kind);
        }
        let told = detail.get("tags").map_or_else(|| Err(NO_TAGS.to_owned()), tags);
        let time = text(event, "time").unwrap_or_default().to_owned();
        extracted.add(Change { time, resource, what: What::Replaced(told) });
    }
}
