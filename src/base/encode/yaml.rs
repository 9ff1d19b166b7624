//! YAML, of which only double-quoted strings on one line are written.

use super::push_quoted;

/// A double-quoted string. Hostile characters are written as `\uXXXX` or `\UXXXXXXXX` (YAML 1.2.2, 5.7).
#[must_use]
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    text.chars().for_each(|c| push_quoted(&mut out, c));
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
