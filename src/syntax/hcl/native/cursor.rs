//! The place in a text, and what stands between the parts of an expression.

use std::ops::Range;

use crate::base::limits::DOCUMENT_NESTING;
use crate::syntax::hcl::SyntaxError;
use crate::syntax::hcl::tree::Position;

pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// The largest depth of a tree: nesting, and the operators of a chain such as `a + b + c`.
const MAX_TREE_DEPTH: usize = 250;

/// The largest number of entries between two braces.
pub(super) const MAX_ENTRIES: usize = 10_000;

/// A place in a text.
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    file: u32,
    /// The position of every node, for text inside a JSON string.
    fixed: Option<Position>,
    /// True where a newline is white space: inside `( )`, `[ ]`, `${ }` and a `for`.
    pub(super) newlines_are_space: bool,
    nesting: usize,
    operators: usize,
    /// The spans of strings and heredocs.
    pub(super) strings: Vec<Range<usize>>,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, file: u32, fixed: Option<Position>) -> Self {
        // A byte order mark is no part of the text.
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, file, fixed, newlines_are_space: false, nesting: 0, operators: 0, strings: Vec::new() }
    }

    /// The position of a byte.
    pub(super) fn position(&self, at: usize) -> Position {
        self.fixed.unwrap_or(Position { file: self.file, offset: offset(at) })
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn is_at(&self, part: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(part.as_bytes())
    }

    /// Steps over a text if it stands here.
    pub(super) fn take(&mut self, part: &str) -> bool {
        let found = self.is_at(part);
        if found {
            self.at += part.len();
        }
        found
    }

    pub(super) fn expect(&mut self, part: &str) -> Parsed<()> {
        if self.take(part) { Ok(()) } else { Err(self.expected(&format!("`{part}`"))) }
    }

    /// Steps over spaces, comments and, where they are white space, newlines.
    pub(super) fn space(&mut self) -> Parsed<()> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\n') if self.newlines_are_space => self.at += 1,
                Some(b'#') => self.line_comment(),
                Some(b'/') if self.is_at("//") => self.line_comment(),
                Some(b'/') if self.is_at("/*") => match self.rest()[2..].find("*/") {
                    Some(end) => self.at += 2 + end + 2,
                    None => return Err(self.mistake(self.at, "this comment has no end: expected `*/`".to_owned())),
                },
                _ => return Ok(()),
            }
        }
    }

    fn line_comment(&mut self) {
        self.at = memchr::memchr(b'\n', self.rest().as_bytes()).map_or(self.text.len(), |end| self.at + end);
    }

    /// Parses with newlines as white space, or not.
    pub(super) fn with_newlines<T>(
        &mut self,
        are_space: bool,
        parse: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let before = std::mem::replace(&mut self.newlines_are_space, are_space);
        let out = parse(self);
        self.newlines_are_space = before;
        out
    }

    /// Parses one level deeper. The depth is bounded, because a tree is parsed and dropped by recursion.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= DOCUMENT_NESTING {
            return Err(self.mistake(self.at, format!("more than {DOCUMENT_NESTING} levels of nesting")));
        }
        self.nesting += 1;
        let out = parse(self);
        self.nesting -= 1;
        out
    }

    /// Counts an operator of a chain, until [`Self::end_chain`].
    pub(super) fn count_operator(&mut self) -> Parsed<()> {
        self.operators += 1;
        if self.nesting + self.operators > MAX_TREE_DEPTH {
            return Err(self.mistake(self.at, format!("more than {MAX_TREE_DEPTH} operators in one expression")));
        }
        Ok(())
    }

    pub(super) fn chain(&self) -> usize {
        self.operators
    }

    pub(super) fn end_chain(&mut self, operators: usize) {
        self.operators = operators;
    }

    /// The name here, without stepping over it; letters, digits, `_` and `-`.
    pub(super) fn name_here(&self) -> Option<&'t str> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        if !(first.is_alphabetic() || first == '_') {
            return None;
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
        Some(&rest[..end.unwrap_or(rest.len())])
    }

    pub(super) fn name(&mut self) -> Parsed<&'t str> {
        let name = self.name_here().ok_or_else(|| self.expected("a name"))?;
        self.at += name.len();
        Ok(name)
    }

    /// Returns whether the word is here, alone.
    pub(super) fn is_at_word(&self, word: &str) -> bool {
        self.is_at(word) && self.name_here() == Some(word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_at_word(word);
        if found {
            self.at += word.len();
        }
        found
    }

    pub(super) fn expected(&self, what: &str) -> SyntaxError {
        let found = match self.rest().chars().next() {
            None => "the end of the file".to_owned(),
            Some('\n' | '\r') => "the end of the line".to_owned(),
            Some(c) => format!("`{}`", c.escape_debug()),
        };
        self.mistake(self.at, format!("expected {what}, found {found}"))
    }

    /// A mistake at a character.
    pub(super) fn mistake(&self, at: usize, message: String) -> SyntaxError {
        let at = at.min(self.text.len());
        let end = self.text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        SyntaxError { span: at..end, message }
    }
}

/// Files are far smaller than 4 GiB: their size is bounded where they are read.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
