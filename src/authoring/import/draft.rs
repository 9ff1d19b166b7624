//! A rule on its way into the file.

use std::fmt::Write as _;

use crate::authoring::write::{Ids, comment, shown, string, strings};
use crate::base::Glob;

/// Characters of a key, and of a value, that AWS takes at most.
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// One tag rule.
#[derive(Default)]
pub(super) struct Draft {
    /// Comments above it.
    pub(super) notes: Vec<String>,
    /// The tag's key; see [`good_key`].
    pub(super) key: String,
    /// Tells the rules of one key apart.
    pub(super) suffix: &'static str,
    /// What it is for.
    pub(super) description: String,
    /// A gravity other than `error`.
    pub(super) severity: Option<&'static str>,
    /// Globs over types; none for every type.
    pub(super) resources: Vec<String>,
    /// The tag has to be there.
    pub(super) required: bool,
    /// An empty value is good.
    pub(super) allow_empty: bool,
    /// The allowed values; none for any.
    pub(super) values: Vec<String>,
    /// Types that another rule looks at.
    pub(super) unless: Vec<String>,
    /// Only where another tag is there, with a value.
    pub(super) when: Option<(String, Option<String>)>,
}

impl Draft {
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

/// Whether a key can be one rule's; if not, why.
pub(super) fn good_key(key: &str) -> Result<(), String> {
    let said = shown(key);
    if key.is_empty() {
        Err("a tag without a key is left out".to_owned())
    } else if key.chars().count() > MAX_KEY {
        Err(format!("the tag {said} is left out: AWS takes no key of more than {MAX_KEY} characters"))
    } else if Glob::new(key).is_literal() {
        Ok(())
    } else {
        Err(format!(
            "the tag {said} is left out: AWS lets neither `*` nor `?` into a key, and here they would be a glob"
        ))
    }
}

/// The values that can be carried over, each once; what can't is noted.
pub(super) fn good_values(values: &[String], notes: &mut Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for value in values {
        if value.chars().count() > MAX_VALUE {
            notes
                .push(format!("the value {} is left out: AWS takes no more than {MAX_VALUE} characters", shown(value)));
        } else if seen.insert(value) {
            out.push(value.clone());
        }
    }
    out
}
