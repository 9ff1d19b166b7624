//! The names of types that taglint knows by their ARNs alone: the argument of source that gives the name, and its place in
//! the ARN. Only types whose name AWS takes as it is written, so that source, plan, template and account have one name.

use super::{Arn, supported};

/// The names of one type.
struct NamedType {
    kind: &'static str,
    /// The argument of Terraform.
    terraform: &'static str,
    /// The property of `CloudFormation`.
    cloudformation: &'static str,
    /// The part of an ARN's resource before the name, which ends before a `:`.
    prefix: &'static str,
}

const fn named(
    kind: &'static str,
    terraform: &'static str,
    cloudformation: &'static str,
    prefix: &'static str,
) -> NamedType {
    NamedType { kind, terraform, cloudformation, prefix }
}

/// The types (Service Authorization Reference, "Resource types defined by …"; the schemas of the AWS provider and of
/// `CloudFormation`).
const TYPES: [NamedType; 10] = [
    named("dynamodb:table", "name", "TableName", "table/"),
    named("ecr:repository", "name", "RepositoryName", "repository/"),
    named("ecs:task-definition", "family", "Family", "task-definition/"),
    named("kinesis:stream", "name", "Name", "stream/"),
    named("lambda:function", "function_name", "FunctionName", "function:"),
    named("logs:log-group", "name", "LogGroupName", "log-group:"),
    named("s3:bucket", "bucket", "BucketName", ""),
    named("sns:topic", "name", "TopicName", ""),
    named("sqs:queue", "name", "QueueName", ""),
    named("states:stateMachine", "name", "StateMachineName", "stateMachine:"),
];

fn of_kind(kind: &str) -> Option<&'static NamedType> {
    TYPES.iter().find(|of| of.kind == kind)
}

/// The argument of Terraform with the name of resources of a type.
#[must_use]
pub fn name_in_terraform(kind: &str) -> &'static str {
    let supported = supported::by_name(kind).map(|supported| supported.terraform.name);
    supported.or_else(|| of_kind(kind).map(|of| of.terraform)).unwrap_or("name")
}

/// The property of a template with the name of resources of a type; `None` if taglint does not know one.
#[must_use]
pub fn name_in_cloudformation(kind: &str) -> Option<&'static str> {
    let supported = supported::by_name(kind).and_then(|supported| Some(supported.cloudformation?.name));
    supported.or_else(|| of_kind(kind).map(|of| of.cloudformation))
}

/// Returns `true` if the text of the argument or property is the name: a function may be written as an ARN.
#[must_use]
pub fn is_resource_name(kind: &str, text: &str) -> bool {
    of_kind(kind).is_none() || !text.contains(':')
}

/// The name in an ARN; `None` for types whose ARNs may have something else.
#[must_use]
pub fn name_in_arn<'a>(kind: &str, arn: &'a str) -> Option<&'a str> {
    let of = of_kind(kind)?;
    let rest = Arn::split(arn)?.resource.strip_prefix(of.prefix)?;
    rest.split(':').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_part_of_an_arn_that_source_gives() {
        let name = |kind, resource: &str| {
            let arn = format!("arn:aws:x:eu-central-1:111122223333:{resource}");
            name_in_arn(kind, &arn).map(str::to_owned)
        };
        assert_eq!(name_in_arn("s3:bucket", "arn:aws:s3:::my-logs"), Some("my-logs"));
        assert_eq!(name("lambda:function", "function:pay:7").as_deref(), Some("pay"));
        assert_eq!(name("ecs:task-definition", "task-definition/web:12").as_deref(), Some("web"));
        assert_eq!(name("logs:log-group", "log-group:/aws/lambda/pay:*").as_deref(), Some("/aws/lambda/pay"));
        assert_eq!(name("ecr:repository", "repository/team/app").as_deref(), Some("team/app"));
        assert_eq!(name("ec2:instance", "instance/i-0123456789abcdef0"), None);
        assert_eq!(name("lambda:function", "layer:x"), None);
        assert!(!is_resource_name("lambda:function", "arn:aws:lambda:eu-central-1:111122223333:function:pay"));
    }
}
