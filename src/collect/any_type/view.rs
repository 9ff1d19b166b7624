//! The resources of all accounts that one view of Resource Explorer shows: one role, no session in any other account.

use std::collections::{BTreeMap, BTreeSet};

use super::explorer::{self, Indexed, ViewFacts};
use super::found::{Found, OLD};
use super::gaps::{self, Place};
use super::types::IndexedTypes;
use super::view_arn;
use crate::aws::supported;
use crate::base::{count, quote};
use crate::collect::accounts::organization::{LIST_ACCOUNTS, OrganizationReader};
use crate::collect::accounts::target_account::{AccountIdentity, AccountList, TargetAccount};
use crate::collect::client::session::RootSession;
use crate::collect::collector::Collector;
use crate::collect::options::OrganizationSelection;
use crate::collect::readers::fields::with_account;
use crate::model::{Gap, Scope, Tags, Text};

/// A view that is read.
pub(crate) struct ViewScan<'a> {
    pub(crate) root: &'a RootSession,
    pub(crate) collector: &'a Collector<'a>,
    /// The account of the credentials.
    pub(crate) caller: &'a AccountIdentity,
    pub(crate) arn: &'a str,
    pub(crate) types: &'a IndexedTypes,
    /// The regions to read; empty for all.
    pub(crate) regions: &'a [String],
    /// The time of the run, in seconds.
    pub(crate) now: i64,
}

/// The scope of a view.
#[derive(Debug, Default)]
pub(crate) struct ViewScope {
    /// The accounts, sorted.
    pub(crate) accounts: Vec<String>,
    pub(crate) regions: BTreeSet<String>,
    /// The types that Resource Explorer lists, as far as they are wanted.
    pub(crate) types: Vec<String>,
    pub(crate) organization: Option<String>,
    /// `true` if the view leaves out resources.
    pub(crate) is_filtered: bool,
}

impl ViewScope {
    /// Writes what the view shows into the scope of the run.
    pub(crate) fn into_scope(self, scope: &mut Scope) {
        scope.accounts = self.accounts;
        scope.regions = self.regions.into_iter().collect();
        scope.organization = self.organization;
        scope.types = self.types;
        scope.partial |= self.is_filtered;
    }
}

impl ViewScan<'_> {
    /// Reads the view. What it does not tell becomes gaps.
    pub(crate) async fn read(&self) -> ViewScope {
        let session = self.root.own(&self.caller.account);
        let region = view_arn::region_of(self.arn).unwrap_or_default();
        let mut rows = Vec::new();
        let (facts, listed, end) = tokio::join!(
            explorer::view(&session, region, self.arn),
            explorer::listed_types(&session, region),
            explorer::resources(&session, region, self.arn, "", |page| rows.extend(page))
        );
        if let Err(error) = end {
            self.gap(None, explorer::LIST_RESOURCES, format!("{error}; the view was not read to its end"));
        }
        let facts = facts.unwrap_or_else(|error| {
            self.gap(None, explorer::GET_VIEW, gaps::view_unknown(&error));
            ViewFacts { has_tags: true, ..ViewFacts::default() }
        });
        let mut types = Vec::new();
        match listed {
            Ok(listed) => {
                for kind in self.types.kinds() {
                    if listed.has_kind(kind) {
                        types.push(kind.to_owned());
                    } else {
                        self.collector.add_gap(gaps::unlisted_type(kind));
                    }
                }
            }
            Err(error) => self.gap(None, explorer::LIST_TYPES, gaps::no_types(&error)),
        }
        for error in gaps::of_view(self.arn, &facts) {
            self.gap(None, explorer::GET_VIEW, error);
        }
        let list = self.accounts(&facts).await;
        self.note_old(&rows);
        ViewScope { types, ..self.add(&rows, &facts, &list) }
    }

    fn gap(&self, account: Option<&str>, operation: &str, error: String) {
        let account = account.map(str::to_owned);
        let operation = Some(operation.to_owned());
        self.collector.add_gap(Gap { account, operation, error, ..Gap::default() });
    }

    /// The accounts of the organization, for their names and to name those that the view does not show. Without the
    /// permission, the list is empty and a gap says so.
    async fn accounts(&self, facts: &ViewFacts) -> AccountList {
        if !facts.is_of_organization() {
            return AccountList::default();
        }
        let all = OrganizationSelection::default();
        match OrganizationReader::new(self.root).read(&all, self.caller).await {
            Ok(list) => list,
            Err(error) => {
                let error = format!("{error}; accounts that the view does not show are not known");
                self.gap(None, LIST_ACCOUNTS, error);
                AccountList::default()
            }
        }
    }

    /// Names the accounts and regions whose newest information is old.
    fn note_old(&self, rows: &[Indexed]) {
        let mut newest: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for row in rows {
            let (Some(account), Some(region), Some(time)) = (&row.account, &row.region, row.reported) else { continue };
            let known = newest.entry((account, region)).or_insert(time);
            *known = (*known).max(time);
        }
        for ((account, region), time) in newest {
            let age = self.now - time;
            if age >= OLD && self.wants_region(Some(region)) {
                let gap = Place::region(account, region).gap(explorer::LIST_RESOURCES, gaps::old(region, age));
                self.collector.add_gap(gap);
            }
        }
    }

    fn wants_region(&self, region: Option<&str>) -> bool {
        self.regions.is_empty() || region.is_none_or(|region| self.regions.iter().any(|wanted| wanted == region))
    }

    fn add(&self, rows: &[Indexed], facts: &ViewFacts, list: &AccountList) -> ViewScope {
        let targets: BTreeMap<&str, &TargetAccount> =
            list.targets.iter().map(|target| (&*target.identity.account, target)).collect();
        let mut scope = ViewScope {
            organization: list.organization.clone(),
            is_filtered: !facts.filter.is_empty(),
            ..ViewScope::default()
        };
        let (mut shown, mut left_out, mut nameless) = (BTreeSet::new(), BTreeMap::<String, u64>::new(), 0);
        self.collector.expect(rows.len());
        for row in rows {
            let found = row.arn.as_deref().and_then(|_| Found::listed(row, None, self.now));
            let Some(found) = found else {
                nameless += 1;
                continue;
            };
            let account = row.account.clone().or_else(|| found.resource.account.as_deref().map(str::to_owned));
            let account = account.unwrap_or_else(|| self.caller.account.clone());
            shown.insert(account.clone());
            let region = found.resource.region.as_deref().map(str::to_owned);
            scope.regions.extend(region.clone());
            if found.has_no_tags(row.cloudformation.as_deref()) {
                *left_out.entry(found.resource.kind.to_string()).or_default() += 1;
            } else if self.wants_region(region.as_deref()) && self.types.wants(&found.resource.kind) {
                let identity = AccountIdentity { account: account.clone(), partition: self.caller.partition.clone() };
                let other = TargetAccount::new(identity, None);
                let target = targets.get(&*account).copied().unwrap_or(&other);
                self.add_one(found, target, facts);
            }
        }
        if nameless > 0 {
            self.gap(None, explorer::LIST_RESOURCES, gaps::nameless(nameless));
        }
        if let Some(note) = gaps::left_out(&left_out) {
            self.collector.note(note);
        }
        for account in targets.keys().filter(|account| !shown.contains(**account)) {
            let error = "the view shows no resource of the account: it may have no index of Resource Explorer";
            self.gap(Some(account), explorer::LIST_RESOURCES, error.to_owned());
        }
        let error = format!(
            "a view does not tell which accounts and regions have no index of Resource Explorer; {} shows {} in {}",
            quote(self.arn.split('/').nth(1).unwrap_or(self.arn)),
            count(shown.len() as u64, "account"),
            count(scope.regions.len() as u64, "region")
        );
        self.gap(None, explorer::LIST_RESOURCES, error);
        shown.extend(targets.keys().map(|account| (*account).to_owned()));
        scope.accounts = shown.into_iter().collect();
        scope
    }

    /// Adds a resource. Without tags in the view they are unknown: no other source confirms it.
    fn add_one(&self, mut found: Found, target: &TargetAccount, facts: &ViewFacts) {
        if found.is_tagged() {
            return self.collector.add_indexed(with_account(target, found.resource));
        }
        let is_iam = supported::by_name(&found.resource.kind).is_some_and(|each| each.arn.service == "iam");
        let reason = match (is_iam, facts.has_tags) {
            (true, _) => "Resource Explorer does not index the tags of IAM resources",
            (false, false) => "the view does not include tags",
            (false, true) => "the view shows no tags of the resource, and its own account was not asked",
        };
        found.resource.tags = Tags::Unread { reason: Text::from(reason) };
        self.collector.add(with_account(target, found.resource));
    }
}
