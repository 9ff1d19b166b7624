//! Findings on resources in source: their locations, and the comments that waive them.

use serde_json::{Value, json};

use crate::common::{Scratch, inventory};

const POLICY: &str = r#"
version = 1

[[rule]]
id = "environment"
key = "Environment"
required = true
values = ["Production", "Test"]

[[rule]]
id = "owner"
key = "Owner"
required = true

[[rule]]
id = "room"
max-tags = 1
"#;

/// A resource of a plan, at line 10 of main.tf, its tags at line 12, each value in a line of its own.
fn resource(address: &str, tags: &Value, origin: &Value) -> String {
    let mut keys = serde_json::Map::new();
    for (key, line) in tags.as_object().unwrap().keys().zip(13..) {
        keys.insert(key.clone(), json!({"path": "modules/team/main.tf", "line": line, "column": 19}));
    }
    let mut all = json!({
        "type": "aws_iam_user",
        "tags": {"path": "modules/team/main.tf", "line": 12, "column": 3},
        "keys": keys,
        "calls": [{"path": "main.tf", "line": 3, "column": 1}],
    });
    all.as_object_mut().unwrap().extend(origin.as_object().unwrap().clone());
    json!({
        "type": "iam:user", "address": address, "name": address, "tags": tags,
        "location": {"path": "modules/team/main.tf", "line": 10, "column": 1}, "origin": all,
    })
    .to_string()
}

fn check(policy: &str, lines: &[String], format: &str, code: i32) -> crate::common::Run {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", policy);
    scratch.file("in.jsonl", inventory(lines));
    let run = scratch.run(["check", "in.jsonl", "--format", format, "--show", "waived,unknown,passed"]);
    run.exits(code);
    run
}

#[test]
fn a_finding_points_at_the_value_else_at_the_tags_else_at_the_block() {
    let lines = [
        resource("a.wrong", &json!({"Environment": "Prod", "Owner": "x"}), &json!({})),
        resource("b.missing", &json!({"Environment": "Test"}), &json!({})),
        resource("c.none", &json!({}), &json!({"tags": null})),
    ];
    let report = check(POLICY, &lines, "json", 1).json();
    let places: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let (rule, address) = (f["rule"].as_str().unwrap(), f["resource"]["address"].as_str().unwrap());
            format!("{rule} {address} {}:{}", f["location"]["line"], f["location"]["column"])
        })
        .collect();
    let want = [
        "environment a.wrong 13:19",
        "room a.wrong 12:3",
        "owner b.missing 12:3",
        "environment c.none 10:1",
        "owner c.none 10:1",
    ];
    assert_eq!(places, want);
    assert_eq!(report["findings"][0]["calls"], json!([{"path": "main.tf", "line": 3, "column": 1}]));
    for (format, place) in [
        ("text", "modules/team/main.tf:13:19"),
        ("github", "file=modules/team/main.tf,line=13,col=19"),
        ("markdown", "modules/team/main.tf:13"),
        ("csv", "modules/team/main.tf,13"),
        ("junit", "at modules/team/main.tf:13"),
        ("sarif", "\"startColumn\":19,"),
    ] {
        let run = check(POLICY, &lines, format, 1);
        assert!(run.stdout.contains(place), "{format}: {}", run.stdout);
    }
}

#[test]
fn sarif_leads_through_the_module_calls_and_makes_one_result_of_a_block() {
    let lines: Vec<String> =
        (0..12).map(|n| resource(&format!("module.t.a[{n:02}]"), &json!({"Owner": "x"}), &json!({}))).collect();
    let log = check(POLICY, &lines, "sarif", 1).json();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{results:?}");
    let related = results[0]["relatedLocations"].as_array().unwrap();
    let uri = |at: usize| related[at]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
    assert_eq!((uri(0), uri(1), related.len()), ("taglint.toml", "main.tf", 2));
    let text = results[0]["message"]["text"].as_str().unwrap();
    assert!(text.contains("module.t.a\\[09\\]") && text.ends_with(" and 2 more"), "{text}");
    // A baseline knows every instance all the same.
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("in.jsonl", inventory(&lines));
    scratch.run(["check", "in.jsonl", "--output", "b.sarif"]).exits(1);
    let again = scratch.run(["check", "in.jsonl", "--baseline", "b.sarif", "--format", "json"]).exits(0).json();
    assert_eq!((&again["summary"]["new"]["error"], &again["gone"]), (&json!(0), &json!([])));
    let prints: Vec<&String> = results[0]["partialFingerprints"].as_object().unwrap().keys().collect();
    assert_eq!(prints, ["taglint/v1"]);
}

#[test]
fn a_construct_is_named_with_its_resource() {
    let lines = [resource("Users", &json!({"Owner": "x"}), &json!({"construct": "App/Team/Users"}))];
    for format in ["text", "json", "sarif", "github", "markdown"] {
        assert!(check(POLICY, &lines, format, 1).stdout.contains("App/Team/Users"), "{format}");
    }
}

#[test]
fn a_resource_that_others_are_compared_with_is_itself_not_reported() {
    let policy = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nvalues = [\"a\"]\n\
                  [[rule]]\nid = \"id\"\nunique = \"EmployeeId\"\n";
    let lines = [
        resource("a.changed", &json!({"EmployeeId": "7", "Owner": "a"}), &json!({})),
        resource("b.unchanged", &json!({"EmployeeId": "7", "Owner": "b"}), &json!({"context": true})),
    ];
    let scratch = Scratch::new();
    scratch.file("taglint.toml", policy);
    scratch.file("in.jsonl", inventory(&lines));
    let run = scratch.run(["check", "in.jsonl", "--format", "json", "--show", "passed"]);
    let report = run.exits(1).json();
    let rules: Vec<&Value> = report["findings"].as_array().unwrap().iter().map(|f| &f["rule"]).collect();
    assert_eq!(rules, ["id"]);
    assert_eq!((&report["summary"]["resources"], &report["summary"]["violating"]), (&json!(1), &json!(1)));
    assert!(!run.stdout.contains("b.unchanged"), "{}", run.stdout);
}

fn ignoring(rule: &str, line: u32) -> Value {
    json!({"rule": rule, "reason": "OPS-1", "location": {"path": "main.tf", "line": line}})
}

#[test]
fn a_comment_waives_only_where_the_policy_lets_it() {
    let ignores = json!({"ignores": [ignoring("owner", 9), ignoring("environment", 10)]});
    let lines = [resource("a", &json!({"Environment": "Test"}), &ignores)];
    let notices = |report: &Value| -> Vec<String> {
        let all = report["notices"].as_array().unwrap();
        all.iter().map(|n| n["message"].as_str().unwrap().to_owned()).collect()
    };

    let report = check(POLICY, &lines, "json", 1).json();
    assert_eq!(report["summary"]["waived"], 0);
    let why =
        "main.tf:9: the comment that ignores owner has no effect: the policy does not set `inline-waivers = true`";
    assert!(notices(&report).contains(&why.to_owned()), "{report:#}");

    let allowed = format!("{POLICY}\n[policy]\ninline-waivers = true\n");
    let report = check(&allowed, &lines, "json", 0).json();
    assert_eq!(report["summary"]["waived"], 1);
    let waived = &report["findings"][0];
    assert_eq!((&waived["rule"], &waived["waiver"]), (&json!("owner"), &json!({"reason": "OPS-1"})));
    let said = notices(&report);
    assert!(said.contains(&"main.tf:10: the comment that ignores environment waives nothing".to_owned()), "{said:?}");
    assert!(!said.iter().any(|notice| notice.contains("ignores owner")), "{said:?}");
    assert!(check(&allowed, &lines, "text", 0).stdout.contains("(OPS-1, by a comment in source)"));
    assert!(check(&allowed, &lines, "sarif", 0).stdout.contains("\"kind\":\"inSource\""));
}

#[test]
fn a_comment_that_cannot_count_is_named() {
    let policy = format!(
        "{}\n[policy]\ninline-waivers = true\n",
        POLICY.replace("key = \"Owner\"", "key = \"Owner\"\nwaivable = false")
    );
    let ignores = json!({"ignores": [ignoring("owner", 9), ignoring("enviroment", 10)]});
    let run = check(&policy, &[resource("a", &json!({"Environment": "Test"}), &ignores)], "text", 1);
    for notice in [
        "main.tf:9: the comment that ignores owner has no effect: the policy does not allow waivers of this rule",
        "main.tf:10: the comment that ignores enviroment names no rule of the policy; did you mean \"environment\"?",
    ] {
        assert!(run.stdout.contains(notice), "{}", run.stdout);
    }
}

#[test]
fn the_report_names_the_policy_files_that_decided() {
    let line = [resource("a", &json!({"Environment": "Test", "Owner": "x"}), &json!({}))];
    for format in ["text", "json", "markdown", "sarif"] {
        assert!(check(POLICY, &line, format, 1).stdout.contains("taglint.toml"), "{format}");
    }
}

#[test]
fn flags_that_speak_of_source_are_held_to_their_form() {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", inventory(&[]));
    for (flags, words) in [
        (&["--account", "1234"][..], "twelve digits"),
        (&["--region", "Frankfurt"], "eu-central-1"),
        (&["--region", "eu-west-1a"], "eu-central-1"),
        (&["--region", "x-"], "eu-central-1"),
        (&["--stack-tag", "Owner"], "KEY=VALUE"),
        (&["--stack-tag", "A=1", "--stack-tag", "A=2"], "duplicate key"),
        (&["--source", "nowhere"], "no such folder"),
        (&["--changed", "--all"], "cannot be used with"),
    ] {
        let run = scratch.run(["check", "in.jsonl"].iter().chain(flags));
        run.fails_with(2, &[words]);
    }
}

#[test]
fn what_a_plan_makes_is_named_by_its_address_even_where_its_arn_is_known() {
    let arn = "arn:aws:iam::123456789012:user/a";
    let planned = |origin: &Value| {
        json!({"type": "iam:user", "arn": arn, "address": "aws_iam_user.a", "name": "a", "account": "123456789012",
               "tags": {"aws:x": "y", "Environment": "Test"}, "origin": origin})
        .to_string()
    };
    let policy = format!("{POLICY}\n[[rule]]\nid = \"syntax\"\nsyntax = \"service\"\n");
    let rules = |origin: &Value| -> Vec<String> {
        let report = check(&policy, &[planned(origin)], "json", 1).json();
        report["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect()
    };
    // AWS's own tags are on what exists; who writes one into source is refused.
    assert_eq!(rules(&json!({})), ["owner", "syntax"]);
    assert_eq!(rules(&json!({"live": true})), ["owner"]);
    let log = check(&policy, &[planned(&json!({}))], "sarif", 1).json();
    let place = &log["runs"][0]["results"][0]["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "terraform-plan/aws_iam_user/a");
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "aws_iam_user.a");
    // Waivers may name either.
    for name in [arn, "aws_iam_user.a"] {
        let waiver = format!(
            "{POLICY}\n[[waiver]]\nrules = [\"owner\"]\nresources = [\"{name}\"]\nreason = \"r\"\nexpires = 9999-01-01\n"
        );
        check(&waiver, &[planned(&json!({}))], "text", 0);
    }
}
