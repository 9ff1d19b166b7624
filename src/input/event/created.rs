//! Events that create resources.

use std::collections::BTreeSet;

use serde_json::Value;

use super::arns;
use super::change::{Change, What};
use super::ec2;
use super::extracted::Extracted;
use super::named;
use super::record::{Record, text};
use super::run_instances;
use super::tag_values::{given, unread_tags};
use crate::aws::create_actions;
use crate::aws::resource_types::{ResourceType, named as type_named};
use crate::aws::supported;
use crate::base::count;
use crate::model::{NotJudgedReason, Resource, Text};

/// Actions that create a resource with tags, and for which the Service Authorization Reference has no `aws:RequestTag`.
const OTHERS: &[(&str, &str)] = &[
    ("iam:CreateOpenIDConnectProvider", supported::iam_oidc_provider::TYPE.name),
    ("iam:UploadServerCertificate", supported::iam_server_certificate::TYPE.name),
];
/// Actions that succeed where the resource is there already, with tags that the request does not name. Source: the API
/// References of Amazon SQS, Amazon SNS and Amazon ECS.
const IDEMPOTENT: &[&str] = &["ecs:CreateCluster", "sns:CreateTopic", "sqs:CreateQueue"];
const MAY_EXIST: &str = "the call also succeeds if the resource was there already, with other tags";
const NO_REQUEST: &str = "the event does not have the parameters of the request";

/// Adds the resources that a record creates; `false` if its action creates none that taglint knows.
pub(super) fn add(record: &Record<'_>, extracted: &mut Extracted<'_>) -> bool {
    let action = record.action();
    if action == "ec2:RunInstances" {
        run_instances::add(record, extracted);
        return true;
    }
    let types = types_of(&action);
    if types.is_empty() {
        return false;
    }
    let mut tags = record.request().map_or_else(|| Err(NO_REQUEST.to_owned()), |request| given(request, &types));
    let answered = record.response().and_then(|response| unread_tags(response));
    if tags.as_ref().is_ok_and(Vec::is_empty) && answered.is_some() {
        tags = Err("the event has tags in its response, and none in its request".to_owned());
    }
    match resource(record, &types) {
        Ok(resource) => {
            let others = may_exist(record, &action).then_some(MAY_EXIST);
            let what = What::Created { tags, others };
            extracted.add(Change { time: record.time().to_owned(), resource, what });
        }
        Err(why) => extracted.passed_over(&action, NotJudgedReason::UnknownType, &why),
    }
    true
}

/// The types that an action creates.
fn types_of(action: &str) -> Vec<&'static ResourceType> {
    let listed =
        create_actions::all().iter().filter(|one| one.name == action).flat_map(|one| one.types.iter().copied());
    let others = OTHERS.iter().filter(|(one, _)| *one == action).filter_map(|(_, kind)| type_named(kind));
    listed.chain(others).collect()
}

fn may_exist(record: &Record<'_>, action: &str) -> bool {
    // In us-east-1, `CreateBucket` succeeds on a bucket of the caller (Amazon S3 API Reference, `BucketAlreadyOwnedByYou`).
    IDEMPOTENT.contains(&action) || action == "s3:CreateBucket" && record.region().is_none_or(|of| of == "us-east-1")
}

/// The created resource, or the reason why the event does not tell it.
fn resource(record: &Record<'_>, types: &[&ResourceType]) -> Result<Resource<'static>, String> {
    let request = record.request();
    let owned = |text: &str| Text::from(text.to_owned());
    let (account, region) = (record.account().map(owned), record.region().map(owned));
    let only = match types {
        [only] => Some(only.kind()),
        _ => None,
    };
    let given_name = only.zip(request).and_then(|(kind, request)| named::name(request, kind));
    let created = Some(record.time()).filter(|time| !time.is_empty()).map(owned);
    if let Some((found, _)) = arn(record, types)?.as_deref().and_then(arns::resource) {
        let bucket_region = request.filter(|_| found.kind.as_str() == "s3:bucket").and_then(bucket_region);
        let name = if found.id.is_some() || is_named_by_id(&found) { given_name.map(owned) } else { None };
        return Ok(Resource {
            name: name.or(found.name),
            account: found.account.or(account),
            region: found.region.or(bucket_region).or(region.filter(|_| found.kind.as_str() == "s3:bucket")),
            created,
            ..found
        });
    }
    let kind = only.ok_or_else(|| "it does not tell the ARN of the resource".to_owned())?;
    let is_regional = supported::by_name(kind).is_none_or(|supported| supported.regional);
    Ok(Resource {
        kind: Text::from(kind),
        address: given_name.is_none().then(|| Text::from(format!("{} {}", record.action(), record.id()))),
        name: given_name.map(owned),
        account,
        region: region.filter(|_| is_regional),
        created,
        ..Resource::default()
    })
}

/// Returns `true` if the last part of the ARN is an id, and the request has the name.
fn is_named_by_id(resource: &Resource<'_>) -> bool {
    supported::by_name(&resource.kind).is_some_and(|supported| supported.regional)
}

fn bucket_region(request: &Value) -> Option<Text<'static>> {
    let configuration = request.get("CreateBucketConfiguration")?;
    let location = text(configuration, "LocationConstraint").filter(|region| crate::aws::Region::is_valid(region))?;
    Some(Text::from(location.to_owned()))
}

/// The ARN of the created resource, from the response, or from its name or id.
fn arn(record: &Record<'_>, types: &[&ResourceType]) -> Result<Option<String>, String> {
    let request = record.request();
    let asked: BTreeSet<&str> =
        request.map(arns::texts).unwrap_or_default().into_iter().map(|(_, text)| text).collect();
    let answered = record.response().map(arns::texts).unwrap_or_default();
    let mut found: Vec<(usize, String)> = Vec::new();
    for (depth, text) in answered {
        let arn = if text.starts_with("arn:") {
            Some(text.to_owned())
        } else {
            Some(text).filter(|_| record.service == "ec2").and_then(|id| ec2::arn_of_id(record, id))
        };
        if let Some(arn) = arn.filter(|arn| !asked.contains(text) && arns::is_of(arn, types)) {
            found.push((depth, arn));
        }
    }
    let least = found.iter().map(|(depth, _)| *depth).min();
    found.retain(|(depth, _)| Some(*depth) == least);
    found.dedup();
    if found.is_empty() {
        found.extend(record.resources().filter(|arn| arns::is_of(arn, types)).map(|arn| (0, arn.to_owned())));
    }
    match found.as_slice() {
        [] => {
            let supported = types.iter().find_map(|row| supported::by_name(row.kind()));
            let built = match supported {
                Some(supported) => named::arn_of_created(record, supported, request),
                None => request.and_then(|request| named::arn(record, request)),
            };
            Ok(built.filter(|arn| arns::is_of(arn, types)))
        }
        [(_, one)] => Ok(Some(one.clone())),
        several => Err(format!("it tells {} of its type", count(several.len() as u64, "resource"))),
    }
}
