//! Writes beside somebody else's, reads that say too little, answers that say nothing, and journals that nobody wrote:
//! nothing is written or taken back that a person could not have wanted.

use serde_json::{Value, json};
use taglint::fix::journal::{JobResult, read};

use crate::common::{Run, Scratch};
use crate::emulator::Emulator;
use crate::fix_apply::{TagMap, apply, digest, fixed, go_back, plan, tags, world};

/// The operations of each type: list of tags, Tag, Untag.
const OPERATIONS: [(&str, &str, &str); 3] = [
    ("iam:ListUserTags", "iam:TagUser", "iam:UntagUser"),
    ("iam:ListMFADeviceTags", "iam:TagMFADevice", "iam:UntagMFADevice"),
    ("cognito-idp:ListTagsForResource", "cognito-idp:TagResource", "cognito-idp:UntagResource"),
];

/// One resource of each type, all with these tags.
fn three(tags: &Value) -> Value {
    json!({"users": [{"name": "u", "tags": tags}], "devices": [{"name": "d", "tags": tags}],
        "pools": {"eu-west-1": [{"name": "p", "tags": tags}]}})
}

fn map(pairs: &[(&str, &str)]) -> TagMap {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The same fault for each of these operations.
fn at(operations: [&str; 3], fault: &Value) -> Value {
    let one = |operation: &str| {
        let mut fault = fault.clone();
        fault["operation"] = operation.into();
        fault
    };
    operations.into_iter().map(one).collect()
}

fn reads() -> [&'static str; 3] {
    OPERATIONS.map(|(read, ..)| read)
}

fn tag_writes() -> [&'static str; 3] {
    OPERATIONS.map(|(_, tag, _)| tag)
}

fn results(scratch: &Scratch, journal: &str) -> Vec<Option<JobResult>> {
    read(&scratch.path().join(journal)).expect("a journal").jobs.values().map(|job| job.result).collect()
}

#[track_caller]
fn everywhere(emulator: &Emulator, expected: &TagMap) {
    for (arn, tags) in tags(emulator) {
        assert_eq!(tags, *expected, "{arn}");
    }
}

fn undo(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> Run {
    emulator.run(scratch, &[&["fix", "--undo", "journal.jsonl", "--yes", "--patience", "1"], more].concat())
}

#[test]
fn who_writes_before_a_repeated_write_is_not_overwritten() {
    let emulator = Emulator::start();
    for (name, fault) in [
        ("conflict", json!({"kind": "error", "error": "ConcurrentModification", "code": 409})),
        ("throttled", json!({"kind": "throttle"})),
        ("no clear answer", json!({"kind": "status", "code": 500})),
        ("unavailable", json!({"kind": "status", "code": 503})),
        ("no answer", json!({"kind": "hang", "seconds": 2})),
    ] {
        for rival in [json!({"Owner": "his"}), json!({"Team": "his"}), json!({"empty": null})] {
            emulator.empty();
            emulator.forget();
            emulator.seed(&three(&json!({"empty": ""})));
            let scratch = Scratch::new();
            plan(&scratch, &emulator);
            let mut fault = fault.clone();
            fault["rival"] = rival.clone();
            fault["times"] = 1.into();
            emulator.faults(&at(tag_writes(), &fault));
            let limit = if fault["kind"] == "hang" { &["--read-timeout", "1"][..] } else { &[] };
            let run = apply(&emulator, &scratch, limit);
            let mut expected = map(&[("empty", "")]);
            for (key, value) in rival.as_object().expect("tags") {
                match value.as_str() {
                    Some(value) => drop(expected.insert(key.clone(), value.to_owned())),
                    None => drop(expected.remove(key)),
                }
            }
            let removed = expected.is_empty();
            run.exits(if removed { 3 } else { 1 });
            let words = if removed { "3 unclear" } else { "3 changed meanwhile" };
            assert!(run.stdout.contains(words), "{name} {rival}: {}", run.stdout);
            everywhere(&emulator, &expected);
            let calls = emulator.calls();
            assert!(tag_writes().iter().all(|write| calls[*write] == 1), "{name} {rival}: {calls:?}");
            let result = if removed { JobResult::Unclear } else { JobResult::Changed };
            assert_eq!(results(&scratch, "journal.jsonl"), [Some(result); 3]);
            // Nothing is the run's, so nothing is taken back; and a result without a clear answer says so.
            let back = undo(&emulator, &scratch, &["--allow-remove"]);
            assert!(back.stdout.contains("0 resources done"), "{name} {rival}: {}", back.stdout);
            everywhere(&emulator, &expected);
        }
    }
}

#[test]
fn a_rename_that_is_cut_short_by_somebody_else_is_undone_whole() {
    let emulator = Emulator::with(&three(&json!({"CostCenter": "12345", "Owner": "a"})));
    let scratch = Scratch::new();
    plan(&scratch, &emulator);
    // The new key is written. Before the old one is removed, somebody gives it another value.
    let conflict = json!({"kind": "error", "error": "ConcurrentModification", "code": 409, "times": 1,
        "rival": {"CostCenter": "99999"}});
    emulator.faults(&at(OPERATIONS.map(|(.., untag)| untag), &conflict));
    assert!(apply(&emulator, &scratch, &[]).exits(1).stdout.contains("3 changed meanwhile"));
    everywhere(&emulator, &map(&[("CostCenter", "99999"), ("Cost Center", "12345"), ("Owner", "a")]));
    go_back(&emulator, &scratch, "journal.jsonl", "undo.jsonl").exits(0);
    everywhere(&emulator, &map(&[("CostCenter", "99999"), ("Owner", "a")]));
}

#[test]
fn a_read_without_the_tags_of_the_plan_is_read_again_and_never_written_on() {
    let before = map(&[("owner", "a"), ("left", "alone")]);
    for (missing, key) in [("all tags", Value::Null), ("one tag", json!("left"))] {
        let emulator = Emulator::with(&three(&json!({"owner": "a", "left": "alone"})));
        let scratch = Scratch::new();
        plan(&scratch, &emulator);
        let untagged = |times: Value| {
            let mut fault = json!({"kind": "untagged", "times": times});
            if !key.is_null() {
                fault["error"] = key.clone();
            }
            at(reads(), &fault)
        };
        emulator.faults(&untagged(Value::Null));
        let run = apply(&emulator, &scratch, &[]);
        let run = run.exits(3);
        assert!(run.stdout.contains("3 unclear") && run.stdout.contains("two reads lack tags"), "{}", run.stdout);
        everywhere(&emulator, &before);
        assert!(emulator.calls().keys().all(|call| !call.contains("ag") || call.contains("List")), "{missing}");
        assert_eq!(results(&scratch, "journal.jsonl"), [Some(JobResult::Unclear); 3], "{missing}");
        // One such read is only read again.
        emulator.faults(&untagged(json!(1)));
        emulator.run(&scratch, &["fix", "--resume", "journal.jsonl", "--yes", "--patience", "2"]).exits(0);
        everywhere(&emulator, &fixed(&before));
        emulator.faults(&untagged(Value::Null));
        if key.is_null() {
            let run = go_back(&emulator, &scratch, "journal.jsonl", "no.jsonl");
            assert!(run.exits(3).stdout.contains("3 unclear"), "{}", run.stdout);
            everywhere(&emulator, &fixed(&before));
        }
        emulator.faults(&untagged(json!(1)));
        go_back(&emulator, &scratch, "journal.jsonl", "undo.jsonl").exits(0);
        everywhere(&emulator, &before);
    }
}

#[test]
fn an_undo_leaves_what_was_denied_and_asks_for_what_is_uncertain() {
    let emulator = Emulator::start();
    let by_hand = json!({"left": "alone", "Owner": "nobody"});
    for (name, fault, uncertain) in [
        ("denied", json!({"kind": "deny"}), false),
        ("invalid", json!({"kind": "error", "error": "ValidationError", "code": 400}), false),
        ("no clear answer", json!({"kind": "status", "code": 500}), true),
    ] {
        emulator.empty();
        emulator.forget();
        emulator.seed(&three(&json!({"left": "alone"})));
        let scratch = Scratch::new();
        plan(&scratch, &emulator);
        emulator.faults(&at(tag_writes(), &fault));
        apply(&emulator, &scratch, &[]).exits(if uncertain { 3 } else { 1 });
        // Then a person sets the same tag to the same value.
        emulator.forget();
        emulator.empty();
        emulator.seed(&three(&by_hand));
        let set = map(&[("left", "alone"), ("Owner", "nobody")]);
        let run = undo(&emulator, &scratch, &["--allow-remove", "--journal", "first.jsonl"]);
        everywhere(&emulator, &set);
        if uncertain {
            let text = &run.exits(3).stdout;
            assert!(text.contains("--allow-unconfirmed") && text.contains("perhaps"), "{text}");
            undo(&emulator, &scratch, &["--allow-remove", "--allow-unconfirmed", "--journal", "second.jsonl"]).exits(0);
            everywhere(&emulator, &map(&[("left", "alone")]));
        } else {
            run.exits(0);
            assert!(emulator.calls().keys().all(|call| !call.contains("Untag")), "{name}");
        }
    }
}

#[test]
fn the_printed_undo_command_works_and_no_other_journal() {
    let emulator = Emulator::with(&world(4));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    plan(&scratch, &emulator);
    let run = apply(&emulator, &scratch, &[]);
    let text = &run.exits(0).stdout;
    assert!(text.contains(&format!("journal SHA-256: {}\n", digest(&scratch, "journal.jsonl"))), "{text}");
    let command = text.lines().find_map(|line| line.strip_prefix("undo: taglint ")).expect("a command");
    let words: Vec<&str> = command.split(' ').collect();
    // One more line in the journal: it is another one.
    let journal = scratch.read("journal.jsonl");
    scratch.file("journal.jsonl", format!("{journal}{}\n", json!({"taglint": "end", "at": "2026-11-22T00:00:00Z"})));
    emulator.run(&scratch, &words).fails_with(2, &["journal.jsonl", "SHA-256"]);
    let resume = ["fix", "--resume", "journal.jsonl", "--yes", "--journal-sha256"];
    emulator.run(&scratch, &[&resume[..], &[&"0".repeat(64)]].concat()).fails_with(2, &["SHA-256"]);
    scratch.file("journal.jsonl", journal);
    // Without the digest, only what removes nothing is undone.
    let partly = emulator.run(&scratch, &["fix", "--undo", "journal.jsonl", "--yes", "--resource", "d00"]);
    assert!(partly.exits(1).stdout.contains("--allow-remove for \"Owner\", or --journal-sha256"), "{}", partly.stdout);
    emulator.run(&scratch, &words).exits(0);
    assert_eq!(tags(&emulator), before);
}

#[test]
fn a_forged_journal_needs_the_flags_that_a_plan_needs() {
    let emulator = Emulator::with(&three(&json!({"Team": "ops"})));
    let scratch = Scratch::new();
    let (before, arns) = (map(&[("Team", "ops")]), tags(&emulator).into_keys().collect::<Vec<_>>());
    // What a journal says that was made by hand, to be finished or to be undone.
    let forge = |left: Value, was: Value| {
        let restores: Vec<Value> = arns
            .iter()
            .map(|arn| json!({"arn": arn, "touched": [{"key": "Team", "left": left, "was": was}]}))
            .collect();
        let header = json!({"taglint": "journal", "version": 1, "started": "2026-11-22T00:00:00Z",
            "accounts": ["123456789012"], "flags": [], "restores": restores});
        let tag = |value: &Value| value.as_str().map_or(json!({}), |value| json!({"Team": value}));
        let mut lines = vec![header.to_string()];
        for job in 0..arns.len() {
            let request = match was.as_str() {
                Some(value) => json!({"tag": {"Team": value}}),
                None => json!({"untag": ["Team"]}),
            };
            lines.push(
                json!({"taglint": "intent", "job": job, "at": "2026-11-22T00:00:00Z", "tags": tag(&left),
                "to": tag(&was), "requests": [request]})
                .to_string(),
            );
            lines.push(
                json!({"taglint": "result", "job": job, "at": "2026-11-22T00:00:00Z", "what": "done"}).to_string(),
            );
        }
        lines.join("\n") + "\n"
    };
    for (verb, left, was, flag) in [
        ("--undo", json!("evil"), json!("ops"), "--allow-overwrite"),
        ("--undo", Value::Null, json!("ops"), "--allow-remove"),
        ("--resume", json!("ops"), json!("evil"), "--allow-overwrite"),
        ("--resume", json!("ops"), Value::Null, "--allow-remove"),
    ] {
        let mut text = forge(left, was);
        if verb == "--resume" {
            text = text.lines().next().expect("a header").to_owned() + "\n";
        }
        scratch.file("forged.jsonl", text);
        let run = emulator.run(&scratch, &["fix", verb, "forged.jsonl", "--yes", "--patience", "1"]);
        let refused = format!("it needs {flag} for \"Team\"");
        assert_eq!(run.exits(1).stdout.matches(&refused).count(), 3, "{}", run.stdout);
        everywhere(&emulator, &before);
    }
    // Whoever gives the flag says so.
    emulator.run(&scratch, &["fix", "--resume", "forged.jsonl", "--yes", "--patience", "1", "--allow-remove"]).exits(0);
    everywhere(&emulator, &map(&[]));
}
