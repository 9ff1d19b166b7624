//! Tag policies of a root, its organizational units and an account, merged into the effective policy (AWS Organizations
//! User Guide, "Inheritance examples").

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::operators::{AllowedOperators, CHILD_CONTROL, MergedSetting, brief};
use crate::authoring::import::found::TagPolicy;
use crate::authoring::import::note::Note;
use crate::authoring::write::shown;

/// The settings of a key, in the order of [`MergedKey::settings`].
const SETTINGS: [&str; 4] = ["tag_key", "tag_value", "enforced_for", "report_required_tag_for"];

/// The known part of the policies that apply to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    /// An effective policy: everything.
    Effective,
    /// Several policies, the first of them that of the root.
    Whole,
    /// One policy with operators. A parent policy can hold other parts of it.
    Alone,
}

/// One key of a policy with its settings.
#[derive(Debug, Default)]
pub(super) struct MergedKey {
    /// The policy key, as the first policy that has it writes it.
    pub(super) policy_key: String,
    /// `tag_key`, `tag_value`, `enforced_for` and `report_required_tag_for`.
    pub(super) settings: [MergedSetting; 4],
    /// Remarks on it.
    pub(super) notes: Vec<Note>,
    /// `true` if no policy has an object for it.
    pub(super) is_broken: bool,
    allowed: AllowedOperators,
}

/// The result of merging.
#[derive(Debug, Default)]
pub(super) struct MergedPolicy {
    /// The keys, in alphabetical order of the policy key in lowercase.
    pub(super) keys: Vec<MergedKey>,
    /// Remarks on the whole.
    pub(super) notes: Vec<Note>,
}

/// Merges policies, the one nearest to the root first.
pub(super) fn merge(policies: &[TagPolicy]) -> MergedPolicy {
    let (mut keys, mut notes) = (BTreeMap::<String, MergedKey>::new(), Vec::new());
    let mut allowed = AllowedOperators::default();
    for policy in policies {
        for other in policy.policy.keys().filter(|name| *name != "tags") {
            notes.push(Note::lost(format!("the field {} is omitted: unknown to taglint", shown(other))));
        }
        let tags = policy.policy.get("tags").and_then(Value::as_object);
        for (name, entry) in tags.into_iter().flatten() {
            if name == CHILD_CONTROL {
                continue;
            }
            if name.starts_with("@@") {
                notes.push(Note::lost(format!("{} of `tags` is omitted: unknown to taglint", shown(name))));
                continue;
            }
            // The policy key is not case sensitive; the settings of both belong together.
            let id = name.to_lowercase();
            if !allowed.any() && !keys.contains_key(&id) {
                let why = "a parent policy does not allow child policies to add keys";
                notes.push(Note::info(format!("the tag {} has no effect: {why}", shown(name))));
                continue;
            }
            let first = || MergedKey { policy_key: name.clone(), is_broken: true, ..MergedKey::default() };
            keys.entry(id).or_insert_with(first).apply(entry);
        }
        if let Some(tags) = tags {
            allowed.restrict(tags);
        }
    }
    MergedPolicy { keys: keys.into_values().collect(), notes }
}

impl MergedKey {
    fn apply(&mut self, entry: &Value) {
        let Value::Object(entry) = entry else {
            let (key, value) = (shown(&self.policy_key), brief(entry));
            let what =
                format!("the tag {key} is omitted: expected an object with `tag_key` and `tag_value`, not {value}");
            self.notes.push(Note::lost(what));
            return;
        };
        self.is_broken = false;
        for (name, value) in entry {
            match SETTINGS.iter().position(|setting| setting == name) {
                Some(at) if self.allowed.any() || self.settings[at].items.is_some() => {
                    self.settings[at].apply(name, value, &mut self.notes);
                }
                Some(_) => self.notes.push(Note::info(format!(
                    "`{name}` has no effect: a parent policy does not allow child policies to add settings"
                ))),
                None if name == CHILD_CONTROL => {}
                None => {
                    let what = format!("the field {} ({}) is omitted: unknown to taglint", shown(name), brief(value));
                    self.notes.push(Note::lost(what));
                }
            }
        }
        self.allowed.restrict(entry);
    }
}

/// Returns `true` for an effective policy: its settings are plain values.
pub(super) fn is_effective(policy: &Map<String, Value>) -> bool {
    let entries = || policy.get("tags").and_then(Value::as_object).into_iter().flatten().map(|(_, entry)| entry);
    let settings = || entries().filter_map(Value::as_object).flatten();
    let has_operators = entries().filter_map(Value::as_object).any(|entry| entry.contains_key(CHILD_CONTROL))
        || policy.get("tags").and_then(|tags| tags.get(CHILD_CONTROL)).is_some();
    !has_operators && settings().all(|(_, value)| !value.is_object())
}
