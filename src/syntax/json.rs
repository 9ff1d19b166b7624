//! JSON as a tree of nodes.

mod direct;

use std::sync::Arc;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::node::{DuplicateRule, MAX_NODES, MapEntry, Node, NodeKind, plain_scalar, without_duplicates};
use crate::base::encoding::text_without_bom;
use crate::base::limits::DOCUMENT_NESTING;
use crate::base::{Diagnostic, SourceFile, Span, quick_paths_enabled};

/// JSON as RFC 8259 defines it, without the extensions of JSON5 and of editors.
pub(super) const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Parses a JSON file.
///
/// # Errors
/// The first mistake and its place.
pub fn parse(file: &Arc<SourceFile>, rule: DuplicateRule<'_>) -> Result<Node, Diagnostic> {
    let text = text_without_bom(&file.text);
    let skipped = file.text.len() - text.len();
    if quick_paths_enabled()
        && let Some(node) = direct::parse(text, skipped)
    {
        return Ok(node);
    }
    parse_with_mistakes(file, text, skipped, rule)
}

/// Parses a text that may have mistakes or duplicate keys.
fn parse_with_mistakes(
    file: &Arc<SourceFile>,
    text: &str,
    skipped: usize,
    rule: DuplicateRule<'_>,
) -> Result<Node, Diagnostic> {
    if let Some(at) = too_deep(text) {
        let message = format!("nested more than {DOCUMENT_NESTING} deep");
        return Err(Diagnostic::error(file, at + skipped..at + skipped + 1, message));
    }
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| {
        let range = error.range();
        let message = format!("not JSON: {}", error.kind());
        Diagnostic::error(file, range.start + skipped..range.end + skipped, message)
    })?;
    let Some(value) = parsed.value else {
        return Err(Diagnostic::error(file, 0..0, "the file is empty"));
    };
    JsonTreeBuilder { file, skipped, nodes: 0, path: Vec::new(), rule }.node(&value)
}

/// Returns whether a text is JSON, with comments and trailing commas allowed (as in the settings of editors).
#[must_use]
pub fn is_json_with_comments(text: &str) -> bool {
    too_deep(text).is_none() && parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).is_ok()
}

/// The byte at which brackets nest too deep. The parser recurses for each of them.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DOCUMENT_NESTING {
            return Some(at);
        }
    }
    None
}

struct JsonTreeBuilder<'f> {
    file: &'f Arc<SourceFile>,
    /// The length of the byte order mark before the text.
    skipped: usize,
    nodes: usize,
    /// The keys of the maps around the value.
    path: Vec<String>,
    rule: DuplicateRule<'f>,
}

impl JsonTreeBuilder<'_> {
    fn span(&self, of: &impl Ranged) -> Span {
        let range = of.range();
        range.start + self.skipped..range.end + self.skipped
    }

    fn node(&mut self, value: &Value<'_>) -> Result<Node, Diagnostic> {
        let span = self.span(value);
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Diagnostic::error(self.file, span, format!("more than {MAX_NODES} values")));
        }
        let kind = match value {
            Value::StringLit(text) => NodeKind::Text(text.value.clone().into_owned()),
            Value::NumberLit(number) => plain_scalar(number.value),
            Value::BooleanLit(boolean) => NodeKind::Bool(boolean.value),
            Value::NullKeyword(_) => NodeKind::Null,
            Value::Array(array) => {
                NodeKind::List(array.elements.iter().map(|value| self.node(value)).collect::<Result<_, _>>()?)
            }
            Value::Object(object) => {
                let mut entries = Vec::with_capacity(object.properties.len());
                for property in &object.properties {
                    let key = property.name.as_str().to_owned();
                    let key_span = self.span(&property.name);
                    self.path.push(key.clone());
                    let value = self.node(&property.value)?;
                    self.path.pop();
                    entries.push(MapEntry { key, key_span, is_literal: true, value });
                }
                NodeKind::Map(without_duplicates(self.file, entries, || self.path.clone(), self.rule)?)
            }
        };
        Ok(Node { kind, span, is_literal: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::DuplicateReading;
    use crate::syntax::testing::file;

    #[test]
    fn every_node_knows_its_bytes() {
        let text = "\u{feff}{\"ä\": [\"\\u00fc\", 12, true, null, 1.0], \"b\": {\"Ref\": \"P\"}}";
        let node = parse(&file(text), &|_| DuplicateReading::Refused).unwrap();
        let list = node.get("ä").unwrap();
        let shown: Vec<_> = list.items().iter().map(|item| (&text[item.span.clone()], item.kind.clone())).collect();
        let want = [
            ("\"\\u00fc\"", NodeKind::Text("ü".to_owned())),
            ("12", NodeKind::Number("12".to_owned())),
            ("true", NodeKind::Bool(true)),
            ("null", NodeKind::Null),
            ("1.0", NodeKind::AmbiguousNumber("1.0".to_owned())),
        ];
        assert_eq!(shown, want);
        assert_eq!(&text[node.entry("b").unwrap().key_span.clone()], "\"b\"");
        assert_eq!(node.get("b").unwrap().call().unwrap().0, "Ref");
    }

    /// Texts of JSON and near it, made of a few pieces.
    fn near_json() -> Vec<String> {
        let pieces = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"b\\n\"",
            "\"\\ud800\"",
            "\"ü\"",
            "1",
            "-0.5e3",
            "01",
            "1.",
            "true",
            "null",
            "nul",
            " ",
            "\n",
            "\u{b}",
            "\"\t\"",
            "//",
            "'x'",
            "\"",
        ];
        let mut state = 7_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        let mut texts = Vec::new();
        for _ in 0..20_000 {
            let length = next(9);
            texts.push((0..length).map(|_| pieces[next(pieces.len())]).collect());
        }
        let valid =
            ["{\"a\":[1,{\"b\\u00fc\": null }, \"x\"], \"c\" : {}}", "[]", "[ ]", "{ }", "-1", "\"\"", " [[1] , 2 ]\n"];
        for text in valid {
            texts.push(text.to_owned());
            for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
                let piece = pieces[next(pieces.len())];
                texts.push(format!("{}{piece}{}", &text[..at], &text[at..]));
                texts.push(text[..at].to_owned());
            }
        }
        texts
    }

    #[test]
    fn the_direct_way_reads_what_the_long_way_reads() {
        let mut direct = 0;
        for text in near_json() {
            let want = parse_with_mistakes(&file(&text), &text, 3, &|_| DuplicateReading::Later).ok();
            let got = direct::parse(&text, 3);
            direct += usize::from(got.is_some());
            // The long way takes control characters and broken escapes, and knows what to do with duplicate keys.
            let is_left = text.contains("ud800") || text.chars().any(char::is_control);
            let is_left = is_left || text.matches("\"a\"").count() > 1 || text.matches("b\\n").count() > 1;
            assert!(got == want || got.is_none() && is_left, "{text:?}: {got:?}, not {want:?}");
        }
        assert!(direct > 200, "{direct}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, line, column, words) in [
            ("{\"a\": 1,\n \"a\": 2}", 2, 2, "duplicate key \"a\""),
            ("{\"a\": 1,\n}", 1, 8, "not JSON"),
            ("{\"a\": 1\n \"b\": 2}", 1, 8, "not JSON"),
            ("{// no\n}", 1, 2, "not JSON"),
            ("{'a': 1}", 1, 2, "not JSON"),
            ("{\"a\": 1} {}", 1, 10, "not JSON"),
            ("{\"a\"", 1, 5, "not JSON"),
            ("", 1, 1, "the file is empty"),
            (&("[".repeat(100_000)), 1, 65, "nested more than 64 deep"),
        ] {
            let file = file(text);
            let problem = parse(&file, &|_| DuplicateReading::Refused).expect_err(words);
            let at = file.line_column(problem.span.start);
            let short = &text[..text.len().min(60)];
            assert!(problem.message.contains(words), "{short}: {}", problem.message);
            assert_eq!(at, (line, column), "{short}: {}", problem.message);
        }
    }
}
