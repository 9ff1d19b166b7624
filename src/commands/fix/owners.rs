//! The owners of resources, from the states and stacks of this run.

use std::collections::HashMap;

use super::args::input_options;
use crate::aws::TaggableArn;
use crate::cli::{FixArgs, Global};
use crate::commands::Failure;
use crate::commands::check::managers;
use crate::engine::{Ownership, resources};
use crate::fix::journal::Restore;
use crate::fix::plan::{Change, update_owner};
use crate::input::{ManagedResourceIndex, in_memory};
use crate::model::Resource;

/// The resources of changes by ARN, with their place in a state or stack.
pub(super) fn resources_of(
    changes: &[Change],
    managers: Option<&ManagedResourceIndex>,
) -> Result<HashMap<String, Resource<'static>>, Failure> {
    let all = changes.iter().map(|change| change.resource(&change.before)).collect();
    let mut input = in_memory("plan", all, Vec::new());
    if let Some(managers) = managers {
        input = managers.attach(input, &mut Ownership::default())?;
    }
    let mut found: HashMap<String, Resource<'static>> = HashMap::new();
    for resource in resources(&input) {
        let resource = resource?;
        found.insert(resource.arn.as_deref().unwrap_or_default().to_owned(), resource);
    }
    Ok(found)
}

/// Marks the restores of resources that a state or stack of this run manages.
pub(super) fn mark_managed<'r>(
    restores: impl Iterator<Item = &'r mut Restore>,
    args: &FixArgs,
    global: &Global,
) -> Result<(), Failure> {
    let Some(managers) = managers(&args.managed, &input_options(args)?, global, &str::to_owned)? else { return Ok(()) };
    let restores: Vec<&mut Restore> = restores.collect();
    let mut changes: Vec<Change> = restores.iter().filter_map(|restore| change_of(restore)).collect();
    let found = resources_of(&changes, Some(&managers))?;
    for change in &mut changes {
        if let Some(resource) = found.get(&change.arn) {
            update_owner(change, resource, true);
        }
    }
    for restore in restores {
        restore.managed |= changes.iter().any(|change| change.arn == restore.arn && change.owner.is_managed());
    }
    Ok(())
}

/// A change of the resource of a restore.
fn change_of(restore: &Restore) -> Option<Change> {
    let parsed = TaggableArn::parse(&restore.arn)?;
    let place = parsed.place(restore.account.as_deref(), restore.region.as_deref()).ok()?;
    Some(Change {
        kind: parsed.kind.to_owned(),
        arn: restore.arn.clone(),
        name: Some(parsed.name().to_owned()),
        account: place.account,
        region: place.region,
        before: restore.tags.clone(),
        ..Change::default()
    })
}
