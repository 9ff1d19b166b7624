//! Regular expressions of a policy: linear in time, bounded in size, and with errors located inside the pattern.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson;
use regex_syntax::hir::{Hir, Look, print::Printer};

use super::pattern_table::PatternTable;

/// The maximum size of a compiled pattern in bytes.
const SIZE_LIMIT: usize = 2 << 20;
/// The maximum size of all compiled patterns of a policy in bytes.
pub(super) const BUDGET: usize = 64 << 20;
/// The maximum nesting of groups.
const NEST_LIMIT: u32 = 64;

/// A regular expression with the text that its author wrote.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    /// The pattern as written in the policy.
    pub(crate) text: String,
    /// The compiled pattern; for `pattern` it is `\A(?:…)\z`.
    pub(crate) regex: Regex,
    /// The pattern as a transition table, if that is small: a lookup needs no set-up. Only for patterns that must match
    /// the whole value.
    pub(crate) table: Option<Arc<PatternTable>>,
    /// The size of its automata in bytes, for the budget of the policy.
    size: usize,
}

impl PartialEq for Pattern {
    /// Two patterns of the same field are equal if their texts are.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Pattern {
    /// The part of the budget that a pattern uses, also if it was refused for its size.
    pub(super) fn cost(compiled: &Result<Self, PatternError>) -> usize {
        compiled.as_ref().map_or_else(|error| error.size, |pattern| pattern.size)
    }

    /// Returns `true` if the value matches.
    #[must_use]
    pub(crate) fn is_match(&self, value: &str) -> bool {
        let Some(table) = &self.table else { return self.regex.is_match(value) };
        let matches = table.matches(value);
        debug_assert_eq!(matches, self.regex.is_match(value), "{} on {value:?}", self.text);
        matches
    }
}

/// The error of a pattern, and its place in the pattern (bytes).
pub(super) struct PatternError {
    pub(super) message: String,
    pub(super) span: Option<std::ops::Range<usize>>,
    /// The size that was compiled until the pattern was refused.
    pub(super) size: usize,
}

/// Compiles a pattern; `whole` makes it match from the first character to the last.
pub(super) fn compile(text: &str, whole: bool) -> Result<Pattern, PatternError> {
    let syntax = |error: regex_syntax::Error| {
        let (message, span) = match &error {
            regex_syntax::Error::Parse(e) => (e.kind().to_string(), Some(e.span().start.offset..e.span().end.offset)),
            regex_syntax::Error::Translate(e) => {
                (e.kind().to_string(), Some(e.span().start.offset..e.span().end.offset))
            }
            _ => (error.to_string(), None),
        };
        PatternError { message, span, size: 0 }
    };
    let hir = regex_syntax::ParserBuilder::new().nest_limit(NEST_LIMIT).build().parse(text).map_err(syntax)?;
    // Built from the parsed form: text put around the author's could be swallowed by a comment of `(?x)`.
    let hir = if whole { Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]) } else { hir };
    let mut printed = String::new();
    Printer::new().print(&hir, &mut printed).map_err(|e| PatternError {
        message: e.to_string(),
        span: None,
        size: 0,
    })?;
    // The regex crate compiles a pattern several times over, so one that is too large is refused after the first.
    let size = size(&hir).ok_or_else(too_large)?;
    let built = RegexBuilder::new(&printed).size_limit(SIZE_LIMIT).dfa_size_limit(SIZE_LIMIT).build();
    match built {
        Ok(regex) => {
            let table = whole.then(|| table(&printed)).flatten().map(Arc::new);
            Ok(Pattern { text: text.to_owned(), regex, table, size })
        }
        Err(regex::Error::CompiledTooBig(_)) => Err(too_large()),
        Err(other) => Err(PatternError { message: other.to_string(), span: None, size }),
    }
}

fn too_large() -> PatternError {
    let message = format!("the pattern compiles to more than {} MiB", SIZE_LIMIT >> 20);
    PatternError { message, span: None, size: SIZE_LIMIT }
}

/// The size of a compiled pattern in bytes, as one automaton for each direction; `None` if one is above the limit.
fn size(hir: &Hir) -> Option<usize> {
    let config = thompson::Config::new().nfa_size_limit(Some(SIZE_LIMIT));
    thompson::Compiler::new().configure(config).build_from_hir(hir).ok().map(|nfa| 2 * nfa.memory_usage())
}

/// The maximum size of a table in bytes. Larger patterns are matched by the lazy automaton of the regex crate.
const TABLE_LIMIT: usize = 256 << 10;

/// The pattern as a transition table, if it is small.
fn table(pattern: &str) -> Option<PatternTable> {
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .dfa_size_limit(Some(TABLE_LIMIT))
        .determinize_size_limit(Some(4 * TABLE_LIMIT));
    dense::Builder::new().configure(config).build(pattern).ok().and_then(|automaton| PatternTable::new(&automaton))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_value_must_match() {
        for (pattern, value, want) in [
            (r"\d{5}", "12345", true),
            (r"\d{5}", "123456", false),
            (r"a|b", "ab", false),
            ("(?x) a # comment", "a", true),
            ("(?x) a # comment", "ab", false),
            (r"(?m)^a$", "a\nb", false),
            (r"(?i)prod", "PROD", true),
            (r"\d{5}", "12345\n", false),
        ] {
            let compiled = compile(pattern, true).map_err(|e| e.message).expect(pattern);
            assert_eq!(compiled.regex.is_match(value), want, "{pattern} on {value:?}");
            assert_eq!(compiled.is_match(value), want, "{pattern} on {value:?}, by its table");
        }
    }

    #[test]
    fn a_table_says_what_the_expression_says() {
        let patterns =
            ["", r"\d{2,4}", "a*(?:b|é+)", "(?i)straße|x", "(?s).*b", r"[^a]+", "a|ab|abc", r"(?:ab?){0,3}", r"\x{0}*"];
        let values = [
            "",
            "a",
            "b",
            "ab",
            "abc",
            "abab",
            "aaaaaa",
            "aab",
            "é",
            "aéé",
            "12",
            "١٢٣",
            "12345",
            "STRASSE",
            "STRAßE",
            "x\n",
            "\nb",
            "\0\0",
            "\u{10ffff}",
        ];
        for pattern in patterns {
            let compiled = compile(pattern, true).map_err(|e| e.message).expect(pattern);
            assert!(compiled.table.is_some(), "{pattern}");
            for value in values {
                assert_eq!(compiled.is_match(value), compiled.regex.is_match(value), "{pattern} on {value:?}");
            }
        }
    }

    #[test]
    fn wrong_and_huge_patterns_are_refused() {
        assert_eq!(compile("a(b", true).err().and_then(|e| e.span), Some(1..2));
        assert!(compile(r"(\w{1000}){1000}", true).is_err());
        assert!(compile(&"(".repeat(1000), true).is_err());
        assert!(compile("a)(b", true).is_err());
    }
}
