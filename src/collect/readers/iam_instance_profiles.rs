//! IAM instance profiles. The list comes without tags (IAM API Reference, `ListInstanceProfiles`), so each profile is read by
//! itself.

use aws_sdk_iam::types::{InstanceProfile, SummaryKeyType};

use super::context::ScanContext;
use super::fields::{read_tags, rfc_3339, some};
use super::iam_tags::{PAGE, read_list, tag_methods, tags_of};
use super::reader::{OperationFuture, TypeReader};
use super::tag_index;
use crate::aws::SupportedType;
use crate::aws::supported::iam_instance_profile;
use crate::collect::client::paging::pages;
use crate::model::Resource;

const LIST: &str = "iam:ListInstanceProfiles";

/// The reader of IAM instance profiles.
pub(super) struct IamInstanceProfiles;

impl TypeReader for IamInstanceProfiles {
    fn resource_type(&self) -> &'static SupportedType {
        &iam_instance_profile::TYPE
    }

    fn list_actions(&self) -> &'static [&'static str] {
        &[LIST]
    }

    fn scan<'a>(&'a self, context: &'a ScanContext<'a>) -> OperationFuture<'a, ()> {
        Box::pin(scan(context))
    }

    tag_methods!(
        iam_instance_profile::TYPE,
        tag_instance_profile,
        untag_instance_profile,
        instance_profile_name,
        |target| target.parts.name
    );

    fn summary_entry(&self) -> Option<(SummaryKeyType, &'static str)> {
        Some((SummaryKeyType::InstanceProfiles, "instance profile"))
    }

    fn estimated_calls(&self, resources: u64, indexed: bool) -> Vec<(&'static str, u64)> {
        vec![
            (LIST, pages(resources, PAGE as u64)),
            tag_index::estimated_call(iam_instance_profile::TYPE.read_tags_action, resources, indexed),
        ]
    }
}

async fn scan(context: &ScanContext<'_>) {
    let profiles = read_list!(context, LIST, list_instance_profiles, |call| call, |answer| answer.instance_profiles);
    let read_one = |profile: InstanceProfile| {
        let name = profile.instance_profile_name.clone();
        (from_profile(context, profile), async move { tags_of(context.session, &name).await.map(read_tags) })
    };
    context.add_all(profiles, read_one).await;
}

tags_of!(tags_of, iam_instance_profile::TYPE, list_instance_profile_tags, instance_profile_name);

fn from_profile(context: &ScanContext<'_>, profile: InstanceProfile) -> Resource<'static> {
    Resource {
        name: some(profile.instance_profile_name),
        id: some(profile.instance_profile_id),
        path: some(profile.path),
        created: rfc_3339(Some(&profile.create_date)),
        ..context.resource(profile.arn)
    }
}
