//! The settings of the command line in a policy file: the tables `[scan]`, `[check]` and `[output]`.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::compile::is_too_deep;
use crate::base::{Diagnostic, SourceFile, Span};

/// The tables with settings.
pub const TABLES: [&str; 3] = ["scan", "check", "output"];

/// One setting.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The table, one of [`TABLES`].
    pub table: &'static str,
    /// The name: a flag without `--`.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// The value.
    pub value: SettingValue,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// `true` or `false`.
    Flag(bool),
    /// A text, a number or a date, as the command line takes it.
    One(String),
    /// A list of them.
    Several(Vec<String>),
    /// A table of keys and values, such as tags.
    Pairs(Vec<(String, String)>),
}

impl Setting {
    /// An error at the place of the setting.
    #[must_use]
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(&self.file, self.span.clone(), message)
    }
}

/// Reads the settings of a file. A file with other mistakes has none: its load reports them.
///
/// # Errors
/// The values that no flag can have.
pub fn read(file: &Arc<SourceFile>) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    if !may_have_settings(&file.text) || is_too_deep(&file.text) {
        return Ok(Vec::new());
    }
    let Ok(table) = DeTable::parse(&file.text) else { return Ok(Vec::new()) };
    let (mut settings, mut problems) = (Vec::new(), Vec::new());
    for name in TABLES {
        let Some(table) = table.get_ref().get(name).and_then(|value| value.get_ref().as_table()) else { continue };
        for (key, value) in table {
            match setting_value(value) {
                Ok(value) => settings.push(Setting {
                    file: Arc::clone(file),
                    table: name,
                    name: key.get_ref().to_string(),
                    span: key.span(),
                    value,
                }),
                Err(span) => problems.push(Diagnostic::error(
                    file,
                    span,
                    "a setting is true, false, a string, a number, a list of strings, or a table of strings",
                )),
            }
        }
    }
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// Returns `false` if no line can begin a table with settings: most policies have none, and their rules are parsed again.
fn may_have_settings(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches('\u{feff}').trim_start();
        let name = line.trim_start_matches(['[', ' ', '\t', '"', '\'']);
        // A quoted name can have escapes.
        TABLES.iter().any(|table| name.starts_with(table)) || line.len() != name.len() && name.contains('\\')
    })
}

/// The value of a setting, or the place of what no flag can have.
fn setting_value(value: &Spanned<DeValue<'_>>) -> Result<SettingValue, Span> {
    match value.get_ref() {
        DeValue::Boolean(flag) => Ok(SettingValue::Flag(*flag)),
        DeValue::Array(items) => items.iter().map(one).collect::<Result<_, _>>().map(SettingValue::Several),
        DeValue::Table(pairs) => {
            let pair = |(key, value): (&Spanned<_>, _)| Ok((ToString::to_string(key.get_ref()), one(value)?));
            pairs.iter().map(pair).collect::<Result<_, _>>().map(SettingValue::Pairs)
        }
        _ => one(value).map(SettingValue::One),
    }
}

/// A text or a number as the command line takes it, or its place.
fn one(value: &Spanned<DeValue<'_>>) -> Result<String, Span> {
    match value.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().replace('_', "")),
        DeValue::Float(number) => Ok(number.as_str().replace('_', "")),
        _ => Err(value.span()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<(String, SettingValue)>, Vec<String>> {
        let file = Arc::new(SourceFile { path: "taglint.toml".into(), text: text.to_owned(), built_in: false });
        let named = |setting: Setting| (format!("{}.{}", setting.table, setting.name), setting.value);
        match read(&file) {
            Ok(settings) => Ok(settings.into_iter().map(named).collect()),
            Err(problems) => Err(problems.into_iter().map(|problem| problem.brief()).collect()),
        }
    }

    #[test]
    fn settings_are_flags_texts_lists_and_tables() {
        let text = "version = 1\n[scan]\nregion = ['a', 'b']\nmax-concurrency = 1_6\n[check]\nfail-on = 'warning'\n\
                    stack-tag = { A = 'b' }\n[output]\nredact = true\n";
        let texts = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        let want = [
            ("scan.max-concurrency", SettingValue::One("16".to_owned())),
            ("scan.region", SettingValue::Several(texts(&["a", "b"]))),
            ("check.fail-on", SettingValue::One("warning".to_owned())),
            ("check.stack-tag", SettingValue::Pairs(vec![("A".to_owned(), "b".to_owned())])),
            ("output.redact", SettingValue::Flag(true)),
        ];
        let mut found = of(text).unwrap();
        found.sort_by(|a, b| (&a.0[..1] != "s", &a.0).cmp(&(&b.0[..1] != "s", &b.0)));
        assert_eq!(found, want.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn every_spelling_of_a_table_is_found() {
        for text in [
            "check.fail-on = 'note'",
            "  [ check ]\nfail-on = 'note'",
            "[\"check\"]\nfail-on = 'note'",
            "['check']\nfail-on = 'note'",
            "[\"\\u0063heck\"]\nfail-on = 'note'",
            "\"\\u0063heck\".fail-on = 'note'",
            "check = { fail-on = 'note' }",
        ] {
            assert_eq!(
                of(text),
                Ok(vec![("check.fail-on".to_owned(), SettingValue::One("note".to_owned()))]),
                "{text}"
            );
        }
        assert!(!may_have_settings("version = 1\n# check\n[[rule]]\nid = \"check\"\n"));
    }

    #[test]
    fn other_values_are_mistakes_with_their_place() {
        for value in ["[[1]]", "{ a = [1] }", "2026-11-28", "0x10", "[true]"] {
            let found = of(&format!("version = 1\n[check]\nfail-on = {value}\n")).unwrap_err();
            assert!(found[0].starts_with("taglint.toml:3:"), "{value}: {found:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_toml_has_no_settings() {
        assert_eq!(of("[check\nfail-on = 3"), Ok(Vec::new()));
        assert_eq!(of(&format!("[check]\na = {}", "[".repeat(100_000))), Ok(Vec::new()));
    }
}
