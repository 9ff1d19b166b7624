//! `taglint policy diff`.

use serde_json::json;

use crate::authoring::compare::{Comparison, compare};
use crate::authoring::import::ImportInput;
use crate::base::encode::json;
use crate::base::{LogSpelling, escape};
use crate::cli::{DiffArgs, Global, TextOrJson};
use crate::commands::inputs::{note, policy};
use crate::commands::output::stdout;
use crate::commands::{Failure, RunOutcome};

/// Prints the differences. The exit code is 1 if there are any.
pub(super) fn run(args: &DiffArgs, input: &ImportInput, global: &Global) -> Result<RunOutcome, Failure> {
    let loaded = policy(&args.policy, global)?;
    let found = compare(&loaded, input).map_err(|error| {
        Failure::new(error.to_string()).help("give the output of describe-effective-policy or of list-required-tags")
    })?;
    match args.format {
        TextOrJson::Json => stdout(LogSpelling::Json, report(&found).as_bytes())?,
        TextOrJson::Text => {
            stdout(LogSpelling::Text, text(&found).as_bytes())?;
            found.omissions.iter().for_each(|omission| note(&format!("not compared: {}", omission.line())));
            found.notes.iter().for_each(|text| note(&format!("not compared: {text}")));
        }
    }
    Ok(if found.differences.is_empty() { RunOutcome::Good } else { RunOutcome::Findings })
}

fn text(found: &Comparison) -> String {
    let mut out = String::new();
    for difference in &found.differences {
        out += &escape(&difference.line());
        out.push('\n');
    }
    if out.is_empty() { "no differences\n".to_owned() } else { out }
}

fn report(found: &Comparison) -> String {
    let value = json!({
        "differences": found.differences,
        "not-compared": { "policy": found.omissions, "aws": found.notes },
    });
    json::to_string(&value) + "\n"
}
