//! `CloudTrail` records and events of `EventBridge`, in the shapes that AWS documents.

#![allow(clippy::needless_pass_by_value)] // JSON values are written in place

mod created;
mod documents;
mod recipe;
mod tagged;

use serde_json::{Value, json};

use crate::common::{Run, Scratch};
use crate::dumps::POLICY;

/// A record of a call in eu-west-1.
fn record(service: &str, name: &str, request: Value, response: Value) -> Value {
    json!({
        "eventVersion": "1.09",
        "userIdentity": {"type": "AssumedRole", "accountId": "111122223333", "arn": "arn:aws:sts::111122223333:assumed-role/admin/session"},
        "eventTime": "2026-11-27T10:00:00Z",
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "requestParameters": request,
        "responseElements": response,
        "eventID": "a1b2c3d4-0000-4000-8000-000000000001",
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
    })
}

/// The record as a rule of `EventBridge` delivers it.
fn delivered(record: Value) -> Value {
    json!({
        "version": "0",
        "id": "a1b2c3d4-0000-4000-8000-000000000002",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": "111122223333",
        "time": "2026-11-27T10:00:01Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": record,
    })
}

/// The record at another second.
fn at(second: u32, mut record: Value) -> Value {
    record["eventTime"] = json!(format!("2026-11-27T10:00:{second:02}Z"));
    record
}

fn check(event: Value) -> Run {
    check_text(&event.to_string())
}

fn check_text(text: &str) -> Run {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch
        .pipe(["check", "--event", "-", "--format", "json", "--show", "unknown", "--show", "passed"], text.as_bytes())
}

/// The verdict of each resource, as `missing TYPE NAME`, `unknown …`, `unread …`, `passed …`, and what was not judged as
/// `REASON KIND`; sorted.
fn said(run: &Run) -> Vec<String> {
    let report = run.json();
    let list = |name: &str| report[name].as_array().cloned().unwrap_or_default();
    let handle = |of: &Value| {
        let name = ["arn", "address", "name"].into_iter().find_map(|field| of[field].as_str());
        format!("{} {}", of["type"].as_str().unwrap_or("-"), name.unwrap_or("-"))
    };
    let mut out: Vec<String> = Vec::new();
    let findings = list("findings");
    out.extend(findings.iter().map(|of| format!("{} {}", of["kind"].as_str().unwrap(), handle(&of["resource"]))));
    out.extend(list("unknown").iter().map(|of| format!("unknown {}", handle(&of["resource"]))));
    out.extend(
        list("incomplete").iter().filter(|of| of["type"].is_string()).map(|of| format!("unread {}", handle(of))),
    );
    out.extend(list("passed").iter().map(|of| format!("passed {}", handle(of))));
    for group in report["coverage"]["not-judged"].as_array().unwrap() {
        let text = |name: &str| group[name].as_str().unwrap().to_owned();
        out.push(format!("{} {}", text("reason"), text("type")));
    }
    out.sort();
    out
}

/// The event is judged as this, with this exit code.
#[track_caller]
fn is(event: Value, code: i32, want: &[&str]) {
    for event in [event.clone(), delivered(event)] {
        let run = check(event);
        assert_eq!((run.code, said(&run)), (code, want.iter().map(ToString::to_string).collect()), "{}", run.stderr);
    }
}
