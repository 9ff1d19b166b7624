//! `--policy-from REF`: the policy of a commit decides, whatever the working tree holds.

use std::process::Command;

use crate::common::{Run, Scratch, inventory, user};

const STRICT: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
const LAX: &str = "version = 1\n[[rule]]\nid = \"nothing\"\nkey = \"Nothing\"\nvalues = [\"x\"]\n";

pub(crate) fn git(scratch: &Scratch, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(scratch.path()).env("HOME", scratch.path()).env_remove("GIT_DIR");
    let names = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"];
    let output = command.args(names).args(args).output().expect("git is installed");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository whose branch `main` has the strict policy, and whose working tree is that of a pull request.
fn repository() -> Scratch {
    let scratch = Scratch::new();
    std::fs::remove_dir(scratch.path().join(".git")).unwrap();
    git(&scratch, &["init", "--quiet"]);
    scratch.file("taglint.toml", STRICT);
    scratch.file("policies/company.toml", "version = 1\nextends = [\"../shared.toml\"]\n");
    scratch.file("shared.toml", STRICT);
    git(&scratch, &["add", "."]);
    git(&scratch, &["commit", "--quiet", "-m", "base"]);
    git(&scratch, &["checkout", "--quiet", "-b", "change"]);
    for file in ["taglint.toml", "policies/company.toml", "shared.toml"] {
        scratch.file(file, LAX);
    }
    git(&scratch, &["commit", "--quiet", "-am", "change"]);
    scratch.file("in.jsonl", inventory(&[user("a", &[])]));
    scratch
}

#[test]
fn the_policy_of_the_commit_decides_and_a_difference_is_said() {
    let scratch = repository();
    scratch.run(["check", "in.jsonl"]).exits(0);
    for reference in ["main", "HEAD~1", "refs/heads/main"] {
        let run = scratch.run(["check", "in.jsonl", "--policy-from", reference]);
        assert!(run.exits(1).stdout.contains("owner"), "{}", run.stdout);
        let note = format!("taglint.toml in the working tree differs from that of {reference}, which decides");
        assert!(run.stderr.contains(&note), "{}", run.stderr);
    }
    let run = scratch.run(["check", "in.jsonl", "--policy-from", "HEAD"]);
    assert!(run.exits(0).stdout.contains("policy: taglint.toml at HEAD ("), "{}", run.stdout);
    // A policy that only the working tree has does not decide, nor does git's index or environment.
    scratch.file("sub/taglint.toml", LAX);
    let mut command = scratch.command(["check", "../in.jsonl", "--policy-from", "main"]);
    command.current_dir(scratch.path().join("sub")).env("GIT_DIR", "/nowhere").env("GIT_CONFIG_COUNT", "x");
    let run = Run::of(command.output().unwrap());
    assert!(run.exits(1).stderr.contains("sub/taglint.toml does not decide"), "{}", run.stderr);
}

#[test]
fn named_paths_and_what_they_extend_come_from_the_commit() {
    let scratch = repository();
    for path in ["policies/company.toml", "policies", "./policies/../policies/company.toml", "."] {
        let run = scratch.run(["check", "in.jsonl", "--policy-from", "main", "--policy", path]);
        assert_eq!(run.code, if path == "." { 2 } else { 1 }, "{path}: {}{}", run.stdout, run.stderr);
    }
    let run = scratch.run(["check", "in.jsonl", "--policy-from", "main", "--policy", "policies"]);
    assert!(run.stderr.contains("shared.toml in the working tree differs"), "{}", run.stderr);
    // Not in the commit, though in the working tree.
    scratch.file("new.toml", LAX);
    for (path, words) in [("new.toml", "no such file"), ("../outside.toml", "outside of the repository")] {
        let run = scratch.run(["check", "in.jsonl", "--policy-from", "main", "--policy", path]);
        run.fails_with(2, &[words]);
    }
    scratch.file("taglint.toml", "version = 1\nextends = [\"../../etc/passwd\"]\n");
    git(&scratch, &["commit", "--quiet", "-am", "leads out"]);
    scratch.run(["check", "in.jsonl", "--policy-from", "HEAD"]).fails_with(2, &["outside of the repository"]);
}

#[test]
fn what_is_no_commit_with_a_policy_is_an_error() {
    let scratch = repository();
    let run = |reference: &str| {
        scratch.run(["check".to_owned(), "in.jsonl".to_owned(), format!("--policy-from={reference}")])
    };
    for reference in ["nothing", "--output=x", "-h", "", "main:taglint.toml", "main\n", "$(touch x)"] {
        run(reference).fails_with(2, &["--policy-from", "a commit of this repository"]);
    }
    assert!(!scratch.path().join("x").exists());
    git(&scratch, &["tag", "twice", "main"]);
    git(&scratch, &["branch", "twice", "change"]);
    run("twice").fails_with(2, &["ambiguous", "full name"]);
    run("refs/tags/twice").exits(1);
    git(&scratch, &["rm", "--quiet", "-rf", "taglint.toml"]);
    git(&scratch, &["commit", "--quiet", "-m", "none"]);
    run("HEAD").fails_with(2, &["no taglint.toml", "--policy"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("shared.toml", scratch.path().join("taglint.toml")).unwrap();
        git(&scratch, &["add", "taglint.toml"]);
        git(&scratch, &["commit", "--quiet", "-m", "link"]);
        run("HEAD").fails_with(2, &["no regular file"]);
        let mut command = scratch.command(["check", "in.jsonl", "--policy-from", "main"]);
        command.env("PATH", "/nowhere");
        Run::of(command.output().unwrap()).fails_with(2, &["git does not start", "install git"]);
    }
    let elsewhere = Scratch::new();
    elsewhere.file("in.jsonl", inventory(&[]));
    elsewhere.run(["check", "in.jsonl", "--policy-from", "main"]).fails_with(2, &["no git repository"]);
}

#[test]
fn lists_in_files_come_from_the_commit() {
    let scratch = repository();
    let policy = "version = 1\n[lists]\nowners = { file = \"owners.txt\" }\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nvalues = \"@owners\"\n";
    scratch.file("taglint.toml", policy);
    scratch.file("owners.txt", "payments\n");
    git(&scratch, &["add", "."]);
    git(&scratch, &["commit", "--quiet", "-m", "lists"]);
    scratch.file("owners.txt", "other\n");
    scratch.file("in.jsonl", inventory(&[user("a", &[("Owner", "payments")])]));
    scratch.run(["check", "in.jsonl"]).exits(1);
    let run = scratch.run(["check", "in.jsonl", "--policy-from", "HEAD"]);
    assert!(run.exits(0).stderr.contains("owners.txt in the working tree differs"), "{}", run.stderr);
    #[cfg(unix)]
    {
        std::fs::remove_file(scratch.path().join("owners.txt")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", scratch.path().join("owners.txt")).unwrap();
        git(&scratch, &["add", "."]);
        git(&scratch, &["commit", "--quiet", "-m", "link"]);
        scratch.run(["check", "in.jsonl", "--policy-from", "HEAD"]).fails_with(2, &["not a regular file"]);
    }
}

/// Settings and rules come from the same files: git is asked each question once.
#[cfg(unix)]
#[test]
fn git_is_asked_each_question_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = repository();
    let path = std::env::var_os("PATH").expect("a PATH");
    let real = std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file()).expect("git");
    let log = scratch.path().join("asked");
    let script = format!("#!/bin/sh\necho \"$*\" >> '{}'\nexec '{}' \"$@\"\n", log.display(), real.display());
    let shim = scratch.file("bin/git", script);
    std::fs::set_permissions(&shim, std::fs::Permissions::from_mode(0o755)).unwrap();
    let folders = [scratch.path().join("bin")].into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).unwrap();
    for more in [&[][..], &["--policy", "policies/company.toml"]] {
        let mut command = scratch.command([&["check", "in.jsonl", "--policy-from", "main"], more].concat());
        Run::of(command.env("PATH", &path).output().unwrap()).exits(1);
        let asked = scratch.read("asked");
        let mut lines: Vec<&str> = asked.lines().collect();
        let all = lines.len();
        lines.sort_unstable();
        lines.dedup();
        assert!(all >= 4 && lines.len() == all, "{asked}");
        std::fs::remove_file(&log).unwrap();
    }
}
