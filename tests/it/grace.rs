//! The grace period of rules, in every report format and in the exit code.

use serde_json::Value;

use crate::common::{Scratch, inventory};

const POLICY: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\ngrace = \"7d\"\n";
const NOW: &str = "2026-11-22";

/// An inventory of users without tags, each with its time of creation.
fn scratch(created: &[Option<&str>]) -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let line = |(at, created): (usize, Option<&str>)| {
        let created = created.map(|time| format!(",\"created\":\"{time}\"")).unwrap_or_default();
        let arn = format!("arn:aws:iam::123456789012:user/u{at}");
        format!("{{\"type\":\"iam:user\",\"arn\":\"{arn}\",\"name\":\"u{at}\"{created},\"tags\":{{}}}}")
    };
    scratch.file("in.jsonl", inventory(&created.iter().copied().enumerate().map(line).collect::<Vec<_>>()));
    scratch
}

fn check(scratch: &Scratch, format: &str, code: i32) -> String {
    let run = scratch.run(["check", "in.jsonl", "--now", NOW, "--format", format]);
    assert_eq!(run.code, code, "{format}: {} {}", run.stdout, run.stderr);
    run.stdout
}

#[test]
fn a_finding_of_a_young_resource_is_a_note_in_every_format() {
    let scratch = scratch(&[Some("2026-11-20T08:00:00Z")]);
    for format in ["text", "json", "jsonl", "sarif", "markdown", "html", "github", "junit", "csv"] {
        let out = check(&scratch, format, 0);
        assert!(out.contains("grace period: an error from 2026-11-27 on"), "{format}: {out}");
    }
    let json: Value = serde_json::from_str(&check(&scratch, "json", 0)).unwrap();
    assert_eq!(json["summary"]["findings"], serde_json::json!({ "error": 0, "note": 1, "warning": 0 }));
    assert_eq!(json["summary"]["grace"], 1);
    assert_eq!(json["findings"][0]["severity"], "note");
    assert_eq!(json["findings"][0]["grace"], serde_json::json!({ "until": "2026-11-27", "severity": "error" }));
    let sarif: Value = serde_json::from_str(&check(&scratch, "sarif", 0)).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["level"], "note");
    assert_eq!(result["properties"]["graceUntil"], "2026-11-27");
    assert_eq!(result["properties"]["severityAfterGrace"], "error");
    let junit = check(&scratch, "junit", 0);
    assert!(junit.contains("failures=\"0\"") && junit.contains("<skipped"), "{junit}");
    assert!(check(&scratch, "text", 0).contains("1 note, 1 in a grace period in 1 resource"));
    scratch.run(["check", "in.jsonl", "--now", NOW, "--fail-on", "note"]).fails_with(1, &[]);
}

#[test]
fn an_old_resource_and_one_of_unknown_age_fail() {
    let old = scratch(&[Some("2026-11-15T08:00:00Z")]);
    assert!(!check(&old, "text", 1).contains("grace"));
    let unknown = scratch(&[None]);
    let json: Value = serde_json::from_str(&check(&unknown, "json", 1)).unwrap();
    let finding = &json["findings"][0];
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["grace"], serde_json::json!({ "severity": "error", "age-unknown": true }));
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("the age of the resource is unknown, so the grace period of 7 days does not apply"));
}

#[test]
fn a_resource_that_source_declares_has_no_grace() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("main.tf", "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n}\n");
    let run = scratch.run(["check", "main.tf", "--now", NOW]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(!run.stdout.contains("grace") && !run.stdout.contains("age"), "{}", run.stdout);
}

#[test]
fn a_waiver_is_no_longer_than_the_policy_allows() {
    let scratch = scratch(&[Some("2026-01-01T08:00:00Z")]);
    let policy = |more: &str, dates: &str| {
        let head = format!("version = 1\n[policy]\nmax-waiver = \"180d\"\n{more}");
        let waiver = format!("[[waiver]]\nrules = [\"owner\"]\nresources = [\"*\"]\nreason = \"x\"\n{dates}\n");
        scratch.file(
            "taglint.toml",
            format!("{head}[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n{waiver}"),
        );
    };
    // The 180th day after 22 November 2026 is 21 May 2027.
    for (more, dates, code, words) in [
        ("", "expires = 2027-05-21", 0, ""),
        ("", "expires = 2027-05-22", 2, "write 2027-05-21 or an earlier day as `expires`"),
        ("", "from = 2026-11-01\nexpires = 2027-05-01", 2, "allows 180 days from its `from`"),
        ("", "from = 2026-11-01\nexpires = 2027-04-30", 0, ""),
        ("", "from = 2026-12-01\nexpires = 2027-04-30", 1, "is not valid before 2026-12-01"),
        ("", "from = 2027-01-02\nexpires = 2027-01-01", 2, "never valid"),
        ("inline-waivers = true\n", "expires = 2027-01-01", 2, "exclude each other"),
    ] {
        policy(more, dates);
        let run = scratch.run(["check", "in.jsonl", "--now", NOW]);
        assert_eq!(run.code, code, "{dates}: {} {}", run.stdout, run.stderr);
        assert!((run.stdout + &run.stderr).contains(words), "{dates}");
    }
    // The limit holds for a file that extends the policy.
    policy("", "expires = 2027-01-01");
    std::fs::rename(scratch.path().join("taglint.toml"), scratch.path().join("base.toml")).unwrap();
    let text = "version = 1\nextends = [\"./base.toml\"]\n[[waiver]]\nrules = [\"owner\"]\nresources = [\"*\"]\nreason = \"x\"\n\
                expires = 2028-01-01\n";
    scratch.file("taglint.toml", text);
    scratch.run(["check", "in.jsonl", "--now", NOW]).fails_with(2, &["`max-waiver` allows 180 days from today"]);
    scratch.run(["policy", "check", "--now", NOW]).fails_with(2, &["`max-waiver` allows 180 days from today"]);
}

#[test]
fn the_age_of_a_device_counts_from_its_enable_date() {
    let scratch = Scratch::new();
    let policy = "version = 1\n[[rule]]\nid = \"owner\"\nresources = [\"iam:mfa\"]\nkey = \"Owner\"\nrequired = true\n\
                  when.older-than = \"30d\"\n";
    scratch.file("taglint.toml", policy);
    let device = |name: &str, rest: &str| {
        format!(
            "{{\"SerialNumber\":\"arn:aws:iam::123456789012:mfa/{name}\"{rest},\"Tags\":[{{\"Key\":\"a\",\"Value\":\"b\"}}]}}"
        )
    };
    let user = ",\"User\":{\"Arn\":\"arn:aws:iam::123456789012:user/u\"}";
    let devices = [
        device("old", &format!("{user},\"EnableDate\":\"2026-01-01T08:00:00+00:00\"")),
        device("new", &format!("{user},\"EnableDate\":\"2026-11-20T08:00:00+00:00\"")),
        device("unassigned", ""),
        device("unknown", user),
    ];
    scratch.file("devices.json", format!("{{\"VirtualMFADevices\":[{}]}}", devices.join(",")));
    let run = scratch.run(["check", "devices.json", "--now", NOW, "--format", "json", "--allow-incomplete"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let names = |list: &str| {
        let items = json[list].as_array().unwrap().iter();
        items.map(|item| item["resource"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((names("findings"), names("unknown")), (vec!["old".to_owned()], vec!["unknown".to_owned()]), "{json}");
}
