//! The inheritance operators of AWS Organizations (User Guide, "Inheritance operators").

use serde_json::{Map, Value};

use crate::authoring::import::note::Note;
use crate::authoring::write::shown;

/// The operator that says which operators child policies may use.
pub(super) const CHILD_CONTROL: &str = "@@operators_allowed_for_child_policies";

/// The operators that set values, in the order in which they are applied.
const SETTERS: [&str; 3] = ["@@assign", "@@append", "@@remove"];

/// The operators that child policies may use: one flag for each of [`SETTERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AllowedOperators([bool; 3]);

impl Default for AllowedOperators {
    fn default() -> Self {
        Self([true; 3])
    }
}

impl AllowedOperators {
    /// Removes what the policy with these operators forbids its children. A child can't allow an operator again.
    pub(super) fn restrict(&mut self, operators: &Map<String, Value>) {
        let Some(Value::Array(names)) = operators.get(CHILD_CONTROL) else { return };
        let has = |name: &str| names.iter().any(|other| other.as_str() == Some(name));
        for (allowed, name) in self.0.iter_mut().zip(SETTERS) {
            *allowed &= has("@@all") || has(name);
        }
    }

    /// `true` if a child policy may set anything at all.
    pub(super) fn any(self) -> bool {
        self.0.contains(&true)
    }
}

/// One setting of a key (`tag_key`, `tag_value`, …), merged from the root of the organization down.
#[derive(Debug, Clone, Default)]
pub(super) struct MergedSetting {
    /// Its values; `None` where no policy sets it.
    pub(super) items: Option<Vec<String>>,
    /// `true` if a policy adds to or removes from values that no given policy assigns.
    pub(super) has_unknown_base: bool,
    /// `true` if a policy removes values and none is left.
    pub(super) emptied: bool,
    /// `true` if a policy assigns an empty list.
    pub(super) is_none: bool,
    allowed: AllowedOperators,
}

impl MergedSetting {
    /// Applies the setting of the next policy: a plain value, as in an effective policy, or operators.
    pub(super) fn apply(&mut self, name: &str, value: &Value, notes: &mut Vec<Note>) {
        let Value::Object(operators) = value else {
            self.items = Some(texts(name, value, notes));
            self.is_none = is_empty_list(value);
            return;
        };
        let allowed = self.allowed;
        for (setter, is_allowed) in SETTERS.into_iter().zip(allowed.0) {
            let Some(value) = operators.get(setter) else { continue };
            if is_allowed {
                let items = texts(name, value, notes);
                self.is_none =
                    if setter == "@@assign" { is_empty_list(value) } else { self.is_none && items.is_empty() };
                self.set(setter, items);
            } else {
                notes.push(Note::info(format!(
                    "`{setter}` of `{name}` has no effect: a parent policy does not allow it"
                )));
            }
        }
        self.allowed.restrict(operators);
        for other in operators.keys().filter(|other| *other != CHILD_CONTROL && !SETTERS.contains(&other.as_str())) {
            notes.push(Note::lost(format!("{} of `{name}` is omitted: unknown to taglint", shown(other))));
        }
    }

    fn set(&mut self, setter: &str, items: Vec<String>) {
        match setter {
            "@@assign" => {
                self.items = Some(items);
                (self.has_unknown_base, self.emptied) = (false, false);
            }
            "@@append" => {
                self.has_unknown_base |= self.items.is_none();
                let own = self.items.get_or_insert_default();
                own.extend(items);
            }
            _ => {
                self.has_unknown_base |= self.items.is_none();
                let own = self.items.get_or_insert_default();
                let before = own.len();
                own.retain(|item| !items.contains(item));
                self.emptied = own.is_empty() && before > 0;
            }
        }
    }
}

/// Returns `true` if a policy limits the operators of child policies: below `tags`, below a key, or below a setting.
pub(super) fn controls_children(policy: &Map<String, Value>) -> bool {
    fn inside(map: &Map<String, Value>, depth: u32) -> bool {
        let below = |value: &Value| depth > 0 && value.as_object().is_some_and(|map| inside(map, depth - 1));
        map.contains_key(CHILD_CONTROL) || map.values().any(below)
    }
    inside(policy, 3)
}

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// The strings of a value: one, or a list.
fn texts(name: &str, value: &Value, notes: &mut Vec<Note>) -> Vec<String> {
    let one = std::slice::from_ref(value);
    let mut out: Vec<String> = Vec::new();
    for item in value.as_array().map_or(one, Vec::as_slice) {
        match item {
            Value::String(text) => out.push(text.clone()),
            Value::Number(_) | Value::Bool(_) => out.push(item.to_string()),
            other => notes.push(Note::lost(format!("{} in `{name}` is omitted: expected a string", brief(other)))),
        }
    }
    out
}

/// A short name for a value that can't be imported.
pub(super) fn brief(value: &Value) -> String {
    match value {
        Value::Null => "null (or a value that is not known)".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => shown(&other.to_string()),
    }
}
