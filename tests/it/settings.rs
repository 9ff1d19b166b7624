//! Settings: flags, `TAGLINT_*` variables and the tables of the policy file, in this order.

use std::process::Command;

use crate::common::{Run, Scratch, inventory, user};

/// A policy with a warning, and tables of settings.
fn policy(settings: &str) -> String {
    format!(
        "version = 1\n{settings}\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nseverity = \"warning\"\n"
    )
}

fn scratch(settings: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", policy(settings));
    scratch.file("in.jsonl", inventory(&[user("a", &[])]));
    scratch
}

fn with(scratch: &Scratch, variables: &[(&str, &str)], args: &[&str]) -> Run {
    let mut command: Command = scratch.command(args);
    command.envs(variables.iter().copied());
    Run::of(command.output().unwrap())
}

#[test]
fn a_flag_comes_before_a_variable_and_a_variable_before_the_file() {
    let scratch = scratch("[check]\nfail-on = \"warning\"\n[output]\nformat = \"csv\"");
    let check = ["check", "in.jsonl"];
    assert!(scratch.run(check).exits(1).stdout.starts_with("severity,rule"));
    with(&scratch, &[("TAGLINT_FAIL_ON", "error")], &check).exits(0);
    // An empty variable is none.
    with(&scratch, &[("TAGLINT_FAIL_ON", "")], &check).exits(1);
    with(&scratch, &[("TAGLINT_FAIL_ON", "never")], &["check", "in.jsonl", "--fail-on", "note"]).exits(1);
    scratch.run(["check", "in.jsonl", "--fail-on", "error", "--format", "json"]).exits(0).json();
    // Neither counts with --no-config.
    let run = with(&scratch, &[("TAGLINT_FORMAT", "json")], &["check", "in.jsonl", "--no-config"]);
    assert!(run.exits(0).stdout.contains("policy:"), "{}", run.stdout);
}

#[test]
fn a_switch_lists_and_tables_are_settings() {
    let settings = "[check]\nignore = [\"other\"]\nstack-tag = { Owner = \"a=b\" }\nfail-on = \"note\"\n\
                    [output]\nredact = true\noutput = [\"reports/a.json\"]\n";
    let scratch = scratch(settings);
    std::fs::create_dir(scratch.path().join("reports")).unwrap();
    scratch.file("t.yaml", "Resources:\n  U:\n    Type: AWS::IAM::User\n");
    // The ignored rule does not exist.
    scratch.run(["check", "t.yaml"]).fails_with(2, &["--ignore", "other"]);
    with(&scratch, &[("TAGLINT_IGNORE", "o*r\nown")], &["check", "t.yaml"]).fails_with(2, &["--ignore", "\"own\""]);
    scratch.file("taglint.toml", policy(&settings.replace("ignore = [\"other\"]\n", "")));
    scratch.run(["check", "t.yaml"]).exits(0);
    assert!(scratch.read("reports/a.json").contains("\"redaction-key\""), "{}", scratch.read("reports/a.json"));
    // Paths are relative to the file, not to the working directory; a variable switches a setting off.
    scratch.file("sub/x", "");
    let mut command = scratch.command(["check", "../t.yaml", "--stack-tag", "Owner=me", "--format", "json"]);
    command.current_dir(scratch.path().join("sub")).env("TAGLINT_REDACT", "false");
    Run::of(command.output().unwrap()).exits(0);
    assert!(!scratch.read("reports/a.json").contains("\"redaction-key\""));
    assert!(!scratch.path().join("sub/reports").exists());
}

#[test]
fn mistakes_in_settings_have_their_place_and_the_next_step() {
    for (settings, words) in [
        ("[check]\nfail_on = \"error\"", &["taglint.toml:3:1", "did you mean `fail-on`"][..]),
        ("[check]\nfail-on = \"eror\"", &["taglint.toml:3:1", "invalid value 'eror'", "warning"]),
        ("[check]\nformat = \"json\"", &["taglint.toml:3:1", "move it to [output]"]),
        ("[check]\npolicy = [\"x\"]", &["--policy on the command line"]),
        ("[check]\nfail-on = [\"error\", \"note\"]", &["`fail-on` takes one value"]),
        ("[output]\nredact = \"yes\"", &["`redact` takes true or false"]),
        ("[output]\nredact = 2026-11-28", &["a setting is true, false, a string"]),
        ("[output]\noutput = [\"../a.json\"]", &["leads out of the repository", "--output"]),
        ("[output]\noutput = [\"/tmp/a.json\"]", &["leads out of the repository"]),
        ("output = 3", &["`output` takes a table of flags"]),
        ("[check]\nfail-on = \"\\u001b[31m\"", &["taglint.toml:3:1"]),
    ] {
        let scratch = scratch(settings);
        let run = scratch.run(["check", "in.jsonl"]);
        run.fails_with(2, words);
        assert!(run.stdout.is_empty() && !run.stderr.contains('\u{1b}'), "{settings}: {}", run.stderr);
        // Values are the command's to judge, and paths depend on how the policy is found.
        if !["eror", "u001b", "a.json"].iter().any(|part| settings.contains(part)) {
            scratch.run(["policy", "check"]).fails_with(2, words);
        }
    }
    let scratch = scratch("");
    let check = ["check", "in.jsonl"];
    with(&scratch, &[("TAGLINT_FAIL_ON", "eror")], &check).fails_with(2, &["TAGLINT_FAIL_ON: invalid value 'eror'"]);
    with(&scratch, &[("TAGLINT_REDACT", "maybe")], &check).fails_with(2, &["TAGLINT_REDACT: \"maybe\" is neither"]);
    let run = with(&scratch, &[("TAGLINT_FAILON", "never")], &check);
    assert!(run.exits(0).stderr.contains("TAGLINT_FAILON is no setting"), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn a_link_in_a_found_policy_leads_nowhere() {
    let outside = tempfile::tempdir().unwrap();
    let scratch = scratch("[output]\noutput = [\"link/a.json\"]");
    std::os::unix::fs::symlink(outside.path(), scratch.path().join("link")).unwrap();
    scratch.run(["check", "in.jsonl"]).fails_with(2, &["leads out of the repository"]);
    // A policy that a person named may.
    scratch.run(["check", "in.jsonl", "--policy", "taglint.toml"]).exits(0);
    assert!(outside.path().join("a.json").exists());
}

#[test]
fn two_files_of_one_policy_set_different_things() {
    let scratch = scratch("");
    scratch.file("p/a.toml", policy("[check]\nfail-on = \"warning\""));
    scratch.file("p/b.toml", "version = 1\n[output]\nformat = \"json\"\n");
    scratch.run(["check", "in.jsonl", "--policy", "p"]).exits(1).json();
    scratch.file("p/b.toml", "version = 1\n[check]\nfail-on = \"note\"\n");
    scratch.run(["check", "in.jsonl", "--policy", "p"]).fails_with(2, &["p/b.toml:3", "set in another file too"]);
    // What a policy extends has no say.
    scratch.file("taglint.toml", "version = 1\nextends = [\"p/a.toml\"]\n");
    scratch.run(["check", "in.jsonl"]).exits(0);
}

#[test]
fn the_settings_of_a_pull_request_do_not_decide_beside_policy_from() {
    let scratch = scratch("[check]\nfail-on = \"warning\"");
    std::fs::remove_dir(scratch.path().join(".git")).unwrap();
    for args in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "-m", "base"]] {
        let names = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
        let run = Command::new("git").current_dir(scratch.path()).args(names).args(args).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }
    scratch.file("taglint.toml", policy("[check]\nfail-on = \"never\""));
    scratch.run(["check", "in.jsonl"]).exits(0);
    scratch.run(["check", "in.jsonl", "--policy-from", "HEAD"]).exits(1);
}

#[test]
fn config_shows_each_setting_with_its_origin_and_its_output_is_a_policy_file() {
    let scratch = scratch("[check]\nfail-on = \"warning\"\nstack-tag = { A = \"b\" }");
    let run = with(&scratch, &[("TAGLINT_FORMAT", "json")], &["config", "check", "--redact"]);
    for (setting, origin) in [
        ("fail-on = \"warning\"", "taglint.toml:3"),
        ("stack-tag = [\"A=b\"]", "taglint.toml:4"),
        ("format = \"json\"", "TAGLINT_FORMAT"),
        ("redact = true", "command line"),
        ("sarif-limit = \"5000\"", "default"),
    ] {
        let line = run.exits(0).stdout.lines().find(|line| line.starts_with(setting));
        let line = line.unwrap_or_else(|| panic!("no {setting} in:\n{}", run.stdout));
        assert!(line.ends_with(&format!("# {origin}")), "{line}");
    }
    scratch.file("taglint.toml", format!("version = 1\nextends = [\"default\"]\n{}", run.stdout));
    scratch.run(["policy", "check"]).exits(0);
    scratch.run(["config", "fix"]).fails_with(2, &["\"fix\" has no settings", "check"]);
    scratch.run(["config", "check", "--frob"]).fails_with(2, &["unexpected argument '--frob'"]);
}

#[test]
#[cfg(feature = "aws")]
fn scan_and_collect_take_their_tables_and_a_flag_replaces_the_accounts() {
    let scratch = scratch(
        "[scan]\norganization = true\nrole-name = \"taglint-scan\"\ntype = [\"iam:user\"]\n[check]\nfail-on = \"note\"",
    );
    let scan = scratch.run(["config", "scan"]);
    for line in ["organization = true", "role-name = \"taglint-scan\"", "type = [\"iam:user\"]", "fail-on = \"note\""] {
        assert!(scan.exits(0).stdout.contains(line), "{line}:\n{}", scan.stdout);
    }
    let collect = scratch.run(["config", "collect"]);
    assert!(collect.exits(0).stdout.contains("organization = true") && !collect.stdout.contains("fail-on"));
    let role = "arn:aws:iam::111122223333:role/taglint-scan";
    let run = scratch.run(["config", "scan", "--role-arn", role]);
    assert!(
        run.exits(0).stdout.contains("organization = false") && !run.stdout.contains("role-name"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("type = [\"iam:user\"]"));
}
