//! IAM roles: in the same answers as users if `GetAccountAuthorizationDetails` is allowed, else listed and read one by one.

use aws_sdk_iam::types::{Role, RoleDetail, SummaryKeyType};

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::iam_details::{self, GET_DETAILS};
use super::iam_tags::{PAGE, pairs, read_list, tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader, pages};
use super::tag_index::IndexRegion;
use crate::aws::SupportedType;
use crate::aws::supported::{iam_role, iam_user};
use crate::model::Resource;

const LIST: &str = "iam:ListRoles";

/// The reader of IAM roles.
pub(super) struct IamRoles;

impl TypeReader for IamRoles {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_role::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[GET_DETAILS, LIST]
    }

    fn read_with(&self) -> Option<&'static SupportedType> {
        Some(&iam_user::TYPE)
    }

    /// Answers contain the tags, and the index does not support roles (Resource Groups Tagging API Reference).
    fn index_region(&self) -> IndexRegion {
        IndexRegion::None
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(iam_details::scan(context))
    }

    tag_methods!(iam_role::TYPE, tag_role, untag_role, role_name, |target| target.parts.name);

    fn summary_entry(&self) -> Option<(SummaryKeyType, &'static str)> {
        Some((SummaryKeyType::Roles, "role"))
    }

    fn estimated_calls(&self, resources: u64, _: bool) -> Vec<(&'static str, u64)> {
        vec![(GET_DETAILS, pages(resources, PAGE as u64))]
    }
}

/// Lists roles and reads the tags of each: the list comes without tags (IAM API Reference, `ListRoles`).
pub(super) async fn list(context: &ScanContext<'_>) {
    let roles = read_list!(context, LIST, list_roles, |call| call, |answer| answer.roles);
    let read_one = |role: Role| {
        let name = role.role_name.clone();
        (from_role(context, role), async move { tags_of(context.session, &name).await.map(read_tags) })
    };
    context.add_all(roles, read_one).await;
}

tags_of!(iam_role::TYPE, list_role_tags, role_name);

/// A role with tags. IAM leaves `Tags` out if there are none, so a missing list is an empty one.
pub(super) fn from_detail(context: &ScanContext<'_>, role: RoleDetail) -> Resource<'static> {
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
