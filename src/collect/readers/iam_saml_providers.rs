//! IAM SAML identity providers. The list has one page and comes without tags (IAM API Reference, `ListSAMLProviders`).

use super::context::ScanContext;
use super::iam_providers;
use super::iam_tags::{tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index;
use crate::aws::SupportedType;
use crate::aws::supported::iam_saml_provider;

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
    let answer =
        caller.call(LIST, |interceptor| client.list_saml_providers().customize().interceptor(interceptor).send()).await;
    let providers = answer
        .map(|answer| Some(answer.saml_provider_list?.into_iter().map(|one| (one.arn, one.create_date)).collect()));
    iam_providers::add_all(context, LIST, providers, async |arn| tags_of(context.session, arn).await).await;
}

tags_of!(tags_of, iam_saml_provider::TYPE, list_saml_provider_tags, saml_provider_arn);
