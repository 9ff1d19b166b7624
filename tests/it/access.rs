//! `taglint explain-access` from a file: the policies that read a tag, and the parts that are not known.

use serde_json::{Value, json};

use crate::common::Scratch;

const ID: &str = "111122223333";

fn answer() -> Value {
    let document = |key: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Sid": "Own", "Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "*", "Condition": {"StringEquals": {(key): "x"}}}]})
    };
    json!({
        "UserDetailList": [{"UserName": "ana", "Arn": format!("arn:aws:iam::{ID}:user/ana"),
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document("aws:PrincipalTag/Owner")}]}],
        "GroupDetailList": [],
        "RoleDetailList": [{"RoleName": "build", "Arn": format!("arn:aws:iam::{ID}:role/build"),
            "AssumeRolePolicyDocument": document("aws:TagKeys")}],
        "Policies": [],
    })
}

#[test]
fn the_policies_that_read_a_key_are_named_whatever_its_case() {
    let scratch = Scratch::new();
    scratch.file("account.json", answer().to_string());
    let run = scratch.run(["explain-access", "OWNER", "--from", "account.json"]);
    run.exits(0);
    for words in [
        "account 111122223333: \"OWNER\" is read by 1 policy",
        "inline policy own of arn:aws:iam::111122223333:user/ana",
        "statement Own: Allow s3:GetObject",
        "allows this only where the caller's tag \"Owner\" is \"x\"",
        "aws:TagKeys",
        "not covered: policies of buckets",
    ] {
        assert!(run.stdout.contains(words), "no {words:?} in:\n{}", run.stdout);
    }
    let json =
        scratch.pipe(["explain-access", "owner", "--from", "-", "--format", "json"], answer().to_string().as_bytes());
    let report = json.exits(0).json();
    assert_eq!(report["accounts"][0]["read-by"][0]["statements"][0]["reads"][0]["reads"], "aws:PrincipalTag/Owner");
    assert_eq!(report["complete"], true);
    let none = scratch.run(["explain-access", "Team", "--from", "account.json"]);
    assert!(none.exits(0).stdout.contains("is read by no policy"), "{}", none.stdout);
}

#[test]
fn a_cut_answer_is_incomplete_and_bad_use_an_error() {
    let scratch = Scratch::new();
    let mut cut = answer();
    cut["IsTruncated"] = true.into();
    scratch.file("cut.json", cut.to_string());
    scratch.file("other.json", "{}");
    let run = scratch.run(["explain-access", "Team", "--from", "cut.json"]);
    assert!(run.exits(3).stdout.contains("may also read \"Team\""), "{}", run.stdout);
    scratch.run(["explain-access", "Team", "--from", "cut.json", "--allow-incomplete"]).exits(0);
    scratch.run(["explain-access", "Team", "--from", "other.json"]).fails_with(2, &["other.json", "aws iam"]);
    scratch.run(["explain-access", "Team", "--from", "no.json"]).fails_with(2, &["no.json"]);
    scratch.run(["explain-access", "", "--from", "cut.json"]).fails_with(2, &["1 to 128"]);
    scratch
        .run(["explain-access", "aws:PrincipalTag/Team", "--from", "cut.json"])
        .fails_with(2, &["give only the tag key", "\"Team\""]);
}
