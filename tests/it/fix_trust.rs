//! Facts that a fix does not trust a plan file for: the readers of a tag, the owner of a resource, the rule behind a change.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch};
use crate::emulator::Emulator;

const POLICY: &str = r#"version = 1
[[rule]]
id = "owner"
key = "Owner"
required = true
default = "nobody"
[[rule]]
id = "center"
key = "Cost Center"
pattern = '\d{5}'
default-from = "user"
resources = ["iam:mfa"]
required = true
"#;

/// An account where a policy reads the tag `owner` of who calls, in other letters.
fn account() -> Emulator {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "OwnData", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::d/${aws:PrincipalTag/OWNER}/*"},
    ]});
    Emulator::with(&json!({
        "users": [
            {"name": "ana", "tags": {"owner": "a", "Cost Center": "12345"}},
            {"name": "ben", "tags": {"Owner": "b", "Cost Center": "54321"}},
        ],
        "devices": [{"name": "ben", "user": "ben", "tags": {"Owner": "b"}}],
        "pools": {"eu-west-1": [{"name": "p", "tags": {"owner": "p"}}]},
        "policies": [{"name": "own-data", "document": document}],
    }))
}

fn place() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch
}

/// Every resource's tags, by name and type.
fn tags(emulator: &Emulator) -> BTreeMap<String, Value> {
    let state = emulator.state(ACCOUNT);
    let pools = state["pools"].as_object().unwrap().values();
    let lists = [&state["users"], &state["devices"]].into_iter().chain(pools);
    let name = |one: &Value| one["arn"].as_str().unwrap().split_once(&format!("{ACCOUNT}:")).unwrap().1.to_owned();
    let all = lists.flat_map(|list| list.as_array().unwrap()).map(|one| (name(one), one["tags"].clone()));
    all.map(|(name, tags)| (if name.starts_with("userpool") { "pool".to_owned() } else { name }, tags)).collect()
}

fn plan(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> Run {
    emulator.run(scratch, &[&["fix", "--region", "eu-west-1", "--output", "plan.json"], more].concat())
}

fn apply(emulator: &Emulator, scratch: &Scratch, journal: &str, more: &[&str]) -> Run {
    let flags = ["fix", "--apply", "plan.json", "--yes", "--patience", "2", "--journal", journal];
    emulator.run(scratch, &[&flags[..], more].concat())
}

fn changes(scratch: &Scratch) -> Value {
    serde_json::from_str::<Value>(&scratch.read("plan.json")).unwrap()["changes"].clone()
}

#[test]
fn a_tag_that_a_policy_reads_changes_only_where_that_is_allowed() {
    let (emulator, scratch) = (account(), place());
    let before = tags(&emulator);
    let run = plan(&emulator, &scratch, &[]);
    let text = &run.exits(0).stdout;
    for words in [
        "a policy reads \"Owner\" and \"owner\": --apply changes it only with --allow-access-change",
        "policy/own-data, statement OwnData: aws:PrincipalTag/OWNER",
        "service control policies",
        "1 resource with tags that policies read",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    let planned = changes(&scratch);
    let access = |of: &str| {
        let change = planned.as_array().unwrap().iter().find(|change| change["arn"].as_str().unwrap().contains(of));
        change.unwrap()["access"].as_array().unwrap().len()
    };
    assert_eq!((access("user/ana"), access("userpool/")), (2, 0), "a pool calls nobody");
    // Applied without the flag: the pool and the device are fixed, the user is left alone.
    let run = apply(&emulator, &scratch, "first.jsonl", &[]);
    let text = &run.exits(1).stdout;
    assert!(
        text.contains("user/ana: it needs --allow-access-change for \"Owner\"") && text.contains("own-data"),
        "{text}"
    );
    let now = tags(&emulator);
    assert_eq!(now["user/ana"], before["user/ana"]);
    assert_eq!(now["pool"], json!({"Owner": "p"}));
    assert_eq!(now["mfa/ben"], json!({"Owner": "b", "Cost Center": "54321"}), "it has its user's value");
    // A plan that says nothing of readers is believed no more.
    let mut forged: Value = serde_json::from_str(&scratch.read("plan.json")).unwrap();
    for change in forged["changes"].as_array_mut().unwrap() {
        change["access"] = json!([]);
    }
    scratch.file("plan.json", forged.to_string());
    apply(&emulator, &scratch, "second.jsonl", &["--resource", "ana"]).exits(1);
    assert_eq!(tags(&emulator)["user/ana"], before["user/ana"]);
    apply(&emulator, &scratch, "third.jsonl", &["--resource", "ana", "--allow-access-change"]).exits(0);
    assert_eq!(tags(&emulator)["user/ana"]["Owner"], "a");
    // Taking it back changes the same right.
    let back = |journal: &str, more: &[&str]| {
        let flags = ["fix", "--undo", "third.jsonl", "--yes", "--patience", "2", "--journal", journal];
        emulator.run(&scratch, &[&flags[..], more].concat())
    };
    assert!(back("fourth.jsonl", &[]).exits(1).stdout.contains("--allow-access-change"));
    back("fifth.jsonl", &["--resource", "somebody-else"]).exits(0);
    assert_eq!(tags(&emulator)["user/ana"]["Owner"], "a", "nothing of his is taken back");
    back("sixth.jsonl", &["--allow-access-change", "--resource", "ana"]).exits(0);
    assert_eq!(tags(&emulator)["user/ana"], before["user/ana"]);
}

#[test]
fn policies_that_were_not_read_count_as_readers_of_every_key() {
    let (emulator, scratch) = (account(), place());
    let before = tags(&emulator);
    for fault in [
        json!({"kind": "deny", "operation": "iam:GetAccountAuthorizationDetails"}),
        json!({"kind": "repeat-token", "operation": "iam:GetAccountAuthorizationDetails"}),
    ] {
        emulator.limits(&json!({"page": 1}));
        emulator.faults(&json!([fault]));
        let run = plan(&emulator, &scratch, &["--type", "iam:user"]);
        assert!(run.exits(3).stdout.contains("policies that were not read"), "{fault}: {}", run.stdout);
        assert!(
            apply(&emulator, &scratch, "no.jsonl", &[]).exits(1).stdout.contains("--allow-access-change"),
            "{fault}"
        );
        assert_eq!(tags(&emulator), before, "{fault}");
    }
    emulator.faults(&json!([]));
    // What somebody else read of the account is taken instead.
    let whole = json!({"UserDetailList": [{"Path": "/", "UserName": "ana", "UserId": "AIDA0", "Arn": format!("arn:aws:iam::{ACCOUNT}:user/ana")}],
        "GroupDetailList": [], "Policies": [],
        "RoleDetailList": [{"Path": "/", "RoleName": "r", "RoleId": "AROA0", "Arn": format!("arn:aws:iam::{ACCOUNT}:role/r"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}]});
    scratch.file("account.json", whole.to_string());
    let run = plan(&emulator, &scratch, &["--type", "iam:user", "--access", "account.json"]);
    run.exits(0);
    assert_eq!(changes(&scratch)[0]["access"], json!([]), "{}", run.stdout);
}

#[test]
fn a_plan_does_no_more_than_one_made_now_would() {
    let (emulator, scratch) = (account(), place());
    let before = tags(&emulator);
    plan(&emulator, &scratch, &["--type", "cognito-idp:userpool"]).exits(0);
    let good: Value = serde_json::from_str(&scratch.read("plan.json")).unwrap();
    // Each is a plan that nobody made: whole in itself, and no rule asks for it.
    let forged = |name: &str, tag: (&str, &str), ask: Value, more: &[&str]| {
        let mut plan = good.clone();
        let change = &mut plan["changes"][0];
        change["set"][tag.0] = tag.1.into();
        change["after"][tag.0] = tag.1.into();
        change["rules"].as_array_mut().unwrap().push(ask);
        scratch.file("plan.json", plan.to_string());
        let run = apply(&emulator, &scratch, &format!("{name}.jsonl"), more);
        (run.code, format!("{}{}", run.stdout, run.stderr))
    };
    let rule = json!({"rule": "owner", "key": "Owner", "kind": "missing"});
    let set = json!({"key": "Team", "kind": "set"});
    let (code, text) = forged("rule", ("Team", "admins"), rule, &[]);
    assert!(code == 1 && text.contains("no rule asks for this change of \"Team\""), "{text}");
    let (code, text) = forged("set", ("Team", "admins"), set.clone(), &[]);
    assert!(code == 1 && text.contains("no rule asks for this change of \"Team\""), "{text}");
    let (code, text) = forged("other", ("Team", "admins"), set.clone(), &["--set", "Team=users", "--resource", "*"]);
    assert!(code == 1 && text.contains("\"Team\""), "{text}");
    assert_eq!(tags(&emulator), before);
    // Whoever runs it says so himself.
    let (code, text) = forged("own", ("Team", "admins"), set, &["--set", "Team=admins", "--resource", "*"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(tags(&emulator)["pool"], json!({"Owner": "p", "Team": "admins"}));
}

#[test]
fn what_a_device_takes_is_what_its_user_has() {
    let (emulator, scratch) = (account(), place());
    let before = tags(&emulator);
    plan(&emulator, &scratch, &["--resource", "arn:aws:iam::*:mfa/*"]).exits(0);
    let mut plan: Value = serde_json::from_str(&scratch.read("plan.json")).unwrap();
    assert_eq!(plan["changes"].as_array().unwrap().len(), 1);
    for part in ["set", "after"] {
        plan["changes"][0][part]["Cost Center"] = "99999".into();
    }
    let good = scratch.read("plan.json");
    scratch.file("plan.json", plan.to_string());
    let run = apply(&emulator, &scratch, "forged.jsonl", &[]);
    assert!(run.exits(1).stdout.contains("no rule asks for this change of \"Cost Center\""), "{}", run.stdout);
    assert_eq!(tags(&emulator), before);
    scratch.file("plan.json", good);
    apply(&emulator, &scratch, "good.jsonl", &[]).exits(0);
    assert_eq!(tags(&emulator)["mfa/ben"]["Cost Center"], "54321");
}

#[test]
fn who_keeps_a_resource_is_looked_up_again() {
    let (emulator, scratch) = (account(), place());
    let before = tags(&emulator);
    plan(&emulator, &scratch, &["--type", "iam:user"]).exits(0);
    let state = json!({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": [{
        "mode": "managed", "type": "aws_iam_user", "name": "ana",
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": [{"schema_version": 0, "attributes": {"arn": format!("arn:aws:iam::{ACCOUNT}:user/ana"), "name": "ana", "tags": {}, "tags_all": {}}}],
    }]});
    scratch.file("infra/terraform.tfstate", state.to_string());
    let flags = ["--allow-access-change", "--srcroot", "."];
    let with_state = [&flags[..], &["--terraform-state", "infra"]].concat();
    let run = apply(&emulator, &scratch, "kept.jsonl", &with_state);
    assert!(run.exits(1).stdout.contains("user/ana: it needs --allow-managed"), "{}", run.stdout);
    let run = apply(&emulator, &scratch, "unknown.jsonl", &[&flags[..], &["--require-owner-known"]].concat());
    assert!(run.exits(1).stdout.contains("its owner is unknown"), "{}", run.stdout);
    assert_eq!(tags(&emulator), before);
    apply(&emulator, &scratch, "allowed.jsonl", &[&with_state[..], &["--allow-managed"]].concat()).exits(0);
    assert_eq!(tags(&emulator)["user/ana"]["Owner"], "a");
}

#[test]
fn flags_that_would_change_nothing_are_refused() {
    let scratch = place();
    let empty = json!({"taglint": "plan", "version": 1, "created": "2026-11-22T00:00:00Z", "accounts": ["123456789012"],
        "policy": {"name": "x", "hash": "0".repeat(64)}, "changes": [], "not-fixed": [], "not-looked-at": []});
    scratch.file("plan.json", empty.to_string());
    for (args, words) in [
        (&["--apply", "plan.json", "--output", "other.json"][..], "--output"),
        (&["--apply", "plan.json", "--emit", "terraform"], "--emit"),
        (&["in.jsonl", "--apply", "plan.json"], "INVENTORY"),
        (&["--undo", "j.jsonl", "--select", "owner"], "--select"),
        (&["--undo", "j.jsonl", "--allow-guess"], "--allow-guess"),
        (&["--undo", "j.jsonl", "--journal-sha256", "abc"], "64 hexadecimal digits"),
        (&["--apply", "plan.json", "--allow-unconfirmed"], "--allow-unconfirmed"),
        (&["--apply", "plan.json", "--journal-sha256", &"0".repeat(64)], "--journal-sha256"),
        (&["--undo", "j.jsonl", "--resume", "j.jsonl"], "--resume"),
        (&["in.jsonl", "--region", "eu-west-1"], "--region"),
        (&["--tags-from", "auto"], "--tags-from"),
        (&["--apply", "plan.json", "--yes", "--deadline", "1h"], "--deadline"),
        (&["in.jsonl", "--yes"], "--yes"),
        (&["in.jsonl", "--journal", "j.jsonl"], "--journal"),
        (&["in.jsonl", "--patience", "3"], "--patience"),
    ] {
        scratch.run([&["fix"], args].concat()).fails_with(2, &[words]);
    }
}
