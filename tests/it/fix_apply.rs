//! `taglint fix --apply`, `--resume` and `--undo`: what is planned is done and nothing else, and all of it can be undone,
//! whatever happens on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taglint::aws::supported::ResourceArn;
use taglint::fix::journal::Sha256Hex;
use taglint::fix::plan::{Change, ChangeReason, Plan, PolicyStamp, Rename, VERSION};
use taglint::fix::policy_hash;
use taglint::fix::tags::hash_tags;
use taglint::policy::{PolicySource, load};

use crate::common::{ACCOUNT, Run, Scratch};
use crate::emulator::{Emulator, at_the_pace_of_aws, counts, run};

pub(crate) type TagMap = BTreeMap<String, String>;

pub(crate) const POLICY: &str = r#"version = 1
[[rule]]
id = "owner"
key = "Owner"
required = true
default = "nobody"
[[rule]]
id = "cost-center"
key = "Cost Center"
aliases = ["CostCenter"]
pattern = '\d{5}'
"#;

/// Users, devices and pools of two regions: misspelled in case, by an alias, both, and not at all.
pub(crate) fn world(each: usize) -> Value {
    let tags = |i: usize| match i % 4 {
        0 => json!({"owner": "a", "Größe": "x"}),
        1 => json!({"CostCenter": "12345", "Owner": "b", "empty": ""}),
        2 => json!({"owner": "c", "CostCenter": "12345", "path": "a/b:c=d+e-f@g"}),
        _ => json!({"left": "alone"}),
    };
    let many = |prefix: &str| -> Vec<Value> {
        (0..each).map(|i| json!({"name": format!("{prefix}{i:02}"), "tags": tags(i)})).collect()
    };
    json!({"users": many("u"), "devices": many("d"), "pools": {"eu-west-1": many("p"), "eu-central-1": many("q")}})
}

/// Every resource's tags, by ARN.
pub(crate) fn tags(emulator: &Emulator) -> BTreeMap<String, TagMap> {
    let state = emulator.state(ACCOUNT);
    let pools = state["pools"].as_object().expect("regions").values();
    let lists = [&state["users"], &state["devices"]].into_iter().chain(pools);
    let entry = |one: &Value| {
        let tags = one["tags"].as_object().expect("tags").iter();
        let tags = tags.map(|(key, value)| (key.clone(), value.as_str().expect("a value").to_owned())).collect();
        (one["arn"].as_str().expect("an ARN").to_owned(), tags)
    };
    lists.flat_map(|list| list.as_array().expect("a list").iter().map(entry)).collect()
}

/// The tags as the policy wants them.
pub(crate) fn fixed(before: &TagMap) -> TagMap {
    let mut after = before.clone();
    for (from, to) in [("owner", "Owner"), ("CostCenter", "Cost Center")] {
        if let Some(value) = after.remove(from) {
            after.insert(to.to_owned(), value);
        }
    }
    after.entry("Owner".to_owned()).or_insert("nobody".to_owned());
    after
}

fn change(arn: &str, before: &TagMap, after: &TagMap) -> Change {
    let target = ResourceArn::parse(arn).expect("an ARN of ours");
    let kind = target.resource_type;
    let set: TagMap =
        after.iter().filter(|(k, v)| before.get(*k) != Some(*v)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let replaced = |key: &str| kind.tag_limits().folds_case && set.keys().any(|new| new.eq_ignore_ascii_case(key));
    let gone: Vec<&String> = before.keys().filter(|key| !after.contains_key(*key)).collect();
    let rename = |from: &&String| {
        let to = set.iter().find(|(to, value)| !before.contains_key(*to) && Some(*value) == before.get(*from))?;
        Some(Rename { from: (*from).clone(), to: to.0.clone(), guess: false })
    };
    Change {
        kind: kind.name.to_owned(),
        arn: arn.to_owned(),
        account: target.arn.account.to_owned(),
        region: target.region().map(str::to_owned),
        rules: vec![ChangeReason {
            rule: Some("owner".to_owned()),
            key: "Owner".to_owned(),
            kind: "misspelled".to_owned(),
        }],
        read: hash_tags(before),
        before: before.clone(),
        after: after.clone(),
        remove: gone.iter().filter(|key| !replaced(key)).map(|key| (*key).clone()).collect(),
        renames: gone.iter().filter_map(rename).collect(),
        set,
        ..Change::default()
    }
}

/// Writes the policy, and the plan that fixes what the emulator holds.
pub(crate) fn plan(scratch: &Scratch, emulator: &Emulator) -> Plan {
    let path = scratch.file("taglint.toml", POLICY);
    let policy = load(&PolicySource::Paths(vec![path])).expect("a policy");
    let changes = tags(emulator).into_iter().filter(|(_, before)| fixed(before) != *before);
    let plan = Plan {
        taglint: "plan".to_owned(),
        version: VERSION,
        created: "2026-11-22T00:00:00Z".to_owned(),
        policy: PolicyStamp { name: "test".to_owned(), hash: policy_hash(&policy) },
        accounts: vec![ACCOUNT.to_owned()],
        changes: changes.map(|(arn, before)| change(&arn, &before, &fixed(&before))).collect(),
        not_fixed: Vec::new(),
        not_evaluated: Vec::new(),
    };
    write(scratch, &plan);
    plan
}

fn write(scratch: &Scratch, plan: &Plan) {
    scratch.file("plan.json", serde_json::to_vec(plan).expect("JSON"));
}

pub(crate) fn apply(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> Run {
    let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl", "--patience", "2"];
    emulator.run(scratch, &[&flags[..], more].concat())
}

pub(crate) fn go_back(emulator: &Emulator, scratch: &Scratch, from: &str, to: &str) -> Run {
    let digest = digest(scratch, from);
    let flags = ["--journal-sha256", &digest, "--yes", "--journal", to, "--patience", "2"];
    emulator.run(scratch, &[&["fix", "--undo", from], &flags[..]].concat())
}

/// The digest that the run printed.
pub(crate) fn digest(scratch: &Scratch, journal: &str) -> String {
    Sha256Hex::of(scratch.read(journal).as_bytes()).to_string()
}

#[test]
fn what_is_planned_is_done_and_undone_to_the_byte() {
    let emulator = Emulator::with(&world(8));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    plan(&scratch, &emulator);
    apply(&emulator, &scratch, &[]).exits(0);
    let after = tags(&emulator);
    assert!(after.iter().all(|(arn, tags)| *tags == fixed(&before[arn])), "{after:#?}");
    emulator.run(&scratch, &["scan", "--region", "eu-west-1,eu-central-1"]).exits(0);
    // Once more: it is so already, and nothing is written.
    emulator.forget();
    emulator.run(&scratch, &["fix", "--apply", "plan.json", "--yes", "--journal", "again.jsonl"]).exits(0);
    assert!(emulator.calls().keys().all(|call| ["List", "Get"].iter().any(|verb| call.contains(verb))));
    go_back(&emulator, &scratch, "journal.jsonl", "undo.jsonl").exits(0);
    assert_eq!(tags(&emulator), before);
    go_back(&emulator, &scratch, "undo.jsonl", "redo.jsonl").exits(0);
    assert_eq!(tags(&emulator), after, "an undo can be undone");
    go_back(&emulator, &scratch, "redo.jsonl", "last.jsonl").exits(0);
    assert_eq!(tags(&emulator), before);
}

#[test]
fn a_fix_is_a_read_a_write_and_a_read() {
    let emulator = Emulator::with(&world(4));
    let scratch = Scratch::new();
    plan(&scratch, &emulator);
    apply(&emulator, &scratch, &[]).exits(0);
    let mut calls: BTreeMap<String, u64> =
        emulator.calls().into_iter().filter(|(call, _)| !call.starts_with("sts:")).collect();
    // Where a write has to wait for the rate limit, the tags are read again: at most once for each write.
    for (read, least, writes) in
        [("cognito-idp:ListTagsForResource", 16, 14), ("iam:ListUserTags", 8, 6), ("iam:ListMFADeviceTags", 8, 7)]
    {
        let reads = calls.remove(read).expect(read);
        assert!((least..=least + writes).contains(&reads), "{read}: {reads}");
    }
    // Once for all: who reads these tags. Two of four are renamed by an alias; on users letter case alone takes no Untag.
    let expected = [
        ("iam:GetAccountAuthorizationDetails", 1),
        ("iam:TagUser", 4),
        ("iam:UntagUser", 2),
        ("iam:TagMFADevice", 4),
        ("iam:UntagMFADevice", 3),
        ("cognito-idp:TagResource", 8),
        ("cognito-idp:UntagResource", 6),
    ];
    assert_eq!(calls, expected.into_iter().map(|(call, times)| (call.to_owned(), times)).collect());
}

#[cfg(unix)]
#[test]
fn the_journal_is_for_its_owner_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt as _;
    let emulator = Emulator::with(&world(1));
    let scratch = Scratch::new();
    plan(&scratch, &emulator);
    apply(&emulator, &scratch, &[]).exits(0);
    let mode = std::fs::metadata(scratch.path().join("journal.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let journal = scratch.read("journal.jsonl");
    apply(&emulator, &scratch, &[]).fails_with(2, &["journal.jsonl", "exists"]);
    assert_eq!(scratch.read("journal.jsonl"), journal);
}

#[test]
fn killed_at_any_moment_it_can_be_finished_or_undone() {
    let emulator = Emulator::start();
    emulator.limits(&json!({"delay_ms": 15}));
    let mut spans = 0;
    for round in 0..20_u32 {
        emulator.empty();
        emulator.seed(&world(3));
        let scratch = Scratch::new();
        let before = tags(&emulator);
        plan(&scratch, &emulator);
        let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl"];
        let mut command = at_the_pace_of_aws(emulator.aws(&scratch, &flags));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        // From a seed, so that a failure comes again: moments over the whole of a run.
        let moment = u64::from(round.wrapping_mul(2_654_435_761) >> 16) % 2500;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(moment) && child.try_wait().expect("a child").is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().expect("a child");
        child.wait().expect("a child");
        std::thread::sleep(Duration::from_millis(100));
        let journal = std::fs::read(scratch.path().join("journal.jsonl")).unwrap_or_default();
        let (verb, wanted): (_, BTreeMap<String, TagMap>) = match round % 2 {
            0 => ("--resume", before.iter().map(|(arn, tags)| (arn.clone(), fixed(tags))).collect()),
            _ => ("--undo", before.clone()),
        };
        // What was on its way when the run was killed is perhaps written.
        let more: &[&str] = if verb == "--undo" { &["--allow-remove", "--allow-unconfirmed"] } else { &[] };
        let at = format!("round {round}, after {moment} ms, {verb}");
        if !journal.contains(&b'\n') {
            assert_eq!(tags(&emulator), before, "{at}: nothing is written that is in no journal");
            continue;
        }
        let half = tags(&emulator);
        spans += u32::from(half != before && half != wanted);
        let run = emulator.run(&scratch, &[&["fix", verb, "journal.jsonl", "--yes", "--patience", "1"], more].concat());
        assert_eq!(run.code, 0, "{at}:\n{}\n{}", run.stdout, run.stderr);
        assert_eq!(tags(&emulator), wanted, "{at}");
    }
    assert!(spans > 3, "only {spans} were killed in the midst of it");
}

/// A fix that meets these faults and takes all the same, and its undo, for which they are `gone` or still there.
pub(crate) fn there_and_back(emulator: &Emulator, name: &str, faults: &Value, gone: bool) {
    emulator.empty();
    emulator.seed(&world(2));
    let scratch = Scratch::new();
    let before = tags(emulator);
    plan(&scratch, emulator);
    emulator.faults(faults);
    let run = apply(emulator, &scratch, &[]);
    assert_eq!(run.code, 0, "{name}:\n{}\n{}", run.stdout, run.stderr);
    assert!(emulator.applied() >= 3, "{name}");
    assert!(tags(emulator).iter().all(|(arn, tags)| *tags == fixed(&before[arn])), "{name}");
    if gone {
        emulator.faults(&json!([]));
    }
    go_back(emulator, &scratch, "journal.jsonl", "undo.jsonl").exits(0);
    assert_eq!(tags(emulator), before, "{name}");
}

#[test]
fn faults_on_the_way_lose_nothing() {
    let emulator = Emulator::start();
    let write = |kind: Value| {
        let mut faults = Vec::new();
        for operation in ["iam:*ag*User", "iam:*agMFADevice", "cognito-idp:*agResource"] {
            let mut fault = kind.clone();
            fault["operation"] = operation.into();
            faults.push(fault);
        }
        Value::Array(faults)
    };
    for (name, faults) in [
        ("throttled", write(json!({"kind": "throttle", "times": 1}))),
        ("a 500 after the write took", write(json!({"kind": "status", "code": 500, "apply": true, "times": 1}))),
        ("a cut answer", write(json!({"kind": "cut", "times": 1}))),
        (
            "somebody else at it",
            write(json!({"kind": "error", "error": "ConcurrentModification", "code": 409, "times": 2})),
        ),
    ] {
        there_and_back(&emulator, name, &faults, true);
    }
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let emulator = Emulator::with(&world(4));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    plan(&scratch, &emulator);
    emulator.faults(&json!([
        {"operation": "iam:TagUser", "match": "UserName=u00", "kind": "deny"},
        {"operation": "iam:TagUser", "match": "UserName=u01", "kind": "error", "error": "LimitExceeded", "code": 409},
        {"operation": "iam:ListMFADeviceTags", "match": "mfa/d00", "kind": "deny"},
        {"operation": "iam:UntagMFADevice", "match": "mfa/d01", "kind": "deny"},
    ]));
    let run = apply(&emulator, &scratch, &[]);
    let run = run.exits(1);
    for words in [
        "user/u00: AccessDenied: iam:TagUser",
        "user/u01: LimitExceeded: iam:TagUser",
        "mfa/d00: AccessDenied",
        "--resume",
    ] {
        assert!(run.stdout.contains(words), "{words}:\n{}", run.stdout);
    }
    let now = tags(&emulator);
    for (arn, tags) in &now {
        let name = arn.rsplit('/').next().unwrap();
        match name {
            "u00" | "u01" | "d00" => assert_eq!(tags, &before[arn], "{arn}"),
            // Written, and the old one still there: nothing is lost.
            "d01" => assert!(tags.contains_key("Cost Center") && tags.contains_key("CostCenter"), "{tags:?}"),
            _ => assert_eq!(*tags, fixed(&before[arn]), "{arn}"),
        }
    }
    // When the cause is gone, the same journal finishes the work; and all of it can be undone.
    emulator.faults(&json!([]));
    emulator.run(&scratch, &["fix", "--resume", "journal.jsonl", "--yes"]).exits(0);
    assert!(tags(&emulator).iter().all(|(arn, tags)| *tags == fixed(&before[arn])));
    go_back(&emulator, &scratch, "journal.jsonl", "undo.jsonl").exits(0);
    assert_eq!(tags(&emulator), before);
}

#[test]
fn another_writers_tags_are_never_written_over() {
    let emulator = Emulator::with(&world(4));
    let scratch = Scratch::new();
    let plan = plan(&scratch, &emulator);
    // Between plan and apply he changes a value, adds a tag, and changes the letter case of a key.
    let mut changed = world(4);
    changed["users"][0]["tags"] = json!({"owner": "his", "Größe": "x"});
    changed["devices"][1]["tags"] = json!({"CostCenter": "12345", "Owner": "b", "empty": "", "new": "his"});
    changed["pools"]["eu-west-1"][2]["tags"] = json!({"Owner": "c", "CostCenter": "12345", "path": "a/b:c=d+e-f@g"});
    emulator.empty();
    emulator.seed(&changed);
    let before = tags(&emulator);
    let run = apply(&emulator, &scratch, &[]);
    run.exits(1);
    assert_eq!(run.stdout.matches("refused").count(), 4, "three and the summary:\n{}", run.stdout);
    for (arn, tags) in tags(&emulator) {
        let planned = &plan.changes.iter().find(|change| change.arn == arn).unwrap().before;
        let same = *planned == before[&arn];
        assert_eq!(tags, if same { fixed(&before[&arn]) } else { before[&arn].clone() }, "{arn}");
    }
}

#[test]
fn an_undo_leaves_what_somebody_changed_since_and_says_so() {
    let emulator = Emulator::with(&world(4));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    plan(&scratch, &emulator);
    apply(&emulator, &scratch, &[]).exits(0);
    // After the fix: another value, another tag beside, and another spelling on a user.
    let mut changed = world(4);
    for list in ["/users", "/devices", "/pools/eu-west-1", "/pools/eu-central-1"] {
        for one in changed.pointer_mut(list).unwrap().as_array_mut().unwrap() {
            let tags: TagMap = serde_json::from_value(one["tags"].clone()).unwrap();
            one["tags"] = serde_json::to_value(fixed(&tags)).unwrap();
        }
    }
    changed["users"][0]["tags"]["Owner"] = "his".into();
    changed["users"][2]["tags"] = json!({"OWNER": "c", "Cost Center": "12345", "path": "a/b:c=d+e-f@g"});
    changed["devices"][3]["tags"]["beside"] = "his".into();
    emulator.empty();
    emulator.seed(&changed);
    let then = tags(&emulator);
    let run = go_back(&emulator, &scratch, "journal.jsonl", "undo.jsonl");
    run.exits(1);
    for words in ["user/u00: \"Owner\" is \"his\"", "user/u02: \"OWNER\" is \"c\""] {
        assert!(run.stdout.contains(words), "{words}:\n{}", run.stdout);
    }
    for (arn, tags) in tags(&emulator) {
        match arn.rsplit('/').next().unwrap() {
            "u00" => assert_eq!(tags, then[&arn]),
            "u02" => assert_eq!(tags["OWNER"], "c"),
            "d03" => assert_eq!(tags, [("left", "alone"), ("beside", "his")].map(|(k, v)| (k.into(), v.into())).into()),
            _ => assert_eq!(tags, before[&arn], "{arn}"),
        }
    }
}

#[test]
fn a_write_that_is_not_seen_is_unconfirmed_and_one_seen_late_is_done() {
    let emulator = Emulator::with(&json!({"users": [{"name": "u", "tags": {"owner": "a"}}]}));
    let scratch = Scratch::new();
    plan(&scratch, &emulator);
    let stale = |times: Value| json!([{"operation": "iam:ListUserTags", "kind": "stale", "after": 1, "times": times}]);
    emulator.faults(&stale(json!(2)));
    apply(&emulator, &scratch, &[]).exits(0);
    assert_eq!(emulator.calls()["iam:ListUserTags"], 4);
    // The fix is some moments old: a read that still shows the state before it is read again.
    emulator.faults(&json!([{"operation": "iam:ListUserTags", "kind": "stale", "times": 1}]));
    go_back(&emulator, &scratch, "journal.jsonl", "undo.jsonl").exits(0);
    assert_eq!(tags(&emulator).into_values().next().unwrap(), [("owner".to_owned(), "a".to_owned())].into());
    emulator.faults(&stale(Value::Null));
    let run = emulator
        .run(&scratch, &["fix", "--apply", "plan.json", "--yes", "--journal", "second.jsonl", "--patience", "1"]);
    assert!(run.exits(3).stdout.contains("unconfirmed"), "{}", run.stdout);
    emulator.faults(&json!([]));
    emulator.run(&scratch, &["fix", "--resume", "second.jsonl", "--yes"]).exits(0);
}

#[test]
fn a_plan_is_not_believed() {
    let emulator = Emulator::with(&world(1));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    let good = plan(&scratch, &emulator);
    // Nobody to ask, and another policy.
    emulator.run(&scratch, &["fix", "--apply", "plan.json"]).fails_with(2, &["--yes"]);
    scratch.file("other.toml", format!("{POLICY}# another\n"));
    apply(&emulator, &scratch, &["--policy", "other.toml"]).fails_with(2, &["another policy"]);
    // Each of these is refused, and nothing is written.
    let refused = |name: &str, edit: &dyn Fn(&mut Change), code: i32, words: &str| {
        let mut plan = good.clone();
        plan.changes.truncate(1);
        edit(&mut plan.changes[0]);
        plan.accounts = vec![plan.changes[0].account.clone()];
        write(&scratch, &plan);
        let run = apply(&emulator, &scratch, &[]);
        assert_eq!(run.code, code, "{name}: {}\n{}", run.stdout, run.stderr);
        assert!(format!("{}{}", run.stdout, run.stderr).contains(words), "{name}: {}{}", run.stdout, run.stderr);
        assert_eq!(tags(&emulator), before, "{name}");
    };
    let remade = |c: &mut Change, after: TagMap| *c = change(&c.arn.clone(), &c.before.clone(), &after);
    refused(
        "another account",
        &|c| {
            c.arn = c.arn.replace(ACCOUNT, "111122223333");
            c.account = "111122223333".to_owned();
        },
        1,
        "give no access to account",
    );
    refused("another partition", &|c| c.arn = c.arn.replace("arn:aws:", "arn:aws-cn:"), 1, "partition aws");
    refused("the hash", &|c| c.read = "0".repeat(64), 2, "hash");
    refused("no effect", &|c| c.after = c.before.clone(), 2, "set");
    refused(
        "a removal",
        &|c| {
            let mut after = fixed(&c.before);
            after.remove("Größe");
            remade(c, after);
        },
        1,
        "--allow-remove for \"Größe\"",
    );
    refused(
        "an overwriting",
        &|c| {
            let mut after = fixed(&c.before);
            after.insert("Größe".to_owned(), "y".to_owned());
            remade(c, after);
        },
        1,
        "--allow-overwrite for \"Größe\"",
    );
    refused(
        "another rule",
        &|c| {
            let mut after = fixed(&c.before);
            after.insert("Cost Center".to_owned(), "no digits".to_owned());
            remade(c, after);
        },
        1,
        "no rule asks for this change of \"Cost Center\"",
    );
    // A journal's plan is held to the same.
    write(&scratch, &good);
    let journal = "{\"taglint\":\"journal\"}\n";
    scratch.file("bad.jsonl", journal);
    for verb in ["--resume", "--undo"] {
        emulator.run(&scratch, &["fix", verb, "bad.jsonl", "--yes"]).fails_with(2, &["bad.jsonl", "line 1"]);
        emulator.run(&scratch, &["fix", verb, "none.jsonl", "--yes"]).fails_with(2, &["none.jsonl"]);
    }
    assert_eq!(scratch.read("bad.jsonl"), journal);
}

#[test]
fn the_printed_policy_has_what_a_fix_and_its_undo_call() {
    let emulator = Emulator::with(&world(4));
    let scratch = Scratch::new();
    plan(&scratch, &emulator);
    let printed = |more: &[&str]| {
        let policy = scratch.run([&["permissions", "fix", "plan.json"], more].concat()).exits(0).json();
        let statements = policy["Statement"].as_array().unwrap().clone();
        let actions: BTreeSet<String> =
            statements.iter().map(|s| s["Action"][0].as_str().unwrap().to_owned()).collect();
        (statements, actions)
    };
    let used = || -> BTreeSet<String> {
        let calls = counts(&emulator.tally()["calls"]).into_keys();
        calls.filter(|call| !call.starts_with("sts:")).collect()
    };
    apply(&emulator, &scratch, &[]).exits(0);
    let (statements, actions) = printed(&[]);
    assert_eq!(actions, used());
    let tag = statements.iter().find(|s| s["Sid"] == "TaglintTagUsers").unwrap();
    assert_eq!(tag["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"], json!(["Cost Center", "Owner"]));
    assert_eq!(tag["Resource"].as_array().unwrap().len(), 4);
    go_back(&emulator, &scratch, "journal.jsonl", "undo.jsonl").exits(0);
    let (statements, actions) = printed(&["--undo"]);
    assert_eq!(actions, used());
    let untag = statements.iter().find(|s| s["Sid"] == "TaglintUntagUsers").unwrap();
    assert_eq!(
        untag["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"],
        json!(["Cost Center", "CostCenter", "Owner"])
    );
}

#[test]
fn roles_lead_to_other_accounts_and_may_do_no_more_than_a_fix() {
    let emulator = Emulator::with(&world(2));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    plan(&scratch, &emulator);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/taglint-fix");
    let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl", "--role-arn", &role];
    let mut command = emulator.aws(&scratch, &flags);
    command.env("AWS_ACCESS_KEY_ID", "AKIA111122223333TEST");
    run(&mut command).exits(0);
    assert!(tags(&emulator).iter().all(|(arn, tags)| *tags == fixed(&before[arn])));
    let log = emulator.log();
    let assumed = log.iter().find(|entry| entry["call"] == "sts:AssumeRole").unwrap();
    assert_eq!(assumed["params"]["RoleSessionName"], "taglint-fix");
    let policy = assumed["params"]["Policy"].as_str().unwrap();
    assert!(policy.contains("iam:TagUser") && !policy.contains("iam:List*") && !policy.contains("\"*\"]"));
    // It may write the plan's keys on the plan's resources.
    let policy: Value = serde_json::from_str(policy).unwrap();
    let writes = &policy["Statement"].as_array().unwrap()[1..];
    assert!(!writes.is_empty());
    for statement in writes {
        let keys = &statement["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"];
        assert!(keys.as_array().is_some_and(|keys| !keys.is_empty()), "{statement}");
        let resources = statement["Resource"].as_array().unwrap();
        assert!(resources.iter().all(|arn| before.contains_key(arn.as_str().unwrap())), "{statement}");
    }
    // A policy that AWS finds too large when it is packed is replaced by a wider one.
    emulator.forget();
    emulator.faults(&json!([{"operation": "sts:AssumeRole", "kind": "error", "error": "PackedPolicyTooLarge",
        "message": "x", "code": 400, "times": 1}]));
    let undo =
        ["fix", "--undo", "journal.jsonl", "--yes", "--allow-remove", "--journal", "undo.jsonl", "--role-arn", &role];
    let mut command = emulator.aws(&scratch, &undo);
    command.env("AWS_ACCESS_KEY_ID", "AKIA111122223333TEST");
    run(&mut command).exits(0);
    assert_eq!(tags(&emulator), before);
    let policies: Vec<Value> = emulator
        .log()
        .iter()
        .filter(|entry| entry["call"] == "sts:AssumeRole")
        .map(|entry| entry["params"]["Policy"].clone())
        .collect();
    assert!(policies.len() == 2 && policies[0] != policies[1], "{policies:?}");
}
