//! `iam get-account-authorization-details`: users and roles with their tags; policies and instance profiles without.

use serde::Deserialize;

use super::documents::Document;
use super::dump::Dump;
use super::iam::{Identity, Named, add_with_tags, is_cut};
use super::shape::Shape;
use super::top_level::ValueKind;
use crate::aws::Arn;
use crate::engine::InputError;
use crate::model::{NotJudgedReason, Text};

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
    user_detail_list: Vec<Identity<'a>>,
    #[serde(borrow, default)]
    role_detail_list: Vec<Identity<'a>>,
    #[serde(borrow, default)]
    group_detail_list: Vec<Named<'a>>,
    #[serde(borrow, default)]
    policies: Vec<Named<'a>>,
    #[serde(default)]
    is_truncated: Option<bool>,
    #[serde(borrow, default, alias = "NextToken")]
    marker: Option<Text<'a>>,
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

fn read_detail<'a>(detail: Identity<'a>, dump: &mut Dump<'a>, position: impl FnOnce() -> String) {
    for profile in &detail.instance_profile_list {
        dump.not_judged("iam:instance-profile", NotJudgedReason::TagsNotInInput, &profile.arn);
    }
    add_with_tags(detail, dump, position);
}
