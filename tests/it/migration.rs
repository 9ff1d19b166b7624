//! The policies of docs/migration.md: each is what the import prints, or judges samples as the policy of the other tool does.
//! The expected results follow from the documentation and source that docs/comparison.md names.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::common::{Scratch, inventory, repository};

/// A resource type, its name, its tags, and whether the other tool passes it.
type Sample = (&'static str, &'static str, &'static [(&'static str, &'static str)], bool);

/// The block of a language in a section of the page.
fn block(section: &str, language: &str) -> String {
    let page = std::fs::read_to_string(repository("docs/migration.md")).unwrap();
    let (_, rest) = page.split_once(&format!("\n## {section}\n")).unwrap_or_else(|| panic!("no section {section}"));
    let own = rest.split("\n## ").next().unwrap();
    let (_, text) = own.split_once(&format!("```{language}\n")).unwrap_or_else(|| panic!("no {language} in {section}"));
    text.split("```").next().unwrap().to_owned()
}

/// A resource in Terraform source.
fn terraform((kind, name, tags, _): &Sample) -> (&'static str, String) {
    let mut text = format!("resource \"{kind}\" \"{name}\" {{\n");
    if !tags.is_empty() {
        text += "  tags = {\n";
        for (key, value) in *tags {
            let _ = writeln!(text, "    {key} = {}", json!(value));
        }
        text += "  }\n";
    }
    ("main.tf", text + "}\n")
}

/// A resource in a template.
fn template((kind, name, tags, _): &Sample) -> (&'static str, String) {
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    ("template.json", json!({"Resources": {*name: {"Type": kind, "Properties": {"Tags": tags}}}}).to_string())
}

/// A live resource.
fn live((kind, name, tags, _): &Sample) -> (&'static str, String) {
    let (service, _) = kind.split_once(':').unwrap();
    let tags: serde_json::Map<_, _> = tags.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    let line = json!({"type": kind, "arn": format!("arn:aws:{service}:eu-west-1:123456789012:{name}"), "name": name,
        "account": "123456789012", "region": "eu-west-1", "tags": tags});
    ("in.jsonl", inventory(&[line.to_string()]))
}

/// Compares the verdicts on samples.
fn same(section: &str, input: fn(&Sample) -> (&'static str, String), samples: &[Sample]) {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", block(section, "toml"));
    scratch.run(["policy", "check"]).exits(0);
    assert!(samples.iter().any(|(.., passes)| *passes) && samples.iter().any(|(.., passes)| !passes), "{section}");
    for sample in samples {
        let (name, text) = input(sample);
        scratch.file(name, &text);
        let run = scratch.run(["check", name, "--fail-on", "note", "--now", "2026-11-28", "--format", "json"]);
        assert_eq!(run.code, i32::from(!sample.3), "{section}: {text}{}{}", run.stdout, run.stderr);
        if !sample.3 {
            assert_ne!(run.json()["summary"]["violating"], 0, "{section}: {text}");
        }
    }
}

#[test]
fn the_imports_print_what_stands_in_the_page() {
    let scratch = Scratch::new();
    for (section, file) in [("AWS tag policies", "effective.json"), ("AWS Config", "required.json")] {
        scratch.file(file, block(section, "json"));
        let printed = scratch.run(["policy", "import", file]).exits(0).stdout.clone();
        assert_eq!(printed.trim(), block(section, "toml").trim(), "{section}");
    }
}

#[test]
fn aws_tag_policies_and_config_judge_alike() {
    let bucket = "s3:bucket";
    same(
        "AWS tag policies",
        live,
        &[
            (bucket, "a", &[("CostCenter", "100")], true),
            (bucket, "a", &[("CostCenter", "345")], true),
            (bucket, "a", &[("CostCenter", "400")], false),
            (bucket, "a", &[("costcenter", "100")], false),
            (bucket, "a", &[], false),
            ("lambda:function", "function:a", &[], true),
            ("lambda:function", "function:a", &[("CostCenter", "400")], false),
            ("lambda:function", "function:a", &[("COSTCENTER", "100")], false),
        ],
    );
    same(
        "AWS Config",
        live,
        &[
            (bucket, "a", &[("Owner", "x"), ("Environment", "Test")], true),
            (bucket, "a", &[("Owner", ""), ("Environment", "Production")], true),
            (bucket, "a", &[("Environment", "Test")], false),
            (bucket, "a", &[("owner", "x"), ("Environment", "Test")], false),
            (bucket, "a", &[("Owner", "x"), ("Environment", "test")], false),
        ],
    );
}

#[test]
fn cloud_custodian_and_guard_judge_alike() {
    same(
        "Cloud Custodian",
        live,
        &[
            ("ec2:instance", "instance/i-1", &[("Owner", "x"), ("Stage", "")], true),
            ("ec2:instance", "instance/i-1", &[("Owner", "x")], false),
            ("ec2:instance", "instance/i-1", &[("owner", "x"), ("Stage", "y")], false),
        ],
    );
    let bucket = "AWS::S3::Bucket";
    same(
        "CloudFormation Guard",
        template,
        &[
            (bucket, "Logs", &[("CostCenter", "1234")], true),
            (bucket, "Logs", &[("Owner", "x"), ("CostCenter", "1234")], true),
            (bucket, "Logs", &[("CostCenter", "12345")], false),
            (bucket, "Logs", &[("CostCenter", "")], false),
            (bucket, "Logs", &[("costcenter", "1234")], false),
            (bucket, "Logs", &[("Owner", "x")], false),
        ],
    );
}

#[test]
fn linters_of_terraform_judge_alike() {
    let bucket = "aws_s3_bucket";
    same(
        "tflint",
        terraform,
        &[
            (bucket, "logs", &[("Owner", ""), ("CostCenter", "1")], true),
            (bucket, "logs", &[("Owner", "x")], false),
            (bucket, "logs", &[("owner", "x"), ("CostCenter", "1")], false),
        ],
    );
    same(
        "terratags",
        terraform,
        &[
            (bucket, "data", &[("Environment", "dev"), ("Owner", "x")], true),
            (bucket, "data", &[("Environment", "dev"), ("Owner", "")], true),
            (bucket, "data", &[("Environment", "development"), ("Owner", "x")], false),
            (bucket, "data", &[("Environment", "dev")], false),
            (bucket, "logs", &[("Environment", "dev")], true),
            (bucket, "logs", &[("Owner", "x")], false),
            ("aws_sns_topic", "logs", &[("Environment", "dev")], false),
        ],
    );
    same(
        "checkov",
        terraform,
        &[
            (bucket, "logs", &[("CostCenter", "CC-1234")], true),
            (bucket, "logs", &[("CostCenter", "CC-12345")], true),
            (bucket, "logs", &[("CostCenter", "XCC-1234")], false),
            (bucket, "logs", &[("CostCenter", "CC-12")], false),
            (bucket, "logs", &[("Owner", "x")], false),
        ],
    );
    same(
        "Infracost",
        terraform,
        &[
            (bucket, "logs", &[("Environment", "Prod")], true),
            (bucket, "logs", &[("Environment", "prod")], false),
            (bucket, "logs", &[("Environment", "")], false),
            (bucket, "logs", &[], false),
        ],
    );
}

#[test]
fn types_that_the_other_tool_leaves_out_are_left_out() {
    for (section, sample, input) in [
        ("Cloud Custodian", ("s3:bucket", "a", &[][..], true), live as fn(&Sample) -> _),
        ("CloudFormation Guard", ("AWS::SNS::Topic", "Topic", &[], true), template),
        ("tflint", ("aws_autoscaling_group", "g", &[], true), terraform),
    ] {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", block(section, "toml"));
        let (name, text) = input(&sample);
        scratch.file(name, &text);
        // Nothing else is in the input, so nothing is judged, and a check of it would pass everything.
        let run = scratch.run(["check", name, "--format", "json", "--now", "2026-11-28"]);
        assert!(run.code == 2 && run.stderr.contains("no"), "{section}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_policy_of_infracost_that_only_warns_does_not_fail() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", block("Infracost", "toml"));
    scratch.file("main.tf", terraform(&("aws_s3_bucket", "logs", &[], false)).1);
    let run = scratch.run(["check", "main.tf", "--format", "json"]);
    let findings = run.exits(0).json()["findings"].clone();
    assert_eq!((&findings[0]["severity"], &findings[1]), (&json!("warning"), &Value::Null));
    assert!(findings[0]["help"].as_str().is_some_and(|help| help.contains("wiki page")), "{findings}");
}
