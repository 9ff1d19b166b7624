//! `RunInstances` creates instances and their volumes. The record has the ids of the instances, and none of the volumes.

use serde_json::Value;

use super::arns;
use super::change::{Change, Pair, Told, What};
use super::ec2;
use super::extracted::Extracted;
use super::record::{Record, object, text};
use super::tag_values::{elements, parameter, specifications, specified, specifies, tags};
use crate::model::{NotJudgedReason, Resource, Text};

const TEMPLATE: &str = "the launch template of the request can have further tags";
const NO_REQUEST: &str = "the event does not have the parameters of the request";

/// Adds the instances and volumes of a record.
pub(super) fn add(record: &Record<'_>, extracted: &mut Extracted<'_>) {
    let launched = record.response().and_then(|response| object(response, "instancesSet"));
    let launched = launched.map(elements).unwrap_or_default();
    if launched.is_empty() {
        extracted.passed_over(&record.action(), NotJudgedReason::UnknownType, "it does not tell the instances");
        return;
    }
    let has_template = record.request().is_none_or(|request| parameter(request, &["launchtemplate"]).is_some());
    let others = has_template.then_some(TEMPLATE);
    for instance in launched {
        let found = text(instance, "instanceId").and_then(|id| Some((id, ec2::arn_of_id(record, id)?)));
        let Some((id, arn)) = found else {
            extracted.unreadable(&format!("{}: an instance without an id, account or region", record.action()));
            continue;
        };
        let Some((resource, _)) = arns::resource(&arn) else { continue };
        let created = text(instance, "launchTime").unwrap_or(record.time());
        let created = Some(Text::from(created.to_owned())).filter(|time| !time.is_empty());
        let of = |kind: &str| with_answer(requested(record, kind), instance, kind);
        let add = |extracted: &mut Extracted<'_>, resource, tags| {
            let what = What::Created { tags, others };
            extracted.add(Change { time: record.time().to_owned(), resource, what });
        };
        if has_volumes(record, instance) {
            let volumes = Resource {
                kind: Text::from("ec2:volume"),
                address: Some(Text::from(format!("volumes of {id}"))),
                account: resource.account.clone(),
                region: resource.region.clone(),
                created: created.clone(),
                ..Resource::default()
            };
            add(extracted, volumes, of("volume"));
        }
        add(extracted, Resource { created, ..resource }, of("instance"));
    }
}

fn has_volumes(record: &Record<'_>, instance: &Value) -> bool {
    let named = record.request().and_then(specifications).is_some_and(|value| specifies(value, "volume"));
    named || text(instance, "rootDeviceType") == Some("ebs")
}

/// The tags that the request has for resources of a kind.
fn requested(record: &Record<'_>, kind: &str) -> Told<Vec<Pair>> {
    let request = record.request().ok_or_else(|| NO_REQUEST.to_owned())?;
    specifications(request).map_or_else(|| Ok(Vec::new()), |value| specified(value, &[kind]))
}

/// The tags of an instance, which the response has too.
fn with_answer(requested: Told<Vec<Pair>>, instance: &Value, kind: &str) -> Told<Vec<Pair>> {
    let mut pairs = requested?;
    if let Some(answered) = instance.get("tagSet").filter(|_| kind == "instance") {
        for pair in tags(answered)?.into_iter().filter(|(key, _)| !key.starts_with("aws:")) {
            if !pairs.iter().any(|(key, _)| *key == pair.0) {
                pairs.push(pair);
            }
        }
    }
    Ok(pairs)
}
