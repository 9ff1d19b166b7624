//! The connection to the accounts of the resources that are written to.

use std::collections::{BTreeMap, BTreeSet};

use super::tag_api::AwsTagApi;
use crate::aws::supported::{self, ResourceArn};
use crate::base::count;
use crate::cli::{FixArgs, Global};
use crate::collect::{AccountWrites, CollectError, CollectOptions, RegionSelection, TagWriter, TagWrites, TagsFrom};
use crate::commands::Failure;
use crate::commands::inputs::note;
use crate::commands::live::options as live_options;
use crate::fix::apply::{Job, JobGoal};
use crate::fix::plan::{Change, Plan};

/// The keys that are written, by the ARN of the resource.
pub(super) type KeysByArn = BTreeMap<String, BTreeSet<String>>;

/// Connects to the accounts of these resources; `None` if Ctrl-C came first.
pub(super) fn connect(args: &FixArgs, keys: &KeysByArn, global: &Global) -> Result<Option<AwsTagApi>, Failure> {
    let parsed: Vec<ResourceArn<'_>> = keys.keys().filter_map(|arn| ResourceArn::parse(arn)).collect();
    let options = options(args, &parsed)?;
    match TagWriter::connect(&options, &by_account(keys)) {
        Ok(writer) => {
            if let (Some(account), false) = (writer.wide_sessions().first(), global.quiet) {
                let accounts = count(writer.wide_sessions().len() as u64, "account");
                note(&format!(
                    "the sessions in {accounts} ({account}, …) are not limited to the resources of the plan: their ARNs \
                     do not fit into a session policy"
                ));
            }
            Ok(Some(AwsTagApi::new(writer)))
        }
        Err(CollectError::Interrupted) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The writes by account and type.
fn by_account(keys: &KeysByArn) -> AccountWrites {
    let mut writes: BTreeMap<String, BTreeMap<&str, TagWrites>> = BTreeMap::new();
    for (arn, keys) in keys {
        let Some(parsed) = ResourceArn::parse(arn) else { continue };
        let of_account = writes.entry(parsed.arn.account.to_owned()).or_default();
        let of_type = of_account.entry(parsed.resource_type.name).or_default();
        of_type.arns.push(arn.clone());
        of_type.set.extend(keys.iter().cloned());
    }
    let typed = |(name, mut writes): (&str, TagWrites)| {
        writes.set.sort();
        writes.set.dedup();
        Some((supported::by_name(name)?, writes))
    };
    writes.into_iter().map(|(account, types)| (account, types.into_iter().filter_map(typed).collect())).collect()
}

/// The keys that a change sets or removes.
pub(super) fn keys_of(change: &Change) -> BTreeSet<String> {
    let all = change.before.keys().chain(change.after.keys());
    all.filter(|key| change.before.get(*key) != change.after.get(*key)).cloned().collect()
}

/// The keys that jobs write, by the ARN of the resource.
pub(super) fn keys_of_jobs(jobs: &[Job]) -> KeysByArn {
    let keys = |job: &Job| match &job.goal {
        JobGoal::Change { change, .. } => keys_of(change),
        JobGoal::Restore { restore, .. } => restore.touched.iter().map(|tag| tag.key.clone()).collect(),
    };
    jobs.iter().map(|job| (job.arn.clone(), keys(job))).collect()
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

/// The keys that the changes of a plan write, by the ARN of the resource.
pub(super) fn keys_of_plan(plan: &Plan) -> KeysByArn {
    plan.changes.iter().map(|change| (change.arn.clone(), keys_of(change))).collect()
}
