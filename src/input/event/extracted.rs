//! The resources and tags in the events of an input, and everything that they do not say.

use std::collections::{BTreeMap, HashMap};

use super::change::Change;
use super::state::State;
use crate::aws::supported::is_assigned_to_user;
use crate::base::{count, escape, quote};
use crate::input::opened::{OpenedInput, in_memory};
use crate::model::{Gap, InputCoverage, NotJudgedReason, Resource};

/// The number of kinds of events that notes name.
const NAMED: usize = 5;

/// The changes of an input, collected from its events.
pub(super) struct Extracted<'n> {
    name: &'n str,
    changes: Vec<Change>,
    gaps: Vec<Gap>,
    coverage: InputCoverage,
    /// Events without a change, with their number.
    passed_over: BTreeMap<String, u64>,
    /// Types that the table lacks, with the number of their changes.
    unknown_types: BTreeMap<String, u64>,
    /// The first time that can't be read, with the number of all.
    unreadable_times: Option<(String, u64)>,
}

impl<'n> Extracted<'n> {
    pub(super) fn new(name: &'n str, gaps: Vec<Gap>) -> Self {
        let (coverage, passed_over) = (InputCoverage::default(), BTreeMap::new());
        let (unknown_types, unreadable_times) = (BTreeMap::new(), None);
        Self { name, changes: Vec::new(), gaps, coverage, passed_over, unknown_types, unreadable_times }
    }

    /// Adds a change.
    pub(super) fn add(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Counts an event that is not judged.
    pub(super) fn passed_over(&mut self, action: &str, reason: NotJudgedReason, why: &str) {
        self.coverage.add(action, reason, self.name);
        *self.passed_over.entry(format!("{}: not judged: {why}", escape(action))).or_default() += 1;
    }

    /// Counts a resource of a type that the table lacks. Its tags are judged all the same.
    pub(super) fn unknown_type(&mut self, kind: &str) {
        *self.unknown_types.entry(kind.to_owned()).or_default() += 1;
    }

    /// Counts an event whose time can't be read.
    pub(super) fn unreadable_time(&mut self, time: String) {
        self.unreadable_times.get_or_insert((time, 0)).1 += 1;
    }

    /// Adds a gap.
    pub(super) fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// Adds the gap of an event that can't be read.
    pub(super) fn unreadable(&mut self, why: &str) {
        self.gap(Gap::of_input(self.name, why));
    }

    /// The resources after all changes, as an input.
    pub(super) fn finish(mut self) -> OpenedInput {
        let notes = self.notes();
        // A log file is not in the order of time.
        if self.changes.iter().all(|change| !change.time.is_empty()) {
            self.changes.sort_by(|a, b| (&a.time, a.what.order()).cmp(&(&b.time, b.what.order())));
        }
        let (mut states, mut places): (Vec<State>, HashMap<Vec<String>, usize>) = (Vec::new(), HashMap::new());
        for change in self.changes {
            let at = *places.entry(key(&change.resource)).or_insert_with(|| {
                states.push(State::new(change.resource.clone()));
                states.len() - 1
            });
            states[at].apply(change);
        }
        let resources: Vec<Resource<'_>> = states.into_iter().filter_map(State::into_resource).collect();
        let mut input = in_memory(self.name, resources, self.gaps);
        input.coverage = self.coverage;
        input.may_be_unjudged = true;
        OpenedInput { notes, ..OpenedInput::new(input) }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .passed_over
            .iter()
            .take(NAMED)
            .map(|(what, events)| {
                let times = if *events > 1 { format!(" ({})", count(*events, "event")) } else { String::new() };
                format!("{}: {what}{times}", self.name)
            })
            .collect();
        let rest: u64 = self.passed_over.values().skip(NAMED).sum();
        if rest > 0 {
            notes.push(format!("{}: {} more not judged; -v lists them", self.name, count(rest, "event")));
        }
        if let Some((time, events)) = &self.unreadable_times {
            notes.push(format!(
                "{}: {} with an `eventTime` that is no time such as 2026-11-28T10:00:00Z ({}): its time is not known, and \
                 events are applied in the order of the input",
                self.name,
                count(*events, "event"),
                quote(time)
            ));
        }
        for kind in self.unknown_types.keys().take(NAMED) {
            notes.push(format!(
                "{}: the type {} is not in taglint's table; its tags are checked",
                self.name,
                escape(kind)
            ));
        }
        notes
    }
}

/// The identity of a resource in events: IAM has a name once in an account and a type, whatever its path.
fn key(resource: &Resource<'_>) -> Vec<String> {
    let text = |of: Option<&str>| of.unwrap_or_default().to_owned();
    let is_iam = resource.kind.starts_with("iam:") && resource.path.is_some() || resource.arn.is_none();
    match (&resource.arn, &resource.name) {
        (_, Some(name)) if is_iam && !is_assigned_to_user(&resource.kind) => {
            let name = name.to_ascii_lowercase();
            vec![resource.kind.to_string(), text(resource.account.as_deref()), text(resource.region.as_deref()), name]
        }
        (Some(arn), _) => vec![arn.to_string()],
        _ => vec![resource.kind.to_string(), text(resource.account.as_deref()), text(resource.address.as_deref())],
    }
}
