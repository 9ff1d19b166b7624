//! IAM OIDC identity providers. Source: IAM API Reference, `TagOpenIDConnectProvider`,
//! `UntagOpenIDConnectProvider`, `ListOpenIDConnectProviderTags`.

use super::resource_type::{
    ArnForm, CloudFormationNames, IdForm, Operation, SupportedType, TagOperations, TerraformNames,
};
use crate::aws::resource_types::Form;

/// IAM OIDC identity providers.
pub const TYPE: SupportedType = SupportedType {
    name: "iam:oidc-provider",
    singular: "IAM OIDC provider",
    plural: "IAM OIDC providers",
    example_name: "idp.example.com",
    label: "OidcProviders",
    by_default: false,
    regional: false,
    is_principal: false,
    is_user: false,
    assigned_to_user: false,
    // Not verified for IAM (docs/contributing/aws-facts.md, "Tag limits"), so an absent stack tag says nothing.
    has_stack_tags: false,
    outside_templates: None,
    arn: ArnForm { service: "iam", prefix: "oidc-provider", id: IdForm::Text(255) },
    terraform: TerraformNames { resource_type: "aws_iam_openid_connect_provider", name: "url", id: None },
    cloudformation: Some(CloudFormationNames {
        resource_type: "AWS::IAM::OIDCProvider",
        name: "Url",
        tags: "Tags",
        tags_form: Form::List,
        example_id: "ExampleOidcProvider",
        example_properties: &["Url: https://idp.example.com"],
    }),
    tagging: TagOperations {
        service: "iam",
        tag: Operation { command: "tag-open-id-connect-provider", action: "iam:TagOpenIDConnectProvider" },
        untag: Operation { command: "untag-open-id-connect-provider", action: "iam:UntagOpenIDConnectProvider" },
        id_field: "OpenIDConnectProviderArn",
        id_option: "--open-id-connect-provider-arn",
        by_name: false,
        tags_form: Form::List,
    },
    read_tags_action: "iam:ListOpenIDConnectProviderTags",
    tag_editor: ("IAM", "OIDCProvider"),
};
