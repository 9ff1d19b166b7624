//! IAM OIDC identity providers. The list has one page and contains ARNs only (IAM API Reference,
//! `ListOpenIDConnectProviders`).

use super::context::ScanContext;
use super::iam_providers;
use super::iam_tags::{tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index;
use crate::aws::SupportedType;
use crate::aws::supported::iam_oidc_provider;

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
        .await;
    let providers = answer
        .map(|answer| Some(answer.open_id_connect_provider_list?.into_iter().map(|one| (one.arn, None)).collect()));
    iam_providers::add_all(context, LIST, providers, async |arn| tags_of(context.session, arn).await).await;
}

tags_of!(tags_of, iam_oidc_provider::TYPE, list_open_id_connect_provider_tags, open_id_connect_provider_arn);
