//! Targets: the least share of resources that comply with rules, in every report format and in the exit code.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::common::{Run, Scratch, inventory};

const RULE: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nseverity = \"note\"\n";
const FORMATS: [&str; 10] =
    ["text", "json", "jsonl", "sarif", "markdown", "html", "github", "junit", "csv", "gitlab-codequality"];
const A: &str = "111122223333";
const B: &str = "444455556666";

fn policy(target: &str) -> String {
    format!("{RULE}[[target]]\nid = \"share\"\nrules = [\"owner\"]\n{target}\n")
}

/// Users of an account, the first `good` of them with an owner.
fn users(account: &str, good: usize, bad: usize) -> Vec<String> {
    let user = |at: usize| {
        let tags = if at < good { json!({"Owner": "x"}) } else { json!({}) };
        let arn = format!("arn:aws:iam::{account}:user/u{at}");
        json!({"type": "iam:user", "arn": arn, "name": format!("u{at}"), "account": account, "tags": tags}).to_string()
    };
    (0..good + bad).map(user).collect()
}

fn scratch(policy: &str, lines: &[String]) -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", policy);
    scratch.file("in.jsonl", inventory(lines));
    scratch
}

fn check(scratch: &Scratch, format: &str, more: &[&str]) -> Run {
    scratch.run([&["check", "in.jsonl", "--now", "2026-11-22", "--format", format], more].concat())
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

/// The states of the targets by account.
fn states(scratch: &Scratch) -> Vec<(String, String)> {
    let report = json(&check(scratch, "json", &["--allow-incomplete"]));
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let targets = report["targets"].as_array().unwrap().iter();
    targets.map(|one| (text(&one["account"]), text(&one["state"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(account, state)| ((*account).to_owned(), (*state).to_owned())).collect()
}

#[test]
fn a_missed_target_is_one_finding_in_every_format() {
    let scratch = scratch(&policy("compliant = \"95%\""), &users(A, 187, 16));
    let figures = "92.11% of 203 resources comply with `owner`; the target is 95%";
    for format in FORMATS {
        let run = check(&scratch, format, &[]);
        assert_eq!(run.code, 1, "{format}: {}{}", run.stdout, run.stderr);
        let plain = run.stdout.replace("%25", "%");
        assert!(plain.contains("92.11% of 203 resources comply with"), "{format}: {}", run.stdout);
    }
    let report = json(&check(&scratch, "json", &[]));
    let errors: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "error").collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (&errors[0]["rule"], &errors[0]["kind"], &errors[0]["message"]),
        (&json!("share"), &json!("target"), &json!(figures))
    );
    assert_eq!(report["summary"]["findings"], json!({"error": 1, "note": 16, "warning": 0}));
    let target = &report["targets"][0];
    assert_eq!(target["resources"], json!({"compliant": 187, "uncertain": 0, "unknown": 0, "violating": 16}));
    assert_eq!((&target["at-least"], &target["required"]), (&json!(92.11), &json!(95.0)));
    let sarif = json(&check(&scratch, "sarif", &[]));
    let run = &sarif["runs"][0];
    let result = run["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == "share").unwrap();
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "share");
    assert_eq!(result["level"], "error");
    assert!(check(&scratch, "junit", &[]).stdout.contains("<testsuite name=\"targets\" tests=\"1\" failures=\"1\""));
}

#[test]
fn the_share_decides_with_all_that_is_unknown() {
    let unread = |n: usize| {
        let line = |at| {
            format!(
                "{{\"type\":\"iam:user\",\"name\":\"x{at}\",\"account\":\"{A}\",\"tags\":null,\"unknown\":\"AccessDenied\"}}"
            )
        };
        (0..n).map(line).collect::<Vec<_>>()
    };
    for (good, bad, unknown, target, state) in [
        (19, 1, 0, "95%", "met"),
        (18, 1, 0, "95%", "missed"),
        (18, 1, 1, "95%", "unknown"),
        (17, 2, 1, "95%", "missed"),
        (39, 1, 0, "97.5%", "met"),
        (40, 0, 10, "80%", "met"),
        (40, 0, 10, "80.01%", "unknown"),
    ] {
        let lines = [users(A, good, bad), unread(unknown)].concat();
        let scratch = scratch(&policy(&format!("compliant = \"{target}\"")), &lines);
        assert_eq!(states(&scratch), pairs(&[("-", state)]), "{good} {bad} {unknown} {target}");
    }
}

#[test]
fn an_unknown_target_is_said_in_every_format() {
    let doubt = json!({"type": "iam:user", "name": "x", "account": A, "tags": {"Owner": null}}).to_string();
    let policy = policy("compliant = \"100%\"").replace("required = true", "values = [\"x\"]\nrequired = true");
    let scratch = scratch(&policy, &[users(A, 9, 0), vec![doubt]].concat());
    for format in FORMATS {
        let run = check(&scratch, format, &[]);
        assert_eq!(run.code, 0, "{format}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("the results of 1 resource are unknown"), "{format}: {}", run.stdout);
        assert!(run.stdout.contains("share"), "{format}");
    }
    assert_eq!(check(&scratch, "text", &["--fail-on-unknown"]).code, 1);
}

#[test]
fn a_gap_in_the_scope_is_never_met() {
    let lines = |gap: &str| {
        let mut text =
            "{\"taglint\":\"inventory\",\"version\":1,\"scope\":{\"accounts\":[\"111122223333\",\"444455556666\"]}}\n"
                .to_owned();
        let users = [users(A, 20, 0), users(B, 18, 2)].concat();
        for line in &users {
            writeln!(text, "{line}").unwrap();
        }
        writeln!(text, "{{\"taglint\":\"end\",\"resources\":40,\"unread\":[{gap}]}}").unwrap();
        text
    };
    let gap_of_a = "{\"account\":\"111122223333\",\"type\":\"iam:user\",\"error\":\"AccessDenied\"}";
    let gap_of_other_type = "{\"account\":\"111122223333\",\"type\":\"s3:bucket\",\"error\":\"AccessDenied\"}";
    let gap_of_b = "{\"account\":\"444455556666\",\"error\":\"AccessDenied\"}";
    for (gap, within, compliant, expected) in [
        ("", "all", "95%", vec![("-", "met")]),
        (gap_of_a, "all", "95%", vec![("-", "unknown")]),
        (gap_of_a, "account", "95%", vec![(A, "unknown"), (B, "missed")]),
        (gap_of_other_type, "account", "90%", vec![(A, "met"), (B, "met")]),
        (gap_of_b, "account", "95%", vec![(A, "met"), (B, "unknown")]),
        // Nothing that was not read makes a violation comply.
        (gap_of_b, "account", "100%", vec![(A, "met"), (B, "missed")]),
    ] {
        let rule = policy(&format!("compliant = \"{compliant}\"\nwithin = \"{within}\""));
        let rule = rule.replace("required = true", "required = true\nresources = [\"iam:user\"]");
        let scratch = scratch(&rule, &[]);
        scratch.file("in.jsonl", lines(gap));
        assert_eq!(states(&scratch), pairs(&expected), "{gap} {within}");
    }
}

#[test]
fn accounts_that_are_not_known_are_in_doubt() {
    let floating = |good: usize, bad: usize| -> Vec<String> {
        users("", good, bad).iter().map(|line| line.replace("\"account\":\"\",", "")).collect()
    };
    for (lines, expected) in [
        (floating(19, 0), vec![("", "met")]),
        (floating(19, 1), vec![("", "unknown")]),
        (floating(18, 2), vec![("", "missed")]),
        ([users(A, 20, 0), floating(0, 1)].concat(), vec![("", "unknown"), (A, "met")]),
        ([users(A, 20, 0), floating(0, 2)].concat(), vec![("", "unknown"), (A, "unknown")]),
        ([users(A, 9, 1), floating(20, 0)].concat(), vec![("", "met"), (A, "unknown")]),
    ] {
        let scratch = scratch(&policy("compliant = \"95%\"\nwithin = \"account\""), &lines);
        assert_eq!(states(&scratch), pairs(&expected));
    }
}

#[test]
fn only_resources_to_which_a_rule_applies_count() {
    let policy = policy("compliant = \"50%\"") + "[[rule]]\nid = \"other\"\nkey = \"X\"\nrequired = true\n";
    let policy = policy.replace("severity = \"note\"\n", "severity = \"note\"\nwhen.name = [\"u1\", \"u2\"]\n");
    let scratch = scratch(&policy, &users(A, 2, 8));
    let report = json(&check(&scratch, "json", &[]));
    assert_eq!(
        report["targets"][0]["resources"],
        json!({"compliant": 1, "uncertain": 0, "unknown": 0, "violating": 1})
    );
    assert_eq!(report["targets"][0]["state"], "met");
    // Neither --ignore nor the prefilter hides the rules from their target, and a waiver does not improve a share.
    let ignored = json(&check(&scratch, "json", &["--select", "other"]));
    assert_eq!(ignored["targets"], report["targets"]);
    let slow = scratch.command(["check", "in.jsonl", "--format", "json"]).env("TAGLINT_SLOW", "1").output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&slow.stdout).unwrap()["targets"], report["targets"]);
    let waiver = "[[waiver]]\nrules = [\"owner\"]\nresources = [\"*\"]\nreason = \"x\"\nexpires = 2030-01-01\n";
    scratch.file("taglint.toml", policy + waiver);
    assert_eq!(json(&check(&scratch, "json", &[]))["targets"], report["targets"]);
}

#[test]
fn a_resource_that_may_not_exist_makes_no_target_sure() {
    let template = "Parameters:\n  P: {Type: String}\nConditions:\n  C: !Equals [!Ref P, x]\nResources:\n  A:\n    Type: AWS::IAM::User\n    \
                    Condition: C\n    Properties: {Tags: [{Key: Owner, Value: x}]}\n  B:\n    Type: AWS::IAM::User\n";
    for (compliant, state) in [("60%", "missed"), ("50%", "unknown")] {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", policy(&format!("compliant = \"{compliant}\"")));
        scratch.file("t.yaml", template);
        let report = json(&scratch.run(["check", "t.yaml", "--format", "json"]));
        assert_eq!(report["targets"][0]["state"], state, "{report}");
    }
}

#[test]
fn the_baseline_knows_a_missed_target() {
    let scratch =
        scratch(&policy("compliant = \"95%\"\nwithin = \"account\""), &[users(A, 1, 1), users(B, 4, 0)].concat());
    for format in ["json", "jsonl", "sarif"] {
        let file = format!("base.{format}");
        std::fs::write(scratch.path().join(&file), check(&scratch, format, &[]).stdout).unwrap();
        let again = json(&check(&scratch, "json", &["--baseline", &file]));
        assert_eq!(again["summary"]["new"], json!({"error": 0, "note": 0, "warning": 0}), "{format}");
        assert_eq!(check(&scratch, "text", &["--baseline", &file]).code, 0, "{format}");
    }
    // The share changes, the finding stays the same one; when the target is met it is gone.
    scratch.file("in.jsonl", inventory(&[users(A, 2, 1), users(B, 1, 1)].concat()));
    let again = json(&check(&scratch, "json", &["--baseline", "base.json"]));
    assert_eq!(again["summary"]["new"]["error"], 1, "{again}");
    scratch.file("in.jsonl", inventory(&users(A, 2, 0)));
    let met = json(&check(&scratch, "json", &["--baseline", "base.json"]));
    let gone: Vec<&Value> = met["gone"].as_array().unwrap().iter().filter(|gone| gone["rule"] == "share").collect();
    assert_eq!(gone, [&json!({"rule": "share", "resource": A, "state": "gone"})]);
    // An unread part of the account keeps it open.
    let unread = inventory(&users(A, 2, 0)).replace("\"unread\":[]", "\"unread\":[{\"error\":\"AccessDenied\"}]");
    scratch.file("in.jsonl", unread);
    let unknown = json(&check(&scratch, "json", &["--baseline", "base.json", "--allow-incomplete"]));
    let states: Vec<&Value> = unknown["gone"].as_array().unwrap().iter().map(|gone| &gone["state"]).collect();
    assert!(states.iter().all(|state| **state == "unread"), "{unknown}");
}

#[test]
fn sarif_of_accounts_and_redaction_keep_each_missed_target_once() {
    let policy = policy("compliant = \"95%\"\nwithin = \"account\"")
        + "[[target]]\nid = \"total\"\nrules = [\"*\"]\ncompliant = \"99%\"\nseverity = \"warning\"\n";
    let scratch = scratch(&policy, &[users(A, 1, 1), users(B, 4, 0)].concat());
    scratch.run(["check", "in.jsonl", "--sarif-split", "split"]);
    let count = |file: &str| {
        let text = std::fs::read_to_string(scratch.path().join("split").join(file)).unwrap();
        let run: Value = serde_json::from_str(&text).unwrap();
        let results = run["runs"][0]["results"].as_array().unwrap().iter();
        results.filter(|result| result["ruleId"] == "share" || result["ruleId"] == "total").count()
    };
    assert_eq!((count("111122223333.sarif"), count("444455556666.sarif"), count("unknown.sarif")), (1, 0, 1));
    let redacted = check(&scratch, "json", &["--redact"]);
    assert!(!redacted.stdout.contains(A) && redacted.stdout.contains("50% of 2 resources"), "{}", redacted.stdout);
}

#[test]
fn extended_targets_are_inherited_replaced_and_disabled() {
    let scratch = scratch("", &users(A, 1, 1));
    scratch.file("base.toml", policy("compliant = \"95%\""));
    let own = |rest: &str| scratch.file("taglint.toml", format!("version = 1\nextends = [\"./base.toml\"]\n{rest}"));
    own("");
    assert_eq!(check(&scratch, "text", &[]).code, 1);
    own("[[target]]\nid = \"share\"\nrules = [\"owner\"]\ncompliant = \"50%\"\n");
    assert_eq!(check(&scratch, "text", &[]).code, 0);
    own("disable = [\"share\"]\n");
    assert_eq!(check(&scratch, "text", &[]).code, 0);
    own("");
    let listed = scratch.run(["policy", "list"]).stdout;
    assert!(listed.lines().any(|line| line.starts_with("share") && line.contains("target")), "{listed}");
    let page = scratch.run(["policy", "explain", "share"]).stdout;
    assert!(page.contains("At least 95% of the resources comply with `owner`") && page.contains("- owner:"), "{page}");
    assert!(scratch.run(["policy", "check"]).stdout.contains("1 rule, 1 target, 0 tests"));
}

/// Memory grows with accounts and targets, not with resources: what is kept is a few counters.
#[test]
fn many_resources_of_many_chunks_are_counted_once() {
    let lines: Vec<String> =
        (0..40).flat_map(|at| users(&format!("{:012}", 100_000_000_000_usize + at), 500, at)).collect();
    let scratch = scratch(&policy("compliant = \"95%\"\nwithin = \"account\""), &lines);
    let report = json(&check(&scratch, "json", &[]));
    let targets = report["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 40);
    for (at, one) in targets.iter().enumerate() {
        assert_eq!(one["resources"]["violating"], at);
        assert_eq!(one["resources"]["compliant"], 500);
        assert_eq!(one["state"], if 500 * 100 >= 95 * (500 + at) { "met" } else { "missed" }, "{at}");
    }
}

/// The alert of a target whose state became unknown stays open in GitHub: an unknown state is no fix.
#[test]
fn the_alert_of_a_target_that_became_unknown_is_carried_over() {
    for within in ["all", "account"] {
        let scratch = scratch(&policy(&format!("compliant = \"95%\"\nwithin = \"{within}\"")), &users(A, 5, 5));
        for (name, format) in [("before.sarif", "sarif"), ("before.json", "json")] {
            scratch.file(name, &check(&scratch, format, &[]).stdout);
        }
        let share = |run: &Run| {
            let sarif = json(run);
            let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
            results.into_iter().filter(|result| result["ruleId"] == "share").collect::<Vec<_>>()
        };
        let before = share(&check(&scratch, "sarif", &[]));
        let unread = inventory(&users(A, 10, 0)).replace(
            "\"unread\":[]",
            &format!("\"unread\":[{{\"account\":\"{A}\",\"type\":\"iam:user\",\"error\":\"AccessDenied\"}}]"),
        );
        for baseline in ["before.sarif", "before.json"] {
            scratch.file("in.jsonl", &unread);
            let after = share(&check(&scratch, "sarif", &["--allow-incomplete", "--baseline", baseline]));
            let [result] = &after[..] else { panic!("{within} {baseline}: {after:?}") };
            assert_eq!(result["baselineState"], "unchanged");
            for field in ["partialFingerprints", "locations"] {
                assert_eq!(result[field], before[0][field], "{within} {baseline} {field}");
            }
            let text = result["message"]["text"].as_str().unwrap();
            assert!(text.contains("its state is unknown in this run"), "{text}");
            // A target that is met is fixed.
            scratch.file("in.jsonl", inventory(&users(A, 10, 0)));
            let met = share(&check(&scratch, "sarif", &["--allow-incomplete", "--baseline", baseline]));
            assert!(met.is_empty(), "{within} {baseline}: {met:?}");
        }
    }
}

#[test]
fn many_missed_targets_are_cut_to_the_worst_ones_with_a_count() {
    let lines: Vec<String> = (1..=12).flat_map(|at| users(&format!("{at:012}"), at, 13 - at)).collect();
    let scratch = scratch(&policy("compliant = \"95%\"\nwithin = \"account\""), &lines);
    let all = check(&scratch, "text", &[]).stdout;
    let cut = check(&scratch, "text", &["--limit", "200"]).stdout;
    assert_eq!([&all, &cut].map(|text| text.matches(" comply with ").count()), [12, 10], "{cut}");
    assert!(cut.contains("and 2 more targets; `--limit 0` shows all"), "{cut}");
    assert!(cut.contains("000000000001: 7.69% of 13") && !cut.contains("000000000012: "), "{cut}");
    let page = check(&scratch, "html", &[]).stdout;
    let (_, page) = page.split_once("<section id=\"targets\"").expect("the section");
    let (first, rest) = page.split_once("<summary>2 more</summary>").expect("a button");
    assert!(first.contains("7.69% of 13 resources comply with owner; the") && rest.contains("92.30% of 13"), "{page}");
}
