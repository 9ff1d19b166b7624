//! The binary: parses the command line, starts the log, runs the command, returns the exit code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use taglint::cli::Cli;
use taglint::commands;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log(cli.global.verbose);
    let color = cli.global.color.applies_to(&std::io::stderr());
    match commands::run(cli) {
        Ok(outcome) => outcome.code(),
        Err(failure) => {
            eprint!("{}", failure.render(color));
            ExitCode::from(2)
        }
    }
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
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .without_time()
        .with_target(false);
    let targets = Targets::new().with_default(LevelFilter::ERROR).with_target("taglint", ours);
    tracing_subscriber::registry().with(layer.with_filter(targets)).init();
}
