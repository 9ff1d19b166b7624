//! Files that are no regular ones, too large or endless: a clear error in bounded time and memory.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::process::Command;

use crate::common::{Run, Scratch, inventory, user};

const POLICY: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("in.jsonl", inventory(&[user("a", &[("Owner", "x")])]));
    scratch.file("ok.tf", "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n  tags = { Owner = \"x\" }\n}\n");
    scratch
}

/// Every flag and argument that takes a file.
const NAMED: &[&[&str]] = &[
    &["check"],
    &["check", "in.jsonl", "--policy"],
    &["check", "in.jsonl", "--terraform-state"],
    &["check", "in.jsonl", "--stack-resources"],
    &["policy", "check"],
    &["policy", "import"],
    &["merge"],
];

#[test]
fn a_device_or_a_file_of_the_kernel_is_an_error() {
    let scratch = scratch();
    for file in ["/dev/zero", "/proc/self/environ"] {
        for args in NAMED {
            let run = scratch.run(args.iter().chain([&file]));
            assert_eq!(run.code, 2, "{args:?} {file}: {} {}", run.stdout, run.stderr);
            assert!(!run.stderr.contains("NO_COLOR"), "{args:?} {file} prints what it read: {}", run.stderr);
        }
    }
    // A baseline may be as large as a large report.
    scratch.run(["check", "in.jsonl", "--baseline", "/proc/self/environ"]).fails_with(2, &["--baseline"]);
}

#[test]
fn an_endless_stream_that_is_no_input_ends_at_once() {
    let scratch = scratch();
    let run = |file: &str| {
        let mut command = scratch.command(["check", "-"]);
        command.stdin(File::open(file).unwrap());
        Run::of(command.output().unwrap())
    };
    run("/dev/zero").fails_with(2, &["not an input that taglint knows"]);
    run("/dev/urandom").fails_with(2, &["standard input"]);
}

#[test]
fn what_streams_and_compressed_files_unpack_to_is_bounded() {
    let scratch = scratch();
    let text = inventory(&(0..20_000).map(|n| user(&format!("u{n}"), &[("Owner", "x")])).collect::<Vec<_>>());
    assert!(text.len() > 1 << 20);
    let run = |total: &str| {
        let mut command = scratch.command(["check", "big.jsonl.zst"]);
        command.env("TAGLINT_MAX_UNPACKED", total);
        Run::of(command.output().unwrap())
    };
    scratch.file("big.jsonl.zst", zstd::encode_all(text.as_bytes(), 3).unwrap());
    run("1MiB").fails_with(2, &["big.jsonl.zst", "unpack to more than 1 MiB", "set TAGLINT_MAX_UNPACKED"]);
    run("64MiB").exits(0);
    run("much").fails_with(2, &["TAGLINT_MAX_UNPACKED", "not a size", "64GiB"]);
    // A bomb: 256 MiB of spaces in some kilobytes. It is an error if it was named, and a gap in a folder.
    let bomb = [text.as_bytes(), &vec![b' '; 256 << 20]].concat();
    scratch.file("f/bomb.jsonl.zst", zstd::encode_all(&bomb[..], 3).unwrap());
    scratch.run(["check", "f/bomb.jsonl.zst"]).fails_with(2, &["100 times its size", "TAGLINT_MAX_UNPACKED"]);
    scratch.file("f/in.jsonl", inventory(&[user("a", &[("Owner", "x")])]));
    let run = scratch.run(["check", "f", "--format", "json"]);
    assert!(run.exits(3).json()["incomplete"].to_string().contains("bomb.jsonl.zst"), "{}", run.stdout);
}

#[test]
fn a_broken_file_that_a_walk_finds_is_a_gap_and_not_the_end() {
    for (name, text) in [
        ("cut.jsonl", format!("{}\nnot json\n{}\n", user("b", &[]), user("c", &[]))),
        ("twice.jsonl", [inventory(&[]), inventory(&[])].concat()),
        ("broken.jsonl.gz", "\u{1f}no gzip".to_owned()),
    ] {
        let scratch = scratch();
        scratch.file(&format!("sub/{name}"), text);
        let run = scratch.run(["check", ".", "--format", "json"]);
        let report = run.exits(3).json();
        let gaps = &report["incomplete"];
        assert!(
            gaps.as_array().is_some_and(|gaps| gaps.len() == 1) && gaps.to_string().contains(name),
            "{name}: {gaps}"
        );
        assert_eq!(report["summary"]["resources"], 2, "{name}: {}", report["summary"]);
        scratch.run(["check", &format!("sub/{name}")]).fails_with(2, &[name]);
    }
}

#[test]
fn a_pipe_is_read_only_if_it_was_named() {
    let scratch = scratch();
    let pipe = scratch.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let text = inventory(&[user("a", &[])]);
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, text).unwrap()
    });
    scratch.run(["check", "pipe"]).exits(1);
    writer.join().unwrap();
    for name in ["sub/a.jsonl", "sub/a.csv", "sub/terraform.tfstate", "sub/.gitignore"] {
        let path = scratch.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    }
    // Nobody writes: a run that opened one would never end.
    scratch.run(["check", "."]);
    scratch.run(["check", "in.jsonl", "--terraform-state", "sub"]).fails_with(2, &["no Terraform state"]);
}
