//! Cognito user pools, region by region. The list has neither ARNs nor tags.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::UserPoolDescriptionType as Pool;
use futures_util::StreamExt as _;
use tokio::sync::Mutex;

use super::calls::Caller;
use super::failure::{Cause, Failure};
use super::harvest::{self, Part, moment, some};
use super::paging::{self, Next, Page};
use super::{Kind, Scan, pacer, region};
use crate::model::{Resource, Tags};

/// What Cognito gives at most.
const PAGE: i32 = 60;

/// One region's clients: Cognito limits lists and descriptions apart from tags.
struct Region<'s> {
    scan: &'s Scan<'s>,
    name: &'s str,
    client: Client,
    pools: Caller,
    tags: Caller,
    /// Whether pools can be described where their tags cannot be listed; unknown until it is tried.
    described: Mutex<Option<bool>>,
}

/// Reads all user pools of a region.
pub(super) async fn read(scan: &Scan<'_>, name: &str) {
    let part: Part = (Kind::Pool, Some(name.to_owned()));
    let home = &scan.who.partition;
    if region::partition_of(name) == home {
        let here = Region {
            scan,
            name,
            client: scan.session.cognito(&scan.who.account, name),
            pools: scan.session.caller(pacer::POOL_READ),
            tags: scan.session.caller(pacer::POOL_TAGS),
            described: Mutex::new(None),
        };
        here.read(&part).await;
    } else {
        let other = region::partition_of(name);
        let error = format!("region {name} is in partition {other}, the credentials are of partition {home}");
        scan.harvest.gap(&part, "", error);
    }
    scan.harvest.done(&part);
}

impl Region<'_> {
    async fn read(&self, part: &Part) {
        let (mut pools, mut pages) = (Vec::new(), 0);
        let end = paging::all(
            async |token| {
                let answer = self
                    .pools
                    .call("cognito-idp:ListUserPools", |probe| {
                        let call = self.client.list_user_pools().max_results(PAGE).set_next_token(token);
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
        futures_util::stream::iter(pools)
            .map(|pool| self.read_pool(pool))
            .buffer_unordered(self.scan.session.concurrency)
            .collect::<()>()
            .await;
    }

    /// A list that failed at once may mean that the region is switched off, or that there is none of this name.
    fn explain(&self, part: &Part, failure: &Failure, at_once: bool) {
        let name = self.name;
        let error = match failure.cause {
            Cause::UnknownToken if at_once && self.scan.skip_not_enabled => {
                return self.scan.harvest.not_enabled(name);
            }
            Cause::UnknownToken if at_once => format!("region {name} is not enabled in this account ({failure})"),
            Cause::Unreachable(true) => {
                let host = failure.endpoint.as_deref().unwrap_or("its endpoint");
                format!("{host} does not resolve: does region {name} exist, and does it have Cognito?")
            }
            _ => failure.to_string(),
        };
        self.scan.harvest.gap(part, "cognito-idp:ListUserPools", error);
    }

    async fn read_pool(&self, pool: Pool) {
        let Some(id) = pool.id.clone() else { return };
        let who = &self.scan.who;
        // Replicas share a pool's id and not its tags: the ARN is of the region that was asked (facts/aws.md section 1).
        let arn = format!("arn:{}:cognito-idp:{}:{}:userpool/{id}", who.partition, self.name, who.account);
        let tags = match self.tags_of(&arn, &id).await {
            Ok(tags) => harvest::tags(tags),
            // Deleted since it was listed.
            Err(failure) if failure.gone() => return,
            Err(failure) => harvest::unread(&failure),
        };
        self.scan.harvest.add(self.resource(pool, arn, tags));
    }

    async fn tags_of(&self, arn: &str, id: &str) -> Result<HashMap<String, String>, Failure> {
        let answer = self
            .tags
            .call("cognito-idp:ListTagsForResource", |probe| {
                self.client.list_tags_for_resource().resource_arn(arn).customize().interceptor(probe).send()
            })
            .await;
        match answer {
            Ok(answer) => Ok(answer.tags.unwrap_or_default()),
            Err(failure) if failure.denied() => self.described_tags(id).await.unwrap_or(Err(failure)),
            Err(failure) => Err(failure),
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
            .pools
            .call("cognito-idp:DescribeUserPool", |probe| {
                self.client.describe_user_pool().user_pool_id(id).customize().interceptor(probe).send()
            })
            .await?;
        Ok(answer.user_pool.and_then(|pool| pool.user_pool_tags).unwrap_or_default())
    }

    fn resource(&self, pool: Pool, arn: String, tags: Tags<'static>) -> Resource<'static> {
        Resource {
            kind: Kind::Pool.as_str().into(),
            arn: some(arn),
            name: pool.name.and_then(some),
            id: pool.id.and_then(some),
            account: some(self.scan.who.account.as_str()),
            region: some(self.name),
            created: moment(pool.creation_date.as_ref()),
            tags,
            ..Resource::default()
        }
    }
}

fn is_denied<T>(answer: &Result<T, Failure>) -> bool {
    answer.as_ref().is_err_and(Failure::denied)
}
