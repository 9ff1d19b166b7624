//! `GetAccountAuthorizationDetails`: users and roles with their tags, 1,000 a call. If both are wanted, the same calls read
//! both.

use aws_sdk_iam::types::{EntityType, Role, RoleDetail, User, UserDetail};

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::iam_tags::{PAGE, pairs, read_list, tags_of};
use crate::aws::supported::{iam_role, iam_user};
use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Next, Page, read_all};
use crate::model::Resource;

/// The operation, as an IAM action.
pub(super) const GET_DETAILS: &str = "iam:GetAccountAuthorizationDetails";
/// The list of users without their tags, as an IAM action.
pub(super) const LIST_USERS: &str = "iam:ListUsers";
/// The list of roles without their tags, as an IAM action.
pub(super) const LIST_ROLES: &str = "iam:ListRoles";

/// A user or a role of an answer.
enum Detail {
    User(UserDetail),
    Role(RoleDetail),
}

/// The listings that the calls read.
struct Listings<'c, 's> {
    users: Option<&'c ScanContext<'s>>,
    roles: Option<&'c ScanContext<'s>>,
}

/// Reads the users or roles of a context, and of the one that is read with it. If the operation is denied or fails, they are
/// listed and read one by one.
pub(super) async fn scan(context: &ScanContext<'_>) {
    let of = |wanted: bool| {
        std::iter::once(context).chain(context.read_with.as_deref()).find(|each| each.resource_type.is_user == wanted)
    };
    let listings = Listings { users: of(true), roles: of(false) };
    match listings.read().await {
        Ok(()) => {}
        // Those of pages that were read already are read again; the collector removes duplicates.
        Err((error, pages)) if error.has_detour() && (pages == 0 || !error.denied()) => {
            if let Some(users) = listings.users {
                list_users(users).await;
            }
            if let Some(roles) = listings.roles {
                list_roles(roles).await;
            }
        }
        Err((error, _)) => listings.both().for_each(|listing| listing.gap(GET_DETAILS, error.to_string())),
    }
}

impl Listings<'_, '_> {
    fn both(&self) -> impl Iterator<Item = &ScanContext<'_>> {
        self.users.into_iter().chain(self.roles)
    }

    /// Reads all pages. The answer contains policies too: only names and tags are kept, and nothing is logged. An error comes
    /// with the number of pages that were read before it.
    async fn read(&self) -> Result<(), (ApiError, usize)> {
        let first = self.both().next().expect("a scan has a listing");
        let (client, caller) = first.session.iam();
        let filter: Vec<EntityType> = [self.users.map(|_| EntityType::User), self.roles.map(|_| EntityType::Role)]
            .into_iter()
            .flatten()
            .collect();
        let mut pages = 0;
        let end = read_all(
            async |marker| {
                let answer = caller
                    .call(GET_DETAILS, |interceptor| {
                        let call = client.get_account_authorization_details().set_filter(Some(filter.clone()));
                        call.max_items(PAGE).set_marker(marker.clone()).customize().interceptor(interceptor).send()
                    })
                    .await?;
                let next = Next::iam(answer.is_truncated, answer.marker);
                // Only an answer that lacks a list, not one with an empty list, makes it absent.
                let lacks = || ApiError::empty(GET_DETAILS);
                let mut items = Vec::new();
                if self.users.is_some() {
                    items.extend(answer.user_detail_list.ok_or_else(lacks)?.into_iter().map(Detail::User));
                }
                if self.roles.is_some() {
                    items.extend(answer.role_detail_list.ok_or_else(lacks)?.into_iter().map(Detail::Role));
                }
                Ok(Page { items, next })
            },
            |details| {
                pages += 1;
                first.expect(details.len());
                for detail in details {
                    match (detail, self.users, self.roles) {
                        (Detail::User(user), Some(users), _) => users.add(user_of_detail(users, user)),
                        (Detail::Role(role), _, Some(roles)) => roles.add(role_of_detail(roles, role)),
                        _ => {}
                    }
                }
            },
        )
        .await;
        end.map_err(|error| (error, pages))
    }
}

/// Lists users and reads the tags of each.
async fn list_users(context: &ScanContext<'_>) {
    let users = read_list!(context, LIST_USERS, list_users, |call| call, |answer| answer.users);
    let read_one = |user: User| {
        let name = user.user_name.clone();
        (from_user(context, user), async move { user_tags(context.session, &name).await.map(read_tags) })
    };
    context.add_all(users, read_one).await;
}

tags_of!(user_tags, iam_user::TYPE, list_user_tags, user_name);

/// A user with tags. IAM leaves `Tags` out if there are none, so a missing list is an empty one.
fn user_of_detail(context: &ScanContext<'_>, user: UserDetail) -> Resource<'static> {
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

/// Lists roles and reads the tags of each: the list comes without tags (IAM API Reference, `ListRoles`).
async fn list_roles(context: &ScanContext<'_>) {
    let roles = read_list!(context, LIST_ROLES, list_roles, |call| call, |answer| answer.roles);
    let read_one = |role: Role| {
        let name = role.role_name.clone();
        (from_role(context, role), async move { role_tags(context.session, &name).await.map(read_tags) })
    };
    context.add_all(roles, read_one).await;
}

tags_of!(role_tags, iam_role::TYPE, list_role_tags, role_name);

/// A role with tags. IAM leaves `Tags` out if there are none, so a missing list is an empty one.
fn role_of_detail(context: &ScanContext<'_>, role: RoleDetail) -> Resource<'static> {
    Resource {
        name: role.role_name.and_then(some),
        id: role.role_id.and_then(some),
        path: role.path.and_then(some),
        created: rfc_3339(role.create_date.as_ref()),
        tags: read_tags(pairs(role.tags.unwrap_or_default())),
        ..context.resource(role.arn.unwrap_or_default())
    }
}

fn from_role(context: &ScanContext<'_>, role: Role) -> Resource<'static> {
    Resource {
        name: some(role.role_name),
        id: some(role.role_id),
        path: some(role.path),
        created: rfc_3339(Some(&role.create_date)),
        ..context.resource(role.arn)
    }
}
