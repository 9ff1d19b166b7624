//! The commands, one file for each: they connect the layers below, and only they know all of them.

/// Prints a line to standard error, without commands of CI runners.
macro_rules! say {
    ($($part:tt)*) => {
        $crate::base::print_stderr(&(format!($($part)*) + "\n"))
    };
}

mod check;
mod config;
mod deployment;
mod diagnostics;
mod explain_access;
mod fix;
mod git_commit;
mod history;
mod init;
mod inputs;
#[cfg(feature = "aws")]
mod live;
mod merge;
mod outcome;
mod output;
mod output_folder;
mod packing;
mod page;
mod policy;
#[cfg(feature = "aws")]
mod policy_document;
mod progress;
#[cfg(test)]
mod reference;
mod settings;
mod split;
mod split_by;
mod terminal;

use crate::cli::{Cli, Command, SchemaName};

pub use diagnostics::Failure;
pub use outcome::RunOutcome;
pub(crate) use outcome::colored;
pub use settings::{CommandLineError, parse_command_line};
pub use terminal::stderr_width;

/// Runs a command.
///
/// # Errors
/// [`Failure`], with exit code 2, if the command, the policy or an input is invalid.
pub fn run(cli: Cli) -> Result<RunOutcome, Failure> {
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
        Command::History(args) => history::run(&args, &global),
        Command::Fix(args) => fix::run(&args, &global),
        Command::Policy(command) => policy::run(&command, &global),
        Command::Config(args) => config::run(&args),
        Command::Init(args) => init::run(&args, &global),
        Command::Schema { format } => schema(format),
        Command::Completions { shell } => completions(shell),
    }
}

/// Prints the schema of a format.
fn schema(format: SchemaName) -> Result<RunOutcome, Failure> {
    let text = match format {
        SchemaName::Policy => crate::authoring::schema::json_schema(),
        SchemaName::Format(format) => format.json_schema(),
    };
    output::stdout(crate::base::LogSpelling::Json, text.as_bytes())?;
    Ok(RunOutcome::Good)
}

/// Prints the completions of a shell.
fn completions(shell: clap_complete::Shell) -> Result<RunOutcome, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut <Cli as clap::CommandFactory>::command(), "taglint", &mut text);
    output::stdout(crate::base::LogSpelling::Commands, &text)?;
    Ok(RunOutcome::Good)
}
