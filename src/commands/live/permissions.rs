//! `taglint permissions`: the IAM policies that a command needs with the same flags.

use super::super::inputs::{chosen, note, policy};
use super::super::policy_document;
use super::super::{Failure, RunOutcome};
use super::policy_needs::PolicyNeeds;
use super::{access, flags, nothing_to_read};
use crate::aws::AccountId;
use crate::base::quote;
use crate::cli::{ExplainAccessPermissionsArgs, Global, PermissionsCommand, ScanPermissionsArgs};
use crate::collect::{self, AccountSelection, CollectOptions, IndexedTypes, PolicyHolder};
use crate::model::Day;

/// Prints a least-privilege policy.
pub(crate) fn permissions(command: &PermissionsCommand, global: &Global) -> Result<RunOutcome, Failure> {
    let (text, split) = match command {
        PermissionsCommand::ExplainAccess(args) => (explain(args)?, None),
        PermissionsCommand::Fix(args) => return super::super::fix::permissions(args, global),
        PermissionsCommand::Scan(args) => match &args.principal {
            Some(principal) => (trust(args, principal, global)?, None),
            None if args.estimate => (collect::summary_policy(), None),
            None => (scan(args, global)?, args.split.as_deref()),
        },
    };
    policy_document::print(&text, split, global.quiet)?;
    Ok(RunOutcome::Good)
}

fn scan(args: &ScanPermissionsArgs, global: &Global) -> Result<String, Failure> {
    let mut options = flags::options(&args.live, &args.connection)?;
    let policy = policy(&args.rules.policy, global)?;
    let chosen = chosen(&policy, &args.rules)?;
    let named = options.types.len();
    if !PolicyNeeds::new(&policy, &chosen, Day::of(jiff::Timestamp::now())).narrow(&mut options) {
        return Err(nothing_to_read(named));
    }
    if args.for_role && !options.enters_accounts() && options.view.is_none() {
        return Err(Failure::new("--for-role: the scan enters no account")
            .help("the accounts themselves are read from the organization; leave out --for-role"));
    }
    if options.view.is_none() && options.indexed_types.as_ref().is_some_and(IndexedTypes::is_all) && !global.quiet {
        note(ANY_TYPE);
    }
    Ok(collect::scan_policy(&options, holder(args.for_role, &options)?, &args.partition))
}

/// The note on a policy for every type.
const ANY_TYPE: &str = "Cloud Control reads a resource without tags in both indexes with the permissions of the caller; \
    attach the AWS managed policy ReadOnlyAccess too, or the tags of these resources are unknown";

fn explain(args: &ExplainAccessPermissionsArgs) -> Result<String, Failure> {
    let options = access::options(&args.live, &args.connection)?;
    Ok(collect::explain_policy(&options, holder(args.for_role, &options)?, &args.partition))
}

fn holder(for_role: bool, options: &CollectOptions) -> Result<PolicyHolder, Failure> {
    match (for_role, &options.accounts) {
        (false, _) => Ok(PolicyHolder::Caller),
        (true, AccountSelection::Own) => Err(Failure::new("--for-role: these flags assume no role")
            .help("add --role-arn ARN, or --organization --role-name NAME")),
        (true, _) => Ok(PolicyHolder::Role),
    }
}

fn trust(args: &ScanPermissionsArgs, principal: &str, global: &Global) -> Result<String, Failure> {
    if !collect::is_principal(principal) {
        return Err(Failure::new(format!("--principal {}: not a principal that a role can trust", quote(principal)))
            .help("give the ARN of the role or user that starts the scan, or its account id"));
    }
    let ids = flags::external_ids(&args.live.external_id)?;
    if let Some((account, id)) = ids.by_account.first_key_value() {
        return Err(Failure::new(format!("--external-id {}: one trust policy has one external id", quote(account)))
            .help(format!("print the trust policy of account {account} with --external-id {}", quote(id))));
    }
    if !global.quiet {
        for text in trust_warnings(principal, ids.of_all.as_deref()) {
            note(&text);
        }
    }
    Ok(collect::trust_policy(principal, ids.of_all.as_deref(), &args.partition))
}

/// The reasons why a role with this trust policy is open to more than the scan.
fn trust_warnings(principal: &str, external_id: Option<&str>) -> Vec<String> {
    let mut warnings = Vec::new();
    if AccountId::is_valid(principal) || principal.ends_with(":root") {
        warnings.push(format!(
            "{principal} is a whole account: each of its identities that may call sts:AssumeRole can assume the role; \
             give the ARN of the role that starts the scan"
        ));
    }
    if external_id.is_none() {
        warnings.push(
            "the trust policy asks for no external id: if the scan is run for others, they could name this role as \
             theirs; add --external-id"
                .to_owned(),
        );
    }
    warnings
}
