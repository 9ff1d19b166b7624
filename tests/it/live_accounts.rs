//! Accounts of an organization: their units, and the accounts as resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch};
use crate::live_org::{BELOW, ONE, ORGANIZATION, TWO, UNIT, lines, organization, scan};
use crate::truth::USER;

/// A nearer unit wins, and a rule for a unit holds for the units below it. The list of accounts has the units: no call is
/// made for them.
#[test]
fn rules_can_depend_on_the_organizational_unit() {
    let emulator = organization();
    let scratch = Scratch::new();
    let only_users = "resources = [\"iam:user\"]\n";
    let policy = format!(
        "version = 1\n[[rule]]\nid = \"below\"\nkey = \"Nowhere\"\nrequired = true\n{only_users}\
         when.account-ou = \"{UNIT}\"\n\
         [[rule]]\nid = \"stage\"\nkey = \"Environment\"\n{only_users}[rule.values-by.account-ou]\n\
         \"{UNIT}\" = [\"Production\"]\n\"{BELOW}\" = [\"Test\"]\n\"*\" = [\"Production\"]\n"
    );
    scratch.file("units.toml", policy);
    let report = scan(&emulator, &scratch, &["--policy", "units.toml"]).exits(1).json();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let (rule, account) = (finding["rule"].as_str().unwrap(), finding["resource"]["account"].as_str().unwrap());
        *found.entry(format!("{rule} {account}")).or_default() += 1;
    }
    let want = [(format!("below {ONE}"), 12), (format!("below {TWO}"), 7), (format!("stage {TWO}"), 6)];
    assert_eq!(found, BTreeMap::from(want));
    let calls = emulator.calls();
    assert!(calls["organizations:ListAccounts"] == 1 && !calls.keys().any(|call| call.contains("Parent")), "{calls:?}");
    let args = [&["collect", "--type", USER][..], &ORGANIZATION].concat();
    let (_, resources, _) = lines(&emulator.run(&scratch, &args).exits(0).stdout);
    let units: BTreeSet<_> = resources.iter().map(|line| line["account-ou"].as_str().unwrap().to_owned()).collect();
    assert!(
        units.iter().any(|path| path.starts_with("r-") && path.ends_with(&format!("/{UNIT}/{BELOW}"))),
        "{units:?}"
    );
    assert_eq!(units.len(), 3);

    // Without an answer about the units, both rules are unknown, and not absent.
    emulator.faults(&json!([{"operation": "organizations:ListAccounts", "kind": "lacks-each", "error": "Paths"}]));
    let report = scan(&emulator, &scratch, &["--policy", "units.toml"]).exits(0).json();
    assert_eq!(report["findings"], json!([]));
    let unknown = report["unknown"].as_array().unwrap();
    let rules: BTreeSet<&str> = unknown.iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, BTreeSet::from(["below", "stage"]));
}

/// Accounts are resources if they are named, with their own tags and without a session in them.
#[test]
fn accounts_are_resources_if_they_are_named() {
    let emulator = organization();
    let scratch = Scratch::new();
    scratch.file(
        "accounts.toml",
        "version = 1\n[[rule]]\nid = \"stage\"\nresources = [\"organizations:account\"]\nkey = \"Stage\"\nrequired = true\n\
         values = [\"prod\"]\n[[rule]]\nid = \"env\"\nresources = [\"iam:user\"]\nkey = \"Environment\"\n",
    );
    let account = ["--type", "organizations:account"];
    let policy = ["--policy", "accounts.toml"];
    let report = scan(&emulator, &scratch, &[&account[..], &policy].concat()).exits(1).json();
    let found: BTreeMap<&str, &str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let resource = &finding["resource"];
            assert_eq!((&resource["type"], &resource["id"]), (&json!("organizations:account"), &resource["account"]));
            assert!(resource["arn"].as_str().unwrap().starts_with("arn:aws:organizations::"), "{resource}");
            (resource["account"].as_str().unwrap(), finding["kind"].as_str().unwrap())
        })
        .collect();
    assert_eq!(found, BTreeMap::from([(ACCOUNT, "missing"), (TWO, "value")]));
    assert_eq!(report["summary"]["resources"], 3);
    let calls: Vec<String> = emulator.calls().into_keys().collect();
    let want = ["organizations:ListAccounts", "organizations:ListTagsForResource", "sts:GetCallerIdentity"];
    assert_eq!(calls, want, "no role is assumed");
    // The estimate has the same calls, and reads no tags itself.
    emulator.forget();
    let estimate = scan(&emulator, &scratch, &[&account[..], &policy, &["--estimate"]].concat());
    let shown = &estimate.exits(0).stdout;
    assert!(shown.starts_with("3 accounts\n"), "{shown}");
    let line = |operation: &str| {
        shown
            .lines()
            .find(|line| line.starts_with(operation))
            .map(|line| line.split_whitespace().last().unwrap().to_owned())
    };
    assert_eq!(
        [line("organizations:ListAccounts"), line("organizations:ListTagsForResource"), line("total")]
            .map(Option::unwrap),
        ["1", "3", "5"]
    );
    assert_eq!(line("sts:AssumeRole"), None, "{shown}");
    let calls: Vec<String> = emulator.calls().into_keys().collect();
    assert_eq!(calls, ["organizations:ListAccounts", "sts:GetCallerIdentity"]);
    let permissions = [&["permissions", "scan", "--policy", "accounts.toml"][..], &account, &ORGANIZATION].concat();
    let allowed = scratch.run(&permissions).exits(0).stdout.clone();
    assert!(allowed.contains("organizations:ListTagsForResource") && !allowed.contains("AssumeRole"), "{allowed}");
    scratch.run([&permissions[..], &["--for-role"]].concat()).fails_with(2, &["the scan enters no account"]);
    // Beside other types; and without being named, they are not there.
    let both =
        scan(&emulator, &scratch, &["--type", "aws_organizations_account,iam:user", "--policy", "accounts.toml"]);
    assert_eq!(both.exits(1).json()["summary"]["resources"], 27);
    let args = [&["collect", "--type", "iam:m*,iam:u*"][..], &ORGANIZATION].concat();
    let (header, resources, _) = lines(&emulator.run(&scratch, &args).exits(0).stdout);
    assert_eq!(header["scope"]["types"], json!(["iam:mfa", "iam:user"]));
    assert!(resources.iter().all(|line| line["type"] != "organizations:account"));
    let args = [&["collect"][..], &account, &ORGANIZATION].concat();
    let (header, resources, end) = lines(&emulator.run(&scratch, &args).exits(0).stdout);
    assert_eq!((&header["scope"]["types"], resources.len(), &end["unread"]), (&json!([account[1]]), 3, &json!([])));
    // Tags that cannot be read are not missing.
    emulator.faults(&json!([{"operation": "organizations:ListTagsForResource", "match": ONE, "kind": "deny"}]));
    let report = scan(&emulator, &scratch, &[&account[..], &policy].concat()).exits(3).json();
    let unknown: Vec<&Value> = report["unknown"].as_array().unwrap().iter().collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(
        (&unknown[0]["resource"]["account"], &unknown[0]["reason"]),
        (&json!(ONE), &json!("AccessDenied: organizations:ListTagsForResource"))
    );
    emulator.run(&scratch, &["scan", "--type", account[1]]).fails_with(2, &["needs --organization"]);
    let fix = [&["fix", "--output", "plan.json"][..], &account, &ORGANIZATION].concat();
    emulator.run(&scratch, &fix).fails_with(2, &["fix does not write the tags of accounts"]);
}
