//! Identity providers of IAM: lists of one page, without tags.

use aws_smithy_types::DateTime;

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use crate::collect::client::api_error::ApiError;
use crate::model::{Resource, TagMap};

/// A provider in a list: its ARN, and the time of its creation if the list has it.
pub(super) type ListedProvider = (Option<String>, Option<DateTime>);

/// Adds the providers of a list and reads the tags of each. A list that failed or that the answer lacks is a gap.
pub(super) async fn add_all(
    context: &ScanContext<'_>,
    list: &'static str,
    answer: Result<Option<Vec<ListedProvider>>, ApiError>,
    tags_of: impl AsyncFn(&str) -> Result<TagMap, ApiError>,
) {
    let providers = match answer.and_then(|providers| providers.ok_or_else(|| ApiError::empty(list))) {
        Ok(providers) => providers,
        Err(error) => return context.gap(list, error.to_string()),
    };
    // A provider without an ARN cannot be read.
    let providers = providers.into_iter().filter_map(|(arn, created)| Some((arn?, created))).collect();
    let tags_of = &tags_of;
    let read_one = |(arn, created): (String, Option<DateTime>)| {
        // An OIDC provider's name is its URL without a scheme.
        let name = arn.split_once('/').map_or("", |(_, name)| name);
        let resource =
            Resource { name: some(name), created: rfc_3339(created.as_ref()), ..context.resource(arn.as_str()) };
        (resource, async move { tags_of(&arn).await.map(read_tags) })
    };
    context.add_all(providers, read_one).await;
}
