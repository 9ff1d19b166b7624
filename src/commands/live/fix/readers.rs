//! Who reads the tags that are about to change: looked up anew by every run that writes, whatever a file says.

use std::collections::BTreeSet;

use super::super::super::Failure;
use super::super::super::explain_access::known_from;
use super::remote::Aws;
use crate::base::quote;
use crate::cli::FixArgs;
use crate::fix::apply::Touched;
use crate::fix::plan::{Access, Permit, Readers, Target};
use crate::iam_policies::KnownPolicies;

/// The policies of the accounts that are written to; none where a flag permits to change whatever they read. `found` are
/// those that this run has looked up already.
pub(super) fn known(
    args: &FixArgs,
    aws: &Aws,
    accounts: &BTreeSet<String>,
    found: Option<KnownPolicies>,
) -> Result<Option<KnownPolicies>, Failure> {
    if args.apply.allow_access_change {
        return Ok(None);
    }
    if !args.access.is_empty() {
        return known_from(&args.access).map(Some);
    }
    Ok(Some(found.unwrap_or_else(|| aws.policies(accounts))))
}

/// Whether what is put back on a resource may be.
pub(super) fn restore(arn: &str, touched: &[Touched], readers: &mut Readers<'_>) -> Result<(), String> {
    let Some(target) = Target::of(arn) else { return Ok(()) };
    let access: Vec<Access> =
        touched.iter().flat_map(|t| readers.of_key(target.account, target.kind, &t.key)).collect();
    who(&access)
}

/// Refuses what somebody reads, with the first who does.
///
/// # Errors
/// Who reads it, and the flag.
pub(super) fn who(access: &[Access]) -> Result<(), String> {
    let Some(first) = access.first() else { return Ok(()) };
    let statement = first.statement.as_deref().map(|sid| format!(", statement {sid}")).unwrap_or_default();
    let more = match access.len() - 1 {
        0 => String::new(),
        others => format!(", and {others} more"),
    };
    Err(format!(
        "it needs {} for {}: {}{statement}: {}{more}",
        Permit::AllowAccessChange.flag(),
        quote(&first.key),
        first.policy,
        first.reads,
    ))
}
