//! The outcome of a run, and the use of color.

use std::process::ExitCode;

use crate::cli::Global;

/// The outcome of a run. It determines the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was read, and no finding counts.
    Good,
    /// Findings at or above `--fail-on`.
    Findings,
    /// Something could not be read.
    Incomplete,
    /// Stopped by a signal; completed results are written.
    Interrupted,
}

impl Outcome {
    /// The exit code. Code 2 is that of a failure.
    #[must_use]
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Good => 0,
            Self::Findings => 1,
            Self::Incomplete => 3,
            Self::Interrupted => 130,
        })
    }
}

/// Returns `true` if text for a stream is colored.
pub(crate) fn colored(global: &Global, stream: &impl anstream::stream::RawStream) -> bool {
    global.color.applies_to(stream)
}
