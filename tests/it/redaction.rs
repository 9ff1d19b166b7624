//! `--redact`: what a published report must not contain, and baselines of another key.

use serde_json::json;

use crate::common::{Run, Scratch, inventory};
use crate::secrets::FORMATS;

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Runs with `--redact` under a key.
fn redacted(scratch: &Scratch, key: &str, args: &[&str]) -> Run {
    let args = [&["check"][..], args, &["--redact"]].concat();
    Run::of(scratch.command(args).env("TAGLINT_REDACT_KEY", key).output().expect("the program starts"))
}

/// The names that a redacted report must not contain.
const NAMES: &[&str] = &["anika", "444455556666", "zwerg"];

#[track_caller]
fn assert_redacted(text: &str, from: &str) {
    for name in NAMES {
        if let Some(at) = text.to_lowercase().find(name) {
            let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
            panic!("{from} shows {name}: {}", text[start..].lines().next().unwrap_or(""));
        }
    }
}

/// A policy whose rules and waivers name people.
const POLICY_WITH_NAMES: &str = r#"
version = 1
[[rule]]
id = "team"
key = "Team"
required = true
values = ["a"]
[[rule]]
id = "few"
unique = "Team"
[[rule]]
id = "same"
same-as-user = ["Team"]
[[waiver]]
rules = ["team"]
resources = ["*waived*"]
reason = "Anika, of acct_444455556666, said so"
owner = "anika@example.com"
expires = 2026-12-01
[[waiver]]
rules = ["team"]
resources = ["nobody"]
reason = "Anika \"quoted\", 444455556666"
owner = "zwerg"
expires = 2026-11-30
[[waiver]]
rules = ["*"]
resources = ["nobody"]
reason = "old: zwerg"
expires = 2026-01-01
"#;

#[test]
fn a_redacted_report_names_nobody_in_any_format() {
    let scratch = Scratch::new();
    // The lines of a policy are source locations, which SARIF needs; other formats have no path of it.
    scratch.file("anika/taglint.toml", POLICY_WITH_NAMES);
    scratch.file("rules.toml", POLICY_WITH_NAMES);
    let arn = |name: &str| format!("arn:aws:iam::444455556666:user/{name}");
    let user = |name: &str, more: serde_json::Value| {
        let mut user = json!({"type": "iam:user", "arn": arn(name), "name": name, "id": "AIDAANIKA", "account": "444455556666",
            "account-name": "Anika, zwerg", "account-tags": {"Owner": "anika"}, "path": "/anika/", "tags": {"Team": "zwerg"}});
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        user.to_string()
    };
    let device = json!({"type": "iam:mfa", "arn": "arn:aws:iam::444455556666:mfa/anika", "name": "anika", "account":
        "444455556666", "user": arn("zwerg,anika"), "tags": {"Team": "zwerg"}});
    let lines = [
        device.to_string(),
        user("anika,zwerg+x=y@example.com", json!({})),
        user("anika-second", json!({})),
        user(
            "anika-unread",
            json!({"tags": null, "unknown": format!("AccessDenied: {} is not authorized, said Anika", arn("anika,zwerg"))}),
        ),
        user("waived-anika", json!({})),
        json!({"type": "s3:bucket", "arn": "arn:aws:s3:::anika/zwerg", "tags": {"acct_444455556666": "x"}}).to_string(),
    ];
    let error = format!("{} (Anika, \"zwerg, anika\") of acct_444455556666: AccessDenied", arn("anika,zwerg"));
    let gap = json!({"account": "444455556666", "type": "iam:user", "operation": "iam:ListUsers", "error": error});
    let header =
        r#"{"taglint":"inventory","version":1,"scope":{"accounts":["444455556666"],"organization":"o-zwerg"}}"#;
    let end = format!("{{\"taglint\":\"end\",\"resources\":{},\"unread\":[{gap}]}}", lines.len());
    scratch.file("in.jsonl", format!("{header}\n{}\n{end}\n", lines.join("\n")));
    scratch.file(
        "state/x.tfstate",
        json!({"version": 4, "lineage": "x", "resources": [{"mode": "managed", "type":
        "aws_iam_user", "name": "anika", "module": "module.zwerg", "instances": [{"index_key": "anika", "attributes":
        {"arn": arn("anika-second")}}]}]})
        .to_string(),
    );
    scratch.file(
        "infra/acct_444455556666/main.tf",
        "module \"anika\" {\n  source = \"./zwerg\"\n}\nresource \"aws_iam_user\" \"anika\" {\n  # taglint:ignore team because \
         of Anika\n  # taglint:ignore zwerg because of Anika\n  name = \"anika\"\n  tags = { Team = \"zwerg\" }\n}\nresource \
         \"aws_iam_policy_attachment\" \"anika\" {\n  for_each = { \"zwerg\" = 1 }\n  name = each.key\n}\nresource \"aws_iam_user\" \
         \"zwerg\" {\n  name = \"z\"\n  tags = { Team = var.zwerg }\n}\n",
    );
    for input in ["in.jsonl", "infra"] {
        for state in [&[][..], &["--terraform-state", "state"]] {
            let base = [&[input, "--now", "2026-11-25"][..], state].concat();
            for format in FORMATS {
                let policy = if *format == "sarif" { "rules.toml" } else { "anika/taglint.toml" };
                let base = [&base[..], &["--policy", policy]].concat();
                for more in [&[][..], &["-v", "--show", "waived,unknown,passed"]] {
                    let run = redacted(&scratch, KEY, &[&base[..], more, &["--format", format]].concat());
                    assert!(run.code == 1 || run.code == 3, "{format}: {}", run.stderr);
                    assert_redacted(&format!("{}{}", run.stdout, run.stderr), &format!("{input} as {format}"));
                }
            }
            let base = [&base[..], &["--policy", "rules.toml"]].concat();
            for name in ["base.json", "base.jsonl", "base.sarif"] {
                redacted(&scratch, KEY, &[&base[..], &["--output", name]].concat());
                assert_redacted(&scratch.read(name), name);
                let run = redacted(&scratch, KEY, &[&base[..], &["--baseline", name, "--format", "json"]].concat());
                assert_eq!(run.json()["summary"]["new"]["error"], 0, "{name}");
                // Findings that are gone, and those of an inventory that was not read.
                let fewer = redacted(
                    &scratch,
                    KEY,
                    &[&base[..], &["--baseline", name, "--ignore", "team", "--format", "json"]].concat(),
                );
                assert!(!fewer.json()["gone"].as_array().unwrap().is_empty());
                assert_redacted(&fewer.stdout, name);
            }
        }
    }
}

#[test]
fn a_baseline_with_another_redaction_is_refused() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"team\"\nkey = \"Team\"\nrequired = true\n");
    scratch.file("in.jsonl", inventory(&[crate::common::user("anika", &[]), crate::common::user("berg", &[])]));
    let other = "another key of 32 bytes, or more";
    for end in ["json", "jsonl", "sarif"] {
        let (plain, hashed) = (format!("plain.{end}"), format!("hashed.{end}"));
        scratch.run(["check", "in.jsonl", "--output", &plain]).exits(1);
        redacted(&scratch, KEY, &["in.jsonl", "--output", &hashed]).exits(1);
        redacted(&scratch, KEY, &["in.jsonl", "--baseline", &hashed]).exits(0);
        scratch.run(["check", "in.jsonl", "--baseline", &plain]).exits(0);
        redacted(&scratch, other, &["in.jsonl", "--baseline", &hashed])
            .fails_with(2, &["another key", "TAGLINT_REDACT_KEY"]);
        redacted(&scratch, KEY, &["in.jsonl", "--baseline", &plain]).fails_with(2, &["it is not redacted"]);
        scratch
            .run(["check", "in.jsonl", "--baseline", &hashed])
            .fails_with(2, &["it is redacted, and this run is not"]);
        // Without the variable the key is random.
        scratch.run(["check", "in.jsonl", "--redact", "--baseline", &hashed]).fails_with(2, &["random key"]);
        // A report of an earlier taglint has no key check. It is used if a finding of it is recognized.
        let old = scratch.read(&hashed);
        let start = old.find("redaction").expect("a key check");
        let name = &old[start..start + old[start..].find('"').unwrap()];
        scratch.file(&hashed, old.replace(name, "older"));
        redacted(&scratch, KEY, &["in.jsonl", "--baseline", &hashed]).fails_with(0, &["without a key check"]);
        redacted(&scratch, other, &["in.jsonl", "--baseline", &hashed])
            .fails_with(2, &["none of its findings was recognized"]);
        scratch.run(["check", "in.jsonl", "--baseline", &hashed]).fails_with(2, &["it is redacted"]);
    }
    // Lines of several reports.
    redacted(&scratch, KEY, &["in.jsonl", "--output", "one.jsonl"]);
    redacted(&scratch, other, &["in.jsonl", "--output", "two.jsonl"]);
    scratch.file("both.jsonl", scratch.read("one.jsonl") + &scratch.read("two.jsonl"));
    redacted(&scratch, KEY, &["in.jsonl", "--baseline", "both.jsonl"]).fails_with(2, &["different keys"]);
    redacted(&scratch, "fifteen bytes..", &["in.jsonl"])
        .fails_with(2, &["TAGLINT_REDACT_KEY has 15 bytes", "needs 16"]);
}
