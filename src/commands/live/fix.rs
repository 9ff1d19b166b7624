//! `taglint fix --apply`, `--resume` and `--undo`: carrying out, finishing and taking back.

mod admit;
mod permissions;
mod remote;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use self::admit::Admit;
pub(super) use self::permissions::permissions;
use self::remote::Aws;
use self::report::Told;
use super::super::inputs::policy;
use super::super::{Failure, Outcome};
use super::{flags, interrupted};
use crate::cli::{FixArgs, Global, LiveArgs};
use crate::collect::{CollectError, Kind, Options, Regions, TagsFrom, Writer};
use crate::fix::apply::{Job, Patience, Remote as _, Summary, remaining, run, undo};
use crate::fix::journal::{self, Header, Journal, JournalError};
use crate::fix::plan::{self, Permit, Plan, Target};
use crate::text::count;

/// Journals that may be begun in one folder in one second.
const MOST_NAMES: u32 = 100;

/// Carries out, finishes or takes back what the flags say; `None` where they say to plan only.
pub(in crate::commands) fn fix(args: &FixArgs, global: &Global) -> Option<Result<Outcome, Failure>> {
    match (&args.apply.apply, &args.apply.resume, &args.apply.undo) {
        (Some(Some(path)), ..) => Some(read_plan(path).and_then(|plan| carry_out(plan, args, global))),
        (_, Some(path), _) => Some(resume(path, args, global)),
        (_, _, Some(path)) => Some(take_back(path, args, global)),
        _ => None,
    }
}

/// Carries out a plan, whoever it comes from: every part of it is checked again.
pub(in crate::commands) fn carry_out(plan: Plan, args: &FixArgs, global: &Global) -> Result<Outcome, Failure> {
    let admit = Admit::new(policy(&args.policy, global)?, args, &plan)?;
    let (mut told, arns) = (Told::new(global), arns_of(&plan));
    let Some(aws) = connect(args, &arns)? else { return Ok(interrupted()) };
    let mut plan = plan;
    plan.changes.retain(|change| match admit.change(change, &aws) {
        Ok(()) => true,
        Err(why) => {
            told.refuse(&change.arn, &why);
            false
        }
    });
    if plan.changes.is_empty() {
        return told.end(None, &Summary::default(), &[], false);
    }
    let changes = plan.changes.iter().enumerate();
    let jobs: Vec<Job> = changes
        .map(|(number, change)| Job::change(number, change.clone(), false))
        .collect::<Result<_, _>>()
        .map_err(Failure::new)?;
    ask(args, "change the tags of", &jobs)?;
    let header = Header { plan: Some(plan), ..header(args, &arns) };
    let journal = create(args.apply.journal.as_deref(), &header)?;
    work(&jobs, &aws, &journal, args, told)
}

fn resume(path: &Path, args: &FixArgs, global: &Global) -> Result<Outcome, Failure> {
    let (journal, history) = Journal::resume(path, Timestamp::now).map_err(|error| unreadable(path, &error))?;
    let jobs = remaining(&history, Timestamp::now()).map_err(Failure::new)?;
    let admit = match &history.header.plan {
        Some(plan) => Some(Admit::new(policy(&args.policy, global)?, args, plan)?),
        None => None,
    };
    let mut told = Told::new(global);
    let arns: BTreeSet<String> = jobs.iter().map(|job| job.arn.clone()).collect();
    if jobs.is_empty() {
        return told.end(Some(path), &Summary::default(), &[], false);
    }
    let Some(aws) = connect(args, &arns)? else { return Ok(interrupted()) };
    let (mut open, plan) = (Vec::new(), history.header.plan.as_ref());
    for job in jobs {
        let change = plan.map(|plan| &plan.changes[job.number]);
        let checked = match (&admit, change) {
            (Some(admit), Some(change)) => admit.change(change, &aws),
            _ => aws.leads_to(&job.arn),
        };
        match checked {
            Ok(()) => open.push(job),
            Err(why) => told.refuse(&job.arn, &why),
        }
    }
    if !open.is_empty() {
        ask(args, "finish the tags of", &open)?;
    }
    work(&open, &aws, &journal, args, told)
}

fn take_back(path: &Path, args: &FixArgs, global: &Global) -> Result<Outcome, Failure> {
    let history = journal::read(path).map_err(|error| unreadable(path, &error))?;
    let restores = undo(&history, Timestamp::now());
    let mut told = Told::new(global);
    if restores.is_empty() {
        return told.end(None, &Summary::default(), &[], false);
    }
    let arns: BTreeSet<String> = restores.iter().map(|(restore, _)| restore.arn.clone()).collect();
    let Some(aws) = connect(args, &arns)? else { return Ok(interrupted()) };
    let (mut jobs, mut open) = (Vec::new(), Vec::new());
    for (restore, fresh) in restores {
        match aws.leads_to(&restore.arn) {
            Ok(()) => {
                let job = Job::restore(open.len(), &restore.arn, restore.touched.clone(), fresh);
                jobs.push(job.map_err(Failure::new)?);
                open.push(restore);
            }
            Err(why) => told.refuse(&restore.arn, &why),
        }
    }
    if jobs.is_empty() {
        return told.end(None, &Summary::default(), &[], false);
    }
    ask(args, "put back the tags of", &jobs)?;
    let header = Header { restores: open, ..header(args, &arns) };
    let journal = create(args.apply.journal.as_deref(), &header)?;
    work(&jobs, &aws, &journal, args, told)
}

/// Does the jobs and says how they ended.
fn work(jobs: &[Job], aws: &Aws, journal: &Journal, args: &FixArgs, told: Told) -> Result<Outcome, Failure> {
    let patience = Patience(Duration::from_secs(args.apply.patience.into()));
    let summary = run(jobs, aws, journal, patience, &|job, outcome| told.line(job, outcome)).map_err(|error| {
        Failure::new(format!("can't write the journal {}: {error}", journal.path().display())).help(format!(
            "nothing was written that is not in it; when there is room again: taglint fix --resume {}",
            journal.path().display()
        ))
    })?;
    let stopped = aws.stopped();
    if !stopped {
        let failed = |e: io::Error| Failure::new(format!("can't write the journal {}: {e}", journal.path().display()));
        journal.end().map_err(failed)?;
    }
    aws.print_calls(told.verbose);
    told.end(Some(journal.path()), &summary, jobs, stopped)
}

/// A plan from a file.
fn read_plan(path: &Path) -> Result<Plan, Failure> {
    let failed = |why: String| {
        Failure::new(format!("{}: {why}", path.display())).help("`taglint fix --output plan.json` writes a plan")
    };
    let file = File::open(path).map_err(|error| failed(format!("it can't be read: {error}")))?;
    plan::read(file).map_err(|error| failed(error.to_string()))
}

fn unreadable(path: &Path, error: &JournalError) -> Failure {
    let failure = Failure::new(format!("journal {}: {error}", path.display()));
    match error {
        JournalError::InUse => failure.help("wait for the other run to end"),
        JournalError::Empty => failure.help("run the fix again, with another journal"),
        _ => failure.help("`taglint fix --apply` writes a journal, and says where"),
    }
}

/// The accounts that these resources are in, entered.
fn connect(args: &FixArgs, arns: &BTreeSet<String>) -> Result<Option<Aws>, Failure> {
    let targets: Vec<Target<'_>> = arns.iter().filter_map(|arn| Target::of(arn)).collect();
    let options = options(args, &targets)?;
    let accounts = targets.iter().map(|target| target.account.to_owned()).collect();
    match Writer::connect(&options, &accounts) {
        Ok(writer) => Ok(Some(Aws::new(writer))),
        Err(CollectError::Interrupted) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The account flags alone: which resources, types and regions is the plan's or the journal's to say.
fn options(args: &FixArgs, targets: &[Target<'_>]) -> Result<Options, Failure> {
    let live: &LiveArgs = &args.live;
    let read = matches!(args.apply.apply, Some(None));
    let given = [
        ("--region", !live.region.is_empty()),
        ("--all-regions", live.all_regions),
        ("--type", !live.types.is_empty()),
        ("--shard", live.shard.is_some()),
        ("--deadline", live.deadline.is_some()),
    ];
    if let Some((flag, _)) = given.into_iter().find(|(_, given)| *given && !read) {
        return Err(Failure::new(format!("{flag}: the plan or the journal says what is changed"))
            .help("leave it out; it belongs to scans"));
    }
    let mut options = flags::options(live)?;
    let regions: BTreeSet<String> = targets.iter().filter_map(|t| t.region).map(str::to_owned).collect();
    let kinds: BTreeSet<&str> = targets.iter().map(|target| target.kind).collect();
    options.types = Kind::ALL.into_iter().filter(|kind| kinds.contains(kind.as_str())).collect();
    options.regions =
        if regions.is_empty() { Regions::Configured } else { Regions::Named(regions.into_iter().collect()) };
    options.tags_from = TagsFrom::Direct;
    Ok(options)
}

fn arns_of(plan: &Plan) -> BTreeSet<String> {
    plan.changes.iter().map(|change| change.arn.clone()).collect()
}

/// The permits that the flags give.
fn permits(args: &FixArgs) -> BTreeSet<Permit> {
    let all = [
        (args.allow_guess, Permit::AllowGuess),
        (args.allow_remove, Permit::AllowRemove),
        (args.allow_overwrite, Permit::AllowOverwrite),
        (args.allow_managed, Permit::AllowManaged),
        (args.apply.allow_access_change, Permit::AllowAccessChange),
    ];
    all.into_iter().filter(|(given, _)| *given).map(|(_, permit)| permit).collect()
}

fn header(args: &FixArgs, arns: &BTreeSet<String>) -> Header {
    let accounts: BTreeSet<String> =
        arns.iter().filter_map(|arn| Target::of(arn)).map(|target| target.account.to_owned()).collect();
    Header {
        version: journal::VERSION,
        started: Timestamp::now().to_string(),
        accounts: accounts.into_iter().collect(),
        flags: permits(args).into_iter().map(|permit| permit.flag().to_owned()).collect(),
        plan: None,
        restores: Vec::new(),
    }
}

/// A new journal, under the name that was asked for or one that is free.
fn create(path: Option<&Path>, header: &Header) -> Result<Journal, Failure> {
    let failed = |path: &Path, error: &io::Error| {
        Failure::new(format!("can't make the journal {}: {error}", path.display()))
            .help("name a file that is not there yet, in a folder that you may write to, with --journal")
    };
    if let Some(path) = path {
        return Journal::create(path, header.clone(), Timestamp::now).map_err(|error| failed(path, &error));
    }
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    for number in 1..=MOST_NAMES {
        let more = if number == 1 { String::new() } else { format!("-{number}") };
        let path = PathBuf::from(format!("taglint-journal-{time}{more}.jsonl"));
        match Journal::create(&path, header.clone(), Timestamp::now) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path, &error)),
            Ok(journal) => return Ok(journal),
        }
    }
    Err(Failure::new("can't make a journal: every name is taken").help("give one with --journal"))
}

/// Asks on a terminal; nobody is there elsewhere.
fn ask(args: &FixArgs, verb: &str, jobs: &[Job]) -> Result<(), Failure> {
    if args.apply.yes {
        return Ok(());
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::new("nobody is there to ask").help("give --yes where no person answers"));
    }
    let mut by_account: BTreeMap<&str, u64> = BTreeMap::new();
    for target in jobs.iter().filter_map(|job| Target::of(&job.arn)) {
        *by_account.entry(target.account).or_default() += 1;
    }
    for (account, resources) in &by_account {
        eprintln!("account {account}: {}", count(*resources, "resource"));
    }
    eprint!("{} {}? [y/N] ", verb, count(jobs.len() as u64, "resource"));
    let _ = io::stderr().flush();
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Failure::new("nothing was changed").help("answer y to go on")),
    }
}
