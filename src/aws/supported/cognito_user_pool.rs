//! Amazon Cognito user pools. Source: Amazon Cognito user pools API Reference, `TagResource`, `UntagResource`,
//! `ListTagsForResource`.

use super::resource_type::{
    ArnForm, CloudFormationNames, IdForm, Operation, SupportedType, TagOperations, TerraformNames,
};
use crate::aws::resource_types::Form;

/// Amazon Cognito user pools.
pub const TYPE: SupportedType = SupportedType {
    name: "cognito-idp:userpool",
    singular: "Cognito user pool",
    plural: "Cognito user pools",
    example_name: "eu-west-1_example",
    label: "Pools",
    by_default: true,
    regional: true,
    is_principal: false,
    is_user: false,
    assigned_to_user: false,
    has_stack_tags: true,
    outside_templates: None,
    arn: ArnForm { service: "cognito-idp", prefix: "userpool", id: IdForm::Id(55) },
    terraform: TerraformNames { resource_type: "aws_cognito_user_pool", name: "name", id: Some("id") },
    cloudformation: Some(CloudFormationNames {
        resource_type: "AWS::Cognito::UserPool",
        name: "UserPoolName",
        tags: "UserPoolTags",
        tags_form: Form::Map,
        example_id: "ExamplePool",
        example_properties: &[],
    }),
    tagging: TagOperations {
        service: "cognito-idp",
        tag: Operation { command: "tag-resource", action: "cognito-idp:TagResource" },
        untag: Operation { command: "untag-resource", action: "cognito-idp:UntagResource" },
        id_field: "ResourceArn",
        id_option: "--resource-arn",
        by_name: false,
        tags_form: Form::Map,
    },
    read_tags_action: "cognito-idp:ListTagsForResource",
    tag_editor: ("Cognito", "UserPool"),
};
