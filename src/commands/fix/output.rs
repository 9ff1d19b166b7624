//! The outputs of a plan: the terminal, the plan file, the patch and the exports.

use std::path::Path;

use super::args::input_options;
use crate::base::LogSpelling;
use crate::cli::{FixArgs, Global};
use crate::commands::inputs::note;
use crate::commands::output::{OutputFile, stdout_with};
use crate::commands::{Failure, colored};
use crate::fix::ExportFormat;
use crate::fix::plan::{Plan, PlanOutput};
use crate::fix::{export, patch, show};

/// Opens the plan file before anything is read, so that a wrong path fails early.
pub(super) fn open_plan(path: &Path) -> Result<OutputFile, Failure> {
    if path.extension().is_none_or(|ending| ending != "json") {
        return Err(Failure::new(format!("--output {}: a plan is a .json file", path.display()))
            .help("write --output plan.json; --emit prints other formats"));
    }
    OutputFile::open_private(path)
}

/// Writes the plan file.
pub(super) fn write_plan(plan: &Plan, file: OutputFile) -> Result<(), Failure> {
    file.write(|out| {
        serde_json::to_writer_pretty(&mut *out, plan)?;
        out.write_all(b"\n")
    })
}

/// Writes the patch and prints the resources that it skips.
pub(super) fn write_patch(plan: &Plan, args: &FixArgs, global: &Global, file: OutputFile) -> Result<(), Failure> {
    let patch = patch(plan, &input_options(args)?.srcroot);
    file.write(|out| out.write_all(patch.diff.as_bytes()))?;
    if !global.quiet {
        patch.skipped.iter().for_each(|(address, why)| note(&format!("--patch: {address}: {why}")));
    }
    Ok(())
}

/// Prints the plan as text or in the format of `--emit`.
pub(super) fn print(made: &PlanOutput, args: &FixArgs, global: &Global) -> Result<(), Failure> {
    let color = colored(global, &std::io::stdout());
    let spelling = args.emit.map_or(LogSpelling::Text, ExportFormat::log_spelling);
    stdout_with(spelling, |out| match args.emit {
        Some(format) => export(&made.plan, format, args.allow_managed, out),
        None => show(&made.plan, Some(made.evaluated), color, global.quiet, out),
    })
}
