//! One field of a tag policy, plain or under inheritance operators (Organizations User Guide, "Inheritance operators").

use serde_json::{Map, Value};

use crate::authoring::write::shown;

/// The operator that controls changes in child policies. It says nothing about tags.
pub(super) const CHILD_CONTROL: &str = "@@operators_allowed_for_child_policies";

/// A short name for a value that can't be imported.
pub(super) fn brief(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => shown(&other.to_string()),
    }
}

/// One field of a key, with or without inheritance operators.
#[derive(Default)]
pub(super) struct InheritedField {
    /// Its values.
    pub(super) items: Vec<String>,
    /// `true` if all values are in this policy; `false` if a part is in a parent policy.
    pub(super) whole: bool,
}

impl InheritedField {
    /// Reads a field, plain as in an effective policy or below operators; adds notes on what can't be imported.
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
                            "`{name}` has `@@append`: the values to which it adds are in a parent policy, and are missing here"
                        ));
                    }
                }
                "@@remove" => notes.push(format!(
                    "`{name}` has `@@remove`, which is omitted: the values from which it removes are in a parent policy"
                )),
                CHILD_CONTROL => {
                    notes.push(format!(
                        "`{CHILD_CONTROL}` of `{name}` is omitted: it controls child policies, not tags"
                    ));
                }
                _ => notes.push(format!("{} of `{name}` is omitted: unknown to taglint", shown(operator))),
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
                other => notes.push(format!("{} in `{name}` is omitted: expected a string", brief(other))),
            }
        }
    }
}
