//! The connection to the accounts of the resources that are written to.

use std::collections::BTreeSet;

use super::tag_api::AwsTagApi;
use crate::aws::supported::{self, ResourceArn};
use crate::cli::FixArgs;
use crate::collect::{CollectError, CollectOptions, RegionSelection, TagWriter, TagsFrom};
use crate::commands::Failure;
use crate::commands::live::options as live_options;
use crate::fix::plan::Plan;

/// Connects to the accounts of these resources; `None` if Ctrl-C came first.
pub(super) fn connect(args: &FixArgs, resource_arns: &BTreeSet<String>) -> Result<Option<AwsTagApi>, Failure> {
    let parsed: Vec<ResourceArn<'_>> = resource_arns.iter().filter_map(|arn| ResourceArn::parse(arn)).collect();
    let options = options(args, &parsed)?;
    match TagWriter::connect(&options, &accounts_of(resource_arns)) {
        Ok(writer) => Ok(Some(AwsTagApi::new(writer))),
        Err(CollectError::Interrupted) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The options of the account flags. Resources, types and regions come from the plan or journal.
fn options(args: &FixArgs, resource_arns: &[ResourceArn<'_>]) -> Result<CollectOptions, Failure> {
    let mut options = live_options(&args.live, &args.connection)?;
    let regions: BTreeSet<String> = resource_arns.iter().filter_map(ResourceArn::region).map(str::to_owned).collect();
    let kinds: BTreeSet<&str> = resource_arns.iter().map(|arn| arn.resource_type.name).collect();
    options.types = supported::ALL.into_iter().filter(|kind| kinds.contains(kind.name)).collect();
    options.regions = if regions.is_empty() {
        RegionSelection::Configured
    } else {
        RegionSelection::Named(regions.into_iter().collect())
    };
    options.tags_from = TagsFrom::Direct;
    Ok(options)
}

/// The accounts in these ARNs.
pub(super) fn accounts_of(resource_arns: &BTreeSet<String>) -> BTreeSet<String> {
    resource_arns.iter().filter_map(|arn| ResourceArn::parse(arn)).map(|arn| arn.arn.account.to_owned()).collect()
}

/// The ARNs of all changes.
pub(super) fn arns_of(plan: &Plan) -> BTreeSet<String> {
    plan.changes.iter().map(|change| change.arn.clone()).collect()
}
