//! What a scan would cost, from the number of accounts and of what is in them.

use std::collections::BTreeMap;

use aws_sdk_iam::types::SummaryKeyType;
use futures_util::StreamExt as _;

use super::accounts::{Found, Target};
use super::failure::Failure;
use super::index;
use super::options::{Accounts, Options, Regions};
use super::pacer::{self, Limits};
use super::permissions::estimate_policy;
use super::scan::enter;
use super::session::Root;
use super::{ACCOUNTS_AT_ONCE, ResourceKind};
use crate::model::Gap;

/// Regions that every account has: what is reckoned with where each account would be asked for its own.
const DEFAULT_REGIONS: u64 = 17;
/// An IAM page.
const IAM_PAGE: u64 = 1000;
/// A page of the index.
const INDEX_PAGE: u64 = 100;
/// A page of the organization's accounts.
const ORGANIZATION_PAGE: u64 = 20;

/// What a scan would cost.
#[derive(Debug, Default)]
pub struct Estimate {
    /// Accounts that would be read.
    pub accounts: u64,
    /// Regions of each that would be looked at for user pools.
    pub regions: u64,
    /// Whether each account would be asked for its regions, so that [`regions`](Self::regions) is what accounts have by
    /// default.
    pub regions_guessed: bool,
    /// Users of all accounts that could be asked.
    pub users: u64,
    /// MFA devices of all accounts that could be asked, hardware included.
    pub devices: u64,
    /// Calls by `service:Operation`; of user pools one each region.
    pub calls: BTreeMap<&'static str, u64>,
    /// The least time in seconds: that of the longest run of calls that share a rate limit.
    pub seconds: f64,
    /// The account and service of that run.
    pub longest: Option<(String, &'static str)>,
    /// Accounts of which nothing is known.
    pub unread: Vec<Gap>,
    /// What the user should know besides.
    pub notes: Vec<String>,
}

/// Asks every account for its summary, one call each.
pub(super) async fn of(root: &Root, options: &Options, found: Found) -> Estimate {
    let mut estimate = Estimate {
        accounts: found.targets.len() as u64,
        regions_guessed: options.regions == Regions::All,
        unread: found.gaps,
        notes: found.notes,
        ..Estimate::default()
    };
    let kinds = options.kinds_read();
    if kinds.contains(&ResourceKind::Pool) {
        estimate.regions = if estimate.regions_guessed { DEFAULT_REGIONS } else { root.regions.len() as u64 };
    }
    estimate.common(options, &found.targets);
    let ask = async |target: &Target| {
        let summary = summary(root, target, options).await;
        (target.who.account.clone(), summary)
    };
    let mut answers: Vec<_> =
        futures_util::stream::iter(&found.targets).map(ask).buffer_unordered(ACCOUNTS_AT_ONCE).collect().await;
    answers.sort_by(|a, b| a.0.cmp(&b.0));
    for (account, summary) in answers {
        match summary {
            Ok((users, devices)) => estimate.account(&account, options, &kinds, users, devices),
            Err(failure) => estimate.unread.push(Gap {
                account: Some(account),
                operation: Some("iam:GetAccountSummary".to_owned()),
                error: failure.to_string(),
                ..Gap::default()
            }),
        }
    }
    estimate
}

/// Users and MFA devices of an account.
async fn summary(root: &Root, target: &Target, options: &Options) -> Result<(u64, u64), Failure> {
    let session = enter(root, target, options.external_id.as_deref(), estimate_policy).await?;
    let (client, caller) = session.iam();
    let answer = caller
        .call("iam:GetAccountSummary", |probe| client.get_account_summary().customize().interceptor(probe).send())
        .await?;
    let map = answer.summary_map.unwrap_or_default();
    let count = |key| map.get(&key).and_then(|count| u64::try_from(*count).ok());
    match (count(SummaryKeyType::Users), count(SummaryKeyType::MfaDevices)) {
        (Some(users), Some(devices)) => Ok((users, devices)),
        _ => Err(Failure::empty("iam:GetAccountSummary")),
    }
}

impl Estimate {
    /// The calls that belong to no account.
    fn common(&mut self, options: &Options, targets: &[Target]) {
        self.add("sts:GetCallerIdentity", 1);
        let roles = targets.iter().filter(|target| target.role.is_some()).count() as u64;
        self.add("sts:AssumeRole", roles);
        if let Accounts::Organization(organization) = &options.accounts {
            if organization.units.is_empty() {
                self.add("organizations:ListAccounts", pages(self.accounts, ORGANIZATION_PAGE));
            } else {
                let units = organization.units.len() as u64;
                self.add("organizations:ListAccountsForParent", units);
                self.add("organizations:ListOrganizationalUnitsForParent", units);
            }
            if options.account_tags {
                self.add("organizations:ListTagsForResource", self.accounts);
            }
        }
    }

    fn account(&mut self, account: &str, options: &Options, kinds: &[ResourceKind], users: u64, devices: u64) {
        self.users += users;
        self.devices += devices;
        let indexed = |count: u64| index::wanted(options.tags_from, usize::try_from(count).unwrap_or(usize::MAX));
        let mut iam = 0;
        if kinds.contains(&ResourceKind::User) {
            iam += self.add("iam:GetAccountAuthorizationDetails", pages(users, IAM_PAGE));
        }
        if kinds.contains(&ResourceKind::Device) {
            iam += self.add("iam:ListVirtualMFADevices", pages(devices, IAM_PAGE));
            if indexed(devices) {
                let index = self.add("tag:GetResources", pages(devices, INDEX_PAGE));
                self.last(account, "tagging", index, pacer::TAGGING);
            } else {
                iam += self.add("iam:ListMFADeviceTags", devices);
            }
        }
        self.last(account, "iam", iam, pacer::IAM);
        if kinds.contains(&ResourceKind::Pool) {
            if self.regions_guessed {
                self.add("account:ListRegions", 1);
            }
            let mut cognito = self.add("cognito-idp:ListUserPools", self.regions);
            let read = if indexed(1) { "tag:GetResources" } else { "cognito-idp:ListTagsForResource" };
            cognito += self.add(read, self.regions);
            // Each region has a limit of its own.
            self.last(account, "cognito-idp", cognito / self.regions.max(1), pacer::COGNITO);
        }
    }

    fn add(&mut self, operation: &'static str, calls: u64) -> u64 {
        if calls > 0 {
            *self.calls.entry(operation).or_default() += calls;
        }
        calls
    }

    /// So many calls share one limit.
    fn last(&mut self, account: &str, service: &'static str, calls: u64, limits: Limits) {
        let seconds = (calls as f64 - limits.burst).max(0.0) / limits.start;
        if seconds > self.seconds {
            self.seconds = seconds;
            self.longest = Some((account.to_owned(), service));
        }
    }
}

/// A list without items is a call too.
fn pages(items: u64, page: u64) -> u64 {
    items.div_ceil(page).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::TagsFrom;

    #[test]
    fn calls_and_time_follow_from_what_there_is() {
        let mut estimate = Estimate { regions: 2, ..Estimate::default() };
        let mut options = Options::default();
        estimate.account("111122223333", &options, &ResourceKind::ALL, 2500, 705);
        assert_eq!(
            estimate.calls,
            BTreeMap::from([
                ("cognito-idp:ListTagsForResource", 2),
                ("cognito-idp:ListUserPools", 2),
                ("iam:GetAccountAuthorizationDetails", 3),
                ("iam:ListMFADeviceTags", 705),
                ("iam:ListVirtualMFADevices", 1),
            ])
        );
        assert!((estimate.seconds - (709.0 - pacer::IAM.burst) / pacer::IAM.start).abs() < 1e-9);
        assert_eq!(estimate.longest, Some(("111122223333".to_owned(), "iam")));
        options.tags_from = TagsFrom::TaggingApi;
        let mut estimate = Estimate::default();
        estimate.account("111122223333", &options, &[ResourceKind::Device], 2500, 705);
        assert_eq!(estimate.calls["tag:GetResources"], 8);
        assert!(estimate.seconds < 1.0);
    }
}
