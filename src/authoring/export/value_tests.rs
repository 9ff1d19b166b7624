//! The constraints on a value as regular expressions, for formats that have those.

use super::pattern;
use crate::base::Glob;
use crate::rule::{Format, ValueDemand};

/// A regular expression that finds a character other than white space.
pub(super) const NOT_BLANK: &str = r"[^\s]";

/// A test of a value that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueTest {
    /// The field of the rule.
    pub(super) field: &'static str,
    /// The regular expression.
    pub(super) regex: String,
    /// `true` if it must match, `false` if it must not.
    pub(super) matches: bool,
}

/// The tests of a value, and the fields that no test says.
pub(super) fn value_tests(value: &ValueDemand<'_>) -> (Vec<ValueTest>, Vec<&'static str>) {
    let mut tests = Vec::new();
    let mut unsaid = value.others.clone();
    let mut add = |field, regex: Option<String>, matches| match regex {
        Some(regex) => tests.push(ValueTest { field, regex, matches }),
        None => unsaid.push(field),
    };
    if let Some(values) = &value.values {
        add("values", list(values, value.ignore_case), true);
    }
    if !value.not_values.is_empty() {
        add("not-values", list(&value.not_values, value.ignore_case), false);
    }
    if let Some(text) = value.pattern {
        add("pattern", pattern::is_plain(text).then(|| whole(text)), true);
    }
    if let Some(text) = value.not_pattern {
        add("not-pattern", pattern::is_plain(text).then(|| text.to_owned()), false);
    }
    if let Some(format) = value.format {
        add("format", regex_of(format).map(whole), true);
    }
    match (value.min_length.filter(|min| *min > 1), value.max_length) {
        (None, None) => {}
        (min, max) => {
            let min = min.map_or_else(|| "0".to_owned(), |min| min.to_string());
            let max = max.map_or_else(String::new, |max| max.to_string());
            add("max-length", Some(whole(&format!("(?s:.){{{min},{max}}}"))), true);
        }
    }
    (tests, unsaid)
}

fn whole(regex: &str) -> String {
    format!(r"\A(?:{regex})\z")
}

/// A list of globs; `None` for letters beyond ASCII without letter case, where the languages differ.
fn list(globs: &[&str], ignore_case: bool) -> Option<String> {
    if ignore_case && !globs.iter().all(|glob| glob.is_ascii()) {
        return None;
    }
    let flag = if ignore_case { "(?i)" } else { "" };
    let globs: Vec<_> = globs.iter().map(|text| glob(text)).collect();
    Some(whole(&format!("{flag}(?:{})", globs.join("|"))))
}

fn glob(text: &str) -> String {
    if Glob::new(text).is_literal() {
        return regex::escape(text);
    }
    let piece = |c: char| match c {
        '*' => "(?s:.*)".to_owned(),
        '?' => "(?s:.)".to_owned(),
        other => regex::escape(other.encode_utf8(&mut [0; 4])),
    };
    text.chars().map(piece).collect()
}

/// The regular expression of a format that has an exact one.
fn regex_of(format: Format) -> Option<&'static str> {
    match format {
        Format::Integer => Some("-?[0-9]+"),
        Format::Number => Some(r"-?[0-9]+(?:\.[0-9]+)?"),
        Format::Boolean => Some("true|false"),
        Format::Uuid => Some("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
        Format::AccountId => Some("[0-9]{12}"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_is_a_regular_expression_with_the_meaning_of_its_field() {
        let value = ValueDemand {
            values: Some(vec!["a.b", "x?-*"]),
            pattern: Some("a|b|x.*"),
            max_length: Some(4),
            format: Some(Format::Email),
            ..ValueDemand::default()
        };
        let (tests, unsaid) = value_tests(&value);
        assert_eq!(unsaid, ["format"]);
        let passes = |field: &str, value: &str| {
            let test = tests.iter().find(|test| test.field == field).expect(field);
            regex::Regex::new(&test.regex).expect("a regular expression").is_match(value) == test.matches
        };
        for (field, good, bad) in [("values", "xé-", "aXb"), ("pattern", "b", "ab"), ("max-length", "éééé", "12345")]
        {
            assert!(passes(field, good), "{field} {good}");
            assert!(!passes(field, bad), "{field} {bad}");
        }
    }

    #[test]
    fn formats_with_a_regular_expression_are_exactly_that() {
        use strum::IntoEnumIterator as _;
        let values = [
            "0",
            "-1",
            "+1",
            "1.5",
            "1.",
            ".5",
            "true",
            "True",
            "false",
            "x",
            "",
            "-",
            "١",
            "123456789012",
            "1234567890123",
            "123e4567-e89b-12d3-a456-426614174000",
            "123E4567-e89b-12d3-a456-42661417400",
            "1\n",
        ];
        for format in Format::iter() {
            let Some(regex) = regex_of(format) else { continue };
            let regex = regex::Regex::new(&whole(regex)).expect("a regular expression");
            for value in values {
                assert_eq!(regex.is_match(value), format.accepts(value), "{format:?} {value:?}");
            }
        }
    }
}
