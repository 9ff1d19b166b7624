//! The tags of IAM resources, as their operations give and take them.

use aws_sdk_iam::types::Tag;

use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Page, read_all};
use crate::model::TagMap;

/// The largest page of IAM.
pub(super) const PAGE: i32 = 1000;

/// Reads all tags from an operation that gives them in pages.
pub(super) async fn read_pages(
    page: impl AsyncFnMut(Option<String>) -> Result<Page<Tag>, ApiError>,
) -> Result<TagMap, ApiError> {
    let mut tags = TagMap::new();
    read_all(page, |page| tags.extend(pairs(page))).await?;
    Ok(tags)
}

/// The keys and values of tags.
pub(super) fn pairs(tags: Vec<Tag>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value))
}

/// The tags as input of an operation.
pub(super) fn to_input(tags: &TagMap, operation: &str) -> Result<Vec<Tag>, ApiError> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(|_| ApiError::empty(operation))
}
