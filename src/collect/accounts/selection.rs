//! The selection of accounts by the options.

use super::caller_identity::identify_caller;
use super::organization::{OrganizationReader, read_account_tags};
use super::target_account::{AccountIdentity, AccountList, TargetAccount};
use crate::collect::client::session::RootSession;
use crate::collect::error::CollectError;
use crate::collect::options::{AccountSelection, CollectOptions};
use crate::collect::role_arn;

/// Loads the credentials, identifies their account, and finds the accounts to read.
pub(crate) async fn connect(options: &CollectOptions) -> Result<(RootSession, AccountList), CollectError> {
    let root = RootSession::load(options).await?;
    let caller = identify_caller(&root, options.profile.as_deref()).await?;
    let list = find_accounts(&root, &caller, options).await?;
    root.raise_concurrency(options, list.targets.len());
    Ok((root, list))
}

/// Finds the accounts. Those of other shards are left out before any call about them.
async fn find_accounts(
    root: &RootSession,
    caller: &AccountIdentity,
    options: &CollectOptions,
) -> Result<AccountList, CollectError> {
    let in_shard = |target: &TargetAccount| options.shard.is_none_or(|shard| shard.takes(&target.identity.account));
    let mut list = match &options.accounts {
        AccountSelection::Own => {
            let own = TargetAccount::new(caller.clone(), None);
            AccountList { targets: vec![own], ..AccountList::default() }
        }
        AccountSelection::Roles(arns) => {
            AccountList { targets: arns.iter().filter_map(|arn| of_role(arn)).collect(), ..AccountList::default() }
        }
        AccountSelection::Organization(organization) => {
            let mut list = OrganizationReader::new(root).read(organization, caller).await?;
            list.targets.retain(in_shard);
            if options.account_tags {
                read_account_tags(root, &mut list).await;
            }
            list
        }
    };
    list.targets.retain(in_shard);
    list.targets.sort_by(|a, b| a.identity.account.cmp(&b.identity.account));
    Ok(list)
}

fn of_role(arn: &str) -> Option<TargetAccount> {
    let role = role_arn::parse(arn)?;
    let identity = AccountIdentity { account: role.account.to_owned(), partition: role.partition.to_owned() };
    Some(TargetAccount::new(identity, Some(arn.to_owned())))
}
