//! `taglint merge`: what was read on several machines, or in several nights, becomes one inventory that says no more
//! and no less than they did.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::common::{Run, Scratch};

/// An inventory of users of these accounts, `hour` o'clock.
fn inventory(hour: u32, scope: &Value, users: &[(&str, &str, Value)], unread: &Value) -> String {
    let mut text = format!(
        "{}\n",
        json!({"taglint": "inventory", "version": 1, "collected": format!("2026-11-22T{hour:02}:00:00Z"), "scope": scope})
    );
    // `json!` sorts its keys; the first one of these lines has to be `taglint`.
    text = text
        .replace("{\"collected\"", "{\"taglint\":\"inventory\",\"collected\"")
        .replace(",\"taglint\":\"inventory\",\"version\"", ",\"version\"");
    for (account, name, tags) in users {
        let arn = format!("arn:aws:iam::{account}:user/{name}");
        text +=
            &format!("{}\n", json!({"type": "iam:user", "arn": arn, "name": name, "account": account, "tags": tags}));
    }
    text + &format!("{{\"taglint\":\"end\",\"resources\":{},\"unread\":{unread}}}\n", users.len())
}

fn scope(accounts: &[&str], shard: Option<&str>) -> Value {
    let mut scope = json!({"accounts": accounts, "regions": [], "types": ["iam:user"], "organization": "o-example"});
    if let Some(shard) = shard {
        scope["shard"] = shard.into();
    }
    scope
}

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const GOOD: &str = r#"{"Environment":"Test","Cost Center":"12345"}"#;

fn good() -> Value {
    serde_json::from_str(GOOD).unwrap()
}

#[test]
fn shards_in_every_packing_become_the_whole_organization() {
    let scratch = Scratch::new();
    let shard = |n: u32, account: &str| {
        inventory(
            n,
            &scope(&[account], Some(&format!("{n}/3"))),
            &[(account, "b", good()), (account, "a", json!({}))],
            &json!([]),
        )
    };
    scratch.file("1.jsonl", shard(1, "111122223333"));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(shard(2, "123456789012").as_bytes()).unwrap();
    scratch.file("2.jsonl.gz", gz.finish().unwrap());
    scratch.file("3.jsonl.zst", zstd::encode_all(shard(3, "444455556666").as_bytes(), 0).unwrap());

    let run = scratch.run(["merge", "1.jsonl", "2.jsonl.gz", "3.jsonl.zst"]);
    assert_eq!(run.exits(0).stderr, "");
    let all = lines(&run);
    assert_eq!(
        all[0]["scope"],
        json!({"accounts": ["111122223333", "123456789012", "444455556666"], "regions": [], "types": ["iam:user"], "organization": "o-example"})
    );
    let names: Vec<String> = all[1..7].iter().map(|line| format!("{} {}", line["account"], line["name"])).collect();
    assert!(names.is_sorted() && names.len() == 6, "{names:?}");
    assert_eq!(all[7], json!({"taglint": "end", "resources": 6, "unread": []}));
    // The order of the inputs and the packing of the output are of no account.
    for packed in ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"] {
        let to_file = scratch.run(["merge", "3.jsonl.zst", "1.jsonl", "2.jsonl.gz", "--output", packed]);
        assert!(
            to_file.exits(0).stderr.contains(&format!("6 resources of 3 inventories in {packed}")),
            "{}",
            to_file.stderr
        );
        assert_eq!(scratch.run(["merge", packed]).exits(0).stdout, run.stdout, "{packed}");
    }
    // Two of three are a part, and say so; in SARIF such a part has a category of its own.
    let run = scratch.run(["merge", "1.jsonl", "2.jsonl.gz", "--output", "part.jsonl"]);
    assert!(run.exits(3).stderr.contains("only the shards 1,2/3 are present"), "{}", run.stderr);
    let category = |inputs: &[&str], code: i32| {
        let run = scratch.run(["check", "--format", "sarif"].iter().chain(inputs));
        run.exits(code).json()["runs"][0]["automationDetails"]["id"].as_str().unwrap().to_owned()
    };
    assert!(category(&["part.jsonl"], 3).starts_with("taglint/live/o-example/partial-"));
    assert_eq!(category(&["part.jsonl", "3.jsonl.zst"], 1), "taglint/live/o-example/");
    assert_eq!(category(&["out.jsonl"], 1), "taglint/live/o-example/");
}

#[test]
fn shards_that_are_missing_are_a_gap_in_every_report_until_they_are_there() {
    let scratch = Scratch::new();
    for (n, account) in [(1, "111122223333"), (2, "123456789012"), (3, "444455556666")] {
        let scope = scope(&[account], Some(&format!("{n}/3")));
        scratch.file(&format!("{n}.jsonl"), inventory(n, &scope, &[(account, "a", good())], &json!([])));
    }
    let missing = "shard 2 of 3 missing: the accounts were not read";
    let run = scratch.run(["merge", "1.jsonl", "3.jsonl", "--output", "part.jsonl"]);
    run.fails_with(3, &[&format!("incomplete: {missing}")]);
    scratch.run(["merge", "1.jsonl", "3.jsonl", "--allow-incomplete", "--output", "x.jsonl"]).exits(0);
    for inputs in [&["part.jsonl"][..], &["1.jsonl", "3.jsonl"]] {
        for format in ["text", "json", "jsonl", "sarif", "markdown", "html", "junit", "csv", "github"] {
            let run = scratch.run(["check", "--format", format].iter().chain(inputs));
            assert!(run.exits(3).stdout.contains(missing), "{format} {inputs:?}: {}", run.stdout);
        }
        let args = ["check", "--allow-incomplete"];
        scratch.run(args.iter().chain(inputs)).exits(0);
    }
    scratch.run(["check", "1.jsonl"]).exits(3);
    // The gap is not written down: it ends when the rest is there.
    for inputs in [&["part.jsonl", "2.jsonl"][..], &["2.jsonl", "3.jsonl", "1.jsonl"]] {
        scratch.run(["check"].iter().chain(inputs)).exits(0);
        scratch.run(["merge", "--output", "whole.jsonl"].iter().chain(inputs)).exits(0);
        scratch.run(["check", "whole.jsonl"]).exits(0);
    }
}

#[test]
fn a_truncated_input_and_what_nobody_read_leave_the_result_incomplete() {
    let scratch = Scratch::new();
    let denied =
        json!([{"account": "111122223333", "type": "iam:user", "operation": "iam:ListUsers", "error": "AccessDenied"}]);
    scratch.file("denied.jsonl", inventory(1, &scope(&["111122223333"], None), &[], &denied));
    scratch.file(
        "again.jsonl",
        inventory(2, &scope(&["111122223333"], None), &[("111122223333", "a", good())], &json!([])),
    );
    let whole = inventory(
        3,
        &scope(&["123456789012"], None),
        &[("123456789012", "x", good()), ("123456789012", "y", good())],
        &json!([]),
    );
    let cut = &whole[..whole.rfind("\"type\"").unwrap()];
    scratch.file("cut.jsonl", cut);

    let run = scratch.run(["merge", "denied.jsonl", "again.jsonl"]);
    assert!(
        run.exits(0).stderr.contains("1 scope that one inventory could not read filled from another"),
        "{}",
        run.stderr
    );
    let run = scratch.run(["merge", "denied.jsonl", "cut.jsonl"]);
    run.fails_with(3, &["incomplete: 2 scopes could not be read"]);
    let all = lines(&run);
    let [_, x, end] = &all[..] else { panic!("{all:?}") };
    assert_eq!((&x["name"], &end["resources"]), (&json!("x"), &json!(1)));
    let told = end["unread"].to_string();
    assert!(told.contains("cut.jsonl: the inventory is truncated") && told.contains("iam:ListUsers"), "{told}");
    // The check of the result says the same.
    assert_eq!(scratch.pipe(["check", "-"], run.stdout.as_bytes()).code, 3);
    scratch.run(["merge", "denied.jsonl", "--allow-incomplete", "--output", "x.jsonl"]).exits(0);
    // A compressed file that breaks off is a gap too, and what came before is kept.
    let names: Vec<String> = (0..20_000).map(|i| format!("u{i:05}")).collect();
    let many: Vec<_> = names.iter().map(|name| ("123456789012", name.as_str(), good())).collect();
    let many = inventory(3, &scope(&["123456789012"], None), &many, &json!([]));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(many.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    scratch.file("cut.jsonl.gz", &packed[..packed.len() / 2]);
    let run = scratch.run(["merge", "cut.jsonl.gz", "again.jsonl"]);
    run.fails_with(3, &["incomplete: 2 scopes"]);
    let all = lines(&run);
    assert!((1_000..20_000).contains(&all.len()) && all.iter().any(|line| line["account"] == "111122223333"));
    assert!(all.last().unwrap()["unread"].to_string().contains("the compressed data is truncated"), "{:?}", all.last());
}

#[test]
fn a_resource_in_two_inventories_is_one_and_the_note_says_so() {
    let scratch = Scratch::new();
    let account = "111122223333";
    let at = |hour, name: &str, tags: Value| {
        inventory(hour, &scope(&[account], None), &[(account, "ana", tags), (account, name, good())], &json!([]))
    };
    scratch.file("old.jsonl", at(1, "left", json!({"Serial": "1"})));
    scratch.file("new.jsonl", at(2, "stays", json!({"Serial": "1"})));
    let run = scratch.run(["merge", "new.jsonl", "old.jsonl"]);
    for words in ["1 resource in more than one inventory", "1 resource left out: an inventory collected later"] {
        assert!(run.exits(0).stderr.contains(words), "{}", run.stderr);
    }
    let names: Vec<Value> = lines(&run).iter().filter_map(|line| line.get("name").cloned()).collect();
    assert_eq!(names, ["ana", "stays"]);

    // Checked together without a merge, it does not clash with itself; a notice says that it counts twice.
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"serial\"\nunique = \"Serial\"\n");
    let report = scratch.run(["check", "new.jsonl", "old.jsonl", "--format", "json"]).exits(0).json();
    assert_eq!(report["findings"], json!([]));
    assert!(report["notices"].to_string().contains("1 resource is in more than one of these inventories"), "{report}");
    // Another user's clash is still found.
    scratch.file(
        "other.jsonl",
        inventory(3, &scope(&[account], None), &[(account, "bo", json!({"Serial": "1"}))], &json!([])),
    );
    let report = scratch.run(["check", "new.jsonl", "old.jsonl", "other.jsonl", "--format", "json"]).exits(1).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 3, "{report}");
    // A single input has no such notice.
    let report = scratch.run(["check", "new.jsonl", "--format", "json"]).exits(0).json();
    assert!(!report["notices"].to_string().contains("more than one"));
}

#[test]
fn what_is_no_inventory_is_refused_before_anything_is_written() {
    let scratch = Scratch::new();
    scratch.file("good.jsonl", inventory(1, &scope(&["111122223333"], None), &[], &json!([])));
    scratch.file("bad.jsonl", "{\"type\":\"iam:user\",\"tags\":{}}\n{\"type\":\n{\"type\":\"x\",\"tags\":{}}\n");
    scratch.file("aws.json", r#"{"UserDetailList":[]}"#);
    scratch.file("empty.jsonl", "");
    for (args, words) in [
        (&["merge", "good.jsonl", "bad.jsonl", "--output", "out.jsonl"][..], "bad.jsonl:2"),
        (&["merge", "good.jsonl", "aws.json", "--output", "out.jsonl"], "aws.json:1"),
        (&["merge", "good.jsonl", "empty.jsonl", "--output", "out.jsonl"], "empty.jsonl: the input is empty"),
        (&["merge", "good.jsonl", "missing.jsonl", "--output", "out.jsonl"], "missing.jsonl"),
        (&["merge", "good.jsonl", "--output", "out.json"], "unknown output extension"),
        (&["merge"], "INVENTORY"),
    ] {
        let run = scratch.run(args);
        run.fails_with(2, &[words]);
        assert!(run.stdout.is_empty() && !scratch.path().join("out.jsonl").exists(), "{args:?}");
    }
}

#[test]
fn a_merge_names_only_what_is_incomplete() {
    let scratch = Scratch::new();
    let read = inventory(1, &scope(&["111122223333"], None), &[("111122223333", "a", json!(null))], &json!([]));
    scratch.file("1.jsonl", read.replace("\"tags\":null", "\"tags\":null,\"unknown\":\"AccessDenied\""));
    let run = scratch.run(["merge", "1.jsonl"]);
    run.fails_with(3, &["incomplete: the tags of 1 resource could not be read"]);
    assert!(!run.stderr.contains("0 scopes"), "{}", run.stderr);
}
