//! `taglint permissions`: what it prints is what a scan with the same flags and policy calls, and what the examples say.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch, repository};
use crate::emulator::{Emulator, counts, crowd};

const MEMBER: &str = "111122223333";

/// The actions of a policy.
fn actions(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().expect("statements");
    let list = |statement: &Value| match &statement["Action"] {
        Value::String(one) => vec![one.clone()],
        many => {
            many.as_array().expect("actions").iter().map(|one| one.as_str().expect("an action").to_owned()).collect()
        }
    };
    statements.iter().flat_map(list).collect()
}

#[test]
fn the_policies_of_an_organization_have_exactly_the_actions_that_each_side_uses() {
    let emulator = Emulator::start();
    for account in [ACCOUNT, MEMBER] {
        let mut seed = crowd(3, 3, &[("eu-west-1", 3)]);
        seed["account"] = account.into();
        emulator.seed(&seed);
    }
    emulator.seed(&json!({"organization": {"accounts": [{"id": MEMBER, "tags": {"Stage": "prod"}}]}}));
    let scratch = Scratch::new();
    let by_account = "version = 1\nextends = [\"default\"]\n[[rule]]\nid = \"prod\"\nkey = \"Owner\"\nrequired = true\n[rule.when]\naccount-tags.Stage = \"prod\"\n";
    scratch.file("taglint.toml", by_account);
    let flags = ["--organization", "--role-name", "team/taglint-scan", "--all-regions", "--tags-from", "tagging-api"];
    let printed = |more: &[&str]| {
        actions(&emulator.run(&scratch, &[&["permissions", "scan"], &flags[..], more].concat()).exits(0).json())
    };
    let used = |faults: Value| {
        emulator.forget();
        emulator.faults(&faults);
        emulator.run(&scratch, &[&["scan", "--fail-on", "never"], &flags[..]].concat()).exits(0);
        let tally = emulator.tally();
        [ACCOUNT, MEMBER].map(|account| {
            // It needs no permission.
            counts(&tally["by_account"][account]).into_keys().filter(|call| call != "sts:GetCallerIdentity").collect()
        })
    };
    let deny = |operation: &str| json!({"operation": operation, "kind": "deny"});
    let [mut caller, mut member]: [BTreeSet<String>; 2] = used(json!([]));
    // With what has a fallback denied, the fallbacks are used as well.
    let [a, b] = used(json!([
        deny("iam:GetAccountAuthorizationDetails"),
        deny("tag:GetResources"),
        deny("cognito-idp:ListTagsForResource"),
    ]));
    caller.extend(a);
    member.extend(b);
    assert_eq!(printed(&[]), caller);
    assert_eq!(printed(&["--for-role"]), member);
    // What no rule looks at is not read, and needs no permission.
    scratch.file(
        "users.toml",
        "version = 1\n[[rule]]\nid = \"a\"\nresources = [\"iam:user\"]\nkey = \"Owner\"\nrequired = true\n",
    );
    let users = printed(&["--for-role", "--policy", "users.toml"]);
    assert!(users.iter().all(|action| action.contains("User") || action.contains("GetAccountAuth")), "{users:?}");
}

#[test]
fn the_policy_in_the_readme_is_what_the_command_prints() {
    let printed = Scratch::new().run(["permissions", "scan"]).exits(0).stdout.clone();
    let readme = std::fs::read_to_string(repository("README.md")).expect("the README");
    assert!(readme.contains(printed.trim_end()), "the README shows another policy:\n{printed}");
}

#[test]
fn the_templates_allow_what_the_command_prints() {
    let scratch = Scratch::new();
    let flags = ["permissions", "scan", "--organization", "--role-name", "taglint-scan", "--all-regions"];
    let printed = |more: &[&str]| actions(&scratch.run(flags.iter().chain(more)).exits(0).json());
    let template = |name: &str| {
        let text = std::fs::read_to_string(repository(name)).expect("a template");
        let action = |line: &str| {
            let word = line.trim_start().trim_start_matches("- ").trim_start_matches("Action: ").to_owned();
            let (service, verb) = word.split_once(':')?;
            let good = service.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && verb.starts_with(|c: char| c.is_ascii_uppercase());
            (good && verb.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(word)
        };
        text.lines().filter_map(action).collect::<BTreeSet<String>>()
    };
    let mut role = template("examples/taglint-scan-role.yaml");
    assert!(role.remove("sts:AssumeRole"), "the trust policy's");
    assert_eq!(role, printed(&["--tags-from", "auto", "--for-role"]));
    let mut schedule = template("examples/taglint-scan-schedule.yaml");
    for other in ["s3:PutObject", "ecs:RunTask", "iam:PassRole"] {
        assert!(schedule.remove(other), "{other}");
    }
    assert_eq!(schedule, printed(&[]));
}

#[test]
fn the_trust_policy_names_one_principal_and_the_external_id() {
    let scratch = Scratch::new();
    let trust = ["permissions", "scan", "--trust", "--principal"];
    let run = |more: &[&str]| scratch.run(trust.iter().chain(more));
    let policy = run(&[
        "arn:aws:iam::111122223333:role/taglint",
        "--role-arn",
        "arn:aws:iam::444455556666:role/x",
        "--external-id",
        "a word of ours".replace(' ', "-").as_str(),
    ]);
    let statement = &policy.exits(0).json()["Statement"][0];
    assert_eq!(statement["Principal"]["AWS"], "arn:aws:iam::111122223333:role/taglint");
    assert_eq!(statement["Condition"]["StringEquals"]["sts:ExternalId"], "a-word-of-ours");
    assert_eq!(
        run(&["111122223333"]).exits(0).json()["Statement"][0]["Principal"]["AWS"],
        "arn:aws:iam::111122223333:root"
    );
    // What is open to more than the scan is said, beside the policy.
    let exact = "arn:aws:iam::111122223333:role/taglint";
    for (args, words) in [
        (&["111122223333"][..], &["whole account", "no external id"][..]),
        (&["arn:aws:iam::111122223333:root", "--external-id", "word"], &["whole account"]),
        (&[exact], &["no external id"]),
        (&[exact, "--external-id", "word"], &[]),
        (&["111122223333", "--quiet"], &[]),
    ] {
        let run = run(args);
        let said = &run.exits(0).stderr;
        assert!(words.iter().all(|word| said.contains(word)), "{args:?}: {said}");
        assert_eq!(said.lines().count(), words.len(), "{args:?}: {said}");
    }
    run(&[exact, "--external-id", "444455556666=word"]).fails_with(2, &["one external id", "444455556666"]);
    run(&["*"]).fails_with(2, &["--principal \"*\"", "ARN"]);
    run(&["111122223333", "--external-id", "a b"]).fails_with(2, &["--external-id \"a b\""]);
    scratch.run(["permissions", "scan", "--for-role"]).fails_with(2, &["assume no role", "--organization"]);
    scratch.run(["permissions", "scan", "--trust"]).fails_with(2, &["--principal"]);
}

/// Every action on every resource under every condition that policies allow.
fn allowed(policies: &[Value]) -> BTreeSet<[String; 3]> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let mut out = BTreeSet::new();
    for statement in policies.iter().flat_map(|policy| list(&policy["Statement"])) {
        for action in list(&statement["Action"]) {
            for resource in list(&statement["Resource"]) {
                out.insert([action.to_string(), resource.to_string(), statement["Condition"].to_string()]);
            }
        }
    }
    out
}

#[test]
fn a_policy_that_is_too_large_is_said_to_be_and_written_in_parts_that_fit() {
    const MOST: usize = 6144;
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"a\"\nkey = \"Owner\"\nrequired = true\n");
    let args = [
        "permissions",
        "scan",
        "--region",
        "eu-west-1",
        "--type",
        "ec2:*,ecs:*,sqs:*,rds:*,glue:*,sagemaker:*,iot:*,iam:user",
    ];
    let size = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let whole = scratch.run(args);
    assert!(size(&whole.exits(0).stdout) > MOST);
    for words in
        ["and a managed policy takes 6,144", "--split DIR writes it as ", " managed policies to attach together"]
    {
        assert!(whole.stderr.contains(words), "{words}: {}", whole.stderr);
    }
    assert_eq!(scratch.run([&args[..], &["--quiet"]].concat()).exits(0).stderr, "");
    let run = scratch.run([&args[..], &["--split", "policies"]].concat());
    assert!(run.exits(0).stdout.is_empty() && run.stderr.ends_with(" policies in policies\n"), "{}", run.stderr);
    let mut names: Vec<String> = std::fs::read_dir(scratch.path().join("policies"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let parts: Vec<String> = names.iter().map(|name| scratch.read(&format!("policies/{name}"))).collect();
    assert!(parts.len() > 1 && parts.iter().all(|part| size(part) <= MOST), "{names:?}");
    let parts: Vec<Value> = parts.iter().map(|part| serde_json::from_str(part).expect("a policy")).collect();
    assert_eq!(allowed(&parts), allowed(&[whole.json()]));
    // What fits is one file, and files of another run are named.
    let small = ["permissions", "scan", "--type", "iam:user", "--split", "policies"];
    let run = scratch.run(small);
    run.exits(0);
    assert!(run.stderr.contains("of another run: remove them") && run.stderr.ends_with("1 policy in policies\n"));
    scratch.file("file", "");
    scratch.run([&small[..5], &["file"]].concat()).fails_with(2, &["--split file"]);
}
