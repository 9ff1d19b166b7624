//! A live resource type is named in its own file; everything else goes through the registries.

use std::path::{Path, PathBuf};

use taglint::aws::supported;

use crate::common::repository;

/// The rooms that must not name a type.
const ROOMS: [&str; 4] = ["src/cli", "src/collect", "src/commands", "src/iam_policies"];

#[test]
fn live_types_are_named_in_their_own_files() {
    let mut seen = 0;
    for room in ROOMS {
        for file in rust_files(&repository(room)) {
            let path = file.to_string_lossy().replace('\\', "/");
            seen += 1;
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let is_test = path.ends_with("tests.rs");
            for name in supported::ALL.iter().map(|each| format!("\"{}\"", each.name)) {
                assert!(is_test || !code.contains(&name), "{path} names {name}: use aws::supported");
            }
        }
    }
    assert!(seen > 50, "only {seen} files were read");
}

#[test]
fn a_live_type_has_one_file_and_one_line_in_each_registry() {
    for (folder, registry) in
        [("src/aws/supported", "src/aws/supported/mod.rs"), ("src/collect/readers", "src/collect/readers/registry.rs")]
    {
        let registry = std::fs::read_to_string(repository(registry)).unwrap();
        let mut files = 0;
        for file in rust_files(&repository(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            if text.contains("TYPE: SupportedType") || text.contains("impl TypeReader for") {
                files += 1;
                let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                assert!(registry.contains(&name), "{name} is not registered");
            }
        }
        assert_eq!(files, supported::ALL.len(), "{folder}");
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
