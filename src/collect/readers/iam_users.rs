//! IAM users: 1,000 a call with their tags if `GetAccountAuthorizationDetails` is allowed, else listed and read one by one.

use aws_sdk_iam::types::SummaryKeyType;

use super::context::ScanContext;
use super::iam_details::{self, GET_DETAILS, LIST_USERS, user_tags as tags_of};
use super::iam_tags::{PAGE, tag_methods};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index::IndexRegion;
use crate::aws::SupportedType;
use crate::aws::supported::iam_user;
use crate::collect::client::paging::pages;

/// The reader of IAM users.
pub(super) struct IamUsers;

impl TypeReader for IamUsers {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_user::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[GET_DETAILS, LIST_USERS]
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
