//! What AWS enforces in an account, for a comparison.

use serde_json::Value;

use super::found::{Found, TagPolicy};
use super::note::Note;
use super::tag_policy::{MergedSetting, merge};
use super::{ImportError, ImportInput, read, types};
use crate::authoring::write::shown;

/// One key of the effective tag policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::authoring) struct AwsKey {
    /// The key in its letter case.
    pub(in crate::authoring) key: String,
    /// The values; `None` for any value.
    pub(in crate::authoring) values: Option<Vec<String>>,
    /// Globs over the types on which it is required.
    pub(in crate::authoring) required_for: Vec<String>,
    /// Globs over the types on which AWS refuses other values.
    pub(in crate::authoring) enforced_for: Vec<String>,
}

/// The effective tag policy of an account.
#[derive(Debug, Default)]
pub(in crate::authoring) struct AwsKeys {
    /// Its keys.
    pub(in crate::authoring) keys: Vec<AwsKey>,
    /// `false` for the output of `ListRequiredTags`, which has only keys that are required.
    pub(in crate::authoring) has_values: bool,
    /// What could not be read.
    pub(in crate::authoring) notes: Vec<String>,
}

/// Reads an effective tag policy, or the output of `ListRequiredTags`.
///
/// # Errors
/// [`ImportError`], if the input is neither.
pub(in crate::authoring) fn effective(input: &ImportInput) -> Result<AwsKeys, ImportError> {
    if input.text.len() > super::MAX_INPUT {
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
        tag_policies(&policies, &mut out.keys, &mut notes);
    }
    out.notes = notes.into_iter().filter(|note| note.lost).map(|note| note.text).collect();
    Ok(out)
}

fn tag_policies(policies: &[TagPolicy], keys: &mut Vec<AwsKey>, notes: &mut Vec<Note>) {
    let mut merged = merge(policies);
    notes.append(&mut merged.notes);
    for mut key in merged.keys {
        notes.append(&mut key.notes);
        if key.is_broken {
            continue;
        }
        let [name, values, enforced, required] = &key.settings;
        if key.settings.iter().any(|setting| setting.has_unknown_base) {
            let what = format!("parts of {} that a parent policy has are missing", shown(&key.policy_key));
            notes.push(Note::lost(what));
        }
        let mut types = |name: &str, setting: &MergedSetting| {
            types::tagging(name, setting.items.as_deref().unwrap_or_default(), notes)
        };
        keys.push(AwsKey {
            // "If case treatment isn't defined, lowercase is the default" (Organizations guide).
            key: name
                .items
                .as_ref()
                .and_then(|names| names.first())
                .cloned()
                .unwrap_or_else(|| key.policy_key.to_lowercase()),
            values: values.items.clone(),
            required_for: types("report_required_tag_for", required),
            enforced_for: types("enforced_for", enforced),
        });
    }
}

fn required(entries: &[Value], keys: &mut Vec<AwsKey>, notes: &mut Vec<Note>) {
    for entry in entries {
        let kind: Vec<_> = entry.get("ResourceType").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
        let types = types::tagging("ResourceType", &kind, notes);
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
