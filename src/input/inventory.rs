//! Inventories, the output of `taglint collect`.

use serde_json::Value;

use super::candidate::Candidate;
use super::opened::OpenedInput;
use super::options::{InputFormat, InputOptions};
use super::reader::{Certainty, InFolder, InputReader};
use crate::engine::{Input, InputError};
use crate::model::parse_line;

/// The format of inventories.
pub const INVENTORY: InputFormat = InputFormat { name: "inventory", about: "What `taglint collect` writes" };

pub(super) struct InventoryReader;

impl InputReader for InventoryReader {
    fn format(&self) -> Option<InputFormat> {
        Some(INVENTORY)
    }

    fn detect(&self, candidate: &Candidate<'_>) -> Certainty {
        let text = candidate.text();
        // An empty input is an empty inventory.
        if text.is_empty() || text.starts_with(b"{\"taglint\"") || parse_line(candidate.first_line()).is_ok() {
            return Certainty::Likely;
        }
        // The first line is broken JSON: the engine reports its place.
        let broken = text.starts_with(b"{\"type\"") || text.starts_with(b"{\"arn\"");
        if broken { Certainty::Possible } else { Certainty::No }
    }

    fn in_folder(&self) -> InFolder {
        InFolder::ByEnding(&[".jsonl", ".jsonl.gz", ".jsonl.zst"])
    }

    fn open(&self, candidate: Candidate<'_>, _options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
        open(candidate)
    }
}

/// Returns whether a file with the ending of an inventory begins with data of another kind, such as a report or a journal
/// of taglint. A broken line is none: it may be that of an inventory.
pub(super) fn is_other_data(candidate: &Candidate<'_>) -> bool {
    let line = candidate.first_line();
    let Ok(Value::Object(fields)) = serde_json::from_slice(line) else { return false };
    match fields.get("taglint") {
        Some(mark) => !matches!(mark.as_str(), Some("inventory" | "end")),
        None => !fields.contains_key("arn") && !fields.contains_key("tags") && parse_line(line).is_err(),
    }
}

/// Opens an inventory.
pub(super) fn open(candidate: Candidate<'_>) -> Result<Vec<OpenedInput>, InputError> {
    let (name, gaps) = (candidate.name.clone(), candidate.gaps());
    let bytes = candidate.into_source()?;
    Ok(vec![OpenedInput::new(Input { gaps, ..Input::inventory(&name, bytes) })])
}
