//! YAML as a tree of nodes, with the short tags of `CloudFormation` as the functions that they abbreviate. Aliases and
//! merges are expanded, since the AWS CLI does so before it sends a template.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::node::{MAX_NODES, MapEntry, Node, NodeKind, plain_scalar, refuse_duplicates};
use crate::base::encoding::text_without_bom;
use crate::base::limits::DOCUMENT_NESTING;
use crate::base::{Diagnostic, SourceFile, Span};

/// Parses a YAML file of one document.
///
/// # Errors
/// The first mistake and its place.
pub fn parse(file: &Arc<SourceFile>) -> Result<Node, Diagnostic> {
    let offsets = Offsets::of(&file.text);
    let mut builder = YamlTreeBuilder { file, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    let mut parser = Parser::new_from_str(offsets.text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = offsets.byte(error.marker().index());
            let message = match error.info() {
                "recursion limit exceeded" => format!("nested more than {DOCUMENT_NESTING} deep"),
                other => format!("not YAML: {other}"),
            };
            Diagnostic::error(file, at..at, message)
        })?;
        let span = offsets.byte(span.start.index())..offsets.byte(span.end.index());
        builder.event(event, span)?;
    }
    builder.root.ok_or_else(|| Diagnostic::error(file, 0..0, "the file has no YAML document"))
}

/// Returns whether a text is YAML, of any number of documents.
#[must_use]
pub fn is_yaml(text: &str) -> bool {
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        if event.is_err() {
            return false;
        }
    }
    true
}

/// The byte offset of each character: the parser counts characters, spans count bytes.
struct Offsets<'t> {
    text: &'t str,
    /// The length of the byte order mark before the text.
    skipped: usize,
    /// `None` for ASCII, where byte and character have the same offset.
    bytes: Option<Vec<usize>>,
}

impl<'t> Offsets<'t> {
    fn of(whole: &'t str) -> Self {
        let text = text_without_bom(whole);
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self { text, skipped: whole.len() - text.len(), bytes }
    }

    fn byte(&self, character: usize) -> usize {
        let at = match &self.bytes {
            None => character.min(self.text.len()),
            Some(bytes) => bytes.get(character).copied().unwrap_or(self.text.len()),
        };
        self.skipped + at
    }
}

/// A collection whose end was not read yet.
struct OpenCollection {
    start: usize,
    properties: NodeProperties,
    content: CollectionContent,
}

/// The tag and anchor of a node.
struct NodeProperties {
    /// The function that the tag names.
    function: Option<String>,
    /// The number of the anchor; 0 for none.
    anchor: usize,
    is_tagged: bool,
}

impl NodeProperties {
    fn new(tag: Option<&Tag>, anchor: usize) -> Self {
        Self { function: function_of(tag), anchor, is_tagged: tag.is_some() }
    }

    /// Returns whether the node has neither.
    fn is_empty(&self) -> bool {
        self.anchor == 0 && !self.is_tagged
    }
}

/// The part of a collection that was read.
enum CollectionContent {
    List(Vec<Node>),
    Map {
        entries: Vec<MapEntry>,
        key: Option<MapKey>,
        /// The maps that `<<` names. Their keys come after the map's own.
        merged: Vec<Node>,
    },
}

/// A key whose value was not read yet.
enum MapKey {
    Named { key: String, span: Span, is_literal: bool },
    Merge,
}

struct YamlTreeBuilder<'f> {
    file: &'f Arc<SourceFile>,
    open: Vec<OpenCollection>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl YamlTreeBuilder<'_> {
    fn error<T>(&self, span: Span, message: impl Into<String>) -> Result<T, Diagnostic> {
        Err(Diagnostic::error(self.file, span, message))
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let problem = Diagnostic::error(self.file, span, "a second YAML document begins here");
                Err(problem.help("a template is one document; put each document in its own file"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let (span, on_one_line) = self.scalar_span(style, span);
                if self.takes_key() && tag.as_deref().is_none_or(is_string_tag) {
                    self.key(&text, style, anchor, span, on_one_line && anchor == 0);
                    return Ok(());
                }
                let properties = NodeProperties::new(tag.as_deref(), anchor);
                let kind = scalar(&text, style, tag.as_deref());
                self.close(Node { kind, span, is_literal: on_one_line && properties.is_empty() }, properties)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(span, NodeProperties::new(tag.as_deref(), anchor), CollectionContent::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let content = CollectionContent::Map { entries: Vec::new(), key: None, merged: Vec::new() };
                self.open(span, NodeProperties::new(tag.as_deref(), anchor), content)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let kind = match open.content {
                    CollectionContent::List(items) => NodeKind::List(items),
                    CollectionContent::Map { entries, merged, .. } => {
                        refuse_duplicates(self.file, &entries)?;
                        NodeKind::Map(merge(entries, merged))
                    }
                };
                let span = open.start..span.end.max(open.start);
                self.close(Node { kind, span, is_literal: open.properties.is_empty() }, open.properties)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return self.error(span, "the alias refers to a value that contains it");
                };
                let node = Node { is_literal: false, ..node };
                self.nodes += weight(&node);
                if self.open.len() + depth(&node) > DOCUMENT_NESTING {
                    return self
                        .error(span, format!("nested more than {DOCUMENT_NESTING} deep with the value of this alias"));
                }
                self.put(node, span)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    /// The span of a scalar, and whether it stands on one line. The parser's span of a quoted text includes the white
    /// space after it.
    fn scalar_span(&self, style: ScalarStyle, span: Span) -> (Span, bool) {
        if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return (span, false);
        }
        let written = self.file.text.get(span.clone()).unwrap_or("").trim_end();
        (span.start..span.start + written.len(), !written.contains('\n'))
    }

    fn takes_key(&self) -> bool {
        matches!(self.open.last(), Some(OpenCollection { content: CollectionContent::Map { key: None, .. }, .. }))
    }

    fn key(&mut self, text: &str, style: ScalarStyle, anchor: usize, span: Span, is_literal: bool) {
        if anchor > 0 {
            let kind = scalar(text, style, None);
            self.anchors.insert(anchor, Node { kind, span: span.clone(), is_literal: false });
        }
        if let Some(OpenCollection { content: CollectionContent::Map { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(match (style, text) {
                (ScalarStyle::Plain, "<<") => MapKey::Merge,
                _ => MapKey::Named { key: text.to_owned(), span, is_literal },
            });
        }
    }

    fn open(&mut self, span: Span, properties: NodeProperties, content: CollectionContent) -> Result<(), Diagnostic> {
        if self.takes_key() {
            return self.error(span, "a key must be a string");
        }
        if self.open.len() >= DOCUMENT_NESTING {
            return self.error(span, format!("nested more than {DOCUMENT_NESTING} deep"));
        }
        self.open.push(OpenCollection { start: span.start, properties, content });
        Ok(())
    }

    /// Adds a complete value: its tag may make it the argument of a function, its anchor names it.
    fn close(&mut self, node: Node, properties: NodeProperties) -> Result<(), Diagnostic> {
        self.nodes += 1;
        let span = node.span.clone();
        let node = match properties.function {
            None => node,
            Some(key) => {
                let entry = MapEntry { key, key_span: span.start..span.start, is_literal: false, value: node };
                Node { kind: NodeKind::Map(vec![entry]), span: span.clone(), is_literal: false }
            }
        };
        if properties.anchor > 0 {
            self.nodes += weight(&node);
            self.anchors.insert(properties.anchor, node.clone());
        }
        self.put(node, span)
    }

    fn put(&mut self, node: Node, span: Span) -> Result<(), Diagnostic> {
        if self.nodes > MAX_NODES {
            return self.error(span, format!("more than {MAX_NODES} values, with those of aliases"));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(CollectionContent::List(items)) => items.push(node),
            Some(CollectionContent::Map { entries, key, merged }) => match key.take() {
                Some(MapKey::Merge) => merged.push(node),
                Some(MapKey::Named { key, span, is_literal }) => {
                    entries.push(MapEntry { key, key_span: span, is_literal, value: node });
                }
                None => return self.error(span, "a key must be a string"),
            },
        }
        Ok(())
    }
}

/// The value of a scalar: a text where it is quoted, a block or tagged.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> NodeKind {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix != "str" => plain_scalar(text),
        None if style == ScalarStyle::Plain => plain_scalar(text),
        _ => NodeKind::Text(text.to_owned()),
    }
}

/// Returns whether a tag is `!!str`, which a key may have as any other string.
fn is_string_tag(tag: &Tag) -> bool {
    tag.is_yaml_core_schema() && tag.suffix == "str"
}

/// The function that a short tag abbreviates; `None` for a tag of YAML's core schema.
fn function_of(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| !tag.is_yaml_core_schema())?;
    let name = if tag.handle == "!" { tag.suffix.clone() } else { format!("{}{}", tag.handle, tag.suffix) };
    match name.trim_start_matches('!') {
        "" => None,
        "Ref" | "Condition" => Some(name),
        name => Some(format!("Fn::{name}")),
    }
}

/// A map with the keys of the maps that it merges. Its own keys win, then those of the earliest map.
fn merge(mut entries: Vec<MapEntry>, merged: Vec<Node>) -> Vec<MapEntry> {
    let mut seen: HashSet<String> = match merged.as_slice() {
        [] => return entries,
        _ => entries.iter().map(|entry| entry.key.clone()).collect(),
    };
    for node in merged {
        let maps = if matches!(node.kind, NodeKind::List(_)) { node.items() } else { std::slice::from_ref(&node) };
        for entry in maps.iter().flat_map(Node::entries) {
            if seen.insert(entry.key.clone()) {
                entries.push(MapEntry { is_literal: false, ..entry.clone() });
            }
        }
    }
    entries
}

/// The number of values that a copy of a node counts for; long texts count by their length.
fn weight(node: &Node) -> usize {
    let items: usize = node.items().iter().map(weight).sum();
    let entries: usize = node.entries().iter().map(|entry| weight(&entry.value)).sum();
    1 + items + entries + node.text().map_or(0, str::len) / 16
}

fn depth(node: &Node) -> usize {
    let items = node.items().iter().map(depth).max();
    let entries = node.entries().iter().map(|entry| depth(&entry.value)).max();
    1 + items.or(entries).unwrap_or(0)
}

#[cfg(test)]
mod tests;
