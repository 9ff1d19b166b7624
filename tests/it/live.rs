//! Scans of live accounts: the real program and the real SDK against the emulator, compared with what the emulator holds.

use std::collections::BTreeSet;
use std::io::Read as _;

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch};
use crate::emulator::{Emulator, counts, crowd, run};
use crate::truth::{
    DEVICE, DEVICES, POOL, POOLS, REGIONS, Real, USER, USERS, calls, exact, printed, scan, truth, world,
};

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
        if line["type"] == DEVICE {
            // A device has the time at which its user was assigned, which is that of the seed's request.
            let is_assigned = line["user"].as_str().is_some_and(|user| !user.is_empty());
            assert_eq!(created.is_some(), is_assigned, "{line}");
        } else {
            assert_eq!(created, want.map(Value::from), "{line}");
        }
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
