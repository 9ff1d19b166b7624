//! The reasons why resources of types without a row in the table of types are not judged.

use crate::aws::resource_types::{cloudformation, is_untagged};
use crate::model::NotJudgedReason;

/// The prefixes of the types of Terraform's two AWS providers.
const AWS_PROVIDERS: &[&str] = &["aws_", "awscc_"];

/// Types of templates that `CloudFormation` itself provides, or that SAM makes, and that carry no tags: custom resources
/// run code, and the others control the deployment.
const UNTAGGED: &[&str] = &[
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Macro",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::Serverless::Connector",
    "AWS::Serverless::LayerVersion",
];

/// The prefixes of the types of providers that create nothing in any cloud, and of Terraform itself.
const WITHOUT_CLOUD: &[&str] =
    &["archive_", "cloudinit_", "external_", "http_", "local_", "null_", "random_", "terraform_data", "time_", "tls_"];

/// The reason for a type of Terraform.
pub(super) fn of_terraform(name: &str) -> NotJudgedReason {
    if is_untagged(name) || WITHOUT_CLOUD.iter().any(|prefix| name.starts_with(prefix)) {
        NotJudgedReason::NotTaggable
    } else if AWS_PROVIDERS.iter().any(|prefix| name.starts_with(prefix)) {
        NotJudgedReason::UnknownType
    } else {
        NotJudgedReason::OtherCloud
    }
}

/// The reason for a type of `CloudFormation`.
pub(super) fn of_cloudformation(name: &str) -> NotJudgedReason {
    if name.starts_with("Custom::") || UNTAGGED.contains(&name) || is_untagged(name) {
        NotJudgedReason::NotTaggable
    } else if cloudformation(name).is_some() {
        // AWS tags resources of the type, and a template cannot: `AWS::IAM::InstanceProfile`.
        NotJudgedReason::TagsNotInInput
    } else if name.starts_with("AWS::") || name.ends_with("::MODULE") {
        NotJudgedReason::UnknownType
    } else {
        NotJudgedReason::OtherCloud
    }
}

/// The note about a type whose tags were read although the table lacks it.
pub(super) fn usual_form_note(name: &str) -> String {
    format!("{name} is not in taglint's table of types; its tags were read in the usual form")
}

#[cfg(test)]
mod tests {
    use super::*;
    use NotJudgedReason::{NotTaggable, OtherCloud, TagsNotInInput, UnknownType};

    #[test]
    fn a_type_without_a_row_has_its_reason() {
        for (name, want) in [
            ("aws_new_thing", UnknownType),
            ("awscc_new_thing", UnknownType),
            ("aws_iam_role_policy", NotTaggable),
            ("google_project", OtherCloud),
            ("random_id", NotTaggable),
            ("terraform_data", NotTaggable),
        ] {
            assert_eq!(of_terraform(name), want, "{name}");
        }
        for (name, want) in [
            ("Custom::Thing", NotTaggable),
            ("AWS::CloudFormation::WaitCondition", NotTaggable),
            ("AWS::S3::BucketPolicy", NotTaggable),
            ("AWS::IAM::InstanceProfile", TagsNotInInput),
            ("AWS::New::Thing", UnknownType),
            ("Company::Team::Thing::MODULE", UnknownType),
            ("Datadog::Monitors::Monitor", OtherCloud),
            ("Alexa::ASK::Skill", OtherCloud),
        ] {
            assert_eq!(of_cloudformation(name), want, "{name}");
        }
    }
}
