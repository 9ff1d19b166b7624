//! IAM users. Source: IAM API Reference, `TagUser`, `UntagUser`, `ListUserTags`.

use super::resource_type::{
    ArnForm, CloudFormationNames, IdForm, Operation, SupportedType, TagOperations, TerraformNames,
};
use crate::aws::resource_types::Form;

/// IAM users.
pub const TYPE: SupportedType = SupportedType {
    name: "iam:user",
    singular: "IAM user",
    plural: "IAM users",
    example_name: "example",
    label: "Users",
    by_default: true,
    regional: false,
    is_principal: true,
    is_user: true,
    assigned_to_user: false,
    // CloudFormation tags user pools, but not IAM users (docs/contributing/aws-facts.md, "Tag limits").
    has_stack_tags: false,
    outside_templates: None,
    arn: ArnForm { service: "iam", prefix: "user", id: IdForm::PathAndName },
    terraform: TerraformNames { resource_type: "aws_iam_user", name: "name", id: Some("unique_id") },
    cloudformation: Some(CloudFormationNames {
        resource_type: "AWS::IAM::User",
        name: "UserName",
        tags: "Tags",
        tags_form: Form::List,
        example_id: "ExampleUser",
        example_properties: &[],
    }),
    tagging: TagOperations {
        service: "iam",
        tag: Operation { command: "tag-user", action: "iam:TagUser" },
        untag: Operation { command: "untag-user", action: "iam:UntagUser" },
        id_field: "UserName",
        id_option: "--user-name",
        by_name: true,
        tags_form: Form::List,
    },
    read_tags_action: "iam:ListUserTags",
    tag_editor: ("IAM", "User"),
};
