//! The binary: parses the command line, starts the log, runs the command, returns the exit code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use taglint::base::{CommandGuard, LogSpelling, escape, print_stderr};
use taglint::cli::Color;
use taglint::commands::{self, CommandLineError};

fn main() -> ExitCode {
    let cli = match commands::parse_command_line(std::env::args_os()) {
        Ok(cli) => cli,
        Err(CommandLineError::Usage(error)) => return usage(&error),
        Err(CommandLineError::Setting(failure)) => {
            print_stderr(&failure.render(Color::Auto.applies_to(&std::io::stderr())));
            return ExitCode::from(2);
        }
    };
    log(cli.global.verbose);
    let color = cli.global.color.applies_to(&std::io::stderr());
    match commands::run(cli) {
        Ok(outcome) => outcome.code(),
        Err(failure) => {
            print_stderr(&failure.render(color));
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
    print_stderr(&lines.join("\n"));
    ExitCode::from(2)
}

/// Our own events to standard error. No flag or variable raises the SDK, hyper or rustls: their debug output has
/// credentials in it.
fn log(verbose: u8) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;
    let ours = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(|| CommandGuard::new(std::io::stderr(), LogSpelling::Text))
        .with_ansi(std::io::stderr().is_terminal())
        .without_time()
        .with_target(false);
    let targets = Targets::new().with_default(LevelFilter::ERROR).with_target("taglint", ours);
    tracing_subscriber::registry().with(layer.with_filter(targets)).init();
}
