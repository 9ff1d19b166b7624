//! Imports go one way, down: folder by folder, and file by file.

use std::path::Path;

use crate::common::repository;
use crate::source_graph::{circles, imports};

/// Each layer with those that it may import.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("syntax", &["base"]),
    ("aws", &["base"]),
    ("model", &["aws", "base"]),
    ("cost", &["aws", "base", "model"]),
    ("rule", &["aws", "base", "model"]),
    ("policy", &["aws", "base", "model", "rule"]),
    ("engine", &["aws", "base", "cost", "model", "policy", "rule"]),
    ("iam_policies", &["aws", "base", "model"]),
    ("report", &["aws", "base", "cost", "engine", "iam_policies", "model", "policy", "rule"]),
    ("authoring", &["aws", "base", "engine", "model", "policy", "report", "rule", "syntax"]),
    ("history", &["base", "model"]),
    ("fix", &["aws", "base", "engine", "iam_policies", "model", "policy", "rule", "syntax"]),
    ("input", &["aws", "base", "engine", "model", "syntax"]),
    ("collect", &["aws", "base", "iam_policies", "model"]),
    ("cli", &["authoring", "aws", "base", "collect", "fix", "history", "input", "model", "policy", "report"]),
    (
        "commands",
        &[
            "authoring",
            "aws",
            "base",
            "cli",
            "collect",
            "cost",
            "engine",
            "fix",
            "history",
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
    assert!(seen > 50, "too few cases: {seen} imports");
}

/// Files that may import each other, each group with the reason.
const CIRCLES: &[(&str, &[&str])] = &[
    (
        "an evaluator calls functions, and functions evaluate their arguments",
        &["input/cloudformation/evaluate.rs", "input/cloudformation/functions.rs"],
    ),
    (
        "a resource and the tags in it are read in their stack, which has a resource for each nested stack",
        &[
            "input/cloudformation/launch_template.rs",
            "input/cloudformation/nested.rs",
            "input/cloudformation/resource.rs",
            "input/cloudformation/sam.rs",
            "input/cloudformation/sam_made.rs",
            "input/cloudformation/sam_tags.rs",
            "input/cloudformation/stack.rs",
            "input/cloudformation/task_definition.rs",
        ],
    ),
    (
        "an expression names values of its scope, and a scope evaluates expressions",
        &["input/terraform/source/eval.rs", "input/terraform/source/scope.rs"],
    ),
];

#[test]
fn no_files_import_each_other() {
    let graph = imports();
    let edges: usize = graph.values().map(std::collections::BTreeSet::len).sum();
    assert!(graph.len() > 200 && edges > 500, "too few cases: {} files", graph.len());
    let found = circles(&graph);
    let allowed = |circle: &std::collections::BTreeSet<String>| {
        CIRCLES.iter().any(|(_reason, files)| circle.iter().all(|file| files.contains(&file.as_str())))
    };
    let new: Vec<_> = found.iter().filter(|circle| !allowed(circle)).collect();
    assert!(new.is_empty(), "files that import each other: {new:#?}");
    for (reason, files) in CIRCLES {
        let needed = found.iter().any(|circle| circle.iter().all(|file| files.contains(&file.as_str())));
        assert!(needed, "no circle is left among {files:?} ({reason}): take the entry out of the list");
    }
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
