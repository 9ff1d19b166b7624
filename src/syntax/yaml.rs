//! YAML as a tree of nodes, with the short tags of `CloudFormation` as the functions that they abbreviate. Aliases and
//! merges are expanded, since the AWS CLI does so before it sends a template.

mod cursor;
mod events;
mod scalars;
mod scanner;
mod token;
mod words;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::node::{
    DuplicateReading, DuplicateRule, MAX_NODES, MapEntry, Node, NodeKind, UNKNOWN_FUNCTION, plain_key, plain_scalar,
    without_duplicates,
};
use crate::base::encoding::text_without_bom;
use crate::base::limits::DOCUMENT_NESTING;
use crate::base::{Diagnostic, SourceFile, Span, quote};
use events::{CORE, Event, EventKind, Parser, Properties};
use token::ScalarStyle;

/// Parses a YAML file of one document. Keys are as they are written.
///
/// # Errors
/// The first mistake and its place.
pub fn parse(file: &Arc<SourceFile>) -> Result<Node, Diagnostic> {
    build(YamlTreeBuilder::new(file, &|_| DuplicateReading::Refused, str::to_owned))
}

/// Parses a YAML file of one document, with a rule for duplicate keys. Keys are what YAML 1.1 makes of them.
///
/// # Errors
/// The first mistake and its place.
pub fn parse_with(file: &Arc<SourceFile>, rule: DuplicateRule<'_>) -> Result<Node, Diagnostic> {
    build(YamlTreeBuilder::new(file, rule, plain_key))
}

fn build(mut builder: YamlTreeBuilder<'_>) -> Result<Node, Diagnostic> {
    let file = builder.file;
    let text = text_without_bom(&file.text);
    let skipped = file.text.len() - text.len();
    let mut parser = Parser::new(text);
    loop {
        let event = parser.next().map_err(|error| {
            let at = skipped + error.at;
            let is_limit = error.message.starts_with("nested more than");
            let message = if is_limit { error.message } else { format!("not YAML: {}", error.message) };
            Diagnostic::error(file, at..at, message)
        })?;
        let Some(Event { kind, span }) = event else { break };
        builder.event(kind, span.start + skipped..span.end + skipped)?;
    }
    builder.root.ok_or_else(|| Diagnostic::error(file, 0..0, "the file has no YAML document"))
}

/// Returns whether a text is YAML, of any number of documents.
#[must_use]
pub fn is_yaml(text: &str) -> bool {
    let mut parser = Parser::new(text_without_bom(text));
    loop {
        match parser.next() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// Returns whether a text has a scalar that is wanted. `is_wanted` gets the keys that lead to the scalar, and the scalar.
/// The text may be broken after that.
#[must_use]
pub fn has_value(text: &str, is_wanted: &dyn Fn(&[String], &str) -> bool) -> bool {
    let mut parser = Parser::new(text_without_bom(text));
    // The keys of the open collections; a list has an empty one. A map takes its next scalar as a key or as a value.
    let (mut path, mut takes_key) = (Vec::<String>::new(), Vec::<Option<bool>>::new());
    while let Ok(Some(Event { kind, .. })) = parser.next() {
        let is_key = takes_key.last() == Some(&Some(true));
        match kind {
            EventKind::Scalar { text, .. } if is_key => {
                path.pop();
                path.push(text.into_owned());
            }
            EventKind::Scalar { text, .. } if is_wanted(&path, &text) => return true,
            EventKind::List(_) | EventKind::Map(_) => {
                takes_key.push(matches!(kind, EventKind::Map(_)).then_some(true));
                path.push(String::new());
                continue;
            }
            EventKind::End => {
                takes_key.pop();
                path.pop();
            }
            _ => {}
        }
        if let Some(Some(takes_key)) = takes_key.last_mut() {
            *takes_key = !*takes_key;
        }
    }
    false
}

/// A collection whose end was not read yet.
struct OpenCollection<'t> {
    start: usize,
    properties: Properties<'t>,
    content: CollectionContent,
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

struct YamlTreeBuilder<'t> {
    file: &'t Arc<SourceFile>,
    open: Vec<OpenCollection<'t>>,
    /// The value of each anchor; `None` until it is complete.
    anchors: HashMap<&'t str, Option<Node>>,
    nodes: usize,
    root: Option<Node>,
    rule: DuplicateRule<'t>,
    /// The text of a key without quotes.
    plain_key: fn(&str) -> String,
}

impl<'t> YamlTreeBuilder<'t> {
    fn new(file: &'t Arc<SourceFile>, rule: DuplicateRule<'t>, plain_key: fn(&str) -> String) -> Self {
        Self { file, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None, rule, plain_key }
    }

    fn error<T>(&self, span: Span, message: impl Into<String>) -> Result<T, Diagnostic> {
        Err(Diagnostic::error(self.file, span, message))
    }

    fn event(&mut self, event: EventKind<'t>, span: Span) -> Result<(), Diagnostic> {
        if let EventKind::Scalar { properties, .. } | EventKind::List(properties) | EventKind::Map(properties) = &event
            && let Some(name) = properties.anchor
            && self.anchors.contains_key(name)
        {
            return self.error(span, format!("not YAML: an anchor before this one is named {} too", quote(name)));
        }
        match event {
            EventKind::Document if self.root.is_some() => {
                let problem = Diagnostic::error(self.file, span, "a second YAML document begins here");
                Err(problem.help("a template is one document; put each document in its own file"))
            }
            EventKind::Document => Ok(()),
            EventKind::Scalar { text, style, properties } => {
                let on_one_line = style != ScalarStyle::Block && !self.file.text[span.clone()].contains(['\n', '\r']);
                let is_literal = on_one_line && properties.is_empty();
                let function = properties.function();
                if self.takes_key() && function.is_none() {
                    // A tagged `<<` is a plain key.
                    let style = if properties.tag.is_some() { ScalarStyle::Quoted } else { style };
                    self.key(&text, style, properties.anchor, span, is_literal);
                    return Ok(());
                }
                let kind = scalar(&text, style, properties.tag.as_deref());
                self.close(Node { kind, span, is_literal }, &properties)
            }
            EventKind::List(properties) => self.open(span, properties, CollectionContent::List(Vec::new())),
            EventKind::Map(properties) => {
                let content = CollectionContent::Map { entries: Vec::new(), key: None, merged: Vec::new() };
                self.open(span, properties, content)
            }
            EventKind::End => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let kind = match open.content {
                    CollectionContent::List(mut items) => {
                        items.shrink_to_fit();
                        NodeKind::List(items)
                    }
                    CollectionContent::Map { entries, merged, .. } => {
                        let entries = without_duplicates(self.file, entries, || self.path(), self.rule)?;
                        let mut entries = merge(self.file, entries, &merged)?;
                        entries.shrink_to_fit();
                        NodeKind::Map(entries)
                    }
                };
                let span = open.start..span.end.max(open.start);
                self.close(Node { kind, span, is_literal: open.properties.is_empty() }, &open.properties)
            }
            EventKind::Alias(name) => self.alias(name, span),
        }
    }

    fn alias(&mut self, name: &str, span: Span) -> Result<(), Diagnostic> {
        let node = match self.anchors.get(name) {
            Some(Some(node)) => Node { is_literal: false, ..node.clone() },
            Some(None) => return self.error(span, "the alias refers to a value that contains it"),
            None => return self.error(span, format!("not YAML: no anchor before this alias is named {}", quote(name))),
        };
        self.nodes += weight(&node);
        if self.open.len() + depth(&node) > DOCUMENT_NESTING {
            return self.error(span, format!("nested more than {DOCUMENT_NESTING} deep with the value of this alias"));
        }
        self.put(node, span)
    }

    /// The keys of the open maps.
    fn path(&self) -> Vec<String> {
        let key = |open: &OpenCollection<'_>| match &open.content {
            CollectionContent::Map { key: Some(MapKey::Named { key, .. }), .. } => Some(key.clone()),
            _ => None,
        };
        self.open.iter().filter_map(key).collect()
    }

    fn takes_key(&self) -> bool {
        matches!(self.open.last(), Some(OpenCollection { content: CollectionContent::Map { key: None, .. }, .. }))
    }

    fn key(&mut self, text: &str, style: ScalarStyle, anchor: Option<&'t str>, span: Span, is_literal: bool) {
        if let Some(name) = anchor {
            let kind = scalar(text, style, None);
            self.anchors.insert(name, Some(Node { kind, span: span.clone(), is_literal: false }));
        }
        if let Some(OpenCollection { content: CollectionContent::Map { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(match (style, text) {
                (ScalarStyle::Plain, "<<") => MapKey::Merge,
                (ScalarStyle::Plain, _) => MapKey::Named { key: (self.plain_key)(text), span, is_literal },
                _ => MapKey::Named { key: text.to_owned(), span, is_literal },
            });
        }
    }

    fn open(&mut self, span: Span, properties: Properties<'t>, content: CollectionContent) -> Result<(), Diagnostic> {
        if self.open.len() >= DOCUMENT_NESTING {
            return self.error(span, format!("nested more than {DOCUMENT_NESTING} deep"));
        }
        if let Some(name) = properties.anchor {
            self.anchors.insert(name, None);
        }
        self.open.push(OpenCollection { start: span.start, properties, content });
        Ok(())
    }

    /// Adds a complete value: its tag may make it the argument of a function, its anchor names it.
    fn close(&mut self, node: Node, properties: &Properties<'t>) -> Result<(), Diagnostic> {
        self.nodes += 1;
        let span = node.span.clone();
        let node = match properties.function() {
            None => node,
            Some(key) => {
                let entry = MapEntry { key, key_span: span.start..span.start, is_literal: false, value: node };
                Node { kind: NodeKind::Map(vec![entry]), span: span.clone(), is_literal: false }
            }
        };
        if let Some(name) = properties.anchor {
            self.nodes += weight(&node);
            self.anchors.insert(name, Some(node.clone()));
        }
        self.put(node, span)
    }

    fn put(&mut self, node: Node, span: Span) -> Result<(), Diagnostic> {
        if self.nodes > MAX_NODES {
            return self.error(span, format!("more than {MAX_NODES} values, with those of aliases"));
        }
        let file = self.file;
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(CollectionContent::List(items)) => items.push(node),
            Some(CollectionContent::Map { entries, key, merged }) => match key.take() {
                Some(MapKey::Merge) => merged.push(node),
                Some(MapKey::Named { key, span, is_literal }) => {
                    entries.push(MapEntry { key, key_span: span, is_literal, value: node });
                }
                None => *key = Some(key_of_node(file, &node, span)),
            },
        }
        Ok(())
    }
}

impl Properties<'_> {
    /// Returns whether the node has neither anchor nor tag.
    fn is_empty(&self) -> bool {
        self.anchor.is_none() && self.tag.is_none()
    }

    /// The function that a short tag abbreviates; `None` for one of YAML's own tags.
    fn function(&self) -> Option<String> {
        let tag = self.tag.as_deref().filter(|tag| !tag.starts_with(CORE))?;
        match tag.trim_start_matches('!') {
            "" => None,
            name @ ("Ref" | "Condition") => Some(name.to_owned()),
            name => Some(format!("Fn::{name}")),
        }
    }
}

/// The key that a node makes which is no scalar: an alias of a string is that string. Another is no key of a template;
/// its entry stands as a function that nobody knows, so that only the map around it is uncertain.
fn key_of_node(file: &SourceFile, node: &Node, span: Span) -> MapKey {
    let key = match &node.kind {
        NodeKind::Text(text) | NodeKind::Number(text) | NodeKind::AmbiguousNumber(text) => text.clone(),
        _ => format!("{UNKNOWN_FUNCTION}{}", file.text[node.span.clone()].trim_end()),
    };
    MapKey::Named { key, span, is_literal: false }
}

/// The value of a scalar: a text where it is quoted, a block or tagged.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&str>) -> NodeKind {
    match tag.map(|tag| tag.strip_prefix(CORE)) {
        Some(Some("int" | "float" | "bool" | "null")) => plain_scalar(text),
        None if style == ScalarStyle::Plain => plain_scalar(text),
        _ => NodeKind::Text(text.to_owned()),
    }
}

/// A map with the keys of the maps that it merges. Its own keys win, then those of the first map in the list of a `<<`, as in
/// `PyYAML`. Two `<<` of a map may not give one key two values: the last counts in `PyYAML` 6.0.3, the first in 6.0.4.
fn merge(file: &Arc<SourceFile>, mut entries: Vec<MapEntry>, merged: &[Node]) -> Result<Vec<MapEntry>, Diagnostic> {
    let own: HashSet<String> = match merged {
        [] => return Ok(entries),
        _ => entries.iter().map(|entry| entry.key.clone()).collect(),
    };
    // The span of each merged value, and the number of its `<<`.
    let mut seen: HashMap<String, (Span, usize)> = HashMap::new();
    for (at, node) in merged.iter().enumerate() {
        let maps = if matches!(node.kind, NodeKind::List(_)) { node.items() } else { std::slice::from_ref(node) };
        for map in maps {
            for entry in merged_entries(map).ok_or_else(|| not_mergeable(file, map))? {
                match seen.get(&entry.key) {
                    _ if own.contains(&entry.key) => {}
                    Some((span, other)) if *other != at && *span != entry.value.span => {
                        return Err(merged_twice(file, node, &entry.key));
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(entry.key.clone(), (entry.value.span.clone(), at));
                        entries.push(MapEntry { is_literal: false, ..entry.clone() });
                    }
                }
            }
        }
    }
    Ok(entries)
}

fn merged_twice(file: &Arc<SourceFile>, node: &Node, key: &str) -> Diagnostic {
    let message = format!("duplicate key {}: two `<<` give it different values", quote(key));
    Diagnostic::error(file, node.span.clone(), message)
        .help("write one `<<` with a list of maps, of which the first counts: `<<: [*a, *b]`")
}

/// The entries that a map merges from a value: those of a map, with or without a tag.
fn merged_entries(node: &Node) -> Option<&[MapEntry]> {
    match &node.kind {
        NodeKind::Map(entries) => match entries.as_slice() {
            // The function that a short tag names.
            [MapEntry { key_span, value, .. }] if key_span.is_empty() => merged_entries(value),
            entries => Some(entries),
        },
        _ => None,
    }
}

fn not_mergeable(file: &Arc<SourceFile>, node: &Node) -> Diagnostic {
    Diagnostic::error(file, node.span.clone(), "not YAML: `<<` takes a map, or a list of maps")
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
