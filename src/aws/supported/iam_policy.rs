//! IAM customer managed policies. The policies of AWS belong to no account. Source: IAM API Reference, `TagPolicy`,
//! `UntagPolicy`, `ListPolicyTags`.

use super::resource_type::{ArnForm, IdForm, Operation, SupportedType, TagOperations, TerraformNames};
use crate::aws::resource_types::Form;

/// IAM customer managed policies.
pub const TYPE: SupportedType = SupportedType {
    name: "iam:policy",
    singular: "IAM policy",
    plural: "IAM policies",
    example_name: "example",
    label: "Policies",
    by_default: false,
    regional: false,
    is_principal: false,
    is_user: false,
    assigned_to_user: false,
    // Not verified for IAM (docs/contributing/aws-facts.md, "Tag limits"), so an absent stack tag says nothing.
    has_stack_tags: false,
    outside_templates: Some("CloudFormation cannot tag a policy: tag it with the AWS CLI."),
    arn: ArnForm { service: "iam", prefix: "policy", id: IdForm::PathAndName },
    terraform: TerraformNames { resource_type: "aws_iam_policy", name: "name", id: Some("policy_id") },
    // `AWS::IAM::ManagedPolicy` has no property for tags.
    cloudformation: None,
    tagging: TagOperations {
        service: "iam",
        tag: Operation { command: "tag-policy", action: "iam:TagPolicy" },
        untag: Operation { command: "untag-policy", action: "iam:UntagPolicy" },
        id_field: "PolicyArn",
        id_option: "--policy-arn",
        by_name: false,
        tags_form: Form::List,
    },
    read_tags_action: "iam:ListPolicyTags",
    tag_editor: ("IAM", "Policy"),
};
