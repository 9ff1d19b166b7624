//! The IAM policies of accounts, for `explain-access` and fixes. Documents are parsed page by page and neither kept nor
//! logged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, EntityType, GroupDetail, ManagedPolicyDetail, PolicyDetail,
    RoleDetail, UserDetail,
};
use futures_util::StreamExt as _;

use super::accounts::assume_role::{AssumeRoleRequest, enter};
use super::accounts::selection::connect;
use super::accounts::target_account::{AccountList, TargetAccount};
use super::client::api_call::{ApiCaller, CallCount};
use super::client::api_error::ApiError;
use super::client::paging::{Next, Page, read_all};
use super::client::session::{AccountSession, RootSession};
use super::error::CollectError;
use super::options::{self, CollectOptions};
use super::permissions::session_policies;
use super::run::ACCOUNTS_AT_ONCE;
use super::runtime::{StopReason, block_on, stop};
use crate::aws::supported;
use crate::iam_policies::{
    AccountPolicies, AccountPoliciesBuilder, IdentityDetail, IdentityKind, KnownPolicies, ManagedPolicy, OPERATION,
    PolicyJson,
};

/// The largest page of IAM.
const PAGE: i32 = 1000;
/// All filters. Without one of them, policies would be missing without a sign.
const FILTERS: [EntityType; 5] = [
    EntityType::User,
    EntityType::Role,
    EntityType::Group,
    EntityType::LocalManagedPolicy,
    EntityType::AwsManagedPolicy,
];

/// The IAM policies of accounts.
#[derive(Debug)]
pub struct PolicyRead {
    /// The policies.
    pub known: KnownPolicies,
    /// Notices for the user that have no place in a report.
    pub notes: Vec<String>,
    /// The number of calls by `service:Operation`.
    pub calls: BTreeMap<String, CallCount>,
    /// The reason that the run ended early, if it did. What was not read is among the gaps.
    pub stopped: Option<StopReason>,
}

/// Reads the policies of the accounts that the options select, or of those among them that are in `only`. The types and
/// regions of the options are ignored: IAM is global.
///
/// # Errors
/// [`CollectError`] if nothing could be read at all; anything less is a gap of its account.
pub fn read_policies(options: &CollectOptions, only: Option<&BTreeSet<String>>) -> Result<PolicyRead, CollectError> {
    // Without a type that has regions, no region has to be configured.
    let global = supported::ALL.into_iter().filter(|each| !each.regional);
    let options = CollectOptions { types: global.collect(), ..options.clone() };
    options::check(&options)?;
    block_on(async {
        let mut stop = std::pin::pin!(stop(options.deadline));
        let (root, mut list) = tokio::select! {
            connected = connect(&options) => connected?,
            reason = &mut stop => return Err(CollectError::from(reason)),
        };
        if let Some(only) = only {
            list.targets.retain(|target| only.contains(&target.identity.account));
        }
        let done: Mutex<Vec<AccountPolicies>> = Mutex::default();
        let stopped = tokio::select! {
            () = read_accounts(&root, &list, &options, &done) => None,
            reason = &mut stop => Some(reason),
        };
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(assemble(list, done, stopped, &root))
    })
}

async fn read_accounts(
    root: &RootSession,
    list: &AccountList,
    options: &CollectOptions,
    done: &Mutex<Vec<AccountPolicies>>,
) {
    futures_util::stream::iter(&list.targets)
        .map(|target| async {
            let account = read_account(root, target, options.external_ids.of(&target.identity.account)).await;
            done.lock().unwrap_or_else(PoisonError::into_inner).push(account);
        })
        .buffer_unordered(ACCOUNTS_AT_ONCE)
        .collect::<()>()
        .await;
}

fn assemble(
    list: AccountList,
    mut accounts: Vec<AccountPolicies>,
    stopped: Option<StopReason>,
    root: &RootSession,
) -> PolicyRead {
    // If the run was not stopped, every account was read and the text is not used.
    let why = stopped.unwrap_or(StopReason::Signal).gap_text();
    for target in &list.targets {
        let id = &target.identity.account;
        if !accounts.iter().any(|account| account.id == *id) {
            accounts.push(AccountPolicies::unread(id, OPERATION, why.to_owned()));
        }
    }
    accounts.sort_by(|a, b| a.id.cmp(&b.id));
    let mut unread = list.gaps;
    unread.sort();
    let known = KnownPolicies { accounts, unread };
    PolicyRead { known, notes: list.notes, calls: root.shared.calls.by_operation(), stopped }
}

async fn read_account(root: &RootSession, target: &TargetAccount, external_id: Option<&str>) -> AccountPolicies {
    let id = &target.identity.account;
    let request = || AssumeRoleRequest::scan(session_policies::read_policies());
    match enter(root, target, external_id, request).await {
        Ok(session) => read_session(id, &session).await,
        Err(error) => AccountPolicies::unread(id, "sts:AssumeRole", error.to_string()),
    }
}

/// Reads the policies of the account of a session.
pub(crate) async fn read_session(id: &str, session: &AccountSession) -> AccountPolicies {
    let (client, caller) = session.iam();
    let mut reading = AccountPoliciesBuilder::new(id);
    if let Err(error) = read_pages(&client, &caller, &mut reading).await {
        reading.gap(OPERATION, error.to_string());
    }
    reading.close()
}

async fn read_pages(client: &Client, caller: &ApiCaller, reading: &mut AccountPoliciesBuilder) -> Result<(), ApiError> {
    read_all(
        async |marker| {
            let mut answer = caller
                .call(OPERATION, |interceptor| {
                    let call = client.get_account_authorization_details().set_filter(Some(FILTERS.to_vec()));
                    call.max_items(PAGE).set_marker(marker.clone()).customize().interceptor(interceptor).send()
                })
                .await?;
            let lists = [
                answer.user_detail_list.is_some(),
                answer.group_detail_list.is_some(),
                answer.role_detail_list.is_some(),
                answer.policies.is_some(),
            ];
            // An answer without any list does not contain the policies that read a tag.
            if !lists.contains(&true) {
                return Err(ApiError::empty(OPERATION));
            }
            let next = Next::iam(answer.is_truncated, answer.marker.take());
            Ok(Page { items: vec![answer], next })
        },
        |answers| answers.into_iter().for_each(|answer| take(reading, answer)),
    )
    .await
}

fn take(reading: &mut AccountPoliciesBuilder, answer: GetAccountAuthorizationDetailsOutput) {
    let users = answer.user_detail_list.unwrap_or_default().into_iter().map(of_user);
    let groups = answer.group_detail_list.unwrap_or_default().into_iter().map(of_group);
    let roles = answer.role_detail_list.unwrap_or_default().into_iter().map(of_role);
    users.chain(groups).chain(roles).for_each(|entity| reading.entity(entity));
    answer.policies.unwrap_or_default().into_iter().map(of_policy).for_each(|policy| reading.managed(policy));
}

fn of_user(user: UserDetail) -> IdentityDetail {
    IdentityDetail {
        kind: IdentityKind::User,
        name: user.user_name.unwrap_or_default(),
        arn: user.arn.unwrap_or_default(),
        inline: inline(user.user_policy_list),
        attached: attached(user.attached_managed_policies),
        boundary: boundary(user.permissions_boundary),
        trust: None,
    }
}

fn of_group(group: GroupDetail) -> IdentityDetail {
    IdentityDetail {
        kind: IdentityKind::Group,
        name: group.group_name.unwrap_or_default(),
        arn: group.arn.unwrap_or_default(),
        inline: inline(group.group_policy_list),
        attached: attached(group.attached_managed_policies),
        boundary: None,
        trust: None,
    }
}

fn of_role(role: RoleDetail) -> IdentityDetail {
    IdentityDetail {
        kind: IdentityKind::Role,
        name: role.role_name.unwrap_or_default(),
        arn: role.arn.unwrap_or_default(),
        inline: inline(role.role_policy_list),
        attached: attached(role.attached_managed_policies),
        boundary: boundary(role.permissions_boundary),
        trust: role.assume_role_policy_document.map(PolicyJson::Scalar),
    }
}

fn of_policy(policy: ManagedPolicyDetail) -> ManagedPolicy {
    let count = |number: Option<i32>| u64::try_from(number.unwrap_or_default()).unwrap_or_default();
    let default = policy.default_version_id;
    let versions = policy.policy_version_list.unwrap_or_default().into_iter();
    let is_default = |id: Option<&String>| id.is_some() && id == default.as_ref();
    let chosen = versions.filter(|version| version.is_default_version || is_default(version.version_id.as_ref()));
    ManagedPolicy {
        name: policy.policy_name.unwrap_or_default(),
        arn: policy.arn.unwrap_or_default(),
        documents: chosen.filter_map(|version| version.document.map(PolicyJson::Scalar)).collect(),
        attachments: count(policy.attachment_count) + count(policy.permissions_boundary_usage_count),
    }
}

fn inline(policies: Option<Vec<PolicyDetail>>) -> Vec<(String, Option<PolicyJson>)> {
    let of =
        |policy: PolicyDetail| (policy.policy_name.unwrap_or_default(), policy.policy_document.map(PolicyJson::Scalar));
    policies.unwrap_or_default().into_iter().map(of).collect()
}

/// The ARNs of attached policies. A policy without an ARN is kept: it becomes a gap, as attached but missing.
fn attached(policies: Option<Vec<AttachedPolicy>>) -> Vec<String> {
    policies.unwrap_or_default().into_iter().map(|policy| policy.policy_arn.unwrap_or_default()).collect()
}

fn boundary(boundary: Option<AttachedPermissionsBoundary>) -> Option<String> {
    boundary.map(|boundary| boundary.permissions_boundary_arn.unwrap_or_default())
}
