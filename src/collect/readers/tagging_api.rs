//! The tags of resources of any type, through the Resource Groups Tagging API: up to 20 resources a call.
//!
//! `GetResources` does not list a resource that never had a tag. One that is not in an answer is therefore not read here, and
//! never taken for one without tags.

use std::collections::HashMap;

use aws_sdk_resourcegroupstagging::types::FailureInfo;

use crate::aws::tag_actions::{READ, TAG, UNTAG};
use crate::collect::client::api_error::ApiError;
use crate::collect::client::session::AccountSession;
use crate::model::TagMap;

/// A change of the tags of several resources.
#[derive(Debug, Clone, Copy)]
pub enum TagWrite<'a> {
    /// Adds or overwrites tags.
    Tag(&'a TagMap),
    /// Removes tags.
    Untag(&'a [String]),
}

impl TagWrite<'_> {
    /// The operation.
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::Tag(_) => TAG,
            Self::Untag(_) => UNTAG,
        }
    }
}

/// Reads the tags of the resources that the index lists, by ARN.
pub(crate) async fn read(
    session: &AccountSession,
    region: &str,
    arns: &[&str],
) -> Result<HashMap<String, TagMap>, ApiError> {
    let (client, caller) = session.tagging(region);
    let answer = caller
        .call(READ, |interceptor| {
            let arns = arns.iter().map(|arn| (*arn).to_owned()).collect();
            client.get_resources().set_resource_arn_list(Some(arns)).customize().interceptor(interceptor).send()
        })
        .await?;
    let mut found = HashMap::new();
    for resource in answer.resource_tag_mapping_list.unwrap_or_default() {
        // Without the member, the tags are not known.
        let (Some(arn), Some(tags)) = (resource.resource_arn, resource.tags) else { continue };
        let tags: TagMap = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        if found.insert(arn, tags).is_some() {
            return Err(ApiError::paging("tag:GetResources lists a resource twice"));
        }
    }
    Ok(found)
}

/// Writes the tags of up to 20 resources, and returns the errors of those that failed, by ARN.
pub(crate) async fn write(
    session: &AccountSession,
    region: &str,
    arns: &[&str],
    write: TagWrite<'_>,
    admitted: bool,
) -> Result<HashMap<String, ApiError>, ApiError> {
    let (client, caller) = session.tagging_writes(region);
    let operation = write.operation();
    let list = || Some(arns.iter().map(|arn| (*arn).to_owned()).collect());
    let failed = match write {
        TagWrite::Tag(tags) => {
            let call = caller.call_admitted(operation, admitted, |interceptor| {
                let tags = tags.clone().into_iter().collect();
                let call = client.tag_resources().set_resource_arn_list(list()).set_tags(Some(tags));
                call.customize().interceptor(interceptor).send()
            });
            call.await?.failed_resources_map
        }
        TagWrite::Untag(keys) => {
            let call = caller.call_admitted(operation, admitted, |interceptor| {
                let call = client.untag_resources().set_resource_arn_list(list()).set_tag_keys(Some(keys.to_vec()));
                call.customize().interceptor(interceptor).send()
            });
            call.await?.failed_resources_map
        }
    };
    let failed = failed.unwrap_or_default();
    // A failure that belongs to none of the resources could be that of any.
    if failed.keys().any(|arn| !arns.contains(&arn.as_str())) {
        return Err(ApiError::empty(operation));
    }
    Ok(failed.into_iter().map(|(arn, failure)| (arn, of_failure(&failure, operation))).collect())
}

fn of_failure(failure: &FailureInfo, operation: &str) -> ApiError {
    let code = failure.error_code.as_ref().map_or("UnknownFailure", |code| code.as_str());
    let message = failure.error_message.as_deref().unwrap_or_default();
    ApiError::of_resource(code, message, failure.status_code, operation)
}
