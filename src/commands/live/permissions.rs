//! `taglint permissions`: what a run with the same flags may and must be allowed.

use super::super::inputs::{chosen, policy};
use super::super::output::stdout;
use super::super::{Failure, Outcome};
use super::wants::Wants;
use super::{access, flags, nothing_to_read};
use crate::base::quote;
use crate::cli::{ExplainAccessPermissionsArgs, Global, PermissionsCommand, ScanPermissionsArgs};
use crate::collect::{self, Accounts, Bearer, Options};
use crate::model::Day;

/// Prints a least-privilege policy.
pub(in crate::commands) fn permissions(command: &PermissionsCommand, global: &Global) -> Result<Outcome, Failure> {
    let text = match command {
        PermissionsCommand::ExplainAccess(args) => explain(args)?,
        PermissionsCommand::Fix(args) => return super::fix::permissions(args),
        PermissionsCommand::Scan(args) => match &args.principal {
            Some(principal) => trust(args, principal)?,
            None if args.estimate => collect::summary_policy(),
            None => scan(args, global)?,
        },
    };
    stdout(format!("{text}\n").as_bytes())?;
    Ok(Outcome::Good)
}

fn scan(args: &ScanPermissionsArgs, global: &Global) -> Result<String, Failure> {
    let mut options = flags::options(&args.live)?;
    let policy = policy(&args.policy, global)?;
    let chosen = chosen(&policy, &args.select, &args.ignore)?;
    let named = options.types.len();
    if !Wants::new(&policy, &chosen, Day::of(jiff::Timestamp::now())).narrow(&mut options) {
        return Err(nothing_to_read(named));
    }
    Ok(collect::scan_policy(&options, bearer(args.for_role, &options)?, &args.partition))
}

fn explain(args: &ExplainAccessPermissionsArgs) -> Result<String, Failure> {
    let options = access::options(&args.live)?;
    Ok(collect::explain_policy(&options, bearer(args.for_role, &options)?, &args.partition))
}

fn bearer(for_role: bool, options: &Options) -> Result<Bearer, Failure> {
    match (for_role, &options.accounts) {
        (false, _) => Ok(Bearer::Caller),
        (true, Accounts::Own) => Err(Failure::new("--for-role: these flags assume no role")
            .help("add --role-arn ARN, or --organization --role-name NAME")),
        (true, _) => Ok(Bearer::Role),
    }
}

fn trust(args: &ScanPermissionsArgs, principal: &str) -> Result<String, Failure> {
    if !collect::is_principal(principal) {
        return Err(Failure::new(format!("--principal {}: nobody whom a role can trust", quote(principal)))
            .help("give the ARN of the role or user that starts the scan, or its account"));
    }
    let external_id = args.live.external_id.as_deref();
    let good = |c: char| c.is_alphanumeric() || "_+=,.@:/-".contains(c);
    if let Some(id) = external_id.filter(|id| !(2..=1224).contains(&id.len()) || !id.chars().all(good)) {
        return Err(Failure::new(format!("--external-id {}: not one that AWS takes", quote(id)))
            .help("2 to 1,224 letters, digits and _+=,.@:/-"));
    }
    Ok(collect::trust_policy(principal, external_id, &args.partition))
}
