//! Events that create resources.

use serde_json::{Value, json};

use super::{check, is, record, said};

fn owner() -> Value {
    json!([{"key": "Owner", "value": "a@example.com"}])
}

#[allow(clippy::too_many_lines)] // one row for each type
#[test]
fn the_iam_family_and_cognito_are_judged_by_their_request() {
    let none = json!(null);
    for (service, name, request, response, tags, resource) in [
        (
            "iam",
            "CreateUser",
            json!({"userName": "alice", "path": "/team/"}),
            json!({"user": {"path": "/team/", "arn": "arn:aws:iam::111122223333:user/team/alice", "userName": "alice"}}),
            ("tags", owner()),
            "iam:user arn:aws:iam::111122223333:user/team/alice",
        ),
        // Without a response, path and name tell the ARN.
        (
            "iam",
            "CreateUser",
            json!({"userName": "alice", "path": "/team/"}),
            none.clone(),
            ("tags", owner()),
            "iam:user arn:aws:iam::111122223333:user/team/alice",
        ),
        (
            "iam",
            "CreateRole",
            json!({"roleName": "web", "assumeRolePolicyDocument": "{}"}),
            json!({"role": {"path": "/", "arn": "arn:aws:iam::111122223333:role/web", "roleName": "web",
                "permissionsBoundary": {"permissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary"}}}),
            ("tags", owner()),
            "iam:role arn:aws:iam::111122223333:role/web",
        ),
        (
            "iam",
            "CreatePolicy",
            json!({"policyName": "read", "policyDocument": "{}"}),
            json!({"policy": {"arn": "arn:aws:iam::111122223333:policy/read", "policyName": "read"}}),
            ("tags", owner()),
            "iam:policy arn:aws:iam::111122223333:policy/read",
        ),
        (
            "iam",
            "CreateInstanceProfile",
            json!({"instanceProfileName": "web"}),
            none.clone(),
            ("tags", owner()),
            "iam:instance-profile arn:aws:iam::111122223333:instance-profile/web",
        ),
        (
            "iam",
            "CreateVirtualMFADevice",
            json!({"virtualMFADeviceName": "alice"}),
            json!({"virtualMFADevice": {"serialNumber": "arn:aws:iam::111122223333:mfa/alice"}}),
            ("tags", owner()),
            "iam:mfa arn:aws:iam::111122223333:mfa/alice",
        ),
        (
            "iam",
            "CreateSAMLProvider",
            json!({"name": "idp", "sAMLMetadataDocument": "x"}),
            json!({"sAMLProviderArn": "arn:aws:iam::111122223333:saml-provider/idp"}),
            ("tags", owner()),
            "iam:saml-provider arn:aws:iam::111122223333:saml-provider/idp",
        ),
        (
            "iam",
            "CreateOpenIDConnectProvider",
            json!({"url": "https://id.example.com"}),
            json!({"openIDConnectProviderArn": "arn:aws:iam::111122223333:oidc-provider/id.example.com"}),
            ("tags", owner()),
            "iam:oidc-provider arn:aws:iam::111122223333:oidc-provider/id.example.com",
        ),
        (
            "iam",
            "UploadServerCertificate",
            json!({"serverCertificateName": "www"}),
            none.clone(),
            ("tags", owner()),
            "iam:server-certificate arn:aws:iam::111122223333:server-certificate/www",
        ),
        (
            "cognito-idp",
            "CreateUserPool",
            json!({"poolName": "shop"}),
            json!({"userPool": {"id": "eu-west-1_Ab1", "name": "shop", "arn": "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Ab1"}}),
            ("userPoolTags", json!({"Owner": "a"})),
            "cognito-idp:userpool arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Ab1",
        ),
        (
            "cognito-idp",
            "CreateUserPool",
            json!({"poolName": "shop"}),
            json!({"userPool": {"id": "eu-west-1_Ab1"}}),
            ("userPoolTags", json!({"Owner": "a"})),
            "cognito-idp:userpool arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Ab1",
        ),
        (
            "cognito-identity",
            "CreateIdentityPool",
            json!({"identityPoolName": "shop"}),
            json!({"identityPoolId": "eu-west-1:0000aaaa-1111-2222-3333-444455556666", "identityPoolName": "shop"}),
            ("identityPoolTags", json!({"Owner": "a"})),
            "cognito-identity:identitypool arn:aws:cognito-identity:eu-west-1:111122223333:identitypool/eu-west-1:0000aaaa-1111-2222-3333-444455556666",
        ),
    ] {
        is(record(service, name, request.clone(), response.clone()), 1, &[&format!("missing {resource}")]);
        let mut tagged = request;
        tagged[tags.0] = tags.1;
        is(record(service, name, tagged, response), 0, &[&format!("passed {resource}")]);
    }
}

#[test]
fn other_services_are_judged_by_the_table_of_create_actions() {
    for (service, name, request, response, resource) in [
        (
            "lambda",
            "CreateFunction20150331",
            json!({"functionName": "resize", "role": "arn:aws:iam::111122223333:role/web", "tags": {"Owner": "a"}}),
            json!({"functionArn": "arn:aws:lambda:eu-west-1:111122223333:function:resize", "role": "arn:aws:iam::111122223333:role/web"}),
            "lambda:function arn:aws:lambda:eu-west-1:111122223333:function:resize",
        ),
        (
            "ecs",
            "CreateService",
            json!({"cluster": "c", "tags": owner()}),
            json!({"service": {"serviceArn": "arn:aws:ecs:eu-west-1:111122223333:service/c/web", "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/c"}}),
            "ecs:service arn:aws:ecs:eu-west-1:111122223333:service/c/web",
        ),
        (
            "kms",
            "CreateKey",
            json!({"tags": [{"tagKey": "Owner", "tagValue": "a"}]}),
            json!({"keyMetadata": {"arn": "arn:aws:kms:eu-west-1:111122223333:key/0000aaaa-1111-2222-3333-444455556666"}}),
            "kms:key arn:aws:kms:eu-west-1:111122223333:key/0000aaaa-1111-2222-3333-444455556666",
        ),
        (
            "logs",
            "CreateLogGroup",
            json!({"logGroupName": "/app/web", "tags": {"Owner": "a"}}),
            json!(null),
            "logs:log-group arn:aws:logs:eu-west-1:111122223333:log-group:/app/web",
        ),
        (
            "s3",
            "CreateBucket",
            json!({"bucketName": "example-logs", "Host": "x", "CreateBucketConfiguration": {
            "LocationConstraint": "eu-west-1", "Tags": {"Tag": [{"Key": "Owner", "Value": "a"}]}}}),
            json!(null),
            "s3:bucket arn:aws:s3:::example-logs",
        ),
        (
            "ec2",
            "CreateVolume",
            json!({"size": "8", "tagSpecificationSet": {"items": [{"resourceType": "volume", "tags": owner()}]}}),
            json!({"volumeId": "vol-0a1b2c3d4e5f67890", "tagSet": {"items": owner()}}),
            "ec2:volume arn:aws:ec2:eu-west-1:111122223333:volume/vol-0a1b2c3d4e5f67890",
        ),
        (
            "ec2",
            "CreateVpcEndpoint",
            json!({"CreateVpcEndpointRequest": {"VpcId": "vpc-0a1b2c3d", "TagSpecification":
            {"ResourceType": "vpc-endpoint", "tag": 1, "Tag": {"tag": 1, "Key": "Owner", "Value": "a"}}}}),
            json!({"CreateVpcEndpointResponse": {"vpcEndpoint": {"vpcEndpointId": "vpce-0a1b2c3d", "vpcId": "vpc-0a1b2c3d"}}}),
            "ec2:vpc-endpoint arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-0a1b2c3d",
        ),
        (
            "rds",
            "CreateDBInstance",
            json!({"dBInstanceIdentifier": "shop", "tags": owner()}),
            json!({"dBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:shop"}),
            "rds:db arn:aws:rds:eu-west-1:111122223333:db:shop",
        ),
    ] {
        is(record(service, name, request.clone(), response.clone()), 0, &[&format!("passed {resource}")]);
        let text = request.to_string().replace("Owner", "Team");
        let other = serde_json::from_str(&text).unwrap();
        let answered = serde_json::from_str(&response.to_string().replace("Owner", "Team")).unwrap();
        is(record(service, name, other, answered), 1, &[&format!("missing {resource}")]);
    }
}

#[test]
fn a_call_that_may_find_the_resource_there_tells_no_missing_tag() {
    let queue = "sqs:queue arn:aws:sqs:eu-west-1:111122223333:orders";
    let response = json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"});
    let run = |request| record("sqs", "CreateQueue", request, response.clone());
    is(run(json!({"queueName": "orders", "tags": {"Owner": "a"}})), 0, &[&format!("passed {queue}")]);
    is(run(json!({"queueName": "orders"})), 0, &[&format!("unknown {queue}")]);
    let report = check(run(json!({"queueName": "orders"}))).json();
    assert!(report["unknown"][0]["reason"].as_str().unwrap().contains("was there already"), "{report}");
    let mut bucket = record("s3", "CreateBucket", json!({"bucketName": "b"}), json!(null));
    is(bucket.clone(), 1, &["missing s3:bucket arn:aws:s3:::b"]);
    bucket["awsRegion"] = json!("us-east-1");
    is(bucket, 0, &["unknown s3:bucket arn:aws:s3:::b"]);
}

#[test]
fn instances_and_their_volumes_are_two_resources() {
    let set = |kind: &str, key: &str| json!({"resourceType": kind, "tags": [{"key": key, "value": "a"}]});
    let instance = |tags: Value| json!({"instancesSet": {"items": [{"instanceId": "i-0a1b2c3d4e5f67890", "rootDeviceType": "ebs", "tagSet": {"items": tags}}]}});
    let arn = "ec2:instance arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f67890";
    let volumes = "ec2:volume volumes of i-0a1b2c3d4e5f67890";
    let run = |request, response| record("ec2", "RunInstances", request, response);
    let both = json!({"tagSpecificationSet": {"items": [set("instance", "Owner"), set("volume", "Owner")]}});
    is(run(both, instance(owner())), 0, &[&format!("passed {arn}"), &format!("passed {volumes}")]);
    let one = json!({"tagSpecificationSet": {"items": [set("instance", "Owner"), set("volume", "Team")]}});
    is(run(one.clone(), instance(owner())), 1, &[&format!("missing {volumes}"), &format!("passed {arn}")]);
    is(run(json!({}), instance(json!([]))), 1, &[&format!("missing {arn}"), &format!("missing {volumes}")]);
    // A launch template can have the others.
    let template = json!({"launchTemplate": {"launchTemplateId": "lt-0a1b2c3d", "version": "1"}});
    is(run(template.clone(), instance(json!([]))), 0, &[&format!("unknown {arn}"), &format!("unknown {volumes}")]);
    is(run(template, instance(owner())), 0, &[&format!("passed {arn}"), &format!("unknown {volumes}")]);
    is(run(one, json!(null)), 0, &["unknown-type ec2:RunInstances"]);
}

#[test]
fn tags_that_a_record_hides_are_unread() {
    let secret = json!({"arn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf", "name": "db"});
    let resource = "unknown secretsmanager:secret arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf";
    for request in [
        json!({"name": "db", "tags": "HIDDEN_DUE_TO_SECURITY_REASONS"}),
        json!({"name": "db", "tags": [1, 2]}),
        json!({"name": "db", "deep": {"secretTags": {"Owner": "a"}}}),
        json!({"omitted": true, "originalSize": 200_000, "reason": "Maximum event size exceeded"}),
        json!(null),
    ] {
        let event = record("secretsmanager", "CreateSecret", request, secret.clone());
        is(event, 3, &["tags-unread secretsmanager:secret", resource]);
    }
    // The key is there, whatever its value is.
    let hidden = json!({"name": "db", "tags": [{"key": "Owner", "value": "***"}]});
    is(record("secretsmanager", "CreateSecret", hidden, secret), 0, &[&resource.replace("unknown", "passed")]);
}

#[test]
fn a_failed_call_created_nothing() {
    let mut event = record("iam", "CreateUser", json!({"userName": "alice"}), json!(null));
    event["errorCode"] = json!("AccessDenied");
    let run = check(event);
    assert_eq!((run.code, said(&run)), (0, vec!["no-tags-changed iam:CreateUser".to_owned()]));
    assert!(run.stderr.contains("failed with \"AccessDenied\" and changed nothing"), "{}", run.stderr);
}

#[test]
fn an_event_of_no_known_resource_says_so() {
    for (service, name, want) in [
        ("newthing", "CreateWidget", "unknown-type newthing:CreateWidget"),
        ("kms", "Decrypt", "no-tags-changed kms:Decrypt"),
        ("iam", "AttachRolePolicy", "no-tags-changed iam:AttachRolePolicy"),
    ] {
        let run = check(record(service, name, json!({"arn": "arn:aws:iam::111122223333:role/web"}), json!(null)));
        assert_eq!((run.code, said(&run)), (0, vec![want.to_owned()]));
        assert!(run.stderr.contains("not judged"), "{}", run.stderr);
    }
}

#[test]
fn the_arn_is_not_guessed() {
    // The response names two roles of the same depth, and no one knows which is new.
    let two = json!({"a": "arn:aws:iam::111122223333:role/a", "b": "arn:aws:iam::111122223333:role/b"});
    is(record("iam", "CreateRole", json!({"roleName": "a"}), two), 0, &["unknown-type iam:CreateRole"]);
    // A topic without its ARN has only its name.
    let topic = record("ecr", "CreateRepository", json!({"repositoryName": "app"}), json!(null));
    is(topic, 1, &["missing ecr:repository app"]);
}
