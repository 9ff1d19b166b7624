//! A live resource type is named only in its own file; all other code uses the registries.

use std::path::{Path, PathBuf};

use taglint::aws::supported;

use crate::common::repository;

/// The files and folders that may name a type, each with the reason.
const MAY_NAME_TYPES: [(&str, &str); 7] = [
    ("src/aws/", "the facts about the types"),
    ("src/authoring/import/config.rs", "the types of AWS Config"),
    ("src/authoring/init/mod.rs", "a policy as an example"),
    ("src/input/aws_cli/authorization_details.rs", "the lists of its answer"),
    ("src/input/cloudformation/", "the roles that SAM makes and that tasks name"),
    ("src/report/asff.rs", "the names of AWS Security Hub"),
    ("src/report/fixture.rs", "a report for tests"),
];

#[test]
fn live_types_are_named_in_their_own_files() {
    let names: Vec<String> = supported::ALL
        .iter()
        .flat_map(|each| {
            let template = each.cloudformation.map(|names| names.resource_type);
            [each.name, each.terraform.resource_type].into_iter().chain(template)
        })
        .map(|name| format!("\"{name}\""))
        .collect();
    let mut seen = 0;
    for file in rust_files(&repository("src")) {
        let path = file.strip_prefix(repository("")).unwrap().to_string_lossy().replace('\\', "/");
        let may_name = MAY_NAME_TYPES.iter().any(|(start, _)| path.starts_with(start));
        if may_name || path.ends_with("tests.rs") {
            continue;
        }
        seen += 1;
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for name in &names {
            assert!(!code.contains(name), "{path} names {name}: use aws::supported");
        }
    }
    assert!(seen > 200, "only {seen} files were read");
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
