//! HCL, the language of Terraform.

use super::push_quoted;

/// A quoted string. `${` and `%{` would begin a template and are written `$${` and `%%{`; hostile characters are written
/// as `\uXXXX` or `\UXXXXXXXX` (HCL native syntax specification, "Template Expressions").
#[must_use]
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            _ => push_quoted(&mut out, c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_template_or_ends_the_string() {
        for (text, want) in [
            ("", r#""""#),
            ("a b", r#""a b""#),
            (r#"a"b\"#, r#""a\"b\\""#),
            ("${x} %{y}", r#""$${x} %%{y}""#),
            ("$ { $$x 50%", r#""$ { $$x 50%""#),
            ("$${x}", r#""$$${x}""#),
            ("a\nb\u{202e}\u{e0041}é", r#""a\u000ab\u202e\U000e0041é""#),
        ] {
            assert_eq!(string(text), want, "{text:?}");
        }
    }
}
