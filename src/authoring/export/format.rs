//! The formats of an export, and its choices.

use crate::aws::TypeGlobs;

/// A format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ExportFormat {
    /// A tag policy of AWS Organizations.
    AwsTagPolicy,
    /// A service control policy of AWS Organizations.
    Scp,
    /// Rules `required-tags` of AWS Config, in a template.
    ConfigRule,
    /// Rules of AWS `CloudFormation` Guard.
    CloudformationGuard,
    /// A variable of Terraform with validations.
    TerraformVariables,
}

impl ExportFormat {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The name in messages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::AwsTagPolicy => "a tag policy",
            Self::Scp => "a service control policy",
            Self::ConfigRule => "required-tags of AWS Config",
            Self::CloudformationGuard => "a Guard rule",
            Self::TerraformVariables => "a Terraform variable",
        }
    }
}

/// The choices of an export.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// The types to export; `None` for all that the rules cover.
    pub resources: Option<TypeGlobs>,
    /// `true` if a tag policy refuses other values (`enforced_for`).
    pub enforce: bool,
}
