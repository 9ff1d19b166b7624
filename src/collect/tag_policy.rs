//! The effective tag policy of an account, for `policy diff --live`.

use std::collections::BTreeMap;

use aws_sdk_organizations::types::EffectivePolicyType;

use super::accounts::assume_role::{AssumeRoleRequest, enter};
use super::accounts::selection::connect;
use super::accounts::target_account::TargetAccount;
use super::client::api_call::CallCount;
use super::client::api_error::ApiError;
use super::client::paging::{Next, Page, read_all};
use super::client::session::{AccountSession, RootSession};
use super::error::CollectError;
use super::options::{self, CollectOptions};
use super::permissions::session_policies::{self, DESCRIBE_EFFECTIVE_POLICY, LIST_REQUIRED_TAGS};
use super::runtime::{block_on, stop};
use crate::aws::supported;
use crate::model::Gap;

/// The largest page of `ListRequiredTags`.
const PAGE: i32 = 200;
/// The error codes of an account without a tag policy: none is attached, or the account is in no organization (AWS
/// Organizations API Reference, `DescribeEffectivePolicy`).
const NONE: [&str; 2] = ["EffectivePolicyNotFoundException", "AWSOrganizationsNotInUseException"];

/// The tag rules of an account, as far as they could be read.
#[derive(Debug)]
pub struct TagPolicyRead {
    /// The account id.
    pub account: String,
    /// The rules.
    pub rules: TagRules,
    /// The calls that failed.
    pub unread: Vec<Gap>,
    /// The number of calls by `service:Operation`.
    pub calls: BTreeMap<String, CallCount>,
}

/// The tag rules of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagRules {
    /// The effective tag policy, in JSON.
    Policy(String),
    /// The account has no tag policy, for this reason.
    NoPolicy(String),
    /// The required keys alone, because the tag policy could not be read.
    Required(Vec<RequiredKeys>),
    /// Nothing could be read.
    Unread,
}

/// The keys that a tag policy requires for a type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequiredKeys {
    /// The type, as the tagging API names it.
    pub kind: String,
    /// The types, as CloudFormation names them.
    pub template_types: Vec<String>,
    /// The keys.
    pub keys: Vec<String>,
}

/// Reads the effective tag policy of the first account that the options select, or the keys that it requires if it may not
/// be read. The types of the options are ignored.
///
/// # Errors
/// [`CollectError`] if the account is not known; anything less is in [`TagPolicyRead::unread`].
pub fn read_tag_policy(options: &CollectOptions) -> Result<TagPolicyRead, CollectError> {
    // Without a type that has regions, no region has to be configured.
    let global = supported::ALL.into_iter().filter(|each| !each.regional);
    let options = CollectOptions { types: global.collect(), ..options.clone() };
    options::check(&options)?;
    block_on(async {
        tokio::select! {
            read = read(&options) => read,
            reason = stop(options.deadline) => Err(CollectError::from(reason)),
        }
    })
}

async fn read(options: &CollectOptions) -> Result<TagPolicyRead, CollectError> {
    let (root, list) = connect(options).await?;
    let target = list.targets.into_iter().next().expect("the own account, or one for each role");
    let account = target.identity.account.clone();
    let mut unread = Vec::new();
    let mut failed = |operation: &str, error: &ApiError| {
        let (operation, error) = (Some(operation.to_owned()), error.to_string());
        unread.push(Gap { account: Some(account.clone()), operation, error, ..Gap::default() });
    };
    let rules = match session(&root, &target, options).await {
        Ok(session) => rules(&session, options, &mut failed).await,
        Err(error) => {
            failed("sts:AssumeRole", &error);
            TagRules::Unread
        }
    };
    Ok(TagPolicyRead { account, rules, unread, calls: root.shared.calls.by_operation() })
}

async fn session(
    root: &RootSession,
    target: &TargetAccount,
    options: &CollectOptions,
) -> Result<AccountSession, ApiError> {
    let external_id = options.external_ids.of(&target.identity.account);
    enter(root, target, external_id, || AssumeRoleRequest::scan(session_policies::read_tag_policy())).await
}

async fn rules(
    session: &AccountSession,
    options: &CollectOptions,
    failed: &mut impl FnMut(&str, &ApiError),
) -> TagRules {
    match effective_policy(session).await {
        Ok(policy) => return TagRules::Policy(policy),
        Err(error) if NONE.contains(&error.code()) => return TagRules::NoPolicy(error.to_string()),
        Err(error) => failed(DESCRIBE_EFFECTIVE_POLICY, &error),
    }
    let region = options.regions.named().first().map_or(session.home.as_str(), String::as_str);
    match required_keys(session, region).await {
        Ok(keys) => TagRules::Required(keys),
        Err(error) => {
            failed(LIST_REQUIRED_TAGS, &error);
            TagRules::Unread
        }
    }
}

async fn effective_policy(session: &AccountSession) -> Result<String, ApiError> {
    let (client, caller) = session.organizations();
    let answer = caller
        .call(DESCRIBE_EFFECTIVE_POLICY, |interceptor| {
            let call = client.describe_effective_policy().policy_type(EffectivePolicyType::TagPolicy);
            call.customize().interceptor(interceptor).send()
        })
        .await?;
    let policy = answer.effective_policy.and_then(|policy| policy.policy_content);
    policy.ok_or_else(|| ApiError::empty(DESCRIBE_EFFECTIVE_POLICY))
}

async fn required_keys(session: &AccountSession, region: &str) -> Result<Vec<RequiredKeys>, ApiError> {
    let (client, caller) = session.tagging(region);
    let mut keys = Vec::new();
    read_all(
        async |token| {
            let answer = caller
                .call(LIST_REQUIRED_TAGS, |interceptor| {
                    let call = client.list_required_tags().max_results(PAGE).set_next_token(token.clone());
                    call.customize().interceptor(interceptor).send()
                })
                .await?;
            let items = answer.required_tags.ok_or_else(|| ApiError::empty(LIST_REQUIRED_TAGS))?;
            Ok(Page { next: Next::token(answer.next_token), items })
        },
        |page| {
            keys.extend(page.into_iter().map(|one| RequiredKeys {
                kind: one.resource_type.unwrap_or_default(),
                template_types: one.cloud_formation_resource_types.unwrap_or_default(),
                keys: one.reporting_tag_keys.unwrap_or_default(),
            }));
        },
    )
    .await?;
    Ok(keys)
}
