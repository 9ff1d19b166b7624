//! A run: the accounts are found, each is scanned, and the results become an inventory.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::accounts::selection::connect;
use super::accounts::target_account::{AccountList, TargetAccount};
use super::any_type::explorer::LIST_RESOURCES;
use super::any_type::view::{ViewScan, ViewScope};
use super::client::api_call::CallCount;
use super::client::session::RootSession;
use super::collector::{Collector, CollectorOutput, Listing, Progress};
use super::error::CollectError;
use super::options::{self, CollectOptions, RegionSelection};
use super::readers::context::{NeedsDirectRead, ScanSettings};
use super::readers::organization_account;
use super::runtime::{StopReason, block_on, stop};
use super::scan::ScanRun;
use crate::model::{Gap, InventoryEnd, InventoryHeader, Resource, Scope};

/// The result of a run.
#[derive(Debug)]
pub struct Collected {
    /// The first line of the inventory.
    pub header: InventoryHeader,
    /// The resources, sorted by [`Resource::order`].
    pub resources: Vec<Resource<'static>>,
    /// The last line of the inventory, with the gaps.
    pub end: InventoryEnd,
    /// The number of calls by `service:Operation`.
    pub calls: BTreeMap<String, CallCount>,
    /// Notices for the user that have no place in a report.
    pub notes: Vec<String>,
    /// The reason that the run ended early, if it did. What was not read is among the gaps.
    pub stopped: Option<StopReason>,
}

/// The number of accounts that are read at once.
pub(crate) const ACCOUNTS_AT_ONCE: usize = 64;

/// Reads the accounts that the options select.
///
/// `now` becomes the time of the inventory. `progress` is called for every resource, on the calling thread.
/// `needs_direct_read` chooses the resources whose tags are read from their service although the index has them.
///
/// # Errors
/// [`CollectError`] if nothing could be read at all; anything less is a gap in [`Collected::end`].
pub fn collect(
    options: &CollectOptions,
    now: Timestamp,
    needs_direct_read: &NeedsDirectRead<'_>,
    progress: &dyn Fn(Progress),
) -> Result<Collected, CollectError> {
    options::check(options)?;
    block_on(async {
        let mut stop = std::pin::pin!(stop(options.deadline));
        let (root, list) = tokio::select! {
            connected = connect(options) => connected?,
            reason = &mut stop => return Err(CollectError::from(reason)),
        };
        // Accounts alone need no session in them, nor do those that a view shows.
        let targets = if options.enters_accounts() { &list.targets[..] } else { &[] };
        let accounts = targets.iter().map(|target| &*target.identity.account);
        let calls = root.shared.calls.clone();
        let collector = Collector::new(accounts, &expected_listings(options, &root.regions), calls, progress);
        collector.report_progress();
        if options.accounts_as_resources {
            collector.expect(list.targets.len());
            list.targets.iter().map(organization_account::resource).for_each(|account| collector.add(account));
        }
        let settings = ScanSettings { now: now.as_second(), ..settings(options, &root, &collector, needs_direct_read) };
        let run = ScanRun { root: &root, options, settings, listed_types: OnceCell::new() };
        let mut scope = None;
        let stopped = tokio::select! {
            () = read_all(&run, targets), if options.view.is_none() => None,
            read = read_view(&run, &list), if options.view.is_some() => {
                scope = read;
                None
            }
            reason = &mut stop => Some(reason),
        };
        let kinds = run.indexed_kinds();
        drop(run);
        if options.view.is_some() && stopped.is_some() {
            let error = stopped.unwrap_or(StopReason::Signal).gap_text().to_owned();
            collector.add_gap(Gap { operation: Some(LIST_RESOURCES.to_owned()), error, ..Gap::default() });
        }
        // If the run was not stopped, no listing is pending and the text is not used.
        let output = collector.close(stopped.unwrap_or(StopReason::Signal).gap_text());
        let mut collected = assemble(options, now, &root, list, output, stopped);
        collected.header.scope.types.extend(kinds);
        if let Some(scope) = scope {
            scope.into_scope(&mut collected.header.scope);
        }
        Ok(collected)
    })
}

fn settings<'a>(
    options: &CollectOptions,
    root: &RootSession,
    collector: &'a Collector<'a>,
    needs_direct_read: &'a NeedsDirectRead<'a>,
) -> ScanSettings<'a> {
    let reported = options.reported_types();
    ScanSettings {
        collector,
        context_types: options.types_to_read().into_iter().filter(|each| !reported.contains(each)).collect(),
        all_regions: options.regions == RegionSelection::All,
        tags_from: options.tags_from,
        width: root.width,
        needs_direct_read,
        now: 0,
    }
}

async fn read_all(run: &ScanRun<'_>, targets: &[TargetAccount]) {
    futures_util::stream::iter(targets)
        .map(|target| run.read_account(target))
        .buffer_unordered(ACCOUNTS_AT_ONCE)
        .collect::<()>()
        .await;
}

/// Reads the view of the options, if they have one.
async fn read_view(run: &ScanRun<'_>, list: &AccountList) -> Option<ViewScope> {
    let (arn, types) = (run.options.view.as_deref()?, run.options.indexed_types.as_ref()?);
    let caller = &list.targets.first()?.identity;
    let (collector, now, regions) = (run.settings.collector, run.settings.now, run.options.regions.named());
    Some(ViewScan { root: run.root, collector, caller, arn, types, regions, now }.read().await)
}

/// The listings of each account. If each account is asked for its regions, one listing stands for all of them.
fn expected_listings(options: &CollectOptions, regions: &[String]) -> Vec<Listing> {
    let mut listings = Vec::new();
    for each in options.types_to_read() {
        if each.regional && options.regions != RegionSelection::All {
            listings.extend(regions.iter().map(|region| Listing::new(each, Some(region))));
        } else {
            listings.push(Listing::new(each, None));
        }
    }
    if options.indexed_types.is_some() {
        listings.push(Listing::any_type());
    }
    listings
}

fn assemble(
    options: &CollectOptions,
    now: Timestamp,
    root: &RootSession,
    list: AccountList,
    output: CollectorOutput,
    stopped: Option<StopReason>,
) -> Collected {
    let CollectorOutput { resources, mut end, regions, mut notes } = output;
    end.unread.extend(list.gaps);
    end.unread.sort();
    notes.splice(0..0, list.notes);
    let accounts = options.accounts_as_resources.then_some(organization_account::TYPE);
    let types = options.reported_types().into_iter().map(|each| each.name).chain(accounts);
    let scope = Scope {
        accounts: list.targets.into_iter().map(|target| target.identity.account).collect(),
        regions,
        types: types.map(str::to_owned).collect(),
        organization: list.organization,
        shard: options.shard.filter(|shard| shard.of > 1).map(|shard| shard.to_string()),
        some_accounts: options.some_accounts(),
        ..Scope::default()
    };
    Collected {
        header: InventoryHeader::new(now.round(jiff::Unit::Second).unwrap_or(now).to_string(), scope),
        resources,
        end,
        calls: root.shared.calls.by_operation(),
        notes,
        stopped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::supported;

    #[test]
    fn global_types_are_listed_once_and_others_by_region() {
        let regions = ["eu-west-1".to_owned(), "us-east-1".to_owned()];
        assert_eq!(expected_listings(&CollectOptions::default(), &regions).len(), 4);
        let [user, pool] = ["iam:user", "cognito-idp:userpool"].map(|name| supported::by_name(name).unwrap());
        let options = CollectOptions { types: vec![user], ..CollectOptions::default() };
        assert_eq!(expected_listings(&options, &[]), [Listing::new(user, None)]);
        let all = CollectOptions { regions: RegionSelection::All, types: vec![pool], ..CollectOptions::default() };
        assert_eq!(expected_listings(&all, &[]), [Listing::new(pool, None)]);
    }
}
