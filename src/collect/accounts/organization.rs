//! The accounts of an organization, read from AWS Organizations.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{Account, AccountState, AccountStatus};
use futures_util::StreamExt as _;

use super::target_account::{AccountIdentity, AccountList, TargetAccount};
use crate::aws::AccountId;
use crate::collect::client::api_call::ApiCaller;
use crate::collect::client::api_error::ApiError;
use crate::collect::client::paging::{Next, Page, read_all};
use crate::collect::client::session::RootSession;
use crate::collect::error::CollectError;
use crate::collect::options::{OrganizationSelection, is_unit};
use crate::model::Gap;

/// The operation that lists all accounts.
pub(crate) const LIST_ACCOUNTS: &str = "organizations:ListAccounts";
/// The largest page of AWS Organizations.
const PAGE: i32 = 20;
/// The limit on units, more than any organization has.
const MOST_UNITS: usize = 10_000;
/// The number of accounts whose tags are read at once.
const TAGS_AT_ONCE: usize = 4;

/// The reader of the accounts of an organization.
pub(crate) struct OrganizationReader {
    client: Client,
    caller: ApiCaller,
    list: AccountList,
}

impl OrganizationReader {
    pub(crate) fn new(root: &RootSession) -> Self {
        let (client, caller) = root.organizations();
        Self { client, caller, list: AccountList::default() }
    }

    /// Lists the active accounts that the options select.
    pub(crate) async fn read(
        mut self,
        organization: &OrganizationSelection,
        caller: &AccountIdentity,
    ) -> Result<AccountList, CollectError> {
        let mut accounts = BTreeMap::new();
        if organization.units.is_empty() {
            let (listed, end) = self.accounts().await;
            accounts.extend(listed);
            self.note_list_error(LIST_ACCOUNTS, end, accounts.is_empty())?;
        } else {
            self.units(&organization.units, &mut accounts).await?;
        }
        for id in &organization.excluded {
            if accounts.remove(id).is_none() {
                self.list.notes.push(format!("--exclude-account {id}: no such account is among those to read"));
            }
        }
        let arn = accounts.values().find_map(|account| account.arn.as_deref());
        // arn:aws:organizations::111122223333:account/o-exampleorgid/444455556666
        self.list.organization = arn.and_then(|arn| arn.split('/').nth(1)).map(str::to_owned);
        for (id, account) in accounts.into_iter().filter(|(_, account)| is_active(account)) {
            let own = id == caller.account;
            let role = format!("arn:{}:iam::{id}:role/{}", caller.partition, organization.role_name);
            let identity = AccountIdentity { account: id, partition: caller.partition.clone() };
            self.list.targets.push(TargetAccount {
                ou: units_in(account.paths()),
                name: account.name,
                arn: account.arn,
                ..TargetAccount::new(identity, (!own).then_some(role))
            });
        }
        Ok(self.list)
    }

    /// Records a failed list: an error if it gave nothing, else a gap.
    fn note_list_error(
        &mut self,
        operation: &str,
        end: Result<(), ApiError>,
        nothing: bool,
    ) -> Result<(), CollectError> {
        match end {
            Ok(()) => Ok(()),
            Err(error) if nothing => Err(CollectError::Organization { why: error.to_string() }),
            Err(error) => {
                let error = format!("{error}; accounts may be missing");
                self.list.gaps.push(Gap { operation: Some(operation.to_owned()), error, ..Gap::default() });
                Ok(())
            }
        }
    }

    async fn accounts(&self) -> (Vec<(String, Account)>, Result<(), ApiError>) {
        let mut accounts = Vec::new();
        let end = read_all(
            async |token| {
                let answer = self
                    .caller
                    .call(LIST_ACCOUNTS, |interceptor| {
                        let call = self.client.list_accounts().max_results(PAGE).set_next_token(token.clone());
                        call.customize().interceptor(interceptor).send()
                    })
                    .await?;
                Ok(Page { next: Next::token(answer.next_token), items: answer.accounts.unwrap_or_default() })
            },
            |page| accounts.extend(page.into_iter().filter_map(by_id)),
        )
        .await;
        // An organization has at least its management account.
        let end = if accounts.is_empty() { end.and(Err(ApiError::empty(LIST_ACCOUNTS))) } else { end };
        (accounts, end)
    }

    /// Reads the accounts of these units and of all units below them.
    async fn units(&mut self, units: &[String], accounts: &mut BTreeMap<String, Account>) -> Result<(), CollectError> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut open: Vec<(String, bool)> = units.iter().map(|unit| (unit.clone(), true)).collect();
        while let Some((unit, named)) = open.pop() {
            if !seen.insert(unit.clone()) || seen.len() > MOST_UNITS {
                continue;
            }
            let (listed, end) = self.accounts_of(&unit).await;
            let nothing = named && listed.is_empty();
            accounts.extend(listed);
            self.note_list_error("organizations:ListAccountsForParent", end, nothing)?;
            let (below, end) = self.units_of(&unit).await;
            open.extend(below.into_iter().map(|unit| (unit, false)));
            self.note_list_error("organizations:ListOrganizationalUnitsForParent", end, false)?;
        }
        Ok(())
    }

    async fn accounts_of(&self, unit: &str) -> (Vec<(String, Account)>, Result<(), ApiError>) {
        let mut accounts = Vec::new();
        let end = read_all(
            async |token| {
                let answer = self
                    .caller
                    .call("organizations:ListAccountsForParent", |interceptor| {
                        let call = self.client.list_accounts_for_parent().parent_id(unit).max_results(PAGE);
                        call.set_next_token(token.clone()).customize().interceptor(interceptor).send()
                    })
                    .await?;
                Ok(Page { next: Next::token(answer.next_token), items: answer.accounts.unwrap_or_default() })
            },
            |page| accounts.extend(page.into_iter().filter_map(by_id)),
        )
        .await;
        (accounts, end)
    }

    async fn units_of(&self, unit: &str) -> (Vec<String>, Result<(), ApiError>) {
        let mut units = Vec::new();
        let end = read_all(
            async |token| {
                let answer = self
                    .caller
                    .call("organizations:ListOrganizationalUnitsForParent", |interceptor| {
                        let call = self.client.list_organizational_units_for_parent().parent_id(unit).max_results(PAGE);
                        call.set_next_token(token.clone()).customize().interceptor(interceptor).send()
                    })
                    .await?;
                let items = answer.organizational_units.unwrap_or_default();
                Ok(Page { next: Next::token(answer.next_token), items })
            },
            |page| units.extend(page.into_iter().filter_map(|unit| unit.id)),
        )
        .await;
        (units, end)
    }
}

fn by_id(account: Account) -> Option<(String, Account)> {
    let id = account.id.clone().filter(|id| AccountId::is_valid(id))?;
    Some((id, account))
}

/// The root and the units in the paths of an account, from the root down; `None` unless there is one path with a root. A path
/// looks like `o-exampleorgid/r-ab12/ou-ab12-cd34ef56/111122223333/` (AWS Organizations API Reference, `Account`).
fn units_in(paths: &[String]) -> Option<String> {
    let [path] = paths else { return None };
    let units: Vec<&str> = path.split('/').filter(|part| is_unit(part)).collect();
    units.first().is_some_and(|root| root.starts_with("r-")).then(|| units.join("/"))
}

/// Returns `true` if an account is active. `State` replaced `Status` in September 2026 (AWS Organizations API
/// Reference, `Account`); older endpoints give the latter alone. An account with neither is tried.
fn is_active(account: &Account) -> bool {
    match (&account.state, &account.status) {
        (Some(state), _) => *state == AccountState::Active,
        (None, Some(status)) => *status == AccountStatus::Active,
        (None, None) => true,
    }
}

/// Reads the tags of the accounts themselves. Tags that cannot be read are a gap, and unknown to rules with a condition on
/// them.
pub(crate) async fn read_account_tags(root: &RootSession, list: &mut AccountList) {
    let (client, caller) = root.organizations();
    let read = async |id: String| {
        let mut tags = Vec::new();
        let end = read_all(
            async |token| {
                let answer = caller
                    .call("organizations:ListTagsForResource", |interceptor| {
                        let call = client.list_tags_for_resource().resource_id(&id).set_next_token(token.clone());
                        call.customize().interceptor(interceptor).send()
                    })
                    .await?;
                Ok(Page { next: Next::token(answer.next_token), items: answer.tags.unwrap_or_default() })
            },
            |page| tags.extend(page.into_iter().map(|tag| (tag.key, tag.value))),
        )
        .await;
        tags.sort();
        end.map(|()| tags)
    };
    let ids: Vec<String> = list.targets.iter().map(|target| target.identity.account.clone()).collect();
    let all: Vec<_> = futures_util::stream::iter(ids).map(read).buffered(TAGS_AT_ONCE).collect().await;
    for (target, tags) in list.targets.iter_mut().zip(all) {
        match tags {
            Ok(tags) => target.tags = Some(tags),
            Err(error) => {
                target.tags_error = Some(error.to_string());
                list.gaps.push(Gap {
                    account: Some(target.identity.account.clone()),
                    operation: Some("organizations:ListTagsForResource".to_owned()),
                    error: format!("{error}; the account's own tags are unknown"),
                    ..Gap::default()
                });
            }
        }
    }
}
