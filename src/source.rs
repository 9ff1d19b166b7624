//! The ground floor: a source file, places in it, and what is wrong there.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A byte range in a [`SourceFile`].
pub type Span = Range<usize>;

/// A file that a person wrote, with its text.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user gave it, or `<pack>` names such as `aws (built in)`.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
    /// True for a pack that is compiled in: it is no file of any repository.
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

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// The input can't be used.
    Error,
    /// The input is used; its author should look at it.
    Warning,
}

/// One mistake in a file that a person wrote.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Error or warning.
    pub gravity: Gravity,
    /// Where.
    pub file: Arc<SourceFile>,
    /// The bytes to underline.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Problem {
    /// An error at a place.
    pub fn error(file: &Arc<SourceFile>, span: Span, message: impl Into<String>) -> Self {
        Self { gravity: Gravity::Error, file: Arc::clone(file), span, message: message.into(), help: None }
    }

    /// A warning at a place.
    pub fn warning(file: &Arc<SourceFile>, span: Span, message: impl Into<String>) -> Self {
        Self { gravity: Gravity::Warning, ..Self::error(file, span, message) }
    }

    /// In one line, for where there is no room to show the place: `file:line:column: message`.
    #[must_use]
    pub fn brief(&self) -> String {
        let (line, column) = self.file.line_column(self.span.start);
        format!("{}:{line}:{column}: {}", self.file.path.display(), self.message)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
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
