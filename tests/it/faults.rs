//! Scans of accounts that answer late, wrongly or not at all: the report is right, and unread parts are reported.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::Scratch;
use crate::emulator::{Emulator, crowd};
use crate::truth::{
    DEVICE, DEVICES, POOL, POOLS, Said, USER, USERS, exact, never_wrong, printed, said, scan, truth, world,
};

/// A report without the times of the collection, which differ between two runs.
fn timeless(mut report: Value) -> Value {
    report["scope"].as_object_mut().unwrap().remove("collected").expect("a live report has them");
    report
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
    assert_eq!(timeless(single.exits(1).json()), timeless(bulk.json()));
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
            assert_eq!(timeless(allowed.exits(1).json()), timeless(report), "{faults}");
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
    let report = scan(&emulator, &scratch, &[]).exits(3).json();
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
        // A short limit only where nothing answers: a busy machine may need more than a second for an answer.
        let limit = if fault["kind"] == "hang" { &["--read-timeout", "1"][..] } else { &[] };
        let run = scan(&emulator, &scratch, limit);
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
        (json!({"operation": "iam:ListMFADeviceTags", "kind": "garbage", "times": 1}), DEVICE, 0),
        (json!({"operation": "iam:ListMFADeviceTags", "kind": "garbage", "match": "d04"}), DEVICE, 1),
        (json!({"operation": "iam:GetAccountAuthorizationDetails", "kind": "garbage"}), USER, USERS),
        (json!({"operation": "iam:ListVirtualMFADevices", "kind": "garbage", "times": 1}), DEVICE, 0),
        (json!({"operation": "iam:ListVirtualMFADevices", "kind": "garbage"}), DEVICE, DEVICES),
        (json!({"operation": "cognito-idp:ListTagsForResource", "kind": "garbage", "times": 1}), POOL, 0),
        (json!({"operation": "cognito-idp:ListUserPools", "kind": "garbage", "region": "eu-west-1"}), POOL, POOLS),
        (json!({"operation": "iam:ListMFADeviceTags", "kind": "error", "code": 400, "match": "d05"}), DEVICE, 1),
    ]);
}

/// The members that each read must have, with the type whose reads it serves.
const MEMBERS: [(&str, &[&str], &str); 7] = [
    ("iam:GetAccountAuthorizationDetails", &["UserDetailList", "IsTruncated"], USER),
    ("iam:ListUsers", &["Users", "IsTruncated"], USER),
    ("iam:ListUserTags", &["Tags", "IsTruncated"], USER),
    ("iam:ListVirtualMFADevices", &["VirtualMFADevices", "IsTruncated"], DEVICE),
    ("iam:ListMFADeviceTags", &["Tags", "IsTruncated"], DEVICE),
    ("cognito-idp:ListUserPools", &["UserPools"], POOL),
    ("cognito-idp:ListTagsForResource", &["Tags"], POOL),
];

#[test]
fn an_answer_that_says_too_little_is_no_answer() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    for (operation, members, kind) in MEMBERS {
        let details = json!({"operation": "iam:GetAccountAuthorizationDetails", "kind": "deny"});
        let fallback = matches!(operation, "iam:ListUsers" | "iam:ListUserTags");
        let mut faults = vec![json!({"kind": "short", "code": 0}), json!({"kind": "short", "code": 60})];
        faults.push(json!({"kind": "short", "code": 97}));
        faults.extend(members.iter().map(|member| json!({"kind": "lacks", "error": member})));
        for (number, mut fault) in faults.into_iter().enumerate() {
            fault["operation"] = operation.into();
            // The first is answered well after one such answer.
            if number == 0 {
                fault["times"] = 1.into();
            }
            emulator.faults(&if fallback { json!([details, fault]) } else { json!([fault]) });
            let run = scan(&emulator, &scratch, &[]);
            let report = run.json();
            let unread = never_wrong(&report, &truth);
            assert!(emulator.applied() > 0, "{fault} met nothing");
            assert!(unread.keys().all(|other| *other == kind), "{fault}: {unread:?}");
            // These two have a fallback that says the same, and an answer that is short once may be asked for again.
            let has_fallback =
                matches!(operation, "iam:GetAccountAuthorizationDetails" | "cognito-idp:ListTagsForResource");
            assert!(has_fallback || number == 0 || !unread.is_empty(), "{fault}: {unread:?}");
            run.exits(if unread.is_empty() { 1 } else { 3 });
        }
    }
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
fn three_throttled_of_ten_and_one_failure_of_ten_leave_every_resource_right_or_told() {
    let emulator = Emulator::with(&crowd(8, 5, &[("eu-central-1", 3), ("eu-west-1", 2)]));
    emulator.limits(&json!({"page": 4}));
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    let everywhere = |kind: &str, probability: f64, code: u32| json!({"operation": "*", "kind": kind, "probability": probability, "code": code, "seed": code});
    emulator.faults(&json!([
        everywhere("throttle", 0.3, 400),
        everywhere("status", 0.05, 500),
        everywhere("status", 0.05, 503)
    ]));
    let run = scan(&emulator, &scratch, &["-v"]);
    let report = run.json();
    let unread = never_wrong(&report, &truth);
    run.exits(if unread.is_empty() { 1 } else { 3 });
    // Ten attempts of a call outlast this: all of it is read.
    assert_eq!(unread, BTreeMap::new(), "{}", report["incomplete"]);
    let throttled = printed(&run.stderr).values().map(|[_, _, throttled]| throttled).sum::<u64>();
    assert!(throttled > 0 && emulator.applied() > throttled, "{}", run.stderr);
}

/// Every operation of a scan with its fallbacks, and the type that it reads.
const OPERATIONS: [(&str, &str); 8] = [
    ("iam:GetAccountAuthorizationDetails", USER),
    ("iam:ListUsers", USER),
    ("iam:ListUserTags", USER),
    ("iam:ListVirtualMFADevices", DEVICE),
    ("iam:ListMFADeviceTags", DEVICE),
    ("cognito-idp:ListUserPools", POOL),
    ("cognito-idp:ListTagsForResource", POOL),
    ("cognito-idp:DescribeUserPool", POOL),
];

#[test]
fn whichever_operation_fails_and_however_no_resource_is_called_wrong() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    // Those that have a fallback fail with it, so that the fallback is met too.
    let first = |operation: &str| match operation {
        "iam:ListUsers" | "iam:ListUserTags" => {
            json!({"operation": "iam:GetAccountAuthorizationDetails", "kind": "deny"})
        }
        "cognito-idp:DescribeUserPool" => json!({"operation": "cognito-idp:ListTagsForResource", "kind": "deny"}),
        _ => json!({"operation": "none:None", "kind": "deny"}),
    };
    for (operation, kind) in OPERATIONS {
        let fault = |with: Value| {
            let mut fault = with;
            fault["operation"] = operation.into();
            fault
        };
        for how in [
            json!({"kind": "deny"}),
            json!({"kind": "garbage"}),
            json!({"kind": "error", "error": "SignatureDoesNotMatch", "code": 403, "message": "Signature expired: it is now earlier than 20261122T000000Z"}),
            json!({"kind": "error", "error": "RequestExpired", "code": 400, "message": "Request has expired."}),
        ] {
            emulator.forget();
            emulator.faults(&json!([first(operation), fault(how.clone())]));
            let run = scan(&emulator, &scratch, &[]);
            let report = run.json();
            let unread = never_wrong(&report, &truth);
            run.exits(if unread.is_empty() { 1 } else { 3 });
            assert!(unread.keys().all(|other| *other == kind), "{operation} {how}: {unread:?}");
            assert!(emulator.applied() > 0, "{operation} {how} met nothing");
        }
    }
}

#[test]
fn a_clock_that_is_wrong_is_said_to_be_so() {
    let emulator = Emulator::with(&world());
    let truth = truth(&emulator);
    let scratch = Scratch::new();
    emulator.faults(&json!([
        {"operation": "iam:*", "kind": "error", "error": "SignatureDoesNotMatch", "code": 403, "message": "Signature not yet current: 20261122T000000Z is still later than 20261121T230000Z"},
        {"operation": "cognito-idp:*", "kind": "error", "error": "InvalidSignatureException", "code": 400, "message": "Signature expired: 20261121T230000Z is now earlier than 20261121T235500Z"},
    ]));
    let report = scan(&emulator, &scratch, &[]).exits(3).json();
    assert_eq!(
        never_wrong(&report, &truth),
        BTreeMap::from([(USER, (0, USERS)), (DEVICE, (0, DEVICES)), (POOL, (0, 2 * POOLS))])
    );
    for gap in report["incomplete"].as_array().unwrap() {
        assert!(gap["error"].as_str().unwrap().contains("clock"), "{gap}");
    }
}

#[test]
fn an_answer_that_hangs_costs_its_time_limit_and_no_more_than_its_own_list() {
    met(&[
        (json!({"operation": "iam:GetAccountAuthorizationDetails", "kind": "hang", "seconds": 9}), USER, USERS),
        (json!({"operation": "iam:ListVirtualMFADevices", "kind": "hang", "seconds": 9}), DEVICE, DEVICES),
        (json!({"operation": "cognito-idp:ListTagsForResource", "kind": "hang", "seconds": 2, "times": 1}), POOL, 0),
    ]);
}
