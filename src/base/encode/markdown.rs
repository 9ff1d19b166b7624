//! GitHub's Markdown. Data is written in code spans, in which GitHub recognizes no markup, mention, reference or link.
//! Sentences of a policy are written as literal text.

use crate::base::escape;

/// A code span on a line of its own or in a sentence. Empty text gives an empty string: Markdown has no empty span.
#[must_use]
pub fn code_span(text: &str) -> String {
    fenced(&escape(text))
}

/// A code span in a table cell. A `|` ends the cell even inside a code span, unless a backslash precedes it. Renderers
/// disagree on a `|` that has a backslash before it in the text itself, so that one is written as `\u{7c}`.
#[must_use]
pub fn code_cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for c in escape(text).chars() {
        match c {
            '|' if last == '\\' => out.push_str("\\u{7c}"),
            '|' => out.push_str("\\|"),
            _ => out.push(c),
        }
        last = c;
    }
    fenced(&out)
}

/// Text on one line that Markdown shows unchanged: a backslash may precede any ASCII punctuation (`CommonMark`,
/// "Backslash escapes"). Punctuation without a meaning inside a line is not escaped.
#[must_use]
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in escape(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '"' | '\'' | ',' | ';' | '?' | '%' | '=' | '$' | '/') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Puts backticks around a text, one more than its longest run of them. If the text begins or ends with a backtick or a
/// space, one space is added at both ends, which Markdown removes again. The same is done for `$`, because `` $` ``
/// opens a formula on GitHub.
fn fenced(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let edge = ['`', ' ', '$'];
    let blank = text.trim_matches(' ').is_empty();
    let pad = if !blank && (text.starts_with(edge) || text.ends_with(edge)) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The text outside of code spans and the content of each, found as `CommonMark` finds them: a run of backticks opens a
/// span if a run of the same length follows.
#[cfg(test)]
pub(crate) fn code_spans(line: &str) -> (String, Vec<String>) {
    let (mut outside, mut inside, mut rest) = (String::new(), Vec::new(), line);
    while let Some(start) = rest.find('`') {
        outside.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = rest.len() - rest.trim_start_matches('`').len();
        let (fence, after) = rest.split_at(length);
        let runs = after.match_indices(fence);
        let alone = |at: &usize| !after[..*at].ends_with('`') && !after[at + length..].starts_with('`');
        if let Some(end) = runs.map(|(at, _)| at).find(alone) {
            let content = &after[..end];
            let padded = content.strip_prefix(' ').and_then(|content| content.strip_suffix(' '));
            let padded = padded.filter(|content| !content.trim_matches(' ').is_empty());
            inside.push(padded.unwrap_or(content).to_owned());
            rest = &after[end + length..];
        } else {
            outside.push_str(fence);
            rest = after;
        }
    }
    (outside + rest, inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The cells of a row as GitHub's table extension splits it: `\|` is a `|` of the cell.
    fn cells(row: &str) -> Vec<String> {
        let (mut cells, mut cell, mut last) = (Vec::new(), String::new(), ' ');
        for c in row.chars() {
            match c {
                '|' if last == '\\' => {
                    cell.pop();
                    cell.push('|');
                }
                '|' => cells.push(std::mem::take(&mut cell).trim().to_owned()),
                _ => cell.push(c),
            }
            last = c;
        }
        cells
    }

    fn is_whole_in_one_span(text: &str) {
        let want = escape(text).into_owned();
        let want: Vec<String> = if want.is_empty() { vec![] } else { vec![want] };
        assert_eq!(code_spans(&code_span(text)), (String::new(), want.clone()));
        let row = cells(&format!("| {} | x |", code_cell(text)));
        assert_eq!((row.len(), row[2].as_str()), (3, "x"), "{row:?}");
        let (outside, inside) = code_spans(&row[1]);
        assert_eq!(outside, "");
        let shown = |text: String| text.replace("\\u{7c}", "|");
        assert_eq!(inside.into_iter().map(shown).collect::<Vec<_>>(), want.into_iter().map(shown).collect::<Vec<_>>());
    }

    #[test]
    fn backticks_and_pipes_end_nothing() {
        assert_eq!(code_span("a`b"), "``a`b``");
        assert_eq!(code_span("`"), "`` ` ``");
        assert_eq!(code_cell("a|\\|"), "`a\\|\\\\u{7c}`");
        assert_eq!(code_span(""), "");
        assert_eq!(literal("[a](b) *c* 50% it's"), "\\[a\\]\\(b\\) \\*c\\* 50% it's");
    }

    proptest! {
        #[test]
        fn every_text_is_whole_in_one_span(text in "[`|\\\\$ a\n<@#\u{1b}é]{0,40}") {
            is_whole_in_one_span(&text);
        }
    }
}
