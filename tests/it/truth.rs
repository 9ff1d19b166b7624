//! What a scan must say, worked out from the emulator's own state by plain code that shares nothing with the program.
//!
//! A resource is right, or told to be unknown, or in a list that is told to be unread; never wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch};
use crate::emulator::Emulator;

pub(crate) const USER: &str = "iam:user";
pub(crate) const DEVICE: &str = "iam:mfa";
pub(crate) const POOL: &str = "cognito-idp:userpool";

pub(crate) const IDENTITY_POOL: &str = "cognito-identity:identitypool";

/// The other types of IAM, by the name of their list in the emulator's state.
pub(crate) const FAMILY: [(&str, &str); 6] = [
    ("roles", "iam:role"),
    ("policies", "iam:policy"),
    ("instance_profiles", "iam:instance-profile"),
    ("oidc_providers", "iam:oidc-provider"),
    ("saml_providers", "iam:saml-provider"),
    ("certificates", "iam:server-certificate"),
];

/// Sizes of the world below: a prime page never fits.
pub(crate) const USERS: usize = 24;
pub(crate) const DEVICES: usize = 15;
pub(crate) const POOLS: usize = 12;

/// Every way in which tags are good or bad under the pack `default`, on every type, in two regions.
pub(crate) fn world() -> Value {
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
    pub(crate) verdict: BTreeSet<String>,
}

/// Everything that the test account holds.
pub(crate) fn truth(emulator: &Emulator) -> BTreeMap<String, Real> {
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
    // The other types: what their own tests compare.
    for (name, kind) in FAMILY {
        all.extend(state[name].as_array().into_iter().flatten().map(|one| (kind, json!({}), one)));
    }
    for (region, pools) in state["identity_pools"].as_object().into_iter().flatten() {
        let pools = pools.as_array().into_iter().flatten();
        all.extend(pools.map(|pool| (IDENTITY_POOL, json!({"region": region}), pool)));
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

pub(crate) fn texts(tags: &Value) -> BTreeMap<String, String> {
    let tags = tags.as_object().expect("tags");
    tags.iter().map(|(key, value)| (key.clone(), value.as_str().expect("a value").to_owned())).collect()
}

/// What the pack `default` says of these tags: each finding as `rule kind found=value`. The wrong spellings that the
/// world uses are written out, the surest first.
pub(crate) fn verdict(tags: &BTreeMap<String, String>) -> BTreeSet<String> {
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
pub(crate) enum Said {
    Findings(BTreeSet<String>),
    Unknown(BTreeSet<String>),
}

/// What a report with `--show passed` says of each resource.
#[track_caller]
pub(crate) fn said(report: &Value) -> BTreeMap<String, Said> {
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
pub(crate) fn exact(run: &Run, truth: &BTreeMap<String, Real>) {
    let report = run.exits(1).json();
    assert_eq!(never_wrong(&report, truth), BTreeMap::new());
    assert_eq!((&report["incomplete"], &report["unknown"]), (&json!([]), &json!([])));
    assert_eq!(report["summary"]["resources"], truth.len());
}

pub(crate) const REGIONS: [&str; 2] = ["--region", "eu-central-1,eu-west-1"];

pub(crate) fn scan(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> Run {
    emulator.run(scratch, &[&["scan", "--format", "json", "--show", "passed"], &REGIONS[..], more].concat())
}

/// What the emulator must have counted.
pub(crate) fn calls<const N: usize>(calls: [(&str, usize); N]) -> BTreeMap<String, u64> {
    calls.into_iter().map(|(name, count)| (name.to_owned(), count as u64)).collect()
}

/// Calls, retries and throttled requests by operation, as `-v` prints them.
pub(crate) fn printed(stderr: &str) -> BTreeMap<String, [u64; 3]> {
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
