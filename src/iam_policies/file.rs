//! Files with the output of `aws iam get-account-authorization-details`. The AWS CLI prints documents as objects; other
//! programs keep the encoded text that IAM sends.

use std::io::Read;

use serde::Deserialize;

use super::account::{AccountPolicies, AccountPoliciesBuilder, IdentityDetail, IdentityKind, ManagedPolicy, OPERATION};
use super::node::PolicyJson;
use crate::aws::AccountId;
use crate::base;

/// The longest file, in bytes.
const MAX_FILE: u64 = 1 << 30;

/// The error of a file without policies.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// The file is longer than the answer for any account.
    #[error("longer than {} MiB", MAX_FILE >> 20)]
    Long,
    /// The file is not JSON of the right form.
    #[error("not the JSON output of the AWS CLI: {0}")]
    Json(#[from] serde_json::Error),
    /// The file is JSON of another kind.
    #[error("it has none of `UserDetailList`, `GroupDetailList`, `RoleDetailList` and `Policies`")]
    Other,
    /// The file has answers for several accounts.
    #[error("it has ARNs of more than one account")]
    Accounts,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AuthorizationDetails {
    user_detail_list: Option<Vec<Detail>>,
    group_detail_list: Option<Vec<Detail>>,
    role_detail_list: Option<Vec<Detail>>,
    policies: Option<Vec<ManagedPolicyDetail>>,
    is_truncated: Option<bool>,
    marker: Option<String>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Detail {
    arn: String,
    #[serde(alias = "GroupName", alias = "RoleName")]
    user_name: String,
    #[serde(default, alias = "GroupPolicyList", alias = "RolePolicyList")]
    user_policy_list: Vec<PolicyDetail>,
    #[serde(default)]
    attached_managed_policies: Vec<AttachedPolicy>,
    permissions_boundary: Option<AttachedPermissionsBoundary>,
    assume_role_policy_document: Option<PolicyJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDetail {
    #[serde(default)]
    policy_name: String,
    policy_document: Option<PolicyJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedPolicy {
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedPermissionsBoundary {
    permissions_boundary_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::struct_field_names)] // AWS's names
struct ManagedPolicyDetail {
    arn: String,
    policy_name: String,
    #[serde(default)]
    default_version_id: Option<String>,
    #[serde(default)]
    attachment_count: u64,
    #[serde(default)]
    permissions_boundary_usage_count: u64,
    #[serde(default)]
    policy_version_list: Vec<PolicyVersion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(clippy::struct_field_names)] // AWS's names
struct PolicyVersion {
    document: Option<PolicyJson>,
    version_id: Option<String>,
    #[serde(default)]
    is_default_version: bool,
}

/// Reads the answer for one account.
///
/// # Errors
/// [`FileError`] if the file is not an answer; what the answer leaves out is a gap of the account.
pub fn read(input: impl Read) -> Result<AccountPolicies, FileError> {
    let text = base::read_start(input, MAX_FILE + 1)?;
    if text.len() as u64 > MAX_FILE {
        return Err(FileError::Long);
    }
    let answer: AuthorizationDetails = serde_json::from_slice(&text)?;
    drop(text);
    let mut reading = AccountPoliciesBuilder::new(&account(&answer)?).strict();
    let more = answer.marker.as_deref().or(answer.next_token.as_deref()).is_some_and(|marker| !marker.is_empty());
    if more || answer.is_truncated == Some(true) {
        let why = "the answer is one page of several; let the CLI read all of them (no --no-paginate, --max-items)";
        reading.gap(OPERATION, why.to_owned());
    }
    // Every account has service-linked roles such as AWSServiceRoleForSupport.
    if answer.role_detail_list.as_ref().is_some_and(Vec::is_empty) {
        reading.gap(OPERATION, "the answer has no role, and every account has some: was `--filter` used?".to_owned());
    }
    let lists = [
        (IdentityKind::User, "UserDetailList", answer.user_detail_list),
        (IdentityKind::Group, "GroupDetailList", answer.group_detail_list),
        (IdentityKind::Role, "RoleDetailList", answer.role_detail_list),
    ];
    for (kind, name, list) in lists {
        if list.is_none() {
            reading.gap(OPERATION, format!("the answer has no `{name}`"));
        }
        list.into_iter().flatten().for_each(|detail| reading.entity(entity(kind, detail)));
    }
    if answer.policies.is_none() {
        reading.gap(OPERATION, "the answer has no `Policies`".to_owned());
    }
    answer.policies.into_iter().flatten().for_each(|policy| reading.managed(managed(policy)));
    Ok(reading.close())
}

fn entity(kind: IdentityKind, detail: Detail) -> IdentityDetail {
    IdentityDetail {
        kind,
        name: detail.user_name,
        arn: detail.arn,
        inline: detail
            .user_policy_list
            .into_iter()
            .map(|policy| (policy.policy_name, policy.policy_document))
            .collect(),
        attached: detail.attached_managed_policies.into_iter().map(|policy| policy.policy_arn).collect(),
        boundary: detail.permissions_boundary.map(|boundary| boundary.permissions_boundary_arn),
        trust: detail.assume_role_policy_document,
    }
}

fn managed(policy: ManagedPolicyDetail) -> ManagedPolicy {
    let default = policy.default_version_id;
    let is_default = |version: &PolicyVersion| {
        version.is_default_version || (version.version_id.is_some() && version.version_id == default)
    };
    let versions = policy.policy_version_list.into_iter().filter(is_default);
    ManagedPolicy {
        name: policy.policy_name,
        arn: policy.arn,
        documents: versions.filter_map(|version| version.document).collect(),
        attachments: policy.attachment_count.saturating_add(policy.permissions_boundary_usage_count),
    }
}

/// The account id in the ARNs. AWS managed policies have none.
fn account(answer: &AuthorizationDetails) -> Result<String, FileError> {
    let lists = [&answer.user_detail_list, &answer.group_detail_list, &answer.role_detail_list];
    if lists.iter().all(|list| list.is_none()) && answer.policies.is_none() {
        return Err(FileError::Other);
    }
    let details = lists.into_iter().flatten().flatten().map(|detail| &detail.arn);
    let policies = answer.policies.iter().flatten().map(|policy| &policy.arn);
    let digits = |id: &&str| AccountId::is_valid(id);
    let mut ids = details.chain(policies).filter_map(|arn| arn.split(':').nth(4)).filter(digits);
    let first = ids.next().unwrap_or_default();
    if ids.any(|id| id != first) { Err(FileError::Accounts) } else { Ok(first.to_owned()) }
}
