//! `taglint policy export` and `taglint policy diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::check::PolicyArgs;
#[cfg(feature = "aws")]
use super::live::ConnectionArgs;
use super::value::choice;
use crate::authoring::export::ExportFormat;

const FORMATS: [(&str, &str, ExportFormat); 5] = [
    ("aws-tag-policy", "Tag policy of AWS Organizations (JSON)", ExportFormat::AwsTagPolicy),
    ("scp", "Service control policy that denies to create resources without their tags (JSON)", ExportFormat::Scp),
    ("config-rule", "required-tags of AWS Config, as template and conformance pack (YAML)", ExportFormat::ConfigRule),
    ("cloudformation-guard", "Rules of AWS CloudFormation Guard", ExportFormat::CloudformationGuard),
    ("terraform-variables", "Variable `tags` of Terraform with validations", ExportFormat::TerraformVariables),
];

pub(super) const EXPORT_AFTER_HELP: &str = "\
Standard error names every part of the policy that the format cannot say.

Exit codes: 0 exported; 2 nothing can be exported, or the result is larger than AWS allows.

Examples:
  taglint policy export aws-tag-policy --policy company.toml --resources 'ec2:*,s3:bucket' > tag-policy.json
  taglint policy export scp --output scps/
  taglint policy export terraform-variables --output variables.tf";

pub(super) const DIFF_AFTER_HELP: &str = "\
Exit codes: 0 no differences; 1 differences; 2 the policy, the file or the credentials are invalid; \
3 something could not be read.

Examples:
  taglint policy diff --live --profile audit
  aws organizations describe-effective-policy --policy-type TAG_POLICY | taglint policy diff -
  aws resourcegroupstaggingapi list-required-tags | taglint policy diff -";

/// The group of flags in `--help`.
#[cfg(feature = "aws")]
const ACCOUNT: &str = "Live account";

/// The form of an output for people or programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `taglint policy export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The format.
    #[arg(value_name = "FORMAT", value_parser = choice(FORMATS))]
    pub target: ExportFormat,
    /// Output file, or a folder for a policy that needs several documents. Default: standard output.
    #[arg(long, short, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// `json` prints the documents and the omissions as one JSON document.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub format: TextOrJson,
    /// Export only for these types (globs). Repeatable.
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    pub resources: Vec<String>,
    /// Let AWS refuse other values on the types of error rules (`enforced_for`; aws-tag-policy only).
    #[arg(long)]
    pub enforce: bool,
    /// The policy files.
    #[command(flatten)]
    pub policy: PolicyArgs,
}

/// `taglint policy diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Effective tag policy, or output of list-required-tags; `-` for standard input.
    #[cfg_attr(feature = "aws", arg(value_name = "FILE", required_unless_present = "live"))]
    #[cfg_attr(not(feature = "aws"), arg(value_name = "FILE", required = true))]
    pub file: Option<PathBuf>,
    /// Read the effective tag policy of the account of the credentials (organizations:DescribeEffectivePolicy), or, if that
    /// is denied, the keys that it requires (tag:ListRequiredTags).
    #[cfg(feature = "aws")]
    #[arg(long, conflicts_with = "file", help_heading = ACCOUNT)]
    pub live: bool,
    /// Read the account of this role by assuming it.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "ARN", requires = "live", help_heading = ACCOUNT)]
    pub role_arn: Option<String>,
    /// The external id that the role requires.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "ID", requires = "live", help_heading = ACCOUNT)]
    pub external_id: Vec<String>,
    /// The region of tag:ListRequiredTags. Default: the configured region.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "REGION", requires = "live", help_heading = ACCOUNT)]
    pub region: Option<String>,
    /// Output format.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub format: TextOrJson,
    /// The policy files.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// The pace of the run and its connection to AWS.
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub connection: ConnectionArgs,
}
