//! The commands that read live accounts: `scan`, `collect`, `fix`, `permissions` and `explain-access`.

mod access;
mod emulator_pace;
mod estimate;
mod flags;
mod lake;
mod packing;
mod permissions;
mod policy_needs;
mod progress;
mod tag_policy;

use std::collections::BTreeMap;

pub(super) use self::access::{policies, policies_of};
pub(super) use self::flags::{options, reject_view};
use self::packing::write_inventory;
pub(super) use self::permissions::permissions;
use self::policy_needs::PolicyNeeds;
pub(super) use self::tag_policy::tag_rules;
use super::check::{PreparedCheck, managers, repository_root};
use super::inputs::{note, plain_input_options, policy};
use super::output::{stdout, stdout_with};
use super::packing::output;
use super::progress::{ProgressLine, ReadWatch};
use super::{Failure, RunOutcome};
use crate::base::{LogSpelling, count, thousands};
use crate::cli::{CollectArgs, ConnectionArgs, Global, LiveArgs, ScanArgs};
use crate::collect::{self, CallCount, CollectError, CollectOptions, Collected, NeedsDirectRead, StopReason, TagsFrom};
use crate::engine::{ByteSource, Input, InputFoundBy};
use crate::model::{Day, Resource, Tags};

/// Reads live accounts and checks them.
pub(super) fn scan(args: &ScanArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let today = Day::of(jiff::Timestamp::now());
    let policy = policy(&args.check.rules.policy, global)?;
    policy.check_waivers(today)?;
    let plan = PreparedCheck::new(&args.check, policy)?;
    let source_options = crate::input::InputOptions {
        source: args.source.clone(),
        srcroot: args.check.srcroot.clone().unwrap_or_else(repository_root),
        ..plain_input_options()?
    };
    let managers = managers(&args.managed, &source_options, global, &|text| plan.shown(text))?;
    let needs = PolicyNeeds::new(plan.policy(), plan.chosen(), today);
    let mut options = flags::options(&args.live, &args.connection)?;
    let named = options.types.len();
    if !needs.narrow(&mut options) {
        return Err(nothing_to_read(named));
    }
    if args.estimate {
        return estimate(&options);
    }
    let collected =
        match read(&args.live, &args.connection, &options, &|resource| needs.needs_direct_read(resource), global) {
            Err(CollectError::Interrupted) => return Ok(interrupted()),
            other => other?,
        };
    let name = name(&collected);
    let stopped = collected.stopped;
    let mut lines = Vec::new();
    write_inventory(&collected, &mut lines).map_err(|e| Failure::new(e.to_string()))?;
    // The lines contain everything, so the memory is freed before the check.
    drop(collected);
    let input = inventory(&name, lines);
    let outcome = plan.carry_out(&args.check, global, managers.as_ref(), vec![input], today, &ReadWatch::none())?;
    Ok(if stopped == Some(StopReason::Signal) { RunOutcome::Interrupted } else { outcome })
}

/// Reads live accounts as the input of a fix plan; `None` if the run was interrupted. Tags are read directly, because a plan
/// must start from the current tags.
pub(super) fn input(args: &LiveArgs, connection: &ConnectionArgs, global: &Global) -> Result<Option<Input>, Failure> {
    let mut options = flags::options(args, connection)?;
    reject_view(args, "fix")?;
    if options.accounts_as_resources {
        return Err(Failure::new("fix does not write the tags of accounts")
            .help("leave out --type organizations:account; `aws organizations tag-resource` writes them"));
    }
    options.tags_from = TagsFrom::Direct;
    options.account_tags = args.organization;
    let collected = match read(args, connection, &options, &|_| true, global) {
        Err(CollectError::Interrupted) => return Ok(None),
        other => other?,
    };
    if collected.stopped == Some(StopReason::Signal) {
        return Ok(None);
    }
    let name = name(&collected);
    let mut lines = Vec::new();
    write_inventory(&collected, &mut lines).map_err(|e| Failure::new(e.to_string()))?;
    Ok(Some(inventory(&name, lines)))
}

/// The inventory of this run as an input.
fn inventory(name: &str, lines: Vec<u8>) -> Input {
    Input { found_by: InputFoundBy::Collection, ..Input::inventory(name, ByteSource::Memory(lines.into())) }
}

/// Reads live accounts into an inventory.
pub(super) fn collect(args: &CollectArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let file = args.output.as_deref().map(output).transpose()?;
    let lake = args.lake.as_deref().map(lake::LakeFolder::open).transpose()?;
    let mut options = flags::options(&args.live, &args.connection)?;
    // Without a policy, it is unknown which tags of the index have to be confirmed.
    if options.tags_from == TagsFrom::Auto {
        options.tags_from = TagsFrom::Direct;
    }
    let untagged = |resource: &Resource<'_>| resource.tags.known().is_empty();
    let collected = match read(&args.live, &args.connection, &options, &untagged, global) {
        Err(CollectError::Interrupted) => return Ok(interrupted()),
        other => other?,
    };
    let unread = collected.resources.iter().filter(|r| !matches!(r.tags, Tags::Read { .. })).count() as u64;
    let (resources, gaps) = (collected.resources.len() as u64, collected.end.unread.len() as u64);
    match (lake, file) {
        (Some(lake), _) => lake.write(&collected, global)?,
        (None, Some((packing, file))) => {
            let path = file.path().display().to_string();
            file.write(|out| packing.write(out, |out| write_inventory(&collected, out)))?;
            if !global.quiet {
                say!("{} in {path}", count(resources, "resource"));
            }
        }
        (None, None) => stdout_with(LogSpelling::Json, |out| write_inventory(&collected, out))?,
    }
    if gaps + unread > 0 {
        say!("incomplete: {} could not be read, nor the tags of {}", count(gaps, "scope"), count(unread, "resource"));
    }
    Ok(match collected.stopped {
        Some(StopReason::Signal) => RunOutcome::Interrupted,
        _ if gaps + unread == 0 || args.allow_incomplete => RunOutcome::Good,
        _ => RunOutcome::Incomplete,
    })
}

/// The error if no rule applies to any type; `named` is the number of types in `--type`.
fn nothing_to_read(named: usize) -> Failure {
    let whole = if named == 0 { "the types that can be read live" } else { "the types of --type" };
    Failure::new(format!("no selected rule applies to {whole}"))
        .help("nothing would be checked; `taglint policy list` shows the types of each rule")
}

/// Prints the estimate of a scan.
fn estimate(options: &CollectOptions) -> Result<RunOutcome, Failure> {
    let estimate = match collect::estimate(options) {
        Err(CollectError::Interrupted) => return Ok(interrupted()),
        other => other?,
    };
    estimate.notes.iter().for_each(|text| note(text));
    stdout(LogSpelling::Text, estimate::text(&estimate).as_bytes())?;
    Ok(if estimate.unread.is_empty() { RunOutcome::Good } else { RunOutcome::Incomplete })
}

pub(super) fn interrupted() -> RunOutcome {
    say!("stopped before anything was read");
    RunOutcome::Interrupted
}

/// The name of the inventory in error messages.
fn name(collected: &Collected) -> String {
    let scope = &collected.header.scope;
    match (&scope.organization, &scope.accounts[..]) {
        (Some(id), _) => format!("organization {id}"),
        (None, [account]) => format!("account {account}"),
        (None, accounts) => count(accounts.len() as u64, "account"),
    }
}

fn read(
    args: &LiveArgs,
    connection: &ConnectionArgs,
    options: &CollectOptions,
    needs_direct_read: &NeedsDirectRead<'_>,
    global: &Global,
) -> Result<Collected, CollectError> {
    if let Some(name) = flags::unused_index(args).filter(|_| !global.quiet) {
        note(&format!("{name} is set, but --shard N is not: this run reads all accounts"));
    }
    let line = ProgressLine::new(!connection.no_progress && !global.quiet);
    let collected = collect::collect(options, jiff::Timestamp::now(), needs_direct_read, &|progress| {
        line.show_text(|| progress::line(progress));
    });
    line.clear();
    let mut collected = collected?;
    // An inventory without some types covers no account completely.
    collected.header.scope.partial |= flags::narrows(&args.types);
    if !global.quiet {
        collected.notes.iter().for_each(|text| note(text));
    }
    if global.verbose > 0 {
        print_calls(&collected.calls);
    }
    Ok(collected)
}

/// Prints the number of calls of each operation.
pub(super) fn print_calls(calls: &BTreeMap<String, CallCount>) {
    for (operation, calls) in calls {
        say!(
            "{operation:<46} {:>7} calls, {} retries, {} throttled",
            thousands(calls.calls),
            thousands(calls.retries),
            thousands(calls.throttles)
        );
    }
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
