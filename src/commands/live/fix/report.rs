//! What became of each resource, for a person.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::super::output::stdout;
use super::super::super::{Failure, Outcome};
use super::super::progress::ProgressLine;
use crate::base::{count, escape, quote, thousands};
use crate::cli::{FixArgs, Global};
use crate::fix::apply::{Job, Outcome as Ended, Summary};

/// What is said along the way and at the end.
pub(super) struct Told {
    quiet: bool,
    pub(super) verbose: u8,
    /// Refused before the first call, with the reasons.
    refused: Vec<(String, String)>,
    /// How far it is, on a terminal.
    progress: Mutex<Jobs>,
}

struct Jobs {
    line: ProgressLine,
    done: u64,
    all: usize,
}

impl Told {
    pub(super) fn new(args: &FixArgs, global: &Global) -> Self {
        let line = ProgressLine::new(!args.live.no_progress && !global.quiet && global.verbose == 0);
        let progress = Mutex::new(Jobs { line, done: 0, all: 0 });
        Self { quiet: global.quiet, verbose: global.verbose, refused: Vec::new(), progress }
    }

    /// What is refused, before somebody is asked about the rest.
    pub(super) fn preview(&self) {
        for (arn, why) in &self.refused {
            eprintln!("refused  {}: {}", escape(arn), escape(why));
        }
    }

    /// So many resources are about to be written.
    pub(super) fn begin(&self, all: usize) {
        self.progress().all = all;
    }

    /// Nothing more is on its way.
    pub(super) fn clear(&self) {
        self.progress().line.clear();
    }

    fn progress(&self) -> MutexGuard<'_, Jobs> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A resource that is left alone.
    pub(super) fn refuse(&mut self, arn: &str, why: &str) {
        self.refused.push((arn.to_owned(), why.to_owned()));
    }

    /// A resource that is done, as it is.
    pub(super) fn line(&self, job: &Job, outcome: &Ended) {
        {
            let mut progress = self.progress();
            progress.done += 1;
            progress
                .line
                .show_text(|| format!("{} of {}", thousands(progress.done), count(progress.all as u64, "resource")));
        }
        if self.verbose > 0 {
            eprintln!("{}: {}", escape(&job.arn), escape(&words(outcome)));
        }
    }

    /// The report and the exit code.
    pub(super) fn end(
        self,
        journal: Option<&Path>,
        summary: &Summary,
        jobs: &[Job],
        stopped: bool,
    ) -> Result<Outcome, Failure> {
        let mut lines: Vec<String> = Vec::new();
        for (arn, why) in &self.refused {
            lines.push(format!("refused  {}: {}", escape(arn), escape(why)));
        }
        let (mut done, mut already, mut refused, mut failed, mut unconfirmed, mut left) =
            (0, 0, self.refused.len() as u64, 0, 0, 0);
        let names: BTreeMap<usize, &str> = jobs.iter().map(|job| (job.number, job.arn.as_str())).collect();
        for (number, outcome) in &summary.outcomes {
            let counter = match outcome {
                Ended::Done => &mut done,
                Ended::Already => &mut already,
                Ended::Refused(_) => &mut refused,
                Ended::Failed(_) | Ended::Half(_) => &mut failed,
                Ended::Unconfirmed(_) => &mut unconfirmed,
                Ended::NotBegun => &mut left,
            };
            *counter += 1;
            let arn = names.get(number).copied().unwrap_or("?");
            if !matches!(outcome, Ended::Done | Ended::Already | Ended::NotBegun) {
                lines.push(format!("{}: {}", escape(&format!("{:<8} {arn}", word(outcome))), escape(&words(outcome))));
            }
            for drift in summary.drifts.get(number).into_iter().flatten() {
                let show = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), quote);
                lines.push(format!(
                    "changed  {}: {} is {} and was left as {}: it stays",
                    escape(arn),
                    quote(&drift.key),
                    show(&drift.now),
                    show(&drift.left)
                ));
            }
        }
        let drifted = summary.drifts.len() as u64;
        let mut parts = vec![format!("{} done", count(done, "resource"))];
        for (number, word) in [
            (already, "already so"),
            (refused, "refused"),
            (failed, "failed"),
            (unconfirmed, "unconfirmed"),
            (drifted, "changed since"),
            (left, "not begun"),
        ] {
            if number > 0 {
                parts.push(format!("{number} {word}"));
            }
        }
        lines.push(parts.join(", "));
        if self.quiet {
            lines.drain(..lines.len() - 1);
        }
        if let Some(path) = journal {
            let path = escape(&path.display().to_string()).into_owned();
            let again =
                if failed + unconfirmed + left > 0 { format!(" (taglint fix --resume {path})") } else { String::new() };
            lines.push(format!("journal: {path}{again}"));
        }
        stdout((lines.join("\n") + "\n").as_bytes())?;
        Ok(match (stopped, unconfirmed, refused + failed + drifted + left) {
            (true, ..) => Outcome::Interrupted,
            (false, 0, 0) => Outcome::Good,
            (false, 0, _) => Outcome::Findings,
            (false, ..) => Outcome::Incomplete,
        })
    }
}

fn word(outcome: &Ended) -> &'static str {
    match outcome {
        Ended::Done => "done",
        Ended::Already => "already",
        Ended::Refused(_) => "refused",
        Ended::Failed(_) | Ended::Half(_) => "failed",
        Ended::Unconfirmed(_) => "unconfirmed",
        Ended::NotBegun => "not begun",
    }
}

fn words(outcome: &Ended) -> String {
    match outcome {
        Ended::Refused(why) | Ended::Failed(why) | Ended::Half(why) | Ended::Unconfirmed(why) => why.clone(),
        other => word(other).to_owned(),
    }
}
