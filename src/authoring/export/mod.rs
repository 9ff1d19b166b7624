//! Exports of a policy to the languages in which AWS and others enforce tags.
//!
//! No export refuses what the policy allows, and none is weaker than the policy in silence: an [`Omission`] names every part
//! that a format cannot say. Text from the policy reaches an output only through the encoder of its language.

mod config_rule;
mod demands;
mod document;
mod guard;
mod omission;
mod pattern;
mod scope;
mod scp;
mod tag_policy;
mod value_tests;
mod variables;

use crate::aws::TypeGlobs;
use crate::policy::Policy;

pub use document::{Document, ExportError, Exported};
pub use omission::{Effect, Omission};

pub(super) use demands::{RuleDemand, demands};
pub(super) use omission::Omissions;
pub(super) use tag_policy::{AllowedValues, KeyPolicy, keys};

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

/// Writes a policy in another language.
///
/// # Errors
/// [`ExportError`], if no rule can be exported, or the result is larger than AWS allows.
pub fn export(policy: &Policy, format: ExportFormat, options: &ExportOptions) -> Result<Exported, ExportError> {
    let mut omissions = Omissions::new(format);
    omissions.waivers(policy);
    let demands = demands(policy, options, &mut omissions);
    let documents = match format {
        ExportFormat::AwsTagPolicy => tag_policy::write(&demands, options, &mut omissions),
        ExportFormat::Scp => scp::write(policy, &demands, &mut omissions),
        ExportFormat::ConfigRule => Ok(config_rule::write(policy, &demands, &mut omissions)),
        ExportFormat::CloudformationGuard => Ok(guard::write(policy, &demands, &mut omissions)),
        ExportFormat::TerraformVariables => Ok(variables::write(policy, &demands, &mut omissions)),
    }?;
    if documents.is_empty() {
        return Err(ExportError::Nothing(format, omissions.finish()));
    }
    Ok(Exported { documents, omissions: omissions.finish() })
}

#[cfg(test)]
mod tests;
