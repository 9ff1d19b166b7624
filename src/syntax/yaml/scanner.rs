//! The tokens of a YAML text, by YAML 1.1 as `PyYAML` reads it: AWS's own tools (AWS CLI, SAM CLI, cfn-lint) use `PyYAML`, and
//! what they read is a template.
//!
//! A key in one line ("simple key") is known only when its colon comes. The scanner keeps the place of each possible one,
//! and inserts the token of the key when it meets the colon. Tabs separate tokens inside a line, as in libyaml, which
//! `PyYAML` uses where it is installed.

use std::collections::VecDeque;

use super::cursor::{Cursor, YamlError};
use super::token::{Token, TokenKind};
use crate::base::limits::DOCUMENT_NESTING;

/// The longest key in one line, in characters, by YAML 1.1.
const MAX_KEY_CHARACTERS: usize = 1024;

/// A place where a key may begin.
#[derive(Debug, Clone, Copy)]
struct PossibleKey {
    /// The number of the token before which the key's would stand.
    token: usize,
    at: usize,
    line: usize,
    column: usize,
    /// True if only a key can stand here.
    is_required: bool,
}

#[derive(Debug)]
pub(super) struct Scanner<'t> {
    pub(super) cursor: Cursor<'t>,
    tokens: VecDeque<Token<'t>>,
    /// The number of tokens that were taken.
    taken: usize,
    is_done: bool,
    /// The column of the innermost block; `None` outside of all.
    pub(super) indent: Option<usize>,
    outer_indents: Vec<Option<usize>>,
    /// The possible key of the block level and of each flow collection around the cursor.
    possible_keys: Vec<Option<PossibleKey>>,
    pub(super) may_begin_key: bool,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            cursor: Cursor::new(text),
            tokens: VecDeque::new(),
            taken: 0,
            is_done: false,
            indent: None,
            outer_indents: Vec::new(),
            possible_keys: vec![None],
            may_begin_key: true,
        }
    }

    /// The next token.
    pub(super) fn peek(&mut self) -> Result<&Token<'t>, YamlError> {
        while self.needs_more()? {
            self.fetch()?;
        }
        self.tokens.front().ok_or_else(|| YamlError::new(self.cursor.at, "the text ends here"))
    }

    /// Takes the next token.
    pub(super) fn take(&mut self) -> Result<Token<'t>, YamlError> {
        self.peek()?;
        self.taken += 1;
        self.tokens.pop_front().ok_or_else(|| YamlError::new(self.cursor.at, "the text ends here"))
    }

    /// Returns whether the cursor is inside brackets or braces.
    pub(super) fn is_in_flow(&self) -> bool {
        self.possible_keys.len() > 1
    }

    fn needs_more(&mut self) -> Result<bool, YamlError> {
        if self.is_done {
            return Ok(false);
        }
        if self.tokens.is_empty() {
            return Ok(true);
        }
        self.drop_stale_keys()?;
        Ok(self.possible_keys.iter().flatten().any(|key| key.token == self.taken))
    }

    fn fetch(&mut self) -> Result<(), YamlError> {
        self.skip_to_token();
        self.drop_stale_keys()?;
        self.close_blocks(Some(self.cursor.column()));
        let Some(byte) = self.cursor.peek(0) else { return self.end() };
        match byte {
            b'%' if self.cursor.column() == 0 => self.directive(),
            b'-' if self.cursor.is_separator("---") => self.separator(TokenKind::DocumentStart),
            b'.' if self.cursor.is_separator("...") => self.separator(TokenKind::DocumentEnd),
            b'[' => self.open_flow(TokenKind::FlowListStart),
            b'{' => self.open_flow(TokenKind::FlowMapStart),
            b']' => self.close_flow(TokenKind::FlowListEnd),
            b'}' => self.close_flow(TokenKind::FlowMapEnd),
            b',' => self.sign(TokenKind::Comma, true),
            b'-' if self.cursor.is_space_or_end(1) => self.block_sign(TokenKind::Dash),
            b'?' if self.is_in_flow() || self.cursor.is_space_or_end(1) => self.block_sign(TokenKind::Key),
            b':' if self.is_in_flow() || self.cursor.is_space_or_end(1) => self.colon(),
            b'*' | b'&' => self.value(Self::anchor),
            b'!' => self.value(Self::tag),
            b'|' | b'>' if !self.is_in_flow() => {
                self.forget_key()?;
                self.may_begin_key = true;
                let token = self.block_scalar()?;
                self.tokens.push_back(token);
                Ok(())
            }
            b'\'' | b'"' => self.value(Self::quoted_scalar),
            _ if self.begins_plain(byte) => self.value(Self::plain_scalar),
            b'\t' => Err(YamlError::new(self.cursor.at, "a tab in the indentation; YAML indents by spaces")),
            _ => Err(YamlError::new(self.cursor.at, format!("a value cannot begin with `{}`", char::from(byte)))),
        }
    }

    fn skip_to_token(&mut self) {
        loop {
            let tabs = self.is_in_flow() || !self.may_begin_key;
            self.cursor.skip_while(|byte| byte == b' ' || tabs && byte == b'\t');
            if self.cursor.is_at(b'#') {
                self.cursor.rest_of_line();
            }
            if self.cursor.line_break().is_empty() {
                return;
            }
            if !self.is_in_flow() {
                self.may_begin_key = true;
            }
        }
    }

    /// Returns whether a scalar without quotes begins here.
    fn begins_plain(&self, byte: u8) -> bool {
        let next_is_text = !self.cursor.is_space_or_end(1);
        match byte {
            b'-' => next_is_text,
            b'?' | b':' => next_is_text && !self.is_in_flow(),
            b' ' | b'\t' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' => false,
            _ => true,
        }
    }

    fn push(&mut self, kind: TokenKind<'t>, bytes: usize) {
        let start = self.cursor.at;
        self.cursor.skip(bytes);
        self.tokens.push_back(Token { kind, span: start..self.cursor.at });
    }

    fn end(&mut self) -> Result<(), YamlError> {
        self.close_blocks(None);
        self.forget_key()?;
        self.possible_keys.fill(None);
        self.push(TokenKind::End, 0);
        self.is_done = true;
        Ok(())
    }

    fn directive(&mut self) -> Result<(), YamlError> {
        self.close_blocks(None);
        self.forget_key()?;
        self.may_begin_key = false;
        let token = self.scan_directive()?;
        self.tokens.push_back(token);
        Ok(())
    }

    fn separator(&mut self, kind: TokenKind<'t>) -> Result<(), YamlError> {
        self.close_blocks(None);
        self.forget_key()?;
        self.may_begin_key = false;
        self.push(kind, 3);
        Ok(())
    }

    fn open_flow(&mut self, kind: TokenKind<'t>) -> Result<(), YamlError> {
        self.note_possible_key()?;
        if self.possible_keys.len() > DOCUMENT_NESTING {
            return Err(YamlError::new(self.cursor.at, format!("nested more than {DOCUMENT_NESTING} deep")));
        }
        self.possible_keys.push(None);
        self.may_begin_key = true;
        self.push(kind, 1);
        Ok(())
    }

    fn close_flow(&mut self, kind: TokenKind<'t>) -> Result<(), YamlError> {
        self.forget_key()?;
        if !self.is_in_flow() {
            return Err(YamlError::new(self.cursor.at, format!("{} without its beginning", kind.name())));
        }
        self.possible_keys.pop();
        self.may_begin_key = false;
        self.push(kind, 1);
        Ok(())
    }

    fn sign(&mut self, kind: TokenKind<'t>, may_begin_key: bool) -> Result<(), YamlError> {
        self.may_begin_key = may_begin_key;
        self.forget_key()?;
        self.push(kind, 1);
        Ok(())
    }

    /// A dash or a question mark, which begins a block where none of its column is open.
    fn block_sign(&mut self, kind: TokenKind<'t>) -> Result<(), YamlError> {
        let is_dash = matches!(kind, TokenKind::Dash);
        if !self.is_in_flow() {
            self.begin_block(if is_dash { TokenKind::ListStart } else { TokenKind::MapStart })?;
        }
        let may_begin_key = is_dash || !self.is_in_flow();
        self.sign(kind, may_begin_key)
    }

    fn begin_block(&mut self, start: TokenKind<'t>) -> Result<(), YamlError> {
        if !self.may_begin_key {
            let message = match start {
                TokenKind::ListStart => "a list cannot begin here",
                _ => "a key or a `: ` cannot stand here",
            };
            return Err(YamlError::new(self.cursor.at, message));
        }
        if self.indents_to(self.cursor.column())? {
            self.push(start, 0);
        }
        Ok(())
    }

    fn colon(&mut self) -> Result<(), YamlError> {
        let possible = self.possible_keys.last_mut().and_then(Option::take);
        if let Some(key) = possible {
            let place = key.token - self.taken;
            let token = |kind| Token { kind, span: key.at..key.at };
            self.tokens.insert(place, token(TokenKind::Key));
            if !self.is_in_flow() && self.indents_to(key.column)? {
                self.tokens.insert(place, token(TokenKind::MapStart));
            }
            self.may_begin_key = false;
        } else {
            if !self.is_in_flow() {
                self.begin_block(TokenKind::MapStart)?;
            }
            self.may_begin_key = !self.is_in_flow();
        }
        self.push(TokenKind::Value, 1);
        Ok(())
    }

    /// A token that may be the beginning of a key.
    fn value(&mut self, scan: impl FnOnce(&mut Self) -> Result<Token<'t>, YamlError>) -> Result<(), YamlError> {
        self.note_possible_key()?;
        self.may_begin_key = false;
        let token = scan(self)?;
        self.tokens.push_back(token);
        Ok(())
    }

    fn note_possible_key(&mut self) -> Result<(), YamlError> {
        if !self.may_begin_key {
            return Ok(());
        }
        self.forget_key()?;
        let column = self.cursor.column();
        let key = PossibleKey {
            token: self.taken + self.tokens.len(),
            at: self.cursor.at,
            line: self.cursor.line,
            column,
            is_required: !self.is_in_flow() && self.indent == Some(column),
        };
        if let Some(level) = self.possible_keys.last_mut() {
            *level = Some(key);
        }
        Ok(())
    }

    fn forget_key(&mut self) -> Result<(), YamlError> {
        match self.possible_keys.last_mut().and_then(Option::take) {
            Some(key) if key.is_required => Err(without_colon(&key)),
            _ => Ok(()),
        }
    }

    /// Drops the possible keys that are too far away to be one.
    fn drop_stale_keys(&mut self) -> Result<(), YamlError> {
        let cursor = self.cursor;
        for level in &mut self.possible_keys {
            let Some(key) = *level else { continue };
            if key.line == cursor.line && !is_longer(&cursor.text[key.at..cursor.at]) {
                continue;
            }
            if key.is_required {
                return Err(without_colon(&key));
            }
            *level = None;
        }
        Ok(())
    }

    /// Opens a block at a column; false where the open one has it.
    fn indents_to(&mut self, column: usize) -> Result<bool, YamlError> {
        let is_deeper = self.indent.is_none_or(|indent| indent < column);
        if is_deeper {
            if self.outer_indents.len() >= DOCUMENT_NESTING {
                return Err(YamlError::new(self.cursor.at, format!("nested more than {DOCUMENT_NESTING} deep")));
            }
            self.outer_indents.push(self.indent.replace(column));
        }
        Ok(is_deeper)
    }

    /// Closes the blocks that are indented more than a column; all for `None`.
    fn close_blocks(&mut self, column: Option<usize>) {
        while !self.is_in_flow() && self.indent > column {
            self.indent = self.outer_indents.pop().flatten();
            self.push(TokenKind::BlockEnd, 0);
        }
    }
}

/// Returns whether a text is longer than a key may be.
fn is_longer(text: &str) -> bool {
    text.len() > MAX_KEY_CHARACTERS && text.chars().count() > MAX_KEY_CHARACTERS
}

fn without_colon(key: &PossibleKey) -> YamlError {
    YamlError::new(key.at, "expected a `:` after this key")
}
