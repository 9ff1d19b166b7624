//! The time of a check grows with the size of its input and not with its square. Each input here is so large that a check
//! with the square of it would need minutes.

use std::fmt::Write as _;

use crate::common::{Run, Scratch};

const POLICY: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
const USER: &str = "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n}\n";

fn check(name: &str, text: &str) -> Run {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(&format!("in/{name}"), text);
    let input = if name.ends_with(".plan.json") { format!("in/{name}") } else { "in".to_owned() };
    scratch.run(["check", &input, "--format", "json"])
}

/// The number of judged resources.
fn judged(run: &Run) -> u64 {
    run.json()["coverage"]["judged"].as_u64().unwrap_or_else(|| panic!("{}", run.stdout))
}

#[test]
fn a_plan_whose_resource_has_a_hundred_thousand_tags() {
    let tags: serde_json::Map<_, _> = (0..100_000).map(|n| (format!("Key{n}"), "v".into())).collect();
    let plan = serde_json::json!({"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {},
        "configuration": {}, "resource_changes": [{"address": "aws_iam_user.u", "mode": "managed", "type": "aws_iam_user",
            "name": "u", "provider_name": "registry.terraform.io/hashicorp/aws", "change": {"actions": ["update"],
            "before": {"name": "u", "tags": tags, "tags_all": tags}, "after": {"name": "u", "tags": tags, "tags_all": tags},
            "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {"tags": {}, "tags_all": {}}}}]});
    let changed = plan.to_string().replacen("\"Key0\":\"v\"", "\"Key0\":\"w\"", 1);
    assert_eq!(judged(check("x.plan.json", &changed).exits(0)), 1);
}

#[test]
fn many_resources_in_one_file_and_on_one_line() {
    let mut text = String::new();
    for n in 0..10_000 {
        writeln!(text, "resource \"aws_iam_user\" \"u{n}\" {{\n  name = \"u\"\n}}").unwrap();
    }
    assert_eq!(judged(check("main.tf", &text).exits(1)), 10_000);
    // The character of two bytes: a column counts characters.
    let users: serde_json::Map<_, _> =
        (0..10_000).map(|n| (format!("u{n}"), serde_json::json!({"name": "\u{e9}"}))).collect();
    let text = serde_json::json!({"resource": {"aws_iam_user": users}}).to_string();
    assert_eq!(judged(check("main.tf.json", &text).exits(1)), 10_000);
}

#[test]
fn objects_with_very_many_entries_are_read() {
    let object = |n: u32| format!("{{{}}}", (0..n).map(|n| format!("k{n}=1")).collect::<Vec<_>>().join(","));
    let locals = |objects: usize| format!("{USER}locals {{\n  x = [{}]\n}}\n", vec![object(9_000); objects].join(","));
    assert_eq!(judged(check("main.tf", &locals(1)).exits(1)), 1);
    assert_eq!(judged(check("main.tf", &locals(20)).exits(1)), 1);
}

#[test]
fn comments_that_waive_are_counted() {
    let policy = POLICY.replace("version = 1\n", "version = 1\n[policy]\ninline-waivers = true\n");
    let scratch = Scratch::new();
    scratch.file("taglint.toml", policy);
    let marks = "  # taglint:ignore owner x\n".repeat(9_000);
    scratch
        .file("in/main.tf", format!("resource \"aws_iam_user\" \"u\" {{\n  count = 100\n{marks}  name = \"u\"\n}}\n"));
    let run = scratch.run(["check", "in"]);
    assert!(run.stderr.contains("more than 100 waivers: the others waive nothing"), "{}", run.stderr);
}

#[test]
fn patterns_that_git_ignores_are_obeyed_up_to_a_number() {
    let patterns = |n: usize| (0..n).map(|n| format!("*abc{n}*def")).collect::<Vec<_>>().join("\n") + "\nsecret.tf\n";
    for (count, judges) in [(1_000, 1), (300_000, 2)] {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", POLICY);
        scratch.file("in/a/main.tf", USER);
        scratch.file("in/b/secret.tf", USER);
        scratch.file("in/.gitignore", patterns(count));
        let run = scratch.run(["check", "in", "--format", "json"]);
        assert_eq!(judged(run.exits(1)), judges, "{count}");
        assert_eq!(run.stderr.contains("more than 20000 patterns"), judges == 2, "{}", run.stderr);
    }
}
