//! Confirmation and execution of jobs.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use super::next_steps::next_steps;
use super::reporter::ApplyReporter;
use super::tag_api::AwsTagApi;
use crate::base::{count, escape, print_stderr};
use crate::cli::FixArgs;
use crate::commands::{Failure, RunOutcome};
use crate::fix::apply::{Job, TagApi as _, VerifyTimeout, execute as execute_jobs};
use crate::fix::journal::Journal;

/// The default of `--patience` in seconds.
const VERIFY_TIMEOUT: u16 = 30;

/// Executes the jobs and prints the result.
pub(super) fn execute(
    jobs: &[Job],
    api: &AwsTagApi,
    journal: &Journal,
    args: &FixArgs,
    reporter: ApplyReporter,
) -> Result<RunOutcome, Failure> {
    let timeout = VerifyTimeout(Duration::from_secs(args.apply.patience.unwrap_or(VERIFY_TIMEOUT).into()));
    reporter.begin(jobs.len());
    let summary = execute_jobs(jobs, api, journal, timeout, &|job, outcome| reporter.line(job, outcome));
    reporter.clear();
    let path = journal.path().display().to_string();
    let path = escape(&path);
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => {
            // Exit code 2 would say that nothing was done, but the earlier writes are in the journal.
            say!("error: cannot write the journal {path}: {error}; it contains everything that was changed");
            say!(" help: when there is space again, run: taglint fix --resume {path}");
            return Ok(RunOutcome::Incomplete);
        }
    };
    let stopped = api.stopped();
    if !stopped {
        // A missing end record only costs a later --resume some reads.
        let _ = journal.end();
    }
    api.print_calls(reporter.verbose);
    reporter.end(Some(&next_steps(journal, args)), &summary, jobs, stopped)
}

/// Asks on the terminal unless `--yes` was given.
pub(super) fn confirm(args: &FixArgs, verb: &str, jobs: &[Job], reporter: &ApplyReporter) -> Result<(), Failure> {
    if args.apply.yes {
        return Ok(());
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::new("standard input is not a terminal").help("pass --yes to continue without a question"));
    }
    let mut by_account: BTreeMap<&str, u64> = BTreeMap::new();
    for job in jobs {
        *by_account.entry(&job.place.account).or_default() += 1;
    }
    for (account, resources) in &by_account {
        say!("account {account}: {}", count(*resources, "resource"));
    }
    reporter.preview();
    if ask(&format!("{} {}?", verb, count(jobs.len() as u64, "resource")))? {
        return Ok(());
    }
    Err(Failure::new("nothing was changed").help("answer y to continue"))
}

/// Asks a question on the terminal. The question appears on standard error, and its answer comes from standard input.
pub(super) fn ask(question: &str) -> Result<bool, Failure> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::new("standard input is not a terminal").help("pass --yes to continue without a question"));
    }
    print_stderr(&format!("{question} [y/N] "));
    let _ = io::stderr().flush();
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}
