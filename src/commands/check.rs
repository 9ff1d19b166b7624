//! `taglint check`, and the reports of every check.

use std::path::{Path, PathBuf};

use super::deployment;
use super::git_commit::policy_of_commit;
use super::inputs::{chosen, day, note, policy, unpack_budget};
use super::outcome::colored;
use super::output::{OutputFile, built, stdout_with};
use super::page::{page_options, without_effect};
use super::progress::ReadWatch;
use super::split::SarifFolder;
use super::split_by::PartsFolder;
use super::terminal::stdout_width;
use super::{Failure, RunOutcome};
use crate::base::{any_of, count, escape, percent_text, read_named, thousands};
use crate::cli::{CheckArgs, FileCheckArgs, Global, ManagedArgs};
use crate::cost::{CostError, CostLedger, read_costs};
use crate::engine::{
    Baseline, BaselineError, BaselineKey, Input, InputKind, MIN_REDACTION_KEY, Ownership, QuickPaths, Redactor, Report,
    Settings, run,
};
use crate::input::{self, ManagedResourceIndex, open_all, open_inputs_among};
use crate::model::Day;
use crate::policy::{Policy, Severity};
use crate::report::{
    FORMATS, NotifyOptions, PageOptions, ReportFormat, ReportOptions, Show, finding_line_of, format_of_path, has_costs,
    is_page,
};

/// The number of groups that the error of a run without any judged resource names.
const NAMED_REASONS: usize = 5;
/// The findings that a terminal shows by default: some screens, within what one can scroll back.
const SHOWN_ON_TERMINAL: u64 = 200;
/// The largest baseline in bytes: that of millions of findings.
const MAX_BASELINE: u64 = 1 << 30;

/// Checks files.
pub(super) fn check_files(args: &FileCheckArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let day = day(args.now.as_deref())?;
    let policy = match &args.policy_from {
        Some(reference) => policy_of_commit(reference, &args.check.rules.policy.policy, global)?,
        None => policy(&args.check.rules.policy, global)?,
    };
    policy.check_waivers(day)?;
    let mut plan = PreparedCheck::new(&args.check, policy)?;
    plan.may_be_empty = args.skip_other_files;
    let watch = ReadWatch::new(!args.no_progress && !global.quiet);
    let options = input::InputOptions { progress: watch.progress.clone(), ..input_options(args)? };
    let managers = managers(&args.managed, &options, global, &|text| plan.shown(text))?;
    let (opened, skipped) = watch.during(|| {
        if args.skip_other_files {
            open_inputs_among(&args.inputs, &options)
        } else {
            open_all(&args.inputs, &options).map(|opened| (opened, Vec::new()))
        }
    })?;
    for text in skipped.iter().filter(|_| !global.quiet) {
        note(&plan.shown(text));
    }
    let mut inputs = Vec::new();
    for opened in opened {
        if !global.quiet {
            opened.notes.iter().for_each(|text| note(&plan.shown(text)));
        }
        inputs.push(opened.input);
    }
    refuse_stack_flags(args, &inputs)?;
    plan.carry_out(&args.check, global, managers.as_ref(), inputs, day, &watch)
}

/// Refuses the facts of a stack where no input is a template: the user would take their tags for checked.
fn refuse_stack_flags(args: &FileCheckArgs, inputs: &[Input]) -> Result<(), Failure> {
    let has_template = inputs.iter().any(|input| matches!(input.kind, InputKind::CloudFormation { .. }));
    if has_template || args.skip_other_files || !args.managed.stack_resources.is_empty() {
        return Ok(());
    }
    match ["--stack-tag", "--stack-name"].into_iter().find(|flag| is_typed(flag)) {
        Some(flag) => Err(Failure::new(format!("{flag}: no input is a template of CloudFormation"))
            .help("remove the flag; in Terraform, `default_tags` of the provider give tags to all resources")),
        None => Ok(()),
    }
}

/// Returns `true` if the command line has a flag, and no setting alone.
fn is_typed(flag: &str) -> bool {
    let is = |text: &str| text.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
    std::env::args_os().skip(1).any(|argument| argument.to_str().is_some_and(is))
}

/// The Terraform states and stacks of live resources, if given.
pub(super) fn managers(
    args: &ManagedArgs,
    options: &input::InputOptions,
    global: &Global,
    shown: &dyn Fn(&str) -> String,
) -> Result<Option<ManagedResourceIndex>, Failure> {
    if args.terraform_state.is_empty() && args.stack_resources.is_empty() {
        return Ok(None);
    }
    let managers = ManagedResourceIndex::open(&args.terraform_state, &args.stack_resources, options)?;
    if !global.quiet {
        managers.notes.iter().for_each(|text| note(&shown(text)));
    }
    Ok(Some(managers))
}

/// The input options of the flags.
fn input_options(args: &FileCheckArgs) -> Result<input::InputOptions, Failure> {
    let source = &args.source;
    let template = !args.managed.stack_resources.is_empty();
    if let Some(folder) = source.source.as_ref().filter(|path| !(path.is_dir() || (template && path.is_file()))) {
        return Err(Failure::new(format!("--source {}: no such folder", folder.display()))
            .help("give the folder of the Terraform source of the plan"));
    }
    if let Some(days) = args.day.filter(|_| !args.inputs.iter().any(|path| input::is_lake(path))) {
        return Err(Failure::new(format!("--day {days}: no input is a lake"))
            .help("name the folder that `taglint collect --lake` writes, with folders such as dt=2026-11-27"));
    }
    let mut options = input::InputOptions {
        format: args.input_format.or(args.event.then_some(input::EVENT)),
        lake_days: args.day.map_or(input::LakeDays::Newest, input::LakeDays::Range),
        source: source.source.clone(),
        changed: (source.changed || source.all).then_some(source.changed),
        variable_files: source.variable_files.clone(),
        variables: source.variables.clone(),
        workspace: source.workspace.clone(),
        account: source.account.clone(),
        several: args.inputs.len() > 1,
        srcroot: args.check.srcroot.clone().unwrap_or_else(repository_root),
        unpack: unpack_budget()?,
        ..input::InputOptions::default()
    };
    deployment::add(source, &mut options)?;
    Ok(options)
}

/// A check with valid flags and writable files.
pub(super) struct PreparedCheck {
    policy: Policy,
    chosen: Vec<bool>,
    baseline: Option<(Baseline, BaselineKey)>,
    redactor: Option<Redactor>,
    files: Vec<(&'static ReportFormat, OutputFile)>,
    costs: Option<CostLedger>,
    split: Option<SarifFolder>,
    parts: Option<PartsFolder>,
    /// The options of the web page and of messages.
    page: PageOptions,
    /// `true` if a web page is written, which has the passing resources.
    has_page: bool,
    /// True if a run without any resource passes (`--skip-other-files`).
    may_be_empty: bool,
}

impl PreparedCheck {
    /// Validates the flags and opens the output files, before any input is read or any call is made.
    pub(super) fn new(args: &CheckArgs, policy: Policy) -> Result<Self, Failure> {
        let chosen = chosen(&policy, &args.rules)?;
        let redactor = redactor(args.redact)?;
        let baseline = args.baseline.as_deref().map(|path| baseline(path, redactor.as_ref())).transpose()?;
        built(args.format)?;
        let files: Vec<_> = args.output.iter().map(|path| output(path)).collect::<Result<_, _>>()?;
        let parts = PartsFolder::open(args)?;
        let of_parts: Vec<_> = parts.iter().flat_map(PartsFolder::formats).collect();
        let formats: Vec<_> = files.iter().map(|(format, _)| *format).chain([args.format]).collect();
        let page = page_options(args, &formats, &of_parts)?.unwrap_or_default();
        let has_page = formats.iter().any(|format| is_page(format));
        let costs = if args.cost.is_empty() { None } else { Some(read_costs(&args.cost)?) };
        let split = args.sarif_split.as_deref().map(SarifFolder::open).transpose()?;
        Ok(Self { policy, chosen, baseline, redactor, files, costs, split, parts, page, has_page, may_be_empty: false })
    }

    /// A message for standard error, redacted if the report is.
    pub(super) fn shown(&self, text: &str) -> String {
        self.redactor.as_ref().map_or_else(|| text.to_owned(), |redactor| redactor.text(text))
    }

    /// The policy.
    #[cfg(feature = "aws")]
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// For each rule, `true` if it was selected.
    #[cfg(feature = "aws")]
    pub(super) fn chosen(&self) -> &[bool] {
        &self.chosen
    }

    /// Checks the inputs and writes every report.
    pub(super) fn carry_out(
        self,
        args: &CheckArgs,
        global: &Global,
        managers: Option<&ManagedResourceIndex>,
        mut inputs: Vec<Input>,
        today: Day,
        watch: &ReadWatch,
    ) -> Result<RunOutcome, Failure> {
        if !global.quiet {
            let of_parts = self.parts.iter().flat_map(PartsFolder::formats);
            let formats: Vec<_> =
                self.files.iter().map(|(format, _)| *format).chain([args.format]).chain(of_parts).collect();
            for text in without_effect(args, &formats, &is_typed) {
                note(&text);
            }
        }
        let mut managed = managers.map(|_| Ownership::default());
        if let (Some(managers), Some(managed)) = (managers, &mut managed) {
            for input in inputs.iter_mut().filter(|input| input.kind == InputKind::Live) {
                *input = managers.attach(input.clone(), managed)?;
            }
        }
        let (baseline, key) = self.baseline.unzip();
        let formats = self.files.iter().map(|(format, _)| *format).chain([args.format]);
        let mut without: Vec<&str> =
            formats.clone().filter(|format| !has_costs(format)).map(|format| format.name).collect();
        without.dedup();
        if self.costs.is_some() && !without.is_empty() && !global.quiet {
            note(&format!("without costs, which have no place there: {}", without.join(", ")));
        }
        if let Some(what) = self.costs.as_ref().and_then(CostLedger::lacks).filter(|_| !global.quiet) {
            note(&format!(
                "--cost: the export has no {what}, so costs of resources that it names by an ID alone are unknown"
            ));
        }
        // Costs are known after the first pass.
        let finding_line = finding_line_of(formats, self.redactor.is_some()).filter(|_| self.costs.is_none());
        let settings = Settings {
            policy: self.policy,
            today,
            chosen: self.chosen,
            baseline,
            // The web page and the index of parts say which share of a team's resources passes, and costs are those of all.
            show_passed: args.show.contains(&Show::Passed)
                || self.has_page
                || self.parts.is_some()
                || self.costs.is_some(),
            redactor: self.redactor,
            managed,
            quick_paths: QuickPaths::of_environment(),
            progress: watch.progress.clone(),
            finding_line,
        };
        let mut report = watch.during(|| run(settings, inputs))?;
        if let Some(costs) = self.costs {
            report.add_costs(costs).map_err(|e| Failure::new(format!("--cost: {e}")))?;
        }
        if key == Some(BaselineKey::NotChecked) {
            confirm_baseline(&report, args)?;
        }
        let mut options = ReportOptions {
            show: args.show.clone(),
            color: false,
            width: None,
            limit: None,
            quiet: global.quiet,
            verbose: global.verbose,
            srcroot: args.srcroot.clone().unwrap_or_else(repository_root),
            sarif_limit: args.sarif_limit,
            sarif_category: args.sarif_category.clone(),
            allow_incomplete: args.allow_incomplete,
            narrowed: narrowed(args),
            page: self.page,
            notify: NotifyOptions {
                report_url: args.report_url.clone(),
                jira_project: args.jira_project.clone(),
                jira_issue_type: Some(args.jira_issue_type.clone()),
            },
        };
        // Files come first, so that an error of standard output loses none of them.
        for (format, file) in self.files {
            watch.progress.begin(|| format!("writing {}", file.path().display()), None, None);
            watch.during(|| file.write(|out| format.write(&report, &options, out)))?;
        }
        if let Some(folder) = self.split {
            folder.write(&mut report, &options, global)?;
        }
        if let Some(folder) = self.parts {
            folder.write(&mut report, &options, global)?;
        }
        // Only standard output can be a terminal.
        options.color = colored(global, &std::io::stdout());
        let terminal = stdout_width();
        options.width = args.width.or(terminal).filter(|width| *width > 0);
        options.limit = args.limit.or(terminal.map(|_| SHOWN_ON_TERMINAL)).filter(|limit| *limit > 0);
        stdout_with(args.format.log, |out| args.format.write(&report, &options, out))?;
        // A report with gaps says itself that it is incomplete.
        let may_pass = self.may_be_empty && report.coverage().missed() == 0;
        if report.judged_nothing() && !may_pass && (report.complete() || args.allow_incomplete) {
            return Err(nothing_judged(&report));
        }
        Ok(outcome(&report, args))
    }
}

impl From<CostError> for Failure {
    fn from(error: CostError) -> Self {
        let message = format!("--cost {error}");
        Self::new(message).help(error.help)
    }
}

/// The error of a run in which no rule judged anything: an empty list of findings would look like a pass.
fn nothing_judged(report: &Report) -> Failure {
    let reasons: Vec<String> = report
        .coverage()
        .not_judged
        .iter()
        .take(NAMED_REASONS)
        .map(|group| format!("{} {} ({})", group.count, escape(&group.kind), group.reason.about()))
        .collect();
    let seen = if reasons.is_empty() { "the inputs contain no resources".to_owned() } else { reasons.join(", ") };
    Failure::new(format!("nothing was judged: {seen}"))
        .help("check other inputs, or rules whose `resources` concern these; -v lists everything that was skipped")
}

/// Whether rules judged at least the required share. A note on standard error says so if not.
fn is_covered(report: &Report, required: Option<u64>) -> bool {
    let (Some(least), Some(share)) = (required, report.coverage().share()) else { return true };
    if share < least {
        note(&format!(
            "rules cover {} of the resources that may need tags; --require-coverage requires {} ({} not judged)",
            percent_text(share),
            percent_text(least),
            thousands(report.coverage().missed())
        ));
    }
    share >= least
}

/// The exit code. An incomplete run takes precedence over findings, so that it never looks like a complete one.
fn outcome(report: &Report, args: &CheckArgs) -> RunOutcome {
    let tally = &report.summary().counts;
    let counted = if report.settings().baseline.is_some() { tally.new } else { tally.findings };
    let failing =
        args.fail_on.0.is_some_and(|worst| Severity::ALL.iter().any(|s| *s <= worst && counted[*s as usize] > 0));
    if !is_covered(report, args.require_coverage) || (!report.complete() && !args.allow_incomplete) {
        RunOutcome::Incomplete
    } else if failing || (args.fail_on_unknown && (tally.unknown_results > 0 || report.has_unknown_target())) {
        RunOutcome::Findings
    } else {
        RunOutcome::Good
    }
}

/// The file of one `--output`, with the format that its extension chooses.
fn output(path: &Path) -> Result<(&'static ReportFormat, OutputFile), Failure> {
    let name = path.to_string_lossy();
    let Some(format) = format_of_path(&name) else {
        let extensions = FORMATS.iter().flat_map(|format| format.extensions).map(|extension| (*extension).to_owned());
        return Err(Failure::new(format!("--output {name}: unknown output extension"))
            .help(format!("use {}", any_of(extensions))));
    };
    built(format)?;
    Ok((format, OutputFile::open(path)?))
}

/// Accepts a redacted baseline without a key check if this run recognizes one of its findings.
fn confirm_baseline(report: &Report, args: &CheckArgs) -> Result<(), Failure> {
    let name = args.baseline.as_deref().unwrap_or(Path::new("")).display();
    if report.recognizes_no_baseline_finding() {
        return Err(Failure::new(format!("--baseline {name}: {}", BaselineError::UnknownKey)));
    }
    note(&format!("--baseline {name}: an earlier taglint redacted it without a key check; write it again"));
    Ok(())
}

fn baseline(path: &Path, redactor: Option<&Redactor>) -> Result<(Baseline, BaselineKey), Failure> {
    let failed = |why: String| {
        Failure::new(format!("--baseline {}: {why}", path.display())).help("write one with --output baseline.json")
    };
    let bytes = read_named(path, MAX_BASELINE).map_err(|e| failed(e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| failed("not UTF-8 text".to_owned()))?;
    let baseline = Baseline::parse(&text).map_err(|e| failed(e.to_string()))?;
    let key =
        baseline.compare_key(redactor).map_err(|e| Failure::new(format!("--baseline {}: {e}", path.display())))?;
    Ok((baseline, key))
}

/// The root of the repository that contains the working folder, else the working folder.
pub(super) fn repository_root() -> PathBuf {
    let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let root = folder.ancestors().find(|parent| parent.join(".git").exists()).map(Path::to_owned);
    root.unwrap_or(folder)
}

/// The flags that narrow the run, as one text: such a run must not close the alerts of a full one.
fn narrowed(args: &CheckArgs) -> Option<String> {
    let mut parts: Vec<String> = args.rules.select.iter().map(|rule| format!("select {rule}")).collect();
    parts.extend(args.rules.ignore.iter().map(|rule| format!("ignore {rule}")));
    // The order of the flags must not change the category.
    parts.sort();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The redactor of `--redact`. The key is `TAGLINT_REDACT_KEY`, so that reports can be compared, else random.
fn redactor(wanted: bool) -> Result<Option<Redactor>, Failure> {
    if !wanted {
        return Ok(None);
    }
    if let Some(key) = std::env::var_os("TAGLINT_REDACT_KEY").filter(|key| !key.is_empty()) {
        let key = key.as_encoded_bytes();
        if key.len() < MIN_REDACTION_KEY {
            let message = format!(
                "TAGLINT_REDACT_KEY has {}, and a key needs {MIN_REDACTION_KEY}",
                count(key.len() as u64, "byte")
            );
            return Err(Failure::new(message).help("create one with: openssl rand -hex 32"));
        }
        return Ok(Some(Redactor::new(key)));
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|e| Failure::new(format!("--redact: no random key: {e}")).help("set TAGLINT_REDACT_KEY"))?;
    Ok(Some(Redactor::new(&key)))
}
