//! `taglint permissions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{LiveArgs, PolicyArgs};

/// `taglint permissions`.
#[derive(Debug, Subcommand)]
pub enum PermissionsCommand {
    /// The policies that `taglint scan` needs with the same flags and policy.
    #[command(after_help = PERMISSIONS_EXAMPLES)]
    Scan(Box<ScanPermissionsArgs>),
    /// The policies that `taglint explain-access` needs with the same flags.
    #[command(
        after_help = "Example:\n  taglint permissions explain-access --organization --role-name taglint-scan --for-role"
    )]
    ExplainAccess(Box<ExplainAccessPermissionsArgs>),
    /// The policy that carrying out one plan, or taking it back, needs: its resources and its keys, and no others.
    #[command(after_help = FIX_PERMISSIONS_EXAMPLES)]
    Fix(Box<FixPermissionsArgs>),
}

const FIX_PERMISSIONS_EXAMPLES: &str = "\
Examples:
  taglint permissions fix plan.json > fix-policy.json
  taglint permissions fix plan.json --organization --role-name taglint-fix --for-role
  taglint permissions fix plan.json --undo";

/// `taglint permissions fix`.
#[derive(Debug, Args)]
pub struct FixPermissionsArgs {
    /// The plan.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// The flags of the fix.
    #[command(flatten)]
    pub live: LiveArgs,
    /// The policy of the role that is assumed in each account, instead of that of the credentials the fix starts with.
    #[arg(long)]
    pub for_role: bool,
    /// What taking the plan back needs besides: the old keys are written and the new ones taken away.
    #[arg(long)]
    pub undo: bool,
}

const PERMISSIONS_EXAMPLES: &str = "\
Examples:
  taglint permissions scan --type iam:user --type iam:mfa > scan-policy.json
  taglint permissions scan --organization --role-name taglint-scan --all-regions
  taglint permissions scan --organization --role-name taglint-scan --all-regions --for-role
  taglint permissions scan --trust --principal arn:aws:iam::111122223333:role/taglint --external-id WORD";

/// `taglint permissions scan`.
#[derive(Debug, Args)]
pub struct ScanPermissionsArgs {
    /// The flags of the scan.
    #[command(flatten)]
    pub live: LiveArgs,
    /// Where the rules come from: what none of them looks at needs no permission.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Only these rules (ids, globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Without these rules (ids, globs). Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// The policy of the role that is assumed in each account, instead of that of the credentials the scan starts with.
    #[arg(long)]
    pub for_role: bool,
    /// What `scan --estimate` needs in each account.
    #[arg(long, conflicts_with_all = ["for_role", "trust"])]
    pub estimate: bool,
    /// The trust policy of the role in each account.
    #[arg(long, requires = "principal", conflicts_with = "for_role")]
    pub trust: bool,
    /// Whom the role trusts: the ARN of a role or user, or an account for all that it lets.
    #[arg(long, value_name = "ARN|ACCOUNT", requires = "trust")]
    pub principal: Option<String>,
    /// The partition of the ARNs: aws, aws-cn, aws-us-gov, …
    #[arg(long, value_name = "PARTITION", default_value = "aws", value_parser = partition)]
    pub partition: String,
}

/// `taglint permissions explain-access`.
#[derive(Debug, Args)]
pub struct ExplainAccessPermissionsArgs {
    /// The flags of the run.
    #[command(flatten)]
    pub live: LiveArgs,
    /// The policy of the role that is assumed in each account, instead of that of the credentials the run starts with.
    #[arg(long)]
    pub for_role: bool,
    /// The partition of the ARNs: aws, aws-cn, aws-us-gov, …
    #[arg(long, value_name = "PARTITION", default_value = "aws", value_parser = partition)]
    pub partition: String,
}

/// A partition's name as it stands in ARNs.
fn partition(text: &str) -> Result<String, String> {
    let good = text.starts_with("aws") && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if good { Ok(text.to_owned()) } else { Err("a partition is aws, aws-cn, aws-us-gov or the like".to_owned()) }
}
