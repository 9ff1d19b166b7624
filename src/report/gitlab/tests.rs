use std::collections::HashSet;

use serde_json::Value;

use super::super::fixture::{gaps, hostile, normal, render, report, report_with, user, waive};
use super::super::options::ReportOptions;
use super::FORMAT;

/// Parses a report, and checks what GitLab requires of each entry.
fn entries(text: &str) -> Vec<Value> {
    let list: Vec<Value> = serde_json::from_str(text).expect("a list");
    let mut prints = HashSet::new();
    for entry in &list {
        let string = |at: &str| entry.pointer(at).and_then(Value::as_str).unwrap_or_else(|| panic!("{at}: {entry}"));
        assert!(!string("/description").trim().is_empty() && !string("/check_name").is_empty(), "{entry}");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&string("/severity")), "{entry}");
        let path = string("/location/path");
        assert!(!path.is_empty() && !path.starts_with("./") && !path.starts_with('/'), "{entry}");
        assert!(entry.pointer("/location/lines/begin").and_then(Value::as_u64).is_some_and(|line| line > 0), "{entry}");
        assert!(prints.insert(string("/fingerprint").to_owned()), "GitLab drops a repeated fingerprint: {entry}");
    }
    list
}

#[test]
fn a_finding_is_an_entry_at_its_line() {
    let text = render(&FORMAT, &report(&normal()), false);
    let list = entries(&text);
    let source: Vec<&Value> = list.iter().filter(|e| e["location"]["path"] == "modules/a,b/main.tf").collect();
    assert!(!source.is_empty() && source.iter().all(|e| e["location"]["lines"]["begin"] == 14), "{text}");
    let live = list.iter().find(|e| e["location"]["path"] == "arn:aws:iam::111122223333:user/bo").expect("a live user");
    assert!(live["description"].as_str().unwrap().starts_with("arn:aws:iam::111122223333:user/bo: "), "{live}");
    assert_eq!(live["severity"], "major", "{live}");
}

#[test]
fn hostile_texts_are_only_text_and_paths_stay_inside() {
    entries(&render(&FORMAT, &report(&hostile()), true));
    for (path, want) in [
        ("./a/./b.tf", Some("a/b.tf")),
        ("a\\b.tf", Some("a/b.tf")),
        ("../a.tf", None),
        ("/etc/passwd", None),
        ("C:/a.tf", None),
        ("", None),
    ] {
        assert_eq!(super::inside(path).as_deref(), want, "{path}");
    }
}

#[test]
fn what_was_not_read_is_critical_and_comes_first() {
    let report = report_with(&normal(), gaps(2), |_| {});
    let list = entries(&render(&FORMAT, &report, false));
    assert_eq!((&list[0]["check_name"], &list[0]["severity"]), (&"incomplete".into(), &"critical".into()));
    let mut out = Vec::new();
    FORMAT.write(&report, &ReportOptions { allow_incomplete: true, ..ReportOptions::default() }, &mut out).unwrap();
    assert_eq!(entries(std::str::from_utf8(&out).unwrap())[0]["severity"], "minor");
}

#[test]
fn nothing_to_say_is_an_empty_list_and_a_copy_is_one_entry() {
    let good = user("a", serde_json::json!({"Environment": "Test", "CostCenter": "12345", "Owner": "a@example.com"}));
    let clean = entries(&render(&FORMAT, &report(&[good]), false));
    assert!(clean.iter().all(|entry| entry["check_name"] != "incomplete"), "{clean:?}");
    let bad = user("b", serde_json::json!({}));
    let once = entries(&render(&FORMAT, &report(std::slice::from_ref(&bad)), false)).len();
    assert_eq!(entries(&render(&FORMAT, &report(&[bad.clone(), bad]), false)).len(), once);
}

#[test]
fn a_waived_finding_is_information_on_request() {
    let report = report_with(&normal(), Vec::new(), |settings| waive(settings, "*", "old [x](y)"));
    let hidden = entries(&render(&FORMAT, &report, false));
    let shown = entries(&render(&FORMAT, &report, true));
    let waived: Vec<&Value> =
        shown.iter().filter(|e| e["description"].as_str().unwrap().starts_with("waived (old")).collect();
    assert!(!waived.is_empty() && waived.iter().all(|e| e["severity"] == "info"), "{shown:?}");
    assert!(hidden.iter().all(|e| !e["description"].as_str().unwrap().starts_with("waived")), "{hidden:?}");
}
