//! IAM instance profiles. Source: IAM API Reference, `TagInstanceProfile`, `UntagInstanceProfile`,
//! `ListInstanceProfileTags`.

use super::resource_type::{ArnForm, IdForm, Operation, SupportedType, TagOperations, TerraformNames};
use crate::aws::resource_types::Form;

/// IAM instance profiles.
pub const TYPE: SupportedType = SupportedType {
    name: "iam:instance-profile",
    singular: "IAM instance profile",
    plural: "IAM instance profiles",
    example_name: "example",
    label: "InstanceProfiles",
    by_default: false,
    regional: false,
    is_principal: false,
    is_user: false,
    assigned_to_user: false,
    // Not verified for IAM (docs/contributing/aws-facts.md, "Tag limits"), so an absent stack tag says nothing.
    has_stack_tags: false,
    outside_templates: Some("CloudFormation cannot tag an instance profile: tag it with the AWS CLI."),
    arn: ArnForm { service: "iam", prefix: "instance-profile", id: IdForm::PathAndName },
    terraform: TerraformNames { resource_type: "aws_iam_instance_profile", name: "name", id: Some("unique_id") },
    // `AWS::IAM::InstanceProfile` has no property for tags.
    cloudformation: None,
    tagging: TagOperations {
        service: "iam",
        tag: Operation { command: "tag-instance-profile", action: "iam:TagInstanceProfile" },
        untag: Operation { command: "untag-instance-profile", action: "iam:UntagInstanceProfile" },
        id_field: "InstanceProfileName",
        id_option: "--instance-profile-name",
        by_name: true,
        tags_form: Form::List,
    },
    read_tags_action: "iam:ListInstanceProfileTags",
    tag_editor: ("IAM", "InstanceProfile"),
};
