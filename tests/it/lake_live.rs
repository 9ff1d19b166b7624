//! `taglint collect --lake` on live accounts: one inventory for each account, with what could not be read.

use serde_json::{Value, json};

use crate::common::Scratch;
use crate::emulator::{Emulator, run};

const MANAGEMENT: &str = "123456789012";
const MEMBER: &str = "111122223333";
const CLOSED: &str = "444455556666";

/// An organization of three accounts with users; the role of one of them cannot be assumed.
fn organization() -> Emulator {
    let emulator = Emulator::start();
    let user = |name: &str, tags: Value| json!({"name": name, "tags": tags});
    let accounts = json!([{"id": MEMBER}, {"id": CLOSED}]);
    emulator.seed(&json!({"account": MANAGEMENT, "users": [user("ada", json!({"Owner": "a"}))], "organization": {"accounts": accounts}}));
    emulator.seed(&json!({"account": MEMBER, "users": [user("bob", json!({})), user("eve", json!({"Owner": "b"}))]}));
    emulator.seed(&json!({"account": CLOSED, "users": [user("joe", json!({}))]}));
    emulator.faults(&json!([{"operation": "sts:AssumeRole", "match": CLOSED, "kind": "deny"}]));
    emulator
}

fn collect(emulator: &Emulator, scratch: &Scratch, code: i32) {
    let flags =
        ["--organization", "--role-name", "scan", "--type", "iam:user", "--region", "eu-west-1", "--lake", "lake"];
    run(&mut emulator.aws(scratch, &[&["collect"], &flags[..]].concat())).exits(code);
}

/// The folder of the day of the run: the only one.
fn day(scratch: &Scratch) -> String {
    let folders = std::fs::read_dir(scratch.path().join("lake")).expect("a lake");
    let names: Vec<String> = folders.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    let [name] = &names[..] else { panic!("one day: {names:?}") };
    name.strip_prefix("dt=").expect("a day").to_owned()
}

#[test]
fn each_account_has_its_inventory_and_its_gaps() {
    let emulator = organization();
    let scratch = Scratch::new();
    scratch.file("p.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n");
    collect(&emulator, &scratch, 3);
    let day = day(&scratch);
    for (account, users, unread) in [(MANAGEMENT, 1, false), (MEMBER, 2, false), (CLOSED, 0, true)] {
        let packed = std::fs::read(scratch.path().join(format!("lake/dt={day}/account={account}/inventory.jsonl.zst")));
        let text = String::from_utf8(zstd::decode_all(&packed.expect("an inventory")[..]).unwrap()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["scope"]["accounts"], json!([account]), "{text}");
        assert_eq!(lines.iter().filter(|line| line["type"] == "iam:user").count(), users, "{text}");
        assert_eq!(lines.last().unwrap()["unread"].as_array().is_some_and(|gaps| !gaps.is_empty()), unread, "{text}");
    }
    // What could not be entered is unknown in every answer about the lake.
    let check = scratch.run(["check", "lake", "--policy", "p.toml", "--format", "json"]);
    let report = check.exits(3).json();
    assert_eq!(report["summary"]["resources"], 3, "{report:#}");
    let history = scratch.run(["history", "Owner", "--lake", "lake", "--format", "csv"]);
    let text = &history.exits(3).stdout;
    assert!(
        text.contains(&format!("wrong,arn:aws:iam::{MEMBER}:user/bob,{MEMBER},,iam:user,missing,{day},")),
        "{text}"
    );
    assert!(text.contains(&format!("not read,,{CLOSED},")) && text.contains("AccessDenied"), "{text}");
    assert!(!text.contains("/eve") && !text.contains("/ada"), "{text}");
}

#[test]
fn a_second_run_of_the_day_replaces_the_first() {
    let emulator = organization();
    let scratch = Scratch::new();
    collect(&emulator, &scratch, 3);
    emulator.faults(&json!([]));
    emulator.empty();
    emulator.seed(&json!({"account": MANAGEMENT, "organization": {"accounts": [{"id": MEMBER}, {"id": CLOSED}]}}));
    emulator.seed(&json!({"account": CLOSED, "users": [{"name": "joe", "tags": {"Owner": "c"}}]}));
    collect(&emulator, &scratch, 0);
    let run = scratch.run(["history", "Owner", "--lake", "lake", "--format", "json"]);
    assert_eq!(
        run.exits(0).json()["counts"],
        json!({"wrong": 0, "unknown": 0, "right": 1, "deleted": 0}),
        "{}",
        run.stdout
    );
}

/// The script of the template `examples/taglint-lake-map.yaml`, as a task of a share runs it. A stand-in for the AWS CLI copies.
#[cfg(unix)]
#[test]
fn the_shares_of_a_map_write_one_lake() {
    use std::os::unix::fs::PermissionsExt as _;
    let template = std::fs::read_to_string(crate::common::repository("examples/taglint-lake-map.yaml")).unwrap();
    let script = template.split("Script: !Sub \"").nth(1).and_then(|rest| rest.split('"').next()).expect("the script");
    let script = script.replace("${RoleName}", "scan").replace("${ExternalId}", "word").replace("${Bucket}", "b");
    assert!(!script.contains("${"), "{script}");
    let emulator = organization();
    let scratch = Scratch::new();
    let aws = scratch.file("bin/aws", "#!/bin/sh\n[ \"$1 $2 $3\" = \"s3 sync lake\" ] && cp -R lake/. \"$SYNCED\"\n");
    std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o755)).unwrap();
    let synced = scratch.path().join("synced");
    std::fs::create_dir(&synced).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_taglint")).parent().unwrap();
    let path = format!("{}:{}:{}", aws.parent().unwrap().display(), program.display(), std::env::var("PATH").unwrap());
    for share in ["1/2", "2/2"] {
        let mut command = std::process::Command::new("sh");
        let settings = emulator.aws(&scratch, &[]);
        command.envs(settings.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(["-c", &script]).env("PATH", &path).env("SHARE", share).env("SYNCED", &synced);
        let _ = std::fs::remove_dir_all(scratch.path().join("lake"));
        run(command.current_dir(scratch.path())).exits(0);
    }
    // The account that cannot be entered is unknown in the lake, though its task succeeded.
    let history = scratch.run(["history", "Owner", "--lake", "synced", "--format", "json"]);
    let found = history.exits(3).json();
    assert_eq!((&found["counts"]["wrong"], &found["counts"]["right"]), (&json!(1), &json!(2)), "{found:#}");
    assert!(found["days"]["unread"].to_string().contains(CLOSED), "{found:#}");
    // With the substitutions, the definition is JSON.
    let definition = template.split("DefinitionString: |\n").nth(1).expect("the definition");
    let definition = definition.replace("${Shares}", "2").replace("${Concurrency}", "2").replace("${Script}", &script);
    let definition: Value = serde_json::from_str(&definition).expect("JSON");
    assert_eq!(definition["States"]["Numbers"]["Parameters"]["shares.$"], "States.ArrayRange(1, 2, 1)");
}
