//! `taglint policy`.

mod compare;
mod export;
mod fetch;
mod input;
mod lock;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use self::input::import_input;
use super::inputs::{day, known_names, note, plain_input_options, policy as load_policy, policy_source};
use super::outcome::colored;
use super::output::stdout;
use super::settings::check_file;
use super::{Failure, RunOutcome, diagnostics};
use crate::authoring::{explain, import, schema};
use crate::base::{LogSpelling, count, escape, print_stderr, quote};
use crate::cli::{Cli, Global, PolicyArgs, PolicyCommand};
use crate::engine::{Difference, TestResult, run_tests};
use crate::model::Day;
use crate::policy::{PACKS, Policy, PolicySource, load, root_files};

/// Runs a subcommand of `taglint policy`.
pub(super) fn run(command: &PolicyCommand, global: &Global) -> Result<RunOutcome, Failure> {
    match command {
        PolicyCommand::List(args) => list(args, global),
        PolicyCommand::Check { paths, named, now } => {
            check(&[&paths[..], named].concat(), day(now.as_deref())?, global)
        }
        PolicyCommand::Test { paths, named, require_coverage, now } => {
            test(&[&paths[..], named].concat(), *require_coverage, day(now.as_deref())?, global)
        }
        PolicyCommand::Explain { what, resource, now, policy } => {
            let loaded = load_policy(policy, global)?;
            let text = match resource {
                None => explain_rule(&loaded, what)?,
                Some(name) => explain_resource(&loaded, Path::new(what), name, day(now.as_deref())?)?,
            };
            stdout(LogSpelling::Text, text.as_bytes())?;
            Ok(RunOutcome::Good)
        }
        PolicyCommand::Schema => {
            stdout(LogSpelling::Json, schema::json_schema().as_bytes())?;
            Ok(RunOutcome::Good)
        }
        PolicyCommand::Import { files } => import_files(files),
        PolicyCommand::Lock { paths, named } => lock::run(&[&paths[..], named].concat(), global),
        PolicyCommand::Export(args) => export::run(args, global),
        PolicyCommand::Diff(args) => compare::run(args, global),
    }
}

/// Prints the policy file, and names on standard error what is not in it: `--quiet` does not change what it means.
fn import_files(files: &[PathBuf]) -> Result<RunOutcome, Failure> {
    let inputs = files.iter().map(|file| import_input(file)).collect::<Result<Vec<_>, _>>()?;
    let imported = import::import(&inputs).map_err(|error| {
        Failure::new(error.to_string()).help(
            "give an AWS tag policy, AWS Config's required-tags rule or the output of list-required-tags; see `taglint policy import --help`",
        )
    })?;
    stdout(LogSpelling::Json, imported.policy.as_bytes())?;
    for omitted in &imported.omitted {
        note(omitted);
    }
    Ok(RunOutcome::Good)
}

fn explain_rule(policy: &Policy, id: &str) -> Result<String, Failure> {
    if let Some(target) = policy.target(id) {
        return Ok(explain::explain_target(policy, target));
    }
    let rule = policy.rule(id).ok_or_else(|| {
        let ids = policy.rules.iter().map(|rule| rule.id.as_str());
        let ids = ids.chain(policy.targets.iter().map(|target| target.id.as_str()));
        Failure::new(format!("the policy has no rule {}", quote(id))).help(known_names(id, ids, "the rules"))
    })?;
    Ok(explain::explain_rule(policy, rule))
}

fn explain_resource(policy: &Policy, inventory: &Path, name: &str, today: Day) -> Result<String, Failure> {
    let inputs = crate::input::open(inventory, &plain_input_options()?)?
        .into_iter()
        .map(|opened| opened.input)
        .collect::<Vec<_>>();
    let found = crate::engine::find_resource(policy, &inputs, name)?;
    let Some((resource, others)) = found else {
        return Err(Failure::new(format!("{} has no resource {}", inventory.display(), quote(name)))
            .help("give its ARN, address or name"));
    };
    Ok(explain::explain_resource(policy, &resource, today, &others))
}

/// Tests the named packs one by one, and all files together as one policy.
fn test(paths: &[PathBuf], require_coverage: bool, today: Day, global: &Global) -> Result<RunOutcome, Failure> {
    let pack =
        // A file with the name of a pack takes precedence.
        |path: &PathBuf| PACKS.iter().map(|(name, _)| *name).find(|name| path.as_os_str() == *name && !path.exists());
    let packs: Vec<_> = paths.iter().filter_map(pack).map(PolicySource::Pack).collect();
    let files: Vec<_> = paths.iter().filter(|path| pack(path).is_none()).cloned().collect();
    let mut sources = packs;
    if !files.is_empty() {
        sources.push(PolicySource::Paths(files));
    } else if sources.is_empty() {
        sources.push(policy_source(&PolicyArgs { policy: Vec::new() }, global));
    }
    let mut good = true;
    for source in &sources {
        let policy = load(source)?;
        good &= test_policy(&policy, require_coverage, today, global)?;
    }
    Ok(if good { RunOutcome::Good } else { RunOutcome::Findings })
}

fn test_policy(policy: &Policy, require_coverage: bool, today: Day, global: &Global) -> Result<bool, Failure> {
    if policy.tests.is_empty() {
        return Err(Failure::new(format!("the policy {} has no tests", quote(&policy.name)))
            .help("add a [[test]] with a resource and the expected findings"));
    }
    let (results, coverage) = run_tests(policy, today);
    let mut out = String::new();
    let failed = results.iter().filter(|result| !result.differences.is_empty()).count();
    for result in &results {
        if !result.differences.is_empty() {
            out += &failure(result);
        } else if global.verbose > 0 {
            let _ = writeln!(out, "ok    {}", escape(&result.case.name));
        }
    }
    let mut good = failed == 0;
    if require_coverage {
        for (rules, what) in [(&coverage.never_pass, "passes"), (&coverage.never_fail, "fails")] {
            for rule in rules {
                good = false;
                let _ = writeln!(out, "no test in which {rule} {what}");
            }
        }
    }
    let _ = writeln!(out, "{}: {}, {failed} failed", policy.name, count(results.len() as u64, "test"));
    stdout(LogSpelling::Text, out.as_bytes())?;
    Ok(good)
}

fn failure(result: &TestResult<'_>) -> String {
    let origin = &result.case.origin;
    let (line, _) = origin.file.line_column(origin.span.start);
    let mut out = format!("FAIL  {}  ({}:{line})\n", escape(&result.case.name), origin.file.path.display());
    for difference in &result.differences {
        let (sign, what, why) = match difference {
            Difference::MissingFinding(rule, why) => ('-', format!("expected {rule}"), why),
            Difference::UnexpectedFinding(rule, why) => ('+', format!("reported {rule}"), why),
            Difference::MissingUnknown(rule, why) => ('-', format!("expected {rule} to be unknown"), why),
            Difference::UnexpectedUnknown(rule, why) => ('+', format!("{rule} is unknown"), why),
        };
        let _ = writeln!(out, "    {sign} {what}: {}", escape(why));
    }
    out
}

fn list(args: &PolicyArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let policy = load_policy(args, global)?;
    let ids = policy.rules.iter().map(|rule| rule.id.len()).chain(policy.targets.iter().map(|target| target.id.len()));
    let width = ids.max().unwrap_or(0);
    let mut text = String::new();
    for rule in &policy.rules {
        let (id, severity, kind) = (&rule.id, rule.severity.name(), rule.kind.name());
        text += &format!("{id:<width$}  {severity:<7}  {kind:<12}  {}\n", crate::base::escape(&rule.description));
    }
    for target in &policy.targets {
        let (id, severity, about) = (&target.id, target.severity.name(), escape(&target.description));
        text += &format!("{id:<width$}  {severity:<7}  {:<12}  {about}\n", "target");
    }
    stdout(LogSpelling::Text, text.as_bytes())?;
    Ok(RunOutcome::Good)
}

fn check(paths: &[PathBuf], today: Day, global: &Global) -> Result<RunOutcome, Failure> {
    let source = policy_source(&PolicyArgs { policy: paths.to_vec() }, global);
    let policy = load(&source)?;
    let cli = <Cli as clap::CommandFactory>::command();
    let mistakes: Vec<_> = root_files(&source)?.iter().flat_map(|file| check_file(&cli, file)).collect();
    if !mistakes.is_empty() {
        return Err(Failure::of_settings(mistakes));
    }
    if !policy.warnings.is_empty() {
        print_stderr(&diagnostics::problems(
            &policy.warnings,
            colored(global, &std::io::stderr()),
            super::stderr_width(),
        ));
    }
    policy.check_waivers(today)?;
    let rules = crate::base::count(policy.rules.len() as u64, "rule");
    let tests = crate::base::count(policy.tests.len() as u64, "test");
    let targets = match policy.targets.len() as u64 {
        0 => String::new(),
        n => format!(", {}", count(n, "target")),
    };
    stdout(LogSpelling::Text, format!("{}: {rules}{targets}, {tests}, no errors\n", policy.name).as_bytes())?;
    Ok(RunOutcome::Good)
}
