//! The documents that hold events, and hostile ones.

use serde_json::{Value, json};

use super::{check, check_text, delivered, record, said};
use crate::common::{Scratch, inventory};
use crate::dumps::POLICY;

const MISSING: &str = "missing iam:role arn:aws:iam::111122223333:role/web";

fn role(name: &str) -> Value {
    record("iam", "CreateRole", json!({"roleName": name}), json!(null))
}

#[test]
fn an_event_is_recognized_without_a_flag() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    for event in [
        role("web"),
        delivered(role("web")),
        json!({"Records": [role("web")]}),
        json!([delivered(role("web"))]),
        json!({"Events": [{"EventId": "1", "CloudTrailEvent": role("web").to_string()}]}),
    ] {
        scratch.file("event.json", event.to_string());
        for args in
            [&["event.json"][..], &["--event", "event.json"], &["--input-format", "cloudtrail-event", "event.json"]]
        {
            let run = scratch.run([&["check", "--format", "json"], args].concat());
            assert_eq!((run.code, said(&run)), (1, vec![MISSING.to_owned()]), "{event} {}", run.stderr);
        }
    }
    scratch
        .run(["check", "--event", "--input-format", "inventory", "event.json"])
        .fails_with(2, &["cannot be used with"]);
}

#[test]
fn a_template_with_a_pattern_of_events_is_a_template() {
    let pattern = json!({"source": ["aws.iam"], "detail-type": ["x"], "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateRole"]}});
    let rule = json!({"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern}});
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("template.json", json!({"Resources": {"Rule": rule}}).to_string());
    let run = scratch.run(["check", "--format", "json", "template.json"]);
    assert_eq!((run.code, said(&run)), (1, vec!["missing events:rule Rule".to_owned()]));
    // A folder's check passes over samples of events.
    scratch.file("samples/event.json", role("web").to_string());
    let run = scratch.run(["check", "--format", "json", "."]);
    assert_eq!((run.code, said(&run)), (1, vec!["missing events:rule Rule".to_owned()]));
}

#[test]
fn events_stand_one_after_the_other() {
    let lines = format!("{}\n{}\n", role("web"), delivered(role("web")));
    assert_eq!(said(&check_text(&lines)), [MISSING]);
    let broken = check_text(&format!("{}\n{{\"eventSource\": ", role("web")));
    assert_eq!((broken.code, said(&broken)), (3, vec![MISSING.to_owned()]));
    assert!(broken.stdout.contains("breaks off"), "{}", broken.stdout);
    let foreign = check(json!({"Records": [role("web"), {"a": 1}]}));
    assert_eq!((foreign.code, said(&foreign)), (3, vec![MISSING.to_owned()]));
    assert!(foreign.stdout.contains("element 1: no event"), "{}", foreign.stdout);
}

#[test]
fn an_event_of_another_source_is_not_judged() {
    let run = check(json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}));
    assert_eq!((run.code, said(&run)), (0, vec!["no-tags-changed Scheduled Event".to_owned()]));
}

#[test]
fn what_is_no_event_is_refused() {
    for (text, words) in [
        ("", &["the input is empty"][..]),
        ("nothing", &["not JSON"]),
        ("{\"a\": ", &["not JSON", "breaks off"]),
        ("{}", &["neither a CloudTrail record", "input transformer"]),
        ("\n\n[1]", &[":3:", "neither a CloudTrail record"]),
        ("[[[[[[]]]]]]", &["neither a CloudTrail record"]),
        ("{\"eventSource\": 1, \"eventName\": \"CreateUser\"}", &["neither a CloudTrail record"]),
    ] {
        let run = check_text(text);
        run.fails_with(2, words);
        run.fails_with(2, &["help: give a CloudTrail record, a log file or an event of EventBridge"]);
    }
    check_text(&"[".repeat(100_000)).fails_with(2, &["not JSON"]);
}

#[test]
fn a_time_that_cannot_be_read_is_said_and_orders_nothing() {
    let at = |time: Value, mut record: Value| {
        record["eventTime"] = time;
        record
    };
    let tagged = |value: &str| {
        record("iam", "TagRole", json!({"roleName": "web", "tags": [{"key": "Owner", "value": value}]}), json!(null))
    };
    for (time, shown) in [
        (json!("yesterday"), "yesterday"),
        (json!("2026-11-28"), "2026-11-28"),
        (json!(1_764_300_000), "1764300000"),
        (json!("2026-13-28T10:00:00Z"), "2026-13-28T10:00:00Z"),
    ] {
        let run = check(at(time.clone(), role("web")));
        assert_eq!((run.code, said(&run)), (1, vec![MISSING.to_owned()]));
        assert!(run.stderr.contains("1 event with an `eventTime`") && run.stderr.contains(shown), "{}", run.stderr);
        // Which of two changes came first is not known.
        for events in [[tagged("a"), at(time.clone(), tagged("b"))], [at(time.clone(), tagged("b")), tagged("a")]] {
            let run = check(json!({ "Records": events }));
            assert_eq!(
                (run.code, said(&run)),
                (3, ["tags-unread iam:role", "unknown iam:role web"].map(str::to_owned).to_vec()),
                "{}",
                run.stdout
            );
            assert!(run.stdout.contains("one has no time that can be read"), "{}", run.stdout);
        }
        let run = check(json!({ "Records": [tagged("a"), at(time.clone(), role("web"))] }));
        assert_eq!(run.code, 3, "{}", run.stdout);
    }
    for time in ["2026-11-28T10:00:00Z", "2026-11-28T10:00:00.123Z", "2026-11-28T11:00:00+01:00"] {
        let run = check(at(json!(time), role("web")));
        assert!(!run.stderr.contains("eventTime"), "{time}: {}", run.stderr);
    }
}

#[test]
fn hostile_text_moves_no_cursor_and_breaks_no_record() {
    let hostile = "\u{1b}[2J\r\n::error::x\u{202e}";
    let mut failed = role(hostile);
    failed["errorCode"] = json!(hostile);
    let events = [
        role(hostile),
        record(
            "iam",
            "TagRole",
            json!({"roleName": hostile, "tags": [{"key": hostile, "value": hostile}]}),
            json!(null),
        ),
        record(hostile, hostile, json!({"resourceArn": hostile}), json!(hostile)),
        record("iam", &format!("Create{hostile}"), json!([hostile]), json!({})),
        record(
            "dynamodb",
            "TagResource",
            json!({"resourceArn": format!("arn:aws:new:eu-west-1:111122223333:{hostile}"), "tags": []}),
            json!(null),
        ),
        failed,
    ];
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    for event in events {
        for format in ["text", "json", "github", "sarif", "csv"] {
            let run = scratch.pipe(["check", "--event", "-", "--format", format], event.to_string().as_bytes());
            assert!([0, 1, 2, 3].contains(&run.code), "{}", run.stderr);
            let shown = format!("{}{}", run.stdout, run.stderr);
            assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{format}: {shown}");
            assert!(!shown.lines().any(|line| line.starts_with("::error::x")), "{format}: {shown}");
        }
    }
}

#[test]
fn an_inventory_keeps_the_removed_keys() {
    // A key that an event removed is absent, and others are unknown, in the line of the resource too.
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let line = |except: &str| {
        format!(
            "{{\"type\":\"iam:role\",\"name\":\"web\",\"tags\":{{}},\"more-tags\":{{\"except\":[\"{except}\"]}}}}\n"
        )
    };
    scratch.file("gone.jsonl", inventory(&[line("Owner")]));
    scratch.run(["check", "gone.jsonl"]).exits(1);
    scratch.file("other.jsonl", inventory(&[line("Team")]));
    scratch.run(["check", "other.jsonl"]).exits(0);
}
