//! The policies of accounts, for who depends on a tag. Documents are looked at page by page and not kept, nor logged.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, EntityType, GroupDetail, ManagedPolicyDetail, PolicyDetail,
    RoleDetail, UserDetail,
};
use futures_util::StreamExt as _;

use super::accounts::{Found, Target};
use super::calls::Caller;
use super::failure::Failure;
use super::paging::{self, Next, Page};
use super::session::{Root, Session};
use super::{ACCOUNTS_AT_ONCE, CollectError, Options, PolicyRead, ResourceKind, Stop, scan};
use crate::iam_policies::{Account, Entity, HolderKind, Known, Managed, Node, OPERATION, Reading};

/// What IAM gives at most.
const PAGE: i32 = 1000;
/// Each of them: without one, policies would be missing and nobody would see it.
const FILTERS: [EntityType; 5] = [
    EntityType::User,
    EntityType::Role,
    EntityType::Group,
    EntityType::LocalManagedPolicy,
    EntityType::AwsManagedPolicy,
];

/// Reads the policies of the accounts that the options name, or of those of them that are in `only`. Types and regions of
/// the options do not matter: IAM is global.
///
/// # Errors
/// [`CollectError`] where nothing could be read at all; anything less is a gap of its account.
pub fn access(options: &Options, only: Option<&BTreeSet<String>>) -> Result<PolicyRead, CollectError> {
    let options = Options { types: vec![ResourceKind::User], ..options.clone() };
    super::options::check(&options)?;
    super::on_runtime(async {
        let mut stop = std::pin::pin!(super::stopped(options.deadline));
        let (root, mut found) = tokio::select! {
            prepared = super::prepare(&options) => prepared?,
            why = &mut stop => return Err(CollectError::from(why)),
        };
        if let Some(only) = only {
            found.targets.retain(|target| only.contains(&target.who.account));
        }
        let done: Mutex<Vec<Account>> = Mutex::default();
        let stopped = tokio::select! {
            () = read_all(&root, &found, &options, &done) => None,
            why = &mut stop => Some(why),
        };
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(assemble(found, done, stopped, &root))
    })
}

async fn read_all(root: &Root, found: &Found, options: &Options, done: &Mutex<Vec<Account>>) {
    futures_util::stream::iter(&found.targets)
        .map(|target| async {
            let account = read(root, target, options.external_id.as_deref()).await;
            done.lock().unwrap_or_else(PoisonError::into_inner).push(account);
        })
        .buffer_unordered(ACCOUNTS_AT_ONCE)
        .collect::<()>()
        .await;
}

fn assemble(found: Found, mut accounts: Vec<Account>, stopped: Option<Stop>, root: &Root) -> PolicyRead {
    let why = match stopped {
        Some(Stop::Deadline) => "the deadline came before it was read",
        Some(Stop::Signal) | None => "stopped before it was read",
    };
    for target in &found.targets {
        let id = &target.who.account;
        if !accounts.iter().any(|account| account.id == *id) {
            accounts.push(Account::unread(id, OPERATION, why.to_owned()));
        }
    }
    accounts.sort_by(|a, b| a.id.cmp(&b.id));
    let mut unread = found.gaps;
    unread.sort();
    let known = Known { accounts, unread };
    PolicyRead { known, notes: found.notes, calls: root.shared.calls.by_operation(), stopped }
}

async fn read(root: &Root, target: &Target, external_id: Option<&str>) -> Account {
    let id = &target.who.account;
    match scan::enter(root, target, external_id, super::permissions::access_policy).await {
        Ok(session) => of_session(id, &session).await,
        Err(failure) => Account::unread(id, "sts:AssumeRole", failure.to_string()),
    }
}

/// The policies of an account that was entered.
pub(super) async fn of_session(id: &str, session: &Session) -> Account {
    let (client, caller) = session.iam();
    let mut reading = Reading::new(id);
    if let Err(failure) = pages(&client, &caller, &mut reading).await {
        reading.gap(OPERATION, failure.to_string());
    }
    reading.close()
}

async fn pages(client: &Client, caller: &Caller, reading: &mut Reading) -> Result<(), Failure> {
    paging::all(
        async |marker| {
            let mut answer = caller
                .call(OPERATION, |probe| {
                    let call = client.get_account_authorization_details().set_filter(Some(FILTERS.to_vec()));
                    call.max_items(PAGE).set_marker(marker.clone()).customize().interceptor(probe).send()
                })
                .await?;
            let next = Next::iam(answer.is_truncated, answer.marker.take());
            Ok(Page { items: vec![answer], next })
        },
        |answers| answers.into_iter().for_each(|answer| take(reading, answer)),
    )
    .await
}

fn take(reading: &mut Reading, answer: GetAccountAuthorizationDetailsOutput) {
    let users = answer.user_detail_list.unwrap_or_default().into_iter().map(of_user);
    let groups = answer.group_detail_list.unwrap_or_default().into_iter().map(of_group);
    let roles = answer.role_detail_list.unwrap_or_default().into_iter().map(of_role);
    users.chain(groups).chain(roles).for_each(|entity| reading.entity(entity));
    answer.policies.unwrap_or_default().into_iter().map(of_policy).for_each(|policy| reading.managed(policy));
}

fn of_user(user: UserDetail) -> Entity {
    Entity {
        kind: HolderKind::User,
        name: user.user_name.unwrap_or_default(),
        arn: user.arn.unwrap_or_default(),
        inline: inline(user.user_policy_list),
        attached: attached(user.attached_managed_policies),
        boundary: boundary(user.permissions_boundary),
        trust: None,
    }
}

fn of_group(group: GroupDetail) -> Entity {
    Entity {
        kind: HolderKind::Group,
        name: group.group_name.unwrap_or_default(),
        arn: group.arn.unwrap_or_default(),
        inline: inline(group.group_policy_list),
        attached: attached(group.attached_managed_policies),
        boundary: None,
        trust: None,
    }
}

fn of_role(role: RoleDetail) -> Entity {
    Entity {
        kind: HolderKind::Role,
        name: role.role_name.unwrap_or_default(),
        arn: role.arn.unwrap_or_default(),
        inline: inline(role.role_policy_list),
        attached: attached(role.attached_managed_policies),
        boundary: boundary(role.permissions_boundary),
        trust: role.assume_role_policy_document.map(Node::Scalar),
    }
}

fn of_policy(policy: ManagedPolicyDetail) -> Managed {
    let count = |number: Option<i32>| u64::try_from(number.unwrap_or_default()).unwrap_or_default();
    let default = policy.default_version_id;
    let versions = policy.policy_version_list.unwrap_or_default().into_iter();
    let is_default = |id: Option<&String>| id.is_some() && id == default.as_ref();
    let chosen = versions.filter(|version| version.is_default_version || is_default(version.version_id.as_ref()));
    Managed {
        name: policy.policy_name.unwrap_or_default(),
        arn: policy.arn.unwrap_or_default(),
        documents: chosen.filter_map(|version| version.document.map(Node::Scalar)).collect(),
        attachments: count(policy.attachment_count) + count(policy.permissions_boundary_usage_count),
    }
}

fn inline(policies: Option<Vec<PolicyDetail>>) -> Vec<(String, Option<Node>)> {
    let of = |policy: PolicyDetail| (policy.policy_name.unwrap_or_default(), policy.policy_document.map(Node::Scalar));
    policies.unwrap_or_default().into_iter().map(of).collect()
}

/// A policy without its ARN is kept: it is then attached and nowhere to be found.
fn attached(policies: Option<Vec<AttachedPolicy>>) -> Vec<String> {
    policies.unwrap_or_default().into_iter().map(|policy| policy.policy_arn.unwrap_or_default()).collect()
}

fn boundary(boundary: Option<AttachedPermissionsBoundary>) -> Option<String> {
    boundary.map(|boundary| boundary.permissions_boundary_arn.unwrap_or_default())
}
