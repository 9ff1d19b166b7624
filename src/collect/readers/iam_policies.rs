//! IAM customer managed policies. Lists and descriptions come without tags (IAM API Reference, `ListPolicies`), so each
//! policy is read by itself.

use aws_sdk_iam::types::{Policy, PolicyScopeType, SummaryKeyType};

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::iam_tags::{PAGE, read_list, tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index;
use crate::aws::SupportedType;
use crate::aws::supported::iam_policy;
use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::pages;
use crate::model::Resource;

const LIST: &str = "iam:ListPolicies";

/// The reader of IAM customer managed policies.
pub(super) struct IamPolicies;

impl TypeReader for IamPolicies {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_policy::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[LIST]
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(scan(context))
    }

    tag_methods!(iam_policy::TYPE, tag_policy, untag_policy, policy_arn, |target| target.arn);

    fn summary_entry(&self) -> Option<(SummaryKeyType, &'static str)> {
        Some((SummaryKeyType::Policies, "policy"))
    }

    fn estimated_calls(&self, resources: u64, indexed: bool) -> Vec<(&'static str, u64)> {
        vec![
            (LIST, pages(resources, PAGE as u64)),
            tag_index::estimated_call(iam_policy::TYPE.read_tags_action, resources, indexed),
        ]
    }
}

async fn scan(context: &ScanContext<'_>) {
    let policies = read_list!(
        context,
        LIST,
        list_policies,
        // The policies of AWS belong to no account.
        |call| call.scope(PolicyScopeType::Local),
        |answer| answer.policies.ok_or_else(|| ApiError::empty(LIST))?
    );
    let read_one = |policy: Policy| {
        let arn = policy.arn.clone().unwrap_or_default();
        (from_policy(context, policy), async move { tags_of(context.session, &arn).await.map(read_tags) })
    };
    context.add_all(policies, read_one).await;
}

tags_of!(tags_of, iam_policy::TYPE, list_policy_tags, policy_arn);

fn from_policy(context: &ScanContext<'_>, policy: Policy) -> Resource<'static> {
    Resource {
        name: policy.policy_name.and_then(some),
        id: policy.policy_id.and_then(some),
        path: policy.path.and_then(some),
        created: rfc_3339(policy.create_date.as_ref()),
        ..context.resource(policy.arn.unwrap_or_default())
    }
}
