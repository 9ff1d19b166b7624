//! The period of a bill.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::Day;

/// The longest range whose months are told apart. A bill is of one month.
const MAX_MONTHS: i32 = 240;

/// The days that line items and billing periods cover.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Period {
    /// The first and the last day of usage.
    usage: Option<(Day, Day)>,
    /// The first and the last day of the billing periods.
    billing: Option<(Day, Day)>,
    /// The months of usage, and those of billing periods.
    months: [BTreeSet<i32>; 2],
}

/// The months since the year 0.
fn month(day: Day) -> i32 {
    i32::from(day.0.year()) * 12 + i32::from(day.0.month()) - 1
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
        self.add_months(0, days);
    }

    pub(super) fn add_billing(&mut self, days: (Day, Day)) {
        unite(&mut self.billing, days);
        self.add_months(1, days);
    }

    fn add_months(&mut self, at: usize, (first, last): (Day, Day)) {
        let (first, last) = (month(first), month(last));
        self.months[at].extend(first..=last.min(first + MAX_MONTHS));
    }

    /// The months between the first and the last that no file has: those without a billing period, or without usage if the
    /// files do not say the billing periods. At most 240.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let months = if self.billing.is_some() { &self.months[1] } else { &self.months[0] };
        let (Some(first), Some(last)) = (months.first(), months.last()) else { return Vec::new() };
        let is_missing = |month: &i32| !months.contains(month);
        let text = |month: i32| format!("{:04}-{:02}", month / 12, month % 12 + 1);
        (*first..=*last).filter(is_missing).take(MAX_MONTHS.unsigned_abs() as usize).map(text).collect()
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
        if let Some(billing) = self.part_of() {
            write!(f, " (a part of {})", text(billing))?;
        }
        let missing = self.missing();
        match &missing[..] {
            [] => Ok(()),
            [.., last] if missing.len() > 3 => {
                write!(f, " (without {} months from {} to {last})", missing.len(), missing[0])
            }
            _ => write!(f, " (without {})", missing.join(", ")),
        }
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

    #[test]
    fn months_that_no_file_has_are_named() {
        let of = |start: &str, end: &str| days(start, end).unwrap();
        let mut period = Period::default();
        period.add_usage(of("2026-08-01", "2026-09-01"));
        period.add_usage(of("2026-10-01", "2026-11-01"));
        assert_eq!(period.to_string(), "from 2026-08-01 to 2026-10-31 (without 2026-09)");
        // The bill of September is there, and has no usage.
        period.add_billing(of("2026-08-01", "2026-10-01"));
        period.add_billing(of("2026-10-01", "2026-11-01"));
        assert_eq!(period.to_string(), "from 2026-08-01 to 2026-10-31");
        period.add_billing(of("2025-12-01", "2026-01-01"));
        let text = period.to_string();
        assert!(text.ends_with("(without 7 months from 2026-01 to 2026-07)"), "{text}");
        period.add_usage(of("0001-01-01", "9999-12-31"));
        assert!(period.months[0].len() < 500 && period.missing().len() == 7);
    }
}
