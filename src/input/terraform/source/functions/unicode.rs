//! Letter case and characters, as Go sees them.

use super::super::value::UnknownReason;

/// The last letter whose case does not depend on the version of Unicode: Latin, Greek, Cyrillic.
const LAST_SETTLED: char = '\u{52f}';

fn change(text: &str, change: impl Fn(char) -> Option<char>) -> Result<String, UnknownReason> {
    let changed: Option<String> =
        text.chars().map(|c| if c > LAST_SETTLED && c.is_alphabetic() { None } else { change(c) }).collect();
    changed.ok_or_else(|| "a letter whose case taglint does not change".into())
}

/// The one letter that a change of case gives; Go does not change a letter into several.
fn single(c: char, mut changed: impl Iterator<Item = char>) -> Option<char> {
    match (changed.next(), changed.next()) {
        (Some(one), None) => Some(one),
        _ if c == 'ß' => Some(c),
        _ => None,
    }
}

pub(super) fn lower(text: &str) -> Result<String, UnknownReason> {
    change(text, |c| single(c, c.to_lowercase()))
}

pub(super) fn upper(text: &str) -> Result<String, UnknownReason> {
    change(text, |c| single(c, c.to_uppercase()))
}

/// The first letter of each word in upper case.
pub(super) fn title(text: &str) -> Result<String, UnknownReason> {
    let is_digraph = |c: char| matches!(c, '\u{1c4}'..='\u{1cc}' | '\u{1f1}'..='\u{1f3}');
    if text.chars().any(is_digraph) {
        return Err("a letter whose case taglint does not change".into());
    }
    let before = std::cell::Cell::new(' ');
    change(text, |c| {
        let last = before.replace(c);
        let in_word = if last.is_ascii() { last.is_ascii_alphanumeric() || last == '_' } else { !last.is_whitespace() };
        if in_word { Some(c) } else { single(c, c.to_uppercase()) }
    })
}

/// A text whose characters are what a person counts as one; Terraform counts those.
pub(super) fn graphemes(text: &str) -> Result<&str, UnknownReason> {
    let is_simple = |c: char| c != '\r' && c < '\u{300}';
    if text.chars().all(is_simple) { Ok(text) } else { Err("characters that taglint does not count".into()) }
}
