//! Amazon Cognito identity pools. Source: Amazon Cognito Federated Identities API Reference, `TagResource`,
//! `UntagResource`, `ListTagsForResource`.

use super::resource_type::{
    ArnForm, CloudFormationNames, IdForm, Operation, SupportedType, TagOperations, TerraformNames,
};
use crate::aws::resource_types::Form;

/// Amazon Cognito identity pools.
pub const TYPE: SupportedType = SupportedType {
    name: "cognito-identity:identitypool",
    singular: "Cognito identity pool",
    plural: "Cognito identity pools",
    example_name: "eu-west-1:11111111-2222-3333-4444-555555555555",
    label: "IdentityPools",
    by_default: false,
    regional: true,
    is_principal: false,
    is_user: false,
    assigned_to_user: false,
    // Not verified, so an absent stack tag says nothing.
    has_stack_tags: false,
    outside_templates: None,
    arn: ArnForm { service: "cognito-identity", prefix: "identitypool", id: IdForm::Text(55) },
    terraform: TerraformNames {
        resource_type: "aws_cognito_identity_pool",
        name: "identity_pool_name",
        id: Some("id"),
    },
    cloudformation: Some(CloudFormationNames {
        resource_type: "AWS::Cognito::IdentityPool",
        name: "IdentityPoolName",
        tags: "IdentityPoolTags",
        tags_form: Form::List,
        example_id: "ExampleIdentityPool",
        example_properties: &["AllowUnauthenticatedIdentities: false"],
    }),
    tagging: TagOperations {
        service: "cognito-identity",
        tag: Operation { command: "tag-resource", action: "cognito-identity:TagResource" },
        untag: Operation { command: "untag-resource", action: "cognito-identity:UntagResource" },
        id_field: "ResourceArn",
        id_option: "--resource-arn",
        by_name: false,
        tags_form: Form::Map,
    },
    read_tags_action: "cognito-identity:ListTagsForResource",
    tag_editor: ("Cognito", "IdentityPool"),
};
