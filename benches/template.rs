//! `cargo bench --bench template`: how long a check of a large `CloudFormation` template takes, and how much memory, in
//! JSON and in YAML, beside a bare parse of the same files: by `serde_json` into its tree of values, and by `PyYAML` with
//! libyaml where Python has it.
//!
//! Environment: `BENCH_RESOURCES` (default 95,000), `BENCH_RUNS` (default 3).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod measure;

use measure::Row;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    if let (Some(_), Some(file)) = (args.next(), args.next()) {
        let text = std::fs::read(file).expect("the template");
        return drop(serde_json::from_slice::<serde_json::Value>(&text).expect("JSON"));
    }
    let number = |name: &str, default: usize| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (resources, runs) = (number("BENCH_RESOURCES", 95_000), number("BENCH_RUNS", 3));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-template");
    std::fs::create_dir_all(&folder).expect("a folder for the benchmark");
    let (json, yaml) = (folder.join("template.json"), folder.join("template.yaml"));
    std::fs::write(&json, json_template(resources)).expect("disk");
    std::fs::write(&yaml, yaml_template(resources)).expect("disk");
    println!("{resources} resources, {runs} runs each");
    let mut bare = Command::new(std::env::current_exe().expect("this program"));
    bare.arg("parse").arg(&json);
    let mut rows = vec![
        quiet("bare serde_json parse into values", bare),
        quiet("taglint, JSON", check(&json)).at_most(6.5, 0, 190),
        quiet("taglint, YAML", check(&yaml)).at_most(7.0, 0, 190),
    ];
    if python("import yaml; yaml.CSafeLoader").status().is_ok_and(|status| status.success()) {
        let load = format!("import yaml; yaml.load(open({:?}), Loader=yaml.CSafeLoader)", yaml.display().to_string());
        rows.push(quiet("PyYAML with libyaml", python(&load)));
    }
    measure::compare(rows, runs);
}

fn quiet(name: &str, mut command: Command) -> Row {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Row::new(name, command)
}

fn python(program: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-c", program]).stderr(Stdio::null());
    command
}

fn check(template: &Path) -> Command {
    let five = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/policy5.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_taglint"));
    command.args(["check", "--quiet", "--fail-on", "never", "--format", "jsonl", "--now", "2026-11-22", "--policy"]);
    command.arg(five).arg(template);
    command
}

/// Five values for each resource: as many as fit into the limits of a template.
fn json_template(resources: usize) -> String {
    let mut text = "{\"Resources\":{\n".to_owned();
    for i in 0..resources {
        let comma = if i == 0 { "" } else { ",\n" };
        let _ = write!(
            text,
            "{comma}\"P{i}\":{{\"Type\":\"AWS::SSM::Parameter\",\"Properties\":{{\"Tags\":{{\"O\":\"x{}\"}}}}}}",
            i % 100
        );
    }
    text + "\n}}\n"
}

fn yaml_template(resources: usize) -> String {
    let mut text = "Resources:\n".to_owned();
    for i in 0..resources {
        let _ = write!(text, " P{i}:\n  Type: AWS::SSM::Parameter\n  Properties:\n   Tags:\n    O: x{}\n", i % 100);
    }
    text
}
