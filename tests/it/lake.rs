//! Lakes and histories: a resource counts once, and what nobody read is unknown.

use serde_json::{Value, json};

use crate::common::{Scratch, skip};

const ONE: &str = "111122223333";
const TWO: &str = "444455556666";

/// Writes the inventory of an account on a day, with users and their owners; `None`: without tags.
fn put(scratch: &Scratch, day: &str, account: &str, users: &[(&str, Option<&str>)], gaps: &[Value]) {
    let scope = json!({"accounts": [account], "regions": [], "types": ["iam:user"]});
    let mut text =
        format!("{{\"taglint\":\"inventory\",\"version\":1,\"collected\":\"{day}T03:00:00Z\",\"scope\":{scope}}}\n");
    for (name, owner) in users {
        let tags = owner.map_or_else(|| json!({}), |owner| json!({"Owner": owner}));
        let arn = format!("arn:aws:iam::{account}:user/{name}");
        text +=
            &format!("{}\n", json!({"type": "iam:user", "arn": arn, "name": name, "account": account, "tags": tags}));
    }
    text += &format!("{{\"taglint\":\"end\",\"resources\":{},\"unread\":{}}}\n", users.len(), json!(gaps));
    let packed = zstd::encode_all(text.as_bytes(), 0).unwrap();
    scratch.file(&format!("lake/dt={day}/account={account}/inventory.jsonl.zst"), packed);
}

fn lake() -> Scratch {
    let scratch = Scratch::new();
    scratch.file(
        "p.toml",
        "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nvalues = [\"a\", \"b\"]\n",
    );
    put(&scratch, "2026-11-25", ONE, &[("ada", Some("a")), ("bob", None)], &[]);
    put(&scratch, "2026-11-25", TWO, &[("eve", None)], &[]);
    put(&scratch, "2026-11-26", ONE, &[("ada", None), ("bob", None)], &[]);
    put(
        &scratch,
        "2026-11-26",
        TWO,
        &[],
        &[json!({"account": TWO, "operation": "sts:AssumeRole", "error": "AccessDenied"})],
    );
    put(&scratch, "2026-11-28", ONE, &[("ada", None), ("bob", Some("x"))], &[]);
    scratch
}

#[test]
fn a_check_of_a_lake_counts_a_resource_once() {
    let scratch = lake();
    let run = scratch.run(["check", "lake", "--policy", "p.toml", "--format", "json"]);
    run.fails_with(3, &["only 2026-11-28 is checked", TWO]);
    assert_eq!(run.json()["summary"]["resources"], 2, "{}", run.stdout);
    assert!(run.stdout.contains("no inventory of 2026-11-28: the newest is of 2026-11-26"), "{}", run.stdout);
    for (arguments, code, resources) in [
        (&["lake/dt=2026-11-28"][..], 1, 2),
        (&["lake/dt=2026-11-25"], 1, 3),
        (&["lake", "--day", "2026-11-25"], 1, 3),
        (&["lake", "--day", "2026-11-25..2026-11-26"], 3, 2),
        (&["."], 3, 2),
    ] {
        let run = scratch.run([&["check", "--policy", "p.toml", "--format", "json"], arguments].concat());
        run.exits(code);
        assert_eq!(run.json()["summary"]["resources"], resources, "{arguments:?}");
    }
    scratch.run(["check", "lake", "--day", "2026-10-01"]).fails_with(2, &["no inventory of 2026-10-01"]);
    scratch.run(["check", "p.toml", "--day", "2026-11-25"]).fails_with(2, &["no input is a lake"]);
}

#[test]
fn a_history_says_since_when() {
    let scratch = lake();
    let run = scratch.run(["history", "Owner", "--lake", "lake", "--format", "json"]);
    let found = run.exits(3).json();
    let row = |name: &str| {
        let rows = found["resources"].as_array().unwrap().iter();
        rows.clone().find(|row| row["resource"].as_str().unwrap().ends_with(name)).cloned()
    };
    let ada = row("/ada").unwrap();
    assert_eq!(
        [&ada["state"], &ada["since"], &ada["unbroken-since"], &ada["last-right"], &ada["unknown-days"]],
        [&json!("wrong"), &json!("2026-11-26"), &json!("2026-11-28"), &json!("2026-11-25"), &json!(1)]
    );
    assert_eq!(row("/bob"), None, "it has the key now");
    assert_eq!(row("/eve").unwrap()["state"], "unknown", "its account could not be read");
    assert_eq!(found["counts"], json!({"wrong": 1, "unknown": 1, "right": 1, "deleted": 0}));
    assert_eq!(found["days"]["without-inventory"], json!(["2026-11-27"]));
    for question in ["Owner", "owner"] {
        let run = scratch.run(["history", question, "--lake", "lake", "--policy", "p.toml"]);
        let text = &run.exits(3).stdout;
        assert!(text.contains("2 of 3 resources fail, 0 pass, 1 unknown"), "{text}");
        assert!(text.contains("2026-11-25  arn:aws:iam::111122223333:user/bob: "), "{text}");
    }
    let arn = "arn:aws:iam::111122223333:user/ada";
    let periods = scratch.run(["history", arn, "lake", "--format", "json"]).exits(0).json()["periods"].clone();
    let states: Vec<&Value> = periods.as_array().unwrap().iter().map(|one| &one["state"]).collect();
    let states_of_ada = ["present", "present", "unknown", "present"];
    assert_eq!(states, states_of_ada);
    assert_eq!(periods[1]["changes"], json!([{"key": "Owner", "before": "a"}]));
    scratch.run(["history", "arn:aws:iam::1:user/x", "lake"]).fails_with(2, &["no inventory has"]);
    let table = |arguments: &[&str], code: i32| -> Vec<std::collections::HashMap<String, String>> {
        let run = scratch.run([&["history", "--lake", "lake", "--format", "csv"], arguments].concat());
        csv::Reader::from_reader(run.exits(code).stdout.as_bytes()).deserialize().map(Result::unwrap).collect()
    };
    let rows = table(&["Owner"], 3);
    let states: Vec<(&str, &str)> = rows.iter().map(|row| (&*row["state"], &*row["since"])).collect();
    assert_eq!(states[..2], [("wrong", "2026-11-26"), ("unknown", "2026-11-25")]);
    // Each gap and each day without an inventory has a row.
    let said = |state: &str, day: &str| rows.iter().any(|row| row["state"] == state && row["last-seen"] == day);
    assert!(
        said("not read", "2026-11-26") && said("not read", "2026-11-28") && said("no inventory", "2026-11-27"),
        "{rows:?}"
    );
    let rows = table(&[arn], 0);
    assert_eq!(rows.iter().map(|row| &*row["state"]).collect::<Vec<_>>(), states_of_ada);
    assert_eq!(rows[1]["changes"], r#"[{"key":"Owner","before":"a"}]"#);
    assert_eq!((&*rows[0]["tags"], &*rows[2]["reason"]), (r#"{"Owner":"a"}"#, "no inventory covers it"));
    scratch.run(["history", "Team", "lake", "--policy", "p.toml"]).fails_with(2, &["none about a key"]);
}

#[test]
fn a_history_of_a_rule_without_its_policy_says_that_it_reads_a_key() {
    let scratch = lake();
    scratch.file("taglint.toml", scratch.read("p.toml"));
    let run = scratch.run(["history", "owner", "--lake", "lake"]);
    let note = "\"owner\" is a rule of taglint.toml, and is read as a tag key here; add --policy taglint.toml";
    assert!(run.exits(3).stderr.contains(note), "{}", run.stderr);
    scratch.run(["history", "owner", "--lake", "lake", "--policy", "taglint.toml"]).exits(3);
    for arguments in [
        &["history", "Owner", "--lake", "lake"][..],
        &["history", "owner", "--lake", "lake", "--policy", "p.toml"],
        &["history", "owner", "--lake", "lake", "--quiet"],
    ] {
        let run = scratch.run(arguments);
        assert!(!run.exits(3).stderr.contains("is read as a tag key"), "{}", run.stderr);
    }
    std::fs::remove_file(scratch.path().join("taglint.toml")).unwrap();
    let run = scratch.run(["history", "aws-syntax", "--lake", "lake"]);
    assert!(run.stderr.contains("a rule of the built-in policy `default`"), "{}", run.stderr);
}

/// The queries of `docs/lake.md` by `DuckDB`.
#[test]
fn duckdb_reads_a_lake() {
    let has = std::process::Command::new("python3").args(["-c", "import duckdb"]).output();
    if !has.is_ok_and(|run| run.status.success()) {
        return skip("there is no python3 with duckdb");
    }
    let page = std::fs::read_to_string(crate::common::repository("docs/lake.md")).unwrap();
    let queries: Vec<&str> =
        page.split("```sql\n-- DuckDB").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(queries.len(), 2);
    let scratch = lake();
    let script = "import duckdb, json, sys\nprint(json.dumps([[str(c) for c in r] for r in duckdb.sql(sys.argv[1]).fetchall()]))";
    for (query, want) in queries.iter().zip([
        json!([["111122223333", "arn:aws:iam::111122223333:user/ada"]]),
        json!([["2026-11-26", "444455556666", "AccessDenied"]]),
    ]) {
        let run = std::process::Command::new("python3")
            .args(["-c", script, &format!("-- {query}")])
            .current_dir(scratch.path())
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        assert_eq!(serde_json::from_slice::<Value>(&run.stdout).unwrap(), want, "{query}");
    }
}
