//! The reasons why resources of types without a row in the table of types are not judged.

use crate::aws::resource_types::{all, cloudformation, is_untagged, untagged};
use crate::base::nearest;
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

/// A type of `CloudFormation` of which a name may be a misspelling: only one part of it differs, and that in a few letters.
pub(super) fn near_type(name: &str) -> Option<&'static str> {
    let parts = |name: &'static str| name.strip_prefix("AWS::")?.split_once("::");
    let (service, kind) = name.strip_prefix("AWS::")?.split_once("::")?;
    let known =
        || all().iter().filter_map(|row| row.cloudformation).chain(untagged().filter(|name| name.contains("::")));
    let kinds = known().filter(|name| parts(name).is_some_and(|(other, _)| other == service));
    let of_service = nearest(kind, kinds.filter_map(|name| parts(name).map(|(_, kind)| kind)));
    let services = known().filter(|name| parts(name).is_some_and(|(_, other)| other == kind));
    let of_kind = nearest(service, services.filter_map(|name| parts(name).map(|(service, _)| service)));
    let is_meant = |name: &&'static str| match parts(name) {
        Some((own, other)) => own == service && Some(other) == of_service || Some(own) == of_kind && other == kind,
        None => false,
    };
    known().find(is_meant)
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
    fn a_misspelled_type_is_near_one_of_the_table() {
        for (name, want) in [
            ("AWS::S3::Buckett", Some("AWS::S3::Bucket")),
            ("AWS::S3::bucket", Some("AWS::S3::Bucket")),
            ("AWS::EC3::Instance", Some("AWS::EC2::Instance")),
            ("AWS::IAM::ManagedPolicys", Some("AWS::IAM::ManagedPolicy")),
            ("AWS::New::Thing", None),
            ("AWS::S3::Something", None),
            ("Custom::Bucket", None),
        ] {
            assert_eq!(near_type(name), want, "{name}");
        }
    }

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
