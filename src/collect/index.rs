//! The Resource Groups Tagging API: the tags of a hundred resources a call, from an index that is some minutes late,
//! leaves out what was never tagged, and still lists what is gone (facts/aws.md section 1).
//!
//! So a list of the service itself says what there is; the index only says what tags it may have, and whatever a policy
//! would report of that is read directly before it is reported.

use std::collections::HashMap;

use super::failure::Failure;
use super::paging::{self, Next, Page};
use super::session::Session;
use super::{ResourceKind, TagsFrom};

/// What the API gives at most.
const PAGE: i32 = 100;
/// With so many resources the index saves calls, whatever it says of them.
const WORTH_IT: usize = 20;

/// The tags that the index has, by ARN.
#[derive(Debug, Default)]
pub(super) struct Index(HashMap<String, Vec<(String, String)>>);

impl Index {
    /// What it says of a resource; nothing of one that was never tagged, or only just now.
    pub(super) fn of(&self, arn: &str) -> Option<&[(String, String)]> {
        self.0.get(arn).map(Vec::as_slice)
    }

    /// Whether it has nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether the index is asked about so many resources.
pub(super) fn wanted(from: TagsFrom, resources: usize) -> bool {
    match from {
        TagsFrom::Direct => false,
        TagsFrom::Auto => resources >= WORTH_IT,
        TagsFrom::TaggingApi => resources > 0,
    }
}

/// Reads what the index of a region has of a type.
pub(super) async fn read(session: &Session, region: &str, kind: ResourceKind) -> Result<Index, Failure> {
    let (client, caller) = session.tagging(region);
    let mut index = Index::default();
    paging::all(
        async |token| {
            let answer = caller
                .call("tag:GetResources", |probe| {
                    let call = client.get_resources().resources_per_page(PAGE).resource_type_filters(kind.as_str());
                    call.set_pagination_token(token.clone()).customize().interceptor(probe).send()
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
    .await?;
    Ok(index)
}
