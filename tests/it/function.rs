//! The Lambda function that scans: its zip is built, and its `bootstrap` runs against a runtime API on the loopback and the
//! AWS emulator.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::common::{Scratch, skip};
use crate::emulator::{Emulator, crowd};
use crate::runtime_api::{RuntimeApi, unpacked};

const POLICY: &str = "version = 1\nextends = [\"default\"]\n";

/// The unpacked zip of the function, with a program that starts the one of the tests: that one is large.
fn function(scratch: &Scratch) -> PathBuf {
    let program = scratch.file("taglint", format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_taglint")));
    let policy = scratch.file("taglint.toml", POLICY);
    unpacked("scan", &program, &policy, scratch.path());
    scratch.path().join("root")
}

/// Runs the function for one event. Returns the path and body of its answer, and its log.
fn invoke(emulator: &Emulator, scratch: &Scratch, root: &Path) -> (String, Value, String) {
    let api = RuntimeApi::start("{}");
    let program = emulator.aws(scratch, &[]);
    let mut command = Command::new(root.join("bootstrap"));
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // Lambda sets the region and starts with the function's folder.
    command.env("AWS_LAMBDA_RUNTIME_API", api.address.to_string()).env("LAMBDA_TASK_ROOT", root).env("ONCE", "1");
    command.env("AWS_REGION", "eu-west-1").current_dir(root).stdin(Stdio::null());
    let start = Instant::now();
    let output = command.output().expect("the function starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer = api.answer().expect("an answer");
    assert!(answer.at > start);
    let body = serde_json::from_str(&answer.body).expect("an answer in JSON");
    (answer.path, body, String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_function_scans_its_account_and_an_incomplete_scan_is_an_error_of_the_invocation() {
    if !["curl", "python3"].iter().all(|tool| Command::new(tool).arg("--version").output().is_ok()) {
        skip("there is no curl or no python3");
        return;
    }
    let scratch = Scratch::new();
    let root = function(&scratch);
    for (file, mode) in [("bootstrap", 0o755), ("taglint", 0o755), ("taglint.toml", 0o644)] {
        let found = std::fs::metadata(root.join(file)).expect(file).permissions().mode();
        assert_eq!(found & 0o777, mode, "{file}");
    }
    let emulator = Emulator::with(&crowd(3, 2, &[("eu-west-1", 2)]));
    let (path, body, log) = invoke(&emulator, &scratch, &root);
    assert!(path.ends_with("/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response"), "{path}");
    assert_eq!(body, json!({"exit-code": 1}));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON Lines")).collect();
    assert!(lines.iter().any(|line| line.to_string().contains("user0000")), "the log has the findings: {log}");
    emulator.faults(&json!([{"operation": "cognito-idp:ListUserPools", "kind": "deny"}]));
    let (path, body, _) = invoke(&emulator, &scratch, &root);
    assert!(path.ends_with("/error"), "{path}");
    assert_eq!(body, json!({"errorType": "taglint.ExitCode", "errorMessage": "exit code 3"}));
}
