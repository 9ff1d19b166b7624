//! IAM SAML identity providers. Source: IAM API Reference, `TagSAMLProvider`, `UntagSAMLProvider`,
//! `ListSAMLProviderTags`.

use super::resource_type::{
    ArnForm, CloudFormationNames, IdForm, Operation, SupportedType, TagOperations, TerraformNames,
};
use crate::aws::resource_types::Form;

/// IAM SAML identity providers.
pub const TYPE: SupportedType = SupportedType {
    name: "iam:saml-provider",
    singular: "IAM SAML provider",
    plural: "IAM SAML providers",
    example_name: "example",
    label: "SamlProviders",
    by_default: false,
    regional: false,
    is_principal: false,
    is_user: false,
    assigned_to_user: false,
    // Not verified for IAM (docs/contributing/aws-facts.md, "Tag limits"), so an absent stack tag says nothing.
    has_stack_tags: false,
    outside_templates: None,
    arn: ArnForm { service: "iam", prefix: "saml-provider", id: IdForm::Id(128) },
    terraform: TerraformNames { resource_type: "aws_iam_saml_provider", name: "name", id: None },
    cloudformation: Some(CloudFormationNames {
        resource_type: "AWS::IAM::SAMLProvider",
        name: "Name",
        tags: "Tags",
        tags_form: Form::List,
        example_id: "ExampleSamlProvider",
        example_properties: &["SamlMetadataDocument: METADATA"],
    }),
    tagging: TagOperations {
        service: "iam",
        tag: Operation { command: "tag-saml-provider", action: "iam:TagSAMLProvider" },
        untag: Operation { command: "untag-saml-provider", action: "iam:UntagSAMLProvider" },
        id_field: "SAMLProviderArn",
        id_option: "--saml-provider-arn",
        by_name: false,
        tags_form: Form::List,
    },
    read_tags_action: "iam:ListSAMLProviderTags",
    tag_editor: ("IAM", "SAMLProvider"),
};
