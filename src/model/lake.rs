//! The layout of a lake, a folder of inventories by day and account: `dt=2026-11-28/account=123456789012/`.

use super::Day;
use crate::aws::AccountId;

/// The name of the inventory in the folder of an account.
pub const LAKE_FILE: &str = "inventory.jsonl.zst";

/// The folder of a day.
#[must_use]
pub fn day_folder(day: Day) -> String {
    format!("dt={day}")
}

/// The day of a folder; `None` if its name has another form.
#[must_use]
pub fn folder_day(name: &str) -> Option<Day> {
    Day::parse(name.strip_prefix("dt=")?)
}

/// The folder of an account, or of what belongs to no account, with the shard that wrote it.
#[must_use]
pub fn account_folder(account: &str, shard: Option<&str>) -> String {
    match shard {
        _ if AccountId::is_valid(account) => format!("account={account}"),
        Some(shard) => format!("account=none-{}", shard.replace('/', "-of-")),
        None => "account=none".to_owned(),
    }
}

/// The account of a folder, or another word; `None` if its name has another form.
#[must_use]
pub fn folder_account(name: &str) -> Option<&str> {
    name.strip_prefix("account=").filter(|account| !account.is_empty())
}

/// The days from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRange {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl DayRange {
    /// Parses `2026-11-27`, or a range such as `2026-11-01..2026-11-27`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        let (from, to) = (Day::parse(from)?, Day::parse(to)?);
        (from <= to).then_some(Self { from, to })
    }

    /// Returns whether a day is in the range.
    #[must_use]
    pub fn has(self, day: Day) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

impl std::fmt::Display for DayRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.from == self.to { self.from.fmt(f) } else { write!(f, "{}..{}", self.from, self.to) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_begin_before_they_end() {
        for (text, want) in [
            ("2026-11-27", Some("2026-11-27")),
            ("2026-11-01..2026-11-27", Some("2026-11-01..2026-11-27")),
            ("2026-11-27..2026-11-27", Some("2026-11-27")),
            ("2026-11-27..2026-11-01", None),
            ("..2026-11-01", None),
            ("yesterday", None),
        ] {
            assert_eq!(DayRange::parse(text).map(|range| range.to_string()).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn folders_stay_in_their_day() {
        assert_eq!(account_folder("123456789012", Some("1/2")), "account=123456789012");
        assert_eq!(account_folder("../../x", None), "account=none");
        assert_eq!(account_folder("", Some("3/10")), "account=none-3-of-10");
        assert_eq!(folder_day("dt=2026-11-28").map(day_folder).as_deref(), Some("dt=2026-11-28"));
        assert!(folder_day("dt=today").is_none() && folder_account("account=").is_none());
    }
}
