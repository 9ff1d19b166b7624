//! Amazon Cognito user pools, region by region. The list contains neither ARNs nor tags.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::UserPoolDescriptionType as Pool;
use tokio::sync::Mutex;

use super::cognito_tags::{tag_methods, tags_of};
use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index;
use crate::aws::SupportedType;
use crate::aws::supported::cognito_user_pool;
use crate::collect::client::api_call::ApiCaller;
use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Next, Page, pages, read_all};
use crate::model::{Resource, TagMap};

const LIST: &str = "cognito-idp:ListUserPools";
const DESCRIBE: &str = "cognito-idp:DescribeUserPool";

/// The largest page of `ListUserPools`.
const PAGE: i32 = 60;

/// The regions with Amazon Cognito user pools, by partition; other partitions have none (botocore's endpoints, November
/// 2026).
const REGIONS: [(&str, &[&str]); 3] = [
    (
        "aws",
        &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    ("aws-us-gov", &["us-gov-east-1", "us-gov-west-1"]),
    ("aws-eusc", &["eusc-de-east-1"]),
];

/// The regions of a partition with user pools.
pub(super) fn regions(partition: &str) -> &'static [&'static str] {
    REGIONS.iter().find(|(name, _)| *name == partition).map_or(&[], |(_, regions)| regions)
}

/// The reader of Amazon Cognito user pools.
pub(super) struct CognitoUserPools;

impl TypeReader for CognitoUserPools {
    fn resource_type(&self) -> &'static SupportedType {
        &cognito_user_pool::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[LIST]
    }

    fn fallback_actions(&self) -> &'static [&'static str] {
        &[DESCRIBE]
    }

    fn known_regions(&self, partition: &str) -> &'static [&'static str] {
        regions(partition)
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(scan(context))
    }

    tag_methods!(cognito_user_pool::TYPE, cognito, cognito_writes);

    fn estimated_calls(&self, resources: u64, indexed: bool) -> Vec<(&'static str, u64)> {
        let tags = tag_index::estimated_call(cognito_user_pool::TYPE.read_tags_action, resources, indexed);
        vec![(LIST, pages(resources, PAGE as u64)), tags]
    }
}

async fn scan(context: &ScanContext<'_>) {
    let (client, caller) = context.session.cognito(context.region());
    RegionScan { context, client, caller, describe_allowed: Mutex::new(None) }.run().await;
}

/// The scan of one region.
struct RegionScan<'s> {
    context: &'s ScanContext<'s>,
    client: Client,
    caller: ApiCaller,
    /// The known permission for `DescribeUserPool`; `None` until the first try.
    describe_allowed: Mutex<Option<bool>>,
}

impl RegionScan<'_> {
    async fn run(&self) {
        let (mut pools, mut pages) = (Vec::new(), 0);
        let end = read_all(
            async |token| {
                let answer = self
                    .caller
                    .call(LIST, |interceptor| {
                        let call = self.client.list_user_pools().max_results(PAGE).set_next_token(token.clone());
                        call.customize().interceptor(interceptor).send()
                    })
                    .await?;
                let next = Next::token(answer.next_token);
                Ok(Page { items: answer.user_pools.unwrap_or_default(), next })
            },
            |page| {
                pages += 1;
                // A pool without an id cannot be read.
                pools.extend(page.into_iter().filter_map(|pool| Some((pool.id.clone()?, pool))));
            },
        )
        .await;
        if let Err(error) = end {
            self.context.regional_list_failed(LIST, &error, pages == 0);
        }
        let read_one = |(id, pool): (String, Pool)| {
            let arn = self.arn(&id);
            let resource = self.resource(pool, &arn);
            (resource, async move { self.tags_of(&arn, &id).await.map(read_tags) })
        };
        self.context.add_all(pools, read_one).await;
    }

    /// The ARN of a pool. Replicas share the id of a pool and not its tags, so the ARN has the region of the list
    /// (`docs/contributing/aws-facts.md`).
    fn arn(&self, id: &str) -> String {
        let context = self.context;
        let (partition, region, account) = (context.partition(), context.region(), context.account());
        format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}")
    }

    async fn tags_of(&self, arn: &str, id: &str) -> Result<TagMap, ApiError> {
        match tags_of(&self.client, &self.caller, arn).await {
            Err(error) if error.denied() => self.described_tags(id).await.unwrap_or(Err(error)),
            other => other,
        }
    }

    /// The tags in the pool's description; `None` if descriptions are denied too, which is tried once in a region.
    async fn described_tags(&self, id: &str) -> Option<Result<TagMap, ApiError>> {
        // The first try holds the lock, so that other reads wait for its result and do not fail one by one.
        let mut allowed = self.describe_allowed.lock().await;
        match *allowed {
            Some(false) => None,
            Some(true) => {
                drop(allowed);
                Some(self.describe(id).await).filter(|answer| !is_denied(answer))
            }
            None => {
                let answer = self.describe(id).await;
                *allowed = Some(!is_denied(&answer));
                Some(answer).filter(|answer| !is_denied(answer))
            }
        }
    }

    async fn describe(&self, id: &str) -> Result<TagMap, ApiError> {
        let answer = self
            .caller
            .call(DESCRIBE, |interceptor| {
                self.client.describe_user_pool().user_pool_id(id).customize().interceptor(interceptor).send()
            })
            .await?;
        let tags = answer.user_pool.and_then(|pool| pool.user_pool_tags).unwrap_or_default();
        Ok(tags.into_iter().collect())
    }

    fn resource(&self, pool: Pool, arn: &str) -> Resource<'static> {
        Resource {
            name: pool.name.and_then(some),
            id: pool.id.and_then(some),
            created: rfc_3339(pool.creation_date.as_ref()),
            ..self.context.resource(arn)
        }
    }
}

fn is_denied<T>(answer: &Result<T, ApiError>) -> bool {
    answer.as_ref().is_err_and(ApiError::denied)
}

tags_of!(cognito_user_pool::TYPE, Client);
