//! IAM users: 1,000 a call with their tags if `GetAccountAuthorizationDetails` is allowed, else listed and read one by one.

use aws_sdk_iam::types::{SummaryKeyType, User, UserDetail};

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::iam_details::{self, GET_DETAILS};
use super::iam_tags::{PAGE, pairs, read_list, tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader, pages};
use super::tag_index::IndexRegion;
use crate::aws::SupportedType;
use crate::aws::supported::iam_user;
use crate::model::Resource;

const LIST: &str = "iam:ListUsers";

/// The reader of IAM users.
pub(super) struct IamUsers;

impl TypeReader for IamUsers {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_user::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[GET_DETAILS, LIST]
    }

    /// Lists of users contain their tags, and the index does not support users (Resource Groups Tagging API Reference).
    fn index_region(&self) -> IndexRegion {
        IndexRegion::None
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(iam_details::scan(context))
    }

    tag_methods!(iam_user::TYPE, tag_user, untag_user, user_name, |target| target.parts.name);

    fn summary_entry(&self) -> Option<(SummaryKeyType, &'static str)> {
        Some((SummaryKeyType::Users, "user"))
    }

    fn estimated_calls(&self, resources: u64, _: bool) -> Vec<(&'static str, u64)> {
        vec![(GET_DETAILS, pages(resources, PAGE as u64))]
    }
}

/// Lists users and reads the tags of each.
pub(super) async fn list(context: &ScanContext<'_>) {
    let users = read_list!(context, LIST, list_users, |call| call, |answer| answer.users);
    let read_one = |user: User| {
        let name = user.user_name.clone();
        (from_user(context, user), async move { tags_of(context.session, &name).await.map(read_tags) })
    };
    context.add_all(users, read_one).await;
}

tags_of!(iam_user::TYPE, list_user_tags, user_name);

/// A user with tags. IAM leaves `Tags` out if there are none, so a missing list is an empty one.
pub(super) fn from_detail(context: &ScanContext<'_>, user: UserDetail) -> Resource<'static> {
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
