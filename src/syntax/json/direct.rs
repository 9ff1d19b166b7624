//! JSON as a tree of nodes without a tree of the parser in between, which takes several times the memory. It gives up at
//! the first mistake and at a duplicate key: [`super::parse`] then knows what to say.

use super::super::node::{MAX_NODES, MapEntry, Node, NodeKind, has_duplicates, plain_scalar};
use crate::base::Span;
use crate::base::limits::DOCUMENT_NESTING;

/// Parses a text. `skipped` is added to all positions.
pub(super) fn parse(text: &str, skipped: usize) -> Option<Node> {
    let mut parser = DirectParser { text, at: 0, skipped, nodes: 0, depth: 0 };
    parser.skip_space();
    let node = parser.node()?;
    parser.skip_space();
    (parser.at == text.len()).then_some(node)
}

struct DirectParser<'t> {
    text: &'t str,
    at: usize,
    skipped: usize,
    nodes: usize,
    depth: usize,
}

impl DirectParser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Takes a byte, and the white space around it.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        (self.peek()? == byte).then(|| self.at += 1)?;
        self.skip_space();
        Some(())
    }

    fn span(&self, start: usize) -> Span {
        start + self.skipped..self.at + self.skipped
    }

    fn node(&mut self) -> Option<Node> {
        self.nodes += 1;
        let start = self.at;
        let kind = match self.peek().filter(|_| self.nodes <= MAX_NODES)? {
            b'{' => self.nested(Self::map)?,
            b'[' => self.nested(Self::list)?,
            b'"' => NodeKind::Text(self.string()?),
            b'-' | b'0'..=b'9' => self.number()?,
            _ => self.word()?,
        };
        Some(Node { kind, span: self.span(start), is_literal: true })
    }

    fn nested(&mut self, content: impl FnOnce(&mut Self) -> Option<NodeKind>) -> Option<NodeKind> {
        self.depth += 1;
        let kind = if self.depth > DOCUMENT_NESTING { None } else { content(self) };
        self.depth -= 1;
        kind
    }

    fn map(&mut self) -> Option<NodeKind> {
        let mut entries = Vec::new();
        self.take(b'{')?;
        while entries.is_empty() && self.peek()? != b'}' || !entries.is_empty() && self.take(b',').is_some() {
            let start = self.at;
            let key = self.string()?;
            let key_span = self.span(start);
            self.take(b':')?;
            entries.push(MapEntry { key, key_span, is_literal: true, value: self.node()? });
        }
        self.close(b'}')?;
        entries.shrink_to_fit();
        (!has_duplicates(&entries)).then_some(NodeKind::Map(entries))
    }

    fn list(&mut self) -> Option<NodeKind> {
        let mut items = Vec::new();
        self.take(b'[')?;
        while items.is_empty() && self.peek()? != b']' || !items.is_empty() && self.take(b',').is_some() {
            items.push(self.node()?);
        }
        self.close(b']')?;
        items.shrink_to_fit();
        Some(NodeKind::List(items))
    }

    /// Takes the end of a collection, which is the end of its span.
    fn close(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        let mut is_escaped = false;
        loop {
            self.at += 1;
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    is_escaped = true;
                    self.at += 1;
                }
                0..=0x1f => return None,
                _ => {}
            }
        }
        self.at += 1;
        let written = self.text.get(start..self.at)?;
        if is_escaped { serde_json::from_str(written).ok() } else { Some(written[1..written.len() - 1].to_owned()) }
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn skip_any(&mut self, bytes: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn number(&mut self) -> Option<NodeKind> {
        let start = self.at;
        self.skip_any(b"-");
        if !self.skip_any(b"0") {
            self.digits()?;
        }
        if self.skip_any(b".") {
            self.digits()?;
        }
        if self.skip_any(b"eE") {
            self.skip_any(b"+-");
            self.digits()?;
        }
        Some(plain_scalar(&self.text[start..self.at]))
    }

    fn word(&mut self) -> Option<NodeKind> {
        let words = [("true", NodeKind::Bool(true)), ("false", NodeKind::Bool(false)), ("null", NodeKind::Null)];
        let (word, kind) = words.into_iter().find(|(word, _)| self.text[self.at..].starts_with(word))?;
        self.at += word.len();
        Some(kind)
    }
}
