//! `taglint scan`, `taglint collect` and `taglint permissions`: live accounts.

mod flags;
mod packing;
mod progress;

use self::packing::write_inventory;
use self::progress::ProgressLine;
use super::check::CheckPlan;
use super::inputs::policy;
use super::output::{stdout, stdout_with};
use super::packing::output;
use super::{Failure, Outcome};
use crate::cli::{CollectArgs, Global, LiveArgs, PermissionsCommand, ScanArgs};
use crate::collect::{self, CollectError, Collected};
use crate::engine::{Input, Store};
use crate::model::Day;
use crate::text::{count, thousands};

/// Reads live accounts and checks them.
pub(super) fn scan(args: &ScanArgs, global: &Global) -> Result<Outcome, Failure> {
    let plan = CheckPlan::new(&args.check, policy(&args.check.policy, global)?)?;
    let collected = read(&args.live, global)?;
    let name = format!("account {}", collected.account);
    let mut lines = Vec::new();
    write_inventory(&collected, &mut lines).map_err(|e| Failure::new(e.to_string()))?;
    let input = Input { name, store: Store::Memory(lines.into()), gaps: Vec::new(), foreign: false };
    plan.carry_out(&args.check, global, vec![input], Day::of(jiff::Timestamp::now()))
}

/// Reads live accounts into an inventory.
pub(super) fn collect(args: &CollectArgs, global: &Global) -> Result<Outcome, Failure> {
    let file = args.output.as_deref().map(output).transpose()?;
    let collected = read(&args.live, global)?;
    let complete = collected.end.unread.is_empty()
        && collected.resources.iter().all(|r| matches!(r.tags, crate::model::Tags::Read { .. }));
    let (resources, gaps) = (collected.resources.len() as u64, collected.end.unread.len() as u64);
    match file {
        Some((packing, file)) => {
            let path = file.path().display().to_string();
            file.write(|out| packing.write(out, |out| write_inventory(&collected, out)))?;
            if !global.quiet {
                eprintln!("{} in {path}", count(resources, "resource"));
            }
        }
        None => stdout_with(|out| write_inventory(&collected, out))?,
    }
    if complete {
        return Ok(Outcome::Good);
    }
    let unread =
        collected.resources.iter().filter(|r| !matches!(r.tags, crate::model::Tags::Read { .. })).count() as u64;
    eprintln!("incomplete: {} could not be read, and the tags of {}", count(gaps, "scope"), count(unread, "resource"));
    Ok(if args.allow_incomplete { Outcome::Good } else { Outcome::Incomplete })
}

/// Prints a least-privilege policy.
pub(super) fn permissions(command: &PermissionsCommand) -> Result<Outcome, Failure> {
    match command {
        PermissionsCommand::Scan { types, partition } => {
            stdout(collect::scan_policy(&flags::kinds(types)?, partition).as_bytes())?;
        }
    }
    Ok(Outcome::Good)
}

fn read(args: &LiveArgs, global: &Global) -> Result<Collected, Failure> {
    let options = flags::options(args)?;
    let line = ProgressLine::new(!args.no_progress && !global.quiet);
    let collected = collect::collect(&options, jiff::Timestamp::now(), &|progress| line.show(progress))?;
    line.clear();
    if global.verbose > 0 {
        for (operation, calls) in &collected.calls {
            eprintln!(
                "{operation:<42} {:>7} calls, {} retries, {} throttled",
                thousands(calls.calls),
                thousands(calls.retries),
                thousands(calls.throttles)
            );
        }
    }
    Ok(collected)
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Self {
        let failure = Self::new(error.title());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}
