//! IAM SAML identity providers. The list has one page and comes without tags (IAM API Reference, `ListSAMLProviders`).

use aws_sdk_iam::types::SamlProviderListEntry;

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::iam_tags::{tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index::{self, IndexRegion};
use crate::aws::SupportedType;
use crate::aws::supported::iam_saml_provider;
use crate::collect::client::api_error::ApiError;
use crate::model::Resource;

const LIST: &str = "iam:ListSAMLProviders";

/// The reader of IAM SAML identity providers.
pub(super) struct IamSamlProviders;

impl TypeReader for IamSamlProviders {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_saml_provider::TYPE
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

    tag_methods!(iam_saml_provider::TYPE, tag_saml_provider, untag_saml_provider, saml_provider_arn, |target| target
        .arn);

    fn estimated_calls(&self, resources: u64, indexed: bool) -> Vec<(&'static str, u64)> {
        vec![(LIST, 1), tag_index::estimated_call(iam_saml_provider::TYPE.read_tags_action, resources, indexed)]
    }
}

async fn scan(context: &ScanContext<'_>) {
    let (client, caller) = context.session.iam();
    let answer = caller
        .call(LIST, |interceptor| client.list_saml_providers().customize().interceptor(interceptor).send())
        .await
        .and_then(|answer| answer.saml_provider_list.ok_or_else(|| ApiError::empty(LIST)));
    let providers = match answer {
        Ok(providers) => providers,
        Err(error) => return context.gap(LIST, error.to_string()),
    };
    // A provider without an ARN cannot be read.
    let providers = providers.into_iter().filter_map(|provider| Some((provider.arn.clone()?, provider))).collect();
    let read_one = |(arn, provider): (String, SamlProviderListEntry)| {
        let resource = from_entry(context, &arn, &provider);
        (resource, async move { tags_of(context.session, &arn).await.map(read_tags) })
    };
    context.add_all(providers, read_one).await;
}

tags_of!(tags_of, iam_saml_provider::TYPE, list_saml_provider_tags, saml_provider_arn);

fn from_entry(context: &ScanContext<'_>, arn: &str, provider: &SamlProviderListEntry) -> Resource<'static> {
    let name = arn.split_once('/').map_or("", |(_, name)| name);
    Resource { name: some(name), created: rfc_3339(provider.create_date.as_ref()), ..context.resource(arn) }
}
