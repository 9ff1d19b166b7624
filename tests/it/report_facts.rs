//! The facts that a report has on its inputs, accounts and resources: each is told apart, and none is left out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::common::{Scratch, inventory, user};

const NOW: &str = "2026-11-28";

/// A template whose queue has an unknown value, a tag that it needs, or both.
const TEMPLATE: &str = "Parameters: {P: {Type: String}}\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      \
    Tags: [{Key: Environment, Value: !Ref P}]\n";
const POLICY: &str =
    "version = 1\n[[rule]]\nid = \"environment\"\nkey = \"Environment\"\nrequired = true\nvalues = [\"Test\"]\n";

fn unread(name: &str) -> Value {
    json!({"type": "sqs:queue", "arn": format!("arn:aws:sqs:eu-west-1:111122223333:{name}"), "name": name,
        "account": "111122223333", "region": "eu-west-1", "tags": null, "unknown": "AccessDenied"})
}

fn records(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.expect("a row")).collect()
}

#[test]
fn equal_addresses_of_two_templates_have_two_identities() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    for (value, show) in [("!Ref P", "unknown"), ("Test", "passed")] {
        for name in ["a/t.yaml", "b/t.yaml"] {
            scratch.file(name, TEMPLATE.replace("!Ref P", value));
        }
        let args = ["check", "a/t.yaml", "b/t.yaml", "--now", NOW, "--show", show, "--format"];
        let run = |format: &str| scratch.run(args.into_iter().chain([format])).exits(0).stdout.clone();
        let objects =
            |text: &str| text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>();
        let events = objects(&run("ocsf"));
        let with_resource = events.iter().filter(|event| event.get("resources").is_some());
        let uids: BTreeSet<String> = with_resource.map(|event| event["finding_info"]["uid"].to_string()).collect();
        assert_eq!(uids.len(), 2, "{show}: {events:?}");
        let batches = objects(&run("asff"));
        let findings = batches.iter().flat_map(|batch| batch["Findings"].as_array().expect("a list"));
        let of_resources = findings.filter(|one| one["Resources"][0]["Type"] != "AwsAccount");
        let ids: BTreeSet<String> = of_resources.map(|one| one["Id"].to_string()).collect();
        assert_eq!(ids.len(), 2, "{show}: {batches:?}");
    }
}

#[test]
fn csv_names_each_resource_that_was_not_read_with_its_place() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let lines: Vec<String> = (0..1500).map(|at| unread(&format!("q-{at:04}")).to_string()).collect();
    let end = json!({"taglint": "end", "resources": lines.len(), "unread": [{"account": "111122223333",
        "region": "eu-west-1", "type": "sns:topic", "operation": "sns:ListTopics", "error": "Throttled"}]});
    let text = inventory(&lines);
    let text = text.split_inclusive('\n').take(lines.len() + 1).collect::<String>() + &end.to_string() + "\n";
    scratch.file("in.jsonl", text);
    let run = scratch.run(["check", "in.jsonl", "--now", NOW, "--format", "csv"]);
    let rows = records(&run.exits(3).stdout);
    let queues: Vec<_> = rows.iter().filter(|row| row["kind"] == "unread" && row["type"] == "sqs:queue").collect();
    assert_eq!(queues.len(), 1500);
    let last = queues[1499];
    let place = ["account", "region", "name", "message"].map(|column| last[column].as_str());
    assert_eq!(place, ["111122223333", "eu-west-1", "q-1499", "AccessDenied"]);
    let run = scratch.run(["check", "in.jsonl", "--now", NOW, "--format", "gitlab-codequality"]);
    assert_eq!(run.exits(3).stdout.matches("the tags of sqs:queue ").count(), 1500);
    let run = scratch.run(["check", "in.jsonl", "--now", NOW, "--format", "html"]);
    assert!(run.exits(3).stdout.contains("<b>1,500 resources</b>: AccessDenied"), "{}", run.stdout);
    let gap = rows.iter().find(|row| row["type"] == "sns:topic").expect("the gap");
    assert_eq!(gap["message"], "sns:ListTopics: Throttled");
}

/// An inventory of two accounts: the second could not be read.
fn two_accounts(day: &str) -> String {
    let head = json!({"taglint": "inventory", "version": 1, "collected": format!("{day}T00:19:00Z"),
        "scope": {"accounts": ["111122223333", "444455556666"], "regions": ["eu-west-1"], "types": ["iam:user"]}});
    let mut one: Value = serde_json::from_str(&user(day, &[("Environment", "Test")])).expect("JSON");
    one["account"] = json!("111122223333");
    one["arn"] = json!(format!("arn:aws:iam::111122223333:user/{day}"));
    let end = json!({"taglint": "end", "resources": 1,
        "unread": [{"account": "444455556666", "error": "AccessDenied: sts:AssumeRole"}]});
    format!("{head}\n{one}\n{end}\n")
}

#[test]
fn the_scope_says_which_account_was_not_read_and_the_days_of_the_inputs() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("a.jsonl", two_accounts("2026-11-20"));
    scratch.file("b.jsonl", two_accounts("2026-11-22"));
    scratch.file("t.yaml", TEMPLATE);
    let run = |inputs: &[&str], format: &str| {
        let args = [&["check"], inputs, &["--now", NOW, "--format", format]].concat();
        scratch.run(args).exits(3).stdout.clone()
    };
    let text = run(&["a.jsonl"], "text");
    assert!(text.contains("2 accounts (111122223333, 444455556666), 1 not read, 1 region"), "{text}");
    assert!(text.contains("from a.jsonl of 2026-11-20\n"), "{text}");
    let text = run(&["a.jsonl", "b.jsonl"], "text");
    assert!(text.contains("from 2 inputs of 2026-11-20 to 2026-11-22\n"), "{text}");
    let text = run(&["a.jsonl", "b.jsonl", "t.yaml"], "text");
    assert!(text.contains("from 3 inputs, 2 of them of 2026-11-20 to 2026-11-22\n"), "{text}");
    let json: Value = serde_json::from_str(&run(&["a.jsonl"], "json")).expect("JSON");
    let accounts = json["scope"]["accounts"].as_array().expect("a list");
    assert_eq!((&accounts[0]["not-read"], &accounts[1]["not-read"]), (&Value::Null, &json!(true)), "{accounts:?}");
    assert!(run(&["a.jsonl"], "asff").contains("taglint: this account could not be read"));
    let page = run(&["a.jsonl"], "html");
    let by_account = page.split("<h3>By account</h3>").nth(1).and_then(|rest| rest.split("</section>").next());
    assert!(by_account.is_some_and(|part| part.contains("444455556666<small>not read</small>")), "{page}");
}

#[test]
fn the_page_does_not_call_an_unknown_result_judged_and_shows_a_group_once() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("t.yaml", TEMPLATE);
    let args = ["check", "t.yaml", "--now", NOW, "--show", "unknown", "--format", "html", "--group-by"];
    let page = scratch.run(args.into_iter().chain(["tags.Owner,tags.Owner,region"])).exits(0).stdout.clone();
    assert!(page.contains("All was read; <a href=\"#not-known\">1 unknown result</a>"), "{page}");
    assert!(!page.contains("all was read and judged") && !page.contains("(no region)"), "{page}");
    assert_eq!(page.matches("\"id\":\"tags.Owner\"").count(), 1, "{page}");
}

/// An inventory of two accounts, of which one could not be read.
fn half_read(scratch: &Scratch) {
    let header = json!({"taglint": "inventory", "version": 1, "collected": "2026-11-28T00:00:00Z",
        "scope": {"accounts": ["111122223333", "444455556666"]}});
    let end = json!({"taglint": "end", "resources": 1, "unread": [{"account": "444455556666",
        "operation": "sts:AssumeRole", "error": "AccessDenied"}]});
    let queue = json!({"type": "sqs:queue", "arn": "arn:aws:sqs:eu-west-1:111122223333:q", "name": "q",
        "account": "111122223333", "region": "eu-west-1", "tags": {"Environment": "Test"}});
    scratch.file("in.jsonl", format!("{header}\n{queue}\n{end}\n"));
}

#[test]
fn an_account_that_was_not_read_is_not_an_empty_account() {
    let scratch = Scratch::new();
    let target = "[[target]]\nid = \"share\"\nrules = [\"environment\"]\ncompliant = \"95%\"\nwithin = \"account\"\n";
    scratch.file("taglint.toml", format!("{POLICY}{target}"));
    half_read(&scratch);
    let outputs = ["t.prom", "t.html", "t.xlsx", "t.json"];
    let args = ["check", "in.jsonl", "--now", NOW].into_iter();
    let run = scratch.run(args.chain(outputs.into_iter().flat_map(|name| ["--output", name])));
    assert!(run.exits(3).stdout.contains("no resources to which `environment` applies were read"), "{}", run.stdout);
    let metrics = scratch.read("t.prom");
    assert!(metrics.contains("taglint_resources{account=\"111122223333\",account_name=\"\",verdict=\"pass\"} 1\n"));
    assert!(!metrics.contains("taglint_resources{account=\"444455556666\""), "{metrics}");
    let page = scratch.read("t.html");
    for words in [
        "100%</strong> of 1 resource that was read has the tags",
        "<p>First make readable what was not read: there may be more findings. Not read: 1 whole account.",
        "<p>No findings on the resources that were read.</p>",
    ] {
        assert!(page.contains(words), "no {words} in {page}");
    }
    let script =
        "import zipfile\nbook = zipfile.ZipFile('t.xlsx')\nprint(*[book.read(n).decode() for n in book.namelist()])";
    match std::process::Command::new("python3").args(["-c", script]).current_dir(scratch.path()).output() {
        Err(_) => crate::common::skip("there is no python3"),
        Ok(run) => {
            let sheets = String::from_utf8_lossy(&run.stdout).into_owned();
            let (_, row) = sheets.split_once(">444455556666<").expect("the account is in the summary");
            let row = row.split("</row>").next().expect("a row");
            assert_eq!(row.matches(">not read<").count(), 6, "{row}");
        }
    }
}

#[test]
fn a_missed_target_is_named_in_pages_and_messages_without_other_findings() {
    let scratch = Scratch::new();
    let more = "[[waiver]]\nrules = [\"environment\"]\nresources = [\"*\"]\nreason = \"later\"\nexpires = 2026-12-28\n\
        [[target]]\nid = \"share\"\nrules = [\"environment\"]\ncompliant = \"95%\"\n";
    scratch.file("taglint.toml", format!("{POLICY}{more}"));
    let queue = json!({"type": "sqs:queue", "arn": "arn:aws:sqs:eu-west-1:111122223333:q", "name": "q",
        "account": "111122223333", "region": "eu-west-1", "tags": {}});
    scratch.file("in.jsonl", inventory(&[queue.to_string()]));
    let names = ["t.html", "t.slack.json", "t.teams.json", "t.sns.json", "t.jira.json"];
    let args = ["check", "in.jsonl", "--now", NOW].into_iter();
    scratch.run(args.chain(names.into_iter().flat_map(|name| ["--output", name]))).exits(1);
    let page = scratch.read("t.html");
    assert!(
        page.contains("<p><a href=\"#targets\">1 missed target</a>.</p><p>No findings on resources.</p>"),
        "{page}"
    );
    for name in &names[1..] {
        let text = scratch.read(name);
        assert!(text.contains("Missed targets") && text.contains("share: 0% of 1 resource comply"), "{name}: {text}");
    }
}
