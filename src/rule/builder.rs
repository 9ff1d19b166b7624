//! The builder of a rule. It reads the fields of the table, and checks values that need more than the right type.

use strum::VariantNames;

use super::glob_mistakes::{self, GlobSubject};
use super::pattern::{self, Pattern};
use super::table::{Diagnostics, Located, TableFields};
use crate::base::{Glob, Span, any_of, nearest, quote};

/// The fields of a rule, and the diagnostics of its file.
pub(crate) struct RuleBuilder<'r, 'f, 't> {
    pub(crate) diagnostics: &'r mut Diagnostics<'f>,
    pub(crate) fields: &'r TableFields<'t>,
}

impl RuleBuilder<'_, '_, '_> {
    /// The place of a field's value; that of the rule if it does not have the field.
    pub(crate) fn span(&self, name: &str) -> Span {
        self.fields.value(name).map_or_else(|| self.fields.span.clone(), toml::Spanned::span)
    }

    /// The place of a field's name.
    pub(crate) fn name_span(&self, name: &str) -> Span {
        self.fields.key_span(name).unwrap_or_else(|| self.span(name))
    }

    /// A boolean; false if the rule does not have the field.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.fields.flag(name).unwrap_or(false)
    }

    /// A whole number.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.fields.count(name).map(|number| number.value)
    }

    /// One of the names of an enum.
    pub(crate) fn choice<T: std::str::FromStr + VariantNames>(&mut self, name: &str) -> Option<T> {
        let text = self.fields.text(name)?;
        if let Ok(choice) = text.value.parse() {
            return Some(choice);
        }
        let help = nearest(&text.value, T::VARIANTS.iter().copied()).map_or_else(
            || format!("`{name}` is {}", any_of(T::VARIANTS.iter().map(|known| format!("\"{known}\"")))),
            |meant| format!("did you mean \"{meant}\"?"),
        );
        self.diagnostics.error_help(text.span, format!("unknown {name} {}", quote(&text.value)), help);
        None
    }

    /// A list of texts that is not empty.
    pub(crate) fn list(&mut self, name: &str) -> Option<Vec<String>> {
        let texts = self.fields.texts(name)?;
        if texts.value.is_empty() {
            self.diagnostics.error_help(
                texts.span,
                format!("`{name}` is an empty list, which matches nothing"),
                "add an item, or remove the field",
            );
            return None;
        }
        Some(texts.value.into_iter().map(|text| text.value).collect())
    }

    /// Warns about regular expressions and negations in a list of globs over keys or values.
    pub(crate) fn warn_of_glob_mistakes(&mut self, name: &str) {
        if let Some(texts) = self.fields.texts(name) {
            glob_mistakes::warn(self.diagnostics, &texts.value, GlobSubject::Text);
        }
    }

    /// A list of keys or globs over keys, none of them empty.
    pub(crate) fn keys(&mut self, name: &str) -> Option<Vec<String>> {
        for key in self.fields.texts(name)?.value {
            self.filled(&key);
        }
        self.warn_of_glob_mistakes(name);
        self.list(name)
    }

    /// One key, no glob.
    pub(crate) fn literal_key(&mut self, name: &str) -> Option<String> {
        let key = self.fields.text(name)?;
        self.literal(&key)?;
        Some(key.value)
    }

    /// A list of keys, none of them a glob.
    pub(crate) fn literal_keys(&mut self, name: &str) -> Option<Vec<String>> {
        let keys = self.keys(name)?;
        for key in self.fields.texts(name)?.value {
            self.literal(&key)?;
        }
        Some(keys)
    }

    /// Reports an empty key.
    pub(crate) fn filled(&mut self, key: &Located<String>) -> bool {
        if key.value.is_empty() {
            self.diagnostics.error(key.span.clone(), "a tag key must not be empty");
        }
        !key.value.is_empty()
    }

    fn literal(&mut self, key: &Located<String>) -> Option<()> {
        if !self.filled(key) {
            return None;
        }
        if !Glob::new(&key.value).is_literal() {
            self.diagnostics.error_help(
                key.span.clone(),
                format!("{} is a glob, but this field takes exact keys", quote(&key.value)),
                "AWS does not allow `*` or `?` in a key",
            );
            return None;
        }
        Some(())
    }

    /// Reports a lower bound above its upper bound.
    pub(crate) fn ordered(&mut self, low: &str, min: Option<usize>, high: &str, max: Option<usize>) -> Option<()> {
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            self.diagnostics
                .error(self.span(low), format!("`{low}` = {min} is above `{high}` = {max}, so nothing can pass"));
            return None;
        }
        Some(())
    }

    /// A regular expression; `whole` makes it match the whole text.
    pub(crate) fn pattern(&mut self, name: &str, whole: bool) -> Option<Pattern> {
        let text = self.fields.text(name)?;
        glob_mistakes::warn_of_slashes(self.diagnostics, &text);
        if self.diagnostics.pattern_bytes > pattern::BUDGET {
            let message =
                format!("the patterns of the policy compile to more than {} MiB, up to here", pattern::BUDGET >> 20);
            self.diagnostics.error_help(text.span, message, "write smaller patterns, or fewer");
            return None;
        }
        let compiled = pattern::compile(&text.value, whole);
        self.diagnostics.pattern_bytes += Pattern::cost(&compiled);
        match compiled {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let raw = &self.diagnostics.file.text[text.span.clone()];
                // A pattern that the file has without escapes has the same offsets there as in the error.
                let span = match (raw.find(&text.value), error.span) {
                    (Some(offset), Some(inner)) => {
                        let start = text.span.start + offset;
                        start + inner.start..start + inner.end.max(inner.start + 1).min(text.value.len().max(1))
                    }
                    _ => text.span,
                };
                self.diagnostics.error_help(
                    span,
                    format!("`{name}` is not a valid regular expression: {}", error.message),
                    "use the syntax of Rust's regex crate; it has no look-around and no back-references",
                );
                None
            }
        }
    }
}
