//! An input format costs its own file or folder and one line of the registry.

use std::collections::BTreeMap;

use crate::common::repository;
use crate::registry::places_naming;

/// The readers, each with the file that defines it.
const READERS: &[(&str, &str)] = &[
    ("InventoryReader", "input/inventory.rs"),
    ("LakeReader", "input/lake.rs"),
    ("AwsCliReader", "input/aws_cli/mod.rs"),
    ("TagEditorReader", "input/tag_editor.rs"),
    ("EventReader", "input/event/mod.rs"),
    ("PlanReader", "input/terraform/plan.rs"),
    ("SourceReader", "input/terraform/source/mod.rs"),
    ("TemplateReader", "input/cloudformation/mod.rs"),
];

#[test]
fn each_reader_is_named_in_its_file_and_once_in_the_registry() {
    let registry = std::fs::read_to_string(repository("src/input/registry.rs")).unwrap();
    assert_eq!(registry.matches("Reader,\n").count(), READERS.len(), "a reader is missing in this test");
    for (reader, file) in READERS {
        let places: BTreeMap<String, usize> =
            places_naming(reader).into_iter().map(|(path, lines)| (path, lines.len())).collect();
        let want = BTreeMap::from([((*file).to_owned(), 2), ("input/registry.rs".to_owned(), 1)]);
        assert_eq!(places, want, "{reader}");
    }
}

#[test]
fn the_value_of_a_format_is_written_once() {
    for format in taglint::input::formats() {
        let places = places_naming(&format!("\"{}\"", format.name));
        let folders = ["input", "cli", "commands"];
        let here = places.keys().filter(|file| folders.iter().any(|folder| file.starts_with(folder)));
        assert_eq!(here.count(), 1, "{}: {places:?}", format.name);
    }
}
