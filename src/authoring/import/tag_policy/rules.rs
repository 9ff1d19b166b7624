//! The rules for one key of a tag policy.

use super::merge::{Chain, MergedKey};
use super::operators::MergedSetting;
use crate::authoring::import::draft::{DraftValues, RuleDraft, good_key, good_values, pattern};
use crate::authoring::import::note::Note;
use crate::authoring::import::types;
use crate::authoring::write::{shown, strings};
use crate::base::Glob;

/// The rules for a key: up to three, of which one applies to any resource.
///
/// # Errors
/// A remark, if the key can't be imported.
pub(super) fn drafts(key: &MergedKey, chain: Chain, notes: &mut Vec<Note>) -> Result<Vec<RuleDraft>, Note> {
    let [tag_key, values, enforced, required] = &key.settings;
    let (name, any_key_case) = spelling(&key.policy_key, tag_key, chain, notes);
    good_key(&name)?;
    let required = resource_types("report_required_tag_for", required, chain, notes);
    let enforced = resource_types("enforced_for", enforced, chain, notes);
    let values = allowed_values(values, chain, notes);
    let allow_empty = match &values {
        DraftValues::Globs(list) => list.iter().any(|value| value.trim().is_empty() || value == "*"),
        _ => false,
    };
    let values = literal_questions(values, notes);
    let base = RuleDraft {
        description: match values {
            DraftValues::None => format!("The tag {name} is not allowed"),
            _ if any_key_case => format!("The tag {name} has an allowed value"),
            _ => format!("The tag {name} has this spelling and an allowed value"),
        },
        allow_empty,
        key: name,
        any_key_case,
        values,
        ..RuleDraft::default()
    };
    Ok(split(&base, &required, &enforced, std::mem::take(notes)))
}

/// The key, and whether its letter case is open: a policy without `tag_key` takes it from a parent policy, and where none
/// has one, AWS wants lowercase ("Tag policy syntax and examples").
fn spelling(policy_key: &str, setting: &MergedSetting, chain: Chain, notes: &mut Vec<Note>) -> (String, bool) {
    let Some(key) = setting.items.as_ref().and_then(|items| items.first()) else {
        if chain == Chain::Alone {
            notes.push(Note::lost(
                "no `tag_key`: a parent policy decides on the letter case of the key, so every letter case passes here",
            ));
            return (policy_key.to_owned(), true);
        }
        let lower = policy_key.to_lowercase();
        if lower != policy_key {
            notes.push(Note::info("no `tag_key`: AWS then requires the lowercase spelling"));
        }
        return (lower, false);
    };
    if setting.items.as_ref().is_some_and(|items| items.len() > 1) {
        notes.push(Note::lost(format!("`tag_key` has more than one key; {} is used", shown(key))));
    }
    if key.to_lowercase() != policy_key.to_lowercase() {
        let policy_key = shown(policy_key);
        notes.push(Note::lost(format!(
            "the policy names this tag {policy_key}, which is a different key; AWS does not allow that"
        )));
    }
    (key.clone(), false)
}

fn resource_types(name: &str, setting: &MergedSetting, chain: Chain, notes: &mut Vec<Note>) -> Vec<String> {
    if setting.has_unknown_base && chain == Chain::Alone {
        notes.push(Note::lost(format!(
            "`{name}` has `@@append` or `@@remove`: the types of the parent policy that it changes are missing"
        )));
    }
    types::tagging(name, setting.items.as_deref().unwrap_or_default(), notes)
}

/// The allowed values. Values without `?` are globs as they are: AWS takes one `*` in a value.
fn allowed_values(setting: &MergedSetting, chain: Chain, notes: &mut Vec<Note>) -> DraftValues {
    let Some(items) = &setting.items else {
        notes.push(Note::info(
            "no `tag_value`: AWS allows any value, including an empty one; remove `allow-empty` to require a value",
        ));
        return DraftValues::Any;
    };
    if setting.is_none {
        notes.push(Note::info("`tag_value` is an empty list: AWS allows no value, so the tag must not exist."));
        return DraftValues::None;
    }
    let mut values = good_values(items, notes);
    values.retain(|value| {
        let is_good = value.matches('*').count() <= 1;
        if !is_good {
            notes.push(Note::lost(format!("the value {} is omitted: AWS takes one `*` in a value", shown(value))));
        }
        is_good
    });
    if setting.has_unknown_base && chain == Chain::Alone {
        // With only a part of the list, the rule would report values that the parent policy allows.
        notes.push(Note::lost("`tag_value` has `@@append` or `@@remove`, and the values of the parent policy that it changes are missing: no value is checked"));
        if !values.is_empty() {
            notes.push(Note::info("add the values of the parent policy to these, and move the line into the rule:"));
            notes.push(Note::info(format!("  values = {}", strings(&values).replace('\n', " "))));
        }
        return DraftValues::Any;
    }
    if values.is_empty() {
        notes.push(Note::lost(if setting.emptied {
            "`@@remove` leaves no value: AWS does not say what is then allowed, so no value is checked"
        } else {
            "none of its values could be imported, so any value is allowed"
        }));
        return DraftValues::Any;
    }
    DraftValues::Globs(values)
}

/// AWS reads `?` in a value literally, and a glob does not: such values become a regular expression.
fn literal_questions(values: DraftValues, notes: &mut Vec<Note>) -> DraftValues {
    match values {
        DraftValues::Globs(list) if list.iter().any(|value| value.contains('?')) => pattern(&list, Some('*'), notes),
        other => other,
    }
}

/// The globs that no other of them covers.
fn widest(globs: &[String]) -> Vec<String> {
    let covered = |at: usize| globs.iter().enumerate().any(|(n, glob)| n != at && Glob::new(glob).matches(&globs[at]));
    (0..globs.len()).filter(|at| !covered(*at)).map(|at| globs[at].clone()).collect()
}

/// One rule for the types where the tag is required, one for those where only its value is enforced, one for all others.
fn split(base: &RuleDraft, required: &[String], enforced: &[String], mut notes: Vec<Note>) -> Vec<RuleDraft> {
    let covers = |globs: &[String], kind: &String| globs.iter().any(|glob| Glob::new(glob).matches(kind));
    let enforced_only: Vec<String> = enforced.iter().filter(|kind| !covers(required, kind)).cloned().collect();
    let overlap = required.iter().filter(|kind| covers(&enforced_only, kind)).cloned();
    let draft = |suffix| RuleDraft { suffix, ..base.clone() };
    let mut out = Vec::new();
    if !required.is_empty() {
        out.push(RuleDraft {
            description: format!("The resource has the tag {}", base.key),
            required: true,
            resources: required.to_vec(),
            notes: vec![Note::info("`report_required_tag_for`: the tag must exist.")],
            ..draft("-required")
        });
    }
    if !enforced_only.is_empty() {
        out.push(RuleDraft {
            unless: overlap.collect(),
            resources: enforced_only.clone(),
            notes: vec![
                Note::info(
                    "`enforced_for`: AWS refuses requests with another value or spelling on these types; taglint",
                ),
                Note::info("reports existing tags. Neither requires the tag."),
            ],
            ..draft("-enforced")
        });
    }
    let mut rest = draft(if out.is_empty() { "" } else { "-elsewhere" });
    rest.unless = widest(&required.iter().chain(&enforced_only).cloned().collect::<Vec<_>>());
    if !enforced.is_empty() {
        rest.severity = Some("warning");
        rest.notes.push(Note::info("Types outside `enforced_for`: AWS only reports them, so these are warnings."));
    }
    out.push(rest);
    notes.append(&mut out[0].notes);
    out[0].notes = notes;
    out
}
