//! A position in a YAML text, and the classes of characters that the scanner tells apart. Offsets and columns count
//! bytes: an indentation is ASCII, and only indentations are compared.

/// A mistake in a YAML text and its byte.
#[derive(Debug)]
pub(super) struct YamlError {
    pub(super) at: usize,
    pub(super) message: String,
}

impl YamlError {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) line: usize,
    line_start: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 0, line_start: 0 }
    }

    pub(super) fn column(&self) -> usize {
        self.at - self.line_start
    }

    /// The byte at an offset from here; `None` after the end of the text.
    pub(super) fn peek(&self, offset: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + offset).copied()
    }

    pub(super) fn is_at(&self, byte: u8) -> bool {
        self.peek(0) == Some(byte)
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The length of the line break at an offset, 0 for none. YAML 1.1 has the Unicode breaks too.
    pub(super) fn break_length(&self, offset: usize) -> usize {
        let after = |more: usize| self.peek(offset + more);
        match after(0) {
            Some(b'\r') if after(1) == Some(b'\n') => 2,
            Some(b'\n' | b'\r') => 1,
            Some(0xC2) if after(1) == Some(0x85) => 2,
            Some(0xE2) if after(1) == Some(0x80) && matches!(after(2), Some(0xA8 | 0xA9)) => 3,
            _ => 0,
        }
    }

    pub(super) fn is_break(&self, offset: usize) -> bool {
        self.break_length(offset) > 0
    }

    /// Returns whether a blank, a line break or the end of the text is at an offset.
    pub(super) fn is_space_or_end(&self, offset: usize) -> bool {
        matches!(self.peek(offset), None | Some(b' ' | b'\t')) || self.is_break(offset)
    }

    /// Returns whether a line of three dashes or three dots begins here, which separates documents.
    pub(super) fn is_separator(&self, sign: &str) -> bool {
        self.column() == 0 && self.text[self.at..].starts_with(sign) && self.is_space_or_end(3)
    }

    pub(super) fn is_any_separator(&self) -> bool {
        self.is_separator("---") || self.is_separator("...")
    }

    /// Skips bytes of one line.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(super) fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'t str {
        let start = self.at;
        while self.peek(0).is_some_and(&wanted) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Skips the rest of the line, without its break.
    pub(super) fn rest_of_line(&mut self) -> &'t str {
        let start = self.at;
        while !self.is_end() && !self.is_break(0) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Skips a line break and returns the text that it stands for: empty where there is none.
    pub(super) fn line_break(&mut self) -> &'t str {
        let length = self.break_length(0);
        if length == 0 {
            return "";
        }
        let written = &self.text[self.at..self.at + length];
        self.at += length;
        self.line += 1;
        self.line_start = self.at;
        if length == 3 { written } else { "\n" }
    }

    /// Skips blanks and a comment at the end of a line.
    ///
    /// # Errors
    /// Something else stands there.
    pub(super) fn end_of_line(&mut self) -> Result<(), YamlError> {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t'));
        if self.is_at(b'#') {
            self.rest_of_line();
        }
        if !self.is_end() && !self.is_break(0) {
            return Err(YamlError::new(self.at, "expected a comment or the end of the line"));
        }
        self.line_break();
        Ok(())
    }
}

/// The first character that YAML does not allow.
pub(super) fn forbidden_character(text: &str) -> Option<usize> {
    let is_allowed = |character: char| match character {
        '\t' | '\n' | '\r' | '\u{85}' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        other => !other.is_control(),
    };
    text.char_indices().find(|(_, character)| !is_allowed(*character)).map(|(at, _)| at)
}
