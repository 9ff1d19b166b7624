//! Hints for mistakes that people bring from other languages and tools.

use crate::base::quote;
use crate::policy::fields;
use crate::rule::spec::{FieldType, Table};

/// Names that other tools give to fields of a rule, with lowercase letters and `-`, and the meant field.
const OTHER_NAMES: &[(&[&str], &str)] = &[
    (&["regex", "regexp", "match", "matches", "value-pattern", "value-regex"], "pattern"),
    (&["starts-with", "begins-with", "prefix"], "values"),
    (&["beginning-of", "start-of"], "prefix-of"),
    (&["allowed-values", "allowed", "enum", "one-of", "options", "value", "tag-value"], "values"),
    (&["denied-values", "forbidden-values", "disallowed-values"], "not-values"),
    (&["type", "types", "resource", "resource-type", "resource-types", "applies-to", "enforced-for"], "resources"),
    (&["tag", "tag-key", "tag-name"], "key"),
    (&["mandatory", "optional"], "required"),
    (&["name", "rule-id"], "id"),
    (&["level", "priority"], "severity"),
    (&["if", "condition", "conditions", "where"], "when"),
    (&["except", "exclude", "exclusions"], "unless"),
    (&["case-insensitive"], "ignore-case"),
    (&["equal", "equal-to", "value-template", "composed-of"], "equals"),
    (&["requires-tags", "depends-on", "needs", "required-with"], "requires"),
    (&["values-per", "values-for", "values-per-account", "values-by-account"], "values-by"),
    (&["denied-keys", "forbidden-keys", "forbidden"], "forbid"),
    (&["allowed-keys"], "only"),
];

/// Names that other tools give to fields of a condition, and the meant field.
const OTHER_CONDITIONS: &[(&[&str], &str)] = &[
    (&["or", "any-of", "anyof", "one-of", "some"], "any"),
    (&["none", "none-of", "nor", "except"], "not"),
    (&["tag"], "tags"),
    (&["account-id", "account-ids", "accounts"], "account"),
    (&["ou", "ous", "org-unit", "organizational-unit", "organizational-units", "account-unit"], "account-ou"),
    (&["regions"], "region"),
    (&["type", "types", "resource", "resource-type", "resource-types"], "resources"),
    (&["min-age", "created-before"], "older-than"),
    (&["max-age", "created-after"], "newer-than"),
    (&["manager", "created-by", "source", "owned-by"], "managed-by"),
];

/// The help for an unknown field of a condition that has another name here.
pub(super) fn other_condition(name: &str) -> Option<String> {
    let name = name.to_lowercase().replace('_', "-");
    if ["and", "all", "all-of", "allof"].contains(&name.as_str()) {
        return Some("a condition has no such field: all of its fields must be true".to_owned());
    }
    let (_, meant) = OTHER_CONDITIONS.iter().find(|(others, _)| others.contains(&name.as_str()))?;
    let field = fields::CONDITION.fields.iter().find(|field| field.name == *meant)?;
    Some(format!("write `{meant}`, which takes {}", field.ty.label()))
}

/// The help for an unknown field of a rule that has another name here.
pub(super) fn other_name(name: &str) -> Option<String> {
    let name = name.to_lowercase().replace('_', "-");
    if name == "kind" {
        return Some(
            "a rule has no such field: its kind follows from its fields, such as `key`, `forbid` or `only`".to_owned(),
        );
    }
    let (_, meant) = OTHER_NAMES.iter().find(|(others, _)| others.contains(&name.as_str()))?;
    let field = fields::RULE.fields.iter().find(|field| field.name == *meant)?;
    Some(format!("write `{meant}`, which takes {}", field.ty.label()))
}

/// Returns `true` if a table has a field that is not a list of tables: those have their own line in a file.
pub(super) fn has_own_field(table: &Table, name: &str) -> bool {
    table.fields.iter().any(|field| field.name == name && !matches!(field.ty, FieldType::Tables(_)))
}

/// The help for a line with a syntax error, for the usual mistakes.
pub(super) fn for_line(line: &str) -> Option<String> {
    let key = line.split('=').next().unwrap_or("").trim();
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !line.contains('=') {
        return None;
    }
    // AWS allows spaces in keys, so a key with a space and without quotes is a usual mistake.
    if key.contains(' ') && key.chars().all(|c| bare(c) || c == ' ') {
        let (table, name) = key.split_once('.').map_or(("", key), |(table, name)| (table, name));
        let dot = if table.is_empty() { "" } else { "." };
        return Some(format!("write a key with a space in quotes: {table}{dot}\"{name}\" = …"));
    }
    // In a string with double quotes a backslash begins an escape of TOML.
    let escape = line.split('"').skip(1).step_by(2).any(|text| text.contains('\\'));
    escape.then(|| format!("write a text with backslashes in single quotes: {key} = '\\d+'"))
}

/// Returns `true` if a text without a version looks like YAML.
pub(super) fn looks_like_yaml(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let Some(first) = lines.next() else { return false };
    let is_key = first.split_once(':').is_some_and(|(key, rest)| {
        key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) && (rest.is_empty() || rest.starts_with(' '))
    });
    first == "---" || is_key
}

/// The name of the top of a file in messages.
pub(super) const TOP_PLACE: &str = "the top of the file";

/// The help for a field that belongs to another table.
pub(super) fn misplaced(place: &str, name: &str) -> Option<String> {
    let has = |table: &Table| table.fields.iter().any(|field| field.name == name);
    let shown = quote(name);
    if place.starts_with("[rule.") && has(&fields::RULE) && other_condition(name).is_none() {
        Some(format!("{shown} is a field of the rule: move it above `{place}`"))
    } else if place == TOP_PLACE && has(&fields::RULE) {
        Some("move it below a `[[rule]]` line".to_owned())
    } else if place != TOP_PLACE && has_own_field(&fields::TOP, name) {
        Some(format!("{shown} is a field of the top of the file: move it above the first `[table]`"))
    } else if place == "[[rule]]" {
        other_name(name)
    } else if place.starts_with("[rule.") {
        other_condition(name)
    } else {
        None
    }
}

/// Returns `true` if a line sets `version` to a number. Other files are no policies.
pub(super) fn states_a_version(text: &str) -> bool {
    text.lines().any(|line| {
        let value = line.trim_start().strip_prefix("version").and_then(|rest| rest.trim_start().strip_prefix('='));
        value.is_some_and(|value| value.trim_start().starts_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meant_field_exists_and_no_other_name_does() {
        for (others, meant) in OTHER_NAMES {
            for other in *others {
                assert!(other_name(other).is_some_and(|help| help.contains(meant)), "{other}");
                assert!(!fields::RULE.fields.iter().any(|field| field.name == *other), "{other} is a field");
            }
        }
        for (others, meant) in OTHER_CONDITIONS {
            for other in *others {
                assert!(other_condition(other).is_some_and(|help| help.contains(meant)), "{other}");
                assert!(!fields::CONDITION.fields.iter().any(|field| field.name == *other), "{other} is a field");
            }
        }
    }

    #[test]
    fn yaml_is_told_from_toml_without_a_version() {
        for (text, want) in [
            ("version: 1\n", true),
            ("# a\n---\nrules:\n", true),
            ("rules:\n  - id: a\n", true),
            ("[[rule]]\nid = \"a\"\n", false),
            ("name = \"a: b\"\n", false),
            ("", false),
        ] {
            assert_eq!(looks_like_yaml(text), want, "{text}");
        }
    }
}
