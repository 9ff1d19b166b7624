//! Flags without effect, and files that are no inputs, are said.

use crate::common::{Scratch, inventory, user};

const POLICY: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("in.jsonl", inventory(&[user("a", &[])]));
    scratch.file("infra/main.tf", "resource \"aws_sqs_queue\" \"q\" {\n  name = \"q\"\n}\n");
    scratch
}

#[test]
fn the_facts_of_a_stack_need_a_template() {
    let scratch = scratch();
    for flag in [["--stack-tag", "Owner=shop"], ["--stack-name", "shop"]] {
        let run = scratch.run(["check", "infra", flag[0], flag[1]]);
        run.fails_with(2, &[flag[0], "no input is a template of CloudFormation", "default_tags"]);
    }
    // One template is enough. A setting is for the inputs that take it.
    scratch.file("infra/t.yaml", "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n");
    let run = scratch.run(["check", "infra", "--stack-tag", "Owner=shop"]);
    assert!(run.exits(1).stdout.contains("aws_sqs_queue.q"), "{}", run.stdout);
    let mut command = scratch.command(["check", "in.jsonl"]);
    command.env("TAGLINT_STACK_TAG", "Owner=shop");
    assert_eq!(command.output().unwrap().status.code(), Some(1));
}

#[test]
fn a_flag_of_a_format_that_is_not_written_is_noted() {
    let scratch = scratch();
    for (flag, value, file, what) in [
        ("--jira-project", "TAGS", "x.jira.json", "no issue of Jira"),
        ("--jira-issue-type", "Bug", "x.jira.json", "no issue of Jira"),
        ("--report-url", "https://reports.example.com/{part}", "x.slack.json", "no message"),
        ("--source-url", "https://git.example.com/{path}#L{line}", "x.html", "no web page"),
        ("--sarif-limit", "7", "x.sarif", "no SARIF report"),
        ("--sarif-category", "c", "x.sarif", "no SARIF report"),
    ] {
        let note = format!("{flag} has no effect: {what} is written");
        let run = scratch.run(["check", "in.jsonl", flag, value]);
        assert!(run.exits(1).stderr.contains(&note), "{}", run.stderr);
        let run = scratch.run(["check", "in.jsonl", flag, value, "--output", file]);
        assert!(!run.exits(1).stderr.contains("has no effect"), "{}", run.stderr);
    }
}

#[test]
fn a_report_is_no_input_and_says_so() {
    let scratch = scratch();
    scratch.run(["check", "in.jsonl", "--output", "r.json", "--output", "r.jsonl"]).exits(1);
    for file in ["r.json", "r.jsonl"] {
        scratch.run(["check", file]).fails_with(2, &[file, "a report of taglint", "give the inventory"]);
    }
    scratch.run(["merge", "r.jsonl"]).fails_with(2, &["r.jsonl", "a report of taglint", "give the inventory"]);
}

#[test]
fn init_names_the_file_that_it_wrote() {
    let scratch = scratch();
    let run = scratch.run(["init", "--from", "in.jsonl", "--output", "draft.toml"]);
    assert!(run.exits(0).stderr.contains("next: `taglint policy check draft.toml`\n"), "{}", run.stderr);
    scratch.file("empty.toml", "version = 1\n");
    scratch
        .run(["check", "in.jsonl", "--policy", "empty.toml"])
        .fails_with(2, &["empty.toml: the policy has no rules"]);
}
