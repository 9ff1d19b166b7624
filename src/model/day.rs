//! A calendar day. The clock is a parameter of a run: the same input and day give the same report.

use std::fmt;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

/// A calendar day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub Date);

impl Day {
    /// The day of a timestamp, UTC.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// Parses `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        let digits = |r: std::ops::Range<usize>| b[r].iter().all(u8::is_ascii_digit);
        // Checked here, because `parse` would accept a sign.
        if b.len() != 10 || b[4] != b'-' || b[7] != b'-' || !digits(0..4) || !digits(5..7) || !digits(8..10) {
            return None;
        }
        let number = |r: std::ops::Range<usize>| text[r].parse::<i16>().ok();
        let (month, day) = (i8::try_from(number(5..7)?).ok()?, i8::try_from(number(8..10)?).ok()?);
        Date::new(number(0..4)?, month, day).ok().map(Self)
    }

    /// The day of a date (`YYYY-MM-DD`), or of a date with a time (RFC 3339) in UTC.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let date = Self::parse(text.get(..10)?)?;
        if text.len() == 10 {
            return Some(date);
        }
        // `parse` accepts more forms than RFC 3339, such as a time zone in brackets.
        let time = text.as_bytes().get(10).is_some_and(|separator| matches!(separator, b'T' | b't' | b' '));
        let zone = text.ends_with(['Z', 'z']) || text.as_bytes().iter().rev().nth(2) == Some(&b':');
        let parsed = (time && zone).then(|| text.parse::<Timestamp>().ok());
        parsed.flatten().map(Self::of)
    }

    /// This day plus a number of days, at most the last day of the calendar.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days.days()))
    }

    /// The number of days from `earlier` to this day.
    #[must_use]
    pub fn since(self, earlier: Self) -> i32 {
        (self.0 - earlier.0).get_days()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_dates_are_days() {
        for (text, good) in [
            ("2026-11-22", true),
            ("2024-02-29", true),
            ("2025-02-29", false),
            ("2026-1-1", false),
            ("2026-11-22T00:00:00Z", false),
            ("20261122", false),
            ("２０２６-11-22", false),
            ("", false),
        ] {
            assert_eq!(Day::parse(text).is_some(), good, "{text}");
        }
        assert_eq!(Day::parse("2026-12-31").unwrap().plus(1).to_string(), "2027-01-01");
    }
}
