//! What is to become of one resource, judged by what a read of it shows.

use serde::{Deserialize, Serialize};

use super::TagMap;
use super::steps::may_be_one;
use crate::aws::TagLimits;
use crate::base::{all_of, quote};
use crate::fix::plan::{Change, Target, differing};

/// One resource and what is to become of its tags.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its number in the journal.
    pub number: usize,
    /// Its ARN.
    pub arn: String,
    /// `iam:user`, `iam:mfa` or `cognito-idp:userpool`; the one of the ARN.
    pub kind: &'static str,
    /// What is to be.
    pub goal: Goal,
}

/// What is to become of a resource.
#[derive(Debug, Clone)]
pub enum Goal {
    /// A change of a plan. Where it was begun before, what is there may be half of it.
    Change {
        /// The change.
        change: Box<Change>,
        /// Whether a journal says that it was begun.
        begun: bool,
    },
    /// What a fix touched is put back.
    Restore {
        /// Each key that it touched.
        touched: Vec<Touched>,
        /// Whether the fix was so short a time ago that a read may not show it yet.
        fresh: bool,
    },
}

/// What a fix did to one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Touched {
    /// The key, in its exact spelling.
    pub key: String,
    /// The value that the fix left; `None`: it took the key away.
    pub left: Option<String>,
    /// The value before; `None`: there was none.
    pub was: Option<String>,
}

/// A tag that is not as the fix left it: somebody changed it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The key.
    pub key: String,
    /// What the fix left.
    pub left: Option<String>,
    /// What is there now.
    pub now: Option<String>,
}

/// What a read says of a job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// These are the tags to be.
    Write(TagMap),
    /// It is so already.
    Nothing,
    /// It shows the state before the fix, which may be long gone.
    Stale,
    /// It is to be left alone, and why.
    Refuse(String),
}

impl Job {
    /// A change of a plan that was not begun.
    ///
    /// # Errors
    /// Where its ARN names nothing that can be tagged.
    pub fn change(number: usize, change: Change, begun: bool) -> Result<Self, String> {
        let kind = kind_of(&change.arn)?;
        Ok(Self { number, arn: change.arn.clone(), kind, goal: Goal::Change { change: Box::new(change), begun } })
    }

    /// What a fix touched, to be put back.
    ///
    /// # Errors
    /// Where its ARN names nothing that can be tagged.
    pub fn restore(number: usize, arn: &str, touched: Vec<Touched>, fresh: bool) -> Result<Self, String> {
        Ok(Self { number, arn: arn.to_owned(), kind: kind_of(arn)?, goal: Goal::Restore { touched, fresh } })
    }

    /// Judges a read: what to do, and what somebody changed since.
    pub(super) fn judge(&self, tags: &TagMap) -> (Verdict, Vec<Drift>) {
        match &self.goal {
            Goal::Change { change, begun } => (of_change(change, *begun, tags), Vec::new()),
            Goal::Restore { touched, .. } => of_restore(touched, TagLimits::of(self.kind).folds_case, tags),
        }
    }

    /// The same job after a request of it went out.
    pub(super) fn begun(&self) -> Self {
        let mut job = self.clone();
        if let Goal::Change { begun, .. } = &mut job.goal {
            *begun = true;
        }
        job
    }
}

fn kind_of(arn: &str) -> Result<&'static str, String> {
    Target::of(arn).map(|target| target.kind).ok_or_else(|| format!("{} names nothing that can be tagged", quote(arn)))
}

fn of_change(change: &Change, begun: bool, tags: &TagMap) -> Verdict {
    if *tags == change.after {
        return Verdict::Nothing;
    }
    if *tags == change.before {
        return Verdict::Write(change.after.clone());
    }
    let touched = differing(&change.before, &change.after);
    let is = |key: &str, state: &TagMap| tags.get(key) == state.get(key);
    if begun && touched.iter().all(|key| is(key, &change.after)) {
        return Verdict::Nothing;
    }
    let strange: Vec<&str> = differing(tags, &change.before)
        .into_iter()
        .filter(|key| !(begun && touched.contains(key) && is(key, &change.after)))
        .collect();
    if !strange.is_empty() {
        let keys = all_of(strange.iter().map(|key| quote(key)));
        return Verdict::Refuse(format!("its tags are not what the plan saw: {keys} changed since"));
    }
    Verdict::Write(change.after.clone())
}

fn of_restore(touched: &[Touched], fold: bool, tags: &TagMap) -> (Verdict, Vec<Drift>) {
    let (mut to, mut drifts, mut stale) = (tags.clone(), Vec::new(), false);
    let one = |a: &str, b: &str| if fold { may_be_one(a, b) } else { a == b };
    for group in groups(touched, &one) {
        let now = |key: &str| tags.get(key).cloned();
        let stranger =
            tags.keys().find(|key| group.iter().any(|t| one(&t.key, key)) && !group.iter().any(|t| t.key == **key));
        let is = |state: fn(&Touched) -> &Option<String>| {
            stranger.is_none() && group.iter().all(|t| now(&t.key) == *state(t))
        };
        if is(|t| &t.left) {
            for t in group {
                match &t.was {
                    Some(value) => to.insert(t.key.clone(), value.clone()),
                    None => to.remove(&t.key),
                };
            }
        } else if is(|t| &t.was) {
            stale = true;
        } else {
            let odd = group.iter().filter(|t| now(&t.key) != t.left);
            drifts.extend(odd.map(|t| Drift { key: t.key.clone(), left: t.left.clone(), now: now(&t.key) }));
            let other = stranger.map(|key| Drift { key: key.clone(), left: None, now: now(key) });
            drifts.extend(other);
        }
    }
    let verdict = match (to == *tags, stale) {
        (_, true) => Verdict::Stale,
        (true, false) => Verdict::Nothing,
        (false, false) => Verdict::Write(to),
    };
    (verdict, drifts)
}

impl Verdict {
    /// What is to be done where waiting has shown that what looked stale is so: some of the keys are as before.
    pub(super) fn settled(job: &Job, tags: &TagMap) -> Self {
        let Goal::Restore { touched, .. } = &job.goal else { return Self::Nothing };
        let left: Vec<Touched> = touched.iter().filter(|t| tags.get(&t.key) != t.was.as_ref()).cloned().collect();
        let (verdict, _) = of_restore(&left, TagLimits::of(job.kind).folds_case, tags);
        verdict
    }
}

/// Keys that the service may take for one stand and fall together.
fn groups<'t>(touched: &'t [Touched], one: &impl Fn(&str, &str) -> bool) -> Vec<Vec<&'t Touched>> {
    let mut groups: Vec<Vec<&Touched>> = Vec::new();
    for t in touched {
        match groups.iter_mut().find(|group| group.iter().any(|other| one(&other.key, &t.key))) {
            Some(group) => group.push(t),
            None => groups.push(vec![t]),
        }
    }
    groups
}
