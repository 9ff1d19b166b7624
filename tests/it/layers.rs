//! Imports go one way, down.

use std::path::Path;

use crate::common::repository;

/// Each layer with those that it may import.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("aws", &["base"]),
    ("model", &["aws", "base"]),
    ("rule", &["aws", "base", "model"]),
    ("policy", &["aws", "base", "model", "rule"]),
    ("engine", &["aws", "base", "model", "policy", "rule"]),
    ("iam_policies", &["aws", "base", "model"]),
    ("report", &["aws", "base", "engine", "iam_policies", "model", "policy", "rule"]),
    ("authoring", &["aws", "base", "engine", "model", "policy", "report", "rule"]),
    ("fix", &["aws", "base", "engine", "iam_policies", "model", "policy", "rule"]),
    ("input", &["aws", "base", "engine", "model"]),
    ("collect", &["aws", "base", "iam_policies", "model"]),
    ("cli", &[]),
    (
        "commands",
        &[
            "authoring",
            "aws",
            "base",
            "cli",
            "collect",
            "engine",
            "fix",
            "iam_policies",
            "input",
            "model",
            "policy",
            "report",
            "rule",
        ],
    ),
];

#[test]
fn imports_go_down_only() {
    let mut seen = 0;
    for (layer, allowed) in LAYERS {
        let mut files = Vec::new();
        collect(&repository(&format!("src/{layer}")), &mut files);
        let single = repository(&format!("src/{layer}.rs"));
        if single.exists() {
            files.push(single);
        }
        assert!(!files.is_empty(), "no layer {layer}");
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for (at, _) in code.match_indices("crate::") {
                let rest = &code[at + 7..];
                let names: Vec<&str> = match rest.strip_prefix('{') {
                    Some(list) => list.split(&[',', '}'][..]).map(str::trim).collect(),
                    None => vec![rest],
                };
                let name = names[0].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let comment = code[..at].rfind('\n').map_or("", |start| code[start..at].trim_start()).starts_with("//");
                if comment || name == *layer || !LAYERS.iter().any(|(known, _)| *known == name) {
                    continue;
                }
                seen += 1;
                assert!(allowed.contains(&name), "{}: {layer} must not import {name}", file.display());
            }
            for (word, only) in [("tokio", "collect"), ("clap", "cli"), ("aws_sdk", "collect")] {
                let uses = code
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .any(|line| line.contains(&format!("{word}::")) && !line.contains("clap_complete::"));
                let completions = word == "clap" && *layer == "commands";
                assert!(!uses || *layer == only || completions, "{} names {word}", file.display());
            }
        }
    }
    assert!(seen > 50, "the test looks at {seen} imports: it has gone blind");
}

fn collect(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}
