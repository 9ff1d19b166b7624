//! The addresses of resources in the AWS Management Console.

/// The domain of the console in each partition (AWS Management Console documentation, "Service endpoints"; AWS China and
/// AWS `GovCloud` user guides, "Signing in").
pub const CONSOLE_DOMAINS: &[(&str, &str)] = &[
    ("aws", "console.aws.amazon.com"),
    ("aws-cn", "console.amazonaws.cn"),
    ("aws-us-gov", "console.amazonaws-us-gov.com"),
];

/// The address of a resource by its type. `{domain}` is that of the partition, `{region}` that of the ARN, `{name}` what
/// follows the last `/` or `:` of the ARN, `{path}` what follows the first of them in its resource part, and `{arn}` the
/// ARN. Types whose address needs more than the ARN are left out.
///
/// AWS does not document these addresses. Each was compared on 2026-11-28 with the code of projects that make them:
///
/// - link2aws (link2aws/link2aws.github.io, commit `1414eaa`, `link2aws.js`): `dynamodb`, `ec2`, `elasticloadbalancing`, `kms`,
///   `lambda`, `rds:cluster`, `s3`, `sns`, `states`, and the domains of the partitions;
/// - amplify-backend of AWS (aws-amplify/amplify-backend, `console_link_generator.ts`): `cognito-identity`, `cognito-idp`,
///   `dynamodb`, and the path `roles/details` of `iam:role`;
/// - `aws_console_url` (MacHu-GWU/aws_console_url-project, `srv/*.py`): `cloudformation`, `ecs`, `rds`, `iam:role`;
/// - the class `ConsoleUrl` of Codinglabs Yolo: `ecs`, `iam:policy`, `iam:role`, `vpcconsole` for `ec2:subnet` and `ec2:vpc`;
/// - runbooks and scripts with the address of a page: `eks` (`/eks/clusters/NAME?region=`) and `iam:user`
///   (`#/users/details/NAME`).
pub const CONSOLE_ADDRESSES: &[(&str, &str)] = &[
    (
        "cloudformation:stack",
        "https://{region}.{domain}/cloudformation/home?region={region}#/stacks/stackinfo?stackId={arn}",
    ),
    (
        "cognito-identity:identitypool",
        "https://{region}.{domain}/cognito/v2/identity/identity-pools/{path}/user-statistics?region={region}",
    ),
    ("cognito-idp:userpool", "https://{region}.{domain}/cognito/v2/idp/user-pools/{name}/info?region={region}"),
    ("dynamodb:table", "https://{region}.{domain}/dynamodbv2/home?region={region}#table?name={name}"),
    ("ec2:image", "https://{region}.{domain}/ec2/home?region={region}#ImageDetails:imageId={name}"),
    ("ec2:instance", "https://{region}.{domain}/ec2/home?region={region}#InstanceDetails:instanceId={name}"),
    ("ec2:security-group", "https://{region}.{domain}/ec2/home?region={region}#SecurityGroup:groupId={name}"),
    ("ec2:snapshot", "https://{region}.{domain}/ec2/home?region={region}#SnapshotDetails:snapshotId={name}"),
    ("ec2:subnet", "https://{region}.{domain}/vpcconsole/home?region={region}#SubnetDetails:subnetId={name}"),
    ("ec2:volume", "https://{region}.{domain}/ec2/home?region={region}#VolumeDetails:volumeId={name}"),
    ("ec2:vpc", "https://{region}.{domain}/vpcconsole/home?region={region}#VpcDetails:VpcId={name}"),
    ("ecs:cluster", "https://{region}.{domain}/ecs/v2/clusters/{name}/services?region={region}"),
    ("eks:cluster", "https://{region}.{domain}/eks/clusters/{name}?region={region}"),
    (
        "elasticloadbalancing:loadbalancer",
        "https://{region}.{domain}/ec2/home?region={region}#LoadBalancer:loadBalancerArn={arn}",
    ),
    ("iam:policy", "https://{domain}/iam/home#/policies/details/{arn}"),
    ("iam:role", "https://{domain}/iam/home#/roles/details/{name}"),
    ("iam:user", "https://{domain}/iam/home#/users/details/{name}"),
    ("kms:key", "https://{region}.{domain}/kms/home?region={region}#/kms/keys/{name}"),
    ("lambda:function", "https://{region}.{domain}/lambda/home?region={region}#/functions/{name}"),
    ("rds:cluster", "https://{region}.{domain}/rds/home?region={region}#database:id={name};is-cluster=true"),
    ("rds:db", "https://{region}.{domain}/rds/home?region={region}#database:id={name};is-cluster=false"),
    ("s3:bucket", "https://{domain}/s3/buckets/{name}"),
    ("sns:topic", "https://{region}.{domain}/sns/v3/home?region={region}#/topic/{arn}"),
    ("states:stateMachine", "https://{region}.{domain}/states/home?region={region}#/statemachines/view/{arn}"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::resource_types;

    #[test]
    fn addresses_are_of_known_types_and_have_known_parts() {
        for (kind, address) in CONSOLE_ADDRESSES {
            assert!(resource_types::named(kind).is_some(), "{kind}");
            let rest = ["{domain}", "{region}", "{name}", "{path}", "{arn}"]
                .iter()
                .fold((*address).to_owned(), |text, part| text.replace(part, ""));
            assert!(address.starts_with("https://") && !rest.contains(['{', '}', ' ', '"']), "{address}");
        }
        assert!(CONSOLE_ADDRESSES.is_sorted());
    }
}
