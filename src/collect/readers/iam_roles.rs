//! IAM roles: in the same answers as users if `GetAccountAuthorizationDetails` is allowed, else listed and read one by one.

use aws_sdk_iam::types::SummaryKeyType;

use super::context::ScanContext;
use super::iam_details::{self, GET_DETAILS, LIST_ROLES, role_tags as tags_of};
use super::iam_tags::{PAGE, tag_methods};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index::IndexRegion;
use crate::aws::SupportedType;
use crate::aws::supported::{iam_role, iam_user};
use crate::collect::client::paging::pages;

/// The reader of IAM roles.
pub(super) struct IamRoles;

impl TypeReader for IamRoles {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_role::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[GET_DETAILS, LIST_ROLES]
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
