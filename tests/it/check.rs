//! The reports of a check in every format, and its exit code.

use std::io::Write as _;

use taglint::report::FORMATS;

use crate::common::{Run, Scratch, device, inventory, line, repository, user};

const GOOD: &[(&str, &str)] = &[("Environment", "Production"), ("Cost Center", "12345")];

#[track_caller]
fn is_in_the_readme(run: &Run) {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    assert!(
        readme.contains(run.stdout.trim_end()),
        "the README shows other output than the program's:\n{}",
        run.stdout
    );
}

/// Checks paths of this repository as a reader of the README does, on the day of its output.
fn from_the_repository(scratch: &Scratch, args: &str) -> Run {
    let args = ["check", "--now", "2026-11-28"].into_iter().chain(args.split(' '));
    Run::of(scratch.command(args).current_dir(repository(".")).output().expect("the program starts"))
}

#[test]
fn the_example_of_the_readme_reads_as_the_readme_says() {
    let scratch = Scratch::new();
    let run = from_the_repository(&scratch, "examples/inventory.jsonl --fail-on never --allow-incomplete");
    run.exits(0);
    is_in_the_readme(&run);
}

#[test]
fn the_gate_of_the_readme_reads_as_the_readme_says() {
    let scratch = Scratch::new();
    let run = from_the_repository(&scratch, "examples/gate");
    run.exits(1);
    is_in_the_readme(&run);
}

#[test]
fn the_repair_of_the_readme_reads_as_the_readme_says() {
    let scratch = Scratch::new();
    let example = repository("examples/inventory.jsonl");
    let run = scratch.run(["fix", example.to_str().unwrap(), "--resource", "*/eu-central-1_Kl2mN5pQ8"]);
    run.exits(0);
    is_in_the_readme(&run);
}

#[test]
fn exit_codes() {
    let scratch = Scratch::new();
    let unread = r#"{"type":"iam:user","arn":"arn:aws:iam::123456789012:user/x","name":"x","account":"123456789012","tags":null,"unknown":"AccessDenied: iam:ListUserTags"}"#.to_owned();
    let headroom: Vec<(String, String)> = (0..46).map(|i| (format!("k{i}"), "v".to_owned())).collect();
    let headroom: Vec<(&str, &str)> =
        headroom.iter().map(|(k, v)| (k.as_str(), v.as_str())).chain(GOOD.iter().copied()).collect();
    for (name, lines, args, code) in [
        ("nothing to say", vec![user("a", GOOD)], vec![], 0),
        ("no resource at all", vec![], vec![], 0),
        ("an error", vec![user("a", &[])], vec![], 1),
        ("an error that does not count", vec![user("a", &[])], vec!["--fail-on", "never"], 0),
        ("a warning", vec![user("a", &headroom)], vec![], 0),
        ("a warning that counts", vec![user("a", &headroom)], vec!["--fail-on", "warning"], 1),
        (
            "a warning of a rule that is left out",
            vec![user("a", &headroom)],
            vec!["--fail-on", "warning", "--ignore", "aws-*"],
            0,
        ),
        ("an error of a rule that is not chosen", vec![user("a", &[])], vec!["--select", "aws-*"], 0),
        ("incomplete", vec![user("a", GOOD), unread.clone()], vec![], 3),
        ("incomplete is stronger than findings", vec![user("a", &[]), unread.clone()], vec![], 3),
        ("incomplete, allowed", vec![user("a", GOOD), unread.clone()], vec!["--allow-incomplete"], 0),
        ("incomplete, allowed, with findings", vec![user("a", &[]), unread.clone()], vec!["--allow-incomplete"], 1),
        ("unknown that counts", vec![user("a", GOOD), unread], vec!["--allow-incomplete", "--fail-on-unknown"], 1),
    ] {
        scratch.file("in.jsonl", inventory(&lines));
        let run = scratch.run(["check", "in.jsonl"].into_iter().chain(args));
        assert_eq!(run.code, code, "{name}\n{}\n{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_value_that_only_an_apply_can_know_leaves_the_code_alone() {
    let scratch = Scratch::new();
    let planned = r#"{"type":"iam:user","address":"aws_iam_user.a","name":"a","tags":{"Environment":null,"Cost Center":"12345"}}"#;
    scratch.file("in.jsonl", inventory(&[planned.to_owned()]));
    let run = scratch.run(["check", "in.jsonl", "--format", "json"]);
    run.exits(0);
    let report = run.json();
    assert_eq!(report["summary"]["unknown"], 1);
    let unknown: Vec<_> = report["unknown"].as_array().unwrap().iter().map(|u| u["rule"].as_str().unwrap()).collect();
    assert_eq!(unknown, ["aws-syntax", "environment"]);
}

#[test]
fn inventories_come_plain_gzipped_zstd_and_on_standard_input() {
    let scratch = Scratch::new();
    let text = inventory(&[user("a", &[]), user("b", GOOD)]);
    scratch.file("plain.jsonl", &text);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
    // The names say nothing: what an input is is told by what it holds.
    scratch.file("one", &gzip);
    scratch.file("two", &zstd);
    scratch.file("bom.txt", format!("\u{feff}{text}"));
    let want = scratch.run(["check", "plain.jsonl", "--format", "jsonl"]);
    // The last line names the input.
    let findings = |run: &Run| run.exits(1).stdout.lines().take(2).map(str::to_owned).collect::<Vec<_>>();
    let last: serde_json::Value = serde_json::from_str(want.stdout.lines().nth(2).unwrap()).unwrap();
    assert_eq!(
        (&last["scope"]["inputs"][0]["name"], &last["coverage"]["complete"]),
        (&"plain.jsonl".into(), &true.into())
    );
    let want = findings(&want);
    for input in ["one", "two", "bom.txt"] {
        assert_eq!(findings(&scratch.run(["check", input, "--format", "jsonl"])), want, "{input}");
    }
    for bytes in [text.as_bytes(), &gzip, &zstd] {
        assert_eq!(findings(&scratch.pipe(["check", "-", "--format", "jsonl"], bytes)), want);
    }
    // A compressed file that breaks off: what is there is checked, and the run is incomplete.
    let long: Vec<String> = (0..5000).map(|i| user(&format!("user-{i:05}-{}", i * 7919 % 10007), &[])).collect();
    let packed = zstd::encode_all(inventory(&long).as_bytes(), 3).unwrap();
    scratch.file("cut.jsonl.zst", &packed[..packed.len() / 2]);
    let run = scratch.run(["check", "cut.jsonl.zst", "--format", "json"]);
    run.exits(3);
    assert!(!run.json()["incomplete"].as_array().unwrap().is_empty());
}

#[test]
fn what_the_aws_cli_prints_is_read_as_it_is() {
    let scratch = Scratch::new();
    let users = r#"{"UserDetailList":[
        {"Path":"/team/","UserName":"anika","UserId":"AIDAEXAMPLE","Arn":"arn:aws:iam::123456789012:user/team/anika","CreateDate":"2024-05-01T09:00:00+00:00","GroupList":[],"AttachedManagedPolicies":[],"Tags":[{"Key":"Environment","Value":"Production"},{"Key":"Cost Center","Value":"12E45"}]},
        {"Path":"/","UserName":"bo","UserId":"AIDAEXAMPLE2","Arn":"arn:aws:iam::123456789012:user/bo","CreateDate":"2024-05-01T09:00:00+00:00","GroupList":[],"AttachedManagedPolicies":[]}],
        "GroupDetailList":[],"RoleDetailList":[],"Policies":[]}"#;
    let report = scratch.pipe(["check", "-", "--format", "json"], users.as_bytes()).exits(1).json();
    let found: Vec<_> = findings(&report);
    assert_eq!(
        found,
        [("bo", "cost-center", "missing"), ("bo", "environment", "missing"), ("anika", "cost-center", "pattern")]
    );

    let tagged = r#"{"ResourceTagMappingList":[
        {"ResourceARN":"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf","Tags":[{"Key":"Env","Value":"Test"},{"Key":"Cost Center","Value":"12345"}]},
        {"ResourceARN":"arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0","Tags":[]}],"PaginationToken":""}"#;
    let run = scratch.pipe(["check", "-", "--format", "json"], tagged.as_bytes());
    assert_eq!(run.json()["findings"][0]["kind"], "misspelled");
    assert!(run.stderr.contains("never tagged"), "{}", run.stderr);
    run.exits(1);
    // One page of several is not the whole.
    let page = tagged.replace("\"PaginationToken\":\"\"", "\"PaginationToken\":\"abc\"");
    scratch.pipe(["check", "-"], page.as_bytes()).exits(3);
}

fn findings(report: &serde_json::Value) -> Vec<(&str, &str, &str)> {
    let text = |v: &'_ serde_json::Value| -> &'static str { String::leak(v.as_str().unwrap_or("").to_owned()) };
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (text(&f["resource"]["name"]), text(&f["rule"]), text(&f["kind"])))
        .collect()
}

#[test]
fn the_same_input_gives_the_same_bytes_whatever_the_threads_and_the_order() {
    let scratch = Scratch::new();
    let mut lines: Vec<String> = (0..3_000)
        .map(|i| match i % 5 {
            0 => user(&format!("u{i:06}"), &[("Env", "x")]),
            1 => device(&format!("d{i:06}"), &[("Cost-Center", "12345")]),
            2 => line(
                "cognito-idp:userpool",
                &format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_{i:06}"),
                "p",
                &[("Environment", "prod")],
            ),
            _ => user(&format!("v{i:06}"), GOOD),
        })
        .collect();
    // Reports name their input.
    scratch.file("mixed/in.jsonl", inventory(&lines));
    lines.sort_by_key(|line| {
        let v: serde_json::Value = serde_json::from_str(line).unwrap();
        (v["type"].as_str().unwrap().to_owned(), v["arn"].as_str().unwrap().to_owned())
    });
    scratch.file("sorted/in.jsonl", inventory(&lines));
    for format in FORMATS.iter().filter(|format| !format.is_binary()).map(|format| format.name) {
        let output = |folder: &str, threads: &str| {
            let output = scratch
                .command(["check", "in.jsonl", "--format", format, "--fail-on", "never"])
                .current_dir(scratch.path().join(folder))
                .env("RAYON_NUM_THREADS", threads)
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(0), "{format}: {}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        };
        let want = output("sorted", "1");
        assert!(want.len() > 500, "{format}");
        assert_eq!(want, output("sorted", "7"), "{format}: threads");
        assert_eq!(want, output("mixed", "3"), "{format}: order of the input");
    }
}

#[test]
fn one_run_feeds_every_output_and_leaves_no_half_file() {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", inventory(&[user("a", &[])]));
    scratch
        .run([
            "check",
            "in.jsonl",
            "--output",
            "r.json",
            "--output",
            "r.sarif",
            "--output",
            "r.sarif.json",
            "--output",
            "r.md",
            "-o",
            "r.csv",
            "-o",
            "r.xml",
            "-o",
            "r.txt",
            "-o",
            "r.jsonl",
        ])
        .exits(1);
    let json: serde_json::Value = serde_json::from_str(&scratch.read("r.json")).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 2);
    assert_eq!(scratch.read("r.sarif"), scratch.read("r.sarif.json"));
    assert!(scratch.read("r.txt").contains("Cost Center is missing"));
    assert!(
        std::fs::read_dir(scratch.path()).unwrap().all(|e| !e
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".taglint"))
    );
    // A run that fails leaves the old file as it was.
    scratch.file("r.json", "old");
    scratch.file(
        "broken.jsonl",
        "{\"taglint\":\"inventory\",\"version\":1}\n{\"type\":1}\n{\"taglint\":\"end\",\"resources\":1}\n",
    );
    scratch.run(["check", "broken.jsonl", "--output", "r.json"]).exits(2);
    assert_eq!(scratch.read("r.json"), "old");
}

#[test]
fn the_text_report_points_at_what_is_wrong() {
    let scratch = Scratch::new();
    scratch.file("in.jsonl", inventory(&[user("anika", &[("Environment", "Production"), ("Cost Center", "12E45")])]));
    let run = scratch.run(["check", "in.jsonl", "--now", "2026-11-28"]);
    insta::assert_snapshot!(run.stdout, @r#"
    iam:user anika  arn:aws:iam::123456789012:user/anika
      error   cost-center  Cost Center is "12E45"; it must match \d{5}
              Cost Center = "12E45"
                            ^^^^^^^

    findings by rule:
      cost-center         1  The resource has a valid Cost Center

    policy: default (built in), aws (built in)
    checked on 2026-11-28 by taglint 0.2.0: 1 account (123456789012), 1 type, from in.jsonl of 2026-11-22

    1 error in 1 resource
    0 pass (0%), 1 fail, 0 unknown
    "#);
    assert!(run.stderr.contains("using the built-in policy `default`"));
    assert!(scratch.run(["check", "in.jsonl", "-q"]).stderr.is_empty());
    assert!(scratch.run(["check", "in.jsonl", "--color", "always"]).stdout.contains("\u{1b}["));
}

#[test]
fn a_baseline_lets_only_new_findings_count() {
    let scratch = Scratch::new();
    scratch.file("old.jsonl", inventory(&[user("a", &[]), user("gone", &[])]));
    scratch.run(["check", "old.jsonl", "-o", "b.json", "-o", "b.jsonl", "-o", "b.sarif"]).exits(1);
    for baseline in ["b.json", "b.jsonl", "b.sarif"] {
        scratch.file("same.jsonl", inventory(&[user("a", &[("Environment", "")])]));
        // The value changed; `missing` became `empty`; the problem is the same one.
        let run = scratch.run(["check", "same.jsonl", "--baseline", baseline, "--format", "json"]);
        let report = run.exits(0).json();
        assert!(
            report["findings"].as_array().unwrap().iter().all(|f| f["state"] == "unchanged"),
            "{baseline}: {report}"
        );
        assert_eq!(report["gone"].as_array().unwrap().len(), 2, "{baseline}");
        assert!(report["gone"].as_array().unwrap().iter().all(|f| f["state"] == "gone"));
        scratch.file("new.jsonl", inventory(&[user("a", &[]), user("b", GOOD), user("c", &[("Environment", "Test")])]));
        let report = scratch.run(["check", "new.jsonl", "--baseline", baseline, "--format", "json"]).exits(1).json();
        assert_eq!(report["summary"]["new"]["error"], 1, "{baseline}");
    }
    // What was not read is not gone.
    let unread = r#"{"type":"iam:user","arn":"arn:aws:iam::123456789012:user/gone","name":"gone","account":"123456789012","tags":null,"unknown":"AccessDenied: iam:ListUserTags"}"#;
    scratch.file("unread.jsonl", inventory(&[user("a", &[]), unread.to_owned()]));
    let report = scratch.run(["check", "unread.jsonl", "--baseline", "b.json", "--format", "json"]).exits(3).json();
    assert!(report["gone"].as_array().unwrap().iter().all(|f| f["state"] == "unread"), "{report}");
    scratch.file("not.json", "{}");
    scratch.run(["check", "same.jsonl", "--baseline", "not.json"]).fails_with(2, &["not a taglint report"]);
    scratch.run(["check", "same.jsonl", "--baseline", "missing.json"]).fails_with(2, &["missing.json"]);
}

#[test]
fn waivers_cover_expire_and_are_missed() {
    let scratch = Scratch::new();
    let policy = |expires: &str, resources: &str| {
        format!(
            "version = 1\nextends = [\"default\"]\n[[waiver]]\nrules = [\"cost-center\"]\nresources = [\"{resources}\"]\nreason = \"moves to SSO\"\nexpires = {expires}\n"
        )
    };
    scratch.file("in.jsonl", inventory(&[user("a", &[("Environment", "Test")])]));
    let run = |expires: &str, resources: &str, now: &str| {
        scratch.file("taglint.toml", policy(expires, resources));
        scratch.run(["check", "in.jsonl", "--now", now, "--show", "waived"])
    };
    let covered = run("2027-03-31", "arn:aws:iam::*:user/*", "2026-11-22");
    covered.exits(0);
    assert!(covered.stdout.contains("moves to SSO") && covered.stdout.contains("1 waived"), "{}", covered.stdout);
    // It holds through its last day, and no longer.
    assert!(run("2027-03-31", "*", "2027-03-31").exits(0).stdout.contains("expires today"));
    let expired = run("2027-03-31", "*", "2027-04-01");
    assert!(expired.exits(1).stdout.contains("expired on 2027-03-31"), "{}", expired.stdout);
    assert!(run("2027-03-31", "*", "2027-03-20").exits(0).stdout.contains("expires in 11 days"));
    assert!(run("2027-03-31", "*/nobody", "2026-11-22").exits(1).stdout.contains("covers no finding"));
}

#[test]
fn a_waiver_of_an_unknown_result_is_used_and_announced() {
    let scratch = Scratch::new();
    let rule = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nwhen.region = \"eu-*\"\n";
    let waiver =
        "[[waiver]]\nrules = [\"owner\"]\nresources = [\"*\"]\nreason = \"moves to SSO\"\nexpires = 2027-03-31\n";
    // The region of a user pool is not in this line, so it is unknown whether the rule applies.
    let pool = r#"{"type":"cognito-idp:userpool","name":"p","tags":{}}"#.to_owned();
    scratch.file("in.jsonl", inventory(&[pool]));
    let run = |policy: &str, now: &str| {
        scratch.file("taglint.toml", policy);
        scratch.run(["check", "in.jsonl", "--now", now, "--fail-on-unknown"])
    };
    run(rule, "2026-11-22").exits(1);
    let early = run(&format!("{rule}{waiver}"), "2026-11-22");
    assert!(!early.exits(0).stdout.contains("covers no finding"), "{}", early.stdout);
    let soon = run(&format!("{rule}{waiver}"), "2027-03-20");
    assert!(soon.exits(0).stdout.contains("expires in 11 days"), "{}", soon.stdout);
}

#[test]
fn a_rule_that_matched_nothing_is_a_warning() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"pools\"\nresources = [\"cognito-idp:*\"]\nkey = \"A\"\n[[rule]]\nid = \"users\"\nkey = \"B\"\n");
    scratch.file("in.jsonl", inventory(&[user("a", &[])]));
    let run = scratch.run(["check", "in.jsonl"]);
    assert!(
        run.stdout.contains("the rule pools applies to no resource") && !run.stdout.contains("the rule users"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let scratch = Scratch::new();
    let lines: Vec<String> = (0..20_000).map(|i| user(&format!("u{i}"), &[])).collect();
    scratch.file("in.jsonl", inventory(&lines));
    let mut child = scratch
        .command(["check", "in.jsonl", "-q", "--format", "jsonl"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_redacted_report_says_no_account_name_or_value() {
    const KEY: &str = "a key of 16 bytes";
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\nextends = [\"default\"]\n[[rule]]\nid = \"same\"\nsame-as-user = [\"Cost Center\"]\n[[rule]]\nid = \"words\"\nkey = \"Environment\"\nvalues = [\"Test\"]\nmessage = \"{name} has {value}\"\n");
    let user = r#"{"type":"iam:user","arn":"arn:aws:iam::444455556666:user/anika","name":"anika","account":"444455556666","path":"/","tags":{"Environment":"secret-stage","cost center":"55555"}}"#;
    let device = r#"{"type":"iam:mfa","arn":"arn:aws:iam::444455556666:mfa/anika-phone","name":"anika-phone","account":"444455556666","user":"arn:aws:iam::444455556666:user/anika","tags":{"Cost Center":"44444"}}"#;
    let orphan = r#"{"type":"iam:mfa","arn":"arn:aws:iam::444455556666:mfa/orphan","name":"orphan","account":"444455556666","user":"arn:aws:iam::444455556666:user/elsewhere","tags":{}}"#;
    scratch.file("in.jsonl", inventory(&[device.to_owned(), orphan.to_owned(), user.to_owned()]));
    let run = |format: &str, key: &str| {
        let output = scratch
            .command(["check", "in.jsonl", "--redact", "--format", format, "--show", "unknown,passed", "-v"])
            .env("TAGLINT_REDACT_KEY", key)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for format in ["text", "json", "jsonl", "sarif", "csv", "junit", "markdown", "github"] {
        let shown = run(format, KEY);
        assert!(shown.contains("redacted-") || format == "text", "{format}");
        for secret in ["444455556666", "anika", "orphan", "elsewhere", "secret-stage", "55555", "44444"] {
            assert!(!shown.contains(secret), "{format} shows {secret}:\n{shown}");
        }
        assert_eq!(shown, run(format, KEY), "{format}");
        assert_ne!(shown, run(format, "another key of 16 bytes"), "{format}");
    }
    // Reports under one key can be compared.
    scratch.file("base.json", run("json", KEY));
    let again = scratch
        .command(["check", "in.jsonl", "--redact", "--baseline", "base.json"])
        .env("TAGLINT_REDACT_KEY", KEY)
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stdout));
}

#[test]
fn a_hook_skips_named_files_that_are_no_inputs_and_nothing_else() {
    let scratch = Scratch::new();
    scratch.file("compose.yaml", "services:\n  web:\n    image: web\n");
    scratch.file("notes.json", "{\"a\": 1}");
    scratch.file("docs/a.md", "# a");
    let check = |paths: &[&str]| scratch.run(["check", "--skip-other-files"].iter().chain(paths).copied());
    // Without the flag, each of them ends the run.
    scratch.run(["check", "compose.yaml"]).fails_with(2, &["not an input that taglint knows"]);
    let run = check(&["compose.yaml", "notes.json", "docs"]);
    for path in ["compose.yaml", "notes.json", "docs"] {
        assert!(run.exits(0).stderr.contains(&format!("note: skipped {path}: ")), "{}", run.stderr);
    }
    // A report of nothing is still a report.
    check(&["compose.yaml", "--format", "json", "--output", "out.sarif"]).exits(0).json();
    assert!(scratch.read("out.sarif").contains("\"results\":["));
    scratch.file("main.tf", "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n}\n");
    let run = check(&["compose.yaml", "main.tf"]);
    assert!(run.exits(1).stdout.contains("main.tf:1"), "{}", run.stdout);
    // An input with errors and a path that does not exist are no files of another kind.
    scratch.file("bad/main.tf", "resource \"aws_iam_user\" {");
    scratch.file("bad.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  U: [\n");
    for path in ["bad", "bad.yaml", "missing.json"] {
        check(&["compose.yaml", path]).exits(2);
    }
    // Resources that no rule judged are not nothing.
    scratch.file("bucket.tf.json", r#"{"resource": {"aws_s3_bucket": {"b": {}}}}"#);
    std::fs::remove_file(scratch.path().join("main.tf")).unwrap();
    scratch.file(
        "narrow.toml",
        "version = 1\n[[rule]]\nid = \"r\"\nkey = \"K\"\nrequired = true\nresources = [\"iam:user\"]\n",
    );
    check(&["bucket.tf.json", "--policy", "narrow.toml"]).fails_with(2, &["nothing was judged"]);
}
