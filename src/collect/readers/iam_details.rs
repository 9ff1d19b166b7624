//! `GetAccountAuthorizationDetails`: users and roles with their tags, 1,000 a call. If both are wanted, the same calls read
//! both.

use aws_sdk_iam::types::{EntityType, RoleDetail, UserDetail};

use super::context::ScanContext;
use super::iam_tags::PAGE;
use super::{iam_roles, iam_users};
use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Next, Page, read_all};

/// The operation, as an IAM action.
pub(super) const GET_DETAILS: &str = "iam:GetAccountAuthorizationDetails";

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
                iam_users::list(users).await;
            }
            if let Some(roles) = listings.roles {
                iam_roles::list(roles).await;
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
                        (Detail::User(user), Some(users), _) => users.add(iam_users::from_detail(users, user)),
                        (Detail::Role(role), _, Some(roles)) => roles.add(iam_roles::from_detail(roles, role)),
                        _ => {}
                    }
                }
            },
        )
        .await;
        end.map_err(|error| (error, pages))
    }
}
