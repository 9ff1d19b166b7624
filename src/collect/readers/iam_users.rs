//! IAM users: 1,000 a call with their tags if `GetAccountAuthorizationDetails` is allowed, else listed and read one by one.

use aws_sdk_iam::types::{EntityType, SummaryKeyType, User, UserDetail};

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::iam_tags::{PAGE, pairs, read_pages, to_input};
use super::reader::{OperationFuture, TagTarget, TypeReader, pages};
use super::tag_index::IndexRegion;
use crate::aws::SupportedType;
use crate::aws::supported::iam_user;
use crate::collect::client::api_call::ApiCaller;
use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Next, Page, read_all};
use crate::collect::client::session::AccountSession;
use crate::model::{Resource, TagMap};

const GET_DETAILS: &str = "iam:GetAccountAuthorizationDetails";

/// The reader of IAM users.
pub(super) struct IamUsers;

impl TypeReader for IamUsers {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_user::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[GET_DETAILS, "iam:ListUsers"]
    }

    /// Lists of users contain their tags, and the index does not support users (Resource Groups Tagging API Reference).
    fn index_region(&self) -> IndexRegion {
        IndexRegion::None
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(scan(context))
    }

    fn read_tags<'a>(
        &'a self,
        session: &'a AccountSession,
        target: &'a TagTarget<'a>,
    ) -> OperationFuture<'a, Result<TagMap, ApiError>> {
        Box::pin(tags_of(session, target.parts.name))
    }

    fn write_caller(&self, session: &AccountSession, _: &TagTarget<'_>) -> ApiCaller {
        session.iam_writes().1
    }

    fn tag<'a>(
        &'a self,
        session: &'a AccountSession,
        target: &'a TagTarget<'a>,
        tags: &'a TagMap,
    ) -> OperationFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            let (client, caller) = session.iam_writes();
            let tags = to_input(tags, "iam:TagUser")?;
            let call = caller.call_admitted("iam:TagUser", target.admitted, |interceptor| {
                let call = client.tag_user().user_name(target.parts.name).set_tags(Some(tags.clone()));
                call.customize().interceptor(interceptor).send()
            });
            call.await.map(drop)
        })
    }

    fn untag<'a>(
        &'a self,
        session: &'a AccountSession,
        target: &'a TagTarget<'a>,
        keys: &'a [String],
    ) -> OperationFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            let (client, caller) = session.iam_writes();
            let call = caller.call_admitted("iam:UntagUser", target.admitted, |interceptor| {
                let call = client.untag_user().user_name(target.parts.name).set_tag_keys(Some(keys.to_vec()));
                call.customize().interceptor(interceptor).send()
            });
            call.await.map(drop)
        })
    }

    fn summary_entry(&self) -> Option<(SummaryKeyType, &'static str)> {
        Some((SummaryKeyType::Users, "user"))
    }

    fn estimated_calls(&self, resources: u64, _: bool) -> Vec<(&'static str, u64)> {
        vec![(GET_DETAILS, pages(resources, PAGE as u64))]
    }
}

async fn scan(context: &ScanContext<'_>) {
    match read_details(context).await {
        Ok(()) => {}
        // Users of pages that were read already are read again; the collector removes duplicates.
        Err((error, pages)) if error.has_detour() && (pages == 0 || !error.denied()) => list_users(context).await,
        Err((error, _)) => context.gap(GET_DETAILS, error.to_string()),
    }
}

/// Reads users with their tags. The answer contains inline policies too: only names and tags are kept, and nothing is
/// logged. An error comes with the number of pages that were read before it.
async fn read_details(context: &ScanContext<'_>) -> Result<(), (ApiError, usize)> {
    let (client, caller) = context.session.iam();
    let mut pages = 0;
    let end = read_all(
        async |marker| {
            let answer = caller
                .call(GET_DETAILS, |interceptor| {
                    let call = client.get_account_authorization_details().filter(EntityType::User).max_items(PAGE);
                    call.set_marker(marker.clone()).customize().interceptor(interceptor).send()
                })
                .await?;
            let next = Next::iam(answer.is_truncated, answer.marker);
            // Only an answer that lacks the list, not one with an empty list, makes it absent.
            let items = answer.user_detail_list.ok_or_else(|| ApiError::empty(GET_DETAILS))?;
            Ok(Page { items, next })
        },
        |users| {
            pages += 1;
            context.expect(users.len());
            for user in users {
                context.add(from_detail(context, user));
            }
        },
    )
    .await;
    end.map_err(|error| (error, pages))
}

/// Lists users and reads the tags of each.
async fn list_users(context: &ScanContext<'_>) {
    let (client, caller) = context.session.iam();
    let mut users: Vec<User> = Vec::new();
    let end = read_all(
        async |marker| {
            let answer = caller
                .call("iam:ListUsers", |interceptor| {
                    let call = client.list_users().max_items(PAGE).set_marker(marker.clone());
                    call.customize().interceptor(interceptor).send()
                })
                .await?;
            Ok(Page { next: Next::iam(answer.is_truncated, answer.marker), items: answer.users })
        },
        |page| users.extend(page),
    )
    .await;
    if let Err(error) = end {
        context.gap("iam:ListUsers", error.to_string());
    }
    let read_one = |user: User| {
        let name = user.user_name.clone();
        (from_user(context, user), async move { tags_of(context.session, &name).await.map(read_tags) })
    };
    context.add_all(users, read_one).await;
}

/// The tags of one user.
async fn tags_of(session: &AccountSession, name: &str) -> Result<TagMap, ApiError> {
    let (client, caller) = session.iam();
    read_pages(async |marker| {
        let answer = caller
            .call("iam:ListUserTags", |interceptor| {
                let call = client.list_user_tags().user_name(name).max_items(PAGE);
                call.set_marker(marker.clone()).customize().interceptor(interceptor).send()
            })
            .await?;
        Ok(Page { next: Next::iam(answer.is_truncated, answer.marker), items: answer.tags })
    })
    .await
}

/// A user with tags. IAM leaves `Tags` out if there are none, so a missing list is an empty one.
fn from_detail(context: &ScanContext<'_>, user: UserDetail) -> Resource<'static> {
    Resource {
        name: user.user_name.and_then(some),
        id: user.user_id.and_then(some),
        path: user.path.and_then(some),
        created: rfc_3339(user.create_date.as_ref()),
        tags: read_tags(pairs(user.tags.unwrap_or_default())),
        ..context.resource(user.arn.unwrap_or_default())
    }
}

fn from_user(context: &ScanContext<'_>, user: User) -> Resource<'static> {
    Resource {
        name: some(user.user_name),
        id: some(user.user_id),
        path: some(user.path),
        created: rfc_3339(Some(&user.create_date)),
        ..context.resource(user.arn)
    }
}
