//! `values`, `not-values` and `ignore-case`.

use std::borrow::Cow;

use hashbrown::HashSet;

use super::constraint::Constraint;
use super::failure_collector::FailureCollector;
use crate::base::{Glob, Globs, any_of, quote};
use crate::model::Day;
use crate::rule::builder::RuleBuilder;
use crate::rule::describe::globs;
use crate::rule::spec::{Field, FieldType, Requirement};
use crate::rule::{ValueDemand, ViolationKind};

/// The allowed values and the refused ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ValuesConstraint {
    allowed: Option<Allowed>,
    refused: Globs,
    ignore_case: bool,
}

/// Allowed values: literal ones by hash, the rest by glob.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::rule) struct Allowed {
    /// The literal ones as written, each without letter case.
    written: Vec<(String, String)>,
    /// All of them in a sentence.
    sentence: String,
    literal: HashSet<String>,
    globs: Globs,
}

impl Allowed {
    pub(super) fn new(values: &[String], fold: impl Fn(&String) -> String) -> Self {
        let (literal, globs): (Vec<_>, Vec<_>) = values.iter().map(fold).partition(|v| Glob::new(v).is_literal());
        let written = values.iter().filter(|value| Glob::new(value).is_literal());
        Self {
            written: written.map(|value| (value.clone(), fold_case(value))).collect(),
            sentence: one_of(values),
            literal: literal.into_iter().collect(),
            globs: Globs::new(globs),
        }
    }

    /// All of them in a sentence.
    pub(in crate::rule) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Returns `true` if the list contains a value, which has no letter case if case is ignored.
    pub(super) fn has(&self, folded: &str) -> bool {
        self.literal.contains(folded) || self.globs.matches(folded)
    }
}

impl Constraint for ValuesConstraint {
    const FIELDS: &'static [Field] = &[
        Field::new("values", FieldType::NonEmptyTexts, "The allowed values (globs)."),
        Field::new("not-values", FieldType::NonEmptyTexts, "Values (globs) that are not allowed."),
        Field::new(
            "ignore-case",
            FieldType::Flag,
            "Whether `values` and `not-values` ignore letter case. Default false.",
        )
        .requires(Requirement::AnyField(&["values", "not-values", "values-by"])),
    ];

    fn parse(builder: &mut RuleBuilder<'_, '_, '_>) -> Self {
        for name in ["values", "not-values"] {
            builder.warn_of_glob_mistakes(name);
        }
        let values = builder.list("values");
        let not_values = builder.list("not-values").unwrap_or_default();
        let ignore_case = builder.flag("ignore-case");
        let has = |name: &str| builder.fields.has(name);
        if has("ignore-case") && !["values", "not-values", "values-by"].into_iter().any(has) {
            builder.diagnostics.error_help(
                builder.span("ignore-case"),
                "`ignore-case` needs `values`, `not-values` or `values-by`",
                "write (?i) to ignore case in a `pattern`",
            );
        }
        let fold = |text: &String| if ignore_case { fold_case(text) } else { text.clone() };
        Self {
            allowed: values.map(|values| Allowed::new(&values, fold)),
            refused: Globs::new(not_values.iter().map(fold)),
            ignore_case,
        }
    }

    fn check(&self, value: &str, failures: &mut FailureCollector<'_>) {
        if self.allowed.is_none() && self.refused.is_empty() {
            return;
        }
        let folded = self.fold(value);
        if let Some(allowed) = &self.allowed
            && !allowed.has(&folded)
        {
            failures.add(ViolationKind::Value, |subject| subject.must(&format!("be {}", allowed.sentence)));
        }
        if self.refused.matches(&folded) {
            failures.add(ViolationKind::Value, |_| format!("{} is not allowed", quote(value)));
        }
    }

    fn requirements(&self, _: Option<Day>, out: &mut Vec<String>) {
        out.extend(self.allowed.as_ref().map(|allowed| format!("be {}", allowed.sentence)));
    }

    fn prohibitions(&self, out: &mut Vec<String>) {
        if !self.refused.is_empty() {
            out.push(format!("not be {}", globs(&self.refused)));
        }
    }

    fn demand<'a>(&'a self, out: &mut ValueDemand<'a>) {
        let globs = |globs: &'a Globs| globs.0.iter().map(Glob::as_str);
        out.values =
            self.allowed.as_ref().map(|allowed| self.literals().into_iter().chain(globs(&allowed.globs)).collect());
        out.not_values = globs(&self.refused).collect();
        out.ignore_case = self.ignore_case;
    }

    fn is_free(&self) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.globs.0.iter().any(Glob::is_everything))
            && self.refused.is_empty()
    }
}

impl ValuesConstraint {
    /// The literal values that are allowed, as written.
    pub(super) fn literals(&self) -> Vec<&str> {
        self.written().map(|(written, _)| written).collect()
    }

    fn written(&self) -> impl Iterator<Item = (&str, &str)> {
        self.allowed.iter().flat_map(|allowed| &allowed.written).map(|(written, lower)| (&**written, &**lower))
    }

    /// Normalizes a value for the comparison with allowed and refused ones.
    fn fold<'v>(&self, value: &'v str) -> Cow<'v, str> {
        if self.ignore_case { Cow::Owned(fold_case(value)) } else { Cow::Borrowed(value) }
    }

    /// The value itself if it is allowed, else the one that differs from it only in case or outer space.
    pub(super) fn correct(&self, value: &str) -> Option<String> {
        let allowed = self.allowed.as_ref()?;
        if allowed.has(&self.fold(value)) {
            return Some(value.to_owned());
        }
        let wanted = fold_case(value.trim());
        let close = || self.written().filter(|(_, lower)| *lower == wanted).map(|(written, _)| written);
        let first = close().next()?;
        // If two allowed values differ only in case, the correction is not certain.
        match close().count() {
            1 => Some(first.to_owned()),
            _ if close().any(|written| written == value.trim()) => Some(value.trim().to_owned()),
            _ => None,
        }
    }

    /// An allowed value that is similar.
    pub(super) fn similar(&self, value: &str) -> Option<&str> {
        let folded = fold_case(value.trim());
        let length = folded.chars().count();
        let limit = (length / 4).clamp(1, 3);
        // A difference in length needs at least as many edits. This excludes most values before the slow comparison.
        let near = self
            .written()
            .filter(|(_, lower)| lower.chars().count().abs_diff(length) <= limit)
            .map(|(written, lower)| (strsim::osa_distance(lower, &folded), lower.chars().count(), written))
            // Most letters are the same: any single letter is one edit away from any other.
            .filter(|(distance, letters, _)| *distance <= limit && distance * 2 < length.max(*letters));
        near.min_by_key(|(distance, ..)| *distance).map(|(.., written)| written).or_else(|| {
            let mut starts = self.written().filter(|(_, lower)| folded.len() >= 3 && lower.starts_with(&folded));
            let (first, _) = starts.next()?;
            starts.next().is_none().then_some(first)
        })
    }
}

/// A text without letter case. `str::to_lowercase` writes a sigma at the end of a word in another way than one inside, so
/// `ΣΑΣ` would differ from `σασ`.
pub(super) fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

/// `Production, Staging or Test`; a long list is cut.
fn one_of(values: &[String]) -> String {
    const SHOWN: usize = 8;
    let word = |value: &String| {
        let quoted = quote(value);
        let plain = &quoted[1..quoted.len() - 1];
        if plain == value && !value.contains([' ', ',']) && !value.is_empty() { value.clone() } else { quoted }
    };
    if values.len() > SHOWN + 1 {
        let shown: Vec<_> = values.iter().take(SHOWN).map(word).collect();
        return format!("one of {} values such as {}", values.len(), shown.join(", "));
    }
    any_of(values.iter().map(word))
}

#[cfg(test)]
mod tests {
    use super::fold_case;

    #[test]
    fn letter_case_does_not_depend_on_the_place_in_a_word() {
        for same in [["ΣΑΣ", "σας"], ["ΣΑΣ", "σασ"], ["ΠΡΟΔ", "προδ"], ["Straße", "STRAẞE"], ["PROD", "prod"]]
        {
            assert_eq!(fold_case(same[0]), fold_case(same[1]), "{same:?}");
        }
        assert_ne!(fold_case("a"), fold_case("а"), "a Cyrillic letter is another one");
    }
}
