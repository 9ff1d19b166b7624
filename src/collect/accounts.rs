//! Which accounts are read: one's own, those of roles, or an organization's.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{Account, AccountState, AccountStatus};
use futures_util::StreamExt as _;

use super::calls::Caller;
use super::error::CollectError;
use super::failure::Failure;
use super::identity::Identity;
use super::options::{Accounts, Options, Organization};
use super::paging::{self, Next, Page};
use super::roles;
use super::session::Root;
use crate::model::Gap;

/// What Organizations gives at most.
const PAGE: i32 = 20;
/// Units nest five deep; more of them than this is no organization.
const MOST_UNITS: usize = 10_000;
/// Accounts whose tags are asked for at once.
const TAGS_AT_ONCE: usize = 4;

/// An account to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) who: Identity,
    /// The role that leads there; none for the credentials' own account.
    pub(super) role: Option<String>,
    /// Its name in the organization.
    pub(super) name: Option<String>,
    /// Its own tags, sorted by key, where they were asked for and could be read.
    pub(super) tags: Option<Vec<(String, String)>>,
}

/// The accounts to read, and what is missing from their list.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Sorted by account.
    pub(super) targets: Vec<Target>,
    pub(super) organization: Option<String>,
    pub(super) gaps: Vec<Gap>,
    pub(super) notes: Vec<String>,
}

/// Finds the accounts; those of other shards are left out before anything is asked of them.
pub(super) async fn find(root: &Root, who: &Identity, options: &Options) -> Result<Found, CollectError> {
    let mut found = match &options.accounts {
        Accounts::Own => {
            let own = Target { who: who.clone(), role: None, name: None, tags: None };
            Found { targets: vec![own], ..Found::default() }
        }
        Accounts::Roles(arns) => {
            Found { targets: arns.iter().filter_map(|arn| of_role(arn)).collect(), ..Found::default() }
        }
        Accounts::Organization(organization) => {
            let (client, caller) = root.organizations();
            let mut found = Reader { client, caller, found: Found::default() }.read(organization, who).await?;
            found.targets.retain(|target| options.shard.is_none_or(|shard| shard.takes(&target.who.account)));
            if options.account_tags {
                let (client, caller) = root.organizations();
                read_tags(&client, &caller, &mut found).await;
            }
            found
        }
    };
    found.targets.retain(|target| options.shard.is_none_or(|shard| shard.takes(&target.who.account)));
    found.targets.sort_by(|a, b| a.who.account.cmp(&b.who.account));
    Ok(found)
}

fn of_role(arn: &str) -> Option<Target> {
    let role = roles::parse(arn)?;
    let who = Identity { account: role.account.to_owned(), partition: role.partition.to_owned() };
    Some(Target { who, role: Some(arn.to_owned()), name: None, tags: None })
}

struct Reader {
    client: Client,
    caller: Caller,
    found: Found,
}

impl Reader {
    async fn read(mut self, organization: &Organization, who: &Identity) -> Result<Found, CollectError> {
        let mut accounts = BTreeMap::new();
        if organization.units.is_empty() {
            let (listed, end) = self.accounts().await;
            accounts.extend(listed);
            self.settle("organizations:ListAccounts", end, accounts.is_empty())?;
        } else {
            self.units(&organization.units, &mut accounts).await?;
        }
        for id in &organization.excluded {
            if accounts.remove(id).is_none() {
                self.found.notes.push(format!("--exclude-account {id}: there is no such account among those to read"));
            }
        }
        let arn = accounts.values().find_map(|account| account.arn.as_deref());
        // arn:aws:organizations::111122223333:account/o-exampleorgid/444455556666
        self.found.organization = arn.and_then(|arn| arn.split('/').nth(1)).map(str::to_owned);
        for (id, account) in accounts.into_iter().filter(|(_, account)| is_active(account)) {
            let own = id == who.account;
            let role = format!("arn:{}:iam::{id}:role/{}", who.partition, organization.role_name);
            self.found.targets.push(Target {
                who: Identity { account: id, partition: who.partition.clone() },
                role: (!own).then_some(role),
                name: account.name,
                tags: None,
            });
        }
        Ok(self.found)
    }

    /// A list that failed: an error where nothing is known, else a gap.
    fn settle(&mut self, operation: &str, end: Result<(), Failure>, nothing: bool) -> Result<(), CollectError> {
        match end {
            Ok(()) => Ok(()),
            Err(failure) if nothing => Err(CollectError::Organization { why: failure.to_string() }),
            Err(failure) => {
                let error = format!("{failure}; accounts may be missing");
                self.found.gaps.push(Gap { operation: Some(operation.to_owned()), error, ..Gap::default() });
                Ok(())
            }
        }
    }

    async fn accounts(&self) -> (Vec<(String, Account)>, Result<(), Failure>) {
        let mut accounts = Vec::new();
        let end = paging::all(
            async |token| {
                let answer = self
                    .caller
                    .call("organizations:ListAccounts", |probe| {
                        let call = self.client.list_accounts().max_results(PAGE).set_next_token(token.clone());
                        call.customize().interceptor(probe).send()
                    })
                    .await?;
                Ok(Page { next: Next::token(answer.next_token), items: answer.accounts.unwrap_or_default() })
            },
            |page| accounts.extend(page.into_iter().filter_map(by_id)),
        )
        .await;
        (accounts, end)
    }

    /// The accounts of these units and of all units below them.
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
            self.settle("organizations:ListAccountsForParent", end, nothing)?;
            let (below, end) = self.units_of(&unit).await;
            open.extend(below.into_iter().map(|unit| (unit, false)));
            self.settle("organizations:ListOrganizationalUnitsForParent", end, false)?;
        }
        Ok(())
    }

    async fn accounts_of(&self, unit: &str) -> (Vec<(String, Account)>, Result<(), Failure>) {
        let mut accounts = Vec::new();
        let end = paging::all(
            async |token| {
                let answer = self
                    .caller
                    .call("organizations:ListAccountsForParent", |probe| {
                        let call = self.client.list_accounts_for_parent().parent_id(unit).max_results(PAGE);
                        call.set_next_token(token.clone()).customize().interceptor(probe).send()
                    })
                    .await?;
                Ok(Page { next: Next::token(answer.next_token), items: answer.accounts.unwrap_or_default() })
            },
            |page| accounts.extend(page.into_iter().filter_map(by_id)),
        )
        .await;
        (accounts, end)
    }

    async fn units_of(&self, unit: &str) -> (Vec<String>, Result<(), Failure>) {
        let mut units = Vec::new();
        let end = paging::all(
            async |token| {
                let answer = self
                    .caller
                    .call("organizations:ListOrganizationalUnitsForParent", |probe| {
                        let call = self.client.list_organizational_units_for_parent().parent_id(unit).max_results(PAGE);
                        call.set_next_token(token.clone()).customize().interceptor(probe).send()
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
    let id = account.id.clone().filter(|id| roles::is_account(id))?;
    Some((id, account))
}

/// `State` replaced `Status` in September 2026; older endpoints answer with the latter alone. What neither says is not
/// known is tried.
fn is_active(account: &Account) -> bool {
    match (&account.state, &account.status) {
        (Some(state), _) => *state == AccountState::Active,
        (None, Some(status)) => *status == AccountStatus::Active,
        (None, None) => true,
    }
}

/// The tags of the accounts themselves. What cannot be read is a gap, and unknown to the rules that ask for it.
async fn read_tags(client: &Client, caller: &Caller, found: &mut Found) {
    let read = async |id: String| {
        let mut tags = Vec::new();
        let end = paging::all(
            async |token| {
                let answer = caller
                    .call("organizations:ListTagsForResource", |probe| {
                        let call = client.list_tags_for_resource().resource_id(&id).set_next_token(token.clone());
                        call.customize().interceptor(probe).send()
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
    let ids: Vec<String> = found.targets.iter().map(|target| target.who.account.clone()).collect();
    let all: Vec<_> = futures_util::stream::iter(ids).map(read).buffered(TAGS_AT_ONCE).collect().await;
    for (target, tags) in found.targets.iter_mut().zip(all) {
        match tags {
            Ok(tags) => target.tags = Some(tags),
            Err(failure) => found.gaps.push(Gap {
                account: Some(target.who.account.clone()),
                operation: Some("organizations:ListTagsForResource".to_owned()),
                error: format!("{failure}; the account's own tags are not known"),
                ..Gap::default()
            }),
        }
    }
}
