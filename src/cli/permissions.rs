//! The flags of `taglint permissions`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::check::RuleSelectionArgs;
use super::live::{ConnectionArgs, LiveArgs};
use crate::aws::Partition;

/// The heading of the flags that choose the printed policy.
const OUTPUT: &str = "Output";

/// `taglint permissions`.
#[derive(Debug, Subcommand)]
pub enum PermissionsCommand {
    /// Print the IAM policy that `taglint scan` needs with the same flags and policy.
    #[command(after_help = PERMISSIONS_EXAMPLES)]
    Scan(Box<ScanPermissionsArgs>),
    /// Print the IAM policy that `taglint explain-access` needs with the same flags.
    #[command(
        after_help = "Example:\n  taglint permissions explain-access --organization --role-name taglint-scan --for-role"
    )]
    ExplainAccess(Box<ExplainAccessPermissionsArgs>),
    /// Print the IAM policy that applies or reverts one fix plan: its resources and keys, and no others.
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
    /// The fix plan.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// The flags of the fix.
    #[command(flatten)]
    pub live: LiveArgs,
    /// Print the policy for the role in each account instead of the policy for the caller.
    #[arg(long, help_heading = OUTPUT)]
    pub for_role: bool,
    /// Also allow reverting the plan: setting the old keys and removing the new ones.
    #[arg(long, help_heading = OUTPUT)]
    pub undo: bool,
    /// Write the policy into this folder, as one or several files that each fit a managed policy (6,144 characters).
    #[arg(long, value_name = "DIR", help_heading = OUTPUT)]
    pub split: Option<PathBuf>,
    /// The pace of the run and its connection to AWS.
    #[command(flatten)]
    pub connection: ConnectionArgs,
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
    /// The rules: a type to which none of them applies needs no permission.
    #[command(flatten)]
    pub rules: RuleSelectionArgs,
    /// Print the policy for the role in each account instead of the policy for the caller.
    #[arg(long, help_heading = OUTPUT)]
    pub for_role: bool,
    /// Print the policy that `scan --estimate` needs in each account.
    #[arg(long, conflicts_with_all = ["for_role", "trust"], help_heading = OUTPUT)]
    pub estimate: bool,
    /// Write the policy into this folder, as one or several files that each fit a managed policy (6,144 characters).
    #[arg(long, value_name = "DIR", conflicts_with_all = ["estimate", "trust"], help_heading = OUTPUT)]
    pub split: Option<PathBuf>,
    /// Print the trust policy of the role in each account.
    #[arg(long, requires = "principal", conflicts_with = "for_role", help_heading = OUTPUT)]
    pub trust: bool,
    /// The principal that the role trusts: the ARN of a role or user, or an account id.
    #[arg(long, value_name = "ARN|ACCOUNT", requires = "trust", help_heading = OUTPUT)]
    pub principal: Option<String>,
    /// The partition of the ARNs: aws, aws-cn, aws-us-gov, …
    #[arg(long, value_name = "PARTITION", default_value = "aws", value_parser = partition, help_heading = OUTPUT)]
    pub partition: String,
    /// The pace of the run and its connection to AWS.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// `taglint permissions explain-access`.
#[derive(Debug, Args)]
pub struct ExplainAccessPermissionsArgs {
    /// The flags of the run.
    #[command(flatten)]
    pub live: LiveArgs,
    /// Print the policy for the role in each account instead of the policy for the caller.
    #[arg(long, help_heading = OUTPUT)]
    pub for_role: bool,
    /// The partition of the ARNs: aws, aws-cn, aws-us-gov, …
    #[arg(long, value_name = "PARTITION", default_value = "aws", value_parser = partition, help_heading = OUTPUT)]
    pub partition: String,
    /// The pace of the run and its connection to AWS.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// Parses the name of a partition.
fn partition(text: &str) -> Result<String, String> {
    if Partition::is_valid_name(text) {
        Ok(text.to_owned())
    } else {
        Err("a partition name looks like aws, aws-cn or aws-us-gov".to_owned())
    }
}
