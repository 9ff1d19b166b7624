//! One verb a file, wiring only. Only this layer knows all others.

mod check;
mod diagnostics;
mod explain_access;
mod fix;
mod init;
mod inputs;
#[cfg(feature = "aws")]
mod live;
mod merge;
mod output;
mod packing;
mod policy;
mod split;

use std::process::ExitCode;

use crate::cli::{Cli, Color, Command, Global};

pub use diagnostics::Failure;

/// How a run ended: the exit code and its one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was read, and nothing that counts was found.
    Good,
    /// Findings at or above `--fail-on`.
    Findings,
    /// Something could not be read.
    Incomplete,
    /// Stopped by a signal; what was finished is written.
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

/// Runs a command.
///
/// # Errors
/// [`Failure`] where nothing was checked: exit code 2.
pub fn run(cli: Cli) -> Result<Outcome, Failure> {
    let global = cli.global;
    match cli.command {
        #[cfg(feature = "aws")]
        Command::Scan(args) => live::scan(&args, &global),
        #[cfg(feature = "aws")]
        Command::Collect(args) => live::collect(&args, &global),
        #[cfg(feature = "aws")]
        Command::Permissions(command) => live::permissions(&command, &global),
        Command::ExplainAccess(args) => explain_access::run(&args, &global),
        Command::Check(args) => check::check_files(&args, &global),
        Command::Merge(args) => merge::run(&args, &global),
        Command::Fix(args) => fix::run(&args, &global),
        Command::Policy(command) => policy::run(&command, &global),
        Command::Init(args) => init::run(&args, &global),
        Command::Completions { shell } => {
            let mut command = <Cli as clap::CommandFactory>::command();
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut command, "taglint", &mut text);
            output::stdout(&text)?;
            Ok(Outcome::Good)
        }
    }
}

/// Whether a stream gets colour: the flag decides, else the terminal, `NO_COLOR` and `CLICOLOR_FORCE`.
fn colored(global: &Global, stream: &impl anstream::stream::RawStream) -> bool {
    match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}
