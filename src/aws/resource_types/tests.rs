//! Tests of the table and of the ways into it.

use std::collections::BTreeMap;

use super::lookup::{TABLE, lines};
use super::*;
use crate::base::Globs;

/// Well-known types by their tagging name, `CloudFormation` and Terraform names.
const KNOWN: &[(&str, &str, &[&str])] = &[
    ("acm:certificate", "AWS::CertificateManager::Certificate", &["aws_acm_certificate"]),
    ("apigateway:restapis", "AWS::ApiGateway::RestApi", &["aws_api_gateway_rest_api"]),
    ("autoscaling:autoScalingGroup", "AWS::AutoScaling::AutoScalingGroup", &["aws_autoscaling_group"]),
    ("cloudfront:distribution", "AWS::CloudFront::Distribution", &["aws_cloudfront_distribution"]),
    ("cloudwatch:alarm", "AWS::CloudWatch::Alarm", &["aws_cloudwatch_metric_alarm"]),
    ("cognito-identity:identitypool", "AWS::Cognito::IdentityPool", &["aws_cognito_identity_pool"]),
    ("cognito-idp:userpool", "AWS::Cognito::UserPool", &["aws_cognito_user_pool"]),
    ("dynamodb:table", "AWS::DynamoDB::Table", &["aws_dynamodb_table", "aws_dynamodb_table_replica"]),
    ("ec2:elastic-ip", "AWS::EC2::EIP", &["aws_eip"]),
    ("ec2:instance", "AWS::EC2::Instance", &["aws_instance"]),
    ("ec2:natgateway", "AWS::EC2::NatGateway", &["aws_nat_gateway"]),
    ("ec2:security-group", "AWS::EC2::SecurityGroup", &["aws_default_security_group", "aws_security_group"]),
    ("ec2:volume", "AWS::EC2::Volume", &["aws_ebs_volume"]),
    ("ec2:vpc", "AWS::EC2::VPC", &["aws_default_vpc", "aws_vpc"]),
    ("ecr:repository", "AWS::ECR::Repository", &["aws_ecr_repository"]),
    ("ecs:service", "AWS::ECS::Service", &["aws_ecs_service"]),
    ("eks:nodegroup", "AWS::EKS::Nodegroup", &["aws_eks_node_group"]),
    ("elasticfilesystem:file-system", "AWS::EFS::FileSystem", &["aws_efs_file_system"]),
    ("elasticloadbalancing:loadbalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", &["aws_alb", "aws_lb"]),
    (
        "elasticloadbalancing:targetgroup",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        &["aws_alb_target_group", "aws_lb_target_group"],
    ),
    ("events:rule", "AWS::Events::Rule", &["aws_cloudwatch_event_rule"]),
    ("firehose:deliverystream", "AWS::KinesisFirehose::DeliveryStream", &["aws_kinesis_firehose_delivery_stream"]),
    ("iam:instance-profile", "AWS::IAM::InstanceProfile", &["aws_iam_instance_profile"]),
    ("iam:mfa", "AWS::IAM::VirtualMFADevice", &["aws_iam_virtual_mfa_device"]),
    ("iam:oidc-provider", "AWS::IAM::OIDCProvider", &["aws_iam_openid_connect_provider"]),
    ("iam:policy", "AWS::IAM::ManagedPolicy", &["aws_iam_policy"]),
    ("iam:role", "AWS::IAM::Role", &["aws_iam_role", "aws_iam_service_linked_role"]),
    ("iam:saml-provider", "AWS::IAM::SAMLProvider", &["aws_iam_saml_provider"]),
    ("iam:server-certificate", "AWS::IAM::ServerCertificate", &["aws_iam_server_certificate"]),
    ("iam:user", "AWS::IAM::User", &["aws_iam_user"]),
    ("kms:key", "AWS::KMS::Key", &["aws_kms_external_key", "aws_kms_key"]),
    ("lambda:function", "AWS::Lambda::Function", &["aws_lambda_function"]),
    ("logs:log-group", "AWS::Logs::LogGroup", &["aws_cloudwatch_log_group"]),
    ("rds:cluster", "AWS::RDS::DBCluster", &["aws_rds_cluster"]),
    ("rds:db", "AWS::RDS::DBInstance", &["aws_db_instance", "aws_rds_cluster_instance"]),
    ("route53:hostedzone", "AWS::Route53::HostedZone", &["aws_route53_zone"]),
    ("s3:bucket", "AWS::S3::Bucket", &["aws_s3_bucket"]),
    ("secretsmanager:secret", "AWS::SecretsManager::Secret", &["aws_secretsmanager_secret"]),
    ("sns:topic", "AWS::SNS::Topic", &["aws_sns_topic"]),
    ("sqs:queue", "AWS::SQS::Queue", &["aws_sqs_queue"]),
    ("ssm:parameter", "AWS::SSM::Parameter", &["aws_ssm_parameter"]),
    ("states:stateMachine", "AWS::StepFunctions::StateMachine", &["aws_sfn_state_machine"]),
    ("wafv2:webacl", "AWS::WAFv2::WebACL", &["aws_wafv2_web_acl"]),
];

#[test]
fn every_row_parses_and_no_two_are_the_same() {
    let rows: Vec<&str> = lines(TABLE).collect();
    assert!(rows.len() > 1700 && rows.iter().all(|row| row.split('\t').count() == 9));
    assert_eq!(all().len(), rows.len());
    let (mut own, mut patterns) = (BTreeMap::new(), BTreeMap::new());
    for row in all() {
        for pattern in row.arn_patterns() {
            assert_eq!(patterns.insert(pattern, row), None, "{pattern} stands twice");
        }
        assert!(row.names().any(|name| name == row.kind()), "{row:?}");
        assert_eq!(row.terraform().next().is_some(), row.attribute.is_some(), "{row:?}");
        assert_eq!(named(row.kind()), Some(row), "the kind of a resource means its type");
        assert!(row.sources().next().is_some(), "{row:?}");
        // The one name that several rows may have is a tagging name: that of ARNs that look alike.
        for name in row.own_names() {
            assert_eq!(own.insert(name, row), None, "{name} stands twice");
            assert_eq!(named(name), Some(row), "{name}");
            assert!(!is_untagged(name), "{name} is in both files");
        }
    }
    let shared: Vec<_> = all().iter().filter(|row| row.shares_tagging).collect();
    assert!(shared.iter().all(|row| own.contains_key(row.tagging.unwrap())), "a shared name stands for one type");
}

#[test]
fn known_types_have_the_names_that_aws_and_terraform_give_them() {
    for (tag, template, types) in KNOWN {
        let row = tagging(tag).unwrap_or_else(|| panic!("{tag}"));
        assert_eq!((row.kind(), row.cloudformation), (*tag, Some(*template)));
        assert_eq!(row.terraform().collect::<Vec<_>>(), *types, "{tag}");
        assert_eq!(cloudformation(template), Some(row));
        assert!(types.iter().all(|name| terraform(name) == Some(row)), "{tag}");
        assert!(row.awscc.is_none_or(|name| awscc(name) == Some(row)), "{tag}");
    }
    assert_eq!(awscc("awscc_ec2_vpc_endpoint").unwrap().kind(), "ec2:vpc-endpoint");
    // CloudFormation does not have these, or gives them no tags.
    for (name, kind) in [("aws_ami", "ec2:image"), ("aws_db_snapshot", "rds:snapshot"), ("aws_s3_object", "s3:object")]
    {
        assert_eq!(terraform(name).map(ResourceType::kind), Some(kind));
    }
    // A name of another name space; a type without tags; one that is not there.
    for name in ["AWS::IAM::User", "iam:user", "awscc_iam_user", "aws_iam_user_policy", "aws_nothing"] {
        assert_eq!(terraform(name), None, "{name}");
    }
    assert!(is_untagged("aws_iam_user_policy") && is_untagged("AWS::S3::BucketPolicy") && !is_untagged("aws_nothing"));
    assert_eq!(names("my:own").collect::<Vec<_>>(), ["my:own"]);
}

#[test]
fn the_places_of_tags_are_known() {
    let property = |name: &str| cloudformation(name).unwrap().property.map(|p| (p.name, p.form, p.stack_tags));
    assert_eq!(property("AWS::S3::Bucket"), Some(("Tags", Form::List, StackTags::Yes)));
    assert_eq!(property("AWS::Cognito::UserPool"), Some(("UserPoolTags", Form::Map, StackTags::Yes)));
    assert_eq!(property("AWS::IAM::VirtualMFADevice"), Some(("Tags", Form::List, StackTags::Unknown)));
    assert_eq!(property("AWS::IAM::InstanceProfile"), None);
    let sets =
        |name: &str| cloudformation(name).unwrap().tag_sets().map(|set| (set.path, set.form)).collect::<Vec<_>>();
    assert!(sets("AWS::DynamoDB::GlobalTable").contains(&("Replicas[].Tags", Form::List)));
    let template =
        [("TagSpecifications", Form::Specifications), ("LaunchTemplateData.TagSpecifications", Form::Specifications)];
    assert_eq!(sets("AWS::EC2::LaunchTemplate"), template);
    assert_eq!(terraform("aws_autoscaling_group").unwrap().attribute, Some(TagsAttribute::TagBlocks));
    assert_eq!(terraform("aws_s3_bucket").unwrap().attribute, Some(TagsAttribute::Tags));
}

#[test]
fn an_arn_gives_the_type() {
    for (arn, kind) in [
        ("arn:aws:acm:us-east-1:111122223333:certificate/1234-abcd", "acm:certificate"),
        ("arn:aws:apigateway:eu-west-1::/apis/a1b2c3", "apigateway:apis"),
        ("arn:aws:apigateway:eu-west-1::/restapis/a1b2c3", "apigateway:restapis"),
        ("arn:aws:apigateway:eu-west-1::/restapis/a1b2c3/stages/prod", "apigateway:restapis/stages"),
        ("arn:aws:apigateway:eu-west-1::/vpclinks/a1b2c3", "apigateway:vpclinks"),
        (
            "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:0f2a-11:autoScalingGroupName/web/blue",
            "autoscaling:autoScalingGroup",
        ),
        ("arn:aws:cloudformation:eu-west-1:111122223333:stack/web/0f2a-11", "cloudformation:stack"),
        ("arn:aws:cloudfront::111122223333:distribution/E1A2B3", "cloudfront:distribution"),
        ("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:CPU high: web", "cloudwatch:alarm"),
        ("arn:aws:codepipeline:eu-west-1:111122223333:release", "codepipeline:pipeline"),
        (
            "arn:aws:cognito-identity:eu-west-1:111122223333:identitypool/eu-west-1:0f2a-11",
            "cognito-identity:identitypool",
        ),
        ("arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Ab9", "cognito-idp:userpool"),
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/orders", "dynamodb:table"),
        ("arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0", "ec2:instance"),
        ("arn:aws:ec2:eu-west-1::image/ami-0123", "ec2:image"),
        ("arn:aws:ec2:eu-west-1::snapshot/snap-0123", "ec2:snapshot"),
        ("arn:aws-cn:ec2:cn-north-1:111122223333:security-group/sg-0123", "ec2:security-group"),
        ("arn:aws:ecs:eu-west-1:111122223333:service/cluster/web", "ecs:service"),
        ("arn:aws:ecs:eu-west-1:111122223333:service/web", "ecs:service"),
        ("arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7", "ecs:task-definition"),
        ("arn:aws:eks:eu-west-1:111122223333:nodegroup/prod/workers/0f2a", "eks:nodegroup"),
        ("arn:aws:elasticache:eu-west-1:111122223333:cluster:sessions-001", "elasticache:cluster"),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/50dc6c495c0c9188",
            "elasticloadbalancing:loadbalancer",
        ),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/web/50dc6c495c0c9188",
            "elasticloadbalancing:loadbalancer",
        ),
        // A Classic Load Balancer: the tagging name stands for the newer ones.
        ("arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/web", "aws_elb"),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/50dc6c49",
            "elasticloadbalancing:targetgroup",
        ),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/50dc6c49/0467ef3c",
            "elasticloadbalancing:listener",
        ),
        ("arn:aws:events:eu-west-1:111122223333:rule/nightly", "events:rule"),
        ("arn:aws:events:eu-west-1:111122223333:rule/own-bus/nightly", "events:rule"),
        ("arn:aws:iam::111122223333:instance-profile/team/web", "iam:instance-profile"),
        ("arn:aws:iam::111122223333:mfa/anika", "iam:mfa"),
        ("arn:aws:iam::111122223333:oidc-provider/token.actions.example.com", "iam:oidc-provider"),
        ("arn:aws:iam::111122223333:policy/team/read", "iam:policy"),
        ("arn:aws:iam::111122223333:role/service-role/web", "iam:role"),
        ("arn:aws:iam::111122223333:user/team/anika", "iam:user"),
        ("arn:aws:kinesis:eu-west-1:111122223333:stream/clicks", "kinesis:stream"),
        ("arn:aws:kms:eu-west-1:111122223333:key/0f2a-11", "kms:key"),
        ("arn:aws:lambda:eu-west-1:111122223333:function:resize", "lambda:function"),
        ("arn:aws:lambda:eu-west-1:111122223333:function:resize:live", "lambda:function"),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/resize", "logs:log-group"),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/resize:*", "logs:log-group"),
        ("arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:rds:orders-2026-01-01", "rds:cluster-snapshot"),
        ("arn:aws:rds:eu-west-1:111122223333:cluster:orders", "rds:cluster"),
        ("arn:aws:rds:eu-west-1:111122223333:db:orders", "rds:db"),
        ("arn:aws:rds:eu-west-1:111122223333:snapshot:rds:orders-2026-01-01", "rds:snapshot"),
        ("arn:aws:rds:eu-west-1:111122223333:subgrp:private", "rds:subgrp"),
        ("arn:aws:redshift:eu-west-1:111122223333:cluster:dwh", "redshift:cluster"),
        ("arn:aws:route53:::hostedzone/Z1A2B3", "route53:hostedzone"),
        ("arn:aws:s3:::logs", "s3:bucket"),
        ("arn:aws:s3:::logs/2026/01.gz", "s3:object"),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf", "secretsmanager:secret"),
        ("arn:aws:sns:eu-west-1:111122223333:alerts", "sns:topic"),
        ("arn:aws:sqs:eu-west-1:111122223333:jobs.fifo", "sqs:queue"),
        ("arn:aws:ssm:eu-west-1:111122223333:parameter/prod/db/password", "ssm:parameter"),
        ("arn:aws:states:eu-west-1:111122223333:stateMachine:orders", "states:stateMachine"),
        ("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/web/0f2a-11", "wafv2:webacl"),
    ] {
        assert_eq!(by_arn(arn).map(ResourceType::kind), Some(kind), "{arn}");
    }
    for other in ["arn:aws:iam::111122223333:root", "arn:aws:nothing:::x", "arn:aws:ec2:eu-west-1", "alerts", ""] {
        assert_eq!(by_arn(other), None, "{other}");
    }
}

#[test]
fn a_glob_means_a_type_by_any_of_its_names() {
    for (glob, kind, want) in [
        ("iam:*", "iam:user", true),
        ("aws_iam_user", "iam:user", true),
        ("AWS::IAM::*", "iam:mfa", true),
        ("iam:user", "aws_iam_user", true),
        ("aws_iam_*", "iam:mfa", true),
        ("aws_iam_*", "cognito-idp:userpool", false),
        // Inventories of older versions have these kinds.
        ("s3:bucket", "aws_s3_bucket", true),
        ("aws_s3_bucket", "AWS::S3::Bucket", true),
        ("AWS::S3::Bucket", "aws_s3_bucket", true),
        ("awscc_s3_bucket", "s3:bucket", true),
        ("aws_alb", "aws_lb", true),
        ("s3:b*", "AWS::S3::Bucket", true),
        // A type's own name is not that of the others whose ARNs look alike; their common name is that of all.
        ("rds:db", "aws_docdb_cluster_instance", true),
        ("rds:*", "AWS::DocDB::DBInstance", true),
        ("AWS::DocDB::DBInstance", "aws_docdb_cluster_instance", true),
        ("AWS::DocDB::DBInstance", "rds:db", false),
        ("AWS::RDS::DBInstance", "aws_docdb_cluster_instance", false),
        ("AWS::RDS::DBInstance", "rds:db", true),
        ("*", "anything", true),
        ("my:own", "my:own", true),
        ("iam:*", "aws_instance", false),
    ] {
        assert_eq!(TypeGlobs::new(Globs::new([glob])).matches(kind), want, "{glob} {kind}");
    }
}

#[test]
fn every_name_of_a_type_means_all_of_its_names() {
    for row in all() {
        let own: Vec<_> = row.own_names().collect();
        for name in row.names() {
            let globs = TypeGlobs::new(Globs::new([name]));
            assert!(own.iter().all(|other| globs.matches(other)) && globs.matches(row.kind()), "{name}: {own:?}");
        }
    }
}
