//! `taglint policy`.

use std::path::PathBuf;

use clap::Subcommand;

use super::check::PolicyArgs;
use super::policy_export::{DIFF_AFTER_HELP, DiffArgs, EXPORT_AFTER_HELP, ExportArgs};

/// `taglint policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// List the rules
    #[command(after_help = "Example:\n  taglint policy list --policy company.toml")]
    List(PolicyArgs),
    /// Find all errors in a policy
    #[command(after_help = "Exit codes: 0 no errors; 2 errors.\n\nExample:\n  taglint policy check company.toml")]
    Check {
        /// Policy files or folders. Default: the policy that a check would use.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// PATH as a flag, which other commands have.
        #[arg(long = "policy", value_name = "PATH", hide = true)]
        named: Vec<PathBuf>,
        /// Date of the check (YYYY-MM-DD), from which `max-waiver` counts. Default: today in UTC.
        #[arg(long, value_name = "DAY")]
        now: Option<String>,
    },
    /// Copy what a policy names on other machines, and write taglint.lock
    ///
    /// Fetches the files that `extends` and lists name with https or git, writes copies into the folder .taglint
    /// beside the policy file, and their SHA-256 into taglint.lock. A check reads the copies and never the network.
    #[command(
        after_help = "Needs git for git:: and curl for https://. Exit codes: 0 the copies are written; 2 the policy has an error or a file cannot be fetched.\n\nExamples:\n  taglint policy lock\n  taglint policy lock policies/production.toml policies/sandbox.toml"
    )]
    Lock {
        /// Policy files or folders, each a policy of its own. Default: the policy that a check would use.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// PATH as a flag, which other commands have.
        #[arg(long = "policy", value_name = "PATH", hide = true)]
        named: Vec<PathBuf>,
    },
    /// Run the tests of a policy
    #[command(
        after_help = "Exit codes: 0 all tests pass; 1 a test fails; 2 the policy is invalid or has no tests.\n\nExample:\n  taglint policy test company.toml --require-coverage"
    )]
    Test {
        /// Policy files or folders, or names of built-in packs. Default: the policy that a check would use.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// PATH as a flag, which other commands have.
        #[arg(long = "policy", value_name = "PATH", hide = true)]
        named: Vec<PathBuf>,
        /// Also fail for a rule without a passing and a failing test.
        #[arg(long)]
        require_coverage: bool,
        /// Date of the run (YYYY-MM-DD) for tests without one. Default: today in UTC.
        #[arg(long, value_name = "DAY")]
        now: Option<String>,
    },
    /// Explain a rule and how to satisfy it, or the verdict of every rule on one resource
    #[command(
        after_help = "Examples:\n  taglint policy explain cost-center\n  taglint policy explain --resource arn:aws:iam::123456789012:user/anika inventory.jsonl"
    )]
    Explain {
        /// Rule id, or with --resource an inventory.
        #[arg(value_name = "RULE|INVENTORY")]
        what: String,
        /// ARN, address or name of one resource in the inventory.
        #[arg(long, value_name = "ARN")]
        resource: Option<String>,
        /// Date of the run (YYYY-MM-DD). Default: today in UTC.
        #[arg(long, value_name = "DAY")]
        now: Option<String>,
        /// The policy files.
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Print the JSON Schema of policy files, for editors: the same as `taglint schema policy`
    #[command(after_help = "Example:\n  taglint policy schema > schema.json")]
    Schema,
    /// Convert AWS tag policies, or AWS Config's required-tags rules, to a taglint policy
    ///
    /// Reads tag policies of AWS Organizations (as JSON, an answer of the AWS CLI, or in Terraform or CloudFormation);
    /// rules required-tags of AWS Config (their parameters, `describe-config-rules`, CloudFormation templates, conformance
    /// packs, Terraform source); and the output of `aws resourcegroupstaggingapi list-required-tags`. Comments in the
    /// policy and standard error name what could not be carried over.
    #[command(
        after_help = "Examples:\n  aws organizations describe-effective-policy --policy-type TAG_POLICY | taglint policy import - > company.toml\n  taglint policy import root.json unit.json account.json > company.toml\n  taglint policy import conformance-pack.yaml > company.toml"
    )]
    Import {
        /// Files, or `-` for standard input. Several tag policies are merged, that of the root first.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Write the policy as a guard rail of AWS, or for Guard or Terraform
    #[command(after_help = EXPORT_AFTER_HELP)]
    Export(ExportArgs),
    /// Compare the policy with an effective tag policy of AWS
    #[command(after_help = DIFF_AFTER_HELP)]
    Diff(DiffArgs),
}
