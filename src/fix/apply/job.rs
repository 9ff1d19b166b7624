//! A job: one resource with its desired tags. Decides from the current tags what to write.

use crate::aws::{KeyIdentity, Place, TagLimits, TaggableArn, is_aws_key};
use crate::base::{all_of, quote};
use crate::fix::journal::{Restore, TouchedTag};
use crate::fix::plan::{Change, Override, STACK_TAG_PREFIX, not_taggable};
use crate::fix::requests::requests;
use crate::fix::tags::{TagMap, differing};

/// One resource and the desired change of its tags.
#[derive(Debug, Clone)]
pub struct Job {
    /// The number in the journal.
    pub number: usize,
    /// The ARN.
    pub arn: String,
    /// The resource type.
    pub kind: String,
    /// The account and region of the resource.
    pub place: Place,
    /// `true` if the tagging API reads and writes the tags, not a service of its own.
    pub by_tagging_api: bool,
    /// The desired change.
    pub goal: JobGoal,
}

/// The desired change of a resource.
#[derive(Debug, Clone)]
pub enum JobGoal {
    /// A change of a plan.
    Change {
        /// The change.
        change: Box<Change>,
        /// `true` if requests for this job were sent before, so that a part of it may be written already.
        begun: bool,
    },
    /// The undo of an earlier run.
    Restore {
        /// The tags that the run changed, and all tags that it left.
        restore: Box<Restore>,
        /// `true` if the run was so recent that a read may not show its writes yet.
        fresh: bool,
        /// The restores that are permitted beyond the ordinary ones.
        permits: RestorePermits,
    },
}

/// Permissions for restores, given by flags of this run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RestorePermits {
    /// Restore tags that the run only perhaps wrote.
    pub unconfirmed: bool,
    /// Restore tags of resources that a stack manages.
    pub managed: bool,
}

/// The reason why a restore leaves a tag as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftKind {
    /// Somebody changed it after the run.
    Changed,
    /// It has the value of the run, but the run only perhaps wrote it: somebody else may have.
    Unconfirmed,
}

/// A tag that a restore leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The reason.
    pub kind: DriftKind,
    /// The key.
    pub key: String,
    /// The value that the run left.
    pub left: Option<String>,
    /// The current value.
    pub now: Option<String>,
}

/// The decision about a job for the tags that were read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Write these tags.
    Write(TagMap),
    /// Nothing to do: the tags are right already.
    AlreadyDone,
    /// Wait: the tags are those before the run, which may be an outdated read.
    Stale,
    /// Leave the resource unchanged, for this reason.
    Refuse(String),
    /// Leave the resource unchanged: the read shows less than is known to exist.
    Unclear(String),
}

impl Job {
    /// The job for a change of a plan.
    ///
    /// # Errors
    /// A message if the ARN is not one of a taggable type, or its account or region is not known.
    pub fn change(number: usize, change: Change, begun: bool) -> Result<Self, String> {
        let (_, place, by_tagging_api) = target(&change.arn, Some(&change.account), change.region.as_deref())?;
        let (arn, kind) = (change.arn.clone(), change.kind.clone());
        let goal = JobGoal::Change { change: Box::new(change), begun };
        Ok(Self { number, arn, kind, place, by_tagging_api, goal })
    }

    /// The job that restores the tags of a resource.
    ///
    /// # Errors
    /// A message if the ARN is not one of a taggable type, or its account or region is not known.
    pub fn restore(number: usize, restore: Restore, fresh: bool) -> Result<Self, String> {
        let (kind, place, by_tagging_api) =
            target(&restore.arn, restore.account.as_deref(), restore.region.as_deref())?;
        let (arn, kind) = (restore.arn.clone(), kind.to_owned());
        let goal = JobGoal::Restore { restore: Box::new(restore), fresh, permits: RestorePermits::default() };
        Ok(Self { number, arn, kind, place, by_tagging_api, goal })
    }

    /// The tag limits of its type.
    #[must_use]
    pub fn tag_limits(&self) -> TagLimits {
        TagLimits::of(&self.kind)
    }

    /// Returns the same job with these permissions.
    #[must_use]
    pub fn permitting(mut self, given: RestorePermits) -> Self {
        if let JobGoal::Restore { permits, .. } = &mut self.goal {
            *permits = given;
        }
        self
    }

    /// Decides what to do for the current tags. The second value lists tags that are left as they are.
    pub(super) fn decide(&self, tags: &TagMap) -> (Decision, Vec<Drift>) {
        match &self.goal {
            JobGoal::Change { change, begun } => (decide_change(change, *begun, tags), Vec::new()),
            JobGoal::Restore { restore, permits, .. } => self.decide_restore(restore, &restore.touched, *permits, tags),
        }
    }

    fn decide_restore(
        &self,
        restore: &Restore,
        touched: &[TouchedTag],
        permits: RestorePermits,
        tags: &TagMap,
    ) -> (Decision, Vec<Drift>) {
        let (decision, drifts) = decide_restore(touched, self.tag_limits(), permits.unconfirmed, tags);
        let in_stack = tags.keys().any(|key| key.starts_with(STACK_TAG_PREFIX));
        match decision {
            Decision::Write(_) if in_stack && !permits.managed => {
                let flag = Override::AllowManaged.flag();
                (Decision::Refuse(format!("it needs {flag}: CloudFormation manages it")), drifts)
            }
            Decision::Write(_) if shows_nothing(tags, restore) => (lost(restore), Vec::new()),
            Decision::AlreadyDone if !drifts.is_empty() && shows_nothing(tags, restore) => (lost(restore), Vec::new()),
            other => (other, drifts),
        }
    }

    /// Returns `true` if a read lacks a tag that is known to exist. It is believed only if a second read says the same.
    pub(super) fn lacks(&self, tags: &TagMap) -> bool {
        let lacks = |known: &TagMap| known.keys().any(|key| !tags.contains_key(key));
        match &self.goal {
            // A new key shows that the read is one of the state after the change.
            JobGoal::Change { change, .. } if *tags == change.after => {
                lacks(&change.before) && change.after.keys().all(|key| change.before.contains_key(key))
            }
            JobGoal::Change { change, .. } => lacks(&change.before),
            JobGoal::Restore { restore, .. } => lacks(&expected(restore)),
        }
    }

    /// Returns the same job after one of its requests was sent.
    pub(super) fn begun(&self) -> Self {
        let mut job = self.clone();
        match &mut job.goal {
            JobGoal::Change { begun, .. } => *begun = true,
            // A read has shown the writes of the run that is undone.
            JobGoal::Restore { fresh, .. } => *fresh = false,
        }
        job
    }
}

/// The tags that a run left, as far as its journal says.
fn expected(restore: &Restore) -> TagMap {
    let left = restore.touched.iter().filter_map(|t| Some((t.key.clone(), t.left.clone()?)));
    restore.tags.clone().into_iter().chain(left).collect()
}

/// Returns `true` if a resource with tags appears to have none. That may be a service that has lost its data.
fn shows_nothing(tags: &TagMap, restore: &Restore) -> bool {
    own_keys(tags).next().is_none() && own_keys(&expected(restore)).next().is_some()
}

fn lost(restore: &Restore) -> Decision {
    Decision::Unclear(unclear(own_keys(&expected(restore))))
}

/// The keys that are not AWS's own.
fn own_keys(tags: &TagMap) -> impl Iterator<Item = &str> {
    tags.keys().map(String::as_str).filter(|key| !is_aws_key(key))
}

fn unclear<'k>(missing: impl Iterator<Item = &'k str>) -> String {
    format!("two reads lack tags that were there: {}; nothing is written on such a read", all_of(missing.map(quote)))
}

/// The type and place of a resource, and whether the tagging API writes its tags.
fn target(arn: &str, account: Option<&str>, region: Option<&str>) -> Result<(&'static str, Place, bool), String> {
    let parsed = TaggableArn::parse(arn).ok_or_else(|| format!("{} is {}", quote(arn), not_taggable()))?;
    let place = parsed.place(account, region).map_err(|why| format!("{}: {why}", quote(arn)))?;
    Ok((parsed.kind, place, parsed.native.is_none()))
}

fn decide_change(change: &Change, begun: bool, tags: &TagMap) -> Decision {
    if *tags == change.after {
        return Decision::AlreadyDone;
    }
    if *tags == change.before {
        return Decision::Write(change.after.clone());
    }
    let touched = differing(&change.before, &change.after);
    let shows = |state: &TagMap| touched.iter().all(|key| tags.get(*key) == state.get(*key));
    // A resumed job may find its own writes beside tags that somebody else added meanwhile. Those stay as they are.
    if begun && shows(&change.after) {
        return Decision::AlreadyDone;
    }
    // Between its two requests, a job finds the effect of the first one. That is no foreign change.
    let state = halfway(change).filter(|state| begun && shows(state)).unwrap_or_else(|| change.before.clone());
    let changed = differing(tags, &state);
    if changed.is_empty() {
        return Decision::Write(change.after.clone());
    }
    if changed.iter().all(|key| !tags.contains_key(*key)) {
        return Decision::Unclear(unclear(changed.into_iter()));
    }
    let keys = all_of(changed.iter().map(|key| quote(key)));
    Decision::Refuse(format!("its tags changed since the plan was made: {keys}"))
}

/// The tags after the first of two requests.
fn halfway(change: &Change) -> Option<TagMap> {
    let requests = requests(&change.kind, &change.before, &change.after).ok()?;
    let [first, _] = &requests[..] else { return None };
    Some(first.apply_to(&change.before, TagLimits::of(&change.kind)))
}

fn decide_restore(
    touched: &[TouchedTag],
    limits: TagLimits,
    unconfirmed_too: bool,
    tags: &TagMap,
) -> (Decision, Vec<Drift>) {
    let (mut to, mut drifts, mut stale) = (tags.clone(), Vec::new(), false);
    let may_be_same = |a: &str, b: &str| limits.key_identity(a, b) != KeyIdentity::Different;
    for group in groups(touched, &may_be_same) {
        let now = |key: &str| tags.get(key).cloned();
        // A spelling that the run did not write: somebody else changed the tag.
        let foreign = tags
            .keys()
            .find(|key| group.iter().any(|t| may_be_same(&t.key, key)) && !group.iter().any(|t| t.key == **key));
        let is = |state: fn(&TouchedTag) -> &Option<String>| {
            foreign.is_none() && group.iter().all(|t| now(&t.key) == *state(t))
        };
        let drift = |kind: DriftKind, t: &TouchedTag| Drift {
            kind,
            key: t.key.clone(),
            left: t.left.clone(),
            now: now(&t.key),
        };
        if is(|t| &t.left) && !unconfirmed_too && group.iter().any(|t| t.unconfirmed) {
            drifts.extend(group.iter().map(|t| drift(DriftKind::Unconfirmed, t)));
        } else if is(|t| &t.left) {
            for t in group {
                match &t.was {
                    Some(value) => to.insert(t.key.clone(), value.clone()),
                    None => to.remove(&t.key),
                };
            }
        } else if is(|t| &t.was) {
            // The group has its values from before the run: somebody restored it, or the read is older than the writes
            // of the run.
            stale = true;
        } else {
            let changed = group.iter().filter(|t| now(&t.key) != t.left);
            drifts.extend(changed.map(|t| drift(DriftKind::Changed, t)));
            drifts.extend(foreign.map(|key| Drift {
                kind: DriftKind::Changed,
                key: key.clone(),
                left: None,
                now: now(key),
            }));
        }
    }
    // An outdated read must not be the base of a write, so one stale group makes the whole job wait.
    let decision = match (to == *tags, stale) {
        (_, true) => Decision::Stale,
        (true, false) => Decision::AlreadyDone,
        (false, false) => Decision::Write(to),
    };
    (decision, drifts)
}

impl Decision {
    /// Decides a stale job after waiting: keys that still have their old values are restored already.
    pub(super) fn after_waiting(job: &Job, tags: &TagMap) -> Self {
        let JobGoal::Restore { restore, permits, .. } = &job.goal else { return Self::AlreadyDone };
        let changed = |t: &&TouchedTag| tags.get(&t.key) != t.was.as_ref();
        let left: Vec<TouchedTag> = restore.touched.iter().filter(changed).cloned().collect();
        job.decide_restore(restore, &left, *permits, tags).0
    }
}

/// Groups the keys that the service may treat as one key. They are restored together or not at all.
fn groups<'t>(touched: &'t [TouchedTag], may_be_same: &impl Fn(&str, &str) -> bool) -> Vec<Vec<&'t TouchedTag>> {
    let mut groups: Vec<Vec<&TouchedTag>> = Vec::new();
    for t in touched {
        match groups.iter_mut().find(|group| group.iter().any(|other| may_be_same(&other.key, &t.key))) {
            Some(group) => group.push(t),
            None => groups.push(vec![t]),
        }
    }
    groups
}
