//! Events that set and remove tags.

use serde_json::{Value, json};

use super::{at, check, is, record, said};

fn pair(key: &str) -> Value {
    json!([{"key": key, "value": "a@example.com"}])
}

#[test]
fn a_tag_event_tells_the_changed_tags_and_an_untag_event_the_removed_keys() {
    for (service, noun, who, arn) in [
        ("iam", "User", json!({"userName": "alice"}), "iam:user alice"),
        ("iam", "Role", json!({"roleName": "web"}), "iam:role web"),
        ("iam", "InstanceProfile", json!({"instanceProfileName": "web"}), "iam:instance-profile web"),
        ("iam", "ServerCertificate", json!({"serverCertificateName": "www"}), "iam:server-certificate www"),
        (
            "iam",
            "Policy",
            json!({"policyArn": "arn:aws:iam::111122223333:policy/p"}),
            "iam:policy arn:aws:iam::111122223333:policy/p",
        ),
        (
            "iam",
            "MFADevice",
            json!({"serialNumber": "arn:aws:iam::111122223333:mfa/d"}),
            "iam:mfa arn:aws:iam::111122223333:mfa/d",
        ),
        (
            "iam",
            "SAMLProvider",
            json!({"sAMLProviderArn": "arn:aws:iam::111122223333:saml-provider/s"}),
            "iam:saml-provider arn:aws:iam::111122223333:saml-provider/s",
        ),
        (
            "iam",
            "OpenIDConnectProvider",
            json!({"openIDConnectProviderArn": "arn:aws:iam::111122223333:oidc-provider/o"}),
            "iam:oidc-provider arn:aws:iam::111122223333:oidc-provider/o",
        ),
        (
            "dynamodb",
            "Resource",
            json!({"resourceArn": "arn:aws:dynamodb:eu-west-1:111122223333:table/t"}),
            "dynamodb:table arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        ),
        (
            "lambda",
            "Resource20170331v2",
            json!({"resource": "arn:aws:lambda:eu-west-1:111122223333:function:f"}),
            "lambda:function arn:aws:lambda:eu-west-1:111122223333:function:f",
        ),
        ("tagging", "Resources", json!({"resourceARNList": ["arn:aws:s3:::b"]}), "s3:bucket arn:aws:s3:::b"),
        (
            "sqs",
            "Queue",
            json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"}),
            "sqs:queue arn:aws:sqs:eu-west-1:111122223333:q",
        ),
        (
            "kms",
            "Resource",
            json!({"keyId": "0000aaaa-1111-2222-3333-444455556666"}),
            "kms:key arn:aws:kms:eu-west-1:111122223333:key/0000aaaa-1111-2222-3333-444455556666",
        ),
    ] {
        let with = |field: &str, value: Value| {
            let mut request = who.clone();
            request[field] = value;
            request
        };
        let tag = |value| record(service, &format!("Tag{noun}"), with("tags", value), json!(null));
        let untag = |key: &str| record(service, &format!("Untag{noun}"), with("tagKeys", json!([key])), json!(null));
        is(tag(pair("Owner")), 0, &[&format!("passed {arn}")]);
        is(tag(json!({"Owner": "a"})), 0, &[&format!("passed {arn}")]);
        is(tag(pair("Team")), 0, &[&format!("unknown {arn}")]);
        is(untag("Owner"), 1, &[&format!("missing {arn}")]);
        is(untag("Team"), 0, &[&format!("unknown {arn}")]);
    }
}

#[test]
fn letter_case_folds_on_users_and_roles_alone() {
    let untag = |name: &str, who: Value| {
        let mut request = who;
        request["tagKeys"] = json!(["owner"]);
        record("iam", name, request, json!(null))
    };
    is(untag("UntagUser", json!({"userName": "alice"})), 1, &["missing iam:user alice"]);
    is(untag("UntagInstanceProfile", json!({"instanceProfileName": "web"})), 0, &["unknown iam:instance-profile web"]);
}

#[test]
fn the_reason_of_an_unknown_tag_is_that_the_event_does_not_tell_it() {
    let report = check(record("iam", "TagRole", json!({"roleName": "web", "tags": pair("Team")}), json!(null))).json();
    assert_eq!(report["unknown"][0]["reason"], "the event tells only the tags that it changes");
}

#[test]
fn ids_of_ec2_become_arns() {
    let set = json!({"items": [{"resourceId": "i-0a1b2c3d"}, {"resourceId": "snap-0a1b2c3d"}, {"resourceId": "what"}]});
    let (instance, snapshot) = (
        "ec2:instance arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d",
        "ec2:snapshot arn:aws:ec2:eu-west-1::snapshot/snap-0a1b2c3d",
    );
    let run = |name: &str, tags: Value| {
        record("ec2", name, json!({"resourcesSet": set, "tagSet": {"items": tags}}), json!({"_return": true}))
    };
    let each = |word: &str| [format!("{word} {instance}"), format!("{word} {snapshot}")];
    let is = |event, code, word: &str| {
        let each = each(word);
        is(event, code, &[&each[0], &each[1]]);
    };
    is(run("CreateTags", pair("Owner")), 0, "passed");
    is(run("DeleteTags", json!([{"key": "Owner"}])), 1, "missing");
    // All tags are gone.
    is(run("DeleteTags", json!([])), 1, "missing");
    // The key is gone only if it had this value.
    let run = check(run("DeleteTags", pair("Owner")));
    assert_eq!((run.code, said(&run).len()), (3, 4), "{:?}", said(&run));
}

#[test]
fn calls_and_events_that_replace_all_tags_tell_all() {
    let tagging = |key: &str| json!({"bucketName": "b", "tagging": "", "Tagging": {"xmlns": "x", "TagSet": {"Tag": {"Key": key, "Value": "a"}}}});
    let bucket = "s3:bucket arn:aws:s3:::b";
    is(record("s3", "PutBucketTagging", tagging("Owner"), json!(null)), 0, &[&format!("passed {bucket}")]);
    is(record("s3", "PutBucketTagging", tagging("Team"), json!(null)), 1, &[&format!("missing {bucket}")]);
    is(
        record("s3", "DeleteBucketTagging", json!({"bucketName": "b"}), json!(null)),
        1,
        &[&format!("missing {bucket}")],
    );
    for (key, code, word) in [("Owner", 0, "passed"), ("Team", 1, "missing")] {
        let run = check(
            json!({"version": "0", "id": "1", "detail-type": "Tag Change on Resource", "source": "aws.tag",
            "account": "111122223333", "time": "2026-11-27T10:00:00Z", "region": "eu-west-1",
            "resources": ["arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d"],
            "detail": {"changed-tag-keys": ["x"], "service": "ec2", "resource-type": "instance", "version": 3, "tags": {key: "a"}}}),
        );
        let want = format!("{word} ec2:instance arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d");
        assert_eq!((run.code, said(&run)), (code, vec![want]));
    }
}

#[test]
fn resources_that_a_call_did_not_change_are_left_out() {
    let request = json!({"resourceARNList": ["arn:aws:s3:::a", "arn:aws:s3:::b"], "tags": {"Owner": "x"}});
    let response = json!({"failedResourcesMap": {"arn:aws:s3:::a": {"statusCode": 403, "errorCode": "AccessDenied"}}});
    is(record("tagging", "TagResources", request, response), 0, &["passed s3:bucket arn:aws:s3:::b"]);
}

#[test]
fn a_tag_event_without_its_tags_is_unread() {
    for request in [json!({"roleName": "web"}), json!({"roleName": "web", "tags": "HIDDEN_DUE_TO_SECURITY_REASONS"})] {
        is(record("iam", "TagRole", request, json!(null)), 3, &["tags-unread iam:role", "unknown iam:role web"]);
    }
    is(
        record("kinesisvideo", "TagStream", json!({"streamName": "x", "tags": {}}), json!(null)),
        0,
        &["unknown-type kinesisvideo:TagStream"],
    );
}

#[test]
fn the_events_of_a_log_file_are_applied_in_the_order_of_time() {
    let created = |second| {
        let response = json!({"user": {"arn": "arn:aws:iam::111122223333:user/team/alice", "userName": "alice"}});
        at(second, record("iam", "CreateUser", json!({"userName": "alice", "path": "/team/"}), response))
    };
    let tagged = |second, key: &str| {
        at(second, record("iam", "TagUser", json!({"userName": "alice", "tags": pair(key)}), json!(null)))
    };
    let untagged = |second| {
        at(second, record("iam", "UntagUser", json!({"userName": "alice", "tagKeys": ["Owner"]}), json!(null)))
    };
    let deleted = |second| at(second, record("iam", "DeleteUser", json!({"userName": "alice"}), json!(null)));
    let user = "iam:user arn:aws:iam::111122223333:user/team/alice";
    for (records, code, want) in [
        // The log is not sorted, and the call that tags can be in the same second.
        (json!([tagged(1, "Owner"), created(1)]), 0, vec![format!("passed {user}")]),
        (json!([tagged(2, "Team"), created(1)]), 1, vec![format!("missing {user}")]),
        (json!([untagged(3), tagged(2, "Owner"), created(1)]), 1, vec![format!("missing {user}")]),
        (json!([untagged(2), tagged(3, "Owner"), created(1)]), 0, vec![format!("passed {user}")]),
        // Nobody knows which came first.
        (
            json!([created(1), untagged(2), tagged(2, "Owner")]),
            3,
            vec!["tags-unread iam:user".to_owned(), format!("unknown {user}")],
        ),
        (json!([created(1), tagged(2, "Team"), deleted(3)]), 0, vec![]),
    ] {
        let run = check(json!({ "Records": records }));
        assert_eq!((run.code, said(&run)), (code, want), "{records} {}", run.stderr);
    }
}
