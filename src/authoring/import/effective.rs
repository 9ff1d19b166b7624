//! The tag rules that AWS enforces in an account, for a comparison.

use serde_json::Value;

use super::aws_key::AwsKey;
use super::error::ImportError;
use super::found::Found;
use super::input::ImportInput;
use super::note::Note;
use super::{read, required_tags, tag_policy};

/// The maximum size of an input in bytes, as for an import.
const MAX_INPUT: usize = 1 << 20;

/// The effective tag policy of an account.
#[derive(Debug, Default)]
pub(in crate::authoring) struct AwsKeys {
    /// Its keys.
    pub(in crate::authoring) keys: Vec<AwsKey>,
    /// `false` for the output of `ListRequiredTags`, which has only keys that are required.
    pub(in crate::authoring) has_values: bool,
    /// The parts that could not be read.
    pub(in crate::authoring) notes: Vec<String>,
}

/// Reads an effective tag policy, or the output of `ListRequiredTags`.
///
/// # Errors
/// [`ImportError`], if the input is neither.
pub(in crate::authoring) fn effective(input: &ImportInput) -> Result<AwsKeys, ImportError> {
    if input.text.len() > MAX_INPUT {
        return Err(ImportError::TooLarge(input.name.clone(), input.text.len()));
    }
    let mut notes = Vec::new();
    let (mut policies, mut out, mut is_known) = (Vec::new(), AwsKeys::default(), false);
    for found in read::read(input, &mut notes)? {
        match found {
            Found::TagPolicy(policy) => policies.push(policy),
            Found::RequiredTags { entries, more } => {
                is_known = true;
                if more {
                    notes.push(Note::lost("a further page of required tags is missing (`NextToken`)"));
                }
                required(&entries, &mut out.keys, &mut notes);
            }
            Found::ConfigRule(_) => {}
        }
    }
    if policies.is_empty() && !is_known {
        return Err(ImportError::Unknown(input.name.clone()));
    }
    if !policies.is_empty() {
        out.has_values = true;
        tag_policy::effective_keys(&policies, &mut out.keys, &mut notes);
    }
    out.notes = notes.into_iter().filter(|note| note.lost).map(|note| note.text).collect();
    Ok(out)
}

fn required(entries: &[Value], keys: &mut Vec<AwsKey>, notes: &mut Vec<Note>) {
    for entry in entries {
        let types = required_tags::entry_types(entry, notes);
        for name in entry.get("ReportingTagKeys").and_then(Value::as_array).into_iter().flatten() {
            let Some(name) = name.as_str() else { continue };
            match keys.iter_mut().find(|key| key.key == name) {
                Some(key) => key.required_for.extend(types.iter().cloned()),
                None => keys.push(AwsKey {
                    key: name.to_owned(),
                    values: None,
                    required_for: types.clone(),
                    enforced_for: Vec::new(),
                }),
            }
        }
    }
}
