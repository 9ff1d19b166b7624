//! SARIF files of every sort, held to what GitHub demands. They stay in the build folder, where `.ci/run` puts them
//! through the validator.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{ACCOUNT, Scratch, inventory, line, repository, user};

/// Where the files stay.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sarif");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn sarif(name: &str, input: &str, args: &[&str], code: i32) -> Value {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", input);
    let run = scratch.run(["check", "in.jsonl", "--format", "sarif"].into_iter().chain(args.iter().copied()));
    run.exits(code);
    std::fs::write(folder().join(format!("{name}.sarif")), &run.stdout).expect("a file");
    let sarif = run.json();
    holds_up(&sarif, name);
    sarif
}

/// What GitHub refuses a file for, or what would break its alerts.
fn holds_up(sarif: &Value, name: &str) {
    assert_eq!(sarif["version"], "2.1.0", "{name}");
    assert!(sarif["$schema"].as_str().is_some(), "{name}");
    for run in sarif["runs"].as_array().expect("runs") {
        let rules: Vec<&str> = run["tool"]["driver"]["rules"]
            .as_array()
            .expect("rules")
            .iter()
            .map(|r| r["id"].as_str().expect("an id"))
            .collect();
        assert_eq!(rules.iter().collect::<BTreeSet<_>>().len(), rules.len(), "{name}: a rule stands twice");
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            for text in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
                let text = rule.pointer(text).and_then(Value::as_str).unwrap_or("");
                assert!(!text.trim().is_empty(), "{name}: {rule}");
            }
            assert!(rule["shortDescription"]["text"].as_str().unwrap().chars().count() <= 1024);
        }
        assert!(run["automationDetails"]["id"].as_str().expect("a category").ends_with('/'), "{name}");
        let mut seen = BTreeSet::new();
        for result in run["results"].as_array().expect("results") {
            let id = result["ruleId"].as_str().expect("a rule");
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).unwrap();
            assert_eq!(rules[index], id, "{name}");
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            let location = &result["locations"][0]["physicalLocation"];
            let uri = location["artifactLocation"]["uri"].as_str().expect("a uri");
            let good = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
            assert!(!uri.is_empty() && uri.chars().all(good) && !uri.starts_with('/'), "{name}: {uri}");
            assert!(uri.split('/').all(|part| !["", ".", ".."].contains(&part)), "{name}: {uri}");
            assert!(location["region"]["startLine"].as_u64().is_some_and(|line| line >= 1), "{name}: {location}");
            let print = result["partialFingerprints"]["primaryLocationLineHash"].as_str().expect("a fingerprint");
            assert!(
                seen.insert((id.to_owned(), uri.to_owned(), print.to_owned())),
                "{name}: {uri} {print} stands twice"
            );
            // The result that counts what was left out is none of the findings: a baseline must not read it back.
            if id != "taglint-truncated" {
                assert_eq!(&print[..16], &result["partialFingerprints"]["taglint/v1"].as_str().unwrap()[..16]);
            }
        }
    }
}

#[test]
fn representative_files_hold_up() {
    let example = std::fs::read_to_string(repository("examples/inventory.jsonl")).unwrap();
    let example = sarif("example", &example, &["--allow-incomplete"], 1);
    let run = &example["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 11);
    assert_eq!(run["automationDetails"]["id"], format!("taglint/live/{ACCOUNT}/"));
    let first = &run["results"][0];
    let uri = first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
    assert_eq!(uri, format!("aws-live/{ACCOUNT}/global/iam/mfa/spare-token"));
    assert_eq!(
        first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
        format!("arn:aws:iam::{ACCOUNT}:mfa/spare-token")
    );

    let empty = sarif("empty", &inventory(&[]), &[], 0);
    assert_eq!(empty["runs"][0]["results"], serde_json::json!([]));
    let good = sarif("good", &inventory(&[user("a", &[("Environment", "Test"), ("Cost Center", "12345")])]), &[], 0);
    assert_eq!(good["runs"][0]["results"], serde_json::json!([]));
    sarif("hostile", &inventory(&crate::hostile::lines()), &[], 1);
    let narrowed = sarif("narrowed", &inventory(&[user("a", &[])]), &["--select", "environment"], 1);
    assert!(
        narrowed["runs"][0]["automationDetails"]["id"].as_str().unwrap().contains("partial-"),
        "a narrowed run would close the others' alerts"
    );
    let named = sarif("category", &inventory(&[user("a", &[])]), &["--sarif-category", "nightly"], 1);
    assert_eq!(named["runs"][0]["automationDetails"]["id"], "nightly/");
}

#[test]
fn more_than_the_limit_is_cut_by_us_and_said() {
    let lines: Vec<String> = (0..3_100).map(|i| user(&format!("u{i:05}"), &[])).collect();
    let cut = sarif("cut", &inventory(&lines), &[], 1);
    let results = cut["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    assert_eq!(results[4_999]["ruleId"], "taglint-truncated");
    assert!(results[4_999]["message"]["text"].as_str().unwrap().contains("1,201"), "{}", results[4_999]["message"]);
    let all = sarif("all", &inventory(&lines), &["--sarif-limit", "0"], 1);
    assert_eq!(all["runs"][0]["results"].as_array().unwrap().len(), 6_200);
    std::fs::remove_file(folder().join("all.sarif")).unwrap();
}

#[test]
fn an_incomplete_scan_says_that_it_was_not_successful() {
    let unread = r#"{"type":"iam:user","arn":"arn:aws:iam::123456789012:user/x","name":"x","account":"123456789012","tags":null,"unknown":"AccessDenied: iam:ListUserTags"}"#;
    let input = inventory(&[user("a", &[]), unread.to_owned()]);
    let no = sarif("incomplete", &input, &[], 3);
    let invocation = &no["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert!(invocation["toolExecutionNotifications"].to_string().contains("ListUserTags"));
    // The validator refuses this one, as GitHub does: it is not among those that `.ci/run` validates.
    std::fs::rename(folder().join("incomplete.sarif"), folder().join("incomplete.refused")).unwrap();
    let allowed = sarif("incomplete-allowed", &input, &["--allow-incomplete"], 1);
    assert_eq!(allowed["runs"][0]["invocations"][0]["executionSuccessful"], true);
    assert!(allowed["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string().contains("ListUserTags"));
}

#[test]
fn waived_findings_are_left_out_unless_asked_for_and_the_policy_line_is_linked() {
    let scratch = Scratch::new();
    scratch.file("policies/taglint.toml", "version = 1\nextends = [\"aws\"]\n\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n\n[[rule]]\nid = \"team\"\nkey = \"Team\"\nrequired = true\n[[waiver]]\nrules = [\"team\"]\nresources = [\"*\"]\nreason = \"later [x](http://example.com)\"\nexpires = 2100-01-01\n");
    scratch.file("in.jsonl", inventory(&[user("a", &[])]));
    let args = ["check", "in.jsonl", "--policy", "policies/taglint.toml", "--format", "sarif"];
    let plain = scratch.run(args).exits(1).json();
    let results = plain["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    let related = &results[0]["relatedLocations"][0]["physicalLocation"];
    assert_eq!(related["artifactLocation"]["uri"], "policies/taglint.toml");
    assert_eq!(related["region"]["startLine"], 5);
    let waived = scratch.run(args.into_iter().chain(["--show", "waived"]));
    std::fs::write(folder().join("waived.sarif"), &waived.exits(1).stdout).unwrap();
    let results = waived.json()["runs"][0]["results"].as_array().unwrap().clone();
    let suppressed: Vec<_> =
        results.iter().filter(|r| r["suppressions"].as_array().is_some_and(|s| !s.is_empty())).collect();
    assert_eq!(suppressed.len(), 1);
    assert!(suppressed[0]["suppressions"][0]["justification"].as_str().unwrap().contains("later"));
}

/// A user of any account.
fn user_of(account: &str, name: &str) -> String {
    line("iam:user", &format!("arn:aws:iam::{account}:user/{name}"), name, &[]).replace(ACCOUNT, account)
}

#[test]
fn each_account_has_a_file_and_only_those_not_fully_read_say_so() {
    const ACCOUNTS: [&str; 4] = ["111122223333", "222233334444", "444455556666", "777788889999"];
    let scratch = Scratch::new();
    let header = format!(
        "{{\"taglint\":\"inventory\",\"version\":1,\"scope\":{{\"accounts\":{:?},\"types\":[\"iam:user\"],\"organization\":\"o-example\",\"some-accounts\":true}}}}\n",
        &ACCOUNTS[..3]
    );
    let unread = user_of(ACCOUNTS[1], "c")
        .replace("\"tags\":{}", "\"tags\":null,\"unknown\":\"AccessDenied: iam:ListUserTags\"");
    let lines = [user_of(ACCOUNTS[0], "a"), user_of(ACCOUNTS[0], "b"), user_of(ACCOUNTS[1], "a"), unread];
    let gap = format!(
        "{{\"account\":\"{}\",\"operation\":\"sts:AssumeRole\",\"error\":\"AccessDenied: sts:AssumeRole\"}}",
        ACCOUNTS[3]
    );
    let end = format!("{{\"taglint\":\"end\",\"resources\":{},\"unread\":[{gap}]}}\n", lines.len());
    scratch.file("in.jsonl", header + &lines.join("\n") + "\n" + &end);
    scratch.file("split/000000000000.sarif", "{}");

    let args = ["check", "in.jsonl", "--format", "json", "--sarif-split", "split"];
    let run = scratch.run(args);
    assert!(run.exits(3).stderr.contains("1 other .sarif file of earlier runs"), "{}", run.stderr);
    let all = run.json();
    let mut prints = BTreeSet::new();
    for (account, results, whole) in
        [(ACCOUNTS[0], 4, true), (ACCOUNTS[1], 2, false), (ACCOUNTS[2], 0, true), (ACCOUNTS[3], 0, false)]
    {
        let text = scratch.read(&format!("split/{account}.sarif"));
        let ending = if whole { "sarif" } else { "refused" };
        std::fs::write(folder().join(format!("split-{account}.{ending}")), &text).expect("a file");
        let sarif: Value = serde_json::from_str(&text).unwrap();
        holds_up(&sarif, account);
        let [run] = &sarif["runs"].as_array().unwrap()[..] else { panic!("{account}: not one run") };
        assert_eq!(run["automationDetails"]["id"], format!("taglint/live/{account}/"), "the account itself is whole");
        assert_eq!(run["invocations"][0]["executionSuccessful"], whole, "{account}: {}", run["invocations"]);
        let told = run["invocations"][0]["toolExecutionNotifications"].to_string();
        assert_eq!(told.contains("AccessDenied"), !whole, "{account}: {told}");
        let found = run["results"].as_array().unwrap();
        assert_eq!(found.len(), results, "{account}");
        assert!(found.iter().all(|result| result["locations"].to_string().contains(account)));
        prints.extend(
            found.iter().map(|result| result["partialFingerprints"]["taglint/v1"].as_str().unwrap().to_owned()),
        );
    }
    // Together they say what the whole report says.
    let want: BTreeSet<String> =
        all["findings"].as_array().unwrap().iter().map(|f| f["fingerprint"].as_str().unwrap().to_owned()).collect();
    assert_eq!(prints, want);
    assert_eq!(all["summary"]["violating"], 3, "the report itself is as it was");

    // A category of one's own is one for each account, and nothing of an account's number is in a redacted file's name.
    scratch.run([&args[..], &["--sarif-category", "mine"]].concat()).exits(3);
    assert!(scratch.read("split/111122223333.sarif").contains("\"id\":\"mine/111122223333/\""));
    scratch.run(["check", "in.jsonl", "--redact", "--sarif-split", "secret"]).exits(3);
    let names: Vec<_> =
        std::fs::read_dir(scratch.path().join("secret")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4);
    for name in names {
        let name = name.to_string_lossy().into_owned();
        let text = scratch.read(&format!("secret/{name}"));
        assert!(ACCOUNTS.iter().all(|account| !name.contains(account) && !text.contains(account)), "{name}");
    }
    scratch.file("plain", "");
    scratch.run(["check", "in.jsonl", "--sarif-split", "plain"]).fails_with(2, &["--sarif-split plain"]);
}
