//! `taglint scan`, `taglint collect` and `taglint permissions`: live accounts.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write};
use std::time::{Duration, Instant};

use super::check::CheckPlan;
use super::inputs::{known_names, policy};
use super::output::{stdout, stdout_with};
use super::packing::output;
use super::{Failure, Outcome};
use crate::cli::{CollectArgs, Global, LiveArgs, PermissionsCommand, ScanArgs};
use crate::collect::{self, CollectError, Collected, Kind, Options, Progress, Timeouts};
use crate::engine::{Input, Store};
use crate::model::{Day, write_resource};
use crate::text::{count, quote, thousands};

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
            stdout(collect::scan_policy(&kinds(types)?, partition).as_bytes())?;
        }
    }
    Ok(Outcome::Good)
}

fn read(args: &LiveArgs, global: &Global) -> Result<Collected, Failure> {
    let types = kinds(&args.types)?;
    let limit =
        |seconds: Option<u16>, default: Duration| seconds.map_or(default, |s| Duration::from_secs(u64::from(s)));
    let defaults = Timeouts::default();
    let attempt = limit(args.read_timeout, defaults.attempt);
    let options = Options {
        profile: args.profile.clone(),
        regions: args.region.clone(),
        max_concurrency: args.max_concurrency.map(usize::from),
        timeouts: Timeouts {
            connect: limit(args.connect_timeout, defaults.connect),
            attempt,
            operation: args.read_timeout.map_or(defaults.operation, |_| attempt * 6),
        },
        skip_not_enabled: false,
        types,
    };
    let line = ProgressLine::new(!args.no_progress && !global.quiet);
    let mut collected = collect::collect(&options, jiff::Timestamp::now(), &|progress| line.show(progress))?;
    line.clear();
    collected.header.scope.partial |= collected.header.scope.types.len() < Kind::ALL.len();
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

fn kinds(types: &[String]) -> Result<Vec<Kind>, Failure> {
    let known = Kind::ALL.iter().map(|kind| kind.as_str());
    let kind = |name: &String| {
        name.parse::<Kind>().map_err(|_| {
            let failure = Failure::new(format!("--type {}: not a type that can be read live", quote(name)));
            failure.help(known_names(name, known.clone(), "types"))
        })
    };
    types.iter().map(kind).collect()
}

fn write_inventory(collected: &Collected, out: &mut (impl Write + ?Sized)) -> std::io::Result<()> {
    let mut line = Vec::new();
    serde_json::to_writer(&mut line, &collected.header)?;
    line.push(b'\n');
    out.write_all(&line)?;
    for resource in &collected.resources {
        line.clear();
        write_resource(&mut line, resource)?;
        out.write_all(&line)?;
    }
    serde_json::to_writer(&mut *out, &collected.end)?;
    out.write_all(b"\n")
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

/// One line on a terminal that says how far the scan is; none where nobody looks, as in CI.
struct ProgressLine {
    shown: bool,
    last: Cell<Option<Instant>>,
}

impl ProgressLine {
    fn new(wanted: bool) -> Self {
        let shown = wanted && std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        Self { shown, last: Cell::new(None) }
    }

    fn show(&self, progress: Progress) {
        const EVERY: Duration = Duration::from_millis(100);
        if !self.shown || self.last.get().is_some_and(|last| last.elapsed() < EVERY) {
            return;
        }
        self.last.set(Some(Instant::now()));
        let throttled = if progress.throttles > 0 {
            format!(", {} throttled", thousands(progress.throttles))
        } else {
            String::new()
        };
        eprint!(
            "\r{} of {} read, {}, {}{throttled}\u{1b}[K",
            progress.parts_done,
            count(progress.parts as u64, "list"),
            count(progress.resources, "resource"),
            count(progress.calls, "call"),
        );
    }

    fn clear(&self) {
        if self.last.get().is_some() {
            eprint!("\r\u{1b}[K");
        }
    }
}
