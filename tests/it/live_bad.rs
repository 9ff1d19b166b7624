//! Errors of a scan besides tags: credentials, regions, endpoints, flags, untrusted text.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch};
use crate::emulator::{Emulator, at_the_pace_of_aws, aws, crowd, run};

const IAM_ONLY: &str = "iam:user,iam:mfa";

#[test]
fn without_credentials_it_says_how_to_get_them_and_calls_nobody() {
    let emulator = Emulator::start();
    let scratch = Scratch::new();
    for command in ["scan", "collect"] {
        let mut bare = emulator.aws(&scratch, &[command, "--type", IAM_ONLY]);
        bare.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        run(&mut bare).fails_with(2, &["no AWS credentials", "aws sso login", "AWS_ACCESS_KEY_ID"]);
        let mut profile = emulator.aws(&scratch, &[command, "--type", IAM_ONLY, "--profile", "nobody"]);
        profile.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        run(&mut profile).fails_with(2, &["--profile \"nobody\"", "no such profile", "aws configure"]);
    }
    assert_eq!(emulator.calls(), BTreeMap::new());
}

#[test]
fn credentials_that_nobody_accepts_are_an_error_and_not_a_clean_account() {
    let emulator = Emulator::start();
    let scratch = Scratch::new();
    for (fault, words) in [
        (json!({"kind": "expired"}), ["have expired", "aws sso login"]),
        (
            json!({"kind": "error", "error": "InvalidClientTokenId", "message": "The security token included in the request is invalid.", "code": 403}),
            ["does not accept the credentials", "InvalidClientTokenId"],
        ),
        (
            json!({"kind": "error", "error": "SignatureDoesNotMatch", "message": "x-amz-security-token:abc", "code": 403}),
            ["does not accept the credentials", "clock"],
        ),
        (json!({"kind": "deny"}), ["did not identify the caller", "sts:GetCallerIdentity"]),
        (json!({"kind": "garbage"}), ["did not identify the caller", "sts:GetCallerIdentity"]),
        (json!({"kind": "status", "code": 500}), ["did not identify the caller", "aws sts get-caller-identity"]),
    ] {
        emulator.forget();
        let mut fault = fault;
        fault["operation"] = "sts:*".into();
        emulator.faults(&json!([fault]));
        let run = emulator.run(&scratch, &["scan", "--region", "eu-west-1", "--output", "report.json"]);
        run.fails_with(2, &words);
        assert!(run.stdout.is_empty() && !run.stderr.contains("x-amz-security-token"), "{}{}", run.stdout, run.stderr);
        assert!(!scratch.path().join("report.json").exists());
        assert!(emulator.calls().keys().eq(["sts:GetCallerIdentity"]), "{:?}", emulator.calls());
    }
}

#[test]
fn what_is_wrong_on_the_command_line_is_told_before_the_first_call() {
    let emulator = Emulator::start();
    let scratch = Scratch::new();
    scratch.file("folder.json/x", "");
    for (args, words) in [
        (&["scan"][..], ["no AWS region", "--region eu-west-1"]),
        (&["collect", "--type", "cognito-idp:userpool"], ["no AWS region", "AWS_REGION"]),
        (&["scan", "--region", "eu-west-1a"], ["\"eu-west-1a\" is not", "did you mean `eu-west-1`?"]),
        (&["scan", "--region", "eu-west-1,EU_CENTRAL_1"], ["\"EU_CENTRAL_1\" is not", "did you mean `eu-central-1`?"]),
        (&["scan", "--region", "evil.example.com/"], ["is not the name of an AWS region", "eu-west-1"]),
        (&["scan", "--type", "iam:users"], ["--type \"iam:users\"", "did you mean iam:user?"]),
        (&["collect", "--type", "s3"], ["--type \"s3\"", "cognito-idp:userpool"]),
        (&["permissions", "scan", "--type", "iam:mfas"], ["--type \"iam:mfas\"", "did you mean iam:mfa?"]),
        // All else is good here but what is named.
        (&["scan", "--region", "eu-west-1", "--output", "tags.docx"], ["tags.docx", ".sarif"]),
        (
            &["scan", "--region", "eu-west-1", "--output", "no/such/tags.json"],
            ["no/such/tags.json", "use a folder that exists"],
        ),
        (&["scan", "--region", "eu-west-1", "--output", "folder.json"], ["folder.json", "it is a folder"]),
        (&["collect", "--region", "eu-west-1", "--output", "inventory.json"], ["inventory.json", ".jsonl.zst"]),
        (
            &["collect", "--region", "eu-west-1", "--output", "no/such/i.jsonl"],
            ["no/such/i.jsonl", "use a folder that exists"],
        ),
        (&["scan", "--region", "eu-west-1", "--select", "cost-centre"], ["cost-centre", "cost-center"]),
        (&["scan", "--region", "eu-west-1", "--baseline", "missing.json"], ["--baseline missing.json", "--output"]),
        (&["scan", "--region", "eu-west-1", "--policy", "missing.toml"], ["missing.toml", "error"]),
        (&["scan", "--region", "eu-west-1", "--max-concurrency", "0"], ["--max-concurrency", "0"]),
    ] {
        let run = emulator.run(&scratch, args);
        run.fails_with(2, &words);
        assert_eq!(run.stdout, "", "{args:?}");
    }
    let run = run(emulator.aws(&scratch, &["scan"]).env("AWS_REGION", "eu-west-1\u{1b}[2J"));
    run.fails_with(2, &["\"eu-west-1\\u{1b}[2J\" is not the name of an AWS region"]);
    assert_eq!(emulator.calls(), BTreeMap::new());
}

#[test]
fn a_region_that_is_not_enabled_is_a_gap_beside_the_others() {
    let emulator = Emulator::with(&crowd(0, 0, &[("eu-west-1", 2)]));
    let scratch = Scratch::new();
    let args = ["scan", "--type", "cognito-idp:userpool", "--region", "af-south-1,eu-west-1", "--format", "json"];
    let report = emulator.run(&scratch, &args).exits(3).json();
    assert_eq!(report["summary"]["resources"], 2);
    let [gap] = &report["incomplete"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(
        (&gap["account"], &gap["region"], &gap["type"]),
        (&json!(ACCOUNT), &json!("af-south-1"), &json!("cognito-idp:userpool"))
    );
    assert!(gap["error"].as_str().unwrap().starts_with("region af-south-1 is not enabled in this account"), "{gap}");
    let text = emulator.run(&scratch, &args[..5]);
    assert!(text.exits(3).stdout.contains("af-south-1"), "{}", text.stdout);
    // Another partition's region cannot be asked with these credentials at all.
    let mut args = args;
    args[4] = "us-gov-west-1,eu-west-1";
    emulator.forget();
    let mut command = emulator.aws(&scratch, &args);
    let report = run(command.env("AWS_REGION", "eu-west-1")).exits(3).json();
    assert_eq!(report["incomplete"][0]["region"], "us-gov-west-1");
    assert!(
        emulator.tally()["by_region"]
            .get("us-gov-west-1")
            .is_none_or(|calls| calls.get("cognito-idp:ListUserPools").is_none())
    );
}

#[test]
fn an_endpoint_that_refuses_or_hangs_is_named_and_soon_given_up() {
    let scratch = Scratch::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let args = ["scan", "--type", IAM_ONLY, "--connect-timeout", "1", "--read-timeout", "1"];
    // Connections are made by the system; nobody ever answers.
    let start = Instant::now();
    run(&mut aws(&scratch, &endpoint, &args)).fails_with(2, &[&endpoint, "did not answer within 1 s", "HTTPS_PROXY"]);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    drop(listener);
    let start = Instant::now();
    run(&mut aws(&scratch, &endpoint, &args))
        .fails_with(2, &[&endpoint, "cannot connect", "refused", "AWS_ENDPOINT_URL"]);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    let start = Instant::now();
    run(&mut at_the_pace_of_aws(aws(&scratch, "not a url", &args))).fails_with(2, &["endpoint"]);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn a_service_that_dies_during_the_scan_leaves_gaps_in_bounded_time() {
    let emulator = Emulator::with(&crowd(3, 3, &[("eu-west-1", 3)]));
    let scratch = Scratch::new();
    emulator.faults(&json!([{"operation": "cognito-idp:*", "kind": "hang", "seconds": 30}]));
    let start = Instant::now();
    let report = emulator
        .run(&scratch, &["scan", "--region", "eu-west-1", "--read-timeout", "1", "--format", "json"])
        .exits(3)
        .json();
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
    assert_eq!(report["summary"]["resources"], 6);
    let gap = &report["incomplete"][0];
    assert!(
        gap["operation"] == "cognito-idp:ListUserPools" && gap["error"].as_str().unwrap().contains("timeout after"),
        "{gap}"
    );
}

#[test]
fn the_policy_that_it_prints_has_exactly_the_actions_that_a_scan_uses() {
    let emulator = Emulator::with(&crowd(2, 2, &[("eu-west-1", 2)]));
    let scratch = Scratch::new();
    let actions = |more: &[&str]| -> BTreeSet<String> {
        let policy = emulator.run(&scratch, &[&["permissions", "scan"], more].concat()).exits(0).json();
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(policy["Version"], "2012-10-17");
        assert!(
            statements.iter().all(|s| s["Effect"] == "Allow" && !s["Resource"].as_array().is_some_and(Vec::is_empty)),
            "{policy}"
        );
        let actions: Vec<String> = statements
            .iter()
            .flat_map(|s| s["Action"].as_array().unwrap())
            .map(|a| a.as_str().unwrap().to_owned())
            .collect();
        let set: BTreeSet<String> = actions.iter().cloned().collect();
        assert!(set.len() == actions.len() && !set.is_empty(), "{policy}");
        set
    };
    let used = |more: &[&str]| -> BTreeSet<String> {
        emulator.forget();
        emulator.run(&scratch, &[&["scan"], more].concat()).exits(1);
        // With what has a fallback denied, the fallbacks are used as well.
        let denied = ["iam:GetAccountAuthorizationDetails", "cognito-idp:ListTagsForResource"]
            .map(|operation| json!({"operation": operation, "kind": "deny"}));
        emulator.faults(&json!(denied));
        emulator.run(&scratch, &[&["scan"], more].concat()).exits(1);
        // It needs no permission.
        emulator.calls().into_keys().filter(|call| call != "sts:GetCallerIdentity").collect()
    };
    assert_eq!(actions(&[]), used(&["--region", "eu-west-1"]));
    for kind in ["iam:user", "iam:mfa"] {
        assert_eq!(actions(&["--type", kind]), used(&["--type", kind]));
    }
    let pools = ["--type", "cognito-idp:userpool"];
    assert_eq!(actions(&pools), used(&[&pools[..], &["--region", "eu-west-1"]].concat()));
}

#[test]
fn a_closed_pipe_ends_a_collection_quietly() {
    let emulator = Emulator::with(&crowd(900, 0, &[]));
    let scratch = Scratch::new();
    let mut child = emulator
        .aws(&scratch, &["collect", "--type", "iam:user"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

/// Pools can have any of it in names, keys and values: their answers are JSON.
fn nasty() -> Vec<String> {
    let mut nasty = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "a\nb\r\nc",
        "\u{202e}gnp.exe",
        "::error::owned",
        "\n::set-output name=x::y",
        "<b>&amp;</b>",
        "=1+1",
        "\u{feff}\u{200b}zero",
        "\u{85}\u{9b}31m",
        "\u{2028}::warning::x",
        "a|b`c",
        "\"quoted\\",
    ]
    .map(str::to_owned)
    .to_vec();
    nasty.push("\u{20000}".repeat(256));
    nasty
}

#[test]
fn hostile_text_from_aws_is_kept_in_the_inventory_and_escaped_everywhere_else() {
    let xml = |text: &String| !text.contains(['\u{1b}', '\u{7}']);
    let tags = |text: &String| json!({"Environment": text, format!("k{text}").chars().take(128).collect::<String>(): "v", "cost_center": text});
    let users: Vec<Value> = nasty()
        .iter()
        .filter(|text| xml(text))
        .enumerate()
        .map(|(i, text)| json!({"name": format!("u{i}"), "tags": tags(text)}))
        .collect();
    let pools: Vec<Value> = nasty().iter().map(|text| json!({"name": text, "tags": tags(text)})).collect();
    let emulator = Emulator::with(&json!({"users": users, "pools": {"eu-west-1": pools}}));
    let scratch = Scratch::new();
    let here = ["--region", "eu-west-1"];

    let inventory = emulator.run(&scratch, &[&["collect"], &here[..]].concat());
    let state = emulator.state(ACCOUNT);
    let real: BTreeMap<&str, &Value> = [&state["users"], &state["pools"]["eu-west-1"]]
        .iter()
        .flat_map(|list| list.as_array().unwrap())
        .map(|r| (r["arn"].as_str().unwrap(), r))
        .collect();
    let lines: Vec<Value> = inventory.exits(0).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len() - 2, real.len());
    for line in &lines[1..lines.len() - 1] {
        let real = real[line["arn"].as_str().unwrap()];
        assert_eq!((&line["tags"], &line["name"]), (&real["tags"], &real["name"]));
    }

    for format in ["text", "json", "jsonl", "sarif", "github", "markdown", "csv", "junit", "html"] {
        let run = emulator.run(
            &scratch,
            &[&["scan", "--format", format, "--show", "waived,unknown,passed", "-vv"], &here[..]].concat(),
        );
        run.exits(1);
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            let hostile = |c: &char| {
                c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
            };
            assert_eq!(line.chars().find(hostile), None, "{format}: {line}");
            let command = line.trim_start().starts_with("::");
            assert!(!command || (format == "github" && !line.contains("::set-output name=x")), "{format}: {line}");
        }
        assert!(run.stdout.contains("gnp.exe"), "{format}");
    }
}

#[test]
fn messages_of_services_are_shown_without_their_tricks() {
    let emulator = Emulator::with(&crowd(0, 0, &[("eu-west-1", 1)]));
    let scratch = Scratch::new();
    emulator.faults(&json!([{
        "operation": "cognito-idp:ListUserPools", "kind": "error", "error": "Odd\u{1b}[31mException",
        "message": format!("\u{1b}[2J\n::error::owned arn:aws:iam::{ACCOUNT}:role/secret \u{202e}{}", "long ".repeat(5000)),
    }]));
    for format in ["text", "json", "github"] {
        let run = emulator.run(
            &scratch,
            &["scan", "--type", "cognito-idp:userpool", "--region", "eu-west-1", "--format", format, "-vv"],
        );
        let all = format!("{}{}", run.exits(3).stdout, run.stderr);
        assert!(!all.contains(['\u{1b}', '\u{202e}']) && !all.contains("role/secret"), "{all:?}");
        assert!(all.lines().all(|line| !line.starts_with("::error::owned")) && all.len() < 4000, "{all:?}");
        assert!(all.contains("cognito-idp:ListUserPools"), "{all}");
    }
}

#[test]
fn an_answer_that_no_xml_can_hold_leaves_one_user_unknown_and_not_an_empty_account() {
    let good = json!({"name": "good", "tags": {"Environment": "Test", "Cost Center": "12345"}});
    let emulator = Emulator::with(&json!({"users": [good, {"name": "odd", "tags": {"k": "\u{1b}[2J"}}]}));
    let scratch = Scratch::new();
    let args = ["scan", "--type", "iam:user", "--format", "json", "--show", "passed"];
    let report = emulator.run(&scratch, &args).exits(3).json();
    assert_eq!((&report["summary"]["complete"], &report["findings"]), (&json!(false), &json!([])));
    assert_eq!((&report["passed"][0]["name"], &report["incomplete"]), (&json!("good"), &json!([])));
    for unknown in report["unknown"].as_array().unwrap() {
        assert_eq!(unknown["resource"]["name"], "odd");
        assert!(unknown["reason"].as_str().unwrap().starts_with("unreadable answer"), "{unknown}");
    }
    let calls = emulator.calls();
    assert_eq!((calls["iam:ListUsers"], calls["iam:ListUserTags"]), (1, 1 + 3), "asked three times");
}
