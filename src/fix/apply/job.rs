//! A job: one resource with its desired tags. Decides from the current tags what to write.

use crate::aws::supported::{ResourceArn, SupportedType};
use crate::aws::{KeyIdentity, TagLimits};
use crate::base::{all_of, quote};
use crate::fix::journal::TouchedTag;
use crate::fix::plan::{Change, not_taggable};
use crate::fix::tags::{TagMap, differing};

/// One resource and the desired change of its tags.
#[derive(Debug, Clone)]
pub struct Job {
    /// The number in the journal.
    pub number: usize,
    /// The ARN.
    pub arn: String,
    /// The resource type.
    pub resource_type: &'static SupportedType,
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
        /// The tags that the run changed.
        touched: Vec<TouchedTag>,
        /// `true` if the run was so recent that a read may not show its writes yet.
        fresh: bool,
    },
}

/// A tag that somebody changed after the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
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
}

impl Job {
    /// The job for a change of a plan.
    ///
    /// # Errors
    /// A message if the ARN is not one of a supported type.
    pub fn change(number: usize, change: Change, begun: bool) -> Result<Self, String> {
        let (arn, resource_type) = (change.arn.clone(), type_of(&change.arn)?);
        Ok(Self { number, arn, resource_type, goal: JobGoal::Change { change: Box::new(change), begun } })
    }

    /// The job that restores the tags of a resource.
    ///
    /// # Errors
    /// A message if the ARN is not one of a supported type.
    pub fn restore(number: usize, arn: &str, touched: Vec<TouchedTag>, fresh: bool) -> Result<Self, String> {
        let resource_type = type_of(arn)?;
        Ok(Self { number, arn: arn.to_owned(), resource_type, goal: JobGoal::Restore { touched, fresh } })
    }

    /// Decides what to do for the current tags. The second value lists tags that somebody changed since the run.
    pub(super) fn decide(&self, tags: &TagMap) -> (Decision, Vec<Drift>) {
        match &self.goal {
            JobGoal::Change { change, begun } => (decide_change(change, *begun, tags), Vec::new()),
            JobGoal::Restore { touched, .. } => decide_restore(touched, self.resource_type.tag_limits(), tags),
        }
    }

    /// Returns the same job after one of its requests was sent.
    pub(super) fn begun(&self) -> Self {
        let mut job = self.clone();
        if let JobGoal::Change { begun, .. } = &mut job.goal {
            *begun = true;
        }
        job
    }
}

fn type_of(arn: &str) -> Result<&'static SupportedType, String> {
    let parsed = ResourceArn::parse(arn).ok_or_else(|| format!("{} is {}", quote(arn), not_taggable()))?;
    Ok(parsed.resource_type)
}

fn decide_change(change: &Change, begun: bool, tags: &TagMap) -> Decision {
    if *tags == change.after {
        return Decision::AlreadyDone;
    }
    if *tags == change.before {
        return Decision::Write(change.after.clone());
    }
    let touched = differing(&change.before, &change.after);
    let is = |key: &str, state: &TagMap| tags.get(key) == state.get(key);
    // A resumed job may find its own writes beside tags that somebody else added meanwhile. Those stay as they are.
    if begun && touched.iter().all(|key| is(key, &change.after)) {
        return Decision::AlreadyDone;
    }
    // After a crash between two requests, some touched keys already have their new values. That is no foreign change.
    let changed: Vec<&str> = differing(tags, &change.before)
        .into_iter()
        .filter(|key| !(begun && touched.contains(key) && is(key, &change.after)))
        .collect();
    if !changed.is_empty() {
        let keys = all_of(changed.iter().map(|key| quote(key)));
        return Decision::Refuse(format!("its tags changed since the plan was made: {keys}"));
    }
    Decision::Write(change.after.clone())
}

fn decide_restore(touched: &[TouchedTag], limits: TagLimits, tags: &TagMap) -> (Decision, Vec<Drift>) {
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
        if is(|t| &t.left) {
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
            drifts.extend(changed.map(|t| Drift { key: t.key.clone(), left: t.left.clone(), now: now(&t.key) }));
            drifts.extend(foreign.map(|key| Drift { key: key.clone(), left: None, now: now(key) }));
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
        let JobGoal::Restore { touched, .. } = &job.goal else { return Self::AlreadyDone };
        let left: Vec<TouchedTag> = touched.iter().filter(|t| tags.get(&t.key) != t.was.as_ref()).cloned().collect();
        let (decision, _) = decide_restore(&left, job.resource_type.tag_limits(), tags);
        decision
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
