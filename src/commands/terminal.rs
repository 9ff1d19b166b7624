//! The width of terminals.

use std::io::IsTerminal;

use terminal_size::{Width, terminal_size_of};

/// The width of a terminal that does not say it.
const USUAL: usize = 80;
/// The least width: below it, more lines make nothing easier to read.
const LEAST: usize = 20;

/// The width of standard output in columns; `None` if it is no terminal.
pub(super) fn stdout_width() -> Option<usize> {
    let stdout = std::io::stdout();
    stdout.is_terminal().then(|| width(|| terminal_size_of(&stdout)))
}

/// The width of standard error in columns; `None` if it is no terminal.
#[must_use]
pub fn stderr_width() -> Option<usize> {
    let stderr = std::io::stderr();
    stderr.is_terminal().then(|| width(|| terminal_size_of(&stderr)))
}

/// The width that `COLUMNS` says, as for `ls`, else that of the terminal.
fn width(size: impl FnOnce() -> Option<(Width, terminal_size::Height)>) -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let columns = said.filter(|columns| *columns > 0);
    columns.or_else(|| size().map(|(Width(columns), _)| usize::from(columns))).unwrap_or(USUAL).max(LEAST)
}
