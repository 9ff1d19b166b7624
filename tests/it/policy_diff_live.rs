//! `taglint policy diff --live` against the emulator.

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch};
use crate::emulator::Emulator;

const OTHER: &str = "111122223333";

const POLICY: &str = "version = 1\n[[rule]]\nid = \"stage\"\nkey = \"Stage\"\nrequired = true\nvalues = [\"prod\", \"test\"]\n\
                      resources = [\"s3:bucket\", \"sqs:queue\"]\n";

/// An account whose tag policy says what the policy says, and one of its organization without a tag policy.
fn emulator() -> Emulator {
    let emulator = Emulator::with(&json!({"organization": {"accounts": [{"id": OTHER}]}}));
    emulator.seed(&json!({"tag_policy": tag_policy(&["prod", "test"], &["s3:bucket", "sqs:queue"])}));
    emulator
}

fn tag_policy(values: &[&str], required: &[&str]) -> Value {
    json!({"tags": {"stage": {"tag_key": "Stage", "tag_value": values, "report_required_tag_for": required}}})
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch
}

fn diff(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> Run {
    emulator.run(scratch, &[&["policy", "diff", "--live"], more].concat())
}

#[test]
fn the_effective_tag_policy_is_read_in_two_calls() {
    let (emulator, scratch) = (emulator(), scratch());
    let run = diff(&emulator, &scratch, &[]);
    assert_eq!((run.exits(0).stdout.as_str(), run.stderr.as_str()), ("no differences\n", ""));
    let calls: Vec<String> = emulator.calls().into_keys().collect();
    assert_eq!(calls, ["organizations:DescribeEffectivePolicy", "sts:GetCallerIdentity"]);
    emulator.seed(&json!({"tag_policy": tag_policy(&["prod", "dev"], &["s3:bucket"])}));
    let run = diff(&emulator, &scratch, &[]);
    let lines: Vec<&str> = run.exits(1).stdout.lines().collect();
    let want = [
        r#""Stage": required-for: only the policy: "sqs:queue""#,
        r#""Stage": values: only the policy: "test"; only AWS: "dev""#,
    ];
    assert_eq!(lines, want);
    let report = diff(&emulator, &scratch, &["--format", "json"]).exits(1).json();
    assert_eq!(
        (&report["account"], &report["tag-policy"], &report["unread"]),
        (&json!(ACCOUNT), &json!(true), &json!([]))
    );
    assert_eq!(report["differences"].as_array().map(Vec::len), Some(2));
}

/// That there is no tag policy is an answer: every key of the policy is missing there.
#[test]
fn an_account_without_a_tag_policy_differs_in_every_key() {
    let (emulator, scratch) = (emulator(), scratch());
    let role = format!("arn:aws:iam::{OTHER}:role/audit");
    let run = diff(&emulator, &scratch, &["--role-arn", &role, "--external-id", "x-42"]);
    assert_eq!(run.exits(1).stdout, "\"Stage\": key: only the policy: \"Stage\"\n");
    assert!(run.stderr.contains(&format!("account {OTHER} has no tag policy: EffectivePolicyNotFoundException")));
    let log = emulator.log();
    let role = log.iter().find(|call| call["call"] == "sts:AssumeRole").expect("a role");
    assert_eq!(role["params"]["ExternalId"], "x-42");
    let session: Value = serde_json::from_str(role["params"]["Policy"].as_str().expect("a policy")).expect("JSON");
    let actions = json!(["organizations:DescribeEffectivePolicy", "tag:ListRequiredTags"]);
    assert_eq!(session["Statement"][0]["Action"], actions);
    // Nor is an account that is in no organization a failure.
    emulator.empty();
    let report = diff(&emulator, &scratch, &["--format", "json"]).exits(1).json();
    assert_eq!((&report["tag-policy"], &report["unread"]), (&json!(false), &json!([])));
}

/// The required keys are compared if the tag policy may not be read, and the run is incomplete.
#[test]
fn a_denied_tag_policy_is_replaced_by_the_required_keys() {
    let (emulator, scratch) = (emulator(), scratch());
    emulator.limits(&json!({"page": 1}));
    let denied = json!({"operation": "organizations:DescribeEffectivePolicy", "kind": "deny"});
    emulator.faults(&json!([denied]));
    let run = diff(&emulator, &scratch, &["--region", "eu-west-1"]);
    assert_eq!(run.exits(3).stdout, "no differences\n");
    let words = "AccessDenied: organizations:DescribeEffectivePolicy; only the required keys were compared";
    assert!(run.stderr.contains(words), "{}", run.stderr);
    let tally = emulator.tally();
    assert_eq!(tally["by_region"]["eu-west-1"]["tag:ListRequiredTags"], 2, "{tally}");
    emulator.seed(&json!({"tag_policy": tag_policy(&["prod"], &["s3:bucket", "ec2:instance"])}));
    let report = diff(&emulator, &scratch, &["--format", "json"]).exits(3).json();
    let differences =
        json!([{"key": "Stage", "field": "required-for", "only-policy": ["sqs:queue"], "only-aws": ["ec2:instance"]}]);
    assert_eq!(report["differences"], differences);
    assert_eq!(report["unread"][0]["operation"], "organizations:DescribeEffectivePolicy");
    // A list that breaks off, or an answer without a list, is no list.
    for fault in [
        json!({"operation": "tag:ListRequiredTags", "kind": "deny", "after": 1}),
        json!({"operation": "tag:ListRequiredTags", "kind": "lacks", "error": "RequiredTags"}),
    ] {
        emulator.faults(&json!([denied, fault]));
        let run = diff(&emulator, &scratch, &[]);
        assert_eq!(run.exits(3).stdout, "");
        assert!(run.stderr.contains("tag:ListRequiredTags; nothing was compared"), "{}", run.stderr);
        let report = diff(&emulator, &scratch, &["--format", "json"]).exits(3).json();
        assert_eq!((&report["differences"], &report["not-compared"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn what_is_no_tag_policy_is_not_read() {
    let (emulator, scratch) = (emulator(), scratch());
    for policy in [json!("x"), json!({"tags": []})] {
        emulator.seed(&json!({"tag_policy": policy}));
        let run = diff(&emulator, &scratch, &[]);
        assert_eq!(run.exits(3).stdout, "");
        assert!(run.stderr.contains("nothing was compared"), "{}", run.stderr);
    }
    let role = format!("arn:aws:iam::{OTHER}:role/audit");
    emulator.faults(&json!([{"operation": "sts:AssumeRole", "kind": "deny"}]));
    let run = diff(&emulator, &scratch, &["--role-arn", &role]);
    run.fails_with(3, &["could not be read: account 111122223333: AccessDenied: sts:AssumeRole"]);
    emulator.forget();
    for (more, words) in [
        (&["tags.json"][..], ["--live", "FILE"]),
        (&["--role-arn", "audit"], ["--role-arn \"audit\"", "arn:aws:iam"]),
        (&["--region", "eu-west-1a"], ["eu-west-1a", "did you mean"]),
        (&["--external-id", "x-42"], ["--external-id", "--role-arn"]),
        (&["--profile", "nobody"], ["--profile \"nobody\"", "no such profile"]),
    ] {
        diff(&emulator, &scratch, more).fails_with(2, &words);
    }
    emulator.run(&scratch, &["policy", "diff", "--role-arn", &role]).fails_with(2, &["--live"]);
    emulator.run(&scratch, &["policy", "diff"]).fails_with(2, &["FILE"]);
    assert_eq!(emulator.calls().len(), 0);
}
