//! `taglint fix`: what would change, printed and written; carrying it out is another matter's.

use std::path::Path;

use super::check::{managers, repository_root};
use super::explain_access::known_from;
use super::inputs::{chosen, day, note, policy};
use super::output::{OutputFile, stdout_with};
use super::{Failure, Outcome, colored};
use crate::base::{Globs, quote};
use crate::cli::{EmitArg, FixArgs, Global};
use crate::engine::{Input, InputKind, Ownership, Settings, run as check};
use crate::fix::plan::{Made, Permits, Plan, Wanted, make, note_readers};
use crate::fix::{Emit, emit, patch, show};
use crate::iam_policies::KnownPolicies;
use crate::input::{self, open};

/// Plans, prints, and writes what is asked for.
pub(super) fn run(args: &FixArgs, global: &Global) -> Result<Outcome, Failure> {
    #[cfg(feature = "aws")]
    if let Some(done) = super::live::fix(args, global) {
        return done;
    }
    idle(args)?;
    let output = args.output.as_deref().map(plan_file).transpose()?;
    let patch_file = args.patch.as_deref().map(OutputFile::open).transpose()?;
    let inputs = match inventories(args, global)? {
        #[cfg(feature = "aws")]
        none if none.is_empty() => match super::live::input(&args.live, global)? {
            Some(input) => vec![input],
            None => return Ok(Outcome::Interrupted),
        },
        inputs => inputs,
    };
    let live = args.inputs.is_empty();
    let (mut made, settings) = planned(args, global, inputs)?;
    let known = match policies(args, global, live, &made.plan)? {
        #[cfg(feature = "aws")]
        Policies::Stopped => return Ok(Outcome::Interrupted),
        Policies::Known(known) => Some(known),
        Policies::NotLookedAt => None,
    };
    let complete = made.complete && known.as_ref().is_none_or(KnownPolicies::is_complete);
    note_readers(&mut made.plan, known.as_ref());
    if let Some(file) = output {
        write_plan(&made.plan, file)?;
    }
    if let Some(file) = patch_file {
        write_patch(&made.plan, args, global, file)?;
    }
    print(&made, args, global)?;
    #[cfg(not(feature = "aws"))]
    drop(settings);
    #[cfg(feature = "aws")]
    if args.apply.apply.is_some() {
        let outcome =
            super::live::carry_out(made.plan, super::live::Origin::Here(Box::new(settings), known), args, global)?;
        let hidden = outcome == Outcome::Good && !complete && !args.allow_incomplete;
        return Ok(if hidden { Outcome::Incomplete } else { outcome });
    }
    Ok(if complete || args.allow_incomplete { Outcome::Good } else { Outcome::Incomplete })
}

/// A flag that would change nothing is a mistake of who gave it.
fn idle(args: &FixArgs) -> Result<(), Failure> {
    if args.patch.is_some() && args.managed.terraform_state.is_empty() && args.managed.stack_resources.is_empty() {
        return Err(Failure::new("--patch: of which source?")
            .help("--terraform-state, or --stack-resources with --source, say what keeps the resources"));
    }
    #[cfg(feature = "aws")]
    {
        use crate::cli::TagsFromArg;
        if args.live.tags_from != TagsFromArg::Direct {
            return Err(Failure::new("--tags-from: a plan is made for the tags that are there now")
                .help("leave it out: they are read from their own service"));
        }
        let carried_out = args.apply.apply.is_some();
        if let Some(flag) = super::live::given(&args.live).filter(|_| !args.inputs.is_empty() && !carried_out) {
            return Err(Failure::new(format!("{flag}: the plan is made from an inventory"))
                .help("leave it out, or name no inventory: live accounts are then read"));
        }
    }
    Ok(())
}

/// The policies that may read what a plan touches.
enum Policies {
    Known(KnownPolicies),
    /// Nothing is touched, or nobody can be asked.
    NotLookedAt,
    #[cfg(feature = "aws")]
    Stopped,
}

#[cfg_attr(not(feature = "aws"), allow(unused_variables))]
fn policies(args: &FixArgs, global: &Global, live: bool, plan: &Plan) -> Result<Policies, Failure> {
    if !args.access.is_empty() {
        return known_from(&args.access).map(Policies::Known);
    }
    if !live || plan.changes.is_empty() {
        return Ok(Policies::NotLookedAt);
    }
    #[cfg(feature = "aws")]
    {
        let accounts = plan.changes.iter().map(|change| change.account.clone()).collect();
        let read = super::live::policies_of(&args.live, &accounts, global)?;
        Ok(read.map_or(Policies::Stopped, Policies::Known))
    }
    #[cfg(not(feature = "aws"))]
    Ok(Policies::NotLookedAt)
}

/// The inventories that the command names.
fn inventories(args: &FixArgs, global: &Global) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    let options = options(args);
    for path in &args.inputs {
        for opened in open(path, &options)? {
            if opened.input.kind != InputKind::Live {
                let what = format!("{}: it says what source will make, not what is there", opened.input.name);
                return Err(Failure::new(what)
                    .help("name an inventory, as `taglint collect` writes it; source is changed with --patch"));
            }
            if !global.quiet {
                opened.notes.iter().for_each(|text| note(text));
            }
            inputs.push(opened.input);
        }
    }
    if inputs.is_empty() && cfg!(not(feature = "aws")) {
        return Err(Failure::new("there is no inventory to plan for")
            .help("`taglint collect --output inventory.jsonl` writes one; name it"));
    }
    Ok(inputs)
}

pub(super) fn options(args: &FixArgs) -> input::Options {
    input::Options {
        source: args.source.clone(),
        account: args.account.clone(),
        srcroot: args.srcroot.clone().unwrap_or_else(repository_root),
        ..input::Options::default()
    }
}

/// Plans for inventories, files or just read.
fn planned(args: &FixArgs, global: &Global, mut inputs: Vec<Input>) -> Result<(Made, Settings), Failure> {
    let settings = chosen_settings(args, global)?;
    let managers = managers(&args.managed, &options(args), global)?;
    if let Some(managers) = &managers {
        for input in &mut inputs {
            *input = managers.attach(input.clone(), &mut Ownership::default())?;
        }
    }
    let wanted = wanted(args, managers.is_some())?;
    let report = check(settings, inputs.clone())?;
    let made = make(&report, &inputs, &wanted)?;
    if !args.resource.is_empty() && made.looked_at == 0 {
        let globs = args.resource.iter().map(|glob| quote(glob)).collect::<Vec<_>>().join(", ");
        return Err(Failure::new(format!("--resource {globs}: no resource has such an ARN, address or name"))
            .help("globs match the whole ARN, address or name, and case counts"));
    }
    let Settings { policy, today, chosen, .. } = report.settings();
    let settings = Settings { chosen: chosen.clone(), ..Settings::new(policy.clone(), *today) };
    Ok((made, settings))
}

/// The policy, the day and the rules that the flags choose.
pub(super) fn chosen_settings(args: &FixArgs, global: &Global) -> Result<Settings, Failure> {
    let today = day(args.now.as_deref())?;
    let policy = policy(&args.policy, global)?;
    let chosen = chosen(&policy, &args.select, &args.ignore)?;
    Ok(Settings { chosen, ..Settings::new(policy, today) })
}

/// What the flags want of a plan.
pub(super) fn wanted(args: &FixArgs, owners_told: bool) -> Result<Wanted, Failure> {
    let mut set = std::collections::BTreeMap::new();
    for (key, value) in &args.set {
        if set.insert(key.clone(), value.clone()).is_some() {
            return Err(Failure::new(format!("--set {}: the key is given twice", quote(key))).help("leave one out"));
        }
    }
    Ok(Wanted {
        permits: Permits { guess: args.allow_guess, remove: args.allow_remove, overwrite: args.allow_overwrite },
        set,
        resources: Globs::new(&args.resource),
        owners_told,
        require_owner: args.require_owner_known,
        created: jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default().to_string(),
    })
}

fn plan_file(path: &Path) -> Result<OutputFile, Failure> {
    if path.extension().is_none_or(|ending| ending != "json") {
        return Err(Failure::new(format!("--output {}: a plan is a .json file", path.display()))
            .help("write --output plan.json; --emit prints other forms"));
    }
    OutputFile::open(path)
}

/// Writes a plan for `--apply`.
pub(super) fn write_plan(plan: &Plan, file: OutputFile) -> Result<(), Failure> {
    file.write(|out| {
        serde_json::to_writer_pretty(&mut *out, plan)?;
        out.write_all(b"\n")
    })
}

fn write_patch(plan: &Plan, args: &FixArgs, global: &Global, file: OutputFile) -> Result<(), Failure> {
    let patch = patch(plan, &options(args).srcroot);
    file.write(|out| out.write_all(patch.diff.as_bytes()))?;
    if !global.quiet {
        patch.left.iter().for_each(|(address, why)| note(&format!("--patch: {address}: {why}")));
    }
    Ok(())
}

fn print(made: &Made, args: &FixArgs, global: &Global) -> Result<(), Failure> {
    let form = match args.emit {
        Some(EmitArg::AwsCli) => Emit::AwsCli,
        Some(EmitArg::Terraform) => Emit::Terraform,
        Some(EmitArg::TagEditor) => Emit::TagEditor,
        None => {
            let color = colored(global, &std::io::stdout());
            return stdout_with(|out| show(&made.plan, Some(made.looked_at), color, global.quiet, out));
        }
    };
    stdout_with(|out| emit(&made.plan, form, args.allow_managed, out))
}
