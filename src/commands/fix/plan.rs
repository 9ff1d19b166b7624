//! Planning: builds a plan, prints it, and writes the requested files.

use super::args::{input_options, plan_options, settings};
use super::output;
use crate::base::quote;
use crate::cli::{FixArgs, Global};
use crate::commands::check::managers;
use crate::commands::explain_access::known_from;
use crate::commands::inputs::note;
use crate::commands::output::OutputFile;
use crate::commands::{Failure, RunOutcome};
use crate::engine::{Input, InputKind, Ownership, Settings, run as check};
use crate::fix::plan::{Plan, PlanOutput, make, note_readers};
use crate::iam_policies::KnownPolicies;
use crate::input::open;

/// Plans for inventories or live accounts. A bare `--apply` then applies the plan.
pub(super) fn run(args: &FixArgs, global: &Global) -> Result<RunOutcome, Failure> {
    reject_ineffective_flags(args)?;
    let plan_file = args.output.as_deref().map(output::open_plan).transpose()?;
    let patch_file = args.patch.as_deref().map(OutputFile::open).transpose()?;
    let inputs = match inventories(args, global)? {
        #[cfg(feature = "aws")]
        none if none.is_empty() => match crate::commands::live::input(&args.live, &args.connection, global)? {
            Some(input) => vec![input],
            None => return Ok(RunOutcome::Interrupted),
        },
        inputs => inputs,
    };
    let live = args.inputs.is_empty();
    let (mut made, settings) = plan(args, global, inputs)?;
    let known = match policies(args, global, live, &made.plan)? {
        #[cfg(feature = "aws")]
        Policies::Interrupted => return Ok(RunOutcome::Interrupted),
        Policies::Known(known) => Some(known),
        Policies::NotRead => None,
    };
    let complete = made.complete && known.as_ref().is_none_or(KnownPolicies::is_complete);
    note_readers(&mut made.plan, known.as_ref());
    if let Some(file) = plan_file {
        output::write_plan(&made.plan, file)?;
    }
    if let Some(file) = patch_file {
        output::write_patch(&made.plan, args, global, file)?;
    }
    output::print(&made, args, global)?;
    #[cfg(not(feature = "aws"))]
    drop(settings);
    #[cfg(feature = "aws")]
    if args.apply.apply.is_some() {
        let outcome = super::apply::new_plan(made.plan, settings, known, args, global)?;
        let incomplete = outcome == RunOutcome::Good && !complete && !args.allow_incomplete;
        return Ok(if incomplete { RunOutcome::Incomplete } else { outcome });
    }
    Ok(if complete || args.allow_incomplete { RunOutcome::Good } else { RunOutcome::Incomplete })
}

/// Rejects flags that have no effect. The user may rely on them.
fn reject_ineffective_flags(args: &FixArgs) -> Result<(), Failure> {
    if args.patch.is_some() && args.managed.terraform_state.is_empty() && args.managed.stack_resources.is_empty() {
        return Err(Failure::new("--patch: no source is given")
            .help("add --terraform-state, or --stack-resources with --source"));
    }
    #[cfg(feature = "aws")]
    {
        use super::args::reject_given;
        if args.live.tags_from != crate::collect::TagsFrom::Direct {
            return Err(Failure::new("--tags-from: a plan needs the current tags, which the tagging API may not have")
                .help("remove it; taglint reads the tags from their own service"));
        }
        if !args.inputs.is_empty() && args.apply.apply.is_none() {
            reject_given(args, &crate::cli::LIVE_FLAGS, "the plan is made from an inventory, not from live accounts")?;
        }
    }
    Ok(())
}

/// The policies that may read changed keys.
enum Policies {
    Known(KnownPolicies),
    /// Nothing changes, or there is no access to the account.
    NotRead,
    #[cfg(feature = "aws")]
    Interrupted,
}

#[cfg_attr(not(feature = "aws"), allow(unused_variables))]
fn policies(args: &FixArgs, global: &Global, live: bool, plan: &Plan) -> Result<Policies, Failure> {
    if !args.access.is_empty() {
        return known_from(&args.access).map(Policies::Known);
    }
    if !live || plan.changes.is_empty() {
        return Ok(Policies::NotRead);
    }
    #[cfg(feature = "aws")]
    {
        let accounts = plan.changes.iter().map(|change| change.account.clone()).collect();
        let read = crate::commands::live::policies_of(&args.live, &args.connection, &accounts, global)?;
        Ok(read.map_or(Policies::Interrupted, Policies::Known))
    }
    #[cfg(not(feature = "aws"))]
    Ok(Policies::NotRead)
}

/// Opens the inventories named on the command line.
fn inventories(args: &FixArgs, global: &Global) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    let options = input_options(args)?;
    for path in &args.inputs {
        for opened in open(path, &options)? {
            if opened.input.kind != InputKind::Live {
                let what = format!("{}: this is source, not an inventory of existing resources", opened.input.name);
                return Err(
                    Failure::new(what).help("name an inventory written by `taglint collect`; --patch changes source")
                );
            }
            if !global.quiet {
                opened.notes.iter().for_each(|text| note(text));
            }
            inputs.push(opened.input);
        }
    }
    if inputs.is_empty() && cfg!(not(feature = "aws")) {
        return Err(Failure::new("no inventory is given")
            .help("write one with `taglint collect --output inventory.jsonl` and name it"));
    }
    Ok(inputs)
}

/// Plans for inventories, from files or just collected.
fn plan(args: &FixArgs, global: &Global, mut inputs: Vec<Input>) -> Result<(PlanOutput, Settings), Failure> {
    let settings = settings(args, global)?;
    let managers = managers(&args.managed, &input_options(args)?, global, &str::to_owned)?;
    if let Some(managers) = &managers {
        for input in &mut inputs {
            *input = managers.attach(input.clone(), &mut Ownership::default())?;
        }
    }
    let options = plan_options(args, managers.is_some())?;
    let report = check(settings, inputs.clone())?;
    let made = make(&report, &inputs, &options)?;
    if !args.resource.is_empty() && made.evaluated == 0 {
        let globs = args.resource.iter().map(|glob| quote(glob)).collect::<Vec<_>>().join(", ");
        return Err(Failure::new(format!("--resource {globs}: no resource has such an ARN, address or name"))
            .help("a glob must match the whole ARN, address or name, including letter case"));
    }
    let Settings { policy, today, chosen, .. } = report.settings();
    let settings = Settings { chosen: chosen.clone(), ..Settings::new(policy.clone(), *today) };
    Ok((made, settings))
}
