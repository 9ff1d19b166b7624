//! The tags of one resource by day.

use std::collections::BTreeMap;

use serde::Serialize;

use super::coverage::calendar;
use crate::model::{Day, TagMap};

/// The state of a resource on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayState {
    /// It exists with these tags.
    Tags(TagMap),
    /// It does not exist.
    Absent,
    /// Its tags are not known, for this reason.
    Unknown(String),
}

/// A change of one tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The key.
    pub key: String,
    /// The value before; absent if the tag was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value after; absent if the tag was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Days in a row with the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// The state on all of these days.
    pub state: DayState,
    /// The changes since the last days on which the tags were known; empty for the first.
    pub changes: Vec<Change>,
}

/// The periods from the first to the last day. `missing` gives the state of a day that has none in `days`.
#[must_use]
pub fn periods(days: &BTreeMap<Day, DayState>, ends: (Day, Day), missing: impl Fn(Day) -> DayState) -> Vec<Period> {
    let mut periods: Vec<Period> = Vec::new();
    let mut known: Option<TagMap> = None;
    for day in calendar(ends.0, ends.1) {
        let state = days.get(&day).cloned().unwrap_or_else(|| missing(day));
        if let Some(last) = periods.last_mut().filter(|last| last.state == state) {
            last.to = day;
            continue;
        }
        let mut changes = Vec::new();
        match &state {
            DayState::Tags(tags) => {
                changes = known.as_ref().map_or_else(Vec::new, |known| changes_of(known, tags));
                known = Some(tags.clone());
            }
            // A resource that is created again starts from nothing.
            DayState::Absent => known = None,
            DayState::Unknown(_) => {}
        }
        periods.push(Period { from: day, to: day, state, changes });
    }
    periods
}

fn changes_of(before: &TagMap, after: &TagMap) -> Vec<Change> {
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .map(|key| Change { key: key.clone(), before: before.get(key).cloned(), after: after.get(key).cloned() })
        .filter(|change| change.before != change.after)
        .collect()
}
