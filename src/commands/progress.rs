//! The progress line on a terminal: for scans, which say how far they are, and for reads, which are watched.
//!
//! It appears on standard error after a second, and nothing is left of it in the end. There is none in CI, in a terminal
//! without cursor movement (`TERM=dumb`), or if standard error is a file or a pipe.

#[cfg(unix)]
mod interrupt;
#[cfg(not(unix))]
#[path = "progress/no_interrupt.rs"]
mod interrupt;

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use self::interrupt::Interrupt;
use super::terminal::stderr_width;
use crate::base::{ReadProgress, ReadStage, ReadUnit, display_width, escape, print_stderr, thousands};

/// The shortest interval between updates.
const EVERY: Duration = Duration::from_millis(100);
/// The time without a line: what is quicker needs none.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on stderr that is rewritten in place.
pub(crate) struct ProgressLine {
    shown: bool,
    started: Instant,
    last: Cell<Option<Instant>>,
}

impl ProgressLine {
    /// A line of a run that starts now.
    #[cfg(feature = "aws")]
    pub(crate) fn new(wanted: bool) -> Self {
        Self::since(Instant::now(), wanted)
    }

    fn since(started: Instant, wanted: bool) -> Self {
        Self { shown: wanted && may_be_shown(), started, last: Cell::new(None) }
    }

    /// Shows a text, cut to the width of the terminal, since a line that the terminal wraps could not be erased.
    pub(crate) fn show_text(&self, text: impl FnOnce() -> String) {
        if !self.shown
            || self.started.elapsed() < PATIENCE
            || self.last.get().is_some_and(|last| last.elapsed() < EVERY)
        {
            return;
        }
        self.last.set(Some(Instant::now()));
        let width = stderr_width().map_or(0, |width| width - 1);
        print_stderr(&format!("\r{}\u{1b}[K", cut(&escape(&text()), width)));
    }

    /// Erases the line.
    pub(crate) fn clear(&self) {
        if self.last.take().is_some() {
            print_stderr("\r\u{1b}[K");
        }
    }
}

/// Whether a line can be rewritten, and somebody sees it.
fn may_be_shown() -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && std::env::var_os("CI").is_none() && !is_dumb
}

/// The beginning of a text that takes at most `width` columns.
fn cut(text: &str, width: usize) -> &str {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| display_width(&text[..*end]) <= width).last().unwrap_or(0);
    &text[..end]
}

/// The progress of the reads of one command.
pub(super) struct ReadWatch {
    /// The progress that readers add to. Nobody watches it if no line may be shown.
    pub(super) progress: ReadProgress,
    started: Instant,
    shown: bool,
}

impl ReadWatch {
    pub(super) fn new(wanted: bool) -> Self {
        let shown = wanted && may_be_shown();
        let progress = if shown { ReadProgress::watched() } else { ReadProgress::default() };
        Self { progress, started: Instant::now(), shown }
    }

    /// A watch of a command that shows its progress otherwise.
    #[cfg(feature = "aws")]
    pub(super) fn none() -> Self {
        Self::new(false)
    }

    /// Does the work and shows how far it is. The work must print nothing to the terminal.
    pub(super) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        if !self.shown {
            return work();
        }
        let interrupt = &Interrupt::hold();
        let (end, ended) = mpsc::channel::<()>();
        let out = std::thread::scope(|scope| {
            scope.spawn(move || self.draw(&ended, interrupt));
            // Also dropped if the work panics.
            let _end = end;
            work()
        });
        interrupt.release();
        out
    }

    /// Draws until the work ends.
    fn draw(&self, ended: &Receiver<()>, interrupt: &Interrupt) {
        let line = ProgressLine::since(self.started, true);
        let mut begun = (0, Instant::now());
        while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
            if interrupt.came() {
                line.clear();
                Interrupt::obey();
            }
            let Some(stage) = self.progress.now() else { continue };
            if begun.0 != stage.number {
                begun = (stage.number, Instant::now());
            }
            line.show_text(|| text(&stage, begun.1.elapsed()));
        }
        line.clear();
    }
}

/// `checking: 1.2 of 8.0 GB (15%), 850 MB/s, 8 s left`.
fn text(stage: &ReadStage, elapsed: Duration) -> String {
    let ReadStage { what, unit, done, total, .. } = stage;
    let Some(unit) = unit else { return format!("{what}: {}", short(elapsed)) };
    let total = total.filter(|total| total >= done && *total > 0);
    let amount = match (unit, total) {
        (ReadUnit::Bytes, Some(total)) => format!("{} of {}", bytes(*done), bytes(total)),
        (ReadUnit::Bytes, None) => bytes(*done),
        (ReadUnit::Files, Some(total)) => format!("{} of {} files", thousands(*done), thousands(total)),
        (ReadUnit::Files, None) => format!("{} files", thousands(*done)),
    };
    let mut line = format!("{what}: {amount}");
    if let Some(total) = total {
        line += &format!(" ({}%)", u128::from(*done) * 100 / u128::from(total));
    }
    // The rate of the first moments says little.
    if elapsed < Duration::from_millis(500) || *done == 0 {
        return line;
    }
    let rate = u128::from(*done) * 1000 / elapsed.as_millis().max(1);
    if *unit == ReadUnit::Bytes {
        line += &format!(", {}/s", bytes(u64::try_from(rate).unwrap_or(u64::MAX)));
    }
    if let Some(total) = total {
        let left = u128::from(total - done) * elapsed.as_millis() / u128::from(*done);
        line += &format!(", {} left", short(Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX))));
    }
    line
}

/// `850 MB`, `1.2 GB`.
fn bytes(n: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut value = n as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 9.95 { format!("{value:.1} {}", units[unit]) } else { format!("{value:.0} {}", units[unit]) }
}

/// `8 s`, `3 min`.
pub(crate) fn short(time: Duration) -> String {
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
        let stage = |what: &str, unit, done, total| ReadStage { number: 1, what: what.to_owned(), unit, done, total };
        let bytes = Some(ReadUnit::Bytes);
        for (stage, seconds, want) in [
            (
                stage("checking", bytes, 1_200_000_000, Some(8_000_000_000)),
                2.0,
                "checking: 1.2 GB of 8.0 GB (15%), 600 MB/s, 11 s left",
            ),
            (stage("checking", bytes, 1_200, Some(8_000)), 0.1, "checking: 1.2 kB of 8.0 kB (15%)"),
            (stage("reading -", bytes, 31_000_000, None), 1.0, "reading -: 31 MB, 31 MB/s"),
            // A file that grows while it is read.
            (stage("reading a", bytes, 2_000, Some(1_000)), 1.0, "reading a: 2.0 kB, 2.0 kB/s"),
            (
                stage("reading infra", Some(ReadUnit::Files), 300, Some(1_200)),
                3.0,
                "reading infra: 300 of 1,200 files (25%), 9 s left",
            ),
            (stage("searching .", Some(ReadUnit::Files), 12_345, None), 3.0, "searching .: 12,345 files"),
            (stage("reading plan.json", None, 0, None), 200.0, "reading plan.json: 3 min"),
        ] {
            assert_eq!(text(&stage, Duration::from_secs_f64(seconds)), want);
        }
    }

    #[test]
    fn a_line_never_takes_more_than_the_terminal() {
        assert_eq!(cut("reading 費用 e\u{301}", 11), "reading 費");
        assert_eq!(cut("reading", 80), "reading");
        assert_eq!(cut("e\u{301}x", 1), "e\u{301}");
    }
}
