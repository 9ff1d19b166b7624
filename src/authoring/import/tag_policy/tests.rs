use serde_json::json;

use super::super::Imported;
use super::super::testing::{findings, import_json, policy_of};
use crate::rule::ViolationKind;

fn check(imported: &Imported, cases: &[(&str, &[(&str, ViolationKind)])]) {
    let policy = policy_of(imported);
    for (resource, want) in cases {
        let found = findings(&policy, resource);
        let found: Vec<_> = found.iter().map(|(id, kind)| (id.as_str(), *kind)).collect();
        assert_eq!(found, *want, "{resource}\n{}", imported.policy);
    }
}

#[test]
fn an_effective_policy_as_the_cli_answers_it() {
    let content = json!({ "tags": { "costcenter": {
        "tag_key": "CostCenter",
        "tag_value": ["100", "200", "300*"],
        "enforced_for": ["cognito-idp:userpool"],
        "report_required_tag_for": ["iam:ALL_SUPPORTED"],
    } } });
    let answer = json!({ "EffectivePolicy": {
        "PolicyContent": content.to_string(), "TargetId": "111122223333", "PolicyType": "TAG_POLICY",
    } });
    let imported = import_json(&answer).expect("a policy");
    let required = "cost-center-required";
    check(
        &imported,
        &[
            (r#"{"type":"iam:user","tags":{}}"#, &[(required, ViolationKind::Missing)]),
            (r#"{"type":"iam:mfa","tags":{"CostCenter":"100"}}"#, &[]),
            (r#"{"type":"iam:mfa","tags":{"CostCenter":"30042"}}"#, &[]),
            (r#"{"type":"iam:mfa","tags":{"CostCenter":"400"}}"#, &[(required, ViolationKind::Value)]),
            (r#"{"type":"iam:mfa","tags":{"costcenter":"100"}}"#, &[(required, ViolationKind::Misspelled)]),
            // `enforced_for` does not require the tag.
            (r#"{"type":"cognito-idp:userpool","tags":{}}"#, &[]),
            (
                r#"{"type":"cognito-idp:userpool","tags":{"CostCenter":"x"}}"#,
                &[("cost-center-enforced", ViolationKind::Value)],
            ),
            (r#"{"type":"s3:bucket","tags":{"CostCenter":"x"}}"#, &[("cost-center-elsewhere", ViolationKind::Value)]),
        ],
    );
    assert!(imported.policy.contains("# It applies to \"111122223333\"."), "{}", imported.policy);
    assert!(!imported.policy.contains("@@"), "{}", imported.policy);
}

#[test]
fn operators_are_read_or_named() {
    let policy = json!({ "tags": {
        "@@operators_allowed_for_child_policies": ["@@none"],
        "Environment": {
            "tag_key": { "@@assign": "Environment", "@@operators_allowed_for_child_policies": ["@@none"] },
            "tag_value": { "@@append": ["Canary"], "@@remove": ["Test"] },
            "enforced_for": { "@@assign": ["iam:user"] },
            "new_field": { "@@assign": 1 },
        },
    } });
    let imported = import_json(&policy).expect("a policy");
    for named in [
        "`@@operators_allowed_for_child_policies` is omitted",
        "`tag_value` has `@@append` or `@@remove`",
        "values = [\"Canary\"]",
        "\"new_field\" (an object)",
        "describe-effective-policy",
        "Neither requires the tag",
    ] {
        assert!(
            imported.policy.lines().any(|line| line.starts_with('#') && line.contains(named)),
            "{named}\n{}",
            imported.policy
        );
    }
    // The values of the parent policy are unknown, so none is reported.
    check(&imported, &[(r#"{"type":"iam:user","tags":{"Environment":"Production"}}"#, &[])]);
}

#[test]
fn scopes_that_overlap_report_a_problem_once() {
    let policy = json!({ "tags": { "owner": {
        "tag_key": { "@@assign": "Owner" },
        "tag_value": { "@@assign": ["a"] },
        "enforced_for": { "@@assign": ["iam:*"] },
        "report_required_tag_for": { "@@assign": ["iam:user"] },
    } } });
    let imported = import_json(&policy).expect("a policy");
    check(
        &imported,
        &[
            (r#"{"type":"iam:user","tags":{"Owner":"b"}}"#, &[("owner-required", ViolationKind::Value)]),
            (r#"{"type":"iam:mfa","tags":{"Owner":"b"}}"#, &[("owner-enforced", ViolationKind::Value)]),
            (r#"{"type":"iam:mfa","tags":{}}"#, &[]),
        ],
    );
}

#[test]
fn what_aws_leaves_open_stays_open() {
    let imported = import_json(&json!({ "tags": { "Project": {} } })).expect("a policy");
    check(
        &imported,
        &[
            (r#"{"type":"iam:mfa","tags":{"project":""}}"#, &[]),
            (r#"{"type":"iam:mfa","tags":{"Project":"x"}}"#, &[("project", ViolationKind::Misspelled)]),
        ],
    );
}

#[test]
fn what_is_no_type_or_value_is_named() {
    let policy = json!({ "tags": { "k": {
        "tag_key": "k",
        "tag_value": [1, true, null, "v".repeat(300), "v"],
        "enforced_for": ["*", "iam", "*:*", "iam:user"],
    }, "bad*": {}, "odd": 1 } });
    let imported = import_json(&policy).expect("a policy");
    for named in [
        "\"*\" in `enforced_for`",
        "\"iam\" in",
        "\"*:*\" in",
        "\"bad*\" is omitted",
        "256 characters",
        "\"odd\" is omitted",
    ] {
        assert!(imported.policy.contains(named), "{named}\n{}", imported.policy);
    }
    check(
        &imported,
        &[
            (r#"{"type":"iam:user","tags":{"k":"true"}}"#, &[]),
            (r#"{"type":"iam:user","tags":{"k":"null"}}"#, &[("k-enforced", ViolationKind::Value)]),
        ],
    );
}

#[test]
fn only_types_outside_enforced_for_are_warnings() {
    let severities = |policy: serde_json::Value| {
        let policy = policy_of(&import_json(&policy).expect("a policy"));
        policy.rules.iter().map(|rule| (rule.id.clone(), rule.severity.name())).collect::<Vec<_>>()
    };
    let enforced = json!({ "tags": { "k": { "enforced_for": ["iam:user"] } } });
    let want = [("k-elsewhere".to_owned(), "warning"), ("k-enforced".to_owned(), "error")];
    assert_eq!(severities(enforced), want);
    assert_eq!(severities(json!({ "tags": { "k": {} } })), [("k".to_owned(), "error")]);
}
