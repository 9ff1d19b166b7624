//! Text objects of Slack.

/// Text that is no mention, link or other control sequence: Slack reads `<…>` as one (docs.slack.dev, "Formatting message
/// text"). A formatting character such as `*` keeps its meaning in an object of the type `mrkdwn`, which has no escape for it.
#[must_use]
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// The length of a character that [`text`] has written, in UTF-16 code units.
#[must_use]
pub fn cost(c: char) -> usize {
    match c {
        '&' => 5,
        '<' | '>' => 4,
        c => c.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_mention() {
        for text in ["<!channel> <@U024BE7LH> & <https://evil.example|ok>", "&lt;!here&gt;", "*a* \u{1f600}"] {
            let encoded = super::text(text);
            assert!(!encoded.contains(['<', '>']), "{encoded}");
            assert_eq!(encoded.encode_utf16().count(), text.chars().map(cost).sum::<usize>());
            let read = encoded.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            assert_eq!(read, text);
        }
    }
}
