//! Regression tests: every fuzz target over its committed corpus, without a fuzzer.

use crate::common::repository;
use crate::targets;

fn each(target: &str, body: fn(&[u8])) {
    let folder = repository("fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() > 5, "{target} has hardly any corpus");
    for file in files {
        // Shown where a body fails.
        eprintln!("{}", file.display());
        body(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn policy() {
    each("policy", targets::policy);
}

#[test]
fn inventory() {
    each("inventory", targets::inventory);
}

#[test]
fn plain_path() {
    each("plain_path", targets::plain_path);
}

#[test]
fn tag_policy_import() {
    each("tag_policy_import", targets::tag_policy_import);
}

#[test]
fn glob_and_near() {
    each("glob_and_near", targets::glob_and_near);
}

#[test]
fn cloudformation() {
    each("cloudformation", targets::cloudformation);
}

#[test]
fn terraform() {
    each("terraform", targets::terraform);
}

#[test]
fn cost() {
    each("cost", targets::cost);
}

#[test]
fn dump() {
    each("dump", targets::dump);
}

#[test]
fn access() {
    each("access", targets::access);
}

#[test]
fn plan() {
    each("plan", targets::plan);
}

#[test]
fn journal() {
    each("journal", targets::journal);
}

#[test]
fn input() {
    each("input", targets::input);
}

#[test]
fn state() {
    each("state", targets::state);
}

#[test]
fn folder() {
    each("folder", targets::folder);
}

#[test]
fn baseline() {
    each("baseline", targets::baseline);
}

#[test]
fn merge() {
    each("merge", targets::merge);
}

#[test]
fn patch() {
    each("patch", targets::patch);
}

#[test]
fn assembly() {
    each("assembly", targets::assembly);
}

#[test]
fn nested_stacks() {
    each("nested_stacks", targets::nested_stacks);
}

#[test]
fn parameters() {
    each("parameters", targets::parameters);
}
