//! The index of tags that the Resource Groups Tagging API keeps: 100 resources a call, some minutes late.
//!
//! It does not contain resources that were never tagged, and still contains deleted ones
//! (`docs/contributing/aws-facts.md`). The list of the service itself therefore decides which resources exist. The
//! index only gives the tags that they may have, and everything that a policy would report is read from the service
//! first.

use std::collections::HashMap;

use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Next, Page, pages, read_all};
use crate::collect::client::session::AccountSession;
use crate::collect::options::TagsFrom;

/// The operation that reads the index.
pub(crate) const GET_RESOURCES: &str = "tag:GetResources";
/// The largest page of `GetResources`.
pub(crate) const PAGE: u16 = 100;
/// The number of resources from which the index always saves calls.
const WORTH_IT: usize = 20;

/// The index of the Resource Groups Tagging API that has the tags of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexRegion {
    /// No index is needed: the list contains the tags.
    None,
    /// The index of the partition's main region.
    Main,
    /// The index of the resource's region.
    Own,
}

/// The tags in the index, by ARN.
#[derive(Debug, Default)]
pub(crate) struct TagIndex(HashMap<String, Vec<(String, String)>>);

impl TagIndex {
    /// The tags of a resource; none if it was never tagged, or only just now.
    pub(crate) fn tags_of(&self, arn: &str) -> Option<&[(String, String)]> {
        self.0.get(arn).map(Vec::as_slice)
    }

    /// The resources with their tags.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[(String, String)])> {
        self.0.iter().map(|(arn, tags)| (arn.as_str(), tags.as_slice()))
    }

    /// Returns `true` if the index has no resource at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The calls that read the tags of resources, for an estimate: from the index, or one for each resource.
pub(super) fn estimated_call(read_tags: &'static str, resources: u64, indexed: bool) -> (&'static str, u64) {
    if indexed { (GET_RESOURCES, pages(resources, PAGE.into())) } else { (read_tags, resources) }
}

/// Returns `true` if the index is worth reading for this number of resources.
pub(crate) fn is_wanted(from: TagsFrom, resources: usize) -> bool {
    match from {
        TagsFrom::Direct => false,
        TagsFrom::Auto => resources >= WORTH_IT,
        TagsFrom::TaggingApi => resources > 0,
    }
}

/// Reads the index of a region for one type.
pub(crate) async fn read(session: &AccountSession, region: &str, resource_type: &str) -> Result<TagIndex, ApiError> {
    read_types(session, region, &[resource_type]).await.map_err(|(_, error)| error)
}

/// Reads the index of a region for some types, or for all if none is named. An error comes with what was read before.
pub(crate) async fn read_types(
    session: &AccountSession,
    region: &str,
    types: &[&str],
) -> Result<TagIndex, (TagIndex, ApiError)> {
    let (client, caller) = session.tagging(region);
    let filter = (!types.is_empty()).then(|| types.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let mut index = TagIndex::default();
    let end = read_all(
        async |token| {
            let answer = caller
                .call(GET_RESOURCES, |interceptor| {
                    let call = client.get_resources().resources_per_page(PAGE.into());
                    let call = call.set_resource_type_filters(filter.clone()).set_pagination_token(token.clone());
                    call.customize().interceptor(interceptor).send()
                })
                .await?;
            let items = answer.resource_tag_mapping_list.unwrap_or_default();
            Ok(Page { next: Next::token(answer.pagination_token), items })
        },
        |page| {
            index.0.extend(page.into_iter().filter_map(|resource| {
                let tags = resource.tags.unwrap_or_default();
                Some((resource.resource_arn?, tags.into_iter().map(|tag| (tag.key, tag.value)).collect()))
            }));
        },
    )
    .await;
    match end {
        Ok(()) => Ok(index),
        Err(error) => Err((index, error)),
    }
}
