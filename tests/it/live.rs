//! Scans of live accounts: the real program and the real SDK against the emulator, compared with what the emulator holds.
//!
//! What a scan must say is worked out here from the emulator's own state, by plain code that shares nothing with the
//! program. A resource is right, or told to be unknown, or in a list that is told to be unread; never wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch};
use crate::emulator::{Emulator, counts, crowd, run};

pub(crate) const USER: &str = "iam:user";
pub(crate) const DEVICE: &str = "iam:mfa";
pub(crate) const POOL: &str = "cognito-idp:userpool";

/// Sizes of the world below: a prime page never fits.
const USERS: usize = 24;
const DEVICES: usize = 15;
const POOLS: usize = 12;

/// Every way in which tags are good or bad under the pack `default`, on every type, in two regions.
fn world() -> Value {
    let many: BTreeMap<String, String> = (0..45).map(|i| (format!("k{i:02}"), String::new())).collect();
    let mut crowded = json!(many);
    crowded["Environment"] = "Test".into();
    crowded["Cost Center"] = "54321".into();
    let cases = [
        json!({"Environment": "Production", "Cost Center": "12345"}),
        json!({}),
        json!({"Cost Center": "00001", "Größe": "ü"}),
        json!({"environment": "Test", "cost center": "12345"}),
        json!({"Env": "Staging", "cost-center": "12345"}),
        json!({"Enviroment": "Test", "CostCentre": "12345"}),
        json!({"Environment": "prod", "Cost Center": "12E45"}),
        json!({"Environment": "", "Cost Center": " "}),
        crowded,
        json!({"Environment": "Development", "env": "x", "Cost Center": "12345", "CostCenter": "1"}),
        json!({"Stage": "nowhere", "CostCenter": "123456"}),
        json!({"Owner": "a=b", "Environment": "Test", "Cost Center": "99999"}),
    ];
    let tags = |i: usize| cases[i % cases.len()].clone();
    let path = |i: usize| ["/", "/team/", "/team/a/"][i % 3];
    let user = |i| json!({"name": format!("u{i:02}"), "path": path(i), "tags": tags(i), "created": format!("2024-05-{:02}T09:00:00Z", i + 1)});
    let device = |i: usize| match i {
        0 => json!({"name": "root-account-mfa-device", "root": true, "tags": tags(1)}),
        _ if i.is_multiple_of(2) => json!({"name": format!("d{i:02}"), "path": path(i), "tags": tags(i)}),
        _ => json!({"name": format!("d{i:02}"), "user": format!("u{i:02}"), "tags": tags(i)}),
    };
    let pools = |shift: usize| {
        (0..POOLS).map(|i| json!({"name": format!("pool {i}"), "tags": tags(i + shift)})).collect::<Vec<_>>()
    };
    json!({
        "users": (0..USERS).map(user).collect::<Vec<_>>(),
        "devices": (0..DEVICES).map(device).collect::<Vec<_>>(),
        "pools": {"eu-central-1": pools(0), "eu-west-1": pools(5)},
    })
}

/// A resource as the emulator has it.
pub(crate) struct Real {
    pub(crate) kind: &'static str,
    pub(crate) line: Value,
    verdict: BTreeSet<String>,
}

/// Everything that the test account holds.
fn truth(emulator: &Emulator) -> BTreeMap<String, Real> {
    truth_of(emulator, ACCOUNT)
}

/// Everything that an account holds, by ARN: the inventory's fields, and what the pack `default` says.
pub(crate) fn truth_of(emulator: &Emulator, account: &str) -> BTreeMap<String, Real> {
    let state = emulator.state(account);
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let users = list(&state["users"]);
    let arn_of = |device: &Value| match device["user"].as_str() {
        Some(name) => users.iter().find(|user| user["name"] == name).expect("the device's user")["arn"].clone(),
        None if device["root"] == true => format!("arn:aws:iam::{account}:root").into(),
        None => Value::Null,
    };
    let mut all = Vec::new();
    for user in &users {
        all.push((USER, json!({"name": user["name"], "id": user["id"], "path": user["path"]}), user));
    }
    let devices = list(&state["devices"]);
    for device in &devices {
        let path = device["arn"].as_str().and_then(|arn| arn.split_once(":mfa")).expect("a serial number").1;
        let path = &path[..=path.rfind('/').expect("a path")];
        all.push((DEVICE, json!({"name": device["name"], "path": path, "user": arn_of(device)}), device));
    }
    let regions = state["pools"].as_object().expect("regions").clone();
    let pools: Vec<_> =
        regions.iter().flat_map(|(region, pools)| list(pools).into_iter().map(move |pool| (region, pool))).collect();
    for (region, pool) in &pools {
        all.push((POOL, json!({"name": pool["name"], "id": pool["id"], "region": region}), pool));
    }
    let real = |(kind, mut line, source): (&'static str, Value, &Value)| {
        let tags = texts(&source["tags"]);
        line["type"] = kind.into();
        line["account"] = account.into();
        line["arn"] = source["arn"].clone();
        line["tags"] = json!(tags);
        (source["arn"].as_str().expect("an ARN").to_owned(), Real { kind, line, verdict: verdict(&tags) })
    };
    all.into_iter().map(real).collect()
}

fn texts(tags: &Value) -> BTreeMap<String, String> {
    let tags = tags.as_object().expect("tags");
    tags.iter().map(|(key, value)| (key.clone(), value.as_str().expect("a value").to_owned())).collect()
}

/// What the pack `default` says of these tags: each finding as `rule kind found=value`. The wrong spellings that the
/// world uses are written out, the surest first.
fn verdict(tags: &BTreeMap<String, String>) -> BTreeSet<String> {
    let stage = |value: &str| matches!(value, "Production" | "Staging" | "Test" | "Development");
    let number = |value: &str| value.len() == 5 && value.bytes().all(|b| b.is_ascii_digit());
    let mut found = BTreeSet::new();
    let mut one = |rule: &str, key: &str, wrong: &[&str], kind: &str, good: &dyn Fn(&str) -> bool| {
        let other = wrong.iter().find_map(|key| tags.get_key_value(*key));
        found.extend(match (tags.get(key), other) {
            (Some(value), _) if value.trim().is_empty() => Some(format!("{rule} empty {key}={value}")),
            (Some(value), _) => (!good(value)).then(|| format!("{rule} {kind} {key}={value}")),
            (None, Some((key, value))) => Some(format!("{rule} misspelled {key}={value}")),
            (None, None) => Some(format!("{rule} missing")),
        });
    };
    one("environment", "Environment", &["Env", "env", "Stage", "environment", "Enviroment"], "value", &stage);
    one("cost-center", "Cost Center", &["CostCenter", "cost-center", "cost center", "CostCentre"], "pattern", &number);
    if tags.len() > 45 {
        found.insert("aws-headroom headroom".to_owned());
    }
    found
}

/// What a report says of one resource.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Findings(BTreeSet<String>),
    Unknown(BTreeSet<String>),
}

/// What a report with `--show passed` says of each resource.
#[track_caller]
fn said(report: &Value) -> BTreeMap<String, Said> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let list = |name: &str| report[name].as_array().unwrap_or_else(|| panic!("no {name}: {report}"));
    let mut said = BTreeMap::new();
    for finding in list("findings") {
        let mut words = format!("{} {}", text(&finding["rule"]), text(&finding["kind"]));
        if let (Some(key), Some(value)) = (finding["found"].as_str(), finding["value"].as_str()) {
            words += &format!(" {key}={value}");
        }
        match said.entry(text(&finding["resource"]["arn"])).or_insert_with(|| Said::Findings(BTreeSet::new())) {
            Said::Findings(all) => assert!(all.insert(words), "twice: {finding}"),
            Said::Unknown(_) => unreachable!(),
        }
    }
    for unknown in list("unknown") {
        match said.entry(text(&unknown["resource"]["arn"])).or_insert_with(|| Said::Unknown(BTreeSet::new())) {
            Said::Unknown(reasons) => drop(reasons.insert(text(&unknown["reason"]))),
            Said::Findings(_) => panic!("findings on a resource that could not be read: {unknown}"),
        }
    }
    for passed in list("passed") {
        assert!(said.insert(text(&passed["arn"]), Said::Findings(BTreeSet::new())).is_none(), "{passed}");
    }
    said
}

/// Holds a report to the truth; how many resources of each type are told to be unknown, and how many were not listed.
#[track_caller]
pub(crate) fn never_wrong(report: &Value, truth: &BTreeMap<String, Real>) -> BTreeMap<&'static str, (usize, usize)> {
    let said = said(report);
    for arn in said.keys() {
        assert!(truth.contains_key(arn), "{arn} does not exist");
    }
    let gaps = report["incomplete"].as_array().expect("a list");
    let mut unread: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    for (arn, real) in truth {
        match said.get(arn) {
            Some(Said::Findings(findings)) => assert_eq!(findings, &real.verdict, "{arn}"),
            Some(Said::Unknown(reasons)) => {
                assert!(reasons.iter().all(|reason| !reason.is_empty()), "{arn}");
                unread.entry(real.kind).or_default().0 += 1;
            }
            None => {
                // A gap without a type is a whole account.
                let told = |gap: &Value| {
                    let list = gap["type"] == real.kind && gap["region"] == real.line["region"];
                    gap["account"] == real.line["account"] && (list || gap["type"].is_null())
                };
                assert!(gaps.iter().any(told), "{arn} is in no list that is told to be unread: {gaps:?}");
                unread.entry(real.kind).or_default().1 += 1;
            }
        }
    }
    assert_eq!(report["summary"]["complete"], unread.is_empty() && gaps.is_empty());
    unread
}

/// Everything is read, and right.
#[track_caller]
fn exact(run: &Run, truth: &BTreeMap<String, Real>) {
    let report = run.exits(1).json();
    assert_eq!(never_wrong(&report, truth), BTreeMap::new());
    assert_eq!((&report["incomplete"], &report["unknown"]), (&json!([]), &json!([])));
    assert_eq!(report["summary"]["resources"], truth.len());
}

const REGIONS: [&str; 2] = ["--region", "eu-central-1,eu-west-1"];

fn scan(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> Run {
    emulator.run(scratch, &[&["scan", "--format", "json", "--show", "passed"], &REGIONS[..], more].concat())
}

/// What the emulator must have counted.
fn calls<const N: usize>(calls: [(&str, usize); N]) -> BTreeMap<String, u64> {
    calls.into_iter().map(|(name, count)| (name.to_owned(), count as u64)).collect()
}

#[test]
fn a_full_scan_is_right_resource_by_resource_whatever_the_page() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    assert_eq!(truth.len(), USERS + DEVICES + 2 * POOLS);
    for kind in [USER, DEVICE, POOL] {
        let verdicts: BTreeSet<&str> = truth
            .values()
            .filter(|real| real.kind == kind)
            .flat_map(|real| &real.verdict)
            .map(|words| words.split(' ').nth(1).unwrap())
            .collect();
        assert_eq!(
            verdicts,
            BTreeSet::from(["missing", "misspelled", "empty", "value", "pattern", "headroom"]),
            "{kind}: the world has too little"
        );
    }
    let scratch = Scratch::new();
    for page in [7, 3] {
        emulator.limits(&json!({"page": page}));
        emulator.forget();
        exact(&scan(&emulator, &scratch, &[]), &truth);
        let pages = |count: usize| count.div_ceil(page).max(1);
        let tag_pages = truth
            .values()
            .filter(|real| real.kind == DEVICE)
            .map(|real| pages(real.line["tags"].as_object().unwrap().len()))
            .sum();
        let want = calls([
            ("cognito-idp:ListTagsForResource", 2 * POOLS),
            ("cognito-idp:ListUserPools", 2 * pages(POOLS)),
            ("iam:GetAccountAuthorizationDetails", pages(USERS)),
            ("iam:ListMFADeviceTags", tag_pages),
            ("iam:ListVirtualMFADevices", pages(DEVICES)),
            ("sts:GetCallerIdentity", 1),
        ]);
        assert_eq!(emulator.calls(), want, "page {page}");
    }
}

#[test]
fn an_inventory_holds_the_truth_and_its_check_says_what_the_scan_said() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    emulator.limits(&json!({"page": 7}));
    let scratch = Scratch::new();
    let collect = |path: &str| {
        emulator.run(&scratch, &[&["collect", "--output", path], &REGIONS[..]].concat()).exits(0).stderr.clone()
    };
    assert!(collect("i.jsonl").contains(&format!("{} resources in i.jsonl", truth.len())));
    let plain = scratch.read("i.jsonl");
    let lines: Vec<Value> = plain.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [header, resources @ .., end] = &lines[..] else { panic!("{plain}") };
    assert_eq!(
        header["scope"],
        json!({"accounts": [ACCOUNT], "regions": ["eu-central-1", "eu-west-1"], "types": [POOL, DEVICE, USER]})
    );
    assert_eq!(end, &json!({"taglint": "end", "resources": truth.len(), "unread": []}));
    for line in resources {
        let mut line = line.clone();
        // The emulator's state has no times; the seed does.
        let created = line.as_object_mut().unwrap().remove("created");
        let name = line["name"].as_str().unwrap();
        let want = match (line["type"].as_str().unwrap(), name.strip_prefix('u').and_then(|n| n.parse::<u32>().ok())) {
            (USER, Some(number)) => Some(format!("2024-05-{:02}T09:00:00Z", number + 1)),
            (POOL, _) => Some("2024-01-15T12:00:00Z".to_owned()),
            _ => None,
        };
        assert_eq!(created, want.map(Value::from), "{line}");
        assert_eq!(line, truth[line["arn"].as_str().unwrap()].line);
    }
    let order = |line: &Value| ["region", "type", "arn"].map(|field| line[field].as_str().unwrap_or("").to_owned());
    assert!(
        resources.iter().map(order).collect::<Vec<_>>().windows(2).all(|pair| pair[0] < pair[1]),
        "sorted, each once"
    );
    assert_eq!(resources.len(), truth.len());

    let scanned = scan(&emulator, &scratch, &[]);
    let checked = scratch.run(["check", "i.jsonl", "--format", "json", "--show", "passed"]);
    exact(&checked, &truth);
    for part in ["findings", "passed", "summary", "policy"] {
        assert_eq!(scanned.json()[part], checked.json()[part], "{part}");
    }
    let prints: BTreeSet<String> =
        checked.json()["findings"].as_array().unwrap().iter().map(|f| f["fingerprint"].to_string()).collect();
    assert_eq!(prints.len(), truth.values().map(|real| real.verdict.len()).sum::<usize>());

    // Packed, it is the same but for the time.
    let body = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    for packed in ["i.jsonl.gz", "i.jsonl.zst"] {
        collect(packed);
        let bytes = std::fs::read(scratch.path().join(packed)).unwrap();
        let mut text = String::new();
        match packed {
            "i.jsonl.gz" => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap(),
            _ => zstd::Decoder::new(&bytes[..]).unwrap().read_to_string(&mut text).unwrap(),
        };
        assert_eq!(body(&text), body(&plain), "{packed}");
        exact(&scratch.run(["check", packed, "--format", "json", "--show", "passed"]), &truth);
    }
    let piped = emulator.run(&scratch, &[&["collect"], &REGIONS[..]].concat());
    assert_eq!(body(&piped.exits(0).stdout), body(&plain));
    assert_eq!(piped.stderr, "");
}

#[test]
fn iam_alone_needs_no_region_and_the_fewest_calls() {
    let emulator = Emulator::with(&world());
    let scratch = Scratch::new();
    let run = emulator
        .run(&scratch, &["scan", "--type", "iam:user", "--type", "iam:mfa", "--format", "json", "--show", "passed"]);
    let truth = truth(&emulator).into_iter().filter(|(_, real)| real.kind != POOL).collect();
    exact(&run, &truth);
    let want = calls([
        ("iam:GetAccountAuthorizationDetails", 1),
        ("iam:ListMFADeviceTags", DEVICES),
        ("iam:ListVirtualMFADevices", 1),
        ("sts:GetCallerIdentity", 1),
    ]);
    assert_eq!(emulator.calls(), want);
    assert_eq!(emulator.tally()["by_region"].as_object().unwrap().keys().collect::<Vec<_>>(), ["us-east-1"]);
}

#[test]
fn one_type_makes_no_call_for_the_others() {
    let emulator = Emulator::with(&world());
    let scratch = Scratch::new();
    for (kind, operations) in [
        (USER, ["iam:GetAccountAuthorizationDetails", "sts:GetCallerIdentity"].as_slice()),
        (DEVICE, &["iam:ListMFADeviceTags", "iam:ListVirtualMFADevices", "sts:GetCallerIdentity"]),
        (POOL, &["cognito-idp:ListTagsForResource", "cognito-idp:ListUserPools", "sts:GetCallerIdentity"]),
    ] {
        emulator.forget();
        let run = scan(&emulator, &scratch, &["--type", kind]);
        exact(&run, &truth(&emulator).into_iter().filter(|(_, real)| real.kind == kind).collect());
        assert_eq!(emulator.calls().keys().collect::<Vec<_>>(), operations);
    }
}

#[test]
fn denied_bulk_reads_have_fallbacks_that_say_the_same() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    emulator.limits(&json!({"page": 7}));
    let bulk = scan(&emulator, &scratch, &[]);
    exact(&bulk, &truth);
    emulator.forget();
    emulator.faults(&json!([
        {"operation": "iam:GetAccountAuthorizationDetails", "kind": "deny"},
        {"operation": "cognito-idp:ListTagsForResource", "kind": "deny"},
    ]));
    let single = scan(&emulator, &scratch, &[]);
    assert_eq!(single.exits(1).json(), bulk.json());
    let made = emulator.calls();
    assert_eq!((made["iam:GetAccountAuthorizationDetails"], made["iam:ListUsers"]), (1, USERS.div_ceil(7) as u64));
    assert_eq!(made["cognito-idp:DescribeUserPool"], 2 * POOLS as u64);
}

#[test]
fn what_is_denied_is_unknown_or_unread_and_never_missing() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    let deny = |operation: &str| json!({"operation": operation, "kind": "deny"});
    let details = "iam:GetAccountAuthorizationDetails";
    let unknown = |kind, count| BTreeMap::from([(kind, (count, 0))]);
    let unlisted = |kind, count| BTreeMap::from([(kind, (0, count))]);
    for (faults, operation, unread) in [
        (json!([deny("iam:ListVirtualMFADevices")]), "iam:ListVirtualMFADevices", unlisted(DEVICE, DEVICES)),
        (json!([deny("iam:ListMFADeviceTags")]), "iam:ListMFADeviceTags", unknown(DEVICE, DEVICES)),
        (json!([deny("cognito-idp:ListUserPools")]), "cognito-idp:ListUserPools", unlisted(POOL, 2 * POOLS)),
        (
            json!([{"operation": "cognito-idp:*", "region": "eu-west-1", "kind": "deny"}]),
            "cognito-idp:ListUserPools",
            unlisted(POOL, POOLS),
        ),
        (
            json!([deny("cognito-idp:ListTagsForResource"), deny("cognito-idp:DescribeUserPool")]),
            "cognito-idp:ListTagsForResource",
            unknown(POOL, 2 * POOLS),
        ),
        (json!([deny(details), deny("iam:ListUsers")]), "iam:ListUsers", unlisted(USER, USERS)),
        (json!([deny(details), deny("iam:ListUserTags")]), "iam:ListUserTags", unknown(USER, USERS)),
        (
            json!([deny(details), {"operation": "iam:ListUserTags", "match": "UserName=u07", "kind": "deny"}]),
            "iam:ListUserTags",
            unknown(USER, 1),
        ),
        (
            json!([{"operation": "iam:ListMFADeviceTags", "match": "mfa/team/a/d02", "kind": "deny"}]),
            "iam:ListMFADeviceTags",
            unknown(DEVICE, 1),
        ),
    ] {
        emulator.faults(&faults);
        let run = scan(&emulator, &scratch, &[]);
        let report = run.exits(3).json();
        assert_eq!(never_wrong(&report, &truth), unread, "{faults}");
        let reasons = report["unknown"].as_array().unwrap().iter().map(|u| u["reason"].as_str().unwrap());
        let gaps = report["incomplete"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|gap| gap["operation"] == operation)
            .map(|gap| gap["error"].as_str().unwrap());
        let words: BTreeSet<&str> = reasons.chain(gaps).collect();
        assert_eq!(words, BTreeSet::from([&*format!("AccessDenied: {operation}")]), "{faults}");
        if operation.contains("MFA") {
            let allowed = scan(&emulator, &scratch, &["--allow-incomplete"]);
            assert_eq!(allowed.exits(1).json(), report, "{faults}");
        }
    }
}

#[test]
fn a_denial_after_some_pages_leaves_a_gap_beside_what_was_read() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    emulator.limits(&json!({"page": 5}));
    for (operation, kind) in [
        ("iam:GetAccountAuthorizationDetails", USER),
        ("iam:ListVirtualMFADevices", DEVICE),
        ("cognito-idp:ListUserPools", POOL),
    ] {
        emulator.faults(&json!([{"operation": operation, "kind": "deny", "after": 2}]));
        let report = scan(&emulator, &scratch, &[]).exits(3).json();
        let unread = never_wrong(&report, &truth);
        let all = truth.values().filter(|real| real.kind == kind).count();
        assert!(
            unread.len() == 1 && unread[kind].0 == 0 && (1..all).contains(&unread[kind].1),
            "{operation}: {unread:?}"
        );
    }
}

#[test]
fn what_is_deleted_between_list_and_read_is_no_finding_and_no_error() {
    let good = json!({"Environment": "Production", "Cost Center": "12345"});
    let emulator = Emulator::with(&json!({
        "users": [{"name": "stays", "tags": good}, {"name": "leaver"}],
        "devices": [{"name": "stays", "tags": good}, {"name": "leaver"}],
        "pools": {"eu-west-1": [{"name": "stays", "tags": good}, {"name": "leaver", "id": "eu-west-1_Leaver"}]},
    }));
    let scratch = Scratch::new();
    scan(&emulator, &scratch, &[]).exits(1);
    emulator.faults(&json!([
        {"operation": "iam:GetAccountAuthorizationDetails", "kind": "deny"},
        {"operation": "iam:ListUserTags", "match": "UserName=leaver", "kind": "gone"},
        {"operation": "iam:ListMFADeviceTags", "match": "mfa/leaver", "kind": "gone"},
        {"operation": "cognito-idp:ListTagsForResource", "match": "eu-west-1_Leaver", "kind": "gone"},
    ]));
    let report = scan(&emulator, &scratch, &[]).exits(0).json();
    let said = said(&report);
    assert!(said.len() == 3 && said.values().all(|said| *said == Said::Findings(BTreeSet::new())), "{said:?}");
    assert_eq!((&report["incomplete"], &report["summary"]["complete"]), (&json!([]), &json!(true)));
}

#[test]
fn a_repeated_page_marker_is_told_and_an_empty_page_is_not_the_end() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    emulator.limits(&json!({"page": 7}));
    for (operation, kind) in [
        ("iam:GetAccountAuthorizationDetails", USER),
        ("iam:ListVirtualMFADevices", DEVICE),
        ("cognito-idp:ListUserPools", POOL),
    ] {
        // The second page says that the third is the second again.
        for after in [0, 1] {
            emulator.faults(&json!([{"operation": operation, "kind": "repeat-token", "after": after}]));
            let report = scan(&emulator, &scratch, &[]).exits(3).json();
            let unread = never_wrong(&report, &truth);
            assert!(unread.keys().all(|other| *other == kind), "{operation}: {unread:?}");
            let told =
                |gap: &Value| gap["operation"] == operation && gap["error"].as_str().unwrap().contains("repeated");
            let gaps = report["incomplete"].as_array().unwrap();
            assert!(!gaps.is_empty() && gaps.iter().all(told), "{operation}: {gaps:?}");
        }
    }
    emulator.faults(&json!([{"operation": "iam:ListMFADeviceTags", "match": "d08", "kind": "repeat-token"}]));
    let report = scan(&emulator, &scratch, &[]).exits(3).json();
    assert_eq!(never_wrong(&report, &truth), BTreeMap::from([(DEVICE, (1, 0))]));

    emulator.faults(&json!([{"operation": "*", "kind": "empty-page"}]));
    exact(&scan(&emulator, &scratch, &[]), &truth);
}

/// Calls, retries and throttled requests by operation, as `-v` prints them.
fn printed(stderr: &str) -> BTreeMap<String, [u64; 3]> {
    let line = |line: &str| {
        let (operation, numbers) = line.split_once(' ')?;
        let numbers: Vec<u64> = numbers
            .split(", ")
            .filter_map(|part| part.split_whitespace().next()?.replace(',', "").parse().ok())
            .collect();
        Some((operation.to_owned(), <[u64; 3]>::try_from(numbers).ok()?))
    };
    stderr.lines().filter(|text| text.contains(" calls, ")).filter_map(line).collect()
}

#[test]
fn throttling_and_failing_servers_make_a_scan_slower_and_never_wrong() {
    // Few resources: each throttled second slows the program down, as it should.
    let emulator = Emulator::with(&crowd(8, 11, &[("eu-central-1", 5), ("eu-west-1", 3)]));
    emulator.limits(&json!({"page": 3}));
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    let on = |operation: &str, seed: u32, times: u32| {
        [
            json!({"operation": operation, "kind": "throttle", "probability": 0.3, "seed": seed, "times": times}),
            json!({"operation": operation, "kind": "status", "code": 500, "probability": 0.05, "seed": seed + 1}),
            json!({"operation": operation, "kind": "status", "code": 503, "probability": 0.05, "seed": seed + 2}),
        ]
    };
    emulator.faults(&json!([on("iam:*", 11, 4), on("cognito-idp:*", 21, 3)].concat()));
    let run = scan(&emulator, &scratch, &["-v"]);
    let unread = never_wrong(&run.json(), &truth);
    run.exits(if unread.is_empty() { 1 } else { 3 });
    let printed = printed(&run.stderr);
    let tally = emulator.tally();
    let requests: BTreeMap<String, u64> =
        printed.iter().map(|(operation, [calls, retries, _])| (operation.clone(), calls + retries)).collect();
    assert_eq!(requests, emulator.calls(), "{}", run.stderr);
    for (operation, [_, _, throttled]) in &printed {
        assert_eq!(
            *throttled,
            tally["by_status"][operation]["400"].as_u64().unwrap_or(0),
            "{operation}: {}",
            run.stderr
        );
    }
    let sum = |at: usize| printed.values().map(|numbers| numbers[at]).sum::<u64>();
    assert_eq!(sum(2), 7, "all throttling was met: {printed:?}");
    assert!(sum(1) >= 7, "{printed:?}");
}

#[test]
fn a_service_that_throttles_everything_is_given_up_and_told() {
    let emulator = Emulator::with(&crowd(2, 2, &[("eu-west-1", 2)]));
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    emulator.faults(&json!([{"operation": "iam:GetAccountAuthorizationDetails", "kind": "throttle"}]));
    let start = Instant::now();
    let report = scan(&emulator, &scratch, &["--read-timeout", "1"]).exits(3).json();
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
    assert_eq!(never_wrong(&report, &truth), BTreeMap::from([(USER, (0, 2))]));
    let gap = &report["incomplete"][0];
    assert!(
        gap["error"].as_str().unwrap().starts_with("Throttling: iam:GetAccountAuthorizationDetails (gave up after "),
        "{gap}"
    );
}

/// Scans with each fault: only this type may be touched, and at most so many of it unread because of the fault.
#[track_caller]
fn met(faults: &[(Value, &str, usize)]) {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    for (fault, kind, most) in faults {
        emulator.faults(&json!([fault]));
        let run = scan(&emulator, &scratch, &["--read-timeout", "1"]);
        let report = run.json();
        let unread = never_wrong(&report, &truth);
        run.exits(if unread.is_empty() { 1 } else { 3 });
        assert!(unread.keys().all(|other| other == kind), "{fault}: {unread:?}");
        let count = unread.values().map(|(unknown, unlisted)| unknown + unlisted).sum::<usize>();
        assert!(count <= *most, "{fault}: {unread:?}\n{}", report["incomplete"]);
        assert!(emulator.applied() > 0, "{fault}: met nothing");
    }
}

#[test]
fn a_connection_that_breaks_once_is_tried_again() {
    met(&[
        (json!({"operation": "iam:ListMFADeviceTags", "kind": "cut", "times": 1}), DEVICE, 0),
        (json!({"operation": "iam:GetAccountAuthorizationDetails", "kind": "cut", "times": 1}), USER, 0),
        (json!({"operation": "cognito-idp:ListUserPools", "kind": "cut", "times": 1}), POOL, 0),
        (json!({"operation": "iam:ListMFADeviceTags", "kind": "hang", "seconds": 3, "times": 1}), DEVICE, 0),
        (json!({"operation": "iam:ListMFADeviceTags", "match": "d03", "kind": "cut"}), DEVICE, 1),
    ]);
}

#[test]
fn an_answer_that_cannot_be_read_is_no_answer() {
    met(&[
        (json!({"operation": "iam:ListMFADeviceTags", "kind": "garbage", "times": 1}), DEVICE, 1),
        (json!({"operation": "iam:GetAccountAuthorizationDetails", "kind": "garbage"}), USER, USERS),
        (json!({"operation": "iam:ListVirtualMFADevices", "kind": "garbage", "times": 1}), DEVICE, DEVICES),
        (json!({"operation": "cognito-idp:ListTagsForResource", "kind": "garbage", "times": 1}), POOL, 1),
        (json!({"operation": "cognito-idp:ListUserPools", "kind": "garbage", "region": "eu-west-1"}), POOL, POOLS),
        (json!({"operation": "iam:ListMFADeviceTags", "kind": "error", "code": 400, "match": "d05"}), DEVICE, 1),
    ]);
}

#[test]
fn credentials_that_expire_meanwhile_end_the_calls_and_not_the_report() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    emulator.faults(&json!([{"operation": "iam:ListMFADeviceTags", "kind": "expired", "after": 4}]));
    let run = scan(&emulator, &scratch, &["--max-concurrency", "1"]);
    let report = run.exits(3).json();
    let unread = never_wrong(&report, &truth);
    assert_eq!(unread[DEVICE], (DEVICES - 4, 0));
    assert!(report["unknown"].to_string().contains("expired during the scan"));
    // None but those that were on their way: every later call would only be refused as well.
    assert_eq!(emulator.calls()["iam:ListMFADeviceTags"], 5);
}

#[test]
fn one_scan_writes_sarif_and_json_with_places_and_prints_that_github_takes() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    let files = ["scan", "--output", "tags.sarif", "--output", "tags.json"];
    emulator.run(&scratch, &[&files, &REGIONS[..]].concat()).exits(1);
    assert_eq!(emulator.calls()["sts:GetCallerIdentity"], 1);
    let parse = |name: &str| serde_json::from_str::<Value>(&scratch.read(name)).unwrap();
    let (sarif, json) = (parse("tags.sarif"), parse("tags.json"));
    let run = &sarif["runs"][0];
    assert_eq!(run["automationDetails"]["id"], format!("taglint/live/{ACCOUNT}/"));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), json["findings"].as_array().unwrap().len());
    assert_eq!(results.len(), truth.values().map(|real| real.verdict.len()).sum::<usize>());
    let place = |result: &Value| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap().to_owned()
    };
    let want = |real: &Real| {
        let tail = real.line["arn"].as_str().unwrap().split_once('/').unwrap().1.to_owned();
        let region = real.line["region"].as_str().unwrap_or("global");
        format!("aws-live/{ACCOUNT}/{region}/{}/{tail}", real.kind.replace(':', "/"))
    };
    let bad = truth.values().filter(|real| !real.verdict.is_empty());
    assert_eq!(results.iter().map(place).collect::<BTreeSet<_>>(), bad.map(want).collect());
    for print in ["primaryLocationLineHash", "taglint/v1"] {
        let prints: BTreeSet<&str> =
            results.iter().map(|result| result["partialFingerprints"][print].as_str().unwrap()).collect();
        assert_eq!(prints.len(), results.len(), "{print}");
    }

    // An incomplete scan says so, and a narrowed one has a category of its own.
    emulator.faults(&json!([{"operation": "iam:ListVirtualMFADevices", "kind": "deny"}]));
    let run = emulator.run(&scratch, &[&["scan", "--format", "sarif"], &REGIONS[..]].concat()).exits(3).json();
    let invocation = &run["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert!(invocation["toolExecutionNotifications"].to_string().contains("iam:ListVirtualMFADevices"), "{invocation}");
    let run = emulator.run(&scratch, &["scan", "--format", "sarif", "--type", "iam:user"]).exits(1).json();
    let category = run["runs"][0]["automationDetails"]["id"].as_str().unwrap();
    assert!(category.starts_with(&format!("taglint/live/{ACCOUNT}/partial-")), "{category}");
}

#[test]
fn the_account_is_the_one_of_the_credentials() {
    let emulator = Emulator::with(&world());
    let scratch = Scratch::new();
    let mut seed = crowd(3, 2, &[("eu-west-1", 2)]);
    seed["account"] = "444455556666".into();
    emulator.seed(&seed);
    let mut command = emulator.aws(&scratch, &["collect"]);
    let run = run(command.env("AWS_ACCESS_KEY_ID", "AKIA444455556666TEST").env("AWS_REGION", "eu-west-1"));
    let lines = run.exits(0).stdout.lines().count();
    assert_eq!(
        (lines, run.stdout.contains(ACCOUNT), run.stdout.matches("444455556666\"").count() > 7),
        (9, false, true),
        "{}",
        run.stdout
    );
}

#[test]
fn the_calls_are_the_least_that_are_possible() {
    let emulator = Emulator::with(&crowd(1001, 70, &[("eu-central-1", 61), ("eu-west-1", 20)]));
    let scratch = Scratch::new();
    let run = scan(&emulator, &scratch, &["-v"]);
    assert_eq!(run.exits(1).json()["summary"]["resources"], 1001 + 70 + 61 + 20);
    println!("1,001 users, 70 devices, 61 and 20 pools:\n{}", run.stderr);
    let want = calls([
        ("cognito-idp:ListTagsForResource", 81),
        ("cognito-idp:ListUserPools", 61_usize.div_ceil(60) + 1),
        ("iam:GetAccountAuthorizationDetails", 1001_usize.div_ceil(1000)),
        ("iam:ListMFADeviceTags", 70),
        ("iam:ListVirtualMFADevices", 1),
        ("sts:GetCallerIdentity", 1),
    ]);
    assert_eq!(emulator.calls(), want);
    assert_eq!(printed(&run.stderr), want.into_iter().map(|(operation, calls)| (operation, [calls, 0, 0])).collect());
    let regions = &emulator.tally()["by_region"];
    assert_eq!(
        counts(&regions["eu-west-1"]),
        calls([("cognito-idp:ListTagsForResource", 20), ("cognito-idp:ListUserPools", 1)])
    );
}
