//! The collector: the resources, gaps and counts of a run so far.
//!
//! It survives a stop: closing it turns every listing that is not complete into a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::client::api_call::CallCounter;
use crate::aws::SupportedType;
use crate::model::{Gap, InventoryEnd, Resource, Tags};

/// One list to read: the resources of a type, in a region if the type has regions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listing {
    /// The name of the type; none for the types that are read from the indexes.
    resource_type: Option<&'static str>,
    /// The region; none for a type without regions, or for the regions of an account that are not known yet.
    region: Option<String>,
}

impl Listing {
    pub(crate) fn new(resource_type: &SupportedType, region: Option<&str>) -> Self {
        Self { resource_type: Some(resource_type.name), region: region.map(str::to_owned) }
    }

    /// The listing of all types that are read from the indexes.
    pub(crate) fn any_type() -> Self {
        Self { resource_type: None, region: None }
    }
}

/// The progress of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The accounts to read.
    pub accounts: usize,
    /// The accounts that are complete.
    pub accounts_done: usize,
    /// The lists to read: one for each type, and for each region if the type has regions.
    pub listings: usize,
    /// The lists that are complete.
    pub listings_done: usize,
    /// The resources so far.
    pub resources: u64,
    /// The resources whose tags could not be read.
    pub unread: u64,
    /// The requests so far.
    pub calls: u64,
    /// The requests that were throttled.
    pub throttles: u64,
    /// The estimated time left; absent until the estimate is good enough.
    pub left: Option<Duration>,
}

/// The least time and number of units that make a good estimate of the time left.
const ENOUGH: (Duration, u64) = (Duration::from_secs(2), 20);

/// The results of a run so far, reported as [`Progress`].
pub(crate) struct Collector<'a> {
    calls: CallCounter,
    progress: &'a dyn Fn(Progress),
    started: Instant,
    accounts: usize,
    state: Mutex<CollectorState>,
}

#[derive(Default)]
struct CollectorState {
    resources: Vec<Resource<'static>>,
    gaps: BTreeSet<Gap>,
    not_enabled: BTreeSet<String>,
    notes: BTreeSet<String>,
    /// The pending listings of each account.
    pending: BTreeMap<String, PendingListings>,
    regions: BTreeSet<String>,
    listings: usize,
    unread: u64,
    indexed: u64,
    /// The known units of work, which are lists and resources, and those that are complete.
    expected: u64,
    finished: u64,
}

/// The listings of one account that are not complete.
#[derive(Default)]
struct PendingListings {
    started: bool,
    listings: BTreeSet<Listing>,
}

/// The results of a complete or stopped run.
pub(crate) struct CollectorOutput {
    /// The resources in the order of inventories.
    pub(crate) resources: Vec<Resource<'static>>,
    pub(crate) end: InventoryEnd,
    /// The regions that were read.
    pub(crate) regions: Vec<String>,
    pub(crate) notes: Vec<String>,
}

impl<'a> Collector<'a> {
    /// A collector that expects these listings of each of these accounts.
    pub(crate) fn new<'t>(
        accounts: impl Iterator<Item = &'t str>,
        listings: &[Listing],
        calls: CallCounter,
        progress: &'a dyn Fn(Progress),
    ) -> Self {
        let mut state = CollectorState::default();
        for account in accounts {
            let pending = PendingListings { started: false, listings: listings.iter().cloned().collect() };
            state.listings += pending.listings.len();
            state.pending.insert(account.to_owned(), pending);
        }
        state.expected = state.listings as u64;
        state.regions = listings.iter().filter_map(|listing| listing.region.clone()).collect();
        let accounts = state.pending.len();
        Self { calls, progress, started: Instant::now(), accounts, state: Mutex::new(state) }
    }

    /// Marks an account as started.
    pub(crate) fn start_account(&self, account: &str) {
        if let Some(pending) = self.lock().pending.get_mut(account) {
            pending.started = true;
        }
    }

    /// Records an account that could not be entered: none of it was read.
    pub(crate) fn account_failed(&self, account: &str, operation: &str, error: String) {
        let gap =
            Gap { account: Some(account.to_owned()), operation: Some(operation.to_owned()), error, ..Gap::default() };
        {
            let mut state = self.lock();
            state.gaps.insert(gap);
            let listings = state.pending.remove(account).map_or(0, |pending| pending.listings.len());
            state.finished += listings as u64;
        }
        self.report_progress();
    }

    /// Replaces the listing of a type's unknown regions by one for each region.
    pub(crate) fn regions_known(&self, account: &str, resource_type: &SupportedType, regions: &[String]) {
        let mut state = self.lock();
        state.regions.extend(regions.iter().cloned());
        state.listings += regions.len();
        state.expected += regions.len() as u64;
        if let Some(pending) = state.pending.get_mut(account) {
            pending.listings.extend(regions.iter().map(|region| Listing::new(resource_type, Some(region))));
        }
        drop(state);
        self.listing_done(account, &Listing::new(resource_type, None));
    }

    /// Records regions that are read.
    pub(crate) fn regions_read(&self, regions: &[String]) {
        self.lock().regions.extend(regions.iter().cloned());
    }

    /// Adds resources that will be read one by one to the expected work.
    pub(crate) fn expect(&self, resources: usize) {
        self.lock().expected += resources as u64;
    }

    /// Adds a resource, with its tags or without.
    pub(crate) fn add(&self, resource: Resource<'static>) {
        {
            let mut state = self.lock();
            state.finished += 1;
            state.unread += u64::from(matches!(resource.tags, Tags::Unread { .. }));
            state.resources.push(resource);
        }
        self.report_progress();
    }

    /// Adds a resource with the tags of the index.
    pub(crate) fn add_indexed(&self, resource: Resource<'static>) {
        self.lock().indexed += 1;
        self.add(resource);
    }

    /// Records a resource that was deleted after it was listed.
    pub(crate) fn skip(&self) {
        self.lock().finished += 1;
    }

    /// Records a list that could not be read to its end.
    pub(crate) fn gap(&self, account: &str, listing: &Listing, operation: &str, error: String) {
        let gap = Gap {
            account: Some(account.to_owned()),
            region: listing.region.clone(),
            kind: listing.resource_type.map(str::to_owned),
            operation: (!operation.is_empty()).then(|| operation.to_owned()),
            error,
        };
        self.add_gap(gap);
    }

    /// Records a gap. The same gap counts once.
    pub(crate) fn add_gap(&self, gap: Gap) {
        self.lock().gaps.insert(gap);
    }

    /// Records a region that an account has disabled and that no flag names.
    pub(crate) fn not_enabled(&self, region: &str) {
        self.lock().not_enabled.insert(region.to_owned());
    }

    /// Records a notice for the user that is no gap.
    pub(crate) fn note(&self, text: String) {
        self.lock().notes.insert(text);
    }

    /// Records a complete listing, with or without gaps.
    pub(crate) fn listing_done(&self, account: &str, listing: &Listing) {
        {
            let mut state = self.lock();
            let Some(pending) = state.pending.get_mut(account) else { return };
            let known = pending.listings.remove(listing);
            if pending.listings.is_empty() {
                state.pending.remove(account);
            }
            state.finished += u64::from(known);
        }
        self.report_progress();
    }

    /// Reports the progress.
    pub(crate) fn report_progress(&self) {
        let (calls, throttles) = self.calls.totals();
        let progress = {
            let state = self.lock();
            let pending: usize = state.pending.values().map(|pending| pending.listings.len()).sum();
            Progress {
                accounts: self.accounts,
                accounts_done: self.accounts - state.pending.len(),
                listings: state.listings,
                listings_done: state.listings - pending,
                resources: state.resources.len() as u64,
                unread: state.unread,
                calls,
                throttles,
                left: state.left(self.started.elapsed()),
            }
        };
        (self.progress)(progress);
    }

    /// Returns everything in the order of inventories. Pending listings become gaps with this reason.
    pub(crate) fn close(self, why: &str) -> CollectorOutput {
        let pending = std::mem::take(&mut self.lock().pending);
        for (account, pending) in pending {
            if !pending.started {
                let gap = Gap { account: Some(account), error: why.to_owned(), ..Gap::default() };
                self.lock().gaps.insert(gap);
                continue;
            }
            for listing in pending.listings {
                self.gap(&account, &listing, "", why.to_owned());
            }
        }
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let resources = unique(state.resources);
        let mut end = InventoryEnd::new(resources.len() as u64, state.gaps.into_iter().collect());
        // A region that one account has disabled may have been read in another one.
        end.not_enabled = state.not_enabled.difference(&state.regions).cloned().collect();
        end.indexed = state.indexed;
        CollectorOutput {
            resources,
            end,
            regions: state.regions.into_iter().collect(),
            notes: state.notes.into_iter().collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, CollectorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CollectorState {
    fn left(&self, passed: Duration) -> Option<Duration> {
        let (time, units) = ENOUGH;
        let left = self.expected.checked_sub(self.finished)?;
        (passed >= time && self.finished >= units).then(|| passed.mul_f64(left as f64 / self.finished as f64))
    }
}

/// Sorts the resources and removes duplicates: a list that changes while its pages are read may show a resource twice.
fn unique(mut resources: Vec<Resource<'static>>) -> Vec<Resource<'static>> {
    resources.sort_by(|a, b| a.order().cmp(&b.order()));
    resources.dedup_by(|a, b| a.order() == b.order());
    resources
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::supported;

    fn supported_type(name: &str) -> &'static SupportedType {
        supported::by_name(name).unwrap()
    }

    fn listing(name: &str, region: Option<&str>) -> Listing {
        Listing::new(supported_type(name), region)
    }

    fn collector(progress: &dyn Fn(Progress)) -> Collector<'_> {
        let listings = [listing("iam:user", None), listing("cognito-idp:userpool", Some("eu-west-1"))];
        Collector::new(["111122223333", "444455556666"].into_iter(), &listings, CallCounter::default(), progress)
    }

    fn user(arn: &str) -> Resource<'static> {
        Resource { kind: "iam:user".into(), arn: Some(arn.to_owned().into()), ..Resource::default() }
    }

    #[test]
    fn incomplete_listings_are_gaps() {
        let collector = collector(&|_| ());
        collector.start_account("111122223333");
        collector.add(user("b"));
        collector.add(user("a"));
        collector.add(user("a"));
        collector.listing_done("111122223333", &listing("iam:user", None));
        let CollectorOutput { resources, end, .. } = collector.close("stopped");
        assert_eq!(resources.iter().map(|r| r.arn.as_deref().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
        let gap = |account: &str, region: Option<&str>, kind: Option<&str>| Gap {
            account: Some(account.to_owned()),
            region: region.map(str::to_owned),
            kind: kind.map(str::to_owned),
            operation: None,
            error: "stopped".to_owned(),
        };
        let pools = gap("111122223333", Some("eu-west-1"), Some("cognito-idp:userpool"));
        assert_eq!((end.resources, end.unread), (2, vec![pools, gap("444455556666", None, None)]));
    }

    #[test]
    fn progress_counts_accounts_listings_and_resources() {
        let seen = Mutex::new(Vec::new());
        let tell = |p: Progress| seen.lock().unwrap().push((p.accounts_done, p.listings_done, p.listings, p.resources));
        let collector = collector(&tell);
        collector.add(user("a"));
        collector.listing_done("111122223333", &listing("iam:user", None));
        collector.account_failed("444455556666", "sts:AssumeRole", "AccessDenied".to_owned());
        assert_eq!(*seen.lock().unwrap(), [(0, 0, 4, 1), (0, 1, 4, 1), (1, 3, 4, 1)]);
    }

    #[test]
    fn the_regions_of_an_account_take_the_place_of_all() {
        let collector = Collector::new(
            ["111122223333"].into_iter(),
            &[listing("cognito-idp:userpool", None)],
            CallCounter::default(),
            &|_| (),
        );
        collector.start_account("111122223333");
        collector.regions_known(
            "111122223333",
            supported_type("cognito-idp:userpool"),
            &["eu-west-1".to_owned(), "us-east-1".to_owned()],
        );
        for region in ["ap-south-2", "us-east-1"] {
            collector.not_enabled(region);
        }
        collector.listing_done("111122223333", &listing("cognito-idp:userpool", Some("us-east-1")));
        let CollectorOutput { end, regions, .. } = collector.close("stopped");
        assert_eq!(end.unread.iter().map(|gap| gap.region.as_deref().unwrap()).collect::<Vec<_>>(), ["eu-west-1"]);
        assert_eq!(regions, ["eu-west-1", "us-east-1"]);
        assert_eq!(end.not_enabled, ["ap-south-2"], "another account may have it");
    }
}
