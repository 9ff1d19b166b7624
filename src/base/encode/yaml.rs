//! YAML, of which only double-quoted strings on one line are written.

use std::fmt::Write as _;

use crate::base::is_hostile;

/// A double-quoted string. Hostile characters are written as `\uXXXX` or `\UXXXXXXXX` (YAML 1.2.2, 5.7).
#[must_use]
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if is_hostile(c) => {
                let _ = match u32::from(c) {
                    code @ 0..=0xffff => write!(out, "\\u{code:04x}"),
                    code => write!(out, "\\U{code:08x}"),
                };
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_string() {
        for (text, want) in [
            ("", r#""""#),
            ("a: b # c", r#""a: b # c""#),
            (r#"a"b\"#, r#""a\"b\\""#),
            ("!Ref x", r#""!Ref x""#),
            ("a\nb\u{202e}\u{e0041}é", r#""a\u000ab\u202e\U000e0041é""#),
        ] {
            assert_eq!(string(text), want, "{text:?}");
        }
    }
}
