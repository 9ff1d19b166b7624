//! Terraform plans as inputs: found in a folder, and several in one run.

use std::path::Path;

use crate::common::Scratch;
use crate::terraform::plan_of;

#[test]
fn a_walk_leaves_a_plan_to_a_run_of_its_own_and_says_how() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n");
    scratch.file("infra/plan.json", std::fs::read(plan_of("fleet")).unwrap());
    let hint = "to check a plan, name it: taglint check infra/plan.json";
    scratch.run(["check", "infra"]).fails_with(2, &["nothing to check", "1 Terraform plan (plan.json)", hint]);
    scratch.file("infra/main.tf", "resource \"aws_iam_user\" \"a\" {\n  name = \"a\"\n}\n");
    let run = scratch.run(["check", "infra"]);
    run.fails_with(1, &[hint]);
    assert!(run.stdout.contains("not judged: 1 (1 input that a folder's check does not read)"), "{}", run.stdout);
    assert!(run.stdout.contains("1 error in 1 resource"), "{}", run.stdout);
}

/// The findings of a run: the input that each names, and its fingerprint.
fn findings(scratch: &Scratch, inputs: &[&str]) -> Vec<(String, String)> {
    let args = ["check"].iter().chain(inputs).chain(&["--format", "json"]);
    let run = scratch.run(args);
    run.exits(1);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
    let report = run.json();
    let all = report["findings"].as_array().unwrap().iter();
    all.map(|finding| (text(&finding["resource"]["input"]), text(&finding["fingerprint"]))).collect()
}

#[test]
fn inputs_with_the_same_addresses_are_told_apart() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n");
    let plan = r#"{"format_version": "1.2", "planned_values": {}, "resource_changes": [{
        "address": "aws_cognito_user_pool.main", "mode": "managed", "type": "aws_cognito_user_pool",
        "change": {"actions": ["create"], "after": {"name": "main", "tags_all": {}}, "after_unknown": {}}}], "configuration": {"provider_config": {},
        "root_module": {"resources": [{"address": "aws_cognito_user_pool.main", "provider_config_key": "aws"}]}}}"#;
    let source = "resource \"aws_cognito_user_pool\" \"main\" {\n  name = \"main\"\n}\n";
    for name in ["plans/dev.json", "plans/prod.json", "a/plan.json", "b/plan.json"] {
        scratch.file(name, plan);
    }
    // Two plans of one folder: only their own paths tell them apart, whichever is named first.
    let both = findings(&scratch, &["plans/dev.json", "plans/prod.json"]);
    assert_eq!([&both[0].0, &both[1].0], ["plans/dev.json", "plans/prod.json"]);
    assert_ne!(both[0].1, both[1].1);
    let mut turned = findings(&scratch, &["plans/prod.json", "plans/dev.json"]);
    turned.reverse();
    assert_eq!(turned, both);
    let sarif = scratch.run(["check", "plans/dev.json", "plans/prod.json", "--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 2, "{sarif:#}");
    assert!(results[0].to_string().contains("terraform-plan/plans/dev.json/aws_cognito_user_pool/main"), "{sarif:#}");
    let text = scratch.run(["check", "plans/dev.json", "plans/prod.json"]);
    assert!(text.stdout.contains("aws_cognito_user_pool.main in plans/prod.json"), "{}", text.stdout);
    // Two roots: their fingerprints are those that each has alone.
    let alone = [findings(&scratch, &["a/plan.json"]), findings(&scratch, &["b/plan.json"])].concat();
    let both = findings(&scratch, &["a/plan.json", "b/plan.json"]);
    assert_eq!([&both[0].1, &both[1].1], [&alone[0].1, &alone[1].1]);
    assert_eq!([&alone[0].0, &both[0].0, &both[1].0], ["", "a/plan.json", "b/plan.json"]);
    assert_ne!(both[0].1, both[1].1);
    // Source outside of the repository has no path of it to tell it apart.
    let outside = tempfile::tempdir().unwrap();
    let folders = ["m", "n"].map(|name| outside.path().join(name).display().to_string());
    for folder in &folders {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(Path::new(folder).join("main.tf"), source).unwrap();
    }
    let both = findings(&scratch, &[&folders[0], &folders[1]]);
    assert_eq!([&both[0].0, &both[1].0], [&folders[0], &folders[1]]);
    assert_ne!(both[0].1, both[1].1);
    // What is named twice is read once.
    let twice = scratch.run(["check", "a/plan.json", "./a/plan.json"]);
    twice.fails_with(1, &["named twice and read once"]);
    assert!(twice.stdout.contains("1 error in 1 resource"), "{}", twice.stdout);
}
