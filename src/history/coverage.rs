//! The days of a history, and what was read on each.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Day, Gap, Scope};

/// An account, region and type, which are read as one unit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cell {
    /// The account id; empty if not known.
    pub account: String,
    /// The region; `None` for types without a region.
    pub region: Option<String>,
    /// The resource type.
    pub kind: String,
}

/// One inventory of a day.
#[derive(Debug, Clone)]
struct Reading {
    scope: Scope,
    gaps: Vec<Gap>,
}

/// The scopes and gaps of each day.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    days: BTreeMap<Day, Vec<Reading>>,
}

/// A gap on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayGap {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The gap.
    #[serde(flatten)]
    pub gap: Gap,
}

impl Coverage {
    /// Adds an inventory of a day.
    pub fn add(&mut self, day: Day, scope: Scope, gaps: Vec<Gap>) {
        self.days.entry(day).or_default().push(Reading { scope, gaps });
    }

    /// Returns whether a day has all resources of a cell: one that is not there does not exist.
    #[must_use]
    pub fn covers(&self, day: Day, cell: &Cell) -> bool {
        let region = cell.region.as_deref();
        let covers = |reading: &Reading| {
            reading.scope.reads(&cell.account, region, &cell.kind)
                && !reading.gaps.iter().any(|gap| gap.concerns(&cell.account, region, &cell.kind))
        };
        self.days.get(&day).is_some_and(|readings| readings.iter().any(covers))
    }

    /// The first and the last day.
    #[must_use]
    pub fn ends(&self) -> Option<(Day, Day)> {
        Some((*self.days.keys().next()?, *self.days.keys().next_back()?))
    }

    /// The number of days with an inventory.
    #[must_use]
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Returns whether there is no inventory.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The calendar days without any inventory between the first and the last.
    #[must_use]
    pub fn missing(&self) -> Vec<Day> {
        let Some((first, last)) = self.ends() else { return Vec::new() };
        calendar(first, last).filter(|day| !self.days.contains_key(day)).collect()
    }

    /// The gaps of all days. On the last day, they include the accounts that an earlier day has and the last has not.
    #[must_use]
    pub fn gaps(&self) -> Vec<DayGap> {
        let mut out = Vec::new();
        for (day, readings) in &self.days {
            for gap in readings.iter().flat_map(|reading| &reading.gaps) {
                out.push(DayGap { day: day.to_string(), gap: gap.clone() });
            }
        }
        let Some((_, last)) = self.ends() else { return out };
        let mut newest: BTreeMap<&str, Day> = BTreeMap::new();
        for (day, readings) in &self.days {
            let accounts = readings.iter().flat_map(|reading| &reading.scope.accounts);
            newest.extend(accounts.map(|account| (account.as_str(), *day)));
        }
        for (account, day) in newest.into_iter().filter(|(_, day)| *day < last) {
            let error = format!("no inventory of {last}: the newest is of {day}");
            let gap = Gap { account: Some(account.to_owned()), error, ..Gap::default() };
            out.push(DayGap { day: last.to_string(), gap });
        }
        out
    }
}

/// The calendar days from one to another, both included.
pub(super) fn calendar(from: Day, to: Day) -> impl Iterator<Item = Day> {
    (0..=to.since(from)).map(move |days| from.plus(days))
}
