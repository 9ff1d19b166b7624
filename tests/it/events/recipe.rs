//! The function of `examples/events`: its Python runs with a stub of boto3 around the real program.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{delivered, record};
use crate::common::{Scratch, repository, skip};
use crate::dumps::POLICY;

/// `boto3.client("sns").publish(…)` writes its arguments to a file.
const BOTO3: &str = "import json, os\n\nclass Client:\n    def publish(self, **arguments):\n        with open(os.environ[\"PUBLISHED\"], \"a\") as out:\n            out.write(json.dumps(arguments) + \"\\n\")\n\ndef client(name):\n    assert name == \"sns\", name\n    return Client()\n";
const RUN: &str =
    "import json, sys, handler; print(json.dumps({'result': handler.handler(json.load(sys.stdin), None)}))";

/// The exit status, the result and what was published; `None` without Python.
fn invoke(event: &Value, policy: &str) -> Option<(bool, Value, Vec<Value>)> {
    let has_python = Command::new("python3").arg("--version").stdout(Stdio::null()).status();
    if !has_python.is_ok_and(|status| status.success()) {
        skip("there is no python3");
        return None;
    }
    let scratch = Scratch::new();
    let handler = std::fs::read_to_string(repository("examples/events/handler.py")).expect("the function");
    scratch.file("root/handler.py", handler);
    scratch.file("root/taglint.toml", policy);
    scratch.file("stub/boto3.py", BOTO3);
    scratch.file("event.json", event.to_string());
    let root = scratch.path().join("root");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_taglint"), root.join("taglint")).expect("a link");
    let path = format!("{}:{}", root.display(), scratch.path().join("stub").display());
    let output = Command::new("python3")
        .args(["-B", "-c", RUN])
        .env("PYTHONPATH", path)
        .env("LAMBDA_TASK_ROOT", &root)
        .env("PUBLISHED", scratch.path().join("published"))
        .env("TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:findings")
        .current_dir(scratch.path())
        .stdin(std::fs::File::open(scratch.path().join("event.json")).expect("the event"))
        .output()
        .expect("python3 starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let result = text.lines().last().and_then(|line| serde_json::from_str::<Value>(line).ok()).unwrap_or_default();
    let published = std::fs::read_to_string(scratch.path().join("published")).unwrap_or_default();
    let published = published.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    Some((output.status.success(), result["result"].clone(), published))
}

#[test]
fn the_function_publishes_what_the_program_finds() {
    let event = delivered(record("iam", "CreateRole", json!({"roleName": "web"}), json!(null)));
    let Some((done, result, published)) = invoke(&event, POLICY) else { return };
    assert!(done);
    assert_eq!(result, json!({"exit-code": 1, "findings": 1, "unknown": 0}));
    let text = "error owner iam:role arn:aws:iam::111122223333:role/web: Owner is missing";
    let topic = "arn:aws:sns:eu-west-1:111122223333:findings";
    assert_eq!(published, [json!({"TopicArn": topic, "Subject": "taglint: 1 finding", "Message": text})]);
}

#[test]
fn the_function_publishes_nothing_where_nothing_is_wrong_or_known() {
    let tagged = json!({"roleName": "web", "tags": [{"key": "Team", "value": "x"}]});
    let hidden = json!({"roleName": "web", "tags": "HIDDEN_DUE_TO_SECURITY_REASONS"});
    for (name, request, want) in [
        ("TagRole", tagged, json!({"exit-code": 0, "findings": 0, "unknown": 1})),
        ("TagRole", hidden, json!({"exit-code": 3, "findings": 0, "unknown": 1})),
        ("AttachRolePolicy", json!({}), json!({"exit-code": 0, "findings": 0, "unknown": 0})),
    ] {
        let Some((done, result, published)) = invoke(&delivered(record("iam", name, request, json!(null))), POLICY)
        else {
            return;
        };
        assert_eq!((done, result, published), (true, want, Vec::new()));
    }
}

#[test]
fn a_wrong_policy_fails_the_invocation_and_a_hostile_name_breaks_no_line() {
    let event = delivered(record("iam", "CreateRole", json!({"roleName": "web"}), json!(null)));
    let Some((done, ..)) = invoke(&event, "version = 1\n") else { return };
    assert!(!done);
    let name = "web\r\n\u{1b}[2Jerror owner";
    let response = json!({"role": {"arn": format!("arn:aws:iam::111122223333:role/{name}")}});
    let event = delivered(record("iam", "CreateRole", json!({"roleName": name}), response));
    let Some((done, _, published)) = invoke(&event, POLICY) else { return };
    assert!(done && published.len() == 1, "{published:?}");
    let text = published[0]["Message"].as_str().expect("a text");
    assert!(text.lines().count() == 1 && text.is_ascii() && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn the_template_starts_the_function_for_the_events_that_are_read() {
    let template = std::fs::read_to_string(repository("examples/taglint-events.yaml")).expect("the template");
    for words in [
        "Handler: handler.handler",
        "Action: sns:Publish",
        "TOPIC_ARN: !Ref Findings",
        "prefix: Create",
        "prefix: Tag",
        "prefix: Untag",
        "- RunInstances",
        "- PutBucketTagging",
    ] {
        assert!(template.contains(words), "{words}");
    }
    let scratch = Scratch::new();
    scratch.file("events.yaml", &template);
    scratch.file("taglint.toml", POLICY);
    let report = scratch.run(["check", "events.yaml", "--format", "json"]).exits(1).json();
    let kinds: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|of| of["resource"]["type"].as_str().unwrap()).collect();
    for kind in ["events:rule", "iam:role", "lambda:function", "sns:topic", "sqs:queue"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
}
