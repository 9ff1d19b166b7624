//! The standing of each resource: since when it is wrong. One entry of fixed size for each resource.

use std::collections::HashMap;

use super::coverage::{Cell, Coverage, calendar};
use crate::base::digest::sha256;
use crate::model::Day;

/// The state of a resource in an inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// It is as wanted, or the question does not concern it.
    Right,
    /// It is not as wanted.
    Wrong,
    /// Its tags do not tell.
    Unknown,
}

/// The history of one resource in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The last day on which an inventory has it.
    pub seen: Day,
    /// The state in that inventory.
    pub observed: Observed,
    /// The first day on which it was wrong, if it was not seen right since.
    pub since: Option<Day>,
    /// The first day of the unbroken row of days up to `seen` on which it was wrong.
    pub unbroken_since: Option<Day>,
    /// The last day on which it was right.
    pub last_right: Option<Day>,
    /// The day on which it appeared, if the day before covers it and does not have it.
    pub appeared: Option<Day>,
    /// The number of days after `since` on which it is not known.
    pub unknown_days: u32,
    cell: u32,
}

/// The state at the end of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Wrong on the last day.
    Wrong,
    /// Right on the last day.
    Right,
    /// Not known on the last day.
    Unknown,
    /// Deleted.
    Deleted,
}

/// The standings of all resources.
#[derive(Debug, Default)]
pub struct Standings {
    entries: HashMap<[u8; 16], Standing>,
    cells: Vec<Cell>,
    cell_numbers: HashMap<Cell, u32>,
}

impl Standings {
    /// Adds what the inventory of a day shows. Days come in order, and the coverage has this day and all days before.
    pub fn observe(&mut self, identity: &str, cell: &Cell, day: Day, observed: Observed, coverage: &Coverage) {
        let number = self.number(cell);
        let fresh = || Standing {
            seen: day,
            observed: Observed::Unknown,
            since: None,
            unbroken_since: None,
            last_right: None,
            appeared: coverage.covers(day.plus(-1), cell).then_some(day),
            unknown_days: 0,
            cell: number,
        };
        let entry = self.entries.entry(digest(identity)).or_insert_with(fresh);
        if day.since(entry.seen) > 1 {
            let between = || calendar(entry.seen.plus(1), day.plus(-1));
            if between().any(|one| coverage.covers(one, cell)) {
                // It was deleted, and this is another resource with the same name.
                *entry = fresh();
            } else {
                let days = u32::try_from(between().count()).unwrap_or(u32::MAX);
                entry.unknown_days += if entry.since.is_some() { days } else { 0 };
                entry.unbroken_since = None;
            }
        }
        let again = day == entry.seen && entry.observed != Observed::Unknown;
        entry.seen = day;
        match observed {
            Observed::Unknown if again => return,
            Observed::Unknown => {
                entry.unknown_days += u32::from(entry.since.is_some());
                entry.unbroken_since = None;
            }
            Observed::Right => {
                (entry.since, entry.unbroken_since, entry.unknown_days) = (None, None, 0);
                entry.last_right = Some(day);
            }
            Observed::Wrong => {
                entry.since.get_or_insert(day);
                entry.unbroken_since.get_or_insert(day);
            }
        }
        entry.observed = observed;
    }

    /// The standing of a resource, and its state on the last day of the history.
    #[must_use]
    pub fn get(&self, identity: &str, coverage: &Coverage) -> Option<(Standing, Status)> {
        let standing = *self.entries.get(&digest(identity))?;
        Some((standing, self.status(&standing, coverage)))
    }

    /// All standings with their states, in no order.
    pub fn all<'s>(&'s self, coverage: &'s Coverage) -> impl Iterator<Item = (Standing, Status)> + 's {
        self.entries.values().map(|standing| (*standing, self.status(standing, coverage)))
    }

    fn status(&self, standing: &Standing, coverage: &Coverage) -> Status {
        let last = coverage.ends().map_or(standing.seen, |(_, last)| last);
        if standing.seen < last {
            let cell = &self.cells[standing.cell as usize];
            let deleted = calendar(standing.seen.plus(1), last).any(|day| coverage.covers(day, cell));
            return if deleted { Status::Deleted } else { Status::Unknown };
        }
        match standing.observed {
            Observed::Right => Status::Right,
            Observed::Wrong => Status::Wrong,
            Observed::Unknown => Status::Unknown,
        }
    }

    fn number(&mut self, cell: &Cell) -> u32 {
        if let Some(number) = self.cell_numbers.get(cell) {
            return *number;
        }
        let number = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        self.cells.push(cell.clone());
        self.cell_numbers.insert(cell.clone(), number);
        number
    }
}

/// The hash that stands for a resource.
#[must_use]
pub fn digest(identity: &str) -> [u8; 16] {
    let hash = sha256([identity.as_bytes()]);
    std::array::from_fn(|at| hash[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scope;

    fn day(number: i32) -> Day {
        Day::parse("2026-11-01").unwrap().plus(number - 1)
    }

    /// The standing after days that are written as `r` right, `w` wrong, `u` unknown tags, `-` no inventory, `d` deleted.
    fn after(days: &str) -> (Standing, Status) {
        let cell = Cell { account: "123456789012".to_owned(), region: None, kind: "iam:user".to_owned() };
        let scope = Scope { accounts: vec![cell.account.clone()], types: vec![cell.kind.clone()], ..Scope::default() };
        let (mut coverage, mut standings) = (Coverage::default(), Standings::default());
        for (at, one) in (1..).zip(days.chars()) {
            if one == '-' {
                continue;
            }
            coverage.add(day(at), scope.clone(), Vec::new());
            let observed = match one {
                'r' => Observed::Right,
                'w' => Observed::Wrong,
                'u' => Observed::Unknown,
                _ => continue,
            };
            standings.observe("a", &cell, day(at), observed, &coverage);
        }
        standings.get("a", &coverage).unwrap()
    }

    #[test]
    fn a_row_of_wrong_days_has_one_beginning() {
        for (days, status, since, unbroken, right, unknown) in [
            ("www", Status::Wrong, 1, 1, 0, 0),
            ("rww", Status::Wrong, 2, 2, 1, 0),
            ("wrw", Status::Wrong, 3, 3, 2, 0),
            ("rw-w", Status::Wrong, 2, 4, 1, 1),
            ("rwuw", Status::Wrong, 2, 4, 1, 1),
            ("r-uw", Status::Wrong, 4, 4, 1, 0),
            ("wdw", Status::Wrong, 3, 3, 0, 0),
            ("ww-r", Status::Right, 0, 0, 4, 0),
            ("wwu", Status::Unknown, 1, 0, 0, 1),
            ("wwd", Status::Deleted, 1, 1, 0, 0),
        ] {
            let (standing, got) = after(days);
            let number = |day: Option<Day>| day.map_or(0, |one| one.since(day_zero()));
            let got = (got, number(standing.since), number(standing.unbroken_since), number(standing.last_right));
            assert_eq!((got, standing.unknown_days), ((status, since, unbroken, right), unknown), "{days}");
        }
        assert_eq!(after("dw").0.appeared, Some(day(2)));
        assert_eq!(after("-w").0.appeared, None, "nobody knows");
    }

    fn day_zero() -> Day {
        day(0)
    }
}
