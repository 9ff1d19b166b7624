//! The limits of a run: a service that is down, and answers without an end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Run, Scratch};
use crate::emulator::{Emulator, crowd};

/// Scans devices with a time limit of one second for an answer, so six for a call, within this time.
#[track_caller]
fn scan(emulator: &Emulator, fault: &Value, more: &[&str], within: u64) -> Run {
    emulator.faults(&json!([fault]));
    let scratch = Scratch::new();
    let start = Instant::now();
    let limit = if more.contains(&"--read-timeout") { &[][..] } else { &["--read-timeout", "1"] };
    let run = emulator.run(&scratch, &[&["scan", "--type", "iam:mfa", "--format", "json"], limit, more].concat());
    assert!(start.elapsed() < Duration::from_secs(within), "{fault}: {:?}", start.elapsed());
    assert!(emulator.applied() > 0, "{fault} met nothing");
    run
}

/// The devices whose tags are unknown, with the reason.
fn reasons(report: &Value) -> BTreeMap<&str, &str> {
    let unknown = report["unknown"].as_array().expect("a list");
    unknown.iter().filter_map(|entry| Some((entry["resource"]["name"].as_str()?, entry["reason"].as_str()?))).collect()
}

#[test]
fn a_service_that_is_down_costs_the_time_of_some_calls_and_not_of_all() {
    let emulator = Emulator::with(&crowd(0, 120, &[]));
    for (fault, code) in [
        (json!({"kind": "status", "code": 503}), "ServiceUnavailable"),
        (json!({"kind": "throttle"}), "Throttling"),
        (json!({"kind": "hang", "seconds": 3}), "timeout after 1 s"),
        (json!({"kind": "short", "code": 50}), "unreadable answer"),
        (json!({"kind": "garbage"}), "unreadable answer"),
        (json!({"kind": "endless"}), "timeout after 1 s"),
    ] {
        let mut fault = fault;
        fault["operation"] = "iam:ListMFADeviceTags".into();
        // Without the circuit breaker: eight rounds of up to six seconds each.
        let report = scan(&emulator, &fault, &[], 18).exits(3).json();
        assert_eq!(report["summary"]["resources"], 120, "{fault}");
        assert_eq!(report["summary"]["findings"]["error"].as_u64().unwrap_or(0), 0, "{fault}");
        let reasons = reasons(&report);
        assert_eq!(reasons.len(), 120, "{fault}: {report}");
        let given_up = "iam:ListMFADeviceTags (given up: 5 calls in a row failed)";
        assert!(reasons.values().filter(|reason| reason.ends_with(given_up)).count() >= 100, "{fault}: {reasons:?}");
        // The time limit of a call may end one that was answered before.
        let why = |reason: &str| reason.starts_with(code) || reason.starts_with("timeout after");
        assert!(reasons.values().all(|reason| why(reason)), "{fault}: {reasons:?}");
    }
}

#[test]
fn some_failed_calls_among_good_ones_end_nothing() {
    let emulator = Emulator::with(&crowd(0, 40, &[]));
    let fault = json!({"operation": "iam:ListMFADeviceTags", "kind": "status", "code": 503, "match": "mfa/device001"});
    let report = scan(&emulator, &fault, &[], 30).exits(3).json();
    let reasons = reasons(&report);
    let wanted: Vec<String> = (10..20).map(|i| format!("device{i:04}")).collect();
    assert!(reasons.keys().eq(&wanted), "{reasons:?}");
}

#[test]
fn an_answer_without_an_end_is_a_gap() {
    let emulator = Emulator::with(&crowd(0, 3, &[]));
    for (fault, more, words) in [
        (json!({"kind": "endless"}), &[][..], "timeout after 1 s"),
        (json!({"kind": "flood", "code": 1024}), &["--read-timeout", "60"][..], "the answer has more than 64 MiB"),
    ] {
        let mut fault = fault;
        fault["operation"] = "iam:ListVirtualMFADevices".into();
        let report = scan(&emulator, &fault, more, 60).exits(3).json();
        let gap = &report["incomplete"][0];
        assert!(gap["error"].as_str().expect("a reason").contains(words), "{fault}: {gap}");
    }
    // Below the limit it is believed.
    let fault = json!({"operation": "iam:ListVirtualMFADevices", "kind": "flood", "code": 8});
    assert_eq!(scan(&emulator, &fault, &[], 30).exits(1).json()["summary"]["resources"], 3);
}

#[test]
fn the_deadline_ends_a_run_whose_answers_do_not() {
    let emulator = Emulator::with(&crowd(0, 3, &[]));
    let fault = json!({"operation": "iam:ListMFADeviceTags", "kind": "endless"});
    let report = scan(&emulator, &fault, &["--deadline", "2s"], 8).exits(3).json();
    let text = report["incomplete"].to_string();
    assert!(text.contains("the deadline came before it was read"), "{text}");
}
