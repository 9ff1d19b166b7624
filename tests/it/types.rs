//! The table of resource types is what its sources say, and its page what the table says.

use std::process::{Command, Output};

use crate::common::repository;

/// The generator's exit code where a source is not on this machine.
const SKIPPED: i32 = 77;

#[test]
fn the_table_is_what_its_sources_say() {
    judge(python("tools/types/generate.py", &["--offline", "--check"]));
}

#[test]
fn the_page_is_what_the_table_says() {
    judge(python("tools/types/generate.py", &["--page-only", "--check"]));
}

#[test]
fn the_generator_refuses_a_layout_that_it_does_not_know() {
    judge(python("tools/types/test_types.py", &[]));
}

/// Runs a script without leaving compiled modules in the repository; `None` where there is no Python.
fn python(script: &str, arguments: &[&str]) -> Option<Output> {
    let mut python = Command::new("python3");
    python.arg("-B").arg(repository(script)).args(arguments).output().ok()
}

fn judge(output: Option<Output>) {
    let Some(output) = output else { return eprintln!("skipped: there is no python3") };
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(SKIPPED) {
        return eprintln!("skipped: {stderr}");
    }
    assert!(output.status.success(), "{}\n{stderr}", String::from_utf8_lossy(&output.stdout));
}
