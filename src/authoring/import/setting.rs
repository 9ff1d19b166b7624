//! One field of a tag policy, plain or under inheritance operators (Organizations User Guide, "Inheritance operators").

use serde_json::{Map, Value};

use crate::authoring::write::shown;

/// Says what children may change: nothing that a check could see.
pub(super) const CHILD_CONTROL: &str = "@@operators_allowed_for_child_policies";

/// A value that can't be carried over, in a word.
pub(super) fn brief(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => shown(&other.to_string()),
    }
}

/// One field of a key: what it says here, and whether that is all of it.
#[derive(Default)]
pub(super) struct Setting {
    /// Its texts.
    pub(super) items: Vec<String>,
    /// False where a parent's part is missing.
    pub(super) whole: bool,
}

impl Setting {
    /// Reads a field: plain as in an effective policy, or below operators; what can't be carried over is noted.
    pub(super) fn read(name: &str, entry: &Map<String, Value>, notes: &mut Vec<String>) -> Self {
        let mut out = Self { items: Vec::new(), whole: true };
        let Some(value) = entry.get(name) else { return out };
        let Value::Object(operators) = value else {
            out.add(name, value, notes);
            return out;
        };
        out.whole = operators.contains_key("@@assign");
        for (operator, value) in operators {
            match operator.as_str() {
                "@@assign" => out.add(name, value, notes),
                "@@append" => {
                    out.add(name, value, notes);
                    if !out.whole {
                        notes.push(format!(
                            "`{name}` has `@@append`: what it is added to stands in a parent policy, and is not here"
                        ));
                    }
                }
                "@@remove" => notes.push(format!(
                    "`{name}` has `@@remove`, which is left out: what it is taken from stands in a parent policy"
                )),
                CHILD_CONTROL => {
                    notes.push(format!("`{CHILD_CONTROL}` of `{name}` is left out: it binds child policies, not tags"));
                }
                _ => notes.push(format!("{} of `{name}` is left out: taglint does not know it", shown(operator))),
            }
        }
        out
    }

    fn add(&mut self, name: &str, value: &Value, notes: &mut Vec<String>) {
        let one = std::slice::from_ref(value);
        for item in value.as_array().map_or(one, Vec::as_slice) {
            match item {
                Value::String(text) => self.items.push(text.clone()),
                Value::Number(_) | Value::Bool(_) => self.items.push(item.to_string()),
                other => notes.push(format!("{} in `{name}` is left out: text is expected", brief(other))),
            }
        }
    }
}
