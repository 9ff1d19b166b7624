//! One way to open files: everything that opens a file, or reads one whole, is in `src/base/files.rs`.

use std::path::{Path, PathBuf};

use crate::common::repository;

/// Calls that open a file, or read without a bound.
const CALLS: &[&str] = &[
    "File::open(",
    "fs::read(",
    "fs::read_to_string(",
    "File::options(",
    "OpenOptions::",
    ".read_to_end(",
    ".read_to_string(",
    "io::read_to_string(",
];

/// The files that may, each with the reason.
const ALLOWED: &[(&str, &str)] = &[
    ("src/base/files.rs", "the one way"),
    ("src/fix/journal/write.rs", "writes, and opens the folder of a journal to sync it"),
    ("src/commands/output.rs", "writes"),
];

#[test]
fn files_are_opened_in_one_place() {
    let mut files = Vec::new();
    collect(&repository("src"), &mut files);
    assert!(files.len() > 300, "{}", files.len());
    let root = repository("");
    let mut found = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        if name.ends_with("/tests.rs") || ALLOWED.iter().any(|(allowed, _)| *allowed == name) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        // Tests stand at the end of a file.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            let code = line.replace("OutputFile::open(", "");
            if !code.trim_start().starts_with("//") && CALLS.iter().any(|call| code.contains(call)) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "read these through `base::read_named` or `base::read_regular`:\n{}", found.join("\n"));
}

#[test]
fn the_exceptions_exist() {
    for (name, _) in ALLOWED {
        let text = std::fs::read_to_string(repository(name)).unwrap();
        assert!(CALLS.iter().any(|call| text.contains(call)), "{name} opens nothing any more");
    }
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}
