//! The nesting of a TOML document, measured before the document becomes a tree.
//!
//! `toml` limits brackets and the parts of one key separately. Both together could still create a tree whose drop
//! overflows the stack. The events of its own parser distinguish brackets from those in comments and strings.

use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, Source, Span as TomlSpan};

use crate::base::Span;
use crate::base::limits::POLICY_NESTING;

/// The first place where tables and lists nest deeper than [`POLICY_NESTING`].
pub(super) fn too_deep(text: &str) -> Option<Span> {
    let tokens = Source::new(text).lex().into_vec();
    let mut depth = Depth { key_parts: vec![0], header: 0, in_header: false, after_dot: false, too_deep: None };
    parse_document(&tokens, &mut depth, &mut ());
    depth.too_deep.map(|span| span.start()..span.end())
}

/// The levels that are open: those of the header `[a.b]`, and for the document and each open bracket the parts of the
/// key that is being read.
struct Depth {
    key_parts: Vec<usize>,
    header: usize,
    in_header: bool,
    after_dot: bool,
    too_deep: Option<TomlSpan>,
}

impl Depth {
    fn levels(&self) -> usize {
        self.header + self.key_parts.len() - 1 + self.key_parts.iter().sum::<usize>()
    }

    fn look(&mut self, span: TomlSpan) -> bool {
        let fits = self.levels() <= POLICY_NESTING;
        if !fits && self.too_deep.is_none() {
            self.too_deep = Some(span);
        }
        fits
    }

    fn open(&mut self, span: TomlSpan) -> bool {
        self.key_parts.push(0);
        self.after_dot = false;
        self.look(span)
    }

    fn close(&mut self) {
        if self.key_parts.len() > 1 {
            self.key_parts.pop();
        }
    }

    fn open_header(&mut self) {
        self.key_parts.truncate(1);
        self.key_parts[0] = 0;
        (self.header, self.in_header, self.after_dot) = (0, true, false);
    }

    fn close_header(&mut self) {
        self.in_header = false;
    }
}

impl EventReceiver for Depth {
    fn std_table_open(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.open_header();
    }

    fn std_table_close(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.close_header();
    }

    fn array_table_open(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.open_header();
    }

    fn array_table_close(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.close_header();
    }

    fn inline_table_open(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) -> bool {
        self.open(span)
    }

    fn inline_table_close(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.close();
    }

    fn array_open(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) -> bool {
        self.open(span)
    }

    fn array_close(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        self.close();
    }

    fn simple_key(&mut self, _: TomlSpan, _: Option<toml_parser::decoder::Encoding>, _: &mut dyn ErrorSink) {
        // A part that follows no dot begins a new key.
        if !std::mem::take(&mut self.after_dot)
            && !self.in_header
            && let Some(parts) = self.key_parts.last_mut()
        {
            *parts = 0;
        }
    }

    fn key_sep(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.after_dot = true;
        match self.key_parts.last_mut() {
            Some(parts) if !self.in_header => *parts += 1,
            _ => self.header += 1,
        }
        self.look(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_comments_and_strings_do_not_nest() {
        let many = |line: &str| format!("version = 1\n{}", line.repeat(POLICY_NESTING + 1));
        for text in [
            many("# interval [0, 10) {\n"),
            many("[[rule]]\nkey = \"[{\"\n"),
            many("[[rule]]\nkey = '[{'\n"),
            many("[[rule]]\nkey = \"\"\"\n[{\n\"\"\"\n"),
            many("[[rule]]\nkey = '''\n[{\n'''\n"),
            many("[[rule]]\nkey = \"\\\"[{\" # [\n"),
            many("[[rule]]\nvalues = [[\"x\"], { a.b = 1 }]\nwhen.tags.\"[.\" = \"x\"\n"),
        ] {
            assert_eq!(too_deep(&text), None, "{text}");
        }
    }

    #[test]
    fn structure_that_is_too_deep_is_pointed_at() {
        let deep = |open: &str, n: usize, close: &str| format!("x = {}1{}\n", open.repeat(n), close.repeat(n));
        for n in [POLICY_NESTING + 1, 100_000] {
            assert!(too_deep(&deep("[", n, "]")).is_some());
            assert!(too_deep(&deep("{ a = ", n, " }")).is_some());
            assert!(too_deep(&format!("x = {}", "[\n".repeat(n))).is_some());
            assert!(too_deep(&format!("{}x = 1\n", "a.".repeat(n))).is_some());
            assert!(too_deep(&format!("[{}x]\n", "a.".repeat(n))).is_some());
        }
        assert_eq!(too_deep(&deep("[", POLICY_NESTING, "]")), None);
        assert_eq!(too_deep(&deep("[", POLICY_NESTING + 1, "]")), Some(4 + POLICY_NESTING..5 + POLICY_NESTING));
        // Neither the brackets nor any one key are too deep on their own.
        assert!(too_deep(&format!("[{}a]\nx = {}1{}\n", "a.".repeat(20), "[".repeat(20), "]".repeat(20))).is_some());
    }
}
