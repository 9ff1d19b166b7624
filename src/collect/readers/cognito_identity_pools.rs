//! Amazon Cognito identity pools, region by region. The list contains ids and names only.

use aws_sdk_cognitoidentity::Client;
use aws_sdk_cognitoidentity::types::IdentityPoolShortDescription as Pool;

use super::cognito_tags::{tag_methods, tags_of};
use super::cognito_user_pools;
use super::context::ScanContext;
use super::fields::{read_tags, some};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index;
use crate::aws::SupportedType;
use crate::aws::supported::cognito_identity_pool;
use crate::collect::client::paging::{Next, Page, pages, read_all};
use crate::model::Resource;

const LIST: &str = "cognito-identity:ListIdentityPools";

/// The largest page of `ListIdentityPools`.
const PAGE: i32 = 60;

/// The reader of Amazon Cognito identity pools.
pub(super) struct CognitoIdentityPools;

impl TypeReader for CognitoIdentityPools {
    fn resource_type(&self) -> &'static SupportedType {
        &cognito_identity_pool::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[LIST]
    }

    /// Those of user pools and, in China, one that has identity pools only (botocore's endpoints, November 2026).
    fn known_regions(&self, partition: &str) -> &'static [&'static str] {
        if partition == "aws-cn" { &["cn-north-1"] } else { cognito_user_pools::regions(partition) }
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(scan(context))
    }

    tag_methods!(cognito_identity_pool::TYPE, cognito_identity, cognito_identity_writes);

    fn estimated_calls(&self, resources: u64, indexed: bool) -> Vec<(&'static str, u64)> {
        let read_tags = cognito_identity_pool::TYPE.read_tags_action;
        vec![(LIST, pages(resources, PAGE as u64)), tag_index::estimated_call(read_tags, resources, indexed)]
    }
}

async fn scan(context: &ScanContext<'_>) {
    let (client, caller) = context.session.cognito_identity(context.region());
    let (mut pools, mut pages) = (Vec::new(), 0);
    let end = read_all(
        async |token| {
            let answer = caller
                .call(LIST, |interceptor| {
                    let call = client.list_identity_pools().max_results(PAGE).set_next_token(token.clone());
                    call.customize().interceptor(interceptor).send()
                })
                .await?;
            let next = Next::token(answer.next_token);
            Ok(Page { items: answer.identity_pools.unwrap_or_default(), next })
        },
        |page| {
            pages += 1;
            // A pool without an id cannot be read.
            pools.extend(page.into_iter().filter_map(|pool| Some((pool.identity_pool_id.clone()?, pool))));
        },
    )
    .await;
    if let Err(error) = end {
        context.regional_list_failed(LIST, &error, pages == 0);
    }
    let read_one = |(id, pool): (String, Pool)| {
        let arn = arn(context, &id);
        let resource =
            Resource { name: pool.identity_pool_name.and_then(some), id: some(id), ..context.resource(arn.clone()) };
        let (client, caller) = (&client, &caller);
        (resource, async move { tags_of(client, caller, &arn).await.map(read_tags) })
    };
    context.add_all(pools, read_one).await;
}

fn arn(context: &ScanContext<'_>, id: &str) -> String {
    let (partition, region, account) = (context.partition(), context.region(), context.account());
    format!("arn:{partition}:cognito-identity:{region}:{account}:identitypool/{id}")
}

tags_of!(cognito_identity_pool::TYPE, Client);
