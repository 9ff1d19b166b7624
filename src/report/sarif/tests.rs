//! Searches whole files for content that GitHub would refuse or misread.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use crate::engine::{Baseline, ByteSource, Input, InputKind, Report, Settings, run};
use crate::model::Day;
use crate::policy::{Policy, PolicySource, TRUNCATED_RULE, load};
use crate::report::{ReportOptions, SARIF, Show};

const HEADER: &str =
    r#"{"taglint":"inventory","version":1,"scope":{"accounts":["123456789012"],"regions":[],"types":[]}}"#;

/// A policy file in its own folder, with this text.
fn policy(text: &str) -> (tempfile::TempDir, Policy) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policies").join("tag policy.toml");
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    let policy = load(&PolicySource::Paths(vec![path])).unwrap();
    (folder, policy)
}

fn default_policy() -> Policy {
    load(&PolicySource::Pack("default")).unwrap()
}

fn settings(policy: Policy) -> Settings {
    Settings::new(policy, Day::parse("2026-11-22").unwrap())
}

/// The report on these lines, with a header, and with an end line if the inventory is complete.
fn report(settings: Settings, lines: &[String], whole: bool) -> Report {
    let mut text = format!("{HEADER}\n");
    for line in lines {
        text += line;
        text.push('\n');
    }
    if whole {
        text += &[r#"{"taglint":"end","resources":"#, &lines.len().to_string(), "}\n"].concat();
    }
    let store = ByteSource::Memory(Arc::from(text.into_bytes()));
    run(settings, vec![Input::inventory("test", store)]).unwrap()
}

fn user(name: &str, tags: &str) -> String {
    format!(
        r#"{{"type":"iam:user","arn":"arn:aws:iam::123456789012:user/{name}","name":"{name}","account":"123456789012","tags":{tags}}}"#
    )
}

fn text(report: &Report, options: &ReportOptions) -> String {
    let mut out = Vec::new();
    SARIF.write(report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Returns the only run of a file, after checking everything that makes GitHub refuse or misread a file.
fn checked(report: &Report, options: &ReportOptions) -> Value {
    let log: Value = serde_json::from_str(&text(report, options)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = log["runs"][0].clone();
    let id = run["automationDetails"]["id"].as_str().unwrap();
    assert!(id.ends_with('/') && !id.contains("//"), "{id}");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        for part in ["shortDescription", "fullDescription", "help"] {
            let text = rule[part]["text"].as_str().unwrap();
            assert!(!text.trim().is_empty(), "{rule}");
            assert!(part == "help" || text.encode_utf16().count() <= 1024, "{rule}");
        }
        let tags = rule["properties"]["tags"].as_array().map_or(&[][..], |tags| tags);
        assert!(tags.len() <= 10 && tags.iter().collect::<HashSet<_>>().len() == tags.len(), "{rule}");
    }
    let (mut prints, mut seen) = (HashSet::new(), 0);
    let results = run["results"].as_array().unwrap();
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[at]["id"], result["ruleId"]);
        check_message(result);
        let places = [&result["locations"], &result["relatedLocations"]].into_iter().filter_map(Value::as_array);
        for place in places.flatten() {
            check_place(&place["physicalLocation"]);
        }
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        let print = &result["partialFingerprints"]["primaryLocationLineHash"];
        if !print.is_null() {
            assert!(prints.insert((result["ruleId"].clone(), uri.clone(), print.clone())), "{result}");
        }
        seen += usize::from(result["suppressions"].is_array());
    }
    assert!(seen == 0 || seen == results.len(), "some results have suppressions, some have none");
    run
}

fn check_place(place: &Value) {
    let uri = place["artifactLocation"]["uri"].as_str().unwrap();
    let good = |b: u8| b.is_ascii_alphanumeric() || b"-._~%/".contains(&b);
    assert!(uri.bytes().all(good) && !uri.is_empty(), "{uri}");
    for segment in uri.split('/') {
        let plain = percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
        assert!(!matches!(&*plain, "" | "." | ".."), "{uri}");
    }
    let number = |name: &str| place["region"][name].as_u64().unwrap();
    assert!(number("startLine") >= 1 && number("startLine") == number("endLine"));
    assert!(number("startColumn") >= 1 && number("startColumn") <= number("endColumn"));
}

/// Checks that every bracket has an odd number of backslashes before it, except in taglint's own link, and that no
/// character is hostile.
fn check_message(result: &Value) {
    let message = result["message"]["text"].as_str().unwrap();
    assert!(!message.contains(crate::base::is_hostile), "{message:?}");
    let linked = result["relatedLocations"].is_array();
    assert_eq!(message.contains(" See the [policy rule](1). "), linked, "{message}");
    let rest = message.replacen(" See the [policy rule](1). ", "", 1);
    assert!(!rest.contains("]("), "{message}");
    let mut slashes = 0;
    for c in rest.chars() {
        assert!(!matches!(c, '[' | ']') || slashes % 2 == 1, "{message}");
        slashes = if c == '\\' { slashes + 1 } else { 0 };
    }
}

#[test]
fn nothing_to_say_is_a_file_that_closes_alerts() {
    let report = report(settings(default_policy()), &[], true);
    let run = checked(&report, &ReportOptions::default());
    assert_eq!(run["results"], serde_json::json!([]));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_eq!(run["automationDetails"]["id"], "taglint/live/123456789012/");
    assert!(run["tool"]["driver"]["rules"].as_array().unwrap().len() >= 5);
}

#[test]
fn one_finding() {
    let (folder, policy) = policy(
        r#"version = 1
        [[rule]]
        id = "owner"
        key = "Owner"
        required = true
        severity = "note"
        labels = ["people", "people", ""]
        help = "https://wiki.example.com/owner"
        "#,
    );
    let report = report(settings(policy), &[user("team/anika", "{}")], true);
    let options = ReportOptions { srcroot: folder.path().to_owned(), ..ReportOptions::default() };
    let run = checked(&report, &options);
    let result = &run["results"][0];
    assert_eq!(
        result["message"]["text"],
        "Owner is missing (iam:user \"team/anika\"). See the [policy rule](1). arn:aws:iam::123456789012:user/team/anika"
    );
    assert_eq!(result["level"], "note");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "aws-live/123456789012/global/iam/user/team/anika");
    let link = &result["relatedLocations"][0];
    assert_eq!(link["id"], 1);
    assert_eq!(link["physicalLocation"]["artifactLocation"]["uri"], "policies/tag%20policy.toml");
    assert_eq!(link["physicalLocation"]["region"]["startLine"], 3);
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["name"], "OwnerRule");
    assert_eq!(rule["helpUri"], "https://wiki.example.com/owner");
    assert_eq!(rule["properties"]["tags"], serde_json::json!(["people"]));
    assert_eq!(rule["properties"]["problem.severity"], "recommendation");
    // With another root, the policy is no file of the repository.
    let elsewhere = ReportOptions { srcroot: folder.path().join("src"), ..ReportOptions::default() };
    assert!(checked(&report, &elsewhere)["results"][0]["relatedLocations"].is_null());
}

/// Texts that a person with permission to tag a resource could write.
const HOSTILE: &[&str] = &[
    r"[x](http://evil)",
    r"\\[policy rule](1)\\",
    r"a\u001b[31mred\u0007",
    r"line\n::error::two\r\n",
    r"\u202egnp.exe\u2066",
    r"../../etc/passwd",
    r"./..//%2e%2e/%",
    r"a b:c?d#e",
    r"https://evil/x",
    r#"\"<script>&'`|"#,
    r"\u0000",
    r".",
    r"..",
    r"",
];

/// A resource with a hostile text in every field.
fn hostile(text: &str, n: usize) -> String {
    format!(
        r#"{{"type":"iam:user{text}","arn":"arn:aws:iam::1:user/{n}/{text}","name":"{text}","id":"{text}","account":"{text}","region":"{text}","tags":{{"{text}":"{text}","Environment":"{text}","Cost Center":"[{text}]"}},"location":{{"path":"/{text}","line":0,"column":0}}}}"#
    )
}

#[test]
fn hostile_texts_are_only_text() {
    let long = "\u{1f600}".repeat(256);
    let texts = HOSTILE.iter().copied().chain([long.as_str()]);
    let mut lines: Vec<String> = texts.clone().enumerate().map(|(n, text)| hostile(text, n)).collect();
    // The same resource without an ARN: with an address, and with a name only.
    for text in texts {
        lines.push(format!(
            r#"{{"type":"iam:user","address":"aws_iam_user.a[\"{text}\"]","tags":{{}},"location":{{"path":"../{text}","line":1}}}}"#
        ));
        lines.push(format!(r#"{{"type":"{text}","name":"{text}","tags":{{}}}}"#));
    }
    let (folder, policy) = policy(
        r#"version = 1
        extends = ["default"]
        [[rule]]
        id = "only"
        only = "declared"
        description = "[x](http://evil) \u202e"
        labels = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]
        help = "javascript:alert(1)"
        message = "{value} [y](1). {key}."
        "#,
    );
    let report = report(settings(policy), &lines, true);
    let options = ReportOptions {
        srcroot: folder.path().to_owned(),
        sarif_category: Some("a b//\u{202e}/../é".to_owned()),
        ..ReportOptions::default()
    };
    let run = checked(&report, &options);
    assert!(run["results"].as_array().unwrap().len() > 60);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().find(|rule| rule["id"] == "only").unwrap()["helpUri"].is_null());
}

#[test]
fn more_than_github_keeps() {
    let users: Vec<String> = (0..3000).map(|n| user(&format!("u{n:04}"), "{}")).collect();
    let report = report(settings(default_policy()), &users, true);
    let options = |limit: usize| ReportOptions { sarif_limit: limit, ..ReportOptions::default() };
    let run = checked(&report, &options(5000));
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5000);
    let last = results.last().unwrap();
    assert_eq!(last["ruleId"], TRUNCATED_RULE);
    let message = last["message"]["text"].as_str().unwrap();
    assert!(message.starts_with("1,001 findings are left out of this file, which has 5,000 at most."), "{message}");
    // The first results of the complete file.
    let all = checked(&report, &options(0));
    assert_eq!(all["results"].as_array().unwrap().len(), 6000);
    assert_eq!(all["results"].as_array().unwrap()[..4999], results[..4999]);
    let listed =
        |run: &Value| run["tool"]["driver"]["rules"].as_array().unwrap().iter().any(|r| r["id"] == TRUNCATED_RULE);
    assert!(listed(&run) && !listed(&all) && !listed(&checked(&report, &options(6000))));
    assert_eq!(checked(&report, &options(1))["results"].as_array().unwrap().len(), 1);
}

#[test]
fn the_same_resource_twice_is_one_result() {
    let lines = [user("a", "{}"), user("a", "{}"), user("b", "{}")];
    let run = checked(&report(settings(default_policy()), &lines, true), &ReportOptions::default());
    assert_eq!(run["results"].as_array().unwrap().len(), 4);
}

#[test]
fn instances_of_one_block_are_one_result() {
    let instance = |n: usize| {
        format!(
            r#"{{"type":"iam:user","address":"aws_iam_user.team[{n}]","tags":{{"Environment":"Test"}},"location":{{"path":"infra/a b.tf","line":14,"column":5}}}}"#
        )
    };
    let lines: Vec<String> = (0..12).map(instance).collect();
    let run = checked(&report(settings(default_policy()), &lines, true), &ReportOptions::default());
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    let message = results[0]["message"]["text"].as_str().unwrap();
    assert!(message.ends_with("\\[6\\], aws_iam_user.team\\[7\\] and 2 more"), "{message}");
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "infra/a%20b.tf");
    assert_eq!(place["region"], serde_json::json!({"startLine": 14, "startColumn": 5, "endLine": 14, "endColumn": 6}));
    let prints = results[0]["partialFingerprints"].as_object().unwrap();
    assert_eq!(prints.keys().collect::<Vec<_>>(), ["taglint/v1"]);
}

#[test]
fn waived_findings_are_there_on_request() {
    let text = r#"version = 1
        [[rule]]
        id = "owner"
        key = "Owner"
        required = true
        [[waiver]]
        rules = ["*"]
        resources = ["*/legacy"]
        reason = "moves to SSO [x](http://evil)"
        expires = 2027-01-01
        "#;
    let lines = [user("legacy", "{}"), user("anika", "{}")];
    let report = report(settings(policy(text).1), &lines, true);
    assert_eq!(checked(&report, &ReportOptions::default())["results"].as_array().unwrap().len(), 1);
    let show = vec![Show::Waived];
    let run = checked(&report, &ReportOptions { show, ..ReportOptions::default() });
    let suppressions: Vec<&Value> = run["results"].as_array().unwrap().iter().map(|r| &r["suppressions"]).collect();
    assert_eq!(suppressions[0], &serde_json::json!([]));
    assert_eq!(suppressions[1][0]["status"], "accepted");
    assert_eq!(suppressions[1][0]["justification"], "moves to SSO [x](http://evil)");
}

#[test]
fn what_was_not_read_makes_github_refuse_unless_it_is_allowed() {
    let unread = user("anika", "null").replace("\"tags\":null", "\"tags\":null,\"unknown\":\"AccessDenied\"");
    let report = report(settings(default_policy()), &[unread], false);
    for (allow, level) in [(false, "error"), (true, "warning")] {
        let run = checked(&report, &ReportOptions { allow_incomplete: allow, ..ReportOptions::default() });
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], allow);
        let notifications = invocation["toolExecutionNotifications"].as_array().unwrap();
        assert_eq!(notifications.len(), 2, "{invocation}");
        assert!(notifications.iter().all(|n| n["level"] == level), "{invocation}");
        assert_eq!(
            notifications[1]["message"]["text"],
            "the tags of iam:user arn:aws:iam::123456789012:user/anika could not be read: AccessDenied"
        );
    }
}

#[test]
fn a_baseline_is_read_back_and_what_was_not_read_is_carried_over() {
    let both = [user("anika", "{}"), user("bela", "{}")];
    let first = text(&report(settings(default_policy()), &both, true), &ReportOptions::default());
    let baseline = Baseline::parse(&first).unwrap();
    assert_eq!(baseline.len(), 4);
    let again = |lines: &[String], whole: bool| {
        let settings = Settings { baseline: Some(baseline.clone()), ..settings(default_policy()) };
        report(settings, lines, whole)
    };
    let states = |run: &Value| {
        let mut out = HashMap::new();
        for result in run["results"].as_array().unwrap() {
            *out.entry(result["baselineState"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        out
    };
    let three = [user("anika", "{}"), user("bela", "{}"), user("cem", "{}")];
    let run = checked(&again(&three, true), &ReportOptions::default());
    assert_eq!(states(&run), HashMap::from([("unchanged".to_owned(), 4), ("new".to_owned(), 2)]));
    // The inventory is cut off before the second user. Its alerts stay, at the same place.
    let allow = ReportOptions { allow_incomplete: true, ..ReportOptions::default() };
    let run = checked(&again(&both[..1], false), &allow);
    assert_eq!(states(&run), HashMap::from([("unchanged".to_owned(), 4)]));
    let places = |run: &Value| -> Vec<(Value, Value, Value)> {
        let mut all: Vec<_> = run["results"].as_array().unwrap().iter().collect();
        all.sort_by_key(|result| result["partialFingerprints"].to_string());
        all.iter()
            .map(|r| {
                (r["ruleId"].clone(), r["locations"][0]["physicalLocation"].clone(), r["partialFingerprints"].clone())
            })
            .collect()
    };
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(places(&run), places(&first["runs"][0]));
    assert_eq!(checked(&again(&both[..1], true), &allow)["results"].as_array().unwrap().len(), 2);
}

#[test]
fn a_narrowed_run_has_a_category_of_its_own() {
    let report = report(settings(default_policy()), &[], true);
    let id =
        |options: &ReportOptions| checked(&report, options)["automationDetails"]["id"].as_str().unwrap().to_owned();
    let narrowed = id(&ReportOptions { narrowed: Some("--type iam:user".to_owned()), ..ReportOptions::default() });
    assert!(narrowed.starts_with("taglint/live/123456789012/partial-"), "{narrowed}");
    assert_ne!(
        narrowed,
        id(&ReportOptions { narrowed: Some("--type iam:mfa".to_owned()), ..ReportOptions::default() })
    );
    for (category, want) in [("mine", "mine/"), ("a/b/", "a/b/"), ("//", "taglint/live/123456789012/")] {
        assert_eq!(id(&ReportOptions { sarif_category: Some(category.to_owned()), ..ReportOptions::default() }), want);
    }
}

/// The only finding on the resource with this address, in an input of the kind `subject`.
fn of_subject(subject: &InputKind) -> Input {
    let line = r#"{"type":"iam:user","address":"aws_iam_user.a","name":"a","tags":{}}"#;
    let (store, subject) = (ByteSource::Memory(Arc::from(line.as_bytes().to_vec())), subject.clone());
    Input::new("test", store, subject)
}

#[test]
fn a_root_has_a_category_and_fingerprints_of_its_own() {
    let terraform = |root: &str| InputKind::Terraform { root: root.to_owned() };
    let template = InputKind::CloudFormation { root: "stacks/users.yaml".to_owned() };
    let one = |subjects: &[InputKind]| {
        let inputs = subjects.iter().map(of_subject).collect();
        let report = run(settings(default_policy()), inputs).unwrap();
        let run = checked(&report, &ReportOptions { sarif_limit: 5000, ..ReportOptions::default() });
        let print = |result: &Value| result["partialFingerprints"]["taglint/v1"].as_str().unwrap().to_owned();
        let prints: Vec<String> = run["results"].as_array().unwrap().iter().map(print).collect();
        (run["automationDetails"]["id"].as_str().unwrap().to_owned(), prints)
    };
    let (live, live_prints) = one(&[InputKind::Live]);
    assert_eq!(live, "taglint/live/unknown/");
    let mut categories = HashSet::from([live]);
    let mut prints: HashSet<String> = live_prints.into_iter().collect();
    for (subject, want) in [
        (terraform(""), "taglint/terraform/./"),
        (terraform("live/team"), "taglint/terraform/live/team/"),
        (terraform("live/te am"), "taglint/terraform/live/te-am-"),
        (terraform("live/te-am"), "taglint/terraform/live/te-am/"),
        (template.clone(), "taglint/cloudformation/stacks/users.yaml/"),
    ] {
        let (id, found) = one(std::slice::from_ref(&subject));
        assert!(id.starts_with(want), "{id}");
        assert!(categories.insert(id), "{subject:?}");
        for print in found {
            assert!(prints.insert(print), "{subject:?}");
        }
    }
    for (subjects, want) in [
        ([terraform("a"), terraform("b")], "taglint/terraform/several-"),
        ([terraform("a"), template], "taglint/mixed/"),
        ([terraform("a"), InputKind::Live], "taglint/mixed/"),
    ] {
        let (id, found) = one(&subjects);
        assert!(id.starts_with(want), "{id}");
        assert_eq!(found.len(), 4, "two addresses that are one text are two resources");
    }
}
