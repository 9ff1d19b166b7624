//! IAM users: in one call for every thousand, tags included, where that is allowed; else by list and one read each.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{EntityType, Tag as IamTag, User, UserDetail};
use futures_util::StreamExt as _;

use super::ResourceKind;
use super::calls::Caller;
use super::failure::Failure;
use super::harvest::{self, Part, moment, some};
use super::paging::{self, Next, Page};
use super::scan::Scan;
use crate::model::{Resource, Tags};

/// What IAM gives at most.
const PAGE: i32 = 1000;

/// Reads all users.
pub(super) async fn read(scan: &Scan<'_>, client: &Client, caller: &Caller) {
    let part: Part = (ResourceKind::User, None);
    match in_bulk(scan, client, caller).await {
        Ok(()) => {}
        // What some pages gave already is read once more, and kept once.
        Err((failure, pages)) if failure.has_detour() && (pages == 0 || !failure.denied()) => {
            one_by_one(scan, client, caller, &part).await;
        }
        Err((failure, _)) => {
            scan.harvest.gap(&scan.who.account, &part, "iam:GetAccountAuthorizationDetails", failure.to_string());
        }
    }
    scan.harvest.done(&scan.who.account, &part);
}

/// The answer holds the users' inline policies too: nothing of it but names and tags is kept, and nothing logged.
/// An error comes with the number of pages that were read before it.
async fn in_bulk(scan: &Scan<'_>, client: &Client, caller: &Caller) -> Result<(), (Failure, usize)> {
    let mut pages = 0;
    let end = paging::all(
        async |marker| {
            let answer = caller
                .call("iam:GetAccountAuthorizationDetails", |probe| {
                    let call = client.get_account_authorization_details().filter(EntityType::User).max_items(PAGE);
                    call.set_marker(marker.clone()).customize().interceptor(probe).send()
                })
                .await?;
            let next = Next::iam(answer.is_truncated, answer.marker);
            Ok(Page { items: answer.user_detail_list.unwrap_or_default(), next })
        },
        |users| {
            pages += 1;
            scan.harvest.expect(users.len());
            for user in users {
                scan.harvest.add(of_detail(scan, user));
            }
        },
    )
    .await;
    end.map_err(|failure| (failure, pages))
}

async fn one_by_one(scan: &Scan<'_>, client: &Client, caller: &Caller, part: &Part) {
    let mut users: Vec<User> = Vec::new();
    let end = paging::all(
        async |marker| {
            let answer = caller
                .call("iam:ListUsers", |probe| {
                    let call = client.list_users().max_items(PAGE).set_marker(marker.clone());
                    call.customize().interceptor(probe).send()
                })
                .await?;
            Ok(Page { next: Next::iam(answer.is_truncated, answer.marker), items: answer.users })
        },
        |page| users.extend(page),
    )
    .await;
    if let Err(failure) = end {
        scan.harvest.gap(&scan.who.account, part, "iam:ListUsers", failure.to_string());
    }
    scan.harvest.expect(users.len());
    futures_util::stream::iter(users)
        .map(|user| async {
            let name = user.user_name.clone();
            let direct = tags_of(client, caller, &name);
            scan.settle(of_user(scan, user), None, direct).await;
        })
        .buffer_unordered(scan.plan.root.width)
        .collect::<()>()
        .await;
}

/// The tags of one user.
pub(super) async fn tags_of(client: &Client, caller: &Caller, name: &str) -> Result<Tags<'static>, Failure> {
    all_tags(async |marker| {
        let answer = caller
            .call("iam:ListUserTags", |probe| {
                let call = client.list_user_tags().user_name(name).max_items(PAGE);
                call.set_marker(marker.clone()).customize().interceptor(probe).send()
            })
            .await?;
        Ok(Page { next: Next::iam(answer.is_truncated, answer.marker), items: answer.tags })
    })
    .await
}

/// The tags of a user or device, from an operation that gives them by pages.
pub(super) async fn all_tags(
    page: impl AsyncFnMut(Option<String>) -> Result<Page<IamTag>, Failure>,
) -> Result<Tags<'static>, Failure> {
    let mut tags = Vec::new();
    paging::all(page, |page| tags.extend(page)).await?;
    Ok(harvest::tags(pairs(tags)))
}

/// Keys and values of IAM's tags.
fn pairs(tags: Vec<IamTag>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value))
}

/// IAM leaves `Tags` out where there are none: that is read, and empty.
fn of_detail(scan: &Scan<'_>, user: UserDetail) -> Resource<'static> {
    Resource {
        created: moment(user.create_date.as_ref()),
        tags: harvest::tags(pairs(user.tags.unwrap_or_default())),
        ..named(
            scan,
            user.arn.unwrap_or_default(),
            user.path.unwrap_or_default(),
            user.user_name.unwrap_or_default(),
            user.user_id.unwrap_or_default(),
        )
    }
}

fn of_user(scan: &Scan<'_>, user: User) -> Resource<'static> {
    let created = moment(Some(&user.create_date));
    Resource { created, ..named(scan, user.arn, user.path, user.user_name, user.user_id) }
}

fn named(scan: &Scan<'_>, arn: String, path: String, name: String, id: String) -> Resource<'static> {
    Resource { name: some(name), id: some(id), path: some(path), ..scan.resource(ResourceKind::User, arn) }
}
