//! An input format costs its own file or folder and one line of the registry.

use std::collections::BTreeMap;

use crate::common::repository;
use crate::registry::places_naming;

/// The readers, each with the file that defines it.
const READERS: &[(&str, &str)] = &[
    ("InventoryReader", "input/inventory.rs"),
    ("AwsCliReader", "input/aws_cli/mod.rs"),
    ("TagEditorReader", "input/tag_editor.rs"),
    ("PlanReader", "input/terraform/plan.rs"),
    ("SourceReader", "input/terraform/source/mod.rs"),
    ("TemplateReader", "input/cloudformation/mod.rs"),
];

#[test]
fn each_reader_is_named_in_its_file_and_once_in_the_registry() {
    let registry = std::fs::read_to_string(repository("src/input/registry.rs")).unwrap();
    assert_eq!(registry.matches("Reader,\n").count(), READERS.len(), "a reader is missing in this test");
    for (reader, home) in READERS {
        let places: BTreeMap<String, usize> =
            places_naming(reader).into_iter().map(|(file, lines)| (file, lines.len())).collect();
        let want = BTreeMap::from([((*home).to_owned(), 2), ("input/registry.rs".to_owned(), 1)]);
        assert_eq!(places, want, "{reader}");
    }
}

#[test]
fn the_value_of_a_format_is_written_once() {
    for format in taglint::input::formats() {
        let places = places_naming(&format!("\"{}\"", format.name));
        let rooms = ["input", "cli", "commands"];
        let here = places.keys().filter(|file| rooms.iter().any(|room| file.starts_with(room)));
        assert_eq!(here.count(), 1, "{}: {places:?}", format.name);
    }
}
