//! `taglint check`, and what every check does with a finished report.

use std::path::{Path, PathBuf};

use super::inputs::{chosen, day, note, policy};
use super::output::{OutputFile, stdout_with};
use super::split::SarifFolder;
use super::{Failure, Outcome, colored};
use crate::base::quote;
use crate::cli::{CheckArgs, FailOn, FileCheckArgs, FormatArg, Global, ManagedArgs, ShowArg};
use crate::engine::{Baseline, Input, InputKind, Ownership, QuickPaths, Redactor, Report, Settings, run};
use crate::input::{self, Managers, open_all};
use crate::model::Day;
use crate::policy::{Policy, Severity};
use crate::report::{self, Format, Options, Show};

/// Checks files.
pub(super) fn check_files(args: &FileCheckArgs, global: &Global) -> Result<Outcome, Failure> {
    let day = day(args.now.as_deref())?;
    let plan = CheckPlan::new(&args.check, policy(&args.check.policy, global)?)?;
    let options = input_options(args)?;
    let managers = managers(&args.managed, &options, global)?;
    let mut inputs = Vec::new();
    for opened in open_all(&args.inputs, &options)? {
        if !global.quiet {
            opened.notes.iter().for_each(|text| note(text));
        }
        inputs.push(opened.input);
    }
    plan.carry_out(&args.check, global, managers.as_ref(), inputs, day)
}

/// Reads what manages live resources, if any of it was given.
pub(super) fn managers(
    args: &ManagedArgs,
    options: &input::Options,
    global: &Global,
) -> Result<Option<Managers>, Failure> {
    if args.terraform_state.is_empty() && args.stack_resources.is_empty() {
        return Ok(None);
    }
    let managers = Managers::open(&args.terraform_state, &args.stack_resources, options)?;
    if !global.quiet {
        managers.notes.iter().for_each(|text| note(text));
    }
    Ok(Some(managers))
}

/// What the flags say of the inputs.
fn input_options(args: &FileCheckArgs) -> Result<input::Options, Failure> {
    let source = &args.source;
    let mut keys: Vec<&str> = source.stack_tags.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Failure::new(format!("--stack-tag {}: the key is given twice", quote(pair[0])))
            .help("a stack has one value for a key: leave one out"));
    }
    let template = !args.managed.stack_resources.is_empty();
    if let Some(folder) = source.source.as_ref().filter(|path| !(path.is_dir() || (template && path.is_file()))) {
        return Err(Failure::new(format!("--source {}: there is no such folder", folder.display()))
            .help("name the folder of the Terraform source that the plan was made from"));
    }
    Ok(input::Options {
        format: args.input_format,
        source: source.source.clone(),
        changed: (source.changed || source.all).then_some(source.changed),
        stack_tags: source.stack_tags.clone(),
        account: source.account.clone(),
        region: source.region.clone(),
        several: args.inputs.len() > 1,
        srcroot: args.check.srcroot.clone().unwrap_or_else(repository_root),
    })
}

/// A check whose flags are all good and whose files can be written: what is left can only fail by itself.
pub(super) struct CheckPlan {
    policy: Policy,
    chosen: Vec<bool>,
    baseline: Option<Baseline>,
    files: Vec<(Format, OutputFile)>,
    split: Option<SarifFolder>,
}

impl CheckPlan {
    /// Tries everything that can be wrong before the first call or byte is read.
    pub(super) fn new(args: &CheckArgs, policy: Policy) -> Result<Self, Failure> {
        let chosen = chosen(&policy, &args.select, &args.ignore)?;
        let baseline = args.baseline.as_deref().map(baseline).transpose()?;
        let files = args.output.iter().map(|path| output(path)).collect::<Result<_, _>>()?;
        let split = args.sarif_split.as_deref().map(SarifFolder::open).transpose()?;
        Ok(Self { policy, chosen, baseline, files, split })
    }

    /// The policy.
    #[cfg(feature = "aws")]
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Which of its rules were chosen.
    #[cfg(feature = "aws")]
    pub(super) fn chosen(&self) -> &[bool] {
        &self.chosen
    }

    /// Checks, writes every report, and says how it ended.
    pub(super) fn carry_out(
        self,
        args: &CheckArgs,
        global: &Global,
        managers: Option<&Managers>,
        mut inputs: Vec<Input>,
        today: Day,
    ) -> Result<Outcome, Failure> {
        let mut managed = managers.map(|_| Ownership::default());
        if let (Some(managers), Some(managed)) = (managers, &mut managed) {
            for input in inputs.iter_mut().filter(|input| input.kind == InputKind::Live) {
                *input = managers.attach(input.clone(), managed)?;
            }
        }
        let show = Show {
            waived: args.show.contains(&ShowArg::Waived),
            unknown: args.show.contains(&ShowArg::Unknown),
            passed: args.show.contains(&ShowArg::Passed),
        };
        let settings = Settings {
            policy: self.policy,
            today,
            chosen: self.chosen,
            baseline: self.baseline,
            show_passed: show.passed,
            redactor: redactor(args.redact)?,
            managed,
            quick_paths: quick_paths(),
        };
        let mut report = run(settings, inputs)?;
        let mut options = Options {
            show,
            color: false,
            quiet: global.quiet,
            verbose: global.verbose,
            srcroot: args.srcroot.clone().unwrap_or_else(repository_root),
            sarif_limit: args.sarif_limit,
            sarif_category: args.sarif_category.clone(),
            allow_incomplete: args.allow_incomplete,
            narrowed: narrowed(args),
        };
        for (format, file) in self.files {
            file.write(|out| report::write(format, &report, &options, out))?;
        }
        if let Some(folder) = self.split {
            folder.write(&mut report, &options, global)?;
        }
        options.color = colored(global, &std::io::stdout());
        stdout_with(|out| report::write(format_of(args.format), &report, &options, out))?;
        Ok(outcome(&report, args))
    }
}

/// The exit code: incomplete is stronger than findings, as an incomplete scan must not pass for a finished one.
fn outcome(report: &Report, args: &CheckArgs) -> Outcome {
    let worst = match args.fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Note => Some(Severity::Note),
        FailOn::Never => None,
    };
    let tally = report.summary();
    let counted = if report.settings().baseline.is_some() { tally.new } else { tally.findings };
    let failing = worst.is_some_and(|worst| Severity::ALL.iter().any(|s| *s <= worst && counted[*s as usize] > 0));
    if !report.complete() && !args.allow_incomplete {
        Outcome::Incomplete
    } else if failing || (args.fail_on_unknown && tally.unknown_results > 0) {
        Outcome::Findings
    } else {
        Outcome::Good
    }
}

fn format_of(format: FormatArg) -> Format {
    match format {
        FormatArg::Text => Format::Text,
        FormatArg::Json => Format::Json,
        FormatArg::Jsonl => Format::Jsonl,
        FormatArg::Sarif => Format::Sarif,
        FormatArg::Github => Format::Github,
        FormatArg::Markdown => Format::Markdown,
        FormatArg::Csv => Format::Csv,
        FormatArg::Junit => Format::Junit,
        FormatArg::Html => Format::Html,
    }
}

fn output(path: &Path) -> Result<(Format, OutputFile), Failure> {
    let name = path.to_string_lossy();
    let Some(format) = Format::of_path(&name) else {
        let endings = Format::ALL.iter().flat_map(|(_, _, endings, _)| endings.iter().copied());
        return Err(Failure::new(format!("--output {name}: the ending tells no format"))
            .help(format!("endings are {}", crate::base::any_of(endings.map(str::to_owned)))));
    };
    Ok((format, OutputFile::open(path)?))
}

fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let failed = |why: String| {
        Failure::new(format!("--baseline {}: {why}", path.display())).help("write one with --output baseline.json")
    };
    let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
    Baseline::parse(&text).map_err(|e| failed(e.to_string()))
}

/// The root of the repository around the working folder, else the working folder.
pub(super) fn repository_root() -> PathBuf {
    let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let root = folder.ancestors().find(|parent| parent.join(".git").exists()).map(Path::to_owned);
    root.unwrap_or(folder)
}

/// What narrows the run, as one text: such a run must not close the alerts of a whole one.
fn narrowed(args: &CheckArgs) -> Option<String> {
    let mut parts: Vec<String> = args.select.iter().map(|rule| format!("select {rule}")).collect();
    parts.extend(args.ignore.iter().map(|rule| format!("ignore {rule}")));
    parts.sort();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The optimizations to use: none with the hidden `TAGLINT_SLOW=1`, which confirms or rules out an error in one of them.
fn quick_paths() -> QuickPaths {
    if std::env::var_os("TAGLINT_SLOW").is_some_and(|value| value == "1") { QuickPaths::NONE } else { QuickPaths::ALL }
}

/// The key of `--redact`: the one of the environment, so that reports can be compared, else one of this run.
fn redactor(wanted: bool) -> Result<Option<Redactor>, Failure> {
    if !wanted {
        return Ok(None);
    }
    if let Some(key) = std::env::var_os("TAGLINT_REDACT_KEY").filter(|key| !key.is_empty()) {
        return Ok(Some(Redactor::new(key.as_encoded_bytes())));
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|e| Failure::new(format!("--redact: no random key: {e}")).help("set TAGLINT_REDACT_KEY"))?;
    Ok(Some(Redactor::new(&key)))
}
