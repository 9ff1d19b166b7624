//! IAM server certificates. Source: IAM API Reference, `TagServerCertificate`, `UntagServerCertificate`,
//! `ListServerCertificateTags`.

use super::resource_type::{
    ArnForm, CloudFormationNames, IdForm, Operation, SupportedType, TagOperations, TerraformNames,
};
use crate::aws::resource_types::Form;

/// IAM server certificates.
pub const TYPE: SupportedType = SupportedType {
    name: "iam:server-certificate",
    singular: "IAM server certificate",
    plural: "IAM server certificates",
    example_name: "example",
    label: "Certificates",
    by_default: false,
    regional: false,
    is_principal: false,
    is_user: false,
    assigned_to_user: false,
    // Not verified for IAM (docs/contributing/aws-facts.md, "Tag limits"), so an absent stack tag says nothing.
    has_stack_tags: false,
    outside_templates: None,
    arn: ArnForm { service: "iam", prefix: "server-certificate", id: IdForm::PathAndName },
    terraform: TerraformNames { resource_type: "aws_iam_server_certificate", name: "name", id: None },
    cloudformation: Some(CloudFormationNames {
        resource_type: "AWS::IAM::ServerCertificate",
        name: "ServerCertificateName",
        tags: "Tags",
        tags_form: Form::List,
        example_id: "ExampleCertificate",
        example_properties: &[],
    }),
    tagging: TagOperations {
        service: "iam",
        tag: Operation { command: "tag-server-certificate", action: "iam:TagServerCertificate" },
        untag: Operation { command: "untag-server-certificate", action: "iam:UntagServerCertificate" },
        id_field: "ServerCertificateName",
        id_option: "--server-certificate-name",
        by_name: true,
        tags_form: Form::List,
    },
    read_tags_action: "iam:ListServerCertificateTags",
    tag_editor: ("IAM", "ServerCertificate"),
};
