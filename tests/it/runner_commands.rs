//! No line of standard output or standard error is a command of GitHub's, Azure's or `TeamCity`'s runner, whatever comes
//! from an inventory, a policy, a template, a path or the command line.

use crate::common::{Run, Scratch, inventory, line};

/// Texts that are commands as they are, at the start of a line or anywhere.
const COMMANDS: [&str; 8] = [
    "::error::x",
    "::add-mask::x",
    " \u{a0}::stop-commands::x",
    "::",
    "##[error]x",
    "##vso[task.setvariable variable=x]y",
    "##VSO[task.complete]",
    "##teamcity[message text='x']",
];

/// Asserts that a runner obeys no line of a run. `own` are commands that the run prints itself.
fn obeys_nothing(run: &Run, own: &[&str]) {
    for line in run.stdout.lines().chain(run.stderr.lines()) {
        let lower = line.to_ascii_lowercase();
        let anywhere = ["##[", "##vso[", "##teamcity["].iter().any(|start| lower.contains(start));
        let trimmed = line.trim_start();
        let is_own = own.iter().any(|start| trimmed.starts_with(start));
        let at_start = trimmed.strip_prefix("::").is_some_and(|rest| rest.contains("::") && !is_own);
        assert!(!anywhere && !at_start, "{line:?} in\n{}\n{}", run.stdout, run.stderr);
    }
}

/// An inventory with each text as name, key, value, type and account name.
fn hostile_inventory() -> String {
    let mut lines = Vec::new();
    for (n, text) in COMMANDS.iter().enumerate() {
        let arn = format!("arn:aws:iam::123456789012:user/{text}{n}");
        lines.push(line("iam:user", &arn, text, &[("Environment", text), (text, text), ("Owner", "x")]));
        lines.push(line(text, &format!("arn:aws:x:eu-west-1:123456789012:y/{n}"), text, &[(text, "v")]));
    }
    inventory(&lines)
}

const POLICY: &str = r###"version = 1
[policy]
name = "::error::policy"
[[rule]]
id = "environment"
description = "::error::description"
help = "::error::help\n::warning::second\n##vso[x]"
key = "Environment"
values = ["Production"]
message = "::error::{value} {key}"
[[rule]]
id = "owner"
key = "Cost Center"
aliases = ["::error::x"]
required = true
default = "##vso[x]"
[[rule]]
id = "only"
only = ["Environment"]
[[waiver]]
rules = ["owner"]
resources = ["*6"]
reason = "::error::reason"
owner = "##[x]"
expires = 2030-01-01
"###;

#[test]
fn no_report_holds_a_command() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("in.jsonl", hostile_inventory());
    for format in taglint::report::FORMATS.iter().map(|format| format.name) {
        for flags in [&[][..], &["-v", "--show", "waived,unknown,passed"], &["--quiet"]] {
            let mut arguments = vec!["check", "in.jsonl", "--format", format];
            arguments.extend(flags);
            let own = if format == "github" { &["::error ", "::warning ", "::notice "][..] } else { &[] };
            obeys_nothing(&scratch.run(&arguments), own);
        }
    }
}

#[test]
fn no_plan_export_or_explanation_holds_a_command() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("in.jsonl", hostile_inventory());
    for arguments in [
        &["fix", "in.jsonl", "--output", "plan.json"][..],
        &["fix", "in.jsonl", "--emit", "aws-cli"],
        &["fix", "in.jsonl", "--emit", "terraform"],
        &["fix", "in.jsonl", "--emit", "tag-editor"],
        &["policy", "list"],
        &["policy", "explain", "owner"],
        &["policy", "explain", "owner", "--inventory", "in.jsonl"],
        &["policy", "check"],
        &["policy", "test"],
        &["init", "--from", "in.jsonl"],
        &["merge", "in.jsonl"],
    ] {
        obeys_nothing(&scratch.run(arguments), &[]);
    }
}

#[test]
fn no_error_or_note_holds_a_command() {
    for text in COMMANDS {
        let scratch = Scratch::new();
        scratch.file("broken.toml", format!("version = 1\n{text} = = 1\n"));
        scratch.file("wrong.toml", format!("version = 1\n[[rule]]\nid = '{text}'\nkey = 3\nresources = ['{text}']\n"));
        scratch.file("in.jsonl", format!("{text}\n{{\"type\": 3}}\n"));
        scratch.file("t.yaml", format!("Resources:\n  A:\n    Type: '{text}'\n    {text}: [\n"));
        scratch.file("main.tf", format!("{text} {{\n"));
        for arguments in [
            &["check", text][..],
            &["check", "in.jsonl"],
            &["check", "t.yaml"],
            &["check", "."],
            &["check", "in.jsonl", "--policy", "broken.toml"],
            &["check", "in.jsonl", "--policy", "wrong.toml"],
            &["policy", "check", "wrong.toml"],
            &["policy", "explain", text],
            &["policy", "import", "in.jsonl"],
            &["check", "in.jsonl", "--format", text],
            &["check", "in.jsonl", "--baseline", text],
            &["check", "in.jsonl", "--output", text],
            &["check", "in.jsonl", "--select", text],
            &[text],
            &["check", "--unknown-flag", text],
            &["check", "in.jsonl", "--account", text],
        ] {
            obeys_nothing(&scratch.run(arguments), &[]);
        }
    }
}

#[test]
#[cfg(unix)]
fn a_closed_standard_error_is_no_panic() {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", hostile_inventory());
    let program = env!("CARGO_BIN_EXE_taglint");
    for arguments in
        ["check in.jsonl", "check missing.jsonl", "merge in.jsonl -o out.jsonl", "policy check", "--nothing"]
    {
        let shell = format!("'{program}' {arguments} 2>&- >/dev/null; echo $?");
        let output =
            std::process::Command::new("sh").args(["-c", &shell]).current_dir(scratch.path()).output().unwrap();
        let code: i32 = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
        assert!(code < 100, "{arguments}: {code}");
    }
}
