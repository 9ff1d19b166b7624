//! The arguments with the names of resources, so that source, templates and plans say the name that the ARN ends with.

use super::supported;

/// Types whose ARN ends with a name that has another argument than `name`: the type, and its arguments in Terraform and
/// `CloudFormation` (Service Authorization Reference, "Resource types"; Terraform AWS provider 5.100, schema).
const NAMES: [(&str, &str, &str); 5] = [
    ("dynamodb:table", "name", "TableName"),
    ("lambda:function", "function_name", "FunctionName"),
    ("s3:bucket", "bucket", "BucketName"),
    ("sns:topic", "name", "TopicName"),
    ("sqs:queue", "name", "QueueName"),
];

fn of(kind: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    NAMES.iter().find(|(own, ..)| *own == kind)
}

/// The argument of Terraform with the name of a resource of this type: `bucket` of `s3:bucket`.
#[must_use]
pub fn terraform_name(kind: &str) -> &'static str {
    let supported = supported::by_name(kind).map(|supported| supported.terraform.name);
    supported.or_else(|| of(kind).map(|(_, terraform, _)| *terraform)).unwrap_or("name")
}

/// The property of `CloudFormation` with the name of a resource of this type: `BucketName` of `s3:bucket`.
#[must_use]
pub fn cloudformation_name(kind: &str) -> Option<&'static str> {
    match supported::by_name(kind) {
        Some(supported) => supported.cloudformation.map(|names| names.name),
        None => of(kind).map(|(.., cloudformation)| *cloudformation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::resource_types;

    #[test]
    fn every_type_with_a_name_of_its_own_is_a_type_of_the_table() {
        for (kind, ..) in NAMES {
            assert!(resource_types::named(kind).is_some_and(|row| row.kind() == kind), "{kind}");
        }
        assert_eq!((terraform_name("s3:bucket"), cloudformation_name("s3:bucket")), ("bucket", Some("BucketName")));
        assert_eq!((terraform_name("ec2:vpc"), cloudformation_name("ec2:vpc")), ("name", None));
        assert_eq!((terraform_name("iam:user"), cloudformation_name("iam:user")), ("name", Some("UserName")));
    }
}
