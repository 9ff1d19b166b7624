//! Text for terminals, wrapped by words.

use unicode_width::UnicodeWidthStr as _;

/// A line of text that is wrapped if it is wider than the terminal. Its pieces are words, or wholes such as ARNs and paths,
/// which are never broken: a terminal that wraps one itself still copies it as one.
///
/// Texts may have the escape sequences of styles (SGR), which take no room, and no other control characters.
#[derive(Debug, Default)]
pub struct Paragraph {
    words: Vec<Word>,
}

/// A text that is not broken, and the number of spaces before it, which a line break replaces.
#[derive(Debug)]
struct Word {
    gap: usize,
    text: String,
}

impl Paragraph {
    /// An empty paragraph that begins after this number of spaces.
    #[must_use]
    pub fn indented(spaces: usize) -> Self {
        Self { words: vec![Word { gap: spaces, text: String::new() }] }
    }

    /// Adds a text that is not broken, after this number of spaces.
    #[must_use]
    pub fn whole(mut self, gap: usize, text: impl Into<String>) -> Self {
        let text = text.into();
        match &mut self.words[..] {
            // The indentation is no word: a break after it would leave an empty line.
            [first] if first.text.is_empty() => {
                first.gap += gap;
                first.text = text;
            }
            _ => self.words.push(Word { gap, text }),
        }
        self
    }

    /// Adds a text that may be broken at its single spaces, after this number of spaces. Several spaces in a row may be
    /// part of a quoted value, and are kept.
    #[must_use]
    pub fn words(mut self, gap: usize, text: &str) -> Self {
        for (at, word) in split(text).enumerate() {
            self = self.whole(if at == 0 { gap } else { 1 }, word);
        }
        self
    }

    /// The text with a line end: in lines of at most `width` columns if there is one, all but the first of which begin with
    /// `hang` spaces. A word that is wider has a line of its own.
    #[must_use]
    pub fn wrapped(&self, width: Option<usize>, hang: usize) -> String {
        let (mut out, mut column, mut is_start) = (String::new(), 0, true);
        for word in &self.words {
            let length = display_width(&word.text);
            let is_full = width.is_some_and(|width| column + word.gap + length > width);
            if is_full && !is_start {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', hang));
                column = hang;
            } else {
                out.extend(std::iter::repeat_n(' ', word.gap));
                column += word.gap;
            }
            out.push_str(&word.text);
            column += length;
            is_start = false;
        }
        out.push('\n');
        out
    }
}

/// Text of several lines, each wrapped by words. The lines after a break are indented as the line itself and by two more
/// spaces.
#[must_use]
pub fn wrap_lines(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        if display_width(content) <= width {
            out.push_str(line);
            continue;
        }
        let body = content.trim_start_matches(' ');
        let indent = content.len() - body.len();
        let wrapped = Paragraph::indented(indent).words(0, body).wrapped(Some(width), indent + 2);
        out.push_str(if line.ends_with('\n') { &wrapped } else { wrapped.trim_end_matches('\n') });
    }
    out
}

/// The columns that a text takes: wide characters count twice, combining ones and escape sequences of styles not at all.
#[must_use]
pub fn display_width(text: &str) -> usize {
    if !text.contains('\u{1b}') {
        return text.width();
    }
    let (mut width, mut rest) = (0, text);
    while let Some(at) = rest.find("\u{1b}[") {
        width += rest[..at].width();
        let sequence = &rest[at + 2..];
        rest = sequence.find(|c: char| ('@'..='~').contains(&c)).map_or("", |end| &sequence[end + 1..]);
    }
    width + rest.width()
}

/// The parts of a text between spaces that have no other space beside them.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let is_space = move |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_none_or(|byte| *byte == b' ');
    let is_break = move |at: &usize| bytes[*at] == b' ' && !is_space(at.checked_sub(1)) && !is_space(at.checked_add(1));
    let mut start = 0;
    let ends = (0..text.len()).filter(is_break).chain([text.len()]);
    ends.map(move |end| {
        let word = &text[start..end];
        start = end + 1;
        word
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ARN: &str = "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Kl2mN5pQ8";

    #[test]
    fn lines_hang_and_wholes_are_not_broken() {
        let line = || Paragraph::indented(2).whole(0, "error  ").whole(1, "cost-center").words(2, "it is missing");
        assert_eq!(line().wrapped(None, 10), "  error   cost-center  it is missing\n");
        assert_eq!(line().wrapped(Some(26), 10), "  error   cost-center  it\n          is missing\n");
        let arn = Paragraph::indented(0).words(0, "a user").whole(2, ARN).whole(2, "a b.tf:1").words(1, "(twice)");
        assert_eq!(arn.wrapped(Some(20), 2), format!("a user\n  {ARN}\n  a b.tf:1 (twice)\n"));
    }

    #[test]
    fn wide_combining_and_escaped_characters_take_the_room_they_have() {
        for (text, want) in [("費用", 4), ("e\u{301}x", 2), ("\u{1f600}", 2), ("\u{1b}[1m\u{1b}[91mred\u{1b}[0m", 3)]
        {
            assert_eq!(display_width(text), want, "{text:?}");
        }
        let styled = Paragraph::indented(0).words(0, "\u{1b}[1mab cd\u{1b}[0m");
        assert_eq!(styled.wrapped(Some(5), 1), "\u{1b}[1mab cd\u{1b}[0m\n");
        assert_eq!(styled.wrapped(Some(4), 1), "\u{1b}[1mab\n cd\u{1b}[0m\n");
    }

    #[test]
    fn spaces_of_a_value_are_kept() {
        let text = "it is \"a  b\" and \" c\" and \"d   \"";
        let words: Vec<&str> = split(text).collect();
        assert_eq!(words, ["it", "is", "\"a  b\"", "and", "\"", "c\"", "and", "\"d   \""]);
        assert_eq!(Paragraph::indented(0).words(0, text).wrapped(None, 0), format!("{text}\n"));
    }

    #[test]
    fn every_line_of_a_text_is_wrapped_by_itself() {
        let text = "error: a b c d\n help: x\n\n  y";
        assert_eq!(wrap_lines(text, None), text);
        assert_eq!(wrap_lines(text, Some(10)), "error: a b\n  c d\n help: x\n\n  y");
    }

    fn piece() -> impl Strategy<Value = String> {
        "[a-z0-9:/\"]{1,12}|[費用標籤]{1,5}|e\u{301}{1,3}|[\u{1f600}-\u{1f640}]{1,3}|\u{1b}\\[1m[a-z]{1,9}\u{1b}\\[0m"
    }

    proptest! {
        #[test]
        fn words_stay_and_no_line_is_wider_than_the_terminal_or_its_word(
            pieces in prop::collection::vec((prop::collection::vec(piece(), 1..6), any::<bool>(), 1_usize..4), 1..9),
            width in 20_usize..200,
            indent in 0_usize..6,
            hang in 0_usize..12,
        ) {
            let mut paragraph = Paragraph::indented(indent);
            let mut wholes = Vec::new();
            for (words, is_whole, gap) in &pieces {
                let text = words.join(" ");
                if *is_whole {
                    paragraph = paragraph.whole(*gap, text.clone());
                    wholes.push(text);
                } else {
                    paragraph = paragraph.words(*gap, &text);
                    wholes.extend(words.iter().cloned());
                }
            }
            let (plain, wrapped) = (paragraph.wrapped(None, hang), paragraph.wrapped(Some(width), hang));
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&plain), words(&wrapped));
            prop_assert_eq!(plain.lines().count(), 1);
            prop_assert!(wholes.iter().all(|whole| wrapped.contains(whole.as_str())));
            for line in wrapped.lines() {
                let is_one_word = wholes.iter().any(|whole| line.trim_start_matches(' ') == whole);
                prop_assert!(display_width(line) <= width || is_one_word, "{width}: {line:?}");
            }
        }
    }
}
