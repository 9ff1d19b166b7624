//! A tagging service in memory. It ignores case or not, and answers each call as a test says.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use taglint::aws::supported::ResourceArn;
use taglint::fix::apply::{TagApi, TagApiError, TagApiErrorKind};
use taglint::fix::tags::TagMap;

/// What a resource takes.
const MOST_TAGS: usize = 50;

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It does what it is for.
    Good,
    /// The service refuses.
    Refused,
    /// Somebody else is writing.
    Conflict,
    /// The service is busy.
    Busy,
    /// It never arrives, and nobody knows.
    Lost,
    /// It takes, and nobody knows; a read is lost.
    Taken,
    /// A read shows the state before the last write that the service did not refuse. A write does what it is for.
    Stale,
}

/// How keys of users are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    /// ASCII letters alone.
    Ascii,
    /// All letters.
    Unicode,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Tag(TagMap),
    Untag(Vec<String>),
}

/// What is told of each write before it takes, with the tags as they are.
type Watch<'a> = Box<dyn Fn(&str, &Call, &TagMap) + Send + Sync + 'a>;

/// The service.
pub(crate) struct Simulated<'a> {
    fold: Fold,
    watch: Option<Watch<'a>>,
    /// The calls after which the run is asked to end.
    stop_after: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tags: BTreeMap<String, TagMap>,
    /// Every state of each resource, oldest first.
    past: BTreeMap<String, Vec<TagMap>>,
    /// What a read may still show.
    stale: BTreeMap<String, TagMap>,
    fates: BTreeMap<String, VecDeque<Fate>>,
    calls: Vec<(String, Call)>,
    waited: Duration,
    /// The time that each write has to wait for its turn.
    admission: Duration,
}

impl<'a> Simulated<'a> {
    pub(crate) fn new(fold: Fold, tags: BTreeMap<String, TagMap>) -> Self {
        let past = tags.iter().map(|(arn, tags)| (arn.clone(), vec![tags.clone()])).collect();
        let state = Mutex::new(State { tags, past, ..State::default() });
        Self { fold, watch: None, stop_after: usize::MAX, state }
    }

    /// What becomes of the next calls on a resource; later ones are good.
    pub(crate) fn fates(self, arn: &str, fates: &[Fate]) -> Self {
        self.befall(arn, fates);
        self
    }

    pub(crate) fn befall(&self, arn: &str, fates: &[Fate]) {
        self.state().fates.insert(arn.to_owned(), fates.iter().copied().collect());
    }

    pub(crate) fn watched(mut self, watch: impl Fn(&str, &Call, &TagMap) + Send + Sync + 'a) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    pub(crate) fn stopping_after(mut self, calls: usize) -> Self {
        self.stop_after = calls;
        self
    }

    pub(crate) fn tags(&self, arn: &str) -> TagMap {
        self.state().tags.get(arn).cloned().unwrap_or_default()
    }

    /// Every state that a resource was in, oldest first.
    pub(crate) fn past(&self, arn: &str) -> Vec<TagMap> {
        self.state().past.get(arn).cloned().unwrap_or_default()
    }

    /// The calls so far, with their ARNs.
    pub(crate) fn calls(&self) -> Vec<(String, Call)> {
        self.state().calls.clone()
    }

    /// Lets each write wait so long for its turn.
    pub(crate) fn admit_after(self, wait: Duration) -> Self {
        self.state().admission = wait;
        self
    }

    pub(crate) fn waited(&self) -> Duration {
        self.state().waited
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call and says what becomes of it.
    fn fate(&self, arn: &str, call: &Call) -> Fate {
        let tags = self.tags(arn);
        if let (Some(watch), true) = (&self.watch, *call != Call::Read) {
            watch(arn, call, &tags);
        }
        let mut state = self.state();
        state.calls.push((arn.to_owned(), call.clone()));
        state.fates.get_mut(arn).and_then(VecDeque::pop_front).unwrap_or(Fate::Good)
    }

    fn write(&self, arn: &str, call: &Call, change: impl FnOnce(&mut TagMap)) -> Result<(), TagApiError> {
        let fate = self.fate(arn, call);
        match fate {
            Fate::Refused => return Err(fault(TagApiErrorKind::Rejected)),
            Fate::Conflict => return Err(fault(TagApiErrorKind::Conflict)),
            Fate::Busy => return Err(fault(TagApiErrorKind::Busy)),
            Fate::Lost => {
                let now = self.tags(arn);
                self.state().stale.insert(arn.to_owned(), now);
                return Err(fault(TagApiErrorKind::Unknown));
            }
            Fate::Good | Fate::Taken | Fate::Stale => {}
        }
        let mut state = self.state();
        let Some(tags) = state.tags.get_mut(arn) else { return Err(fault(TagApiErrorKind::Rejected)) };
        let mut after = tags.clone();
        change(&mut after);
        if after.keys().filter(|key| !key.starts_with("aws:")).count() > MOST_TAGS {
            return Err(fault(TagApiErrorKind::Rejected));
        }
        let before = std::mem::replace(tags, after.clone());
        state.stale.insert(arn.to_owned(), before);
        state.past.entry(arn.to_owned()).or_default().push(after);
        if fate == Fate::Taken { Err(fault(TagApiErrorKind::Unknown)) } else { Ok(()) }
    }

    fn same(&self, arn: &str, a: &str, b: &str) -> bool {
        match self.fold {
            _ if !folds(arn) => a == b,
            Fold::Ascii => a.eq_ignore_ascii_case(b),
            Fold::Unicode => a.to_lowercase() == b.to_lowercase(),
        }
    }
}

impl TagApi for Simulated<'_> {
    fn read(&self, arn: &str) -> Result<TagMap, TagApiError> {
        match self.fate(arn, &Call::Read) {
            Fate::Refused | Fate::Conflict | Fate::Busy => Err(fault(TagApiErrorKind::Rejected)),
            Fate::Lost | Fate::Taken => Err(fault(TagApiErrorKind::Unknown)),
            Fate::Good => Ok(self.tags(arn)),
            Fate::Stale => {
                let stale = self.state().stale.get(arn).cloned();
                Ok(stale.unwrap_or_else(|| self.tags(arn)))
            }
        }
    }

    fn tag(&self, arn: &str, set: &TagMap) -> Result<(), TagApiError> {
        assert!(!set.is_empty(), "a request that asks for nothing");
        self.write(arn, &Call::Tag(set.clone()), |tags| {
            for (key, value) in set {
                tags.retain(|other, _| !self.same(arn, other, key));
                tags.insert(key.clone(), value.clone());
            }
        })
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<(), TagApiError> {
        assert!(!keys.is_empty(), "a request that asks for nothing");
        self.write(arn, &Call::Untag(keys.to_vec()), |tags| {
            tags.retain(|other, _| !keys.iter().any(|key| self.same(arn, other, key)));
        })
    }

    fn admit(&self, _: &str, _: usize) -> Duration {
        self.state().admission
    }

    fn check_access(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn wait(&self, time: Duration) {
        self.state().waited += time;
    }

    fn stopped(&self) -> bool {
        self.state().calls.len() >= self.stop_after
    }
}

/// Whether the resource is one whose keys fold.
pub(crate) fn folds(arn: &str) -> bool {
    ResourceArn::parse(arn).is_some_and(|arn| arn.resource_type.tag_limits().folds_case)
}

fn fault(kind: TagApiErrorKind) -> TagApiError {
    TagApiError { kind, message: format!("{kind:?}") }
}
