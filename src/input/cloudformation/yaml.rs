//! YAML into a tree of nodes. Aliases and merges are expanded, since the AWS CLI does so before it sends a template.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::node::{DEPTH, Entry, Kind, NODES, Node, no_twins, plain};
use crate::base::{Diagnostic, SourceFile, Span};

/// Reads the one document of a file.
///
/// # Errors
/// What is wrong with it, and where.
pub(super) fn parse(file: &Arc<SourceFile>) -> Result<Node, Diagnostic> {
    let offsets = Offsets::of(&file.text);
    let mut builder = Builder { file, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    let mut parser = Parser::new_from_str(offsets.text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = offsets.byte(error.marker().index());
            let message = match error.info() {
                "recursion limit exceeded" => format!("nested more than {DEPTH} deep"),
                other => format!("not YAML: {other}"),
            };
            Diagnostic::error(file, at..at, message)
        })?;
        let span = offsets.byte(span.start.index())..offsets.byte(span.end.index());
        builder.event(event, span)?;
    }
    builder.root.ok_or_else(|| Diagnostic::error(file, 0..0, "there is no YAML document in this file"))
}

/// Whether a text is YAML, of however many documents.
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

/// The parser counts characters; spans count bytes.
struct Offsets<'t> {
    text: &'t str,
    /// How many bytes stand before the text: a byte order mark.
    skipped: usize,
    /// The byte of each character, where that is not its number.
    bytes: Option<Vec<usize>>,
}

impl<'t> Offsets<'t> {
    fn of(whole: &'t str) -> Self {
        let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
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

/// A collection that is not closed yet.
struct Open {
    start: usize,
    /// The function that its tag names.
    call: Option<String>,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<(String, Span)>,
        /// Maps that `<<` names: their keys come after the map's own.
        merged: Vec<Node>,
    },
}

struct Builder<'f> {
    file: &'f Arc<SourceFile>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    fn error<T>(&self, span: Span, message: impl Into<String>) -> Result<T, Diagnostic> {
        Err(Diagnostic::error(self.file, span, message))
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let problem = Diagnostic::error(self.file, span, "a second YAML document begins here");
                Err(problem.help("a template is one document; put each into a file of its own"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                if self.takes_key() && tag.is_none() {
                    self.key(&text, style, anchor, span);
                    return Ok(());
                }
                let kind = scalar(&text, style, tag.as_deref());
                self.close(Node { kind, span }, call(tag.as_deref()), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(span, call(tag.as_deref()), anchor, Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let content = Content::Map { entries: Vec::new(), key: None, merged: Vec::new() };
                self.open(span, call(tag.as_deref()), anchor, content)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let kind = match open.content {
                    Content::List(items) => Kind::List(items),
                    Content::Map { entries, merged, .. } => {
                        no_twins(self.file, &entries)?;
                        Kind::Map(merge(entries, merged))
                    }
                };
                self.close(Node { kind, span: open.start..span.end.max(open.start) }, open.call, open.anchor)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return self.error(span, "this alias stands inside of what it names");
                };
                self.nodes += weight(&node);
                if self.open.len() + depth(&node) > DEPTH {
                    return self.error(span, format!("nested more than {DEPTH} deep with what this alias names"));
                }
                self.put(node, span)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn takes_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: None, .. }, .. }))
    }

    fn key(&mut self, text: &str, style: ScalarStyle, anchor: usize, span: Span) {
        if anchor > 0 {
            let kind = scalar(text, style, None);
            self.anchors.insert(anchor, Node { kind, span: span.clone() });
        }
        let merges = style == ScalarStyle::Plain && text == "<<";
        if let Some(Open { content: Content::Map { key, .. }, .. }) = self.open.last_mut() {
            *key = Some((if merges { MERGE } else { text }.to_owned(), span));
        }
    }

    fn open(&mut self, span: Span, call: Option<String>, anchor: usize, content: Content) -> Result<(), Diagnostic> {
        if self.takes_key() {
            return self.error(span, "a key must be a text");
        }
        if self.open.len() >= DEPTH {
            return self.error(span, format!("nested more than {DEPTH} deep"));
        }
        self.open.push(Open { start: span.start, call, anchor, content });
        Ok(())
    }

    /// A value is complete: its tag is a function that takes it, its anchor names it.
    fn close(&mut self, node: Node, call: Option<String>, anchor: usize) -> Result<(), Diagnostic> {
        self.nodes += 1;
        let span = node.span.clone();
        let node = match call {
            None => node,
            Some(key) => {
                let entry = Entry { key, key_span: span.start..span.start, value: node };
                Node { kind: Kind::Map(vec![entry]), span: span.clone() }
            }
        };
        if anchor > 0 {
            self.nodes += weight(&node);
            self.anchors.insert(anchor, node.clone());
        }
        self.put(node, span)
    }

    fn put(&mut self, node: Node, span: Span) -> Result<(), Diagnostic> {
        if self.nodes > NODES {
            return self.error(span, format!("more than {NODES} values, with what the aliases name"));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, key, merged }) => match key.take() {
                Some((key, _)) if key == MERGE => merged.push(node),
                Some((key, key_span)) => entries.push(Entry { key, key_span, value: node }),
                None => return self.error(span, "a key must be a text"),
            },
        }
        Ok(())
    }
}

/// The key of a merge among others; no text of a file has a NUL.
const MERGE: &str = "\0<<";

/// What a scalar is: a text where it is quoted, a block, or has a tag; else what its letters say.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Kind {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix != "str" => plain(text),
        None if style == ScalarStyle::Plain => plain(text),
        _ => Kind::Text(text.to_owned()),
    }
}

/// The function that a short tag stands for; tags of YAML itself are none.
fn call(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| !tag.is_yaml_core_schema())?;
    let name = if tag.handle == "!" { tag.suffix.clone() } else { format!("{}{}", tag.handle, tag.suffix) };
    match name.trim_start_matches('!') {
        "" => None,
        "Ref" | "Condition" => Some(name),
        name => Some(format!("Fn::{name}")),
    }
}

/// A map with the keys of the maps that it merges: its own come first, then those of the first map that has them.
fn merge(mut entries: Vec<Entry>, merged: Vec<Node>) -> Vec<Entry> {
    let mut seen: HashSet<String> = match merged.as_slice() {
        [] => return entries,
        _ => entries.iter().map(|entry| entry.key.clone()).collect(),
    };
    for node in merged {
        let maps = if matches!(node.kind, Kind::List(_)) { node.items() } else { std::slice::from_ref(&node) };
        for entry in maps.iter().flat_map(Node::entries) {
            if seen.insert(entry.key.clone()) {
                entries.push(entry.clone());
            }
        }
    }
    entries
}

/// What a copy of a node counts for: its values, and long texts by their length.
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
mod tests {
    use super::super::testing::{file, yaml};
    use super::*;

    /// The texts that the nodes of a tree point at, in order: keys with a colon, tags as they stand for.
    fn places(text: &str) -> Vec<String> {
        fn walk(node: &Node, text: &str, out: &mut Vec<String>) {
            match &node.kind {
                Kind::List(items) => items.iter().for_each(|item| walk(item, text, out)),
                Kind::Map(entries) => {
                    for entry in entries {
                        out.push(format!("{}:{}", &text[entry.key_span.clone()], entry.key));
                        walk(&entry.value, text, out);
                    }
                }
                _ => out.push(text[node.span.clone()].to_owned()),
            }
        }
        let mut out = Vec::new();
        walk(&yaml(text), text, &mut out);
        out
    }

    #[test]
    fn every_node_knows_its_bytes() {
        let want = ["ä:ä", "ü x", "b:b", ":Ref", "!Ref P", "c:c", "'ö'", "\"d\":d", "12"];
        for text in [
            "ä: ü x # ✓\nb: !Ref P\nc: ['ö']\n\"d\": 12\n",
            "\u{feff}ä: ü x # ✓\r\nb: !Ref P\r\nc:\r\n- 'ö'\r\n\"d\": 12",
            "{ä: ü x, b: !Ref P, c: ['ö'], \"d\": 12}",
        ] {
            assert_eq!(places(text), want, "{text}");
        }
    }

    #[test]
    fn short_tags_are_the_functions_that_they_stand_for() {
        for (short, long) in [
            ("!Ref P", "{Ref: P}"),
            ("!Sub '${P}'", "{Fn::Sub: '${P}'}"),
            ("!If [C, !Ref A, b]", "{Fn::If: [C, {Ref: A}, b]}"),
            ("!GetAtt A.B", "{Fn::GetAtt: A.B}"),
            ("!Condition C", "{Condition: C}"),
            ("!FindInMap\n - M\n - !Ref A\n - b\n", "{Fn::FindInMap: [M, {Ref: A}, b]}"),
            ("!Transform {Name: X}", "{Fn::Transform: {Name: X}}"),
            ("!!str 12", "'12'"),
            ("! 12", "'12'"),
            ("!!int 12", "12"),
        ] {
            assert_eq!(bare(&yaml(short)), bare(&yaml(long)), "{short}");
        }
    }

    /// A tree without places.
    fn bare(node: &Node) -> serde_json::Value {
        match &node.kind {
            Kind::List(items) => items.iter().map(bare).collect::<Vec<_>>().into(),
            Kind::Map(entries) => {
                serde_json::Value::Object(entries.iter().map(|e| (e.key.clone(), bare(&e.value))).collect())
            }
            other => format!("{other:?}").into(),
        }
    }

    #[test]
    fn aliases_and_merges_are_what_they_name() {
        let text = "a: &a {x: 1, y: &y [2]}\nb: {<<: *a, x: 3, z: *y}\nc: {<<: [{x: 4}, *a]}\n";
        let want = "{a: {x: 1, y: [2]}, b: {x: 3, z: [2], y: [2]}, c: {x: 4, y: [2]}}";
        assert_eq!(bare(&yaml(text)), bare(&yaml(want)));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let laughs = (1..9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
            let last = n - 1;
            text + &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{last}"); 10].join(","))
        });
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 1000].join(","));
        for (text, line, column, words) in [
            ("a: 1\nb: 2\na: 3\n", 3, 1, "\"a\" is there twice"),
            ("a: 1\n---\nb: 2\n", 2, 1, "a second YAML document"),
            ("a: [1\nb: 2\n", 2, 2, "not YAML"),
            ("ü: é\n\"b: 2\n", 2, 0, "not YAML"),
            ("a: &a [*a]\n", 1, 8, "inside of what it names"),
            ("a: *b\n", 1, 4, "not YAML"),
            ("? [a]\n: b\n", 1, 3, "a key must be a text"),
            ("", 1, 1, "no YAML document"),
            (&laughs, 6, 1, "more than 500000 values"),
            (&long, 2, 1, "more than 500000 values"),
            (&("[".repeat(65) + &"]".repeat(65)), 1, 65, "nested more than 64 deep"),
            (
                &format!("a: &a {}\nb: {}*a{}\n", "[".repeat(40) + &"]".repeat(40), "[".repeat(40), "]".repeat(40)),
                2,
                0,
                "deep",
            ),
        ] {
            let file = file(text);
            let problem = parse(&file).expect_err(words);
            let at = file.line_column(problem.span.start);
            let short = &text[..text.len().min(60)];
            assert!(problem.message.contains(words), "{short}: {}", problem.message);
            assert_eq!(at.0, line, "{short}: {}", problem.message);
            assert!(column < 2 || at.1 == column, "{short}: column {}: {}", at.1, problem.message);
        }
    }
}
