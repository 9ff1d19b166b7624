//! The period of a bill.

use std::fmt;

use crate::model::Day;

/// The days that line items and billing periods cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first and the last day of usage.
    usage: Option<(Day, Day)>,
    /// The first and the last day of the billing periods.
    billing: Option<(Day, Day)>,
}

/// The first and last day of a range whose end is exclusive.
pub(super) fn days(start: &str, end: &str) -> Option<(Day, Day)> {
    let first = Day::parse(start.get(..10)?)?;
    let last = Day::parse(end.get(..10)?)?;
    let is_midnight = end[10..].bytes().all(|b| !b.is_ascii_digit() || b == b'0');
    Some((first, if is_midnight && last > first { last.plus(-1) } else { last }))
}

fn unite(known: &mut Option<(Day, Day)>, more: (Day, Day)) {
    *known = Some(known.map_or(more, |(first, last)| (first.min(more.0), last.max(more.1))));
}

impl Period {
    pub(super) fn add_usage(&mut self, days: (Day, Day)) {
        unite(&mut self.usage, days);
    }

    pub(super) fn add_billing(&mut self, days: (Day, Day)) {
        unite(&mut self.billing, days);
    }

    /// The first and the last day; `None` if the files do not say them.
    #[must_use]
    pub fn days(&self) -> Option<(Day, Day)> {
        self.usage.or(self.billing)
    }

    /// The first and the last day of the billing periods, if usage covers only a part of them.
    #[must_use]
    pub fn part_of(&self) -> Option<(Day, Day)> {
        let (usage, billing) = (self.usage?, self.billing?);
        (usage.0 > billing.0 || usage.1 < billing.1).then_some(billing)
    }
}

/// `2026-10`, or `2026-10-01 to 2026-10-14`.
fn text((first, last): (Day, Day)) -> String {
    let month = |day: Day| (day.0.year(), day.0.month());
    let is_month = month(first) == month(last) && first.0.day() == 1 && month(last.plus(1)) != month(last);
    if is_month {
        format!("{:04}-{:02}", first.0.year(), first.0.month())
    } else if first == last {
        first.to_string()
    } else {
        format!("{first} to {last}")
    }
}

/// The period with its preposition: `in 2026-10`, `from 2026-10-01 to 2026-10-14 (a part of 2026-10)`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(days) = self.days() else { return f.write_str("in an unknown period") };
        let text_of = text(days);
        let word = match text_of.len() {
            7 => "in",
            10 => "on",
            _ => "from",
        };
        write!(f, "{word} {text_of}")?;
        self.part_of().map_or(Ok(()), |billing| write!(f, " (a part of {})", text(billing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_and_a_part_of_one_are_told_apart() {
        let month = days("2026-10-01T00:00:00Z", "2026-11-01 00:00:00.000").unwrap();
        let part = days("2026-10-01", "2026-10-14T23:00:00Z").unwrap();
        let mut period = Period::default();
        assert_eq!(period.to_string(), "in an unknown period");
        period.add_billing(month);
        assert_eq!(period.to_string(), "in 2026-10");
        period.add_usage(part);
        assert_eq!(period.to_string(), "from 2026-10-01 to 2026-10-14 (a part of 2026-10)");
        period.add_usage(month);
        assert_eq!(period.to_string(), "in 2026-10");
        period.add_usage(days("2026-09-30T00:00:00Z", "2026-09-30T01:00:00Z").unwrap());
        period.add_billing(days("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z").unwrap());
        assert_eq!(period.to_string(), "from 2026-09-30 to 2026-10-31 (a part of 2026-09-01 to 2026-10-31)");
        assert_eq!(days("2026-10-01", "2026-13-01"), None);
    }
}
