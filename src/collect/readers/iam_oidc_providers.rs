//! IAM OIDC identity providers. The list has one page and contains ARNs only (IAM API Reference,
//! `ListOpenIDConnectProviders`).

use super::context::ScanContext;
use super::fields::{read_tags, some};
use super::iam_tags::{tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index::{self, IndexRegion};
use crate::aws::SupportedType;
use crate::aws::supported::iam_oidc_provider;
use crate::collect::client::api_error::ApiError;
use crate::model::Resource;

const LIST: &str = "iam:ListOpenIDConnectProviders";

/// The reader of IAM OIDC identity providers.
pub(super) struct IamOidcProviders;

impl TypeReader for IamOidcProviders {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_oidc_provider::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[LIST]
    }

    /// Global resources are in the index of the partition's main region.
    fn index_region(&self) -> IndexRegion {
        IndexRegion::Main
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(scan(context))
    }

    tag_methods!(
        iam_oidc_provider::TYPE,
        tag_open_id_connect_provider,
        untag_open_id_connect_provider,
        open_id_connect_provider_arn,
        |target| target.arn
    );

    fn estimated_calls(&self, resources: u64, indexed: bool) -> Vec<(&'static str, u64)> {
        vec![(LIST, 1), tag_index::estimated_call(iam_oidc_provider::TYPE.read_tags_action, resources, indexed)]
    }
}

async fn scan(context: &ScanContext<'_>) {
    let (client, caller) = context.session.iam();
    let answer = caller
        .call(LIST, |interceptor| client.list_open_id_connect_providers().customize().interceptor(interceptor).send())
        .await
        .and_then(|answer| answer.open_id_connect_provider_list.ok_or_else(|| ApiError::empty(LIST)));
    let providers = match answer {
        Ok(providers) => providers,
        Err(error) => return context.gap(LIST, error.to_string()),
    };
    // A provider without an ARN cannot be read.
    let providers = providers.into_iter().filter_map(|provider| provider.arn).collect();
    let read_one = |arn: String| {
        let resource = from_arn(context, &arn);
        (resource, async move { tags_of(context.session, &arn).await.map(read_tags) })
    };
    context.add_all(providers, read_one).await;
}

tags_of!(tags_of, iam_oidc_provider::TYPE, list_open_id_connect_provider_tags, open_id_connect_provider_arn);

/// A provider; its name is the URL without a scheme.
fn from_arn(context: &ScanContext<'_>, arn: &str) -> Resource<'static> {
    let name = arn.split_once('/').map_or("", |(_, name)| name);
    Resource { name: some(name), ..context.resource(arn) }
}
