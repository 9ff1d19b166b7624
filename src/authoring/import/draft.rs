//! A tag rule that is written to the file.

use std::fmt::Write as _;

use crate::authoring::write::{Ids, comment, shown, string, strings};
use crate::base::Glob;

/// The maximum number of characters of a key, and of a value, in AWS.
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// A tag rule, before it is written.
#[derive(Default)]
pub(super) struct RuleDraft {
    /// The comments above it.
    pub(super) notes: Vec<String>,
    /// The key, checked by [`good_key`].
    pub(super) key: String,
    /// The suffix of its id, which distinguishes rules for the same key.
    pub(super) suffix: &'static str,
    /// The description.
    pub(super) description: String,
    /// A severity other than `error`.
    pub(super) severity: Option<&'static str>,
    /// Globs over resource types; none for every type.
    pub(super) resources: Vec<String>,
    /// `true` if the tag must exist.
    pub(super) required: bool,
    /// `true` if an empty value is allowed.
    pub(super) allow_empty: bool,
    /// The allowed values; none for any.
    pub(super) values: Vec<String>,
    /// The types to which another rule applies.
    pub(super) unless: Vec<String>,
    /// The condition that another tag exists, and its value.
    pub(super) when: Option<(String, Option<String>)>,
}

impl RuleDraft {
    /// Appends the rule to the file.
    pub(super) fn write(&self, ids: &mut Ids, out: &mut String) {
        out.push('\n');
        for note in &self.notes {
            comment(out, note);
        }
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
        if self.required {
            out.push_str("required = true\n");
        }
        if self.allow_empty {
            out.push_str("allow-empty = true\n");
        }
        if !self.values.is_empty() {
            let _ = writeln!(out, "values = {}", strings(&self.values));
        }
        if let Some((key, value)) = &self.when {
            let test = value.as_deref().map_or_else(|| "true".to_owned(), string);
            let _ = writeln!(out, "[rule.when]\ntags.{} = {test}", string(key));
        }
        if !self.unless.is_empty() {
            let _ = writeln!(out, "[rule.unless]\nresources = {}", strings(&self.unless));
        }
    }
}

/// Checks that a key can be the key of a rule.
pub(super) fn good_key(key: &str) -> Result<(), String> {
    let said = shown(key);
    if key.is_empty() {
        Err("a tag without a key is omitted".to_owned())
    } else if key.chars().count() > MAX_KEY {
        Err(format!("the tag {said} is omitted: AWS allows at most {MAX_KEY} characters in a key"))
    } else if Glob::new(key).is_literal() {
        Ok(())
    } else {
        Err(format!("the tag {said} is omitted: AWS does not allow `*` or `?` in a key, and here they would be a glob"))
    }
}

/// The values that can be imported, each once; the others are noted.
pub(super) fn good_values(values: &[String], notes: &mut Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for value in values {
        if value.chars().count() > MAX_VALUE {
            notes.push(format!("the value {} is omitted: AWS allows at most {MAX_VALUE} characters", shown(value)));
        } else if seen.insert(value) {
            out.push(value.clone());
        }
    }
    out
}
