//! `taglint fix --apply`, `--resume` and `--undo`: carrying out, finishing and taking back.

mod admit;
mod flags_of;
mod journals;
mod permissions;
mod reach;
mod readers;
mod remote;
mod report;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use self::admit::Admit;
use self::journals::{create, header, unreadable};
pub(super) use self::permissions::permissions;
use self::reach::{accounts_of, arns_of, connect};
use self::remote::Aws;
use self::report::Told;
use super::super::{Failure, Outcome, colored};
use super::interrupted;
use crate::base::{Globs, count, escape};
use crate::cli::{FixArgs, Global};
use crate::engine::Settings;
use crate::fix::apply::{Goal, Job, Patience, Remote as _, Summary, remaining, run, undo};
use crate::fix::journal::{self, Header, Journal};
use crate::fix::plan::{self, Change, Permit, Plan, Readers, Target};
use crate::fix::show;
use crate::iam_policies::KnownPolicies;

/// How long to wait for a write to be seen, in seconds.
const PATIENCE: u16 = 30;

/// Carries out, finishes or takes back what the flags say; `None` where they say to plan only.
pub(in crate::commands) fn fix(args: &FixArgs, global: &Global) -> Option<Result<Outcome, Failure>> {
    match (&args.apply.apply, &args.apply.resume, &args.apply.undo) {
        (Some(Some(path)), ..) => Some(from_file(path, args, global)),
        (_, Some(path), _) => Some(resume(path, args, global)),
        (_, _, Some(path)) => Some(take_back(path, args, global)),
        _ => None,
    }
}

/// Carries out the plan of a file.
fn from_file(path: &Path, args: &FixArgs, global: &Global) -> Result<Outcome, Failure> {
    flags_of::plan(args)?;
    let mut plan = read_plan(path)?;
    plan.changes.retain(|change| is_wanted(args, &change.arn, change.name.as_deref()));
    if plan.changes.is_empty() && !args.resource.is_empty() {
        return Err(Failure::new("--resource: the plan changes no such resource")
            .help("globs match the whole ARN or name, and case counts"));
    }
    if !args.apply.yes {
        show(&plan, None, colored(global, &io::stderr()), global.quiet, &mut io::stderr().lock())
            .map_err(|error| Failure::new(format!("can't write to standard error: {error}")))?;
    }
    carry_out(plan, Origin::File, args, global)
}

/// Whether `--resource` lets a resource be touched: by its ARN, its name or the name in its ARN.
fn is_wanted(args: &FixArgs, arn: &str, name: Option<&str>) -> bool {
    let globs = Globs::new(&args.resource);
    let own = Target::of(arn).map(|target| target.name);
    globs.is_empty() || [Some(arn), name, own].into_iter().flatten().any(|name| globs.matches(name))
}

/// Where a plan comes from.
pub(in crate::commands) enum Origin {
    /// From a file: nobody vouches for it, and every part of it is checked again.
    File,
    /// This run has just made it, with these settings, and with these policies of the accounts in sight.
    Here(Box<Settings>, Option<KnownPolicies>),
}

/// Carries out a plan.
pub(in crate::commands) fn carry_out(
    mut plan: Plan,
    origin: Origin,
    args: &FixArgs,
    global: &Global,
) -> Result<Outcome, Failure> {
    if !args.inputs.is_empty() {
        flags_of::scan(args)?;
    }
    let (made_with, found) = match origin {
        Origin::Here(settings, known) => (Some(*settings), known),
        Origin::File => (None, None),
    };
    let admit = Admit::new(args, global, &plan, made_with)?;
    let (mut told, places) = (Told::new(args, global), arns_of(&plan));
    if plan.changes.is_empty() {
        return told.end(None, &Summary::default(), &[], false);
    }
    let Some(aws) = connect(args, &places)? else { return Ok(interrupted()) };
    let known = readers::known(args, &aws, &accounts_of(&places), found)?;
    admit.owners(&mut plan)?;
    let refused = refused(&plan, &plan.changes, &admit, known.as_ref().map(Readers::new).as_mut(), &aws);
    plan.changes.retain(|change| match refused.get(&change.arn) {
        None => true,
        Some(why) => {
            told.refuse(&change.arn, why);
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
    ask(args, "change the tags of", &jobs, &told)?;
    let header = Header { plan: Some(plan), ..header(args, &places) };
    let journal = create(args.apply.journal.as_deref(), &header)?;
    work(&jobs, &aws, &journal, args, told)
}

/// Which of a plan's changes may not be carried out, and why.
fn refused<'p>(
    plan: &Plan,
    changes: impl IntoIterator<Item = &'p Change>,
    admit: &Admit,
    mut readers: Option<&mut Readers<'_>>,
    aws: &Aws,
) -> BTreeMap<String, String> {
    let users: HashMap<&str, &Change> =
        plan.changes.iter().filter(|c| c.kind == "iam:user").map(|c| (c.arn.as_str(), c)).collect();
    let why =
        |change: &Change| Some((change.arn.clone(), admit.change(change, &users, readers.as_deref_mut(), aws).err()?));
    changes.into_iter().filter_map(why).collect()
}

fn resume(path: &Path, args: &FixArgs, global: &Global) -> Result<Outcome, Failure> {
    let (journal, mut history) = Journal::resume(path, Timestamp::now).map_err(|error| unreadable(path, &error))?;
    let mut jobs = remaining(&history, Timestamp::now()).map_err(Failure::new)?;
    jobs.retain(|job| is_wanted(args, &job.arn, None));
    let plan = history.header.plan.as_mut();
    if plan.is_some() {
        flags_of::plan(args)?;
    } else {
        flags_of::undo(args)?;
    }
    let mut told = Told::new(args, global);
    let places: BTreeSet<String> = jobs.iter().map(|job| job.arn.clone()).collect();
    if jobs.is_empty() {
        return told.end(Some(path), &Summary::default(), &[], false);
    }
    let admit = plan.as_deref().map(|plan| Admit::new(args, global, plan, None)).transpose()?;
    let Some(aws) = connect(args, &places)? else { return Ok(interrupted()) };
    let known = readers::known(args, &aws, &accounts_of(&places), None)?;
    let mut readers = known.as_ref().map(Readers::new);
    let refused = if let (Some(plan), Some(admit)) = (plan, admit) {
        admit.owners(plan)?;
        let left = jobs.iter().map(|job| &plan.changes[job.number]);
        refused(plan, left, &admit, readers.as_mut(), &aws)
    } else {
        let why = |job: &Job| Some((job.arn.clone(), may_go_back(job, readers.as_mut(), &aws).err()?));
        jobs.iter().filter_map(why).collect()
    };
    let mut open = Vec::new();
    for job in jobs {
        match refused.get(&job.arn) {
            None => open.push(job),
            Some(why) => told.refuse(&job.arn, why),
        }
    }
    if !open.is_empty() {
        ask(args, "finish the tags of", &open, &told)?;
    }
    work(&open, &aws, &journal, args, told)
}

/// Whether what a fix touched may be put back.
fn may_go_back(job: &Job, readers: Option<&mut Readers<'_>>, aws: &Aws) -> Result<(), String> {
    aws.leads_to(&job.arn)?;
    match (&job.goal, readers) {
        (Goal::Restore { touched, .. }, Some(readers)) => readers::restore(&job.arn, touched, readers),
        _ => Ok(()),
    }
}

fn take_back(path: &Path, args: &FixArgs, global: &Global) -> Result<Outcome, Failure> {
    flags_of::undo(args)?;
    let history = journal::read(path).map_err(|error| unreadable(path, &error))?;
    let mut restores = undo(&history, Timestamp::now());
    restores.retain(|(restore, _)| is_wanted(args, &restore.arn, None));
    let mut told = Told::new(args, global);
    if restores.is_empty() {
        return told.end(None, &Summary::default(), &[], false);
    }
    let places: BTreeSet<String> = restores.iter().map(|(restore, _)| restore.arn.clone()).collect();
    let Some(aws) = connect(args, &places)? else { return Ok(interrupted()) };
    let known = readers::known(args, &aws, &accounts_of(&places), None)?;
    let mut readers = known.as_ref().map(Readers::new);
    let (mut jobs, mut open) = (Vec::new(), Vec::new());
    for (restore, fresh) in restores {
        let job = Job::restore(open.len(), &restore.arn, restore.touched.clone(), fresh).map_err(Failure::new)?;
        match may_go_back(&job, readers.as_mut(), &aws) {
            Ok(()) => {
                jobs.push(job);
                open.push(restore);
            }
            Err(why) => told.refuse(&restore.arn, &why),
        }
    }
    if jobs.is_empty() {
        return told.end(None, &Summary::default(), &[], false);
    }
    ask(args, "put back the tags of", &jobs, &told)?;
    let header = Header { restores: open, ..header(args, &places) };
    let journal = create(args.apply.journal.as_deref(), &header)?;
    work(&jobs, &aws, &journal, args, told)
}

/// Does the jobs and says how they ended.
fn work(jobs: &[Job], aws: &Aws, journal: &Journal, args: &FixArgs, told: Told) -> Result<Outcome, Failure> {
    let patience = Patience(Duration::from_secs(args.apply.patience.unwrap_or(PATIENCE).into()));
    told.begin(jobs.len());
    let summary = run(jobs, aws, journal, patience, &|job, outcome| told.line(job, outcome));
    told.clear();
    let path = journal.path().display().to_string();
    let path = escape(&path);
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => {
            // What was written before is in the journal, so this is no failure in which nothing was done.
            eprintln!("error: can't write the journal {path}: {error}; nothing was written that is not in it");
            eprintln!(" help: when there is room again: taglint fix --resume {path}");
            return Ok(Outcome::Incomplete);
        }
    };
    let stopped = aws.stopped();
    if !stopped {
        // That the end is not marked costs a later --resume some reads, and nothing else.
        let _ = journal.end();
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

/// Asks on a terminal; nobody is there elsewhere.
fn ask(args: &FixArgs, verb: &str, jobs: &[Job], told: &Told) -> Result<(), Failure> {
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
    told.preview();
    eprint!("{} {}? [y/N] ", verb, count(jobs.len() as u64, "resource"));
    let _ = io::stderr().flush();
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Failure::new("nothing was changed").help("answer y to go on")),
    }
}
