//! A YAML tree with the position of every node. JSON is parsed as YAML.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// The maximum number of nodes of a file.
const MAX_NODES: usize = 1 << 20;

/// A node of a template.
pub(super) struct Node {
    pub(super) at: Range<usize>,
    pub(super) shape: Shape,
    /// `true` if the node is a collection in flow style (brackets or braces).
    pub(super) flow: bool,
}

/// The content of a node.
pub(super) enum Shape {
    /// A scalar on one line.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map.
    Map(Vec<(Node, Node)>),
    /// An alias, a function in short form, or a text over several lines. These are not edited.
    Other,
}

impl Node {
    /// Returns the value of a key that occurs once.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let Shape::Map(pairs) = &self.shape else { return None };
        // Parsers disagree on which of two equal keys wins, so neither is edited.
        let mut found = pairs.iter().filter(|(name, _)| name.text() == Some(key));
        found.next().filter(|_| found.next().is_none()).map(|(_, value)| value)
    }

    /// Returns the text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Text(text) => Some(text),
            _ => None,
        }
    }
}

struct OpenNode {
    start: usize,
    map: bool,
    other: bool,
    nodes: Vec<Node>,
}

/// Parses a text with one document.
///
/// # Errors
/// The problem as text.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    if text.starts_with('\u{feff}') {
        return Err("it begins with a byte order mark".to_owned());
    }
    let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let byte = |character: usize| bytes.get(character).copied().unwrap_or(text.len());
    let place = |span: &Span| byte(span.start.index())..byte(span.end.index());
    let (mut open, mut root, mut nodes): (Vec<OpenNode>, Option<Node>, usize) = (Vec::new(), None, 0);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| error.info().to_owned())?;
        let at = place(&span);
        nodes += 1;
        if nodes > MAX_NODES {
            return Err("it is too large".to_owned());
        }
        let node = match event {
            Event::Scalar(content, style, anchor, tag) => {
                // saphyr includes white space after a quoted scalar in its span.
                let at = at.start..at.start + text[at.clone()].trim_end().len();
                let literal = anchor == 0
                    && tag.is_none()
                    && !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
                    && !text[at.clone()].contains('\n');
                let shape = if literal { Shape::Text(content.into_owned()) } else { Shape::Other };
                Node { at, shape, flow: false }
            }
            Event::Alias(_) => Node { at, shape: Shape::Other, flow: false },
            Event::SequenceStart(anchor, tag) => {
                open.push(OpenNode {
                    start: at.start,
                    map: false,
                    other: anchor > 0 || tag.is_some(),
                    nodes: Vec::new(),
                });
                continue;
            }
            Event::MappingStart(anchor, tag) => {
                open.push(OpenNode {
                    start: at.start,
                    map: true,
                    other: anchor > 0 || tag.is_some(),
                    nodes: Vec::new(),
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(done) => done.close(text, at.end),
                None => continue,
            },
            Event::DocumentStart(_) if root.is_some() => return Err("it has a second document".to_owned()),
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.nodes.push(node),
            None => root = Some(node),
        }
    }
    root.ok_or_else(|| "it is empty".to_owned())
}

impl OpenNode {
    fn close(self, text: &str, end: usize) -> Node {
        let flow = text[self.start..].starts_with(['[', '{']);
        let at = self.start..end.max(self.start);
        let shape = match (self.other, self.map) {
            (true, _) => Shape::Other,
            (false, false) => Shape::List(self.nodes),
            (false, true) => {
                let mut nodes = self.nodes.into_iter();
                let mut pairs = Vec::new();
                while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
                    pairs.push((key, value));
                }
                Shape::Map(pairs)
            }
        };
        Node { at, shape, flow }
    }
}
