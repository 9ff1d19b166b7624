//! The estimate of a scan: its calls and its duration, from the number of accounts and of their resources.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_iam::types::SummaryKeyType;
use futures_util::StreamExt as _;

use super::accounts::assume_role::{AssumeRoleRequest, enter};
use super::accounts::enabled_regions::LIST_REGIONS;
use super::accounts::organization::LIST_ACCOUNTS;
use super::accounts::selection::connect;
use super::accounts::target_account::{AccountList, TargetAccount};
use super::any_type::explorer::{GET_DEFAULT_VIEW, GET_INDEX, GET_VIEW, LIST_INDEXES, LIST_RESOURCES, LIST_TYPES};
use super::client::api_error::ApiError;
use super::client::paging::pages;
use super::client::rate_limiter::{self, RateLimits};
use super::client::session::RootSession;
use super::error::CollectError;
use super::options::{self, AccountSelection, CollectOptions, RegionSelection};
use super::permissions::session_policies;
use super::readers::reader::TypeReader;
use super::readers::registry::{READERS, reader_of};
use super::readers::tag_index::{self, IndexRegion};
use super::run::ACCOUNTS_AT_ONCE;
use super::runtime::{block_on, stop};
use crate::aws::SupportedType;
use crate::model::Gap;

/// The number of regions that every account has enabled by default: the estimate if the regions of each account are
/// only known at run time.
const DEFAULT_REGIONS: u64 = 17;
/// The largest page of the organization's accounts.
const ORGANIZATION_PAGE: u64 = 20;
const GET_SUMMARY: &str = "iam:GetAccountSummary";

/// The number of resources in an account, by the key of its summary.
type SummaryMap = HashMap<SummaryKeyType, i32>;

/// The calls and the duration of a scan.
#[derive(Debug, Default)]
pub struct Estimate {
    /// The accounts to read.
    pub accounts: u64,
    /// The regions of each account to read; 0 if no type has regions.
    pub regions: u64,
    /// `true` if the regions of each account are only known at run time, so that [`regions`](Self::regions) is the
    /// default number.
    pub regions_guessed: bool,
    /// The resources of all accounts with a summary: the noun and the number.
    pub resources: Vec<(&'static str, u64)>,
    /// The calls by `service:Operation`.
    pub calls: BTreeMap<&'static str, u64>,
    /// The least duration in seconds: that of the most calls that share a rate limit.
    pub seconds: f64,
    /// The account and service of these calls.
    pub longest: Option<(String, &'static str)>,
    /// `true` if types are read from AWS's indexes: AWS does not count their resources.
    pub any_type: bool,
    /// The accounts without a summary.
    pub unread: Vec<Gap>,
    /// Notices for the user.
    pub notes: Vec<String>,
}

/// Estimates a scan with these options. Every account is asked for its summary, one call each.
///
/// # Errors
/// [`CollectError`] if the accounts could not be found.
pub fn estimate(options: &CollectOptions) -> Result<Estimate, CollectError> {
    options::check(options)?;
    let untagged = CollectOptions { account_tags: false, ..options.clone() };
    block_on(async {
        let mut stop = std::pin::pin!(stop(options.deadline));
        let (root, list) = tokio::select! {
            // Only the scan reads the tags of the accounts: a call for each.
            connected = connect(&untagged) => connected?,
            reason = &mut stop => return Err(CollectError::from(reason)),
        };
        tokio::select! {
            estimate = estimate_accounts(&root, options, list) => Ok(estimate),
            reason = &mut stop => Err(CollectError::from(reason)),
        }
    })
}

async fn estimate_accounts(root: &RootSession, options: &CollectOptions, list: AccountList) -> Estimate {
    let mut estimate = Estimate {
        accounts: list.targets.len() as u64,
        regions_guessed: options.regions == RegionSelection::All,
        any_type: options.indexed_types.is_some(),
        unread: list.gaps,
        notes: list.notes,
        ..Estimate::default()
    };
    if options.needs_regions() {
        estimate.regions = if estimate.regions_guessed { DEFAULT_REGIONS } else { root.regions.len() as u64 };
    }
    estimate.add_common_calls(options, &list.targets);
    estimate.add_index_calls(options);
    let readers: Vec<_> = options.types_to_read().into_iter().map(reader_of).collect();
    if readers.is_empty() {
        return estimate;
    }
    let summarize = async |target: &TargetAccount| {
        let summary = read_summary(root, target, options).await;
        (target.identity.account.clone(), summary)
    };
    let mut summaries: Vec<_> =
        futures_util::stream::iter(&list.targets).map(summarize).buffer_unordered(ACCOUNTS_AT_ONCE).collect().await;
    summaries.sort_by(|a, b| a.0.cmp(&b.0));
    for (account, summary) in summaries {
        match summary {
            Ok(summary) => estimate.add_account(&account, options, &readers, &summary),
            Err(error) => estimate.unread.push(Gap {
                account: Some(account),
                operation: Some(GET_SUMMARY.to_owned()),
                error: error.to_string(),
                ..Gap::default()
            }),
        }
    }
    estimate
}

/// Reads the summary of an account, with the numbers of all types that it counts.
async fn read_summary(
    root: &RootSession,
    target: &TargetAccount,
    options: &CollectOptions,
) -> Result<SummaryMap, ApiError> {
    let request = || AssumeRoleRequest::scan(session_policies::estimate());
    let session = enter(root, target, options.external_ids.of(&target.identity.account), request).await?;
    let (client, caller) = session.iam();
    let answer = caller
        .call(GET_SUMMARY, |interceptor| client.get_account_summary().customize().interceptor(interceptor).send())
        .await?;
    let summary = answer.summary_map.unwrap_or_default();
    let mut entries = READERS.iter().filter_map(|reader| reader.summary_entry());
    let complete = entries.all(|(key, _)| summary.get(&key).is_some_and(|count| *count >= 0));
    if complete { Ok(summary) } else { Err(ApiError::empty(GET_SUMMARY)) }
}

impl Estimate {
    /// Adds the calls that belong to no account.
    fn add_common_calls(&mut self, options: &CollectOptions, targets: &[TargetAccount]) {
        self.add("sts:GetCallerIdentity", 1);
        // The accounts alone, as resources, need no role in them.
        if options.enters_accounts() {
            let roles = targets.iter().filter(|target| target.role.is_some()).count() as u64;
            self.add("sts:AssumeRole", roles);
        }
        if let AccountSelection::Organization(organization) = &options.accounts {
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

    /// Adds the calls to AWS's indexes, with one page of each list.
    fn add_index_calls(&mut self, options: &CollectOptions) {
        if options.indexed_types.is_none() {
            return;
        }
        self.add(LIST_TYPES, 1);
        if options.view.is_some() {
            for operation in [GET_VIEW, LIST_RESOURCES, LIST_ACCOUNTS] {
                self.add(operation, 1);
            }
            return;
        }
        self.add(LIST_INDEXES, self.accounts);
        for operation in [GET_INDEX, GET_DEFAULT_VIEW, GET_VIEW, LIST_RESOURCES, tag_index::GET_RESOURCES] {
            self.add(operation, self.accounts * self.regions);
        }
    }

    /// Adds the calls of one account.
    fn add_account(
        &mut self,
        account: &str,
        options: &CollectOptions,
        readers: &[&'static dyn TypeReader],
        summary: &SummaryMap,
    ) {
        for (key, noun) in readers.iter().rev().filter_map(|reader| reader.summary_entry()) {
            let count = summary.get(&key).and_then(|count| u64::try_from(*count).ok()).unwrap_or_default();
            match self.resources.iter_mut().find(|(other, _)| *other == noun) {
                Some((_, sum)) => *sum += count,
                None => self.resources.push((noun, count)),
            }
        }
        if self.regions_guessed && readers.iter().any(|reader| reader.resource_type().regional) {
            self.add(LIST_REGIONS, 1);
        }
        // The calls that share a rate limit. Each region has a limit of its own, so the calls of one region count.
        let mut limited: BTreeMap<&str, u64> = BTreeMap::new();
        let count_of = |reader: &dyn TypeReader| {
            let count = reader.summary_entry().and_then(|(key, _)| summary.get(&key).copied());
            count.map_or(1, |count| u64::try_from(count).unwrap_or_default())
        };
        let is_read = |name: &SupportedType| readers.iter().any(|reader| reader.resource_type() == name);
        for reader in readers.iter().filter(|reader| !reader.read_with().is_some_and(is_read)) {
            let with = readers.iter().find(|other| other.read_with() == Some(reader.resource_type()));
            let count = count_of(*reader) + with.map_or(0, |other| count_of(*other));
            let repeat = if reader.resource_type().regional { self.regions } else { 1 };
            let indexed = reader.index_region() != IndexRegion::None
                && tag_index::is_wanted(options.tags_from, usize::try_from(count).unwrap_or(usize::MAX));
            for (operation, calls) in reader.estimated_calls(count, indexed) {
                self.add(operation, calls * repeat);
                *limited.entry(operation.split(':').next().unwrap_or_default()).or_default() += calls;
            }
        }
        for (service, calls) in limited {
            if let Some(limit) = rate_limit_of(service) {
                self.note_duration(account, limit, calls);
            }
        }
    }

    fn add(&mut self, operation: &'static str, calls: u64) {
        if calls > 0 {
            *self.calls.entry(operation).or_default() += calls;
        }
    }

    /// Keeps the longest duration of calls that share a limit.
    fn note_duration(&mut self, account: &str, (service, limits): (&'static str, RateLimits), calls: u64) {
        let seconds = (calls as f64 - limits.burst).max(0.0) / limits.start;
        if seconds > self.seconds {
            self.seconds = seconds;
            self.longest = Some((account.to_owned(), service));
        }
    }
}

/// The name and rate limits of a service, by the prefix of its IAM actions; `None` for a service with no known limit.
fn rate_limit_of(service: &str) -> Option<(&'static str, RateLimits)> {
    match service {
        "cognito-identity" => Some(("cognito-identity", rate_limiter::COGNITO_IDENTITY)),
        "cognito-idp" => Some(("cognito-idp", rate_limiter::COGNITO)),
        "iam" => Some(("iam", rate_limiter::IAM)),
        "tag" => Some(("tagging", rate_limiter::TAGGING)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::TagsFrom;

    #[test]
    fn calls_and_duration_follow_from_the_resources() {
        let summary = HashMap::from([(SummaryKeyType::Users, 2500), (SummaryKeyType::MfaDevices, 705)]);
        let mut estimate = Estimate { regions: 2, ..Estimate::default() };
        let mut options = CollectOptions::default();
        let usual: Vec<_> = options.types_to_read().into_iter().map(reader_of).collect();
        estimate.add_account("111122223333", &options, &usual, &summary);
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
        assert_eq!(estimate.resources, [("user", 2500), ("MFA device", 705)]);
        let limits = rate_limiter::IAM;
        assert!((estimate.seconds - (709.0 - limits.burst) / limits.start).abs() < 1e-9);
        assert_eq!(estimate.longest, Some(("111122223333".to_owned(), "iam")));
        options.tags_from = TagsFrom::TaggingApi;
        let mut estimate = Estimate::default();
        estimate.add_account("111122223333", &options, &usual[1..2], &summary);
        assert_eq!(estimate.calls["tag:GetResources"], 8);
        assert!(estimate.seconds < 1.0);
        let summary = HashMap::from([(SummaryKeyType::Users, 900), (SummaryKeyType::Roles, 1200)]);
        for (chosen, calls) in [(&["iam:user", "iam:role"][..], 3), (&["iam:role"], 2), (&["iam:user"], 1)] {
            let mut estimate = Estimate::default();
            let readers: Vec<_> =
                READERS.into_iter().filter(|reader| chosen.contains(&reader.resource_type().name)).collect();
            estimate.add_account("111122223333", &options, &readers, &summary);
            assert_eq!(
                estimate.calls["iam:GetAccountAuthorizationDetails"], calls,
                "{chosen:?}: the same calls read both"
            );
        }
    }
}
