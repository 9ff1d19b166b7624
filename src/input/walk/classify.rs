//! The format of a file in a folder, by its name and its content.

use std::path::Path;

use super::names::other_tool;
use crate::input::candidate::Candidate;
use crate::input::inventory::{INVENTORY, is_other_data};
use crate::input::reader::InFolder;
use crate::input::registry::{READERS, detect};

/// The endings of files whose content determines the format.
const DOCUMENTS: &[&str] = &[".json", ".yaml", ".yml", ".template"];

/// The format of a document in a folder.
pub(super) enum DocumentFormat {
    /// The index of its reader.
    Claimed(usize),
    /// A format that is not read in folders, with its noun.
    OtherInput(&'static str),
    Broken,
    /// No input.
    Other,
    Unread(String),
}

/// The index of the reader of files with this name.
pub(super) fn claiming(name: &str) -> Option<usize> {
    READERS.iter().position(|reader| reader.claims_file_name(name))
}

/// Whether a reader opens files with this ending as if they had been named.
pub(super) fn is_named(name: &str) -> bool {
    let has_ending = |endings: &[&str]| endings.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
    READERS.iter().any(|reader| matches!(reader.in_folder(), InFolder::ByEnding(endings) if has_ending(endings)))
}

pub(super) fn is_document(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    DOCUMENTS.iter().any(|ending| name.ends_with(ending))
}

/// Returns whether a file that a search found by its ending is no input: JSON Lines that no reader takes, such as a report.
/// A file that is not JSON may be a broken inventory.
pub(super) fn is_foreign(candidate: &Candidate<'_>) -> bool {
    match detect(candidate) {
        Some(at) => READERS[at].format() == Some(INVENTORY) && is_other_data(candidate),
        None => candidate.begins_as_json(),
    }
}

/// Returns whether a file with the ending of an inventory may be one. The content of a compressed file is not looked at.
fn may_be_named(path: &Path, name: &str) -> bool {
    let is_foreign = || {
        let mut candidate = Candidate::of_found(path).ok()?;
        candidate.in_folder = false;
        Some(is_foreign(&candidate))
    };
    is_named(name) && (!name.to_ascii_lowercase().ends_with(".jsonl") || is_foreign() != Some(true))
}

/// Whether a file may be an input, by its name or its content.
pub(super) fn is_input(path: &Path, name: &str) -> bool {
    claiming(name.trim_start_matches('.')).is_some()
        || may_be_named(path, name)
        || other_tool(name).is_some()
        || (is_document(name) && !matches!(document(path), DocumentFormat::Other))
}

/// The noun of a file that is passed over by its name.
pub(super) fn noun(name: &str) -> &'static str {
    if claiming(name.trim_start_matches('.')).is_some() {
        "Terraform file"
    } else if is_named(name) {
        "inventory file"
    } else {
        other_tool(name).unwrap_or("document")
    }
}

/// The format of a JSON or YAML file in a folder.
pub(super) fn document(path: &Path) -> DocumentFormat {
    let candidate = match Candidate::of_found(path) {
        Ok(candidate) => candidate,
        Err(error) => return DocumentFormat::Unread(format!("{}: {error}", path.display())),
    };
    match detect(&candidate) {
        Some(at) => match READERS[at].in_folder() {
            InFolder::Skipped { noun, .. } => DocumentFormat::OtherInput(noun),
            InFolder::Read | InFolder::ByEnding(_) | InFolder::NotRead => DocumentFormat::Claimed(at),
        },
        None if candidate.parses() == Some(false) => DocumentFormat::Broken,
        None => DocumentFormat::Other,
    }
}
