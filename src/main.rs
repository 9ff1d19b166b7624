//! The binary: parses the command line, starts the log, runs the command, returns the exit code.

use std::process::ExitCode;

use taglint::base::{escape, print_stderr, wrap_lines};
use taglint::cli::Color;
use taglint::commands::{self, CommandLineError};

fn main() -> ExitCode {
    let cli = match commands::parse_command_line(std::env::args_os()) {
        Ok(cli) => cli,
        Err(CommandLineError::Usage(error)) => return usage(&error),
        Err(CommandLineError::Setting(failure)) => {
            print_stderr(&failure.render(Color::Auto.applies_to(&std::io::stderr()), commands::stderr_width()));
            return ExitCode::from(2);
        }
    };
    #[cfg(feature = "aws")]
    log();
    let color = cli.global.color.applies_to(&std::io::stderr());
    match commands::run(cli) {
        Ok(outcome) => outcome.code(),
        Err(failure) => {
            print_stderr(&failure.render(color, commands::stderr_width()));
            ExitCode::from(2)
        }
    }
}

/// Prints help to standard output, or a mistake in the command line, which quotes arguments, to standard error.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        drop(error.print());
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let lines: Vec<_> = text.split('\n').map(escape).collect();
    print_stderr(&wrap_lines(&lines.join("\n"), commands::stderr_width()));
    ExitCode::from(2)
}

/// The errors that the AWS SDK logs, to standard error. No flag or variable adds other levels: the debug output of the
/// SDK, hyper and rustls has credentials in it.
#[cfg(feature = "aws")]
fn log() {
    use std::io::IsTerminal as _;
    use taglint::base::{CommandGuard, LogSpelling};
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::prelude::*;
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(|| CommandGuard::new(std::io::stderr(), LogSpelling::Text))
        .with_ansi(std::io::stderr().is_terminal())
        .without_time()
        .with_target(false);
    tracing_subscriber::registry().with(layer.with_filter(LevelFilter::ERROR)).init();
}
