//! Strings and heredocs, with interpolations and directives.

use super::cursor::{Cursor, Parsed};
use super::pieces::{ForPiece, Piece, assemble, without_indent};
use crate::syntax::hcl::tree::ExpressionKind;

/// The pieces read so far, and the literal under construction.
#[derive(Default)]
struct Pieces {
    list: Vec<Piece>,
    literal: String,
    /// True after `~}`: the next literal loses its leading white space.
    trims_next: bool,
}

impl Pieces {
    /// Ends a literal.
    fn end_literal(&mut self) {
        if self.literal.is_empty() {
            return;
        }
        let mut text = std::mem::take(&mut self.literal);
        if std::mem::take(&mut self.trims_next) {
            text.drain(..text.len() - text.trim_start().len());
        }
        self.list.push(Piece::Text(text));
    }

    /// Begins an interpolation or directive.
    fn open(&mut self, trims_before: bool) {
        self.end_literal();
        if trims_before && let Some(Piece::Text(text)) = self.list.last_mut() {
            text.truncate(text.trim_end().len());
        }
        self.trims_next = false;
    }
}

impl Cursor<'_> {
    pub(super) fn whole_template(&mut self) -> Parsed<ExpressionKind> {
        let mut pieces = Pieces::default();
        while self.at < self.text.len() {
            self.line_or_piece(&mut pieces)?;
        }
        pieces.end_literal();
        assemble(pieces.list).map_err(|message| self.mistake(0, message.to_owned()))
    }

    /// `"…"`.
    pub(super) fn quoted(&mut self) -> Parsed<ExpressionKind> {
        let start = self.at;
        self.at += 1;
        let mut pieces = Pieces::default();
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape(&mut pieces.literal)?,
                None | Some(b'\n') => {
                    return Err(self.mistake(start, "this string has no end on its line: expected `\"`".to_owned()));
                }
                Some(_) => self.piece(&mut pieces)?,
            }
        }
        self.at += 1;
        self.strings.push(start..self.at);
        pieces.end_literal();
        assemble(pieces.list).map_err(|message| self.mistake(start, message.to_owned()))
    }

    /// The label of a block: a string without interpolations.
    pub(super) fn label(&mut self) -> Parsed<String> {
        let start = self.at;
        match self.quoted()? {
            ExpressionKind::Text(text) => Ok(text),
            _ => Err(self.mistake(start, "a label cannot have interpolations".to_owned())),
        }
    }

    fn escape(&mut self, out: &mut String) -> Parsed<()> {
        let mistake = |cursor: &Self| cursor.mistake(cursor.at, "an unknown escape in a string".to_owned());
        let digits = match self.text.as_bytes().get(self.at + 1) {
            Some(b'u') => 4,
            Some(b'U') => 8,
            Some(byte) => {
                out.push(match byte {
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    b'"' => '"',
                    b'\\' => '\\',
                    _ => return Err(mistake(self)),
                });
                self.at += 2;
                return Ok(());
            }
            None => return Err(mistake(self)),
        };
        let hex = self.text.get(self.at + 2..self.at + 2 + digits).filter(|hex| !hex.starts_with('+'));
        let number = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).ok_or_else(|| mistake(self))?;
        out.push(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
        self.at += 2 + digits;
        Ok(())
    }

    /// The end of a line (true), or a piece of it. Each line is a literal of its own, which is what `~` and the indentation
    /// refer to.
    fn line_or_piece(&mut self, pieces: &mut Pieces) -> Parsed<bool> {
        if !self.take("\n") {
            return self.piece(pieces).map(|()| false);
        }
        pieces.literal.push('\n');
        pieces.end_literal();
        Ok(true)
    }

    /// An interpolation, a directive, or literal text up to the next character that may begin something else.
    fn piece(&mut self, pieces: &mut Pieces) -> Parsed<()> {
        for (escaped, text) in [("$${", "${"), ("%%{", "%{")] {
            if self.take(escaped) {
                pieces.literal.push_str(text);
                return Ok(());
            }
        }
        if self.take("${") {
            pieces.open(self.take("~"));
            let value = self.with_newlines(true, Self::expression)?;
            pieces.list.push(Piece::Value(value));
            return self.close(pieces);
        }
        if self.take("%{") {
            pieces.open(self.take("~"));
            let directive = self.with_newlines(true, Self::directive)?;
            pieces.list.push(directive);
            return self.close(pieces);
        }
        let rest = self.rest();
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let length = rest[first..].find(['$', '%', '"', '\\', '\n']).map_or(rest.len(), |end| first + end);
        pieces.literal.push_str(&rest[..length]);
        self.at += length;
        Ok(())
    }

    /// `}` or `~}`.
    fn close(&mut self, pieces: &mut Pieces) -> Parsed<()> {
        self.with_newlines(true, Self::space)?;
        pieces.trims_next = self.take("~");
        self.expect("}")
    }

    fn directive(&mut self) -> Parsed<Piece> {
        self.space()?;
        let name = self.name()?;
        Ok(match name {
            "if" => Piece::If(self.expression()?),
            "else" => Piece::Else,
            "endif" => Piece::EndIf,
            "for" => {
                let (key_name, value_name, list) = self.for_intro()?;
                Piece::For(ForPiece { key_name, value_name, list })
            }
            "endfor" => Piece::EndFor,
            _ => return Err(self.mistake(self.at - name.len(), "an unknown directive in a template".to_owned())),
        })
    }

    /// `<<NAME` or `<<-NAME`, the lines after it, and a line with the name.
    pub(super) fn heredoc(&mut self) -> Parsed<ExpressionKind> {
        let start = self.at;
        self.at += 2;
        let is_indented = self.take("-");
        let name = self.name()?;
        self.take("\r");
        if !self.take("\n") {
            return Err(self.expected("a new line after the name of a heredoc"));
        }
        let mut pieces = Pieces::default();
        let mut is_line_start = true;
        loop {
            if is_line_start && let Some(end) = self.heredoc_end(name) {
                self.at = end;
                break;
            }
            if self.at >= self.text.len() {
                return Err(self.mistake(start, format!("this heredoc has no end: expected a line `{name}`")));
            }
            is_line_start = self.line_or_piece(&mut pieces)?;
        }
        self.strings.push(start..self.at);
        pieces.end_literal();
        let mut list = pieces.list;
        if is_indented {
            without_indent(&mut list);
        }
        // The lines of a heredoc are text even if they are one interpolation.
        list.push(Piece::Text(String::new()));
        assemble(list).map_err(|message| self.mistake(start, message.to_owned()))
    }

    /// The end of this line, if it has the name of a heredoc and white space of Unicode, which belongs to the heredoc.
    fn heredoc_end(&self, name: &str) -> Option<usize> {
        let line = self.rest().split('\n').next()?;
        (line.trim() == name).then(|| self.at + line.len())
    }
}
