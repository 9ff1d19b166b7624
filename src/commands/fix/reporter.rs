//! Progress and results of an apply run on the terminal.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::next_steps::NextSteps;
use crate::base::{LogSpelling, count, escape, quote, thousands};
use crate::cli::{FixArgs, Global};
use crate::commands::output::stdout;
use crate::commands::progress::ProgressLine;
use crate::commands::{Failure, RunOutcome};
use crate::fix::apply::{ApplySummary, Drift, DriftKind, Job, JobOutcome};

/// The reporter of one run.
pub(super) struct ApplyReporter {
    quiet: bool,
    pub(super) verbose: u8,
    /// The ARNs refused before the first call, with the reasons.
    refused: Vec<(String, String)>,
    /// The progress line.
    progress: Mutex<JobProgress>,
}

struct JobProgress {
    line: ProgressLine,
    done: u64,
    all: usize,
}

impl ApplyReporter {
    pub(super) fn new(args: &FixArgs, global: &Global) -> Self {
        let line = ProgressLine::new(!args.connection.no_progress && !global.quiet && global.verbose == 0);
        let progress = Mutex::new(JobProgress { line, done: 0, all: 0 });
        Self { quiet: global.quiet, verbose: global.verbose, refused: Vec::new(), progress }
    }

    /// Prints the refused resources before the confirmation.
    pub(super) fn preview(&self) {
        for (arn, why) in &self.refused {
            say!("refused  {}: {}", escape(arn), escape(why));
        }
    }

    /// Sets the number of jobs.
    pub(super) fn begin(&self, all: usize) {
        self.progress().all = all;
    }

    /// Removes the progress line.
    pub(super) fn clear(&self) {
        self.progress().line.clear();
    }

    fn progress(&self) -> MutexGuard<'_, JobProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a refused resource.
    pub(super) fn refuse(&mut self, arn: &str, why: &str) {
        self.refused.push((arn.to_owned(), why.to_owned()));
    }

    /// Reports the end of a job.
    pub(super) fn line(&self, job: &Job, outcome: &JobOutcome) {
        {
            let mut progress = self.progress();
            progress.done += 1;
            progress
                .line
                .show_text(|| format!("{} of {}", thousands(progress.done), count(progress.all as u64, "resource")));
        }
        if self.verbose > 0 {
            say!("{}: {}", escape(&job.arn), escape(message(outcome)));
        }
    }

    /// Prints the report and returns the exit code.
    pub(super) fn end(
        self,
        next: Option<&NextSteps>,
        summary: &ApplySummary,
        jobs: &[Job],
        stopped: bool,
    ) -> Result<RunOutcome, Failure> {
        let mut lines: Vec<String> =
            self.refused.iter().map(|(arn, why)| format!("refused  {}: {}", escape(arn), escape(why))).collect();
        let drifted = |kind: DriftKind| {
            summary.drifts.values().filter(|drifts| drifts.iter().any(|drift| drift.kind == kind)).count() as u64
        };
        let mut counts = OutcomeCounts {
            refused: self.refused.len() as u64,
            drifted: drifted(DriftKind::Changed),
            left: drifted(DriftKind::Unconfirmed),
            ..OutcomeCounts::default()
        };
        let names: BTreeMap<usize, &str> = jobs.iter().map(|job| (job.number, job.arn.as_str())).collect();
        for (number, outcome) in &summary.outcomes {
            counts.add(outcome);
            let arn = names.get(number).copied().unwrap_or("?");
            if !matches!(outcome, JobOutcome::Done | JobOutcome::Already | JobOutcome::NotBegun) {
                lines.push(format!(
                    "{}: {}",
                    escape(&format!("{:<8} {arn}", label(outcome))),
                    escape(message(outcome))
                ));
            }
            let drifts = summary.drifts.get(number).into_iter().flatten();
            lines.extend(drifts.map(|drift| drift_line(arn, drift)));
        }
        lines.push(counts.line());
        if self.quiet {
            lines.drain(..lines.len() - 1);
        }
        if let Some(NextSteps { journal, digest, undo }) = next {
            let resume =
                if counts.unfinished() > 0 { format!(" (taglint fix --resume {journal})") } else { String::new() };
            lines.push(format!("journal: {journal}{resume}"));
            lines.extend(digest.iter().map(|digest| format!("journal SHA-256: {digest}")));
            lines.extend(undo.iter().map(|command| format!("undo: {command}")));
        }
        stdout(LogSpelling::Text, (lines.join("\n") + "\n").as_bytes())?;
        Ok(counts.exit(stopped))
    }
}

/// The number of resources by outcome.
#[derive(Default)]
struct OutcomeCounts {
    done: u64,
    already: u64,
    refused: u64,
    failed: u64,
    unconfirmed: u64,
    /// Somebody changed the tags during the run.
    changed: u64,
    unclear: u64,
    drifted: u64,
    /// Restores that were left out, because the run only perhaps wrote the tags.
    left: u64,
    not_begun: u64,
}

impl OutcomeCounts {
    fn add(&mut self, outcome: &JobOutcome) {
        *match outcome {
            JobOutcome::Done => &mut self.done,
            JobOutcome::Already => &mut self.already,
            JobOutcome::Refused(_) => &mut self.refused,
            JobOutcome::Failed(_) | JobOutcome::PartiallyApplied(_) => &mut self.failed,
            JobOutcome::Unconfirmed(_) => &mut self.unconfirmed,
            JobOutcome::Unclear(_) => &mut self.unclear,
            JobOutcome::Changed(_) => &mut self.changed,
            JobOutcome::NotBegun => &mut self.not_begun,
        } += 1;
    }

    /// The number of resources that `--resume` would continue.
    fn unfinished(&self) -> u64 {
        self.failed + self.unconfirmed + self.unclear + self.not_begun
    }

    fn line(&self) -> String {
        let mut parts = vec![format!("{} done", count(self.done, "resource"))];
        for (number, label) in [
            (self.already, "already up to date"),
            (self.refused, "refused"),
            (self.failed, "failed"),
            (self.unconfirmed, "unconfirmed"),
            (self.changed, "changed meanwhile"),
            (self.unclear, "unclear"),
            (self.drifted, "changed since"),
            (self.left, "with tags that the run perhaps wrote"),
            (self.not_begun, "not begun"),
        ] {
            if number > 0 {
                parts.push(format!("{number} {label}"));
            }
        }
        parts.join(", ")
    }

    fn exit(&self, stopped: bool) -> RunOutcome {
        let unknown = self.unconfirmed + self.unclear + self.left;
        match (stopped, unknown, self.refused + self.failed + self.changed + self.drifted + self.not_begun) {
            (true, ..) => RunOutcome::Interrupted,
            (false, 0, 0) => RunOutcome::Good,
            (false, 0, _) => RunOutcome::Findings,
            (false, ..) => RunOutcome::Incomplete,
        }
    }
}

fn drift_line(arn: &str, drift: &Drift) -> String {
    let show = |value: &Option<String>| value.as_deref().map_or("absent".to_owned(), quote);
    if drift.kind == DriftKind::Unconfirmed {
        return format!(
            "unclear  {}: {} is {}: the run perhaps did that, or somebody else; add --allow-unconfirmed to restore it",
            escape(arn),
            quote(&drift.key),
            show(&drift.now)
        );
    }
    format!(
        "changed  {}: {} is {} and was {} after the run; it is kept",
        escape(arn),
        quote(&drift.key),
        show(&drift.now),
        show(&drift.left)
    )
}

fn label(outcome: &JobOutcome) -> &'static str {
    match outcome {
        JobOutcome::Done => "done",
        JobOutcome::Already => "already",
        JobOutcome::Refused(_) => "refused",
        JobOutcome::Failed(_) | JobOutcome::PartiallyApplied(_) => "failed",
        JobOutcome::Unconfirmed(_) => "unconfirmed",
        JobOutcome::Unclear(_) => "unclear",
        JobOutcome::Changed(_) => "changed",
        JobOutcome::NotBegun => "not begun",
    }
}

fn message(outcome: &JobOutcome) -> &str {
    outcome.reason().unwrap_or_else(|| label(outcome))
}
