//! `taglint explain-access` on live accounts: every kind of policy is read, and denied reads are reported.

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch};
use crate::emulator::{Emulator, crowd};

fn document(resource: &str, condition: &Value) -> Value {
    json!({"Version": "2012-10-17",
        "Statement": [{"Sid": "S", "Effect": "Allow", "Action": "s3:GetObject", "Resource": resource, "Condition": condition}]})
}

fn account() -> Emulator {
    let mut seed = crowd(3, 0, &[]);
    let reads = json!({"StringEquals": {"aws:PrincipalTag/Team": "x"}});
    seed["policies"] =
        json!([{"name": "team-data", "document": document("arn:aws:s3:::d/${aws:PrincipalTag/team}", &json!({}))}]);
    seed["groups"] = json!([{"name": "readers", "inline": {"by-team": document("*", &reads)}}]);
    seed["roles"] = json!([{"name": "build", "trust": document("*", &reads)}]);
    Emulator::with(&seed)
}

fn ask(emulator: &Emulator, key: &str) -> crate::common::Run {
    emulator.run(&Scratch::new(), &["explain-access", key, "--format", "json"])
}

#[test]
fn every_kind_of_policy_that_reads_a_tag_is_named() {
    let emulator = account();
    let report = ask(&emulator, "Team").exits(0).json();
    let names: Vec<&Value> =
        report["accounts"][0]["read-by"].as_array().unwrap().iter().map(|policy| &policy["policy"]).collect();
    assert_eq!(report["accounts"][0]["account"], ACCOUNT);
    assert_eq!(names.len(), 3, "{names:?}");
    for kind in ["policy/team-data", "group/readers", "role/build"] {
        assert!(names.iter().any(|name| name.as_str().unwrap().contains(kind)), "{kind}: {names:?}");
    }
    let none = ask(&emulator, "Environment").exits(0).json();
    assert_eq!(none["accounts"][0]["read-by"], json!([]));
}

#[test]
fn what_is_refused_or_cut_is_never_nobody() {
    let emulator = account();
    for fault in [
        json!({"kind": "deny", "operation": "iam:GetAccountAuthorizationDetails"}),
        json!({"kind": "repeat-token", "operation": "iam:GetAccountAuthorizationDetails"}),
    ] {
        emulator.limits(&json!({"page": 1}));
        emulator.faults(&json!([fault]));
        let report = ask(&emulator, "Environment").exits(3).json();
        assert_eq!(report["complete"], false, "{fault}");
        assert!(!report["unread"].as_array().unwrap().is_empty(), "{fault}: {report}");
    }
}
