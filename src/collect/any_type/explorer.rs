//! Resource Explorer: its indexes, views and resources.
//!
//! Source: AWS Resource Explorer API Reference.

use aws_sdk_resourceexplorer2::types::{IndexState, IndexType, Resource as ApiResource, SearchFilter};
use aws_smithy_types::Document;

use super::types::ListedTypes;
use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Next, Page, read_all};
use crate::collect::client::session::AccountSession;

pub(crate) const LIST_INDEXES: &str = "resource-explorer-2:ListIndexes";
pub(crate) const GET_INDEX: &str = "resource-explorer-2:GetIndex";
pub(crate) const GET_DEFAULT_VIEW: &str = "resource-explorer-2:GetDefaultView";
pub(crate) const GET_VIEW: &str = "resource-explorer-2:GetView";
pub(crate) const LIST_RESOURCES: &str = "resource-explorer-2:ListResources";
pub(crate) const LIST_TYPES: &str = "resource-explorer-2:ListSupportedResourceTypes";
/// The action that allows `ListResources` (AWS Resource Explorer API Reference, `ListResources`).
pub(crate) const SEARCH: &str = "resource-explorer-2:Search";

/// The largest page of `ListResources` that has a token: "does not generate a `NextToken` if you set `MaxResults` to 1000".
pub(crate) const PAGE: i32 = 999;
/// The largest page of `ListIndexes`.
const INDEX_PAGE: i32 = 100;

/// The index of one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) region: String,
    /// `true` if it has the resources of other regions too.
    pub(super) aggregates: bool,
}

impl ViewFacts {
    /// Returns `true` if the view sees other accounts too.
    pub(super) fn is_of_organization(&self) -> bool {
        self.scope.contains(":organizations:")
    }
}

/// The state of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexFacts {
    /// The state, if the index is not complete.
    pub(super) incomplete: Option<String>,
    /// The other regions whose resources it has.
    pub(super) replicates: Vec<String>,
}

/// The facts about a view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ViewFacts {
    /// The filter of the view; empty if it has none.
    pub(super) filter: String,
    /// `true` if its resources come with their tags.
    pub(super) has_tags: bool,
    /// The account, unit or organization that it sees.
    pub(super) scope: String,
}

/// A resource of a view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Indexed {
    pub(super) arn: Option<String>,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) kind: String,
    pub(super) cloudformation: Option<String>,
    /// The time of the last look at the resource, in seconds.
    pub(super) reported: Option<i64>,
    /// The tags; none if the view shows none, or if they cannot be parsed.
    pub(super) tags: Vec<(String, String)>,
}

/// Lists the indexes of all regions, which any region knows.
pub(super) async fn indexes(session: &AccountSession, region: &str) -> Result<Vec<Index>, ApiError> {
    let (client, caller) = session.resource_explorer(region);
    let mut out = Vec::new();
    read_all(
        async |token| {
            let answer = caller
                .call(LIST_INDEXES, |interceptor| {
                    let call = client.list_indexes().max_results(INDEX_PAGE).set_next_token(token.clone());
                    call.customize().interceptor(interceptor).send()
                })
                .await?;
            Ok(Page { next: Next::token(answer.next_token), items: answer.indexes.unwrap_or_default() })
        },
        |page| {
            out.extend(page.into_iter().filter_map(|index| {
                let aggregates = index.r#type == Some(IndexType::Aggregator);
                Some(Index { region: index.region.filter(|region| crate::aws::Region::is_valid(region))?, aggregates })
            }));
        },
    )
    .await?;
    Ok(out)
}

/// The state of the index of a region.
pub(super) async fn index(session: &AccountSession, region: &str) -> Result<IndexFacts, ApiError> {
    let (client, caller) = session.resource_explorer(region);
    let send = |interceptor| client.get_index().customize().interceptor(interceptor).send();
    let answer = caller.call(GET_INDEX, send).await?;
    let incomplete = match answer.state {
        Some(IndexState::Active) => None,
        Some(state) => Some(state.as_str().to_owned()),
        None => Some("unknown".to_owned()),
    };
    Ok(IndexFacts { incomplete, replicates: answer.replicating_from.unwrap_or_default() })
}

/// The ARN of the default view of a region, if it has one.
pub(super) async fn default_view(session: &AccountSession, region: &str) -> Result<Option<String>, ApiError> {
    let (client, caller) = session.resource_explorer(region);
    let send = |interceptor| client.get_default_view().customize().interceptor(interceptor).send();
    let answer = caller.call(GET_DEFAULT_VIEW, send).await?;
    Ok(answer.view_arn.filter(|arn| !arn.is_empty()))
}

/// The facts about a view.
pub(super) async fn view(session: &AccountSession, region: &str, arn: &str) -> Result<ViewFacts, ApiError> {
    let (client, caller) = session.resource_explorer(region);
    let send = |interceptor| client.get_view().view_arn(arn).customize().interceptor(interceptor).send();
    let answer = caller.call(GET_VIEW, send).await?;
    let view = answer.view.ok_or_else(|| ApiError::empty(GET_VIEW))?;
    let has_tags = view.included_properties().iter().any(|property| property.name.eq_ignore_ascii_case("tags"));
    let filter = view.filters.map(|filter| filter.filter_string).unwrap_or_default();
    Ok(ViewFacts { filter, has_tags, scope: view.scope.unwrap_or_default() })
}

/// The types that Resource Explorer lists.
pub(super) async fn listed_types(session: &AccountSession, region: &str) -> Result<ListedTypes, ApiError> {
    let (client, caller) = session.resource_explorer(region);
    let mut listed = ListedTypes::default();
    read_all(
        async |token| {
            let answer = caller
                .call(LIST_TYPES, |interceptor| {
                    let call = client.list_supported_resource_types().max_results(PAGE);
                    call.set_next_token(token.clone()).customize().interceptor(interceptor).send()
                })
                .await?;
            Ok(Page { next: Next::token(answer.next_token), items: answer.resource_types.unwrap_or_default() })
        },
        |page| {
            for one in page {
                listed.0.extend(one.resource_type);
                listed.0.extend(one.cfn_resource_types.unwrap_or_default());
            }
        },
    )
    .await?;
    Ok(listed)
}

/// Lists the resources of a view that a filter takes; an empty filter takes all. `take` gets the resources of each page as it arrives.
pub(super) async fn resources(
    session: &AccountSession,
    region: &str,
    view: &str,
    filter: &str,
    mut take: impl FnMut(Vec<Indexed>),
) -> Result<(), ApiError> {
    let (client, caller) = session.resource_lists(region);
    let filter = Some(filter).filter(|filter| !filter.is_empty());
    let filter = filter.and_then(|filter| SearchFilter::builder().filter_string(filter).build().ok());
    read_all(
        async |token| {
            let answer = caller
                .call(LIST_RESOURCES, |interceptor| {
                    let call = client.list_resources().view_arn(view).max_results(PAGE);
                    let call = call.set_filters(filter.clone()).set_next_token(token.clone());
                    call.customize().interceptor(interceptor).send()
                })
                .await?;
            Ok(Page { next: Next::token(answer.next_token), items: answer.resources.unwrap_or_default() })
        },
        |page| take(page.into_iter().map(indexed).collect()),
    )
    .await
}

fn indexed(resource: ApiResource) -> Indexed {
    let properties = resource.properties.unwrap_or_default();
    let tags = properties.iter().find(|one| one.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("tags")));
    Indexed {
        arn: resource.arn,
        account: resource.owning_account_id.filter(|id| crate::aws::AccountId::is_valid(id)),
        region: resource.region.filter(|region| crate::aws::Region::is_valid(region)),
        kind: resource.resource_type.unwrap_or_default(),
        cloudformation: resource.cfn_resource_type,
        reported: resource.last_reported_at.map(|time| time.secs()),
        tags: tags.and_then(|property| property.data.as_ref()).and_then(pairs).unwrap_or_default(),
    }
}

/// The tags of a list of `{Key, Value}`; `None` if anything of it has another form.
fn pairs(data: &Document) -> Option<Vec<(String, String)>> {
    let text = |tag: &Document, name: &str| tag.as_object()?.get(name)?.as_string().map(str::to_owned);
    data.as_array()?.iter().map(|tag| Some((text(tag, "Key")?, text(tag, "Value")?))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn tags_of_another_form_are_no_tags() {
        let tag = |pairs: &[(&str, Document)]| {
            Document::Object(
                pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect::<HashMap<_, _>>(),
            )
        };
        let text = |text: &str| Document::String(text.to_owned());
        let good = Document::Array(vec![tag(&[("Key", text("a")), ("Value", text("1"))])]);
        assert_eq!(pairs(&good), Some(vec![("a".to_owned(), "1".to_owned())]));
        for bad in [
            text("a"),
            Document::Array(vec![text("a")]),
            Document::Array(vec![tag(&[("Key", text("a"))])]),
            Document::Array(vec![tag(&[("Key", text("a")), ("Value", Document::Null)])]),
        ] {
            assert_eq!(pairs(&bad), None, "{bad:?}");
        }
    }
}
