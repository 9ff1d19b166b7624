//! `iam get-account-authorization-details`: users and roles with their tags; policies and instance profiles without.

use serde::Deserialize;

use super::documents::Document;
use super::dump::Dump;
use super::iam::is_cut;
use super::shape::Shape;
use super::tag_pairs::{TagPair, tags};
use super::top_level::ValueKind;
use crate::aws::Arn;
use crate::engine::InputError;
use crate::model::{NotJudgedReason, Resource, Text};

const COMMAND: &str = "iam get-account-authorization-details";

pub(super) const SHAPE: Shape = Shape {
    commands: &[COMMAND],
    is_read: true,
    keys: &[("UserDetailList", ValueKind::List), ("RoleDetailList", ValueKind::List)],
    words: &[],
    read,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow, default)]
    user_detail_list: Vec<Detail<'a>>,
    #[serde(borrow, default)]
    role_detail_list: Vec<Detail<'a>>,
    #[serde(borrow, default)]
    group_detail_list: Vec<Named<'a>>,
    #[serde(borrow, default)]
    policies: Vec<Named<'a>>,
    #[serde(default)]
    is_truncated: Option<bool>,
    #[serde(borrow, default, alias = "NextToken")]
    marker: Option<Text<'a>>,
}

/// A user or a role.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Detail<'a> {
    #[serde(borrow)]
    arn: Text<'a>,
    #[serde(borrow, alias = "RoleName")]
    user_name: Text<'a>,
    #[serde(borrow, default, alias = "RoleId")]
    user_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    path: Option<Text<'a>>,
    #[serde(borrow, default)]
    create_date: Option<Text<'a>>,
    /// Absent without tags: IAM leaves the element out.
    #[serde(borrow, default)]
    tags: Vec<TagPair<'a>>,
    #[serde(borrow, default)]
    instance_profile_list: Vec<Named<'a>>,
}

/// A resource whose tags the answer does not have.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(rename = "Arn", borrow)]
    arn: Text<'a>,
}

fn read<'a>(document: &Document<'a>, dump: &mut Dump<'a>) -> Result<(), InputError> {
    let answer: Answer<'a> = document.parse(COMMAND)?;
    if is_cut(answer.is_truncated, answer.marker.as_ref()) {
        dump.page_gap("iam:GetAccountAuthorizationDetails");
    }
    for (at, user) in answer.user_detail_list.into_iter().enumerate() {
        read_detail(user, dump, || format!("UserDetailList[{at}]"));
    }
    for (at, role) in answer.role_detail_list.into_iter().enumerate() {
        read_detail(role, dump, || format!("RoleDetailList[{at}]"));
    }
    for group in answer.group_detail_list {
        dump.not_judged("AWS::IAM::Group", NotJudgedReason::NotTaggable, &group.arn);
    }
    for policy in answer.policies {
        // The policies of AWS belong to no account, and nobody else can tag them.
        let is_of_aws = Arn::split(&policy.arn).is_some_and(|arn| arn.account == "aws");
        let reason = if is_of_aws { NotJudgedReason::NotTaggable } else { NotJudgedReason::TagsNotInInput };
        dump.not_judged("iam:policy", reason, &policy.arn);
    }
    Ok(())
}

fn read_detail<'a>(detail: Detail<'a>, dump: &mut Dump<'a>, position: impl FnOnce() -> String) {
    for profile in detail.instance_profile_list {
        dump.not_judged("iam:instance-profile", NotJudgedReason::TagsNotInInput, &profile.arn);
    }
    let Some(resource) = dump.resource_of(detail.arn, position) else { return };
    dump.add(Resource {
        name: Some(detail.user_name),
        id: detail.user_id,
        path: detail.path.or(resource.path),
        created: detail.create_date,
        tags: tags(detail.tags),
        ..resource
    });
}
