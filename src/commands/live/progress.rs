//! The progress line of a scan on a terminal. There is none in CI.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use crate::base::{count, print_stderr, thousands};
use crate::collect::Progress;

/// The shortest interval between updates.
const EVERY: Duration = Duration::from_millis(100);

/// A line on stderr that is rewritten in place.
pub(crate) struct ProgressLine {
    shown: bool,
    last: Cell<Option<Instant>>,
}

impl ProgressLine {
    pub(crate) fn new(wanted: bool) -> Self {
        let shown = wanted && std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        Self { shown, last: Cell::new(None) }
    }

    pub(super) fn show(&self, progress: Progress) {
        self.show_text(|| line(progress));
    }

    /// Shows a text.
    pub(crate) fn show_text(&self, text: impl FnOnce() -> String) {
        if !self.shown || self.last.get().is_some_and(|last| last.elapsed() < EVERY) {
            return;
        }
        self.last.set(Some(Instant::now()));
        print_stderr(&format!("\r{}\u{1b}[K", text()));
    }

    pub(crate) fn clear(&self) {
        if self.last.get().is_some() {
            print_stderr("\r\u{1b}[K");
        }
    }
}

fn line(progress: Progress) -> String {
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

/// `8 s`, `3 min`.
fn short(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds < 90 => format!("{} s", seconds.max(1)),
        seconds => format!("{} min", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
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
