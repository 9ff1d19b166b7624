//! The outcome of a run, and the colour of its output.

use std::process::ExitCode;

use crate::cli::{Color, Global};

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
    /// The exit code; 2 is a [`Failure`].
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

/// Whether to colour a stream: as `--color` says, otherwise by the terminal, `NO_COLOR` and `CLICOLOR_FORCE`.
pub(crate) fn colored(global: &Global, stream: &impl anstream::stream::RawStream) -> bool {
    match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}
