//! Data in Markdown: always a code span, as GitHub makes no markup, mention, reference or link of what stands in one.

use super::words::shorten;
use crate::base::escape;

/// More of one text than this is for the formats that programs read.
const LONGEST: usize = 600;

/// A code span on a line of its own or in a sentence. Empty text gives none, as Markdown knows no empty one.
pub(super) fn code(text: &str) -> String {
    let text = escape(text);
    fence(&shorten(&text, LONGEST))
}

/// A code span in a table. A `|` ends the cell even in a code span, unless a backslash stands before it. What a
/// backslash of the text itself before that one means, renderers disagree on: there the `|` is shown as `\u{7c}`.
pub(super) fn cell(text: &str) -> String {
    let text = escape(text);
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for c in shorten(&text, LONGEST).chars() {
        match c {
            '|' if last == '\\' => out.push_str("\\u{7c}"),
            '|' => out.push_str("\\|"),
            _ => out.push(c),
        }
        last = c;
    }
    fence(&out)
}

/// Backticks around the text, one more than its longest run has. Where it begins or ends with a backtick or a blank, a
/// space is put at both ends, which Markdown takes away again; `$` has one too, since `` $` `` opens a formula on GitHub.
fn fence(text: &str) -> String {
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

/// What is left of Markdown without its code spans, found as `CommonMark` finds them: a run of backticks opens one if a
/// run of the same length follows.
#[cfg(test)]
pub(super) fn prose(text: &str) -> String {
    text.lines().map(|line| tests::spans(line).0 + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::markdown::fixture::HOSTILE;
    use proptest::prelude::*;

    /// The text outside of code spans, and the content of each.
    pub(super) fn spans(line: &str) -> (String, Vec<String>) {
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

    fn holds(text: &str) {
        let want = escape(text).into_owned();
        let want: Vec<String> = if want.is_empty() { vec![] } else { vec![want] };
        assert_eq!(spans(&code(text)), (String::new(), want.clone()));
        let row = cells(&format!("| {} | x |", cell(text)));
        assert_eq!((row.len(), row[2].as_str()), (3, "x"), "{row:?}");
        let (outside, inside) = spans(&row[1]);
        assert_eq!(outside, "");
        let shown = |text: String| text.replace("\\u{7c}", "|");
        assert_eq!(inside.into_iter().map(shown).collect::<Vec<_>>(), want.into_iter().map(shown).collect::<Vec<_>>());
    }

    #[test]
    fn hostile_text_is_whole_in_one_span() {
        for text in HOSTILE {
            holds(text);
        }
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(cell("a|\\|"), "`a\\|\\\\u{7c}`");
        assert_eq!(code(""), "");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(code(&"é".repeat(5_000)).chars().count(), LONGEST + 3);
    }

    proptest! {
        #[test]
        fn every_text_is_whole_in_one_span(text in "[`|\\\\$ a\n<@#\u{1b}é]{0,40}") {
            holds(&text);
        }
    }
}
