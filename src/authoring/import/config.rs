//! The AWS Config rule `required-tags`: at most six keys, each with a comma-separated list of values.

use serde_json::{Map, Value};

use super::draft::{DraftValues, RuleDraft, good_key, good_values, pattern};
use super::file::PolicyDraft;
use super::found::{PAIRS, is_parameter};
use super::note::Note;
use super::types;
use crate::authoring::write::shown;
use crate::base::count;

/// AWS Config's name for the rule.
const IDENTIFIER: &str = "REQUIRED_TAGS";

/// Writes rules for each of the Config rules.
pub(super) fn write(rules: &[Map<String, Value>], file: &mut PolicyDraft) {
    let mut head = vec![Note::info("Imported by `taglint policy import` from the AWS Config rule required-tags.")];
    let (others, rules): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| other_kind(rule).is_some());
    if !others.is_empty() {
        let names = others.iter().map(|rule| format!("{} ({})", name(rule), other_kind(rule).unwrap_or_default()));
        let (many, names) = (count(others.len() as u64, "Config rule"), names.collect::<Vec<_>>().join(", "));
        head.push(Note::lost(format!("{many} omitted, not {IDENTIFIER}: {names}")));
    }
    file.head("aws-config-required-tags", &head);
    for rule in rules {
        let mut notes = Vec::new();
        let drafts = config_rule(rule, &mut notes);
        file.remarks(Some(&format!("the Config rule {}", name(rule))), &notes);
        for draft in &drafts {
            file.rule(draft);
        }
    }
}

/// The kind of a rule that is not `required-tags`.
fn other_kind(rule: &Map<String, Value>) -> Option<String> {
    let identifier = rule.get("Source")?.get("SourceIdentifier").and_then(Value::as_str);
    let other = identifier.map_or_else(|| "of a kind that is not known".to_owned(), shown);
    (identifier != Some(IDENTIFIER)).then_some(other)
}

fn name(rule: &Map<String, Value>) -> String {
    shown(rule.get("ConfigRuleName").and_then(Value::as_str).unwrap_or("required-tags"))
}

/// The rules of one Config rule; adds notes on other parts of it.
fn config_rule(rule: &Map<String, Value>, notes: &mut Vec<Note>) -> Vec<RuleDraft> {
    notes.push(Note::info(format!("The Config rule {}.", name(rule))));
    let Some(parameters) = parameters(rule) else {
        notes.push(Note::lost("it is omitted: its InputParameters are not a JSON object, or not known"));
        return Vec::new();
    };
    let scope = match ConfigScope::read(rule, notes) {
        Ok(scope) => scope,
        Err(why) => {
            notes.push(Note::lost(format!("it is omitted: {why}")));
            return Vec::new();
        }
    };
    for other in parameters.keys().filter(|name| !is_parameter(name)) {
        let what = format!("the parameter {} is omitted: required-tags has no such parameter", shown(other));
        notes.push(Note::lost(what));
    }
    PAIRS.filter_map(|n| pair(n, &parameters, &scope, notes)).collect()
}

/// The parameters: JSON in a string, as Config returns them, or an object.
fn parameters(rule: &Map<String, Value>) -> Option<Map<String, Value>> {
    match rule.get("InputParameters")? {
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Object(map) => Some(map.clone()),
        _ => None,
    }
}

/// A scalar as Config reads it: a template may write a number.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// One key with its values.
fn pair(n: u8, parameters: &Map<String, Value>, scope: &ConfigScope, notes: &mut Vec<Note>) -> Option<RuleDraft> {
    let (key, values) = (format!("tag{n}Key"), format!("tag{n}Value"));
    let Some(written) = parameters.get(&key) else {
        if parameters.contains_key(&values) {
            notes.push(Note::lost(format!("`{values}` is omitted: there is no `{key}`")));
        }
        return None;
    };
    let Some(tag) = text(written) else {
        notes.push(Note::lost(format!("`{key}` is omitted: expected a string, and a value that is known")));
        return None;
    };
    if let Err(note) = good_key(&tag) {
        notes.push(note);
        return None;
    }
    let mut draft = RuleDraft {
        description: format!("The resource has the tag {tag}"),
        key: tag,
        required: true,
        resources: scope.types.clone(),
        unless_accounts: scope.excluded_accounts.clone(),
        when: scope.tag.clone(),
        ..RuleDraft::default()
    };
    match parameters.get(&values).map(text) {
        None => {}
        Some(Some(list)) => draft.values = split(&list, &mut draft.notes),
        Some(None) => {
            let what =
                format!("`{values}` is omitted, so any value passes: expected a string, and a value that is known");
            draft.notes.push(Note::lost(what));
        }
    }
    if draft.values == DraftValues::Any {
        let what = "Config allows any value, including an empty one; remove `allow-empty` to require a value";
        draft.notes.push(Note::info(what));
    }
    Some(draft)
}

/// The values of a comma-separated list. Config reads `*` and `?` in them literally, and a glob does not.
fn split(list: &str, notes: &mut Vec<Note>) -> DraftValues {
    let items: Vec<String> =
        list.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect();
    if list.split(',').any(|item| item != item.trim()) {
        notes.push(Note::info("spaces next to the commas of its values are omitted"));
    }
    let values = good_values(&items, notes);
    if values.iter().any(|value| value.contains(['*', '?'])) {
        pattern(&values, None, notes)
    } else if values.is_empty() {
        DraftValues::Any
    } else {
        DraftValues::Globs(values)
    }
}

/// A key, and the value that it must have, if there is one.
type ScopeTag = (String, Option<String>);

/// The scope of a Config rule.
#[derive(Default)]
struct ConfigScope {
    types: Vec<String>,
    tag: Option<ScopeTag>,
    excluded_accounts: Vec<String>,
}

impl ConfigScope {
    /// The scope. The error says why no rule can have it.
    fn read(rule: &Map<String, Value>, notes: &mut Vec<Note>) -> Result<Self, &'static str> {
        let mut out = Self::default();
        match rule.get("ExcludedAccounts") {
            None => {}
            Some(Value::Array(accounts)) => out.excluded_accounts = accounts.iter().filter_map(text).collect(),
            Some(_) => notes.push(Note::lost("the accounts that it excludes are not known, so it applies to them too")),
        }
        let scope = match rule.get("Scope") {
            None => return Ok(out),
            Some(Value::Object(scope)) => scope,
            Some(_) => return Err("its scope is not known"),
        };
        for field in scope.keys() {
            match field.as_str() {
                "ComplianceResourceTypes" | "TagKey" | "TagValue" => {}
                "ComplianceResourceId" => return Err("it applies to one resource only (ComplianceResourceId)"),
                other => {
                    notes.push(Note::lost(format!("{} of its scope is omitted: unknown to taglint", shown(other))));
                }
            }
        }
        out.tag = scope_tag(scope, notes)?;
        match scope.get("ComplianceResourceTypes") {
            None => {}
            Some(Value::Array(list)) if list.is_empty() => {}
            Some(Value::Array(list)) => {
                if list.iter().any(|name| name.as_str().is_none()) {
                    notes.push(Note::lost(
                        "a type of its scope is omitted: expected a string, and a value that is known",
                    ));
                }
                out.types = types::config(list.iter().filter_map(Value::as_str), notes);
                if out.types.is_empty() {
                    return Err("taglint knows none of the types in its scope");
                }
            }
            Some(_) => return Err("the types of its scope are not known"),
        }
        Ok(out)
    }
}

/// The tag that limits the scope.
fn scope_tag(scope: &Map<String, Value>, notes: &mut Vec<Note>) -> Result<Option<ScopeTag>, &'static str> {
    let read = |field: &str| match scope.get(field).map(|value| (value, text(value))) {
        None => Ok(None),
        Some((_, Some(text))) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(_) => Err("the tag of its scope is not known"),
    };
    let Some(key) = read("TagKey")? else { return Ok(None) };
    let value = read("TagValue")?;
    if key.contains(['*', '?']) || value.as_deref().is_some_and(|value| value.contains(['*', '?'])) {
        notes.push(Note::lost(
            "Config reads `*` and `?` in TagKey and TagValue of its scope literally; here they make a glob.",
        ));
    }
    Ok(Some((key, value)))
}

#[cfg(test)]
mod tests;
