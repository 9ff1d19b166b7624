//! Shared lists (`[lists]`): in policies, in extended policies, in files, and from a commit.

use crate::common::{Run, Scratch, inventory, user};

/// A policy with a list and a rule that uses it.
fn policy(lists: &str) -> String {
    format!("version = 1\n{lists}\n[[rule]]\nid = \"stage\"\nkey = \"Stage\"\nvalues = \"@stages\"\n")
}

/// The result of a check of one user with this stage.
fn check(scratch: &Scratch, stage: &str) -> Run {
    scratch.file("in.jsonl", inventory(&[user("a", &[("Stage", stage)])]));
    scratch.run(["check", "in.jsonl", "--format", "json"])
}

fn accepts(scratch: &Scratch, stage: &str) -> bool {
    let run = check(scratch, stage);
    assert!([0, 1].contains(&run.code), "{}", run.stderr);
    run.code == 0
}

#[test]
fn a_list_is_used_wherever_a_list_is() {
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        r#"version = 1
[lists]
stages = ["dev", "prod"]
all = ["@stages", "sand*", "@@x"]
keys = ["Stage", "Owner"]
accounts = ["123456789012"]
[[rule]]
id = "stage"
key = "Stage"
values = "@all"
[[rule]]
id = "closed"
only = "@keys"
[[rule]]
id = "any"
any-of = "@keys"
when.account = "@accounts"
unless.tags.Stage = "@stages"
[[rule]]
id = "literal"
key = "Owner"
not-values = ["@nobody"]
[[test]]
name = "items of both lists"
resource = { type = "iam:user", account = "123456789012", tags = { Stage = "prod" } }
expect = []
[[test]]
name = "a glob, and a text that begins with @"
resource = { type = "iam:user", tags = { Stage = "sandbox", Owner = "@x" } }
expect = []
[[test]]
name = "another value and another key"
resource = { type = "iam:user", tags = { Stage = "live", Team = "a", Owner = "@nobody" } }
expect = ["stage:value", "closed:undeclared", "literal:value"]
[[test]]
name = "two items with @"
resource = { type = "iam:user", tags = { Stage = "@x", Owner = "a" } }
expect = []
[[test]]
name = "no key of the list in an account of the list"
resource = { type = "iam:user", account = "123456789012", tags = {} }
expect = ["any"]
"#,
    );
    scratch.run(["policy", "test"]).exits(0);
    let page = scratch.run(["policy", "explain", "stage"]);
    assert!(page.exits(0).stdout.contains("values = \"@all\""), "{}", page.stdout);
    assert!(page.stdout.contains("dev, prod, sand* or @x"), "{}", page.stdout);
    assert!(page.stdout.contains("- `@all`: 4 items from taglint.toml:4: \"dev\", "), "{}", page.stdout);
}

#[test]
fn a_policy_without_lists_keeps_its_texts() {
    let scratch = Scratch::new();
    let rule = "version = 1\n[[rule]]\nid = \"r\"\nkey = \"Stage\"\nvalues = [\"@stages\"]\nunless.name = \"@a\"\n";
    scratch.file("taglint.toml", rule);
    assert!(accepts(&scratch, "@stages") && !accepts(&scratch, "dev"));
    // In a policy with a list of this name a text in a list stays a text, which a warning says.
    scratch.file(
        "taglint.toml",
        rule.replace("\nunless.name = \"@a\"", "").replace("1\n", "1\n[lists]\nstages = [\"dev\"]\n"),
    );
    assert!(accepts(&scratch, "@stages"));
    let run = scratch.run(["policy", "check", "taglint.toml"]);
    assert!(run.exits(0).stderr.contains("is a text and not the list of this name"), "{}", run.stderr);
}

#[test]
fn the_list_of_the_own_file_replaces_or_adds_to_the_extended_one() {
    let scratch = Scratch::new();
    scratch.file("base.toml", policy("[lists]\nstages = [\"dev\"]"));
    for (own, dev, prod) in [
        ("", true, false),
        ("[lists]\nstages = [\"prod\"]\n", false, true),
        ("[lists]\nstages = [\"@stages\", \"prod\"]\n", true, true),
    ] {
        scratch.file("taglint.toml", format!("version = 1\nextends = [\"./base.toml\"]\n{own}"));
        assert_eq!((accepts(&scratch, "dev"), accepts(&scratch, "prod")), (dev, prod), "{own}");
    }
}

#[test]
fn lists_in_files_have_their_hash_in_the_report() {
    let scratch = Scratch::new();
    scratch.file("lists/stages.txt", "# the stages\ndev\n prod\n");
    scratch.file("stages.csv", "name,code\nDevelopment,dev\nProduction,prod\n");
    scratch.file("stages.json", "{\"stages\": [\"dev\", \"prod\"]}");
    for (list, file) in [
        ("{ file = \"lists/stages.txt\" }", "lists/stages.txt"),
        ("{ file = \"./stages.csv\", column = \"code\" }", "stages.csv"),
        ("{ file = \"stages.json\", pointer = \"/stages\" }", "stages.json"),
    ] {
        scratch.file("taglint.toml", policy(&format!("[lists]\nstages = {list}\n")));
        assert!(accepts(&scratch, "prod") && !accepts(&scratch, "live"), "{list}");
        let report: serde_json::Value = serde_json::from_str(&check(&scratch, "dev").stdout).unwrap();
        let listed = &report["policy"]["lists"][0];
        let bytes = std::fs::read(scratch.path().join(file)).unwrap();
        let hash = taglint::base::digest::hex(&taglint::base::digest::plain_sha256(&bytes));
        assert_eq!(listed["sha256"], hash, "{listed}");
        assert_eq!((listed["name"].as_str(), listed["items"].as_u64()), (Some("stages"), Some(2)));
        assert!(listed["file"].as_str().unwrap().ends_with(file), "{listed}");
    }
}

#[test]
fn mistakes_in_lists_are_errors_with_their_place() {
    let scratch = Scratch::new();
    scratch.file("empty.txt", "\n# nothing\n");
    scratch.file("a.csv", "x,y\n1\n");
    scratch.file("latin.txt", b"\xe9\n");
    scratch.file("sub/taglint.toml", "");
    for (lists, words) in [
        ("", &["the policy has no list \"stages\"", "declare it"][..]),
        ("[lists]\nstage = [\"a\"]", &["did you mean \"@stage\"?"]),
        ("[lists]\nstages = []", &["the list \"stages\" is empty"]),
        ("[lists]\nstages = [1]", &["a list is a list of strings"]),
        ("[lists]\nstages = \"a.txt\"", &["write stages = { file = \"a.txt\" }"]),
        ("[lists]\nStages = [\"a\"]", &["invalid name of a list \"Stages\""]),
        ("[[lists]]\nstages = [\"a\"]", &["write `[lists]`, with one bracket"]),
        ("[list]\nstages = [\"a\"]", &["did you mean `lists`?"]),
        ("[lists]\nstages = [\"@stages\"]", &["no extended file has a list \"stages\""]),
        ("[lists]\nstages = [\"@b\"]\nb = [\"@stages\"]", &["the lists are circular"]),
        ("[lists]\nstages = [\"@b\"]", &["the policy has no list \"b\"", "write @@"]),
        ("[lists]\nstages = { file = \"no.txt\" }", &["can't read \"no.txt\"", "taglint.toml:3:19"]),
        ("[lists]\nstages = { file = \"empty.txt\" }", &["empty.txt has no item"]),
        ("[lists]\nstages = { file = \"latin.txt\" }", &["latin.txt: not UTF-8"]),
        ("[lists]\nstages = { file = \"a.yaml\" }", &["its name ends in .txt"]),
        ("[lists]\nstages = { file = \"a.csv\" }", &["needs `column`"]),
        ("[lists]\nstages = { file = \"a.csv\", column = \"x\" }", &["a.csv:2: the row has 1 columns"]),
        ("[lists]\nstages = { file = \"a.txt\", column = \"x\" }", &["`column` is for a `.csv` file"]),
        ("[lists]\nstages = { column = \"x\" }", &["the list has no `file`"]),
        ("[lists]\nstages = { path = \"x\" }", &["unknown field \"path\" in the list"]),
        ("[lists]\nstages = { file = \"sub/../../a.txt\" }", &["outside of the folder"]),
        ("[lists]\nstages = { file = \"/etc/hostname.txt\" }", &["outside of the folder"]),
    ] {
        scratch.file("taglint.toml", policy(lists));
        let run = check(&scratch, "dev");
        assert_eq!(run.code, 2, "{lists}\n{}{}", run.stdout, run.stderr);
        for word in words {
            assert!(run.stderr.contains(word), "{lists}\nno {word:?} in:\n{}", run.stderr);
        }
    }
    // A string that is no list is told what it could be.
    let text = policy("[lists]\nstages = [\"a\"]").replace("\"@stages\"", "\"stages\"");
    scratch.file("taglint.toml", text);
    assert!(check(&scratch, "a").stderr.contains("write values = \"@stages\""));
}

#[test]
#[cfg(unix)]
fn links_and_devices_are_no_files_of_lists() {
    let scratch = Scratch::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.txt"), "hunter2\n").unwrap();
    let link = |target: &std::path::Path, name: &str| {
        std::os::unix::fs::symlink(target, scratch.path().join(name)).unwrap();
    };
    link(&outside.path().join("secret.txt"), "link.txt");
    link(outside.path(), "folder");
    link("/dev/zero".as_ref(), "zero.txt");
    std::fs::create_dir(scratch.path().join("d.txt")).unwrap();
    for (file, word) in [
        ("link.txt", "outside of the folder"),
        ("folder/secret.txt", "outside of the folder"),
        ("zero.txt", "outside of the folder"),
        ("d.txt", "not a regular file"),
    ] {
        scratch.file("taglint.toml", policy(&format!("[lists]\nstages = {{ file = \"{file}\" }}\n")));
        let run = check(&scratch, "dev");
        assert_eq!(run.code, 2, "{file}");
        assert!(run.stderr.contains(word) && !run.stderr.contains("hunter2"), "{file}: {}", run.stderr);
    }
    // A link inside of the folder is as good as its file.
    scratch.file("real.txt", "dev\n");
    link("real.txt".as_ref(), "inner.txt");
    scratch.file("taglint.toml", policy("[lists]\nstages = { file = \"inner.txt\" }\n"));
    assert!(accepts(&scratch, "dev"));
}

#[test]
fn lists_are_bounded() {
    let scratch = Scratch::new();
    let many = (0..100_001).map(|n| format!("{n}\n")).collect::<Vec<_>>().concat();
    scratch.file("many.txt", many);
    scratch.file("taglint.toml", policy("[lists]\nstages = { file = \"many.txt\" }\n"));
    check(&scratch, "dev").fails_with(2, &["more than 100000 items"]);
    // Lists that double each other have each item once, and a long chain is an error.
    let double = (0..30).map(|n| format!("l{n} = [\"@l{}\", \"@l{}\"]\n", n + 1, n + 1)).collect::<Vec<_>>().concat();
    scratch.file("taglint.toml", policy(&format!("[lists]\nstages = [\"@l0\"]\n{double}l30 = [\"dev\"]\n")));
    assert!(accepts(&scratch, "dev"));
    let chain = (0..5000).map(|n| format!("l{n} = [\"@l{}\"]\n", n + 1)).collect::<Vec<_>>().concat();
    scratch.file("taglint.toml", policy(&format!("[lists]\nstages = [\"@l0\"]\n{chain}l5000 = [\"dev\"]\n")));
    check(&scratch, "dev").fails_with(2, &["lists name each other in a row"]);
}

#[test]
fn a_composed_value_of_a_hidden_tag_is_hidden() {
    let scratch = Scratch::new();
    scratch.file(
        "taglint.toml",
        "version = 1\n[[rule]]\nid = \"name\"\nkey = \"Name\"\nequals = \"{tags.Secret}-x\"\n[[rule]]\nid = \"secret\"\nkey = \"Secret\"\nnot-pattern = 'hunter'\nsensitive = true\n",
    );
    scratch.file("in.jsonl", inventory(&[user("a", &[("Name", "n"), ("Secret", "hunter2")])]));
    for format in ["text", "json", "sarif", "markdown", "csv"] {
        let run = scratch.run(["check", "in.jsonl", "--format", format]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(!run.stdout.contains("hunter2"), "{format}: {}", run.stdout);
    }
    // Nor does a plan copy the value into another tag.
    scratch.run(["fix", "in.jsonl", "--allow-overwrite", "--output", "plan.json"]).exits(0);
    let plan = scratch.read("plan.json");
    assert!(!plan.contains("hunter2-x") && plan.contains("fails a rule with `sensitive = true`"), "{plan}");
    // What is not hidden is shown as the right value.
    scratch.file("in.jsonl", inventory(&[user("a", &[("Name", "n"), ("Secret", "open")])]));
    let run = scratch.run(["check", "in.jsonl", "--format", "json"]);
    assert!(run.exits(1).stdout.contains("it must be \\\"open-x\\\""), "{}", run.stdout);
    assert!(run.stdout.contains("\"set\":{\"Name\":\"open-x\"}"), "{}", run.stdout);
}
