//! Text from outside made safe to show, and numbers and lists for sentences.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns `true` for a character that could move a cursor, hide text or forge a line: C0 and C1 controls, line and
/// paragraph separators, zero-width and direction marks, the other format characters (Unicode `Cf`), and noncharacters,
/// which XML and some readers refuse.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || c as u32 & 0xfffe == 0xfffe
        || matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}'
            | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}'
            | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Text with every hostile character written as `\u{…}`.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) || !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hostile(c) {
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Text in double quotes: hostile characters and the quotes themselves are escaped. A space that is not U+0020 is
/// written as `\u{…}`, because it looks like an ordinary one.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    if text.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\') {
        out.push_str(text);
        out.push('"');
        return out;
    }
    for c in text.chars() {
        if is_hostile(c) || (c.is_whitespace() && c != ' ') {
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        } else {
            if c == '"' || c == '\\' {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out.push('"');
    out
}

/// A list for a sentence: `a, b or c`.
#[must_use]
pub fn any_of(items: impl IntoIterator<Item = String>) -> String {
    join(items, "or")
}

/// A list for a sentence: `a, b and c`.
#[must_use]
pub fn all_of(items: impl IntoIterator<Item = String>) -> String {
    join(items, "and")
}

fn join(items: impl IntoIterator<Item = String>, word: &str) -> String {
    let items: Vec<_> = items.into_iter().collect();
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}

/// `1 resource`, `2 resources`.
#[must_use]
pub fn count(n: u64, noun: &str) -> String {
    let many = match noun.strip_suffix('y') {
        _ if n == 1 => noun.to_owned(),
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    };
    format!("{} {many}", thousands(n))
}

/// `1,234,567`.
#[must_use]
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// The entry of `known` that is nearest to `word`: within a third of its length, at least one edit. Less than half of the
/// letters may differ, so that one letter is not offered for another.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let fold = |s: &str| s.to_lowercase().replace(['_', ' '], "-");
    let (word, limit) = (fold(word), (word.chars().count() / 3).max(1));
    known
        .into_iter()
        .map(|k| (k, fold(k)))
        .map(|(k, folded)| (strsim::osa_distance(&word, &folded), word.chars().count().max(folded.chars().count()), k))
        .filter(|(distance, longer, _)| *distance <= limit && (*distance == 0 || distance * 2 < *longer))
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_shown_not_obeyed() {
        assert_eq!(escape("a\u{1b}[31m\n\u{202e}b"), "a\\u{1b}[31m\\u{a}\\u{202e}b");
        assert_eq!(quote("a\u{a0}\"b"), "\"a\\u{a0}\\\"b\"");
        assert!(matches!(escape("plain text"), Cow::Borrowed(_)));
    }

    #[test]
    fn numbers_and_lists_read_well() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(count(1, "resource"), "1 resource");
        assert_eq!((count(1, "policy"), count(2, "policy")), ("1 policy".to_owned(), "2 policies".to_owned()));
        assert_eq!((count(2, "day"), count(2, "key")), ("2 days".to_owned(), "2 keys".to_owned()));
        assert_eq!(any_of(["a", "b", "c"].map(String::from)), "a, b or c");
        assert_eq!(nearest("reqired", ["required", "values"]), Some("required"));
        assert_eq!(nearest("zzz", ["required", "values"]), None);
        for (word, known, want) in
            [("x", "y", None), ("x", "xy", None), ("X", "x", Some("x")), ("no", "on", None), ("dv", "dev", Some("dev"))]
        {
            assert_eq!(nearest(word, [known]), want, "{word} {known}");
        }
    }
}
