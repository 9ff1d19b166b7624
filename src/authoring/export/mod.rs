//! Exports of a policy to the languages in which AWS and others enforce tags.
//!
//! No export refuses what the policy allows, and none is weaker than the policy in silence: an [`Omission`] names every part
//! that a format cannot say. Text from the policy reaches an output only through the encoder of its language.

mod config_rule;
mod demands;
mod document;
mod format;
mod guard;
mod omission;
mod pattern;
mod scope;
mod scp;
mod tag_policy;
mod value_tests;
mod variables;

use crate::policy::Policy;

pub use document::{Document, ExportError, Exported};
pub use format::{ExportFormat, ExportOptions};
pub use omission::{Effect, Omission};

pub(super) use demands::{RuleDemand, demands};
pub(super) use omission::Omissions;
pub(super) use tag_policy::{AllowedValues, KeyPolicy, keys};

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
        ExportFormat::ConfigRule => config_rule::write(policy, &demands, &mut omissions),
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
