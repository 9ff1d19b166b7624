//! The settings of each key, for a comparison.

use super::merge::merge;
use super::operators::MergedSetting;
use crate::authoring::import::aws_key::AwsKey;
use crate::authoring::import::found::TagPolicy;
use crate::authoring::import::note::Note;
use crate::authoring::import::types;
use crate::authoring::write::shown;

/// The keys of merged policies, for a comparison.
pub(in super::super) fn effective_keys(policies: &[TagPolicy], keys: &mut Vec<AwsKey>, notes: &mut Vec<Note>) {
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
