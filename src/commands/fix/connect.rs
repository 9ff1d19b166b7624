//! The connection to the accounts of the resources that are written to.

use std::collections::{BTreeMap, BTreeSet};

use super::tag_api::AwsTagApi;
use crate::aws::supported;
use crate::aws::{Place, TaggableArn};
use crate::base::count;
use crate::cli::{FixArgs, Global};
use crate::collect::{AccountWrites, CollectError, CollectOptions, RegionSelection, TagWriter, TagWrites, TagsFrom};
use crate::commands::Failure;
use crate::commands::inputs::note;
use crate::commands::live::options as live_options;
use crate::fix::apply::{Job, JobGoal};
use crate::fix::plan::{Change, Plan};

/// The keys that are written on a resource, with its account and region.
pub(super) struct TargetKeys {
    pub(super) place: Place,
    pub(super) keys: BTreeSet<String>,
}

/// The keys that are written, by the ARN of the resource.
pub(super) type KeysByArn = BTreeMap<String, TargetKeys>;

/// Connects to the accounts of these resources; `None` if Ctrl-C came first.
pub(super) fn connect(args: &FixArgs, keys: &KeysByArn, global: &Global) -> Result<Option<AwsTagApi>, Failure> {
    let options = options(args, keys)?;
    let places = keys.iter().map(|(arn, target)| (arn.clone(), target.place.clone())).collect();
    match TagWriter::connect(&options, &by_account(keys), places) {
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
    let mut writes: BTreeMap<String, BTreeMap<&'static str, TagWrites>> = BTreeMap::new();
    for (arn, target) in keys {
        let Some(parsed) = TaggableArn::parse(arn) else { continue };
        let of_account = writes.entry(target.place.account.clone()).or_default();
        let of_type = of_account.entry(parsed.kind).or_default();
        of_type.arns.push(arn.clone());
        of_type.set.extend(target.keys.iter().cloned());
    }
    let sorted = |(kind, mut writes): (&'static str, TagWrites)| {
        writes.set.sort();
        writes.set.dedup();
        (kind, writes)
    };
    writes.into_iter().map(|(account, types)| (account, types.into_iter().map(sorted).collect())).collect()
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
    let target = |job: &Job| TargetKeys { place: job.place.clone(), keys: keys(job) };
    jobs.iter().map(|job| (job.arn.clone(), target(job))).collect()
}

/// The options of the account flags. Resources, types and regions come from the plan or journal.
fn options(args: &FixArgs, keys: &KeysByArn) -> Result<CollectOptions, Failure> {
    let mut options = live_options(&args.live, &args.connection)?;
    let parsed: Vec<(TaggableArn<'_>, &Place)> =
        keys.iter().filter_map(|(arn, target)| Some((TaggableArn::parse(arn)?, &target.place))).collect();
    let region = |(arn, place): &(TaggableArn<'_>, &Place)| match arn.native {
        Some(_) => place.region.clone(),
        None => Some(place.tagging_region(arn.arn.partition).to_owned()),
    };
    let regions: BTreeSet<String> = parsed.iter().filter_map(region).collect();
    let kinds: BTreeSet<&str> = parsed.iter().map(|(arn, _)| arn.kind).collect();
    options.types = supported::ALL.into_iter().filter(|kind| kinds.contains(kind.name)).collect();
    options.regions = if regions.is_empty() {
        RegionSelection::Configured
    } else {
        RegionSelection::Named(regions.into_iter().collect())
    };
    options.tags_from = TagsFrom::Direct;
    Ok(options)
}

/// The accounts of these resources.
pub(super) fn accounts_of(keys: &KeysByArn) -> BTreeSet<String> {
    keys.values().map(|target| target.place.account.clone()).collect()
}

/// The keys that the changes of a plan write, by the ARN of the resource.
pub(super) fn keys_of_plan(plan: &Plan) -> KeysByArn {
    let target = |change: &Change| {
        let place = Place { account: change.account.clone(), region: change.region.clone() };
        (change.arn.clone(), TargetKeys { place, keys: keys_of(change) })
    };
    plan.changes.iter().map(target).collect()
}
