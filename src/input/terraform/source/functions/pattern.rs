//! Regular expressions, where Go and Rust mean the same.

use std::collections::BTreeMap;

use regex::{Captures, Regex, RegexBuilder};

use super::super::value::{HclValue, MAX_ENTRIES, UnknownReason};
use super::go_regex::is_common;
use super::shared::{FunctionResult, bounded, failure};

/// The memory of a compiled expression.
const MAX_COMPILED: usize = 1 << 20;

/// Compiles an expression that both read in one way, for a text on which both agree.
fn compile(pattern: &str, text: &str) -> Result<Regex, UnknownReason> {
    // Classes such as `\w` are of ASCII in Go, and of Unicode in Rust. A vertical tab is white space in Rust alone.
    let has_class =
        ["\\d", "\\w", "\\s", "\\b", "\\D", "\\W", "\\S", "\\B", "(?"].iter().any(|it| pattern.contains(it));
    let is_plain = text.is_ascii() && pattern.is_ascii() && !text.contains('\u{b}');
    if !is_common(pattern) || has_class && !is_plain {
        return Err("a regular expression that taglint does not read as Go does".into());
    }
    RegexBuilder::new(pattern)
        .size_limit(MAX_COMPILED)
        .build()
        .map_err(|_| "a regular expression that taglint does not read".into())
}

pub(super) fn replace(text: &str, pattern: &str, to: &str) -> FunctionResult {
    let pattern = compile(pattern, text)?;
    let hits = pattern.find_iter(text).count();
    let growth = to.len().saturating_add(if to.contains('$') { text.len() } else { 0 });
    bounded(text.len().saturating_add(hits.saturating_mul(growth)))?;
    Ok(HclValue::text(pattern.replace_all(text, to).into_owned()))
}

/// The match, a list of the groups, or an object of the named groups.
pub(super) fn regex(pattern: &str, text: &str) -> FunctionResult {
    let pattern = compile(pattern, text)?;
    match pattern.captures(text) {
        Some(found) => groups(&pattern, &found),
        None => Err(failure("regex() without a match")),
    }
}

pub(super) fn regexall(pattern: &str, text: &str) -> FunctionResult {
    let pattern = compile(pattern, text)?;
    let found = pattern.captures_iter(text).take(MAX_ENTRIES + 1).map(|found| groups(&pattern, &found));
    Ok(HclValue::typed_list(found.collect::<Result<_, _>>()?))
}

fn groups(pattern: &Regex, found: &Captures<'_>) -> FunctionResult {
    let value = |group: Option<regex::Match<'_>>| group.map_or_else(HclValue::null, |it| HclValue::text(it.as_str()));
    if pattern.captures_len() == 1 {
        return Ok(value(found.get(0)));
    }
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    if names.iter().all(Option::is_none) {
        return Ok(HclValue::list(found.iter().skip(1).map(value).collect()));
    }
    let mut out = BTreeMap::new();
    for name in names {
        let name = name.ok_or_else(|| failure("a regular expression with named and other groups"))?;
        out.insert(name.to_owned(), value(found.name(name)));
    }
    Ok(HclValue::map(out, None))
}
