//! The settings and options that result from the flags of `taglint fix`.

#[cfg(feature = "aws")]
use std::collections::BTreeSet;

#[cfg(feature = "aws")]
use crate::aws::TaggableArn;
use crate::base::{Globs, quote};
use crate::cli::FixArgs;
use crate::cli::Global;
use crate::commands::Failure;
use crate::commands::check::repository_root;
use crate::commands::inputs::{chosen, day, plain_input_options, policy};
use crate::engine::Settings;
use crate::fix::plan::{Override, Overrides, PlanOptions};
use crate::input;

/// The options for reading inventories, states and stacks.
pub(super) fn input_options(args: &FixArgs) -> Result<input::InputOptions, Failure> {
    Ok(input::InputOptions {
        source: args.source.clone(),
        account: args.account.clone(),
        srcroot: args.srcroot.clone().unwrap_or_else(repository_root),
        ..plain_input_options()?
    })
}

/// The policy, the day and the selected rules.
pub(super) fn settings(args: &FixArgs, global: &Global) -> Result<Settings, Failure> {
    let today = day(args.now.as_deref())?;
    let policy = policy(&args.rules.policy, global)?;
    policy.check_waivers(today)?;
    let chosen = chosen(&policy, &args.rules)?;
    Ok(Settings { chosen, ..Settings::new(policy, today) })
}

/// The options of the plan.
pub(super) fn plan_options(args: &FixArgs, owner_sources_given: bool) -> Result<PlanOptions, Failure> {
    let mut set = std::collections::BTreeMap::new();
    for (key, value) in &args.set {
        if set.insert(key.clone(), value.clone()).is_some() {
            return Err(Failure::new(format!("--set {}: the key is given twice", quote(key)))
                .help("a resource has one value for a key; remove one of them"));
        }
    }
    Ok(PlanOptions {
        overrides: overrides(args),
        set,
        resources: Globs::new(&args.resource),
        owner_sources_given,
        require_known_owner: args.require_owner_known,
        created: jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default().to_string(),
    })
}

/// The `--allow-…` flags that were given.
pub(super) fn overrides(args: &FixArgs) -> Overrides {
    let all = [
        (args.allow_guess, Override::AllowGuess),
        (args.allow_remove, Override::AllowRemove),
        (args.allow_overwrite, Override::AllowOverwrite),
        (args.allow_managed, Override::AllowManaged),
        #[cfg(feature = "aws")]
        (args.apply.allow_access_change, Override::AllowAccessChange),
    ];
    all.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag).collect()
}

/// Returns `true` if `--resource` selects a resource by its ARN, its name, or the name in its ARN.
#[cfg(feature = "aws")]
pub(super) fn is_selected(args: &FixArgs, arn: &str, name: Option<&str>) -> bool {
    let globs = Globs::new(&args.resource);
    let own = TaggableArn::parse(arn).map(|arn| arn.name());
    globs.is_empty() || [Some(arn), name, own].into_iter().flatten().any(|name| globs.matches(name))
}

/// Rejects flags that have no effect on this run. The user may rely on them.
#[cfg(feature = "aws")]
pub(super) fn reject_given(args: &FixArgs, flags: &[&str], why: &str) -> Result<(), Failure> {
    let given: BTreeSet<&str> = args.given.ids().collect();
    match flags.iter().find(|id| given.contains(**id)) {
        Some(id) => Err(Failure::new(format!("{}: {why}", crate::cli::flag_name(id))).help("remove it")),
        None => Ok(()),
    }
}
