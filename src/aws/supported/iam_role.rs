//! IAM roles. Source: IAM API Reference, `TagRole`, `UntagRole`, `ListRoleTags`.

use super::resource_type::{
    ArnForm, CloudFormationNames, IdForm, Operation, SupportedType, TagOperations, TerraformNames,
};
use crate::aws::resource_types::Form;

/// IAM roles.
pub const TYPE: SupportedType = SupportedType {
    name: "iam:role",
    singular: "IAM role",
    plural: "IAM roles",
    example_name: "example",
    label: "Roles",
    by_default: false,
    regional: false,
    is_principal: true,
    is_user: false,
    assigned_to_user: false,
    // Not verified for IAM (docs/contributing/aws-facts.md, "Tag limits"), so an absent stack tag says nothing.
    has_stack_tags: false,
    outside_templates: None,
    arn: ArnForm { service: "iam", prefix: "role", id: IdForm::PathAndName },
    terraform: TerraformNames { resource_type: "aws_iam_role", name: "name", id: Some("unique_id") },
    cloudformation: Some(CloudFormationNames {
        resource_type: "AWS::IAM::Role",
        name: "RoleName",
        tags: "Tags",
        tags_form: Form::List,
        example_id: "ExampleRole",
        example_properties: &[
            r#"AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}"#,
        ],
    }),
    tagging: TagOperations {
        service: "iam",
        tag: Operation { command: "tag-role", action: "iam:TagRole" },
        untag: Operation { command: "untag-role", action: "iam:UntagRole" },
        id_field: "RoleName",
        id_option: "--role-name",
        by_name: true,
        tags_form: Form::List,
    },
    read_tags_action: "iam:ListRoleTags",
    tag_editor: ("IAM", "Role"),
};

/// The paths of roles that only AWS can create. Source: IAM guide, service-linked roles and reserved roles.
const AWS_PATHS: [&str; 2] = ["/aws-service-role/", "/aws-reserved/"];

/// Returns `true` if only AWS can create a role with this path.
#[must_use]
pub fn is_path_of_aws(path: &str) -> bool {
    AWS_PATHS.iter().any(|own| path.starts_with(own))
}
