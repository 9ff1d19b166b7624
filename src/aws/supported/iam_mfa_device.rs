//! IAM virtual MFA devices. Hardware and FIDO devices take no tags. Source: IAM API Reference, `TagMFADevice`,
//! `UntagMFADevice`, `ListMFADeviceTags`.

use super::resource_type::{
    ArnForm, CloudFormationNames, IdForm, Operation, SupportedType, TagOperations, TerraformNames,
};
use crate::aws::resource_types::Form;

/// IAM virtual MFA devices.
pub const TYPE: SupportedType = SupportedType {
    name: "iam:mfa",
    singular: "virtual MFA device",
    plural: "virtual MFA devices",
    example_name: "example",
    label: "Devices",
    by_default: true,
    regional: false,
    is_principal: false,
    is_user: false,
    assigned_to_user: true,
    // Not verified: the type has no `tagging` block in its CloudFormation schema (docs/contributing/aws-facts.md,
    // "Terraform and CloudFormation").
    has_stack_tags: false,
    outside_templates: Some("A device that its user registered is in no template: tag it with the AWS CLI."),
    arn: ArnForm { service: "iam", prefix: "mfa", id: IdForm::PathInName },
    terraform: TerraformNames {
        resource_type: "aws_iam_virtual_mfa_device",
        name: "virtual_mfa_device_name",
        id: None,
    },
    cloudformation: Some(CloudFormationNames {
        resource_type: "AWS::IAM::VirtualMFADevice",
        name: "VirtualMfaDeviceName",
        tags: "Tags",
        tags_form: Form::List,
        example_id: "ExampleDevice",
        example_properties: &["Users: [example]"],
    }),
    tagging: TagOperations {
        service: "iam",
        tag: Operation { command: "tag-mfa-device", action: "iam:TagMFADevice" },
        untag: Operation { command: "untag-mfa-device", action: "iam:UntagMFADevice" },
        id_field: "SerialNumber",
        id_option: "--serial-number",
        by_name: false,
        tags_form: Form::List,
    },
    read_tags_action: "iam:ListMFADeviceTags",
    tag_editor: ("IAM", "MFADevice"),
};
