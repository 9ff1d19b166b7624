//! Cognito user pools, region by region. The list has neither ARNs nor tags.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::UserPoolDescriptionType as Pool;
use futures_util::StreamExt as _;
use tokio::sync::Mutex;

use super::calls::Caller;
use super::failure::{Cause, Failure};
use super::harvest::{self, Part, moment, some};
use super::index::Index;
use super::paging::{self, Next, Page};
use super::scan::Scan;
use super::{ResourceKind, region};
use crate::model::Resource;

/// What Cognito gives at most.
const PAGE: i32 = 60;

/// One region's client.
struct Region<'s> {
    scan: &'s Scan<'s>,
    name: &'s str,
    client: Client,
    caller: Caller,
    /// Whether pools can be described where their tags cannot be listed; unknown until it is tried.
    described: Mutex<Option<bool>>,
}

/// Reads all user pools of a region.
pub(super) async fn read(scan: &Scan<'_>, name: &str) {
    let part: Part = (ResourceKind::Pool, Some(name.to_owned()));
    let home = &scan.who.partition;
    if region::partition_of(name) == home {
        let (client, caller) = scan.session.cognito(name);
        Region { scan, name, client, caller, described: Mutex::new(None) }.read(&part).await;
    } else {
        let other = region::partition_of(name);
        let error = format!("region {name} is in partition {other}, the credentials are of partition {home}");
        scan.harvest.gap(&scan.who.account, &part, "", error);
    }
    scan.harvest.done(&scan.who.account, &part);
}

impl Region<'_> {
    async fn read(&self, part: &Part) {
        let (mut pools, mut pages) = (Vec::new(), 0);
        let end = paging::all(
            async |token| {
                let answer = self
                    .caller
                    .call("cognito-idp:ListUserPools", |probe| {
                        let call = self.client.list_user_pools().max_results(PAGE).set_next_token(token.clone());
                        call.customize().interceptor(probe).send()
                    })
                    .await?;
                let next = Next::token(answer.next_token);
                Ok(Page { items: answer.user_pools.unwrap_or_default(), next })
            },
            |page| {
                pages += 1;
                pools.extend(page);
            },
        )
        .await;
        if let Err(failure) = end {
            self.explain(part, &failure, pages == 0);
        }
        self.scan.harvest.expect(pools.len());
        let index = self.scan.index(self.name, ResourceKind::Pool, pools.len()).await;
        futures_util::stream::iter(pools)
            .map(|pool| self.read_pool(pool, index.as_ref()))
            .buffer_unordered(self.scan.plan.root.width)
            .collect::<()>()
            .await;
    }

    /// A list that failed at once may mean that the region is switched off, or that there is none of this name.
    fn explain(&self, part: &Part, failure: &Failure, at_once: bool) {
        let name = self.name;
        let error = match failure.cause {
            Cause::UnknownToken if at_once && self.scan.plan.all_regions => {
                return self.scan.harvest.not_enabled(name);
            }
            // AWS opens regions before all of its services are there.
            Cause::Unreachable(true) if at_once && self.scan.plan.all_regions && !region::is_known(name) => {
                return self.scan.harvest.not_enabled(name);
            }
            Cause::UnknownToken if at_once => format!("region {name} is not enabled in this account ({failure})"),
            Cause::Unreachable(true) => {
                let host = failure.endpoint.as_deref().unwrap_or("its endpoint");
                format!("{host} does not resolve: does region {name} exist, and does it have Cognito?")
            }
            _ => failure.to_string(),
        };
        self.scan.harvest.gap(&self.scan.who.account, part, "cognito-idp:ListUserPools", error);
    }

    async fn read_pool(&self, pool: Pool, index: Option<&Index>) {
        let Some(id) = pool.id.clone() else { return };
        let who = self.scan.who;
        // Replicas share a pool's id and not its tags: the ARN is of the region that was asked (facts/aws.md section 1).
        let arn = format!("arn:{}:cognito-idp:{}:{}:userpool/{id}", who.partition, self.name, who.account);
        let direct = async { self.tags_of(&arn, &id).await.map(harvest::tags) };
        self.scan.settle(self.resource(pool, arn.clone()), index, direct).await;
    }

    async fn tags_of(&self, arn: &str, id: &str) -> Result<HashMap<String, String>, Failure> {
        match tags_of(&self.client, &self.caller, arn).await {
            Err(failure) if failure.denied() => self.described_tags(id).await.unwrap_or(Err(failure)),
            other => other,
        }
    }

    /// The tags from the pool's description; `None` where descriptions are denied too, which is asked once a region.
    async fn described_tags(&self, id: &str) -> Option<Result<HashMap<String, String>, Failure>> {
        let mut known = self.described.lock().await;
        match *known {
            Some(false) => None,
            Some(true) => {
                drop(known);
                Some(self.describe(id).await).filter(|answer| !is_denied(answer))
            }
            None => {
                let answer = self.describe(id).await;
                *known = Some(!is_denied(&answer));
                Some(answer).filter(|answer| !is_denied(answer))
            }
        }
    }

    async fn describe(&self, id: &str) -> Result<HashMap<String, String>, Failure> {
        let answer = self
            .caller
            .call("cognito-idp:DescribeUserPool", |probe| {
                self.client.describe_user_pool().user_pool_id(id).customize().interceptor(probe).send()
            })
            .await?;
        Ok(answer.user_pool.and_then(|pool| pool.user_pool_tags).unwrap_or_default())
    }

    fn resource(&self, pool: Pool, arn: String) -> Resource<'static> {
        Resource {
            name: pool.name.and_then(some),
            id: pool.id.and_then(some),
            region: some(self.name),
            created: moment(pool.creation_date.as_ref()),
            ..self.scan.resource(ResourceKind::Pool, arn)
        }
    }
}

fn is_denied<T>(answer: &Result<T, Failure>) -> bool {
    answer.as_ref().is_err_and(Failure::denied)
}

/// The tags of one pool.
pub(super) async fn tags_of(client: &Client, caller: &Caller, arn: &str) -> Result<HashMap<String, String>, Failure> {
    let answer = caller
        .call("cognito-idp:ListTagsForResource", |probe| {
            client.list_tags_for_resource().resource_arn(arn).customize().interceptor(probe).send()
        })
        .await?;
    Ok(answer.tags.unwrap_or_default())
}
