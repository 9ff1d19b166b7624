//! The POSIX shell.

use crate::base::is_hostile;

/// One word of a script, in single quotes: the shell reads exactly this text. The result contains hostile characters if
/// the text does, because single quotes have no escape. If a person reads the script too, encode the text first (as
/// JSON, for example).
#[must_use]
pub fn word(text: &str) -> String {
    // Two adjacent strings are one word. CI runners obey `##[` and similar text anywhere in a log.
    format!("'{}'", text.replace('\'', r"'\''").replace("##", "#''#"))
}

/// One word of a command that is shown to a person. Every hostile character is replaced by U+FFFD: the command must be
/// safe to display, and a copied command must not contain invisible text.
#[must_use]
pub fn displayed_word(text: &str) -> String {
    let shown: String = text.chars().map(|c| if is_hostile(c) { '\u{fffd}' } else { c }).collect();
    word(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_one_word() {
        for (text, exact, displayed) in [
            ("", "''", "''"),
            ("a b", "'a b'", "'a b'"),
            ("it's $(x) `y` \"z\" \\", r#"'it'\''s $(x) `y` "z" \'"#, r#"'it'\''s $(x) `y` "z" \'"#),
            ("'", r"''\'''", r"''\'''"),
            ("##vso[x]", "'#''#vso[x]'", "'#''#vso[x]'"),
            ("a\n\u{1b}b", "'a\n\u{1b}b'", "'a\u{fffd}\u{fffd}b'"),
        ] {
            assert_eq!(word(text), exact, "{text:?}");
            assert_eq!(displayed_word(text), displayed, "{text:?}");
        }
    }
}
