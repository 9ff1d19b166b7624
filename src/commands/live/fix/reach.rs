//! The accounts that resources are in, entered for writing.

use std::collections::BTreeSet;

use super::super::super::Failure;
use super::super::flags;
use super::remote::Aws;
use crate::aws::supported;
use crate::cli::FixArgs;
use crate::collect::{CollectError, CollectOptions, RegionSelection, TagWriter, TagsFrom};
use crate::fix::plan::{Plan, Target};

/// The accounts that these resources are in, entered.
pub(super) fn connect(args: &FixArgs, places: &BTreeSet<String>) -> Result<Option<Aws>, Failure> {
    let targets: Vec<Target<'_>> = places.iter().filter_map(|arn| Target::of(arn)).collect();
    let options = options(args, &targets)?;
    match TagWriter::connect(&options, &accounts_of(places)) {
        Ok(writer) => Ok(Some(Aws::new(writer))),
        Err(CollectError::Interrupted) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The account flags alone: which resources, types and regions is the plan's or the journal's to say.
fn options(args: &FixArgs, targets: &[Target<'_>]) -> Result<CollectOptions, Failure> {
    let mut options = flags::options(&args.live)?;
    let regions: BTreeSet<String> = targets.iter().filter_map(|t| t.region).map(str::to_owned).collect();
    let kinds: BTreeSet<&str> = targets.iter().map(|target| target.kind).collect();
    options.types = supported::ALL.into_iter().filter(|each| kinds.contains(each.name)).collect();
    options.regions = if regions.is_empty() {
        RegionSelection::Configured
    } else {
        RegionSelection::Named(regions.into_iter().collect())
    };
    options.tags_from = TagsFrom::Direct;
    Ok(options)
}

pub(super) fn accounts_of(places: &BTreeSet<String>) -> BTreeSet<String> {
    places.iter().filter_map(|arn| Target::of(arn)).map(|target| target.account.to_owned()).collect()
}

pub(super) fn arns_of(plan: &Plan) -> BTreeSet<String> {
    plan.changes.iter().map(|change| change.arn.clone()).collect()
}
