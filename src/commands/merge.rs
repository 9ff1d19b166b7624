//! `taglint merge`.

use super::inputs::{note, plain_input_options};
use super::output::stdout_with;
use super::packing::output;
use super::{Failure, RunOutcome};
use crate::base::{LogSpelling, count, escape};
use crate::cli::{Global, MergeArgs};
use crate::engine::{Merge, Merged};
use crate::input::{INVENTORY, InputOptions, LakeDays, open};
use crate::model::Scope;

/// Merges inventories.
pub(super) fn run(args: &MergeArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let file = args.output.as_deref().map(output).transpose()?;
    let mut inputs = Vec::new();
    let options = InputOptions { format: Some(INVENTORY), lake_days: LakeDays::All, ..plain_input_options()? };
    for path in &args.inputs {
        for opened in open(path, &options)? {
            // A folder may hold files that are no inventories.
            if !global.quiet {
                opened.notes.iter().for_each(|text| note(text));
            }
            inputs.push(opened.input);
        }
    }
    let read = inputs.len() as u64;
    let merge = Merge::new(inputs)?;
    let mut merged = Merged::default();
    match file {
        Some((packing, file)) => {
            let path = file.path().display().to_string();
            file.write(|out| packing.write(out, |out| merge.write(out)).map(|result| merged = result))?;
            if !global.quiet {
                note(&format!("{} of {} in {path}", count(merged.resources, "resource"), inventories(read)));
            }
        }
        None => stdout_with(LogSpelling::Json, |out| merge.write(out).map(|result| merged = result))?,
    }
    if !global.quiet {
        notes(&merged, merge.scope());
    }
    let missing = merge.scope().missing_shards();
    if merged.complete() && missing.is_none() {
        return Ok(RunOutcome::Good);
    }
    if let Some(missing) = &missing {
        say!("incomplete: {}", escape(missing));
    }
    if !merged.complete() {
        let scopes = (merged.gaps > 0).then(|| format!("{} could not be read", count(merged.gaps as u64, "scope")));
        let unread =
            (merged.unread > 0).then(|| format!("the tags of {} could not be read", count(merged.unread, "resource")));
        let parts: Vec<String> = [scopes, unread].into_iter().flatten().collect();
        say!("incomplete: {}", parts.join(", and "));
    }
    Ok(if args.allow_incomplete { RunOutcome::Good } else { RunOutcome::Incomplete })
}

fn inventories(n: u64) -> String {
    if n == 1 { "1 inventory".to_owned() } else { format!("{} inventories", crate::base::thousands(n)) }
}

fn notes(merged: &Merged, scope: &Scope) {
    let (twice, gone) = (count(merged.duplicates, "resource"), count(merged.deleted, "resource"));
    if merged.duplicates > 0 {
        note(&format!("{twice} in more than one inventory: kept the line collected last whose tags were read"));
    }
    if merged.deleted > 0 {
        note(&format!(
            "{gone} left out: an inventory collected later read their account, region and type in full and does not have them"
        ));
    }
    if merged.filled > 0 {
        let filled = count(merged.filled as u64, "scope");
        note(&format!("{filled} that one inventory could not read filled from another"));
    }
    if let Some(shard) = &scope.shard {
        note(&format!("only the shards {shard} are present: the result is marked as partial"));
    }
}
