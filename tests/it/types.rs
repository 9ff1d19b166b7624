//! The table of resource types is what its sources say, and its page what the table says.

use std::process::{Command, Output};

use crate::common::{Scratch, repository};

/// The generator's exit code where a source is not on this machine.
const SKIPPED: i32 = 77;

#[test]
fn the_table_is_what_its_sources_say() {
    judge(python("tools/types/generate.py", &["--offline", "--check"]));
}

#[test]
fn the_page_is_what_the_table_says() {
    judge(python("tools/types/generate.py", &["--page-only", "--check"]));
}

#[test]
fn the_generator_refuses_a_layout_that_it_does_not_know() {
    judge(python("tools/types/test_types.py", &[]));
}

/// Runs a script without leaving compiled modules in the repository; `None` where there is no Python.
fn python(script: &str, arguments: &[&str]) -> Option<Output> {
    let mut python = Command::new("python3");
    python.arg("-B").arg(repository(script)).args(arguments).output().ok()
}

fn judge(output: Option<Output>) {
    let Some(output) = output else { return eprintln!("skipped: there is no python3") };
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(SKIPPED) {
        return eprintln!("skipped: {stderr}");
    }
    assert!(output.status.success(), "{}\n{stderr}", String::from_utf8_lossy(&output.stdout));
}

/// The account itself is a resource with tags, whatever names it.
#[test]
fn an_account_is_a_resource_in_every_input() {
    let scratch = Scratch::new();
    let rule = "version = 1\n[[rule]]\nid = \"owner\"\nresources = [\"organizations:account\"]\nkey = \"Owner\"\nrequired = true\n";
    scratch.file("taglint.toml", rule);
    let arn = "arn:aws:organizations::111122223333:account/o-exampleorgid/444455556666";
    let line = format!("{{\"type\":\"organizations:account\",\"arn\":\"{arn}\",\"name\":\"prod\",\"tags\":{{}}}}");
    scratch.file("in.jsonl", crate::common::inventory(&[line]));
    scratch.file("dump.json", format!("{{\"ResourceTagMappingList\":[{{\"ResourceARN\":\"{arn}\",\"Tags\":[]}}]}}"));
    scratch.file(
        "main.tf",
        "resource \"aws_organizations_account\" \"a\" {\n  name  = \"prod\"\n  email = \"a@example.com\"\n}\n",
    );
    let template = "Resources:\n  A:\n    Type: AWS::Organizations::Account\n    Properties: {AccountName: prod, Email: a@example.com}\n";
    scratch.file("t.yaml", template);
    for input in ["in.jsonl", "dump.json", "main.tf", "t.yaml"] {
        let run = scratch.run(["check", input, "--format", "json"]);
        assert_eq!(run.code, 1, "{input}: {}{}", run.stdout, run.stderr);
        let report = run.json();
        assert_eq!(report["findings"][0]["resource"]["type"], "organizations:account", "{input}: {report}");
    }
}
