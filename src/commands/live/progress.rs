//! The words of the progress line of a scan.

use crate::base::{count, thousands};
use crate::collect::Progress;
use crate::commands::progress::short;

/// `3 of 40 accounts, 2 of 5 lists read, 1,200 resources, 31 calls, about 3 min left`.
pub(super) fn line(progress: Progress) -> String {
    let mut line = format!(
        "{} of {} read, {}, {}",
        progress.listings_done,
        count(progress.listings as u64, "list"),
        count(progress.resources, "resource"),
        count(progress.calls, "call"),
    );
    if progress.accounts > 1 {
        line = format!("{} of {} accounts, {line}", progress.accounts_done, progress.accounts);
    }
    if progress.throttles > 0 {
        line += &format!(", {} throttled", thousands(progress.throttles));
    }
    if let Some(left) = progress.left {
        line += &format!(", about {} left", short(left));
    }
    line
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_line_says_how_far_and_how_long() {
        let progress = Progress { listings: 5, listings_done: 2, resources: 1200, calls: 31, ..Progress::default() };
        assert_eq!(line(progress), "2 of 5 lists read, 1,200 resources, 31 calls");
        let left = Some(Duration::from_secs(200));
        let progress = Progress { accounts: 40, accounts_done: 3, throttles: 1, left, ..progress };
        assert_eq!(
            line(progress),
            "3 of 40 accounts, 2 of 5 lists read, 1,200 resources, 31 calls, 1 throttled, about 3 min left"
        );
    }
}
