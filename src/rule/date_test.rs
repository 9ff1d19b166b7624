//! Tests of dates in tags.

use crate::model::Day;

/// A day: fixed, or counted from the day of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelativeDay {
    /// A day.
    Fixed(Day),
    /// Days after (negative: before) the day of the run.
    Today(i32),
}

impl RelativeDay {
    fn on(self, today: Day) -> Day {
        match self {
            Self::Fixed(day) => day,
            Self::Today(days) => today.plus(days),
        }
    }
}

/// A range of days. A value in it is a date (`YYYY-MM-DD`), or a date with a time (RFC 3339), which counts by its day in
/// UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateTest {
    /// The date is before this day.
    pub before: Option<RelativeDay>,
    /// The date is after this day.
    pub after: Option<RelativeDay>,
    /// The date is the day of the run or one of this number of days after it.
    pub within: Option<i32>,
}

impl DateTest {
    /// Returns `true` if a value is a date in the range. Another value is in no range.
    #[must_use]
    pub fn holds(&self, value: &str, today: Day) -> bool {
        let Some(day) = Day::of_text(value) else { return false };
        self.before.is_none_or(|bound| day < bound.on(today))
            && self.after.is_none_or(|bound| day > bound.on(today))
            && self.within.is_none_or(|days| today <= day && day <= today.plus(days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_compared_by_their_day() {
        let today = Day::parse("2026-11-22").expect("a date");
        let none = DateTest::default();
        let before = DateTest { before: Some(RelativeDay::Today(0)), ..none };
        let after = DateTest { after: Some(RelativeDay::Fixed(today)), ..none };
        let within = DateTest { within: Some(30), ..none };
        for (value, want) in [
            ("2026-11-21", [true, false, false]),
            ("2026-11-22", [false, false, true]),
            ("2026-11-23", [false, true, true]),
            ("2026-12-22", [false, true, true]),
            ("2026-12-23", [false, true, false]),
            ("2026-11-22T00:30:00+01:00", [true, false, false]),
            ("2026-11-22T23:30:00-01:00", [false, true, true]),
            ("2026-11-22t08:00:00z", [false, false, true]),
            ("2026-11-21T08:00:00", [false; 3]),
            ("2025-02-29", [false; 3]),
            ("20261121", [false; 3]),
            ("21.11.2026", [false; 3]),
            ("never", [false; 3]),
            ("", [false; 3]),
        ] {
            assert_eq!([before, after, within].map(|test| test.holds(value, today)), want, "{value}");
        }
    }
}
