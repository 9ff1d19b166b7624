//! A tag rule that is written to the file.

use std::fmt::Write as _;

use super::note::Note;
use crate::authoring::write::{Ids, shown, string, strings};
use crate::base::Glob;

/// The maximum number of characters of a key, and of a value, in AWS.
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;
/// The maximum length of a regular expression in bytes, which a policy can have. A policy of AWS has at most 10,000
/// characters.
const MAX_PATTERN: usize = 16 << 10;

/// The allowed values of a tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum DraftValues {
    /// Any value, including an empty one.
    #[default]
    Any,
    /// The values that one of these globs matches.
    Globs(Vec<String>),
    /// The values that this regular expression matches.
    Pattern(String),
    /// No value: the tag is not allowed.
    None,
}

/// A tag rule, before it is written.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleDraft {
    /// The comments above it.
    pub(super) notes: Vec<Note>,
    /// The key, checked by [`good_key`].
    pub(super) key: String,
    /// `true` if the letter case of the key is not known.
    pub(super) any_key_case: bool,
    /// The suffix of its id, which distinguishes rules for the same key.
    pub(super) suffix: &'static str,
    /// The description.
    pub(super) description: String,
    /// A severity other than `error`.
    pub(super) severity: Option<&'static str>,
    /// Globs over resource types, each of which matches a known type; none for every type.
    pub(super) resources: Vec<String>,
    /// `true` if the tag must exist.
    pub(super) required: bool,
    /// `true` if an empty value is allowed besides `values`.
    pub(super) allow_empty: bool,
    /// The allowed values.
    pub(super) values: DraftValues,
    /// The types to which another rule applies.
    pub(super) unless: Vec<String>,
    /// Accounts to which the rule does not apply. Not together with `unless`: a condition needs all of its lines.
    pub(super) unless_accounts: Vec<String>,
    /// The condition that another tag exists, and its value.
    pub(super) when: Option<(String, Option<String>)>,
}

impl RuleDraft {
    /// Appends the rule to the file.
    pub(super) fn write(&self, ids: &mut Ids, out: &mut String) {
        out.push_str("[[rule]]\n");
        let _ = writeln!(out, "id = {}", string(&ids.make(&self.key, self.suffix)));
        let _ = writeln!(out, "description = {}", string(&self.description));
        if let Some(severity) = self.severity {
            let _ = writeln!(out, "severity = {}", string(severity));
        }
        if !self.resources.is_empty() {
            let _ = writeln!(out, "resources = {}", strings(&self.resources));
        }
        let _ = writeln!(out, "key = {}", string(&self.key));
        for (name, set) in [("ignore-key-case", self.any_key_case), ("required", self.required)] {
            if set {
                let _ = writeln!(out, "{name} = true");
            }
        }
        self.write_values(out);
        if let Some((key, value)) = &self.when {
            let test = value.as_deref().map_or_else(|| "true".to_owned(), string);
            let _ = writeln!(out, "[rule.when]\ntags.{} = {test}", string(key));
        }
        for (name, list) in [("resources", &self.unless), ("account", &self.unless_accounts)] {
            if !list.is_empty() {
                let _ = writeln!(out, "[rule.unless]\n{name} = {}", strings(list));
            }
        }
    }

    fn write_values(&self, out: &mut String) {
        if self.allow_empty || self.values == DraftValues::Any {
            out.push_str("allow-empty = true\n");
        }
        let _ = match &self.values {
            DraftValues::Any => Ok(()),
            DraftValues::Globs(globs) => writeln!(out, "values = {}", strings(globs)),
            DraftValues::Pattern(pattern) => writeln!(out, "pattern = {}", string(pattern)),
            DraftValues::None => writeln!(
                out,
                "pattern = {}\nmessage = {}",
                string(r"[^\s\S]"),
                string("no value of the tag {key} is allowed; remove the tag")
            ),
        };
    }
}

/// Checks that a key can be the key of a rule.
pub(super) fn good_key(key: &str) -> Result<(), Note> {
    let said = shown(key);
    if key.is_empty() {
        Err(Note::lost("a tag without a key is omitted"))
    } else if key.chars().count() > MAX_KEY {
        Err(Note::lost(format!("the tag {said} is omitted: AWS allows at most {MAX_KEY} characters in a key")))
    } else if Glob::new(key).is_literal() {
        Ok(())
    } else {
        Err(Note::lost(format!(
            "the tag {said} is omitted: AWS does not allow `*` or `?` in a key, and here they would be a glob"
        )))
    }
}

/// The values that can be imported, each once; the others are noted.
pub(super) fn good_values(values: &[String], notes: &mut Vec<Note>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for value in values {
        if value.chars().count() > MAX_VALUE {
            notes.push(Note::lost(format!(
                "the value {} is omitted: AWS allows at most {MAX_VALUE} characters",
                shown(value)
            )));
        } else if seen.insert(value) {
            out.push(value.clone());
        }
    }
    out
}

/// A regular expression for values with characters that a glob would not take literally. `wildcard` is the character that
/// stands for any text, if there is one.
pub(super) fn pattern(values: &[String], wildcard: Option<char>, notes: &mut Vec<Note>) -> DraftValues {
    let one = |value: &String| match wildcard {
        Some(star) => value.split(star).map(regex::escape).collect::<Vec<_>>().join("(?s:.*)"),
        None => regex::escape(value),
    };
    let pattern = values.iter().map(one).collect::<Vec<_>>().join("|");
    if pattern.len() <= MAX_PATTERN {
        return DraftValues::Pattern(pattern);
    }
    notes.push(Note::lost(
        "its values are too long for a regular expression, and `?` or `*` in them is literal: no value is checked",
    ));
    DraftValues::Any
}
