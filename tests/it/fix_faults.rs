//! A fix that is denied, cut off, throttled, interrupted, out of room or not alone: what was not written is as it was, what
//! was is in the journal, and the journal finishes it or takes it back.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Run, Scratch};
use crate::emulator::{Emulator, at_the_pace_of_aws, run};
use crate::fix_apply::{TagMap, apply, fixed, go_back, plan, tags, there_and_back, world};

#[test]
fn where_half_is_denied_the_other_half_is_done() {
    let emulator = Emulator::with(&world(8));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    let planned = plan(&scratch, &emulator).changes.len();
    let deny = |operation: &str| json!({"operation": operation, "kind": "deny", "every": 2});
    emulator.faults(&json!([deny("iam:TagUser"), deny("iam:TagMFADevice"), deny("cognito-idp:TagResource")]));
    let run = apply(&emulator, &scratch, &[]);
    let run = run.exits(1);
    assert!(run.stdout.contains(&format!("{} resources done, {} failed", planned / 2, planned / 2)), "{}", run.stdout);
    for (arn, tags) in tags(&emulator) {
        let denied = run.stdout.contains(&format!("{arn}: AccessDenied"));
        assert_eq!(tags, if denied { before[&arn].clone() } else { fixed(&before[&arn]) }, "{arn}");
    }
    // What was denied needs no putting back, and nobody waits for it.
    emulator.faults(&json!([]));
    let begun = Instant::now();
    let undo = ["fix", "--undo", "journal.jsonl", "--yes", "--allow-remove", "--journal", "undo.jsonl"];
    emulator.run(&scratch, &undo).exits(0);
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert_eq!(tags(&emulator), before);
    emulator.run(&scratch, &["fix", "--resume", "journal.jsonl", "--yes"]).exits(0);
}

#[test]
fn a_bad_connection_costs_time_and_nothing_else() {
    let emulator = Emulator::start();
    let reads = ["iam:ListUserTags", "iam:ListMFADeviceTags", "cognito-idp:ListTagsForResource"];
    let writes = ["iam:*ag*User", "iam:*agMFADevice", "cognito-idp:*agResource"];
    let untags = ["iam:UntagUser", "iam:UntagMFADevice", "cognito-idp:UntagResource"];
    let of = |operations: &[&str], kind: Value| -> Value {
        let fault = |operation: &&str| {
            let mut fault = kind.clone();
            fault["operation"] = (*operation).into();
            fault
        };
        operations.iter().map(fault).collect()
    };
    for (name, faults) in [
        ("a 500 after the untag took", of(&untags, json!({"kind": "status", "code": 500, "apply": true, "times": 2}))),
        // Twice at most: a call is given up when three of its attempts are cut, and which call is hit is chance.
        ("a cut read", of(&reads, json!({"kind": "cut", "every": 3, "times": 2}))),
        (
            "three in ten throttled",
            of(&[&reads[..], &writes[..]].concat(), json!({"kind": "throttle", "probability": 0.3, "seed": 7})),
        ),
    ] {
        there_and_back(&emulator, name, &faults, false);
    }
}

/// AWS has no compare-and-set: what lands between the read and the write is seen by nobody. His other keys stay.
#[test]
fn who_writes_between_the_read_and_the_write_keeps_his_other_keys() {
    let emulator = Emulator::with(&json!({
        "users": [{"name": "u", "tags": {"owner": "a"}}], "devices": [{"name": "d", "tags": {"owner": "a"}}],
        "pools": {"eu-west-1": [{"name": "p", "tags": {"owner": "a"}}]}}));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    plan(&scratch, &emulator);
    let late =
        |operation: &str| json!({"operation": operation, "match": "Owner", "kind": "delay", "seconds": 6, "times": 1});
    emulator.faults(&json!([late("iam:TagUser"), late("iam:TagMFADevice"), late("cognito-idp:TagResource")]));
    let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl"];
    let mut command = emulator.aws(&scratch, &flags);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let begun = Instant::now();
    while emulator.applied() < 3 {
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing is written");
        std::thread::sleep(Duration::from_millis(20));
    }
    // He is a fix too.
    let his = Scratch::new();
    his.file("taglint.toml", "version = 1\n[[rule]]\nid = \"none\"\nkey = \"Nothing\"\n");
    let set = ["--set", "Team=his", "--resource", "*", "--allow-access-change", "--allow-managed"];
    let more = ["fix", "--apply", "--yes", "--region", "eu-west-1", "--journal", "his.jsonl", "--patience", "2"];
    emulator.run(&his, &[&more[..], &set].concat()).exits(0);
    let both: TagMap = [("owner", "a"), ("Team", "his")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    assert!(tags(&emulator).values().all(|tags| *tags == both), "he was first: {:?}", tags(&emulator));
    Run::of(child.wait_with_output().expect("the program ends")).exits(0);
    let both: TagMap = [("Owner", "a"), ("Team", "his")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    assert!(tags(&emulator).values().all(|tags| *tags == both), "{:?}", tags(&emulator));
    go_back(&emulator, &scratch, "journal.jsonl", "undo.jsonl").exits(0);
    let undo = ["fix", "--undo", "his.jsonl", "--yes", "--allow-access-change", "--allow-remove", "--patience", "2"];
    emulator.run(&his, &undo).exits(0);
    assert_eq!(tags(&emulator), before);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_what_was_begun_and_the_journal_finishes_the_rest() {
    use std::process::Command;
    let emulator = Emulator::with(&world(30));
    emulator.limits(&json!({"delay_ms": 60}));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    let planned = plan(&scratch, &emulator).changes.len();
    let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl"];
    let mut command = at_the_pace_of_aws(emulator.aws(&scratch, &flags));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let begun = Instant::now();
    while emulator.calls().get("iam:TagUser").is_none_or(|calls| *calls < 3) {
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing is written");
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    let run = Run::of(child.wait_with_output().expect("the program ends"));
    let run = run.exits(130);
    assert!(run.stdout.contains("not begun") && run.stdout.contains("--resume journal.jsonl"), "{}", run.stdout);
    let history = taglint::fix::journal::read(&scratch.path().join("journal.jsonl")).expect("a journal");
    assert!(!history.ended && (3..planned).contains(&history.jobs.len()), "{}", history.jobs.len());
    // Nothing is half done, and nothing is done that the journal does not say.
    for (arn, tags) in tags(&emulator) {
        let at = history.header.plan.as_ref().unwrap().changes.iter().position(|change| change.arn == arn).unwrap();
        let done = history.jobs.get(&at).is_some_and(|job| !job.intents.is_empty());
        assert_eq!(tags, if done { fixed(&before[&arn]) } else { before[&arn].clone() }, "{arn}");
    }
    emulator.limits(&json!({"delay_ms": null}));
    emulator.run(&scratch, &["fix", "--resume", "journal.jsonl", "--yes", "--patience", "2"]).exits(0);
    assert!(tags(&emulator).iter().all(|(arn, tags)| *tags == fixed(&before[arn])));
    assert!(taglint::fix::journal::read(&scratch.path().join("journal.jsonl")).unwrap().ended);
}

/// A limit on the size of files is what a full disk is to a program.
#[cfg(target_os = "linux")]
#[test]
fn where_the_journal_cannot_be_written_nothing_more_is_asked_for() {
    use std::process::Command;
    let emulator = Emulator::with(&world(8));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    plan(&scratch, &emulator);
    let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl"];
    let good = emulator.aws(&scratch, &flags);
    // Room for the first line, and for some of what follows.
    let first = serde_json::to_vec(&serde_json::from_str::<Value>(&scratch.read("plan.json")).unwrap()).unwrap().len();
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", first / 512 + 6);
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(good.get_program()).args(good.get_args());
    command.current_dir(good.get_current_dir().expect("the scratch folder"));
    for (name, value) in good.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let run = run(&mut command);
    assert!(run.stderr.contains("cannot write the journal journal.jsonl"), "{}\n{}", run.stdout, run.stderr);
    run.exits(3);
    let history = taglint::fix::journal::read(&scratch.path().join("journal.jsonl")).expect("a journal");
    let changes = &history.header.plan.as_ref().unwrap().changes;
    let now = tags(&emulator);
    let written: BTreeSet<&str> =
        now.iter().filter(|(arn, tags)| **tags != before[*arn]).map(|(arn, _)| arn.as_str()).collect();
    let announced: BTreeSet<&str> = history.jobs.keys().map(|at| changes[*at].arn.as_str()).collect();
    assert!(written.is_subset(&announced) && !written.is_empty(), "{written:?} of {announced:?}");
    assert!(written.len() < changes.len());
    emulator.run(&scratch, &["fix", "--resume", "journal.jsonl", "--yes", "--patience", "2"]).exits(0);
    assert!(tags(&emulator).iter().all(|(arn, tags)| *tags == fixed(&before[arn])));
    // Of some requests the journal has no answer.
    let undo = ["fix", "--undo", "journal.jsonl", "--yes", "--allow-remove", "--allow-unconfirmed", "--patience", "2"];
    emulator.run(&scratch, &undo).exits(0);
    assert_eq!(tags(&emulator), before);
}
