//! Folders with files that are no inputs: reports, journals and data of other tools.

use crate::cloudformation::POLICY;
use crate::common::Scratch;

/// A check of a folder that reports lie in gives the answer of the first check.
#[test]
fn reports_in_a_folder_are_no_inputs() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("a.yaml", "Resources: {A: {Type: AWS::IAM::User}}\n");
    let check = ["check", ".", "--require-coverage", "all"];
    let endings = [
        "txt",
        "json",
        "jsonl",
        "md",
        "csv",
        "xml",
        "html",
        "codequality.json",
        "ocsf.jsonl",
        "ocsf.json",
        "asff.jsonl",
        "asff.json",
        "prom",
        "xlsx",
    ];
    for ending in endings {
        scratch.run(check.iter().copied().chain(["--output", &format!("tags.{ending}")])).exits(1);
    }
    #[cfg(feature = "sarif")]
    for ending in ["sarif", "sarif.json"] {
        scratch.run(check.iter().copied().chain(["--output", &format!("tags.{ending}")])).exits(1);
    }
    let run = scratch.run(check.iter().copied().chain(["--format", "json"]));
    run.exits(1);
    assert_eq!(run.json()["summary"]["resources"], 1, "{}", run.stdout);
    assert_eq!(run.json()["coverage"]["not-judged"], serde_json::json!([]), "{}", run.stdout);
    // Nor is a report that git ignores an inventory that was passed over.
    scratch.file(".gitignore", "*.jsonl\n");
    scratch.run(check).exits(1);
}

#[test]
fn a_file_in_json_lines_is_an_inventory_by_its_content() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("infra/a.yaml", "Resources: {A: {Type: AWS::IAM::User}}\n");
    let check = ["check", "infra"];
    for other in [
        "{\"taglint\":\"journal\",\"version\":1}\n",
        "{\"question\":\"a\",\"answer\":\"b\"}\n{\"question\":\n",
        "{\"type\":\"message\",\"text\":\"a\"}\n",
        "[1, 2]\n",
    ] {
        scratch.file("infra/data.jsonl", other);
        scratch.run(check).fails_with(1, &["skipped 1 other document (data.jsonl)"]);
        // The notes of a merge name it too.
        scratch.file("parts/a.jsonl", "");
        scratch.file("parts/data.jsonl", other);
        let run = scratch.run(["merge", "parts"]);
        assert!(run.stderr.contains("skipped 1 other document (data.jsonl)"), "{}", run.stderr);
        // A named file is an input that cannot be read.
        scratch.run(["check", "infra/data.jsonl"]).exits(2);
    }
    let long = format!("{{\"text\":\"{}\"}}\n", "a".repeat(200_000));
    scratch.file("infra/data.jsonl", &long);
    scratch.run(check).fails_with(1, &["skipped 1 other document (data.jsonl)"]);
    // What may be an inventory is not passed over in silence.
    for broken in ["{\"taglint\":\"inven\n", "{\"arn\":\"arn:aws:iam::111122223333:user/a\",\"tags\":{\n", "x\n"] {
        scratch.file("infra/data.jsonl", broken);
        let run = scratch.run(check);
        run.exits(3);
        assert!(run.stdout.contains("data.jsonl"), "{broken}: {}", run.stdout);
    }
}
