//! The scalars of YAML: plain, quoted and in blocks.

use std::borrow::Cow;

use super::cursor::{Cursor, YamlError};
use super::scanner::Scanner;
use super::token::{ScalarStyle, Token, TokenKind};

impl<'t> Scanner<'t> {
    /// A scalar without quotes, over as many lines as are indented more than the block around it.
    pub(super) fn plain_scalar(&mut self) -> Result<Token<'t>, YamlError> {
        let start = self.cursor.at;
        let mut end = start;
        let mut text = Cow::Borrowed("");
        let mut gap = String::new();
        let least = self.indent.map_or(0, |indent| indent + 1);
        while !self.cursor.is_at(b'#') {
            let words = self.plain_words();
            if words.is_empty() {
                break;
            }
            self.may_begin_key = false;
            append(&mut text, &gap, words);
            end = self.cursor.at;
            let Some(spaces) = self.plain_gap(least)? else { break };
            gap = spaces;
            if gap.is_empty() || !self.is_in_flow() && self.cursor.column() < least {
                break;
            }
        }
        Ok(Token { kind: TokenKind::Scalar { text, style: ScalarStyle::Plain }, span: start..end })
    }

    /// The text up to the next blank, or to a sign that ends a plain scalar.
    fn plain_words(&mut self) -> &'t str {
        let start = self.cursor.at;
        while !self.cursor.is_space_or_end(0) && !self.ends_plain() {
            self.cursor.skip(1);
        }
        &self.cursor.text[start..self.cursor.at]
    }

    fn ends_plain(&self) -> bool {
        match self.cursor.peek(0) {
            Some(b':') => {
                let next_is_sign = matches!(self.cursor.peek(1), Some(b',' | b'[' | b']' | b'{' | b'}'));
                self.cursor.is_space_or_end(1) || self.is_in_flow() && next_is_sign
            }
            Some(b',' | b'?' | b'[' | b']' | b'{' | b'}') => self.is_in_flow(),
            _ => false,
        }
    }

    /// The white space inside a plain scalar; `None` where a document ends.
    fn plain_gap(&mut self, least: usize) -> Result<Option<String>, YamlError> {
        let blanks = self.cursor.skip_while(|byte| matches!(byte, b' ' | b'\t'));
        let first = self.cursor.line_break();
        if first.is_empty() {
            return Ok(Some(blanks.to_owned()));
        }
        self.may_begin_key = true;
        let mut breaks = String::new();
        loop {
            if self.cursor.is_any_separator() {
                return Ok(None);
            }
            self.cursor.skip_while(|byte| byte == b' ');
            if self.cursor.is_at(b'\t') && self.cursor.column() >= least {
                self.cursor.skip_while(|byte| matches!(byte, b' ' | b'\t'));
            } else if self.cursor.is_at(b'\t') {
                return Err(YamlError::new(self.cursor.at, "a tab in the indentation; YAML indents by spaces"));
            }
            match self.cursor.line_break() {
                "" => return Ok(Some(folded(first, &breaks))),
                more => breaks += more,
            }
        }
    }

    /// A scalar in quotes. Its later lines may be indented as they like.
    pub(super) fn quoted_scalar(&mut self) -> Result<Token<'t>, YamlError> {
        let start = self.cursor.at;
        let is_double = self.cursor.is_at(b'"');
        let quote = if is_double { b'"' } else { b'\'' };
        self.cursor.skip(1);
        let mut text = Cow::Borrowed("");
        loop {
            quoted_words(&mut self.cursor, is_double, &mut text)?;
            if self.cursor.is_at(quote) {
                break;
            }
            let blanks = self.cursor.skip_while(|byte| matches!(byte, b' ' | b'\t'));
            if self.cursor.is_end() {
                return Err(YamlError::new(start, "this text in quotes has no end"));
            }
            match self.cursor.line_break() {
                "" => append(&mut text, "", blanks),
                first => {
                    let breaks = breaks_in_quotes(&mut self.cursor)?;
                    append(&mut text, &folded(first, &breaks), "");
                }
            }
        }
        self.cursor.skip(1);
        let kind = TokenKind::Scalar { text, style: ScalarStyle::Quoted };
        Ok(Token { kind, span: start..self.cursor.at })
    }

    /// A literal (`|`) or folded (`>`) block.
    pub(super) fn block_scalar(&mut self) -> Result<Token<'t>, YamlError> {
        let start = self.cursor.at;
        let is_folded = self.cursor.is_at(b'>');
        self.cursor.skip(1);
        let header = BlockHeader::scan(&mut self.cursor)?;
        self.cursor.end_of_line()?;
        let least = self.indent.map_or(1, |indent| indent + 1);
        let mut gap = BlockGap::default();
        let column = match header.increment {
            Some(increment) => least + increment - 1,
            None => least.max(deepest_blank_line(self.cursor)),
        };
        gap.scan(&mut self.cursor, column);
        let (mut text, mut last_break) = (String::new(), "");
        while self.cursor.column() == column && !self.cursor.is_end() {
            text += &gap.breaks;
            let starts_with_text = !matches!(self.cursor.peek(0), Some(b' ' | b'\t'));
            text += self.cursor.rest_of_line();
            last_break = self.cursor.line_break();
            gap.end = self.cursor.at;
            gap.scan(&mut self.cursor, column);
            if self.cursor.column() != column || self.cursor.is_end() {
                break;
            }
            let joins = is_folded && last_break == "\n" && starts_with_text;
            match joins && !matches!(self.cursor.peek(0), Some(b' ' | b'\t')) {
                true if gap.breaks.is_empty() => text.push(' '),
                true => {}
                false => text += last_break,
            }
        }
        if header.chomping != Some(b'-') {
            text += last_break;
        }
        if header.chomping == Some(b'+') {
            text += &gap.breaks;
        }
        let kind = TokenKind::Scalar { text: Cow::Owned(text), style: ScalarStyle::Block };
        Ok(Token { kind, span: start..gap.end })
    }
}

/// Adds a gap and words to a text, which stays borrowed as long as it is one piece of the file.
fn append<'t>(text: &mut Cow<'t, str>, gap: &str, words: &'t str) {
    if text.is_empty() && gap.is_empty() {
        *text = Cow::Borrowed(words);
        return;
    }
    let owned = text.to_mut();
    *owned += gap;
    *owned += words;
}

/// The text of a line break with the empty lines after it: one break is a space.
fn folded(first: &str, breaks: &str) -> String {
    match (first, breaks) {
        ("\n", "") => " ".to_owned(),
        ("\n", breaks) => breaks.to_owned(),
        (first, breaks) => format!("{first}{breaks}"),
    }
}

/// The empty lines inside a text in quotes.
fn breaks_in_quotes(cursor: &mut Cursor<'_>) -> Result<String, YamlError> {
    let mut breaks = String::new();
    loop {
        if cursor.is_any_separator() {
            return Err(YamlError::new(cursor.at, "a document ends here, inside of a text in quotes"));
        }
        cursor.skip_while(|byte| matches!(byte, b' ' | b'\t'));
        match cursor.line_break() {
            "" => return Ok(breaks),
            more => breaks += more,
        }
    }
}

/// Reads a text in quotes up to the next blank or its end.
fn quoted_words<'t>(cursor: &mut Cursor<'t>, is_double: bool, text: &mut Cow<'t, str>) -> Result<(), YamlError> {
    loop {
        let start = cursor.at;
        while !cursor.is_space_or_end(0) && !matches!(cursor.peek(0), Some(b'\'' | b'"' | b'\\')) {
            cursor.skip(1);
        }
        append(text, "", &cursor.text[start..cursor.at]);
        match cursor.peek(0) {
            Some(b'\'') if !is_double && cursor.peek(1) == Some(b'\'') => {
                text.to_mut().push('\'');
                cursor.skip(2);
            }
            Some(b'\\') if is_double => escape(cursor, text.to_mut())?,
            Some(b'\'') if is_double => one(cursor, text),
            Some(b'"' | b'\\') if !is_double => one(cursor, text),
            _ => return Ok(()),
        }
    }
}

fn one<'t>(cursor: &mut Cursor<'t>, text: &mut Cow<'t, str>) {
    append(text, "", &cursor.text[cursor.at..=cursor.at]);
    cursor.skip(1);
}

/// Reads a backslash and what it stands for.
fn escape(cursor: &mut Cursor<'_>, text: &mut String) -> Result<(), YamlError> {
    let start = cursor.at;
    cursor.skip(1);
    if !cursor.line_break().is_empty() {
        *text += &breaks_in_quotes(cursor)?;
        return Ok(());
    }
    let digits = match cursor.peek(0) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        other => {
            let character = other.and_then(escaped);
            text.push(character.ok_or_else(|| YamlError::new(start, "an unknown escape in a text in quotes"))?);
            cursor.skip(1);
            return Ok(());
        }
    };
    cursor.skip(1);
    let wrong = || YamlError::new(start, format!("expected {digits} hexadecimal digits of a character"));
    let number =
        cursor.text.get(cursor.at..cursor.at + digits).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
    let number = u32::from_str_radix(number.ok_or_else(wrong)?, 16).map_err(|_| wrong())?;
    text.push(char::from_u32(number).ok_or_else(wrong)?);
    cursor.skip(digits);
    Ok(())
}

/// The character that a letter after a backslash stands for.
fn escaped(letter: u8) -> Option<char> {
    Some(match letter {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{B}',
        b'f' => '\u{C}',
        b'r' => '\r',
        b'e' => '\u{1B}',
        b' ' | b'"' | b'\\' | b'/' => char::from(letter),
        b'N' => '\u{85}',
        b'_' => '\u{A0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}

/// The signs after `|` or `>`.
struct BlockHeader {
    chomping: Option<u8>,
    increment: Option<usize>,
}

impl BlockHeader {
    fn scan(cursor: &mut Cursor<'_>) -> Result<Self, YamlError> {
        let mut header = Self { chomping: None, increment: None };
        loop {
            match cursor.peek(0) {
                Some(sign @ (b'+' | b'-')) if header.chomping.is_none() => header.chomping = Some(sign),
                Some(digit @ b'1'..=b'9') if header.increment.is_none() => {
                    header.increment = Some(usize::from(digit - b'0'));
                }
                _ if cursor.is_space_or_end(0) => return Ok(header),
                _ => {
                    return Err(YamlError::new(
                        cursor.at,
                        "expected `+`, `-`, an indentation from 1 to 9, or the end of the line",
                    ));
                }
            }
            cursor.skip(1);
        }
    }
}

/// The empty lines before a line of a block.
#[derive(Default)]
struct BlockGap {
    breaks: String,
    /// The end of the last of them.
    end: usize,
}

impl BlockGap {
    fn scan(&mut self, cursor: &mut Cursor<'_>, column: usize) {
        self.breaks.clear();
        self.end = self.end.max(cursor.at);
        loop {
            while cursor.column() < column && cursor.is_at(b' ') {
                cursor.skip(1);
            }
            match cursor.line_break() {
                "" => return,
                more => self.breaks += more,
            }
            self.end = cursor.at;
        }
    }
}

/// The largest indentation of the blank lines before the text of a block, and of its first line.
fn deepest_blank_line(mut cursor: Cursor<'_>) -> usize {
    let mut deepest = 0;
    loop {
        cursor.skip_while(|byte| byte == b' ');
        deepest = deepest.max(cursor.column());
        if cursor.line_break().is_empty() {
            return deepest;
        }
    }
}
