//! HTML.

use std::borrow::Cow;

use crate::base::escape;

/// Text for content and for attribute values in either kind of quotes. Hostile characters are written as `\u{…}`,
/// because browsers obey direction marks and controls in every notation that HTML has for them.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    let text = escape(text);
    if !text.contains(['&', '<', '>', '"', '\'', '`']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Old browsers take a backtick for a quote of attributes (OWASP, "XSS Filter Evasion").
            '`' => out.push_str("&#96;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        for (given, want) in [
            ("plain", "plain"),
            ("<a href=\"x\">&amp;</a>", "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;"),
            ("it's `x`", "it&#39;s &#96;x&#96;"),
            ("a\u{202e}b\n", "a\\u{202e}b\\u{a}"),
        ] {
            assert_eq!(text(given), want, "{given:?}");
        }
    }
}
