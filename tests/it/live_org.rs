//! Scans of more than one account and region: organizations, roles, shards, and scans that end early.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch};
use crate::emulator::{Emulator, at_the_pace_of_aws, crowd, run};
use crate::truth::{DEVICE, POOL, Real, USER, never_wrong, truth_of};

pub(crate) const ONE: &str = "111122223333";
pub(crate) const TWO: &str = "444455556666";
const CLOSED: &str = "999900001111";
pub(crate) const UNIT: &str = "ou-ab12-cd34ef56";
pub(crate) const BELOW: &str = "ou-ab12-11112222";

pub(crate) const ORGANIZATION: [&str; 3] = ["--organization", "--role-name", "team/taglint-scan"];
const REGION: [&str; 2] = ["--region", "eu-west-1"];

/// The test account manages two others, of which the second stands in a unit below the first one's, and a closed one.
pub(crate) fn organization() -> Emulator {
    let emulator = Emulator::start();
    for (account, users) in [(ACCOUNT, 5), (ONE, 12), (TWO, 7), (CLOSED, 3)] {
        let mut seed = crowd(users, 4, &[("eu-west-1", 2)]);
        seed["account"] = account.into();
        emulator.seed(&seed);
    }
    emulator.seed(&json!({"organization": {
        "units": [{"id": UNIT}, {"id": BELOW, "parent": UNIT}],
        "accounts": [
            {"id": ONE, "name": "shop-prod", "unit": UNIT, "tags": {"Stage": "prod"}},
            {"id": TWO, "name": "shop-test", "unit": BELOW, "tags": {"Stage": "test"}},
            {"id": CLOSED, "name": "old", "state": "SUSPENDED"},
        ],
    }}));
    emulator
}

/// What these accounts hold.
fn truth(emulator: &Emulator, accounts: &[&str]) -> BTreeMap<String, Real> {
    accounts.iter().flat_map(|account| truth_of(emulator, account)).collect()
}

pub(crate) fn scan(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> crate::common::Run {
    let args = ["scan", "--format", "json", "--show", "passed"];
    emulator.run(scratch, &[&args[..], &ORGANIZATION, &REGION, more].concat())
}

/// The lines of a collection: header, resources, end.
pub(crate) fn lines(text: &str) -> (Value, Vec<Value>, Value) {
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let end = lines.pop().expect("an end");
    (lines.remove(0), lines, end)
}

fn accounts(report: &Value) -> BTreeSet<String> {
    let all = ["findings", "passed"].into_iter().flat_map(|part| report[part].as_array().unwrap());
    all.map(|item| item.pointer("/resource/account").unwrap_or(&item["account"]).as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_organization_is_read_account_by_account_and_a_closed_one_left_out() {
    let emulator = organization();
    let scratch = Scratch::new();
    let report = scan(&emulator, &scratch, &["--external-id", "x-42"]).exits(1).json();
    let truth = truth(&emulator, &[ACCOUNT, ONE, TWO]);
    assert_eq!(never_wrong(&report, &truth), BTreeMap::new());
    assert_eq!(report["summary"]["resources"], truth.len());
    let named = report["findings"].as_array().unwrap().iter().find(|f| f["resource"]["account"] == ONE).unwrap();
    assert_eq!(named["resource"]["account-name"], "shop-prod");

    // A role can have an external id of its own.
    emulator.forget();
    scan(&emulator, &scratch, &["--external-id", "x-42", "--external-id", &format!("{TWO}=y=42")]).exits(1);
    let ids: BTreeMap<String, String> = emulator
        .log()
        .iter()
        .filter(|call| call["call"] == "sts:AssumeRole")
        .map(|call| {
            let text = |name: &str| call["params"][name].as_str().expect("a parameter").to_owned();
            (text("RoleArn").split(':').nth(4).expect("an account").to_owned(), text("ExternalId"))
        })
        .collect();
    assert_eq!(ids, BTreeMap::from([(ONE.to_owned(), "x-42".to_owned()), (TWO.to_owned(), "y=42".to_owned())]));
    emulator.forget();
    scan(&emulator, &scratch, &["--external-id", "x-42"]).exits(1);

    // The own account needs no role; the others' sessions may only read, whatever the role may.
    let log = emulator.log();
    let roles: Vec<&Value> =
        log.iter().filter(|entry| entry["call"] == "sts:AssumeRole").map(|e| &e["params"]).collect();
    let arns: BTreeSet<&str> = roles.iter().map(|role| role["RoleArn"].as_str().unwrap()).collect();
    assert_eq!(
        arns,
        [ONE, TWO].map(|id| format!("arn:aws:iam::{id}:role/team/taglint-scan")).iter().map(|s| &**s).collect()
    );
    assert_eq!(roles.len(), 2);
    for role in roles {
        assert_eq!((&role["ExternalId"], &role["RoleSessionName"]), (&json!("x-42"), &json!("taglint-scan")));
        let policy = role["Policy"].as_str().unwrap();
        assert!(policy.len() <= 2048);
        let policy: Value = serde_json::from_str(policy).unwrap();
        let allowed: BTreeSet<&str> = policy["Statement"][0]["Action"]
            .as_array()
            .unwrap()
            .iter()
            .map(|action| action.as_str().unwrap())
            .collect();
        for action in &allowed {
            assert!(["Get", "List", "Describe"].iter().any(|verb| action.split_once(':').unwrap().1.starts_with(verb)));
        }
        for entry in log.iter().filter(|entry| entry["account"] == ONE || entry["account"] == TWO) {
            let call = entry["call"].as_str().unwrap();
            assert!(allowed.contains(call), "{call} is not in the session's policy");
        }
    }
    assert_eq!(emulator.calls()["organizations:ListAccounts"], 1);
    assert!(!emulator.calls().contains_key("organizations:ListTagsForResource"), "no rule asks for account tags");
    assert_eq!(emulator.tally()["by_account"].get(CLOSED), None);
}

#[test]
fn one_account_that_cannot_be_entered_is_unread_and_the_others_are_right() {
    let emulator = organization();
    let scratch = Scratch::new();
    emulator.faults(&json!([{"operation": "sts:AssumeRole", "match": TWO, "kind": "deny"}]));
    let report = scan(&emulator, &scratch, &[]).exits(3).json();
    let truth = truth(&emulator, &[ACCOUNT, ONE, TWO]);
    let unread = never_wrong(&report, &truth);
    assert_eq!(unread, BTreeMap::from([(DEVICE, (0, 4)), (POOL, (0, 2)), (USER, (0, 7))]));
    let [gap] = &report["incomplete"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(gap, &json!({"account": TWO, "operation": "sts:AssumeRole", "error": "AccessDenied: sts:AssumeRole"}));
    // Where no account is known at all, nothing is checked.
    emulator.faults(&json!([{"operation": "organizations:ListAccounts", "kind": "deny"}]));
    scan(&emulator, &scratch, &[]).fails_with(2, &["accounts of the organization", "AccessDenied", "--role-arn"]);
    // And where their list breaks off, it is told.
    emulator.limits(&json!({"page": 2}));
    emulator.faults(&json!([{"operation": "organizations:ListAccounts", "kind": "deny", "after": 1}]));
    let report = scan(&emulator, &scratch, &[]).exits(3).json();
    assert_eq!(report["incomplete"][0]["operation"], "organizations:ListAccounts");
    assert!(report["incomplete"][0]["error"].as_str().unwrap().contains("accounts may be missing"));
}

#[test]
fn units_and_exclusions_choose_accounts() {
    let emulator = organization();
    let scratch = Scratch::new();
    for (more, want) in [
        (&["--ou", UNIT][..], &[ONE, TWO][..]),
        (&["--ou", BELOW], &[TWO]),
        (&["--ou", UNIT, "--exclude-account", TWO], &[ONE]),
        (&["--exclude-account", ACCOUNT, "--exclude-account", ONE], &[TWO]),
    ] {
        emulator.forget();
        let report = scan(&emulator, &scratch, more).exits(1).json();
        assert_eq!(accounts(&report), want.iter().map(|id| (*id).to_owned()).collect(), "{more:?}");
        assert_eq!(never_wrong(&report, &truth(&emulator, want)), BTreeMap::new());
        assert_eq!(emulator.calls().get("sts:AssumeRole").copied().unwrap_or(0), want.len() as u64);
    }
    let args = [&["collect"][..], &ORGANIZATION, &REGION, &["--ou", UNIT]].concat();
    let (header, ..) = lines(&emulator.run(&scratch, &args).exits(0).stdout);
    assert_eq!(header["scope"]["some-accounts"], true);
    assert_eq!(header["scope"]["accounts"], json!([ONE, TWO]));
    assert!(header["scope"]["organization"].as_str().unwrap().starts_with("o-"), "{header}");
    let unknown = scan(&emulator, &scratch, &["--exclude-account", "222233334444"]);
    assert!(unknown.exits(1).stderr.contains("--exclude-account 222233334444"), "{}", unknown.stderr);
    for (more, words) in [
        (&["--ou", "shop"][..], ["--ou \"shop\"", "ou-ab12-cd34ef56"]),
        (&["--exclude-account", "1"], ["--exclude-account \"1\"", "twelve digits"]),
    ] {
        scan(&emulator, &scratch, more).fails_with(2, &words);
    }
    scan(&emulator, &scratch, &["--ou", "ou-ab12-00000000"]).fails_with(2, &["ParentNotFoundException"]);
}

#[test]
fn roles_are_read_instead_of_the_own_account() {
    let emulator = organization();
    let scratch = Scratch::new();
    let role = |account: &str| format!("arn:aws:iam::{account}:role/scan");
    let (one, two) = (role(ONE), role(TWO));
    let args = ["scan", "--format", "json", "--show", "passed", "--region", "eu-west-1", "--role-arn", &one];
    let report = emulator.run(&scratch, &[&args[..], &["--role-arn", &two]].concat()).exits(1).json();
    assert_eq!(never_wrong(&report, &truth(&emulator, &[ONE, TWO])), BTreeMap::new());
    let by_account = &emulator.tally()["by_account"][ACCOUNT];
    assert_eq!(by_account.as_object().unwrap().keys().collect::<Vec<_>>(), ["sts:AssumeRole", "sts:GetCallerIdentity"]);
    emulator.forget();
    for (more, words) in [
        (&["--role-arn", "scan"][..], ["--role-arn \"scan\"", "arn:aws:iam::111122223333:role/taglint-scan"]),
        (&["--role-arn", &one, "--role-arn", &one], ["two roles of account 111122223333", "one role"]),
        (&["--external-id", "x"], ["--external-id", "--role-arn"]),
        (&["--organization"], ["--role-name", "--organization"]),
        (&["--role-arn", &one, "--shard", "3/2"], ["--shard", "no share 3 of 2"]),
        (&["--role-arn", &one, "--shard", "2"], ["JOB_COMPLETION_INDEX", "--shard 1/4"]),
        (&["--deadline", "soon"], ["--deadline \"soon\"", "30m"]),
    ] {
        emulator.run(&scratch, &[&["scan", "--type", USER], more].concat()).fails_with(2, &words);
    }
    assert_eq!(emulator.calls(), BTreeMap::new());
}

#[test]
fn shards_together_are_the_whole_and_know_that_they_are_parts() {
    let emulator = organization();
    let scratch = Scratch::new();
    let collect = [&["collect"][..], &ORGANIZATION, &REGION].concat();
    let (header, whole, end) = lines(&emulator.run(&scratch, &collect).exits(0).stdout);
    let mut union: Vec<Value> = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, variable) in [(0, "AWS_BATCH_JOB_ARRAY_INDEX"), (1, "JOB_COMPLETION_INDEX")] {
        let mut job = emulator.aws(&scratch, &[&collect[..], &["--shard", "2"]].concat());
        let by_job = run(job.env(variable, index.to_string()));
        let flag = format!("{}/2", index + 1);
        let by_flag = emulator.run(&scratch, &[&collect[..], &["--shard", &flag]].concat());
        let (header, resources, end) = lines(&by_flag.exits(0).stdout);
        assert_eq!(lines(&by_job.exits(0).stdout).1, resources);
        assert_eq!((&header["scope"]["shard"], &end["unread"]), (&json!(flag), &json!([])));
        scratch.file(&format!("shard-{index}.jsonl"), &by_flag.stdout);
        for account in header["scope"]["accounts"].as_array().unwrap() {
            assert!(seen.insert(account.to_string()), "{account} is in two shards");
        }
        union.extend(resources);
    }
    let key = |line: &Value| {
        [&line["account"], &line["region"], &line["type"], &line["arn"]].map(|v| v.as_str().unwrap_or("").to_owned())
    };
    union.sort_by_key(key);
    assert_eq!(union, whole);
    assert_eq!(seen.len(), 3);
    // Merged, they are the inventory of the whole organization.
    let merged = lines(&scratch.run(["merge", "shard-0.jsonl", "shard-1.jsonl"]).exits(0).stdout);
    assert_eq!((&merged.0["scope"], &merged.1, &merged.2), (&header["scope"], &whole, &end));
}

#[test]
fn all_regions_are_those_that_are_enabled_and_one_that_is_not_is_no_failure() {
    let emulator = Emulator::with(&crowd(0, 0, &[("eu-west-1", 3), ("us-west-2", 2)]));
    let scratch = Scratch::new();
    let args = ["collect", "--all-regions", "--type", POOL];
    let (header, resources, end) = lines(&emulator.run(&scratch, &args).exits(0).stdout);
    assert_eq!(resources.len(), 5);
    let enabled = ["eu-central-1", "eu-south-1", "eu-west-1", "us-east-1", "us-west-2"];
    assert_eq!(header["scope"]["regions"], json!(enabled));
    assert_eq!((&end["unread"], &end["not-enabled"]), (&json!([]), &json!(["af-south-1"])));
    let calls = emulator.calls();
    assert_eq!((calls["account:ListRegions"], calls["cognito-idp:ListUserPools"]), (1, enabled.len() as u64));
    // A region that is switched off between the two calls is none either.
    emulator.limits(&json!({"disabled_regions": []}));
    emulator.faults(&json!([{"operation": "cognito-idp:*", "region": "eu-south-1", "kind": "error",
        "error": "UnrecognizedClientException", "message": "The security token included in the request is invalid."}]));
    let (_, resources, _) = lines(&emulator.run(&scratch, &args).exits(0).stdout);
    assert_eq!(resources.len(), 5);
    // Where the account may not say, the regions that are known are read, and there may be others.
    emulator.forget();
    emulator.limits(&json!({"disabled_regions": ["af-south-1"]}));
    emulator.faults(&json!([{"operation": "account:ListRegions", "kind": "deny"}]));
    let (_, resources, end) = lines(&emulator.run(&scratch, &args).exits(3).stdout);
    assert_eq!(resources.len(), 5);
    let [gap] = &end["unread"].as_array().unwrap()[..] else { panic!("{end}") };
    assert_eq!((&gap["operation"], &gap["account"]), (&json!("account:ListRegions"), &json!(ACCOUNT)));
    assert_eq!(emulator.calls()["cognito-idp:ListUserPools"], 34);
}

#[test]
fn credentials_that_expire_on_the_way_are_renewed_where_they_can_be() {
    let emulator = organization();
    let scratch = Scratch::new();
    let one = format!("arn:aws:iam::{ONE}:role/scan");
    // Once: a call that is refused again with renewed credentials is not sent a third time.
    let expired = json!([{"operation": "iam:ListMFADeviceTags", "kind": "expired", "times": 1, "after": 1}]);
    emulator.faults(&expired);
    let args = ["scan", "--format", "json", "--show", "passed", "--region", "eu-west-1"];
    let report = emulator.run(&scratch, &[&args[..], &["--role-arn", &one]].concat()).exits(1).json();
    assert_eq!(never_wrong(&report, &truth(&emulator, &[ONE])), BTreeMap::new());
    assert_eq!(emulator.applied(), 1);
    assert_eq!(emulator.calls()["sts:AssumeRole"], 2);
    // Where the role cannot be assumed again, what is left is unknown and the report is there.
    emulator.forget();
    emulator.faults(&json!([
        {"operation": "sts:AssumeRole", "kind": "deny", "after": 1},
        {"operation": "iam:ListMFADeviceTags", "kind": "expired", "after": 1},
    ]));
    let report = emulator.run(&scratch, &[&args[..], &["--role-arn", &one]].concat()).exits(3).json();
    assert_eq!(never_wrong(&report, &truth(&emulator, &[ONE]))[DEVICE], (3, 0));
    // A process that gives other keys each time, as a login helper does.
    emulator.forget();
    emulator.faults(&expired);
    let helper = scratch.file(
        "helper.sh",
        format!(
            "n=$(cat count 2>/dev/null || echo 0); n=$((n+1)); echo $n > count\n\
             echo '{{\"Version\":1,\"AccessKeyId\":\"AKIA{ACCOUNT}TES'$n'\",\"SecretAccessKey\":\"secret\"}}'\n"
        ),
    );
    scratch.file(".aws/config", format!("[default]\ncredential_process = sh {}\n", helper.display()));
    let mut command = emulator.aws(&scratch, &args);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let report = run(&mut command).exits(1).json();
    assert_eq!(never_wrong(&report, &truth(&emulator, &[ACCOUNT])), BTreeMap::new());
    assert!(["2", "3"].contains(&scratch.read("count").trim()), "asked once more, not for each call");
}

#[test]
fn a_deadline_ends_the_scan_with_what_there_is() {
    let emulator = Emulator::with(&crowd(30, 200, &[("eu-west-1", 2)]));
    let scratch = Scratch::new();
    let start = Instant::now();
    let args = ["scan", "--format", "json", "--show", "passed", "--region", "eu-west-1", "--deadline", "3s"];
    let report = emulator.run_at_the_pace_of_aws(&scratch, &args).exits(3).json();
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    let unread = never_wrong(&report, &truth(&emulator, &[ACCOUNT]));
    let (unknown, unlisted) = unread[DEVICE];
    assert!(unknown == 0 && unlisted > 100 && unread.len() == 1, "{unread:?}");
    let [gap] = &report["incomplete"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!((&gap["type"], &gap["error"]), (&json!(DEVICE), &json!("the deadline came before it was read")));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_within_a_second_with_what_is_finished_and_no_half_file() {
    use std::process::{Command, Stdio};
    let emulator = Emulator::with(&crowd(30, 300, &[("eu-west-1", 2)]));
    let scratch = Scratch::new();
    let interrupt = |args: &[&str], operation: &str| {
        emulator.forget();
        let mut command = at_the_pace_of_aws(emulator.aws(&scratch, args));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let start = Instant::now();
        while emulator.calls().get(operation).is_none_or(|calls| *calls < 8) {
            assert!(start.elapsed() < Duration::from_mins(1), "{operation} is not called");
            std::thread::sleep(Duration::from_millis(20));
        }
        let start = Instant::now();
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
        let run = crate::common::Run::of(child.wait_with_output().expect("the program ends"));
        assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
        run
    };
    let args = ["collect", "--region", "eu-west-1", "--output", "i.jsonl"];
    interrupt(&args, "iam:ListMFADeviceTags").exits(130);
    let check = scratch.run(["check", "i.jsonl", "--format", "json", "--show", "passed"]);
    let unread = never_wrong(&check.exits(3).json(), &truth(&emulator, &[ACCOUNT]));
    assert!(unread[DEVICE].1 > 200 && unread.len() == 1, "{unread:?}");

    let args = ["scan", "--region", "eu-west-1", "--format", "json", "--show", "passed", "--output", "r.sarif"];
    let report = interrupt(&args, "iam:ListMFADeviceTags").exits(130).json();
    assert!(never_wrong(&report, &truth(&emulator, &[ACCOUNT]))[DEVICE].1 > 200);
    let sarif: Value = serde_json::from_str(&scratch.read("r.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
    let left: Vec<_> = std::fs::read_dir(scratch.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".taglint-")), "{left:?}");
}

#[test]
fn conditions_on_the_account_see_its_name_and_tags() {
    let emulator = organization();
    let scratch = Scratch::new();
    let rule = |id: &str, when: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nkey = \"Nowhere\"\nrequired = true\nresources = [\"iam:user\"]\n[rule.when]\n{when}\n"
        )
    };
    let names = format!("version = 1\n{}", rule("shops", "account-name = \"shop-*\""));
    scratch.file("names.toml", &names);
    scratch.file("tags.toml", names + &rule("prod", "account-tags.Stage = \"prod\""));
    let by_rule = |policy: &str, code: i32| {
        emulator.forget();
        let report = scan(&emulator, &scratch, &["--policy", policy]).exits(code).json();
        let mut rules: BTreeMap<String, usize> = BTreeMap::new();
        for finding in report["findings"].as_array().unwrap() {
            let rule = finding["rule"].as_str().unwrap();
            let account = finding["resource"]["account"].as_str().unwrap();
            *rules.entry(format!("{rule} {account}")).or_default() += 1;
        }
        (rules, report)
    };
    let shops = [(format!("shops {ONE}"), 12), (format!("shops {TWO}"), 7)];
    assert_eq!(by_rule("names.toml", 1).0, BTreeMap::from(shops.clone()));
    let calls = emulator.calls();
    assert!(
        !calls.contains_key("organizations:ListTagsForResource") && !calls.contains_key("iam:ListVirtualMFADevices")
    );
    let mut both = BTreeMap::from(shops);
    both.insert(format!("prod {ONE}"), 12);
    assert_eq!(by_rule("tags.toml", 1).0, both);
    assert_eq!(emulator.calls()["organizations:ListTagsForResource"], 3);
    // Account tags that cannot be read leave the rule untold, and the report says why.
    let denied = json!([{"operation": "organizations:ListTagsForResource", "match": ONE, "kind": "deny"}]);
    emulator.faults(&denied);
    let report = scan(&emulator, &scratch, &["--policy", "tags.toml"]).exits(3).json();
    assert_eq!(report["unknown"].as_array().unwrap().len(), 12);
    assert_eq!(report["incomplete"][0]["operation"], "organizations:ListTagsForResource");
}

#[test]
fn another_partition_is_told_by_the_region_or_the_role() {
    let emulator = Emulator::start();
    let mut seed = crowd(3, 2, &[("us-gov-west-1", 2)]);
    (seed["account"], seed["partition"]) = (ONE.into(), "aws-us-gov".into());
    emulator.seed(&seed);
    let scratch = Scratch::new();
    let role = format!("arn:aws-us-gov:iam::{ONE}:role/scan");
    let args = ["collect", "--role-arn", &role];
    for more in [&["--region", "us-gov-west-1"][..], &["--type", "iam:user,iam:mfa"]] {
        emulator.forget();
        let (_, resources, end) = lines(&emulator.run(&scratch, &[&args[..], more].concat()).exits(0).stdout);
        assert_eq!((resources.len(), &end["unread"]), (if more[0] == "--type" { 5 } else { 7 }, &json!([])));
        assert!(
            resources.iter().all(|line| line["arn"].as_str().unwrap().starts_with("arn:aws-us-gov:")),
            "{resources:?}"
        );
        assert_eq!(emulator.tally()["by_region"].as_object().unwrap().keys().collect::<Vec<_>>(), ["us-gov-west-1"]);
    }
}
