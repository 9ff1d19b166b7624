//! A source file, and places in it.

use std::ops::Range;
use std::path::PathBuf;

/// A byte range in a [`SourceFile`].
pub type Span = Range<usize>;

/// A file that a person wrote, with its text.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user gave it, or `<pack>` names such as `aws (built in)`.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
    /// `true` for a pack that is compiled in, which is a file of no repository.
    pub built_in: bool,
}

impl SourceFile {
    /// Line and column of a byte offset, both from 1; the column counts characters.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (line, before[start..].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let file = SourceFile { path: "p".into(), text: "a\néb\n".into(), built_in: false };
        for (offset, want) in [(0, (1, 1)), (2, (2, 1)), (3, (2, 1)), (4, (2, 2)), (99, (3, 1))] {
            assert_eq!(file.line_column(offset), want, "offset {offset}");
        }
    }
}
