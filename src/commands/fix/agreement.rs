//! The flags of a scan beside a plan: they select nothing more, but they must not contradict the plan.

use crate::aws::{Arn, Region};
use crate::base::{all_of, count, escape, quote};
use crate::cli::FixArgs;
use crate::collect::{AccountSelection, CollectOptions, RegionSelection};
use crate::commands::Failure;
use crate::commands::live::options as live_options;
use crate::fix::plan::Change;

/// The number of resources that a message names.
const NAMED: usize = 3;

/// Checks that every change is within what the flags about types, regions and accounts select. A resource without a region
/// is within every region, as in a scan.
///
/// # Errors
/// The first flag that a change contradicts, with those changes.
pub(super) fn check(args: &FixArgs, changes: &[Change]) -> Result<(), Failure> {
    let options = live_options(&args.live, &args.connection)?;
    if let Some(name) = args.live.region.iter().find(|name| !Region::is_valid(name)) {
        return Err(Failure::new(format!("--region {}: not a region name", quote(name)))
            .help("a region name looks like eu-central-1"));
    }
    within(changes, &format!("--type {}", words(&args.live.types)), &|change| &change.kind, &|change| {
        options.types.is_empty() || options.types.iter().any(|one| one.name == change.kind)
    })?;
    within(
        changes,
        &format!("--region {}", words(&args.live.region)),
        &|change| change.region.as_deref().unwrap_or_default(),
        &|change| in_regions(&options, change),
    )?;
    let flag = match &options.accounts {
        AccountSelection::Own => return Ok(()),
        AccountSelection::Roles(roles) => format!("--role-arn {}", words(roles)),
        AccountSelection::Organization(selection) => format!("--exclude-account {}", words(&selection.excluded)),
    };
    within(changes, &flag, &|change| &change.account, &|change| in_accounts(&options.accounts, &change.account))
}

fn in_regions(options: &CollectOptions, change: &Change) -> bool {
    match (&options.regions, &change.region) {
        (RegionSelection::Named(names), Some(region)) => names.contains(region),
        _ => true,
    }
}

/// Returns `true` unless the flags alone show that an account is not selected. The list of an organization is not read here.
fn in_accounts(selection: &AccountSelection, account: &str) -> bool {
    match selection {
        AccountSelection::Own => true,
        // The collector says what is wrong with the ARN of a role.
        AccountSelection::Roles(arns) => {
            arns.iter().any(|arn| Arn::parse(arn).is_none_or(|arn| arn.account == account))
        }
        AccountSelection::Organization(selection) => !selection.excluded.iter().any(|excluded| excluded == account),
    }
}

/// Rejects the flag if a change is not one that it selects. `property` is what the flag is about.
fn within(
    changes: &[Change],
    flag: &str,
    property: &dyn Fn(&Change) -> &str,
    selects: &dyn Fn(&Change) -> bool,
) -> Result<(), Failure> {
    let outside: Vec<&Change> = changes.iter().filter(|change| !selects(change)).collect();
    if outside.is_empty() {
        return Ok(());
    }
    let named =
        outside.iter().take(NAMED).map(|change| format!("{} ({})", escape(&change.arn), escape(property(change))));
    let more = outside.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("{more} more"));
    let resources = count(outside.len() as u64, "resource");
    Err(Failure::new(format!("{flag}: the plan also changes {resources} outside of it: {}", all_of(named.chain(more))))
        .help("remove the flag, make the plan again with it, or choose changes of the plan with --resource"))
}

/// The values of a flag as they are typed.
fn words(values: &[String]) -> String {
    values.iter().map(|value| escape(value).into_owned()).collect::<Vec<_>>().join(",")
}
