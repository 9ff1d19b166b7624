//! Tags from the tagging API's index, which is late and incomplete; and tags that no rule reads.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch};
use crate::emulator::{Emulator, crowd};
use crate::truth::{DEVICE, POOL, USER, never_wrong, truth_of};

const ARGS: [&str; 7] = ["scan", "--format", "json", "--show", "passed", "--region", "us-east-1"];

fn scan(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> crate::common::Run {
    emulator.forget();
    emulator.run(scratch, &[&ARGS[..], more].concat())
}

fn good() -> Value {
    json!({"Environment": "Test", "Cost Center": "12345"})
}

#[test]
fn what_the_policy_would_report_is_read_directly_before_it_is_reported() {
    let bad = json!({"Environment": "prod", "Cost Center": "12345"});
    let cases = |kind: &str| {
        json!([
            {"name": format!("{kind}-good"), "tags": good()},
            {"name": format!("{kind}-bad"), "tags": bad},
            {"name": format!("{kind}-untagged")},
            {"name": format!("{kind}-emptied"), "once_tagged": true},
            // Repaired meanwhile, as the index does not know yet.
            {"name": format!("{kind}-repaired"), "tags": good(), "index_tags": bad},
            {"name": format!("{kind}-tagged-now"), "tags": good(), "index_tags": {}},
        ])
    };
    let mut pools = cases("pool").as_array().unwrap().clone();
    pools.push(json!({"name": "pool-gone", "tags": bad, "gone": true}));
    let emulator = Emulator::with(&json!({
        "users": [{"name": "u", "tags": good()}], "devices": cases("device"), "pools": {"us-east-1": pools},
    }));
    let truth = truth_of(&emulator, ACCOUNT);
    let scratch = Scratch::new();
    let direct = scan(&emulator, &scratch, &[]).exits(1).json();
    assert_eq!(never_wrong(&direct, &truth), BTreeMap::new());
    assert!(!emulator.calls().contains_key("tag:GetResources"), "direct is the default");
    let run = scan(&emulator, &scratch, &["--tags-from", "tagging-api"]);
    let report = run.exits(1).json();
    assert_eq!(never_wrong(&report, &truth), BTreeMap::new());
    assert_eq!(report["findings"], direct["findings"]);
    let calls = emulator.calls();
    // Of each type all but the good one.
    assert_eq!((calls["iam:ListMFADeviceTags"], calls["cognito-idp:ListTagsForResource"]), (5, 5));
    assert_eq!(calls["tag:GetResources"], 2);
    let notices = report["notices"].to_string();
    assert!(notices.contains("the tags of 2 resources come from the tagging API's index"), "{notices}");
    assert!(!direct["notices"].to_string().contains("index"));
}

#[test]
fn a_stale_pass_is_possible_and_said_to_be() {
    let pool = json!({"name": "p", "tags": {}, "once_tagged": true, "index_tags": good()});
    let emulator = Emulator::with(&json!({"pools": {"us-east-1": [pool]}}));
    let scratch = Scratch::new();
    let args = ["--type", POOL, "--tags-from", "tagging-api"];
    let report = scan(&emulator, &scratch, &args).exits(0).json();
    let notices = report["notices"].to_string();
    assert!(notices.contains("the tags of 1 resource come from the tagging API's index"), "{notices}");
    scan(&emulator, &scratch, &["--type", POOL]).exits(1);
    // An inventory says it too, and every check of it.
    emulator
        .run(
            &scratch,
            &["collect", "--region", "us-east-1", "--type", POOL, "--tags-from", "tagging-api", "--output", "i.jsonl"],
        )
        .exits(0);
    assert_eq!(serde_json::from_str::<Value>(scratch.read("i.jsonl").lines().last().unwrap()).unwrap()["indexed"], 1);
    let checked = scratch.run(["check", "i.jsonl", "--format", "json"]);
    assert!(checked.exits(0).json()["notices"].to_string().contains("tagging API's index"));
}

#[test]
fn an_index_that_cannot_be_read_or_lists_no_devices_is_done_without() {
    let emulator = Emulator::with(&crowd(0, 25, &[("us-east-1", 25)]));
    let truth = truth_of(&emulator, ACCOUNT);
    let scratch = Scratch::new();
    for (from, said) in [("tagging-api", true), ("auto", false)] {
        emulator.forget();
        emulator.faults(&json!([{"operation": "tag:GetResources", "kind": "deny"}]));
        let run = emulator.run(&scratch, &[&ARGS[..], &["--tags-from", from]].concat());
        assert_eq!(never_wrong(&run.exits(1).json(), &truth), BTreeMap::new());
        let calls = emulator.calls();
        assert_eq!((calls["iam:ListMFADeviceTags"], calls["cognito-idp:ListTagsForResource"]), (25, 25));
        assert_eq!(run.stderr.contains("AccessDenied: tag:GetResources"), said, "{}", run.stderr);
    }
    // `auto` takes the index where it saves calls, and not for a handful.
    let report = scan(&emulator, &scratch, &["--tags-from", "auto"]).exits(1).json();
    assert_eq!(never_wrong(&report, &truth), BTreeMap::new());
    assert_eq!(emulator.calls()["cognito-idp:ListTagsForResource"], 3, "the three without tags");
    let few = Emulator::with(&crowd(0, 3, &[("us-east-1", 3)]));
    scan(&few, &scratch, &["--tags-from", "auto"]).exits(1);
    assert!(!few.calls().contains_key("tag:GetResources"));
    // It is not proven that the index lists devices: one that has none says nothing of them.
    let silent: Vec<Value> = (0..3).map(|i| json!({"name": format!("d{i}")})).collect();
    let silent = Emulator::with(&json!({"devices": silent}));
    scratch.file("values.toml", "version = 1\n[[rule]]\nid = \"stage\"\nkey = \"Stage\"\nvalues = [\"a\"]\n");
    scan(&silent, &scratch, &["--tags-from", "tagging-api", "--policy", "values.toml"]).exits(0);
    assert_eq!(silent.calls()["iam:ListMFADeviceTags"], 3);
}

#[test]
fn what_rules_compare_is_read_directly() {
    let device = |i: usize| json!({"name": format!("d{i}"), "tags": {"Id": (i / 2).to_string()}, "index_tags": {"Id": i.to_string()}});
    let emulator = Emulator::with(&json!({"devices": (0..6).map(device).collect::<Vec<_>>()}));
    let scratch = Scratch::new();
    scratch.file("unique.toml", "version = 1\n[[rule]]\nid = \"id\"\nunique = \"Id\"\n");
    let args = ["--type", DEVICE, "--policy", "unique.toml", "--tags-from", "tagging-api"];
    let report = scan(&emulator, &scratch, &args).exits(1).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 6);
    assert_eq!(emulator.calls()["iam:ListMFADeviceTags"], 6);
}

#[test]
fn types_that_no_chosen_rule_looks_at_are_not_read() {
    let emulator = Emulator::with(&crowd(3, 3, &[("us-east-1", 3)]));
    let scratch = Scratch::new();
    scratch.file(
        "rules.toml",
        "version = 1\n[[rule]]\nid = \"pools\"\nkey = \"Owner\"\nrequired = true\nresources = [\"cognito-idp:*\"]\n\
         [[rule]]\nid = \"users\"\nkey = \"Owner\"\nrequired = true\nresources = [\"iam:user\"]\n\
         [[rule]]\nid = \"same\"\nsame-as-user = [\"Owner\"]\nresources = [\"iam:mfa\"]\n",
    );
    let kinds = |more: &[&str]| {
        scan(&emulator, &scratch, &[&["--policy", "rules.toml"], more].concat());
        let calls = emulator.calls();
        let called = |operation: &str| calls.contains_key(operation);
        [
            called("iam:GetAccountAuthorizationDetails"),
            called("iam:ListVirtualMFADevices"),
            called("cognito-idp:ListUserPools"),
        ]
    };
    assert_eq!(kinds(&[]), [true, true, true]);
    assert_eq!(kinds(&["--select", "pools"]), [false, false, true]);
    assert_eq!(kinds(&["--ignore", "pools,same"]), [true, false, false]);
    assert_eq!(kinds(&["--select", "same"]), [true, true, false], "devices are compared with users");
    assert_eq!(kinds(&["--type", DEVICE]), [true, true, false]);
    let none = scan(&emulator, &scratch, &["--policy", "rules.toml", "--select", "pools", "--type", USER]);
    none.fails_with(2, &["no selected rule applies to the types of --type"]);
    assert_eq!(emulator.calls(), BTreeMap::new());
}

#[test]
fn devices_are_compared_with_users_that_are_read_for_that_alone() {
    let emulator = Emulator::with(&json!({
        "users": [{"name": "ana", "tags": {"Owner": "a"}}],
        "devices": [{"name": "ana", "user": "ana", "tags": {"Owner": "b"}}],
    }));
    let scratch = Scratch::new();
    scratch.file("same.toml", "version = 1\n[[rule]]\nid = \"same\"\nsame-as-user = [\"Owner\"]\n");
    let report = scan(&emulator, &scratch, &["--type", DEVICE, "--policy", "same.toml"]).exits(1).json();
    assert_eq!(report["findings"][0]["kind"], "mismatch");
    assert_eq!((&report["unknown"], report["findings"].as_array().unwrap().len()), (&json!([]), 1));
}

#[test]
fn an_estimate_counts_without_scanning() {
    let emulator = Emulator::with(&crowd(1200, 45, &[("us-east-1", 30)]));
    let scratch = Scratch::new();
    let args = ["scan", "--estimate", "--region", "us-east-1,eu-west-1"];
    let run = emulator.run(&scratch, &args);
    let text = &run.exits(0).stdout;
    let line = |operation: &str| {
        let line =
            text.lines().find(|line| line.starts_with(operation)).unwrap_or_else(|| panic!("{operation}: {text}"));
        line.split_whitespace().last().unwrap().to_owned()
    };
    assert_eq!(line("iam:GetAccountAuthorizationDetails"), "2");
    assert_eq!(line("iam:ListMFADeviceTags"), "45");
    assert_eq!(line("cognito-idp:ListUserPools"), "2");
    assert_eq!(line("total calls"), "53");
    assert!(text.contains("1,200 users") && text.contains("at least"), "{text}");
    assert_eq!(emulator.calls().keys().collect::<Vec<_>>(), ["iam:GetAccountSummary", "sts:GetCallerIdentity"]);
    // An account that does not tell is named, and the figure is no longer the whole.
    emulator.faults(&json!([{"operation": "iam:GetAccountSummary", "kind": "deny"}]));
    let run = emulator.run(&scratch, &args);
    assert!(run.exits(3).stdout.contains("AccessDenied: iam:GetAccountSummary"), "{}", run.stdout);
}
