//! The events of a YAML text: the beginnings and ends of its documents and collections, its scalars and aliases.

use std::borrow::Cow;

use super::cursor::{YamlError, forbidden_character};
use super::scanner::Scanner;
use super::token::{ScalarStyle, Token, TokenKind};
use crate::base::Span;

/// An event and its bytes.
pub(super) struct Event<'t> {
    pub(super) kind: EventKind<'t>,
    pub(super) span: Span,
}

pub(super) enum EventKind<'t> {
    /// The beginning of a document.
    Document,
    Scalar {
        text: Cow<'t, str>,
        style: ScalarStyle,
        properties: Properties<'t>,
    },
    List(Properties<'t>),
    Map(Properties<'t>),
    /// The end of a list or map.
    End,
    Alias(&'t str),
}

/// The anchor and the tag of a node.
#[derive(Debug, Default)]
pub(super) struct Properties<'t> {
    pub(super) anchor: Option<&'t str>,
    /// The tag with its handle resolved: `!Ref`, `tag:yaml.org,2002:str`.
    pub(super) tag: Option<String>,
}

/// A state of the parser: what it expects next.
#[derive(Debug, Clone, Copy)]
enum State {
    /// A document; the first may begin without `---`.
    Document {
        is_first: bool,
    },
    DocumentContent {
        may_be_empty: bool,
    },
    DocumentEnd,
    ListEntry,
    /// An entry of a list that is not indented more than its key.
    IndentlessEntry,
    Key,
    Value,
    FlowListEntry {
        is_first: bool,
    },
    /// The key, value and end of a map of one key in a flow list (`[a: b]`).
    PairKey,
    PairValue,
    PairEnd,
    FlowKey {
        is_first: bool,
    },
    FlowValue,
    FlowEmptyValue,
    End,
}

/// A parser that returns one event after the other.
pub(super) struct Parser<'t> {
    scanner: Scanner<'t>,
    state: State,
    /// The states after the open nodes.
    after: Vec<State>,
    handles: Vec<(&'t str, String)>,
    forbidden: Option<usize>,
}

/// The end of an unfinished step: another state, or an event.
type Step<'t> = Result<Option<Event<'t>>, YamlError>;

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            scanner: Scanner::new(text),
            state: State::Document { is_first: true },
            after: Vec::new(),
            handles: Vec::new(),
            forbidden: forbidden_character(text),
        }
    }

    /// The next event; `None` at the end of the text.
    pub(super) fn next(&mut self) -> Step<'t> {
        if let Some(at) = self.forbidden {
            return Err(YamlError::new(at, "a control character; write it as an escape in double quotes"));
        }
        while !matches!(self.state, State::End) {
            if let Some(event) = self.step()? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    fn step(&mut self) -> Step<'t> {
        match self.state {
            State::Document { is_first } => self.document(is_first),
            State::DocumentContent { may_be_empty } => self.document_content(may_be_empty),
            State::DocumentEnd => self.document_end(),
            State::ListEntry => self.list_entry(),
            State::IndentlessEntry => self.indentless_entry(),
            State::Key => self.key(),
            State::Value => {
                self.value(State::Key, &|kind| matches!(kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd))
            }
            State::FlowListEntry { is_first } => self.flow_list_entry(is_first),
            State::PairKey => self.pair_key(),
            State::PairValue => {
                self.value(State::PairEnd, &|kind| matches!(kind, TokenKind::Comma | TokenKind::FlowListEnd))
            }
            State::PairEnd => {
                let at = self.scanner.peek()?.span.start;
                self.state = State::FlowListEntry { is_first: false };
                Ok(Some(Event { kind: EventKind::End, span: at..at }))
            }
            State::FlowKey { is_first } => self.flow_key(is_first),
            State::FlowValue => self.value(State::FlowKey { is_first: false }, &|kind| {
                matches!(kind, TokenKind::Comma | TokenKind::FlowMapEnd)
            }),
            State::FlowEmptyValue => {
                let at = self.scanner.peek()?.span.start;
                Ok(Some(self.empty(at, State::FlowKey { is_first: false })))
            }
            State::End => Ok(None),
        }
    }

    /// Returns whether the next token is one of these.
    fn is_next(&mut self, wanted: impl Fn(&TokenKind<'t>) -> bool) -> Result<bool, YamlError> {
        Ok(wanted(&self.scanner.peek()?.kind))
    }

    fn document(&mut self, is_first: bool) -> Step<'t> {
        while !is_first && self.is_next(|kind| matches!(kind, TokenKind::DocumentEnd))? {
            self.scanner.take()?;
        }
        if self.is_next(|kind| matches!(kind, TokenKind::End))? {
            self.state = State::End;
            return Ok(None);
        }
        self.handles.clear();
        let mut span = self.scanner.peek()?.span.clone();
        let is_explicit = self.is_next(|kind| {
            matches!(kind, TokenKind::Directive | TokenKind::TagDirective { .. } | TokenKind::DocumentStart)
        })?;
        if is_explicit || !is_first {
            self.directives()?;
            let start = self.scanner.take()?;
            if !matches!(start.kind, TokenKind::DocumentStart) {
                return Err(unexpected(&start, "`---` before the next document"));
            }
            span = start.span;
        }
        self.state = State::DocumentContent { may_be_empty: is_explicit || !is_first };
        self.after.push(State::DocumentEnd);
        Ok(Some(Event { kind: EventKind::Document, span }))
    }

    fn directives(&mut self) -> Result<(), YamlError> {
        let mut has_version = false;
        while self.is_next(|kind| matches!(kind, TokenKind::Directive | TokenKind::TagDirective { .. }))? {
            let token = self.scanner.take()?;
            let is_version = self.scanner.cursor.text[token.span.clone()].starts_with("%YAML");
            if is_version && std::mem::replace(&mut has_version, true) {
                return Err(YamlError::new(token.span.start, "a second %YAML directive"));
            }
            if let TokenKind::TagDirective { handle, prefix } = token.kind {
                if self.handles.iter().any(|(name, _)| *name == handle) {
                    return Err(YamlError::new(token.span.start, format!("a second %TAG directive for {handle}")));
                }
                self.handles.push((handle, prefix));
            }
        }
        Ok(())
    }

    fn document_content(&mut self, may_be_empty: bool) -> Step<'t> {
        let is_empty = self.is_next(|kind| {
            matches!(
                kind,
                TokenKind::Directive
                    | TokenKind::TagDirective { .. }
                    | TokenKind::DocumentStart
                    | TokenKind::DocumentEnd
                    | TokenKind::End
            )
        })?;
        if is_empty && may_be_empty {
            let at = self.scanner.peek()?.span.start;
            let state = self.after.pop().unwrap_or(State::End);
            return Ok(Some(self.empty(at, state)));
        }
        self.node(true, false)
    }

    fn document_end(&mut self) -> Step<'t> {
        if self.is_next(|kind| matches!(kind, TokenKind::DocumentEnd))? {
            self.scanner.take()?;
        }
        self.state = State::Document { is_first: false };
        Ok(None)
    }

    /// A node: an alias, a scalar or the beginning of a collection.
    fn node(&mut self, is_block: bool, may_be_indentless: bool) -> Step<'t> {
        let mut start = None;
        let properties = self.properties(&mut start)?;
        let is_bare = properties.anchor.is_none() && properties.tag.is_none();
        let next = self.scanner.peek()?.span.clone();
        let at = start.unwrap_or(next.start);
        if may_be_indentless && self.is_next(|kind| matches!(kind, TokenKind::Dash))? {
            self.state = State::IndentlessEntry;
            return Ok(Some(Event { kind: EventKind::List(properties), span: at..next.end }));
        }
        let begins = self.is_next(|kind| match kind {
            TokenKind::Alias(_) => is_bare,
            TokenKind::Scalar { .. } | TokenKind::FlowListStart | TokenKind::FlowMapStart => true,
            TokenKind::ListStart | TokenKind::MapStart => is_block,
            _ => false,
        })?;
        if begins {
            return self.begin(at, properties);
        }
        if is_bare {
            return Err(unexpected(self.scanner.peek()?, "a value"));
        }
        self.leave();
        let end = at + self.first_line(at..next.start).trim_end().len();
        let kind = EventKind::Scalar { text: Cow::Borrowed(""), style: ScalarStyle::Plain, properties };
        Ok(Some(Event { kind, span: at..end }))
    }

    /// Takes the token of a node, or with which one begins.
    fn begin(&mut self, at: usize, properties: Properties<'t>) -> Step<'t> {
        let token = self.scanner.take()?;
        let span = at..token.span.end;
        let (kind, state) = match token.kind {
            TokenKind::Alias(name) => (EventKind::Alias(name), None),
            TokenKind::Scalar { text, style } => (EventKind::Scalar { text, style, properties }, None),
            TokenKind::FlowListStart => (EventKind::List(properties), Some(State::FlowListEntry { is_first: true })),
            TokenKind::FlowMapStart => (EventKind::Map(properties), Some(State::FlowKey { is_first: true })),
            TokenKind::ListStart => (EventKind::List(properties), Some(State::ListEntry)),
            TokenKind::MapStart => (EventKind::Map(properties), Some(State::Key)),
            _ => return Err(unexpected(&token, "a value")),
        };
        match state {
            Some(state) => self.state = state,
            None => self.leave(),
        }
        Ok(Some(Event { kind, span }))
    }

    /// The text of a span up to its first line break or comment.
    fn first_line(&self, span: Span) -> &'t str {
        let text = &self.scanner.cursor.text[span];
        text.split(['\n', '\r', '#']).next().unwrap_or(text)
    }

    /// The anchor and tag before a node, in either order.
    fn properties(&mut self, start: &mut Option<usize>) -> Result<Properties<'t>, YamlError> {
        let mut out = Properties::default();
        loop {
            let wanted = match &self.scanner.peek()?.kind {
                TokenKind::Anchor(_) => out.anchor.is_none(),
                TokenKind::Tag { .. } => out.tag.is_none(),
                _ => false,
            };
            if !wanted {
                return Ok(out);
            }
            let token = self.scanner.take()?;
            match token.kind {
                TokenKind::Anchor(name) => out.anchor = Some(name),
                TokenKind::Tag { handle, suffix } => out.tag = Some(self.resolve(handle, suffix, token.span.start)?),
                _ => {}
            }
            start.get_or_insert(token.span.start);
        }
    }

    /// A tag with its handle replaced by the prefix that it stands for.
    fn resolve(&self, handle: Option<&'t str>, suffix: String, at: usize) -> Result<String, YamlError> {
        let Some(handle) = handle else { return Ok(suffix) };
        let declared = self.handles.iter().find(|(name, _)| *name == handle).map(|(_, prefix)| prefix.as_str());
        match (declared, handle) {
            (Some(prefix), _) => Ok(format!("{prefix}{suffix}")),
            (None, "!") => Ok(format!("!{suffix}")),
            (None, "!!") => Ok(format!("{CORE}{suffix}")),
            (None, handle) => Err(YamlError::new(at, format!("no %TAG directive declares {handle}"))),
        }
    }

    fn leave(&mut self) {
        self.state = self.after.pop().unwrap_or(State::End);
    }

    fn finish(&mut self) -> Step<'t> {
        let token = self.scanner.take()?;
        self.leave();
        Ok(Some(Event { kind: EventKind::End, span: token.span }))
    }

    fn empty(&mut self, at: usize, state: State) -> Event<'t> {
        self.state = state;
        let kind =
            EventKind::Scalar { text: Cow::Borrowed(""), style: ScalarStyle::Plain, properties: Properties::default() };
        Event { kind, span: at..at }
    }

    /// A node after a token that was taken; an empty scalar where one of `ends` follows.
    fn node_or_empty(
        &mut self,
        at: usize,
        next: State,
        ends: &dyn Fn(&TokenKind<'t>) -> bool,
        (is_block, may_be_indentless): (bool, bool),
    ) -> Step<'t> {
        if self.is_next(ends)? {
            return Ok(Some(self.empty(at, next)));
        }
        self.after.push(next);
        self.node(is_block, may_be_indentless)
    }

    fn list_entry(&mut self) -> Step<'t> {
        if self.is_next(|kind| matches!(kind, TokenKind::Dash))? {
            let at = self.scanner.take()?.span.end;
            let ends = |kind: &TokenKind<'t>| matches!(kind, TokenKind::Dash | TokenKind::BlockEnd);
            return self.node_or_empty(at, State::ListEntry, &ends, (true, false));
        }
        self.block_end("the next entry of this list, or a line that is indented less")
    }

    fn indentless_entry(&mut self) -> Step<'t> {
        if self.is_next(|kind| matches!(kind, TokenKind::Dash))? {
            let at = self.scanner.take()?.span.end;
            let ends = |kind: &TokenKind<'t>| {
                matches!(kind, TokenKind::Dash | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd)
            };
            return self.node_or_empty(at, State::IndentlessEntry, &ends, (true, false));
        }
        let at = self.scanner.peek()?.span.start;
        self.leave();
        Ok(Some(Event { kind: EventKind::End, span: at..at }))
    }

    fn key(&mut self) -> Step<'t> {
        if self.is_next(|kind| matches!(kind, TokenKind::Key))? {
            let at = self.scanner.take()?.span.end;
            let ends = |kind: &TokenKind<'t>| matches!(kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd);
            return self.node_or_empty(at, State::Value, &ends, (true, true));
        }
        self.block_end("the next key of this map, or a line that is indented less")
    }

    fn block_end(&mut self, expected: &str) -> Step<'t> {
        let next = self.scanner.peek()?;
        if !matches!(next.kind, TokenKind::BlockEnd) {
            return Err(unexpected(next, expected));
        }
        self.finish()
    }

    /// The value of a key, in a block or in braces.
    fn value(&mut self, next: State, ends: &dyn Fn(&TokenKind<'t>) -> bool) -> Step<'t> {
        if !self.is_next(|kind| matches!(kind, TokenKind::Value))? {
            let at = self.scanner.peek()?.span.start;
            return Ok(Some(self.empty(at, next)));
        }
        let at = self.scanner.take()?.span.end;
        let is_block = matches!(next, State::Key);
        self.node_or_empty(at, next, ends, (is_block, is_block))
    }

    fn flow_list_entry(&mut self, is_first: bool) -> Step<'t> {
        let is_end = |kind: &TokenKind<'t>| matches!(kind, TokenKind::FlowListEnd);
        if self.is_next(is_end)? || !is_first && self.comma("`,` or `]`")? && self.is_next(is_end)? {
            return self.finish();
        }
        if self.is_next(|kind| matches!(kind, TokenKind::Key))? {
            let span = self.scanner.peek()?.span.clone();
            self.state = State::PairKey;
            return Ok(Some(Event { kind: EventKind::Map(Properties::default()), span }));
        }
        self.after.push(State::FlowListEntry { is_first: false });
        self.node(false, false)
    }

    /// Takes a comma.
    ///
    /// # Errors
    /// There is none.
    fn comma(&mut self, expected: &str) -> Result<bool, YamlError> {
        let token = self.scanner.take()?;
        if matches!(token.kind, TokenKind::Comma) { Ok(true) } else { Err(unexpected(&token, expected)) }
    }

    fn pair_key(&mut self) -> Step<'t> {
        let at = self.scanner.take()?.span.end;
        let ends = |kind: &TokenKind<'t>| matches!(kind, TokenKind::Value | TokenKind::Comma | TokenKind::FlowListEnd);
        self.node_or_empty(at, State::PairValue, &ends, (false, false))
    }

    fn flow_key(&mut self, is_first: bool) -> Step<'t> {
        let is_end = |kind: &TokenKind<'t>| matches!(kind, TokenKind::FlowMapEnd);
        if self.is_next(is_end)? || !is_first && self.comma("`,` or `}`")? && self.is_next(is_end)? {
            return self.finish();
        }
        if self.is_next(|kind| matches!(kind, TokenKind::Key))? {
            let at = self.scanner.take()?.span.end;
            let ends =
                |kind: &TokenKind<'t>| matches!(kind, TokenKind::Value | TokenKind::Comma | TokenKind::FlowMapEnd);
            return self.node_or_empty(at, State::FlowValue, &ends, (false, false));
        }
        self.after.push(State::FlowEmptyValue);
        self.node(false, false)
    }
}

/// The prefix of YAML's own tags.
pub(super) const CORE: &str = "tag:yaml.org,2002:";

fn unexpected(token: &Token<'_>, expected: &str) -> YamlError {
    YamlError::new(token.span.start, format!("expected {expected}, not {}", token.kind.name()))
}
