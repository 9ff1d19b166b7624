use serde_json::json;

use super::super::import;
use crate::authoring::must_load;
use crate::model::{Day, Resource, parse_line};
use crate::rule::{EmptyIndex, Verdict, ViolationKind};

/// The kinds of findings, by rule, for one resource.
fn findings(text: &str, resource: &str) -> Vec<(String, ViolationKind)> {
    let policy = must_load(text);
    let Ok(crate::model::Line::Resource(resource)) = parse_line(resource.as_bytes()) else { panic!("{resource}") };
    let resource: Resource<'_> = resource;
    let today = Day::parse("2026-01-01").expect("a day");
    crate::engine::evaluate(&policy, &resource, today, &EmptyIndex, false)
        .into_iter()
        .filter_map(|(at, answer)| match answer {
            Verdict::Fail(violations) => Some((policy.rules[at].id.clone(), violations[0].kind)),
            _ => None,
        })
        .collect()
}

fn check(text: &str, cases: &[(&str, &[(&str, ViolationKind)])]) {
    for (resource, want) in cases {
        let found = findings(text, resource);
        let found: Vec<_> = found.iter().map(|(id, kind)| (id.as_str(), *kind)).collect();
        assert_eq!(found, *want, "{resource}\n{text}");
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
    let text = import(&answer.to_string()).expect("a policy");
    let required = "cost-center-required";
    check(
        &text,
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
    assert!(text.contains("# It applies to \"111122223333\"."), "{text}");
    assert!(!text.contains("@@"), "{text}");
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
    let text = import(&policy.to_string()).expect("a policy");
    for named in [
        "\"@@operators_allowed_for_child_policies\" of `tags`",
        "`@@operators_allowed_for_child_policies` of `tag_key`",
        "`tag_value` has `@@append`",
        "`tag_value` has `@@remove`",
        "values = [\"Canary\"]",
        "\"new_field\" (an object)",
        "describe-effective-policy",
        "Neither requires the tag",
    ] {
        assert!(text.lines().any(|line| line.starts_with('#') && line.contains(named)), "{named}\n{text}");
    }
    // The values of the parent policy are unknown, so none is reported.
    check(&text, &[(r#"{"type":"iam:user","tags":{"Environment":"Production"}}"#, &[])]);
}

#[test]
fn scopes_that_overlap_report_a_problem_once() {
    let policy = json!({ "tags": { "owner": {
        "tag_key": { "@@assign": "Owner" },
        "tag_value": { "@@assign": ["a"] },
        "enforced_for": { "@@assign": ["iam:*"] },
        "report_required_tag_for": { "@@assign": ["iam:user"] },
    } } });
    let text = import(&policy.to_string()).expect("a policy");
    check(
        &text,
        &[
            (r#"{"type":"iam:user","tags":{"Owner":"b"}}"#, &[("owner-required", ViolationKind::Value)]),
            (r#"{"type":"iam:mfa","tags":{"Owner":"b"}}"#, &[("owner-enforced", ViolationKind::Value)]),
            (r#"{"type":"iam:mfa","tags":{}}"#, &[]),
        ],
    );
}

#[test]
fn what_aws_leaves_open_stays_open() {
    let text = import(r#"{"tags":{"Project":{}}}"#).expect("a policy");
    check(
        &text,
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
    let text = import(&policy.to_string()).expect("a policy");
    for named in [
        "\"*\" in `enforced_for`",
        "\"iam\" in",
        "\"*:*\" in",
        "\"bad*\" is omitted",
        "256 characters",
        "\"odd\" is omitted",
    ] {
        assert!(text.contains(named), "{named}\n{text}");
    }
    check(
        &text,
        &[
            (r#"{"type":"iam:user","tags":{"k":"true"}}"#, &[]),
            (r#"{"type":"iam:user","tags":{"k":"null"}}"#, &[("k-enforced", ViolationKind::Value)]),
        ],
    );
}

#[test]
fn only_types_outside_enforced_for_are_warnings() {
    let severities = |policy: serde_json::Value| {
        let policy = must_load(&import(&policy.to_string()).expect("a policy"));
        policy.rules.iter().map(|rule| (rule.id.clone(), rule.severity.name())).collect::<Vec<_>>()
    };
    let enforced = json!({ "tags": { "k": { "enforced_for": ["iam:user"] } } });
    let want = [("k-elsewhere".to_owned(), "warning"), ("k-enforced".to_owned(), "error")];
    assert_eq!(severities(enforced), want);
    assert_eq!(severities(json!({ "tags": { "k": {} } })), [("k".to_owned(), "error")]);
}
