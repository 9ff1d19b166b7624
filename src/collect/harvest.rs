//! What was read so far, for the inventory and for those who watch. What is in here survives a stop: closing takes every part
//! that was not finished as a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::calls::Calls;
use super::failure::Failure;
use super::{Progress, ResourceKind};
use crate::model::{Gap, InventoryEnd, Resource, Tag, Tags, Text, UnlistedTags};

/// One list to read: a type, and its region where it has one.
pub(super) type Part = (ResourceKind, Option<String>);

/// Before this much is done, the time left is a guess.
const ENOUGH: (Duration, u64) = (Duration::from_secs(2), 20);

/// Collects resources and gaps, and tells how far the run is.
pub(super) struct Harvest<'a> {
    calls: Calls,
    progress: &'a dyn Fn(Progress),
    started: Instant,
    accounts: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    resources: Vec<Resource<'static>>,
    gaps: BTreeSet<Gap>,
    not_enabled: BTreeSet<String>,
    notes: BTreeSet<String>,
    /// What is left of each account.
    open: BTreeMap<String, Open>,
    regions: BTreeSet<String>,
    parts: usize,
    unread: u64,
    indexed: u64,
    /// Lists and resources to read that are known of, and those that are done.
    expected: u64,
    finished: u64,
}

#[derive(Default)]
struct Open {
    begun: bool,
    parts: BTreeSet<Part>,
}

/// What closing gives.
pub(super) struct Harvested {
    /// In the order of inventories.
    pub(super) resources: Vec<Resource<'static>>,
    pub(super) end: InventoryEnd,
    /// The regions that were looked at.
    pub(super) regions: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl<'a> Harvest<'a> {
    /// Nothing yet, of these parts of each of these accounts.
    pub(super) fn new<'t>(
        accounts: impl Iterator<Item = &'t str>,
        parts: &[Part],
        calls: Calls,
        progress: &'a dyn Fn(Progress),
    ) -> Self {
        let mut state = State::default();
        for account in accounts {
            let open = Open { begun: false, parts: parts.iter().cloned().collect() };
            state.parts += open.parts.len();
            state.open.insert(account.to_owned(), open);
        }
        state.expected = state.parts as u64;
        state.regions = parts.iter().filter_map(|(_, region)| region.clone()).collect();
        let accounts = state.open.len();
        Self { calls, progress, started: Instant::now(), accounts, state: Mutex::new(state) }
    }

    /// An account is about to be read.
    pub(super) fn begin(&self, account: &str) {
        if let Some(open) = self.lock().open.get_mut(account) {
            open.begun = true;
        }
    }

    /// An account that could not be entered: all of it is unread.
    pub(super) fn lost(&self, account: &str, operation: &str, error: String) {
        let gap =
            Gap { account: Some(account.to_owned()), operation: Some(operation.to_owned()), error, ..Gap::default() };
        {
            let mut state = self.lock();
            state.gaps.insert(gap);
            let parts = state.open.remove(account).map_or(0, |open| open.parts.len());
            state.finished += parts as u64;
        }
        self.tell();
    }

    /// The regions of an account are known: each is a list to read, in the place of one that stood for all.
    pub(super) fn regions(&self, account: &str, regions: &[String]) {
        let mut state = self.lock();
        state.regions.extend(regions.iter().cloned());
        state.parts += regions.len();
        state.expected += regions.len() as u64;
        if let Some(open) = state.open.get_mut(account) {
            open.parts.extend(regions.iter().map(|region| (ResourceKind::Pool, Some(region.clone()))));
        }
        drop(state);
        self.done(account, &(ResourceKind::Pool, None));
    }

    /// So many resources are about to be read one by one.
    pub(super) fn expect(&self, resources: usize) {
        self.lock().expected += resources as u64;
    }

    /// A resource that was read, its tags or not.
    pub(super) fn add(&self, resource: Resource<'static>) {
        {
            let mut state = self.lock();
            state.finished += 1;
            state.unread += u64::from(matches!(resource.tags, Tags::Unread { .. }));
            state.resources.push(resource);
        }
        self.tell();
    }

    /// A resource whose tags are those of an index.
    pub(super) fn add_indexed(&self, resource: Resource<'static>) {
        self.lock().indexed += 1;
        self.add(resource);
    }

    /// A resource that is not there any more.
    pub(super) fn skip(&self) {
        self.lock().finished += 1;
    }

    /// A list that could not be read, or not to its end.
    pub(super) fn gap(&self, account: &str, part: &Part, operation: &str, error: String) {
        let gap = Gap {
            account: Some(account.to_owned()),
            region: part.1.clone(),
            kind: Some(part.0.as_str().to_owned()),
            operation: (!operation.is_empty()).then(|| operation.to_owned()),
            error,
        };
        self.lock().gaps.insert(gap);
    }

    /// A region that an account has switched off, and that nobody asked for by name.
    pub(super) fn not_enabled(&self, region: &str) {
        self.lock().not_enabled.insert(region.to_owned());
    }

    /// Something that the user should know, and that is no gap.
    pub(super) fn note(&self, text: String) {
        self.lock().notes.insert(text);
    }

    /// A part that is done, with or without gaps.
    pub(super) fn done(&self, account: &str, part: &Part) {
        {
            let mut state = self.lock();
            let Some(open) = state.open.get_mut(account) else { return };
            let known = open.parts.remove(part);
            if open.parts.is_empty() {
                state.open.remove(account);
            }
            state.finished += u64::from(known);
        }
        self.tell();
    }

    /// How far the run is.
    pub(super) fn tell(&self) {
        let (calls, throttles) = self.calls.totals();
        let progress = {
            let state = self.lock();
            let open: usize = state.open.values().map(|open| open.parts.len()).sum();
            Progress {
                accounts: self.accounts,
                accounts_done: self.accounts - state.open.len(),
                parts: state.parts,
                parts_done: state.parts - open,
                resources: state.resources.len() as u64,
                unread: state.unread,
                calls,
                throttles,
                left: state.left(self.started.elapsed()),
            }
        };
        (self.progress)(progress);
    }

    /// Everything, in the order of inventories. What is still open is a gap for this reason.
    pub(super) fn close(self, why: &str) -> Harvested {
        let open = std::mem::take(&mut self.lock().open);
        for (account, open) in open {
            if !open.begun {
                let gap = Gap { account: Some(account), error: why.to_owned(), ..Gap::default() };
                self.lock().gaps.insert(gap);
                continue;
            }
            for part in open.parts {
                self.gap(&account, &part, "", why.to_owned());
            }
        }
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let resources = unique(state.resources);
        let mut end = InventoryEnd::new(resources.len() as u64, state.gaps.into_iter().collect());
        end.not_enabled = state.not_enabled.difference(&state.regions).cloned().collect();
        end.indexed = state.indexed;
        Harvested {
            resources,
            end,
            regions: state.regions.into_iter().collect(),
            notes: state.notes.into_iter().collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn left(&self, passed: Duration) -> Option<Duration> {
        let (time, units) = ENOUGH;
        let left = self.expected.checked_sub(self.finished)?;
        (passed >= time && self.finished >= units).then(|| passed.mul_f64(left as f64 / self.finished as f64))
    }
}

/// In order, each once: a list that changes while its pages are read may show a resource twice.
fn unique(mut resources: Vec<Resource<'static>>) -> Vec<Resource<'static>> {
    resources.sort_by(|a, b| a.order().cmp(&b.order()));
    resources.dedup_by(|a, b| a.order() == b.order());
    resources
}

/// Tags that were read, sorted by key.
pub(super) fn tags(pairs: impl IntoIterator<Item = (String, String)>) -> Tags<'static> {
    let mut tags: Vec<Tag<'static>> =
        pairs.into_iter().map(|(key, value)| Tag { key: key.into(), value: Some(value.into()) }).collect();
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    Tags::Read { tags, more: UnlistedTags::None }
}

/// Tags that could not be read.
pub(super) fn unread(failure: &Failure) -> Tags<'static> {
    Tags::Unread { reason: failure.to_string().into() }
}

/// A text that the SDK gives as empty where the answer had none.
pub(super) fn some(text: impl Into<String>) -> Option<Text<'static>> {
    let text = text.into();
    (!text.is_empty()).then(|| Text::from(text))
}

/// RFC 3339 in whole seconds: Cognito sends a floating-point number, whose last digits are noise.
pub(super) fn moment(time: Option<&aws_smithy_types::DateTime>) -> Option<Text<'static>> {
    let moment = jiff::Timestamp::from_second(time?.secs()).ok()?;
    Some(moment.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn harvest(progress: &dyn Fn(Progress)) -> Harvest<'_> {
        let parts = [(ResourceKind::User, None), (ResourceKind::Pool, Some("eu-west-1".to_owned()))];
        Harvest::new(["111122223333", "444455556666"].into_iter(), &parts, Calls::default(), progress)
    }

    fn user(arn: &str) -> Resource<'static> {
        Resource { kind: "iam:user".into(), arn: some(arn), ..Resource::default() }
    }

    #[test]
    fn what_was_not_finished_is_a_gap() {
        let harvest = harvest(&|_| ());
        harvest.begin("111122223333");
        harvest.add(user("b"));
        harvest.add(user("a"));
        harvest.add(user("a"));
        harvest.done("111122223333", &(ResourceKind::User, None));
        let Harvested { resources, end, .. } = harvest.close("stopped");
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
    fn progress_counts_accounts_parts_and_resources() {
        let seen = Mutex::new(Vec::new());
        let tell = |p: Progress| seen.lock().unwrap().push((p.accounts_done, p.parts_done, p.parts, p.resources));
        let harvest = harvest(&tell);
        harvest.add(user("a"));
        harvest.done("111122223333", &(ResourceKind::User, None));
        harvest.lost("444455556666", "sts:AssumeRole", "AccessDenied".to_owned());
        assert_eq!(*seen.lock().unwrap(), [(0, 0, 4, 1), (0, 1, 4, 1), (1, 3, 4, 1)]);
    }

    #[test]
    fn the_regions_of_an_account_take_the_place_of_all() {
        let harvest =
            Harvest::new(["111122223333"].into_iter(), &[(ResourceKind::Pool, None)], Calls::default(), &|_| ());
        harvest.begin("111122223333");
        harvest.regions("111122223333", &["eu-west-1".to_owned(), "us-east-1".to_owned()]);
        for region in ["ap-south-2", "us-east-1"] {
            harvest.not_enabled(region);
        }
        harvest.done("111122223333", &(ResourceKind::Pool, Some("us-east-1".to_owned())));
        let Harvested { end, regions, .. } = harvest.close("stopped");
        assert_eq!(end.unread.iter().map(|gap| gap.region.as_deref().unwrap()).collect::<Vec<_>>(), ["eu-west-1"]);
        assert_eq!(regions, ["eu-west-1", "us-east-1"]);
        assert_eq!(end.not_enabled, ["ap-south-2"], "another account may have it");
    }

    #[test]
    fn tags_are_sorted_and_moments_whole() {
        let read = tags([("b".to_owned(), String::new()), ("B".to_owned(), "1".to_owned())]);
        assert_eq!(read.known().iter().map(|tag| tag.key.as_str()).collect::<Vec<_>>(), ["B", "b"]);
        assert!(read.complete());
        let time = aws_smithy_types::DateTime::from_secs_f64(1_714_554_000.123);
        assert_eq!(moment(Some(&time)).unwrap().as_str(), "2024-05-01T09:00:00Z");
        assert_eq!(moment(None), None);
    }
}
