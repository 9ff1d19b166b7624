//! AWS Organizations tag policies: effective ones, and ones written with inheritance operators.
//!
//! AWS treats one key as follows (Organizations User Guide, "Tag policy syntax and examples", "Enforce tagging
//! consistency"): the letter case of the key and its values are checked on every type. `enforced_for` rejects requests
//! that violate them on some types, but does not require the tag. `report_required_tag_for` requires it on some types.
//! One key therefore becomes up to three rules, and exactly one of them applies to any resource.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::draft::{RuleDraft, good_key, good_values};
use super::error::ImportError;
use super::setting::{CHILD_CONTROL, InheritedField, brief};
use crate::authoring::write::{Ids, comment, shown, string, strings};
use crate::base::Glob;

/// The maximum length of a resource type.
const MAX_TYPE: usize = 128;

pub(super) fn import(
    policy: &Map<String, Value>,
    name: Option<&str>,
    target: Option<&str>,
) -> Result<String, ImportError> {
    let mut out = String::new();
    head(&mut out, policy, name, target);
    let (mut ids, mut left_out, mut rules) = (Ids::default(), Vec::new(), 0);
    for (policy_key, entry) in policy.get("tags").and_then(Value::as_object).into_iter().flatten() {
        if policy_key.starts_with("@@") {
            comment(
                &mut out,
                &format!("{} of `tags` is omitted: it controls other policies, not tags", shown(policy_key)),
            );
            continue;
        }
        match key_rules(policy_key, entry) {
            Ok(drafts) => {
                rules += drafts.len();
                for draft in &drafts {
                    draft.write(&mut ids, &mut out);
                }
            }
            Err(note) => {
                out.push('\n');
                comment(&mut out, &note);
                left_out.push(note);
            }
        }
    }
    if rules == 0 { Err(ImportError::Nothing(left_out)) } else { Ok(out) }
}

fn head(out: &mut String, policy: &Map<String, Value>, name: Option<&str>, target: Option<&str>) {
    let written = has_operators(policy, 0);
    let kind = if written { "a tag policy written with inheritance operators" } else { "an effective tag policy" };
    comment(out, &format!("Imported by `taglint policy import` from {kind} of AWS Organizations."));
    if let Some(target) = target {
        comment(out, &format!("It applies to {}.", shown(target)));
    }
    if written {
        comment(out, "Inherited parts are missing. This command prints the effective policy of an account:");
        comment(out, "  aws organizations describe-effective-policy --policy-type TAG_POLICY --target-id ACCOUNT");
    }
    for other in policy.keys().filter(|name| *name != "tags") {
        comment(out, &format!("the field {} is omitted: unknown to taglint", shown(other)));
    }
    out.push_str("version = 1\n\n[policy]\n");
    let name = name.filter(|name| !name.is_empty()).unwrap_or("aws-tag-policy");
    let _ = writeln!(out, "name = {}", string(name));
}

fn has_operators(map: &Map<String, Value>, depth: usize) -> bool {
    // The depth is bounded, because the input is untrusted.
    let inside = |value: &Value| depth < 4 && value.as_object().is_some_and(|map| has_operators(map, depth + 1));
    map.iter().any(|(name, value)| name.starts_with("@@") || inside(value))
}

/// The rules for one key.
fn key_rules(policy_key: &str, entry: &Value) -> Result<Vec<RuleDraft>, String> {
    let said = shown(policy_key);
    let Value::Object(entry) = entry else {
        return Err(format!("the tag {said} is omitted: expected an object with `tag_key` and `tag_value`"));
    };
    let mut notes = Vec::new();
    let [key, values, enforced, required] = ["tag_key", "tag_value", "enforced_for", "report_required_tag_for"]
        .map(|name| InheritedField::read(name, entry, &mut notes));
    for (name, value) in entry {
        match name.as_str() {
            "tag_key" | "tag_value" | "enforced_for" | "report_required_tag_for" => {}
            CHILD_CONTROL => notes.push(format!("`{CHILD_CONTROL}` is omitted: it controls child policies, not tags")),
            _ => notes.push(format!("the field {} ({}) is omitted: unknown to taglint", shown(name), brief(value))),
        }
    }
    let key = spelling(policy_key, &key, &mut notes);
    good_key(&key)?;
    let (required, enforced) =
        (types("report_required_tag_for", required, &mut notes), types("enforced_for", enforced, &mut notes));
    Ok(split(&key, &AllowedValues::of(&values, &mut notes), &required, &enforced, notes))
}

/// The key in the letter case of the policy; AWS's default is lowercase.
fn spelling(policy_key: &str, setting: &InheritedField, notes: &mut Vec<String>) -> String {
    let Some(key) = setting.items.first() else {
        let lower = policy_key.to_lowercase();
        if lower != policy_key {
            notes.push("no `tag_key`: AWS then requires the lowercase spelling".to_owned());
        }
        return lower;
    };
    if setting.items.len() > 1 {
        notes.push(format!("`tag_key` has more than one key; {} is used", shown(key)));
    }
    if key.to_lowercase() != policy_key.to_lowercase() {
        let policy_key = shown(policy_key);
        notes
            .push(format!("the policy names this tag {policy_key}, which is a different key; AWS does not allow that"));
    }
    key.clone()
}

/// Resource types as globs. `service:ALL_SUPPORTED` and `service:*` are all types of a service.
fn types(name: &str, setting: InheritedField, notes: &mut Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for item in setting.items {
        let parts = item.split_once(':').filter(|(service, kind)| !service.is_empty() && !kind.is_empty());
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_/:.*".contains(c);
        match parts {
            Some((service, kind)) if item.len() <= MAX_TYPE && item.chars().all(plain) && !service.contains('*') => {
                let glob = if kind == "ALL_SUPPORTED" { format!("{service}:*") } else { item };
                if !out.contains(&glob) {
                    out.push(glob);
                }
            }
            _ => notes.push(format!("{} in `{name}` is omitted: not a resource type", shown(&item))),
        }
    }
    out
}

/// The allowed values.
struct AllowedValues {
    values: Vec<String>,
    allow_empty: bool,
}

impl AllowedValues {
    fn of(setting: &InheritedField, notes: &mut Vec<String>) -> Self {
        let values = good_values(&setting.items, notes);
        if !setting.whole {
            // With only a part of the list, the rule would report values that the parent policy allows.
            if !values.is_empty() {
                notes.push("add the values of the parent policy to these, and move the line into the rule:".to_owned());
                notes.push(format!("  values = {}", strings(&values).replace('\n', " ")));
            }
            return Self { values: Vec::new(), allow_empty: true };
        }
        if values.iter().any(|value| value.contains('?')) {
            notes.push("AWS reads `?` in a value literally; here it matches any one character".to_owned());
        }
        if setting.items.is_empty() {
            notes.push(
                "no `tag_value`: AWS allows any value, also an empty one; remove `allow-empty` to require a value"
                    .to_owned(),
            );
        } else if values.is_empty() {
            notes.push("none of its values could be imported, so any value is allowed".to_owned());
        }
        let allow_empty = values.is_empty() || values.iter().any(|value| value.is_empty() || value == "*");
        Self { values, allow_empty }
    }
}

/// The globs that no other of them covers.
fn widest(globs: &[String]) -> Vec<String> {
    let covered = |at: usize| globs.iter().enumerate().any(|(n, glob)| n != at && Glob::new(glob).matches(&globs[at]));
    (0..globs.len()).filter(|at| !covered(*at)).map(|at| globs[at].clone()).collect()
}

/// One rule for the types where the tag is required, one for those where only its value is enforced, one for all others.
fn split(
    key: &str,
    values: &AllowedValues,
    required: &[String],
    enforced: &[String],
    mut notes: Vec<String>,
) -> Vec<RuleDraft> {
    let covers = |globs: &[String], kind: &String| globs.iter().any(|glob| Glob::new(glob).matches(kind));
    let enforced_only: Vec<String> = enforced.iter().filter(|kind| !covers(required, kind)).cloned().collect();
    let overlap = required.iter().filter(|kind| covers(&enforced_only, kind)).cloned();
    let draft = |suffix: &'static str| RuleDraft {
        key: key.to_owned(),
        suffix,
        description: format!("The tag {key} has this spelling and an allowed value"),
        allow_empty: values.allow_empty,
        values: values.values.clone(),
        ..RuleDraft::default()
    };
    let mut out = Vec::new();
    if !required.is_empty() {
        out.push(RuleDraft {
            description: format!("The resource has the tag {key}"),
            required: true,
            resources: required.to_vec(),
            notes: vec!["`report_required_tag_for`: the tag must exist.".to_owned()],
            ..draft("-required")
        });
    }
    if !enforced_only.is_empty() {
        out.push(RuleDraft {
            unless: overlap.collect(),
            resources: enforced_only.clone(),
            notes: vec![
                "`enforced_for`: AWS refuses requests with another value or spelling on these types; taglint reports"
                    .to_owned(),
                "existing tags. Neither requires the tag.".to_owned(),
            ],
            ..draft("-enforced")
        });
    }
    let mut rest = draft(if out.is_empty() { "" } else { "-elsewhere" });
    rest.unless = widest(&required.iter().chain(&enforced_only).cloned().collect::<Vec<_>>());
    if !enforced.is_empty() {
        rest.severity = Some("warning");
        rest.notes.push("Types outside `enforced_for`: AWS only reports them, so these are warnings.".to_owned());
    }
    out.push(rest);
    notes.append(&mut out[0].notes);
    out[0].notes = notes;
    out
}

#[cfg(test)]
mod tests;
