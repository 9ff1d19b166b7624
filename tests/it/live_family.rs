//! Scans and fixes of the other types of IAM and of identity pools: each as the first three, resource by resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch};
use crate::emulator::Emulator;
use crate::truth::{FAMILY, IDENTITY_POOL, REGIONS, Real, exact, never_wrong, scan, texts, truth};

/// Every type with a reader of its own.
const ALL: &str = "iam:*,cognito-idp:*,cognito-identity:*";

/// The number of resources of each type.
const EACH: usize = 9;

/// The types of this file: IAM's in [`FAMILY`], and identity pools in two regions.
fn kinds() -> Vec<&'static str> {
    FAMILY.iter().map(|(_, kind)| *kind).chain([IDENTITY_POOL]).collect()
}

/// `each` resources of every type, and users, devices and pools beside them.
fn family(each: usize, tags: impl Fn(usize) -> Value) -> Value {
    let many = |prefix: &str| -> Vec<Value> {
        let path = |i: usize| ["/", "/team/"][i % 2];
        (0..each).map(|i| json!({"name": format!("{prefix}{i:03}"), "path": path(i), "tags": tags(i)})).collect()
    };
    let plain = |prefix: &str| -> Vec<Value> {
        (0..each).map(|i| json!({"name": format!("{prefix}{i:03}"), "tags": tags(i)})).collect()
    };
    let urls: Vec<Value> =
        (0..each).map(|i| json!({"url": format!("oidc{i:03}.example.com/id/A{i}"), "tags": tags(i)})).collect();
    let document =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}});
    let with = |mut all: Vec<Value>, field: &str, value: &Value| {
        for one in &mut all {
            one[field] = value.clone();
        }
        all
    };
    json!({
        "users": many("u"),
        "devices": plain("d"),
        "pools": {"eu-west-1": plain("pool")},
        "roles": with(many("r"), "trust", &document),
        "policies": with(many("p"), "document", &document),
        "instance_profiles": many("i"),
        "oidc_providers": urls,
        "saml_providers": plain("s"),
        "certificates": many("c"),
        "identity_pools": {"eu-west-1": plain("a"), "eu-central-1": plain("b")},
    })
}

/// Right and wrong tags in turn.
pub(crate) fn mixed(i: usize) -> Value {
    match i % 5 {
        0 => json!({}),
        1 => json!({"Environment": "Test", "Cost Center": "12345"}),
        2 => json!({"environment": "Test", "CostCenter": "12345"}),
        3 => json!({"Environment": "prod", "Cost Center": ""}),
        _ => json!({"Cost Center": "00001", "Größe": "ü"}),
    }
}

pub(crate) fn good(_: usize) -> Value {
    json!({"Environment": "Test", "Cost Center": "12345"})
}

#[test]
fn everything_is_read_and_right_whatever_the_page() {
    let emulator = Emulator::with(&family(EACH, mixed));
    let truth = truth(&emulator);
    for kind in kinds() {
        let count = truth.values().filter(|real| real.kind == kind).count();
        assert_eq!(count, if kind == IDENTITY_POOL { 2 * EACH } else { EACH }, "{kind}");
    }
    let scratch = Scratch::new();
    for page in [1000, 4] {
        emulator.limits(&json!({"page": page}));
        emulator.forget();
        exact(&scan(&emulator, &scratch, &["--type", ALL]), &truth);
    }
}

#[test]
fn names_ids_paths_and_times_are_in_the_inventory() {
    let emulator = Emulator::with(&family(2, good));
    let scratch = Scratch::new();
    emulator.run(&scratch, &[&["collect", "--type", ALL, "--output", "i.jsonl"], &REGIONS[..]].concat()).exits(0);
    let text = scratch.read("i.jsonl");
    let lines: Vec<Value> = text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| -> Vec<&Value> { lines.iter().filter(|line| line["type"] == kind).collect() };
    for (kind, names, path, has_id, has_time) in [
        ("iam:role", ["r000", "r001"], Some("/team/"), true, true),
        ("iam:policy", ["p000", "p001"], Some("/team/"), true, true),
        ("iam:instance-profile", ["i000", "i001"], Some("/team/"), true, true),
        ("iam:oidc-provider", ["oidc000.example.com/id/A0", "oidc001.example.com/id/A1"], None, false, false),
        ("iam:saml-provider", ["s000", "s001"], None, false, true),
        ("iam:server-certificate", ["c000", "c001"], Some("/team/"), true, true),
    ] {
        let mut found = of(kind);
        found.sort_by_key(|line| line["name"].to_string());
        assert_eq!(found.iter().map(|line| line["name"].as_str().unwrap()).collect::<Vec<_>>(), names, "{kind}");
        assert_eq!(found[1]["path"].as_str(), path, "{kind}");
        for line in found {
            assert_eq!((line["id"].is_string(), line["created"].is_string()), (has_id, has_time), "{line}");
            assert!(line["region"].is_null(), "{line}");
        }
    }
    let pools = of(IDENTITY_POOL);
    assert_eq!(pools.len(), 4);
    assert!(pools.iter().all(|line| line["arn"].as_str().unwrap().ends_with(line["id"].as_str().unwrap())));
}

#[test]
fn roles_come_in_the_calls_of_users() {
    let emulator = Emulator::with(&family(EACH, mixed));
    let scratch = Scratch::new();
    for (types, calls) in [("iam:user,iam:role", 2 * EACH), ("iam:role", EACH), ("iam:user", EACH)] {
        emulator.limits(&json!({"page": 5}));
        emulator.forget();
        scan(&emulator, &scratch, &["--type", types]);
        let made = emulator.calls();
        assert_eq!(made["iam:GetAccountAuthorizationDetails"], calls.div_ceil(5) as u64, "{types}: {made:?}");
        assert!(!made.keys().any(|call| call.contains("RoleTags") || call.contains("UserTags")), "{made:?}");
    }
    // Denied, both are listed and read one by one.
    let truth: BTreeMap<String, Real> =
        truth(&emulator).into_iter().filter(|(_, real)| ["iam:role", "iam:user"].contains(&real.kind)).collect();
    emulator.faults(&json!([{"operation": "iam:GetAccountAuthorizationDetails", "kind": "deny"}]));
    exact(&scan(&emulator, &scratch, &["--type", "iam:user,iam:role"]), &truth);
    assert_eq!(emulator.calls()["iam:ListRoleTags"], EACH as u64);
}

#[test]
fn the_least_calls_directly_and_with_the_index() {
    let emulator = Emulator::with(&family(25, good));
    let scratch = Scratch::new();
    scan(&emulator, &scratch, &["--type", ALL]).exits(0);
    let calls = emulator.calls();
    let lists: u64 = calls.iter().filter(|(call, _)| !call.contains("Tags")).map(|(_, count)| count).sum();
    let reads: u64 = calls.iter().filter(|(call, _)| call.contains("Tags")).map(|(_, count)| count).sum();
    // Users and roles together; devices, policies, profiles, two kinds of providers, certificates; two kinds of pools in two
    // regions; the identity.
    assert_eq!((lists, reads), (1 + 6 + 4 + 1, (6 + 3) * 25), "{calls:?}");
    emulator.forget();
    scan(&emulator, &scratch, &["--type", ALL, "--tags-from", "tagging-api"]).exits(0);
    let calls = emulator.calls();
    // Six types of IAM, and each kind of pool in its regions.
    assert_eq!((calls["tag:GetResources"], calls.values().sum::<u64>()), (9, 12 + 9), "{calls:?}");
    // An index that has none of a type is not believed.
    emulator.forget();
    emulator.limits(&json!({"tag_index": {"without": ["iam:policy", "iam:server-certificate"]}}));
    scan(&emulator, &scratch, &["--type", ALL, "--tags-from", "tagging-api"]).exits(0);
    let calls = emulator.calls();
    assert_eq!((calls["iam:ListPolicyTags"], calls["iam:ListServerCertificateTags"]), (25, 25), "{calls:?}");
    assert!(!calls.contains_key("iam:ListInstanceProfileTags"), "{calls:?}");
}

#[test]
fn what_violates_is_read_directly_before_it_is_reported() {
    let emulator = Emulator::with(&family(EACH, mixed));
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    exact(&scan(&emulator, &scratch, &["--type", ALL, "--tags-from", "tagging-api"]), &truth);
    let calls = emulator.calls();
    // One in five is right.
    let wrong = (0..EACH).filter(|i| i % 5 != 1).count() as u64;
    assert_eq!((calls["iam:ListPolicyTags"], calls["iam:ListSAMLProviderTags"]), (wrong, wrong), "{calls:?}");
}

#[test]
fn whatever_fails_is_unknown_or_a_gap_and_never_an_answer() {
    let emulator = Emulator::with(&family(EACH, mixed));
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    let lists = [
        ("iam:ListPolicies", "iam:policy"),
        ("iam:ListInstanceProfiles", "iam:instance-profile"),
        ("iam:ListOpenIDConnectProviders", "iam:oidc-provider"),
        ("iam:ListSAMLProviders", "iam:saml-provider"),
        ("iam:ListServerCertificates", "iam:server-certificate"),
        ("cognito-identity:ListIdentityPools", IDENTITY_POOL),
    ];
    for kind in ["deny", "garbage", "cut", "repeat-token"] {
        emulator.forget();
        emulator.limits(&json!({"page": 4}));
        let faults: Vec<Value> =
            lists.iter().map(|(operation, _)| json!({"operation": operation, "kind": kind})).collect();
        emulator.faults(&faults.into());
        let run = scan(&emulator, &scratch, &["--type", ALL]);
        let unread = never_wrong(&run.exits(3).json(), &truth);
        for (_, list) in lists {
            // Lists of one page have no token to repeat.
            let pages = !["iam:oidc-provider", "iam:saml-provider"].contains(&list);
            assert_eq!(unread.contains_key(list), kind != "repeat-token" || pages, "{kind} {list}: {unread:?}");
        }
        assert!(emulator.applied() > 0, "{kind}");
    }
    let reads = [
        ("iam:ListPolicyTags", "iam:policy"),
        ("iam:ListInstanceProfileTags", "iam:instance-profile"),
        ("iam:ListOpenIDConnectProviderTags", "iam:oidc-provider"),
        ("iam:ListSAMLProviderTags", "iam:saml-provider"),
        ("iam:ListServerCertificateTags", "iam:server-certificate"),
        ("cognito-identity:ListTagsForResource", IDENTITY_POOL),
    ];
    for kind in ["deny", "untagged"] {
        emulator.forget();
        emulator.limits(&json!({"page": 1000}));
        let fault = |operation: &str| match kind {
            // An answer without `Tags` is no answer that there are none.
            "untagged" => json!({"operation": operation, "kind": "lacks", "error": "Tags", "times": 40}),
            _ => json!({"operation": operation, "kind": kind}),
        };
        emulator.faults(&reads.iter().map(|(operation, _)| fault(operation)).collect::<Vec<_>>().into());
        let unread = never_wrong(&scan(&emulator, &scratch, &["--type", ALL]).exits(3).json(), &truth);
        let of = |kind: &str| unread.get(kind).copied().unwrap_or_default();
        for (_, kind_of_resource) in reads {
            assert!(of(kind_of_resource).0 > 0, "{kind} {kind_of_resource}: {unread:?}");
        }
    }
    // Deleted after the list: not there, and no gap.
    emulator.forget();
    emulator.faults(&json!([{"operation": "iam:ListPolicyTags", "kind": "gone", "times": 2}]));
    let report = scan(&emulator, &scratch, &["--type", "iam:policy"]).exits(1).json();
    assert_eq!(report["summary"]["resources"], EACH - 2);
}

const OWNER: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\ndefault = \"nobody\"\n";

#[test]
fn roles_of_aws_are_counted_and_judged_only_by_rules_that_ask() {
    let emulator = Emulator::with(&json!({"roles": [
        {"name": "own", "tags": {}},
        {"name": "AWSServiceRoleForSupport", "service": "support.amazonaws.com"},
        {"name": "AWSReservedSSO_Admin_1", "path": "/aws-reserved/sso.amazonaws.com/"},
    ]}));
    let scratch = Scratch::new();
    scratch.file("owner.toml", OWNER);
    let scan = |policy: &str| {
        emulator.run(&scratch, &["scan", "--type", "iam:role", "--policy", policy, "--format", "json"]).exits(1).json()
    };
    let arns = |report: &Value| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|one| one["resource"]["arn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
            .collect()
    };
    let report = scan("owner.toml");
    assert_eq!(arns(&report), ["own"]);
    let coverage = &report["coverage"];
    assert_eq!(coverage["judged"], 1);
    assert_eq!(coverage["not-judged"][0]["reason"], "made-by-aws", "{coverage}");
    assert_eq!(coverage["not-judged"][0]["count"], 2, "{coverage}");
    scratch.file("aws.toml", format!("{OWNER}[rule.when]\nmanaged-by = \"aws\"\n"));
    let report = scan("aws.toml");
    let mut found = arns(&report);
    found.sort();
    assert_eq!(found, ["AWSReservedSSO_Admin_1", "AWSServiceRoleForSupport"]);
    assert_eq!(report["coverage"]["judged"], 3);
    // Nothing plans a change of a role of AWS.
    for policy in ["owner.toml", "aws.toml"] {
        emulator.run(&scratch, &["fix", "--type", "iam:role", "--policy", policy, "--output", "plan.json"]);
        let plan: Value = serde_json::from_str(&scratch.read("plan.json")).unwrap();
        let planned: BTreeSet<&str> =
            plan["changes"].as_array().unwrap().iter().map(|one| one["arn"].as_str().unwrap()).collect();
        assert!(planned.iter().all(|arn| arn.ends_with(":role/own")), "{policy}: {planned:?}");
    }
    // Nor does a plan from elsewhere.
    emulator.run(&scratch, &["fix", "--type", "iam:role", "--policy", "owner.toml", "--output", "plan.json"]);
    let plan = scratch.read("plan.json").replace(":role/own", ":role/aws-reserved/own");
    scratch.file("plan.json", plan);
    let run = emulator.run(&scratch, &["fix", "--apply", "plan.json", "--yes", "--policy", "owner.toml"]);
    assert!(run.exits(2).stderr.contains("AWS made the role"), "{}", run.stderr);
}

#[test]
fn letter_case_of_keys_is_that_of_the_type() {
    let tags = |_| json!({"owner": "x"});
    let emulator = Emulator::with(&family(1, tags));
    let scratch = Scratch::new();
    scratch.file("owner.toml", "version = 1\n[[rule]]\nid = \"owner\"\nforbid = [\"Owner\"]\n");
    let run = scan(&emulator, &scratch, &["--type", ALL, "--policy", "owner.toml"]);
    let found: BTreeSet<String> = run.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["resource"]["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(found, BTreeSet::from(["iam:role".to_owned(), "iam:user".to_owned()]));
}

#[test]
fn every_type_is_fixed_and_the_fix_undone() {
    let tags = |i: usize| if i == 0 { json!({"left": "alone"}) } else { json!({"owner": "x"}) };
    let emulator = Emulator::with(&family(2, tags));
    let scratch = Scratch::new();
    scratch.file("owner.toml", OWNER);
    let before = all_tags(&emulator);
    let args = [&["--type", ALL, "--policy", "owner.toml"], &REGIONS[..]].concat();
    emulator.run(&scratch, &[&["fix", "--output", "plan.json"], &args[..]].concat());
    let apply = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl", "--policy", "owner.toml"];
    emulator.run(&scratch, &apply).exits(0);
    let after = all_tags(&emulator);
    for (arn, tags) in &after {
        let want = before[arn].get("owner").map_or("nobody", String::as_str);
        assert_eq!(tags.get("Owner").map(String::as_str), Some(want), "{arn}: {tags:?}");
        assert!(!tags.contains_key("owner"), "{arn}: {tags:?}");
        assert_eq!(tags.get("left"), before[arn].get("left"), "{arn}");
    }
    emulator.run(&scratch, &[&["scan"], &args[..]].concat()).exits(0);
    let digest = taglint::fix::journal::Sha256Hex::of(scratch.read("journal.jsonl").as_bytes()).to_string();
    let undo = ["fix", "--undo", "journal.jsonl", "--journal-sha256", &digest, "--yes", "--journal", "undo.jsonl"];
    emulator.run(&scratch, &undo).exits(0);
    assert_eq!(all_tags(&emulator), before);
}

/// The tags of every resource, by ARN.
fn all_tags(emulator: &Emulator) -> BTreeMap<String, BTreeMap<String, String>> {
    truth(emulator).into_iter().map(|(arn, real)| (arn, texts(&real.line["tags"]))).collect()
}

#[test]
fn a_rule_that_names_a_type_has_it_read() {
    let emulator = Emulator::with(&family(1, good));
    let scratch = Scratch::new();
    let policy = |resources: &str| {
        scratch.file("p.toml", format!("{OWNER}resources = {resources}\n"));
        emulator.forget();
        emulator.run(&scratch, &[&["scan", "--policy", "p.toml", "--format", "json"], &REGIONS[..]].concat());
        emulator.calls()
    };
    assert!(policy("[\"iam:policy\"]").contains_key("iam:ListPolicies"));
    assert!(!policy("[\"iam:*\"]").contains_key("iam:ListPolicies"), "a glob names no type");
    let account = emulator.state(ACCOUNT);
    assert_eq!(account["policies"].as_array().unwrap().len(), 1);
}
