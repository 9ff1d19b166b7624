//! What has been read so far. It is complete at any moment: a run that is stopped reports what it has, and each part
//! that was not finished as a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::calls::Calls;
use super::failure::Failure;
use super::identity::Identity;
use super::{Kind, Progress};
use crate::model::{End, Gap, Resource, Tag, Tags, Text};

/// One list to read: a type, and its region where it has one.
pub(super) type Part = (Kind, Option<String>);

/// Collects resources and gaps, and tells how far the run is.
pub(super) struct Harvest<'a> {
    account: String,
    calls: Calls,
    progress: &'a dyn Fn(Progress),
    parts: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    resources: Vec<Resource<'static>>,
    gaps: BTreeSet<Gap>,
    not_enabled: BTreeSet<String>,
    open: BTreeSet<Part>,
    unread: u64,
}

impl<'a> Harvest<'a> {
    /// Nothing yet, of these parts.
    pub(super) fn new(who: &Identity, calls: Calls, parts: Vec<Part>, progress: &'a dyn Fn(Progress)) -> Self {
        let state = State { open: parts.into_iter().collect(), ..State::default() };
        Self { account: who.account.clone(), calls, progress, parts: state.open.len(), state: Mutex::new(state) }
    }

    /// A resource that was read, its tags or not.
    pub(super) fn add(&self, resource: Resource<'static>) {
        {
            let mut state = self.lock();
            state.unread += u64::from(matches!(resource.tags, Tags::Unread { .. }));
            state.resources.push(resource);
        }
        self.tell();
    }

    /// A list that could not be read, or not to its end.
    pub(super) fn gap(&self, part: &Part, operation: &str, error: String) {
        let gap = Gap {
            account: Some(self.account.clone()),
            region: part.1.clone(),
            kind: Some(part.0.as_str().to_owned()),
            operation: (!operation.is_empty()).then(|| operation.to_owned()),
            error,
        };
        self.lock().gaps.insert(gap);
    }

    /// A region that the account has switched off, and that nobody asked for by name.
    pub(super) fn not_enabled(&self, region: &str) {
        self.lock().not_enabled.insert(region.to_owned());
    }

    /// A part that is done, with or without gaps.
    pub(super) fn done(&self, part: &Part) {
        self.lock().open.remove(part);
        self.tell();
    }

    /// How far the run is.
    pub(super) fn tell(&self) {
        let (calls, throttles) = self.calls.totals();
        let progress = {
            let state = self.lock();
            Progress {
                accounts: 1,
                accounts_done: usize::from(state.open.is_empty()),
                left: None,
                parts: self.parts,
                parts_done: self.parts - state.open.len(),
                resources: state.resources.len() as u64,
                unread: state.unread,
                calls,
                throttles,
            }
        };
        (self.progress)(progress);
    }

    /// Everything, in the order of inventories. A part that is still open is a gap.
    pub(super) fn close(self) -> (Vec<Resource<'static>>, End) {
        let open = std::mem::take(&mut self.lock().open);
        for part in open {
            self.gap(&part, "", "stopped before it was read".to_owned());
        }
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        // A list that changes while its pages are read may show a resource twice.
        let mut unique = BTreeMap::new();
        for resource in state.resources {
            let (account, region, kind, arn, _) = resource.order();
            let key = [account, region, kind, arn].map(str::to_owned);
            unique.entry(key).or_insert(resource);
        }
        let resources: Vec<_> = unique.into_values().collect();
        let mut end = End::new(resources.len() as u64, state.gaps.into_iter().collect());
        end.not_enabled = state.not_enabled.into_iter().collect();
        (resources, end)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tags that were read, sorted by key.
pub(super) fn tags(pairs: impl IntoIterator<Item = (String, String)>) -> Tags<'static> {
    let mut tags: Vec<Tag<'static>> =
        pairs.into_iter().map(|(key, value)| Tag { key: key.into(), value: Some(value.into()) }).collect();
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    Tags::Read { tags, more: false }
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
        let who = Identity { account: "111122223333".to_owned(), partition: "aws".to_owned() };
        let parts = vec![(Kind::User, None), (Kind::Pool, Some("eu-west-1".to_owned()))];
        Harvest::new(&who, Calls::default(), parts, progress)
    }

    fn user(arn: &str) -> Resource<'static> {
        Resource { kind: "iam:user".into(), arn: some(arn), ..Resource::default() }
    }

    #[test]
    fn what_was_not_finished_is_a_gap() {
        let harvest = harvest(&|_| ());
        harvest.add(user("b"));
        harvest.add(user("a"));
        harvest.add(user("a"));
        harvest.done(&(Kind::User, None));
        let (resources, end) = harvest.close();
        assert_eq!(resources.iter().map(|r| r.arn.as_deref().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((end.resources, end.unread.len()), (2, 1));
        assert_eq!(end.unread[0].region.as_deref(), Some("eu-west-1"));
        assert_eq!(end.unread[0].kind.as_deref(), Some("cognito-idp:userpool"));
    }

    #[test]
    fn progress_counts_parts_and_resources() {
        let seen = Mutex::new(Vec::new());
        let tell = |progress: Progress| seen.lock().unwrap().push((progress.parts_done, progress.resources));
        let harvest = harvest(&tell);
        harvest.add(user("a"));
        harvest.done(&(Kind::User, None));
        assert_eq!(*seen.lock().unwrap(), [(0, 1), (1, 1)]);
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
