//! Formats for other systems, read by those systems' own readers: py-ocsf-models, botocore's model of Security Hub, the parsers
//! of prometheus-client.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::common::{Scratch, inventory, repository, skip, user};

const POLICY: &str = r#"
version = 1
[policy]
name = "company, \"quoted\""
[[rule]]
id = "environment"
key = "Environment"
required = true
values = ["Production", "Test"]
help = "ask\nthe platform team"
[[rule]]
id = "owner"
key = "Owner"
required = true
severity = "warning"
[[target]]
id = "most"
rules = ["environment"]
compliant = "90%"
[[waiver]]
rules = ["owner"]
resources = ["*/waived"]
reason = "=1+1; leaves"
expires = 2026-12-01
"#;

/// Texts that are markup, commands or formulas somewhere.
const HOSTILE: &[&str] = &["=cmd|' /C calc'!A0", "a\"b\\c}{", "  ", "x\u{1b}[31m\u{202e}y", "-1", "\u{fffe}\u{1f600}"];

/// An inventory with all that a report can say: findings, waived ones, unknown results, gaps, and hostile texts.
fn lines() -> Vec<String> {
    let mut lines = vec![
        user("good", &[("Environment", "Test"), ("Owner", "a")]),
        user("bad", &[("Environment", "Prod")]),
        user("waived", &[("Environment", "Test")]),
    ];
    for (at, text) in HOSTILE.iter().enumerate() {
        let mut one: Value = serde_json::from_str(&user(&format!("hostile-{at}"), &[("Environment", text)])).unwrap();
        one["name"] = json!(text);
        one["account-name"] = json!(text);
        if at % 2 == 0 {
            one["account"] = json!(text);
            one["region"] = json!(text);
        }
        lines.push(one.to_string());
    }
    lines.push(json!({"type": "iam:user", "arn": "arn:aws:iam::123456789012:user/dark", "name": "dark", "account": "123456789012",
        "tags": null, "unknown": "AccessDenied: iam:ListUserTags"}).to_string());
    lines
}

/// Writes a report and reads it with the script; `None` where its reader is not installed.
fn read(format: &str, extension: &str, args: &[&str]) -> Option<(Scratch, Value)> {
    let scratch = Scratch::new();
    let script = repository("tests/it/formats.py");
    let has_reader = Command::new("python3").arg(&script).arg(format).stderr(Stdio::null()).status();
    if !has_reader.is_ok_and(|status| status.success()) {
        return None;
    }
    scratch.file("taglint.toml", POLICY);
    let end = json!({"taglint": "end", "resources": lines().len(), "unread":
        [{"account": "444455556666", "region": "eu-west-1", "type": "sqs:queue", "error": "AccessDenied \u{1b}[31m"}]});
    let text = inventory(&lines());
    let text = text.split_inclusive('\n').take(lines().len() + 1).collect::<String>() + &end.to_string() + "\n";
    scratch.file("in.jsonl", text);
    let output = format!("report{extension}");
    let args = [&["check", "in.jsonl", "--now", "2026-11-28", "--output", &output], args].concat();
    scratch.run(args).exits(3);
    let mut python = Command::new("python3");
    python.args(["-B", "-X", "utf8"]).arg(script).arg(format).arg(scratch.path().join(&output));
    let python = python.output().expect("python3 starts");
    assert!(python.status.success(), "{format}:\n{}", String::from_utf8_lossy(&python.stderr));
    Some((scratch, serde_json::from_slice(&python.stdout).expect("JSON")))
}

#[test]
fn py_ocsf_models_reads_the_events() {
    let Some((_, verdicts)) = read("ocsf", ".ocsf.jsonl", &["--show", "passed,waived"]) else {
        return skip("there is no python3 with py-ocsf-models");
    };
    // `bad` and six hostile users violate both rules, `waived` one, and the run fails. `good` passes, and so does `waived`.
    // `dark` is unknown to both rules, the queues of an account were not read, and the target is unknown.
    assert_eq!(verdicts, json!({"Fail": 7 * 2 + 1 + 1, "Pass": 2, "Unknown": 4}));
}

#[test]
fn botocore_accepts_the_requests_to_security_hub() {
    let Some((_, read)) = read("asff", ".asff.jsonl", &["--show", "passed,waived"]) else {
        return skip("there is no python3 with botocore");
    };
    assert!(read["findings"].as_u64().unwrap() > 20, "{read}");
}

#[test]
fn prometheus_client_reads_the_metrics_in_both_formats() {
    let Some((_, read)) = read("openmetrics", ".prom", &[]) else {
        return skip("there is no python3 with prometheus-client");
    };
    assert_eq!((read["fail"].as_f64(), read["complete"].as_f64()), (Some(7.0), Some(0.0)), "{read}");
    let names = read["names"].as_array().unwrap();
    assert!(names.contains(&json!("a\"b\\c}{")), "a label is read as it was: {read}");
}

#[test]
fn openpyxl_reads_the_workbook_and_finds_no_formula() {
    let Some((_, sheets)) = read("xlsx", ".xlsx", &["--show", "waived,unknown"]) else {
        return skip("there is no python3 with openpyxl");
    };
    // The rows of each sheet with its header: of the hostile users every other one has an account of its own.
    assert_eq!((&sheets["123456789012"], &sheets["Waived"]), (&json!(1 + 2 + 3 * 2), &json!(2)), "{sheets}");
    // The queues, `dark`, the group of it, and the target.
    assert_eq!(sheets["Not read"], 1 + 3, "{sheets}");
    assert_eq!(sheets["Unknown"], 1 + 2, "{sheets}");
    assert!(sheets.as_object().unwrap().contains_key("=cmd|- -C calc-!A0"), "{sheets}");
}

#[test]
fn a_workbook_has_the_same_bytes_each_time_and_does_not_go_to_standard_output() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("in.jsonl", inventory(&lines()));
    let run = |name: &str| {
        scratch.run(["check", "in.jsonl", "--now", "2026-11-28", "--output", name]).exits(3);
        std::fs::read(scratch.path().join(name)).expect("a file")
    };
    let first = run("a.xlsx");
    assert!(first.starts_with(b"PK\x03\x04"));
    assert_eq!(first, run("b.xlsx"));
    scratch.run(["check", "in.jsonl", "--format", "xlsx"]).fails_with(2, &["xlsx", "--output FILE.xlsx"]);
}
