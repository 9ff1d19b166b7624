//! A report format is one file and its registration in `src/report/mod.rs`; everything else is made from the registry.

use std::path::Path;

use taglint::report::{ACCESS_FORMATS, FORMATS, format_of_path};

use crate::common::{Scratch, repository};

/// The files below `folder` that contain one of the words, in any case.
fn files_naming(folder: &Path, words: &[&str], out: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_naming(&path, words, out);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let text = text.to_lowercase();
            if words.iter().any(|word| text.contains(word)) {
                out.push(path.strip_prefix(repository("src")).unwrap().display().to_string());
            }
        }
    }
}

#[test]
fn a_format_is_named_in_its_own_file_and_in_the_registry() {
    for (words, own) in [
        (&["junit"][..], &["report/junit.rs"][..]),
        (&["html::format", "html format", "html report"], &[]),
        (&["github::format", "workflow annotation"], &[]),
    ] {
        let mut files = Vec::new();
        files_naming(&repository("src"), words, &mut files);
        files.sort();
        let mut want: Vec<&str> = own.iter().copied().chain(["report/mod.rs"]).collect();
        want.sort_unstable();
        assert_eq!(files, want, "{words:?}: docs/contributing/report-format.md promises one file and the registry");
    }
}

#[test]
fn the_guide_names_the_registry_and_the_parts_of_a_format() {
    let guide = std::fs::read_to_string(repository("docs/contributing/report-format.md")).unwrap();
    let registry = std::fs::read_to_string(repository("src/report/mod.rs")).unwrap();
    let format = std::fs::read_to_string(repository("src/report/format.rs")).unwrap();
    for (part, source) in [
        ("pub const FORMATS: &[&ReportFormat]", &registry),
        ("name:", &format),
        ("extensions:", &format),
        ("about:", &format),
        ("render:", &format),
    ] {
        assert!(source.contains(part), "the source has no {part:?}");
        let name = part.trim_end_matches(':').trim_start_matches("pub const ").split(':').next().unwrap();
        assert!(guide.contains(name), "the guide does not name {name:?}");
    }
}

#[test]
fn the_table_of_the_documentation_is_the_registry() {
    let mut table = String::from("| Format | Extensions | Purpose |\n|---|---|---|\n");
    for format in FORMATS {
        let extensions: Vec<String> = format.extensions.iter().map(|extension| format!("`{extension}`")).collect();
        table += &format!("| `{}` | {} | {} |\n", format.name, extensions.join(" "), format.about);
    }
    let page = std::fs::read_to_string(repository("docs/reports.md")).unwrap();
    assert!(page.contains(&table), "docs/reports.md has another table than the registry:\n{table}");
}

#[test]
fn the_help_lists_every_format_and_extension() {
    let scratch = Scratch::new();
    let help = scratch.run(["check", "--help"]).exits(0).stdout.clone();
    for format in FORMATS {
        let is_listed = help.contains(&format!("- {}:", format.name));
        assert_eq!(is_listed, !format.is_binary(), "{}: {help}", format.name);
        for extension in format.extensions {
            assert!(help.contains(extension), "{extension}: {help}");
            assert_eq!(format_of_path(&format!("A/Report{extension}")).unwrap().name, format.name);
        }
    }
    assert!(format_of_path("report.docx").is_none() && format_of_path("report").is_none());
    let help = scratch.run(["explain-access", "--help"]).exits(0).stdout.clone();
    for format in ACCESS_FORMATS {
        assert!(help.contains(&format!("- {}:", format.name)), "{}: {help}", format.name);
    }
}
