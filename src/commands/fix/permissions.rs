//! `taglint permissions fix`: the IAM policy that applying a plan needs.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::read_plan;
use crate::aws::{Arn, TaggableArn};
use crate::cli::{FixPermissionsArgs, Global};
use crate::collect::{self, AccountSelection, MANAGED_POLICY_SIZE, PolicyHolder, TagWrites, policy_parts, policy_size};
use crate::commands::inputs::note;
use crate::commands::live::options as live_options;
use crate::commands::policy_document;
use crate::commands::{Failure, RunOutcome};
use crate::fix::plan::Change;
use crate::fix::requests::{Request, requests};
use crate::fix::tags::TagMap;

/// The managed policies that an identity takes at most, unless its quota is raised (IAM quotas).
const ATTACHED: usize = 10;

/// The note on a policy without the actions of Cloud Control's reads.
const READ_ONLY: &str = "the actions with which Cloud Control reads resources that the tagging API does not list do not fit \
    into a managed policy; attach the AWS managed policy ReadOnlyAccess too, or taglint refuses to change these resources";

/// The writes of a plan to resources of one type.
#[derive(Default)]
struct Writes {
    arns: BTreeSet<String>,
    set: BTreeSet<String>,
    removed: BTreeSet<String>,
}

/// Prints the policy.
pub(crate) fn permissions(args: &FixPermissionsArgs, global: &Global) -> Result<RunOutcome, Failure> {
    let plan = read_plan(&args.plan)?;
    let options = live_options(&args.live, &args.connection)?;
    let holder = match (args.for_role, &options.accounts) {
        (false, _) => PolicyHolder::Caller,
        (true, AccountSelection::Own) => {
            return Err(Failure::new("--for-role: no flag names a role")
                .help("add --role-arn ARN, or --organization --role-name NAME"));
        }
        (true, _) => PolicyHolder::Role,
    };
    let partitions: BTreeSet<&str> =
        plan.changes.iter().filter_map(|change| Arn::parse(&change.arn)).map(|arn| arn.partition).collect();
    let partition = partitions.first().copied().unwrap_or("aws");
    let mut by_kind: BTreeMap<&'static str, Writes> = BTreeMap::new();
    for change in &plan.changes {
        add(&mut by_kind, change, args.undo);
    }
    let list = |set: BTreeSet<String>| set.into_iter().collect();
    let writes: Vec<(&'static str, TagWrites)> = by_kind
        .into_iter()
        .map(|(kind, w)| (kind, TagWrites { arns: list(w.arns), set: list(w.set), removed: list(w.removed) }))
        .collect();
    for kind in collect::types_without_actions(&writes) {
        note(&format!(
            "the tag actions of {kind} are not known: add those of its service to the policy (Service Authorization \
             Reference, access level Tagging)"
        ));
    }
    let policy = |writes: &[_], handlers| collect::fix_policy(writes, &options, holder, partition, handlers);
    let mut text = policy(&writes, true);
    let fits = |text: &str| match args.split {
        Some(_) => policy_parts(text).len() <= ATTACHED,
        None => policy_size(text) <= MANAGED_POLICY_SIZE,
    };
    if !fits(&text) {
        let wide: Vec<_> = writes.iter().map(|(kind, writes)| (*kind, writes.widened())).collect();
        text = policy(&wide, true);
        note(if args.split.is_some() {
            "the ARNs of all resources do not fit into 10 managed policies; they contain their accounts and paths instead"
        } else {
            "the ARNs of all resources do not fit into a managed policy; it contains their accounts and paths instead \
             (--split DIR writes several policies)"
        });
        if !fits(&text) && collect::uses_cloud_control(&writes) {
            text = policy(&wide, false);
            note(READ_ONLY);
        }
    }
    policy_document::print(&text, args.split.as_deref(), global.quiet)?;
    Ok(RunOutcome::Good)
}

fn add(by_kind: &mut BTreeMap<&'static str, Writes>, change: &Change, undo: bool) {
    let Some(parsed) = TaggableArn::parse(&change.arn) else { return };
    let writes = by_kind.entry(parsed.kind).or_default();
    writes.arns.insert(change.arn.clone());
    let mut add_requests = |from: &TagMap, to: &TagMap| {
        for request in requests(&change.kind, from, to).unwrap_or_default() {
            match request {
                Request::Tag(tags) => writes.set.extend(tags.into_keys()),
                Request::Untag(keys) => writes.removed.extend(keys),
            }
        }
    };
    add_requests(&change.before, &change.after);
    if undo {
        // An undo sends the reverse requests.
        add_requests(&change.after, &change.before);
    }
}
