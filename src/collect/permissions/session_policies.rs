//! Session policies: the most that a session of an assumed role may do, whatever the role itself allows. They have at most
//! 2,048 characters (AWS STS API Reference, `AssumeRole`).

use std::collections::BTreeSet;

use serde_json::json;

use crate::aws::supported;
use crate::collect::accounts::enabled_regions::LIST_REGIONS;
use crate::collect::readers::registry::READERS;
use crate::collect::readers::tag_index::GET_RESOURCES;
use crate::iam_policies::OPERATION as READ_POLICIES;

/// The session policy of a scan.
pub(crate) fn scan() -> String {
    let mut actions = BTreeSet::from([LIST_REGIONS, GET_RESOURCES]);
    for reader in READERS {
        actions.extend(reader.list_actions());
        actions.extend(reader.fallback_actions());
        actions.insert(reader.resource_type().read_tags_action);
    }
    allow(&actions)
}

/// The session policy of a fix: read the policies that depend on tags, read tags and write them.
pub(crate) fn fix() -> String {
    let of_type = |each: &'static supported::SupportedType| {
        [each.read_tags_action, each.tagging.tag.action, each.tagging.untag.action]
    };
    allow(&supported::ALL.into_iter().flat_map(of_type).chain([READ_POLICIES]).collect())
}

/// The session policy of `explain-access`.
pub(crate) fn read_policies() -> String {
    allow(&BTreeSet::from([READ_POLICIES]))
}

/// The session policy of an estimate.
pub(crate) fn estimate() -> String {
    allow(&BTreeSet::from(["iam:GetAccountSummary"]))
}

/// A session policy that allows actions on all resources: their ARNs would not fit into 2,048 characters.
fn allow(actions: &BTreeSet<&str>) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_policies_fit_the_limit() {
        for policy in [scan(), fix(), read_policies(), estimate()] {
            assert!(policy.len() <= 2048, "{}", policy.len());
        }
    }
}
