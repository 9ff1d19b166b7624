//! Anchors, aliases, tags and directives of YAML.

use super::cursor::YamlError;
use super::scanner::Scanner;
use super::token::{Token, TokenKind};

impl<'t> Scanner<'t> {
    /// An anchor (`&name`) or an alias (`*name`).
    pub(super) fn anchor(&mut self) -> Result<Token<'t>, YamlError> {
        let start = self.cursor.at;
        let is_alias = self.cursor.is_at(b'*');
        self.cursor.skip(1);
        let name = self.cursor.skip_while(is_name);
        let ends = self.cursor.is_space_or_end(0)
            || matches!(self.cursor.peek(0), Some(b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'));
        if name.is_empty() || !ends {
            let message = "the name of an anchor or alias has letters, digits, `-` and `_` only";
            return Err(YamlError::new(self.cursor.at, message));
        }
        let kind = if is_alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) };
        Ok(Token { kind, span: start..self.cursor.at })
    }

    /// A tag: `!name`, `!handle!name`, `!<name>`, or a single `!`.
    pub(super) fn tag(&mut self) -> Result<Token<'t>, YamlError> {
        let start = self.cursor.at;
        let (handle, suffix) = if self.cursor.peek(1) == Some(b'<') {
            self.cursor.skip(2);
            let suffix = self.tag_name()?;
            if !self.cursor.is_at(b'>') {
                return Err(YamlError::new(self.cursor.at, "expected the `>` of this tag"));
            }
            self.cursor.skip(1);
            (None, suffix)
        } else if self.cursor.is_space_or_end(1) {
            self.cursor.skip(1);
            (None, "!".to_owned())
        } else {
            (Some(self.tag_handle()?), self.tag_name()?)
        };
        if !self.cursor.is_space_or_end(0) {
            return Err(YamlError::new(self.cursor.at, "expected a space after a tag"));
        }
        Ok(Token { kind: TokenKind::Tag { handle, suffix }, span: start..self.cursor.at })
    }

    /// The handle of a tag: `!` alone, unless a second one ends it on the same word.
    fn tag_handle(&mut self) -> Result<&'t str, YamlError> {
        let rest = &self.cursor.text[self.cursor.at..];
        let word = rest.split(['\0', ' ', '\r', '\n', '\u{85}', '\u{2028}', '\u{2029}']).next().unwrap_or("");
        let handle = match word[1..].find('!') {
            None => &word[..1],
            Some(second) => &word[..second + 2],
        };
        if handle.len() > 1 && !handle[1..handle.len() - 1].bytes().all(is_name) {
            return Err(YamlError::new(self.cursor.at, "the handle of a tag has letters, digits, `-` and `_` only"));
        }
        self.cursor.skip(handle.len());
        Ok(handle)
    }

    /// The name of a tag, with its percent escapes decoded.
    fn tag_name(&mut self) -> Result<String, YamlError> {
        let start = self.cursor.at;
        let written = self.cursor.skip_while(|byte| is_name(byte) || b";/?:@&=+$,.!~*'()[]%".contains(&byte));
        if written.is_empty() {
            return Err(YamlError::new(start, "expected the name of a tag"));
        }
        let is_escaped = |(at, _): (usize, &str)| {
            written.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let decoded = percent_encoding::percent_decode_str(written).decode_utf8();
        match decoded {
            Ok(decoded) if written.match_indices('%').all(is_escaped) => Ok(decoded.into_owned()),
            _ => Err(YamlError::new(start, "a wrong percent escape in a tag")),
        }
    }

    /// `%YAML`, `%TAG` and other directives.
    pub(super) fn scan_directive(&mut self) -> Result<Token<'t>, YamlError> {
        let start = self.cursor.at;
        self.cursor.skip(1);
        let name = self.cursor.skip_while(is_name);
        if name.is_empty() || !self.cursor.is_space_or_end(0) {
            return Err(YamlError::new(self.cursor.at, "expected the name of a directive"));
        }
        let kind = match name {
            "YAML" => self.version()?,
            "TAG" => {
                self.spaces();
                let handle = if self.cursor.is_at(b'!') { self.tag_handle()? } else { "" };
                if handle.is_empty() || !self.cursor.is_at(b' ') {
                    return Err(YamlError::new(self.cursor.at, "expected a handle such as `!name!` and a prefix"));
                }
                self.spaces();
                TokenKind::TagDirective { handle, prefix: self.tag_name()? }
            }
            _ => {
                self.cursor.rest_of_line();
                TokenKind::Directive
            }
        };
        let end = self.cursor.at;
        self.cursor.end_of_line()?;
        Ok(Token { kind, span: start..end })
    }

    fn spaces(&mut self) {
        self.cursor.skip_while(|byte| byte == b' ');
    }

    /// The version of a `%YAML` directive, of which only 1.x is read.
    fn version(&mut self) -> Result<TokenKind<'t>, YamlError> {
        self.spaces();
        let start = self.cursor.at;
        let version = self.cursor.skip_while(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match version.split_once('.') {
            Some((major, minor)) if is_number(minor) && major.trim_start_matches('0') == "1" => {
                Ok(TokenKind::Directive)
            }
            _ => Err(YamlError::new(start, "expected version 1.x of YAML")),
        }
    }
}

/// Returns whether a byte may stand in the name of an anchor, a handle or a directive.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
