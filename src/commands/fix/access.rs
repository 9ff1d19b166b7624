//! The policies that may read changed keys. Every run that writes reads them again, regardless of the plan file.

use std::collections::BTreeSet;

use super::tag_api::AwsTagApi;
use crate::cli::FixArgs;
use crate::commands::Failure;
use crate::commands::explain_access::known_from;
use crate::iam_policies::KnownPolicies;

/// Returns the policies of the accounts that are written to; `None` if `--allow-access-change` permits every change.
/// `found` are the policies that this run has read already.
pub(super) fn known_policies(
    args: &FixArgs,
    api: &AwsTagApi,
    accounts: &BTreeSet<String>,
    found: Option<KnownPolicies>,
) -> Result<Option<KnownPolicies>, Failure> {
    if args.apply.allow_access_change {
        return Ok(None);
    }
    if !args.access.is_empty() {
        return known_from(&args.access).map(Some);
    }
    Ok(Some(found.unwrap_or_else(|| api.policies(accounts))))
}
