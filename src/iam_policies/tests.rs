use serde_json::{Value, json};

use super::*;

const ID: &str = "111122223333";

fn document(key: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
        {"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringEquals": {(key): "x"}}},
    ]})
}

fn arn(resource: &str) -> String {
    format!("arn:aws:iam::{ID}:{resource}")
}

fn managed(name: &str, key: &str, attachments: u64) -> Value {
    json!({"PolicyName": name, "Arn": arn(&format!("policy/{name}")), "DefaultVersionId": "v2",
    "AttachmentCount": attachments, "PermissionsBoundaryUsageCount": 0, "PolicyVersionList": [
        {"VersionId": "v2", "IsDefaultVersion": true, "Document": document(key)},
        {"VersionId": "v1", "IsDefaultVersion": false, "Document": document("aws:PrincipalTag/Old")},
    ]})
}

/// A complete answer, with a policy in every place that can have one.
fn answer() -> Value {
    json!({
        "UserDetailList": [{"UserName": "ana", "Arn": arn("user/ana"), "GroupList": ["dev"],
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document("aws:PrincipalTag/ByUser")}],
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/edge")},
            "AttachedManagedPolicies": []}],
        "GroupDetailList": [{"GroupName": "dev", "Arn": arn("group/dev"),
            "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": document("aws:ResourceTag/ByGroup").to_string()}],
            "AttachedManagedPolicies": [{"PolicyName": "team", "PolicyArn": arn("policy/team")}]}],
        "RoleDetailList": [{"RoleName": "build", "Arn": arn("role/build"), "AttachedManagedPolicies": [],
            "RolePolicyList": [{"PolicyName": "r", "PolicyDocument": document("iam:ResourceTag/ByRole")}],
            "AssumeRolePolicyDocument": document("aws:PrincipalTag/ByTrust")}],
        "Policies": [managed("team", "aws:PrincipalTag/ByTeam", 1), managed("edge", "aws:PrincipalTag/ByEdge", 1),
            managed("spare", "aws:PrincipalTag/BySpare", 0)],
    })
}

fn read(answer: &Value) -> AccountPolicies {
    read_file(answer.to_string().as_bytes()).unwrap()
}

fn known(account: AccountPolicies) -> KnownPolicies {
    KnownPolicies { accounts: vec![account], unread: Vec::new() }
}

#[test]
fn every_place_that_has_a_policy_is_looked_at() {
    let account = read(&answer());
    assert_eq!((account.id.as_str(), account.documents, &account.unread[..]), (ID, 7, &[][..]));
    let known = known(account);
    assert!(known.is_complete());
    for (key, kind, policy) in [
        ("byuser", "iam:user", "inline policy own of arn:aws:iam::111122223333:user/ana"),
        ("ByGroup", "iam:user", "inline policy g of arn:aws:iam::111122223333:group/dev"),
        ("ByGroup", "cognito-idp:userpool", "inline policy g of arn:aws:iam::111122223333:group/dev"),
        ("ByRole", "iam:mfa", "inline policy r of arn:aws:iam::111122223333:role/build"),
        ("ByTrust", "iam:user", "trust policy of arn:aws:iam::111122223333:role/build"),
        ("ByTeam", "iam:user", "arn:aws:iam::111122223333:policy/team"),
        ("ByEdge", "iam:user", "arn:aws:iam::111122223333:policy/edge"),
        ("BySpare", "iam:user", "arn:aws:iam::111122223333:policy/spare"),
    ] {
        let readers = known.readers(ID, kind, key);
        assert_eq!(readers.len(), 1, "{key}");
        assert_eq!((readers[0].policy.as_str(), readers[0].statement.as_deref()), (policy, Some("Own")), "{key}");
    }
    for (key, kind) in
        [("Old", "iam:user"), ("ByTeam", "iam:mfa"), ("ByRole", "cognito-idp:userpool"), ("x", "iam:user")]
    {
        assert!(known.readers(ID, kind, key).is_empty(), "{key} {kind}");
    }
}

#[test]
fn holders_are_named() {
    let account = read(&answer());
    let holders = |name: &str| {
        let policy = account.policies.iter().find(|policy| policy.name == name).unwrap();
        policy.holders.iter().map(|holder| (holder.name.as_str(), holder.as_boundary)).collect::<Vec<_>>()
    };
    assert_eq!(holders("team"), [("dev", false)]);
    assert_eq!(holders("edge"), [("ana", true)]);
    assert!(holders("spare").is_empty());
}

#[test]
fn what_is_left_out_makes_every_key_count_as_read() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 12] = [
        (|a| a["IsTruncated"] = true.into(), "one page of several"),
        (|a| a["NextToken"] = "x".into(), "one page of several"),
        (|a| drop(a.as_object_mut().unwrap().remove("RoleDetailList")), "no `RoleDetailList`"),
        (|a| drop(a.as_object_mut().unwrap().remove("Policies")), "no `Policies`"),
        (|a| a["RoleDetailList"] = json!([]), "has no role"),
        (|a| a["GroupDetailList"] = json!([]), "more than the answer has"),
        (|a| a["Policies"] = json!([]), "not in the answer"),
        (|a| a["Policies"][0]["PolicyVersionList"][0]["Document"] = json!("%%"), "cannot be parsed"),
        (|a| a["Policies"][0]["PolicyVersionList"] = json!([]), "has no document"),
        (|a| a["UserDetailList"][0]["UserPolicyList"][0]["PolicyDocument"] = Value::Null, "has no document"),
        (|a| a["RoleDetailList"][0]["AssumeRolePolicyDocument"] = json!({}), "no statement"),
        (
            |a| drop(a["RoleDetailList"][0].as_object_mut().unwrap().remove("AssumeRolePolicyDocument")),
            "has no document",
        ),
    ];
    for (change, words) in cases {
        let mut answer = answer();
        change(&mut answer);
        let account = read(&answer);
        assert!(account.unread.iter().any(|gap| gap.error.contains(words)), "{words}: {:?}", account.unread);
        let known = known(account);
        assert!(!known.is_complete());
        for kind in ["iam:user", "iam:mfa", "cognito-idp:userpool"] {
            let readers = known.readers(ID, kind, "x");
            assert_eq!((readers.len(), &readers[0].statement), (1, &None), "{words} {kind}");
        }
    }
}

#[test]
fn an_account_that_nobody_read_is_unknown() {
    let known = known(read(&answer()));
    assert_eq!(known.readers("444455556666", "iam:user", "x").len(), 1);
    assert_eq!(KnownPolicies::default().readers(ID, "cognito-idp:userpool", "x")[0].reads, "perhaps aws:ResourceTag/x");
    let denied = AccountPolicies::unread(ID, OPERATION, "AccessDenied".to_owned());
    let known = KnownPolicies { accounts: vec![denied], unread: Vec::new() };
    assert!(known.readers(ID, "iam:user", "x")[0].reads.contains("aws:PrincipalTag/x"));
}

#[test]
fn what_aws_has_and_nobody_uses_is_not_the_accounts() {
    let mut answer = answer();
    let mut policy = managed("X", "aws:PrincipalTag/ByAws", 0);
    policy["Arn"] = "arn:aws:iam::aws:policy/X".into();
    answer["Policies"].as_array_mut().unwrap().push(policy.clone());
    assert!(known(read(&answer)).readers(ID, "iam:user", "ByAws").is_empty());
    answer["Policies"][3]["AttachmentCount"] = 1.into();
    answer["UserDetailList"][0]["AttachedManagedPolicies"] = json!([{"PolicyArn": policy["Arn"]}]);
    let account = read(&answer);
    assert!(account.unread.is_empty());
    assert_eq!(known(account).readers(ID, "iam:user", "ByAws").len(), 1);
}

#[test]
fn files_that_say_nothing_are_errors() {
    for (text, words) in [
        ("", "not the JSON output of the AWS CLI"),
        ("{}", "none of"),
        ("[]", "not the JSON output of the AWS CLI"),
        (r#"{"Policies": [], "Policies": []}"#, "duplicate"),
        (
            r#"{"GroupDetailList": [{"GroupName": "a", "Arn": "arn:aws:iam::111122223333:group/a"},
                {"GroupName": "a", "Arn": "arn:aws:iam::444455556666:group/a"}]}"#,
            "more than one account",
        ),
    ] {
        let error = read_file(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}
