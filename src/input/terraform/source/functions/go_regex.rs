//! Regular expressions that Go and Rust read in one way.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassSet, ClassSetItem, Flag, Flags, FlagsItemKind, GroupKind, HexLiteralKind, Literal,
    LiteralKind, Repetition, RepetitionKind, RepetitionRange,
};

/// The repetitions that Go accepts, of nested ones the product.
const MAX_REPETITIONS: u32 = 1000;

/// Returns whether Go reads an expression as Rust does. Everything else is refused by one of them, or differs.
pub(super) fn is_common(pattern: &str) -> bool {
    Parser::new().parse(pattern).is_ok_and(|ast| is_shared(&ast, pattern, 1))
}

/// `times` is the number of repetitions around.
fn is_shared(ast: &Ast, pattern: &str, times: u32) -> bool {
    let all = |parts: &[Ast]| parts.iter().all(|part| is_shared(part, pattern, times));
    match ast {
        Ast::Empty(_) | Ast::Dot(_) | Ast::ClassPerl(_) => true,
        Ast::Flags(it) => is_flags(&it.flags),
        Ast::Literal(it) => is_literal(it),
        Ast::Assertion(it) => matches!(
            it.kind,
            AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::StartText
                | AssertionKind::EndText
                | AssertionKind::WordBoundary
                | AssertionKind::NotWordBoundary
        ),
        // The tables of Unicode differ by version, and the names by language.
        Ast::ClassUnicode(_) => false,
        Ast::ClassBracketed(it) => is_class(&it.kind),
        Ast::Repetition(it) => is_repetition(it, pattern, times),
        Ast::Group(it) => is_group(&it.kind) && is_shared(&it.ast, pattern, times),
        Ast::Alternation(it) => all(&it.asts),
        Ast::Concat(it) => all(&it.asts),
    }
}

fn is_literal(literal: &Literal) -> bool {
    match &literal.kind {
        LiteralKind::HexFixed(kind) | LiteralKind::HexBrace(kind) => matches!(kind, HexLiteralKind::X),
        LiteralKind::Octal => false,
        _ => true,
    }
}

fn is_class(class: &ClassSet) -> bool {
    match class {
        ClassSet::Item(item) => is_class_item(item),
        // `&&`, `--` and `~~` are characters in Go.
        ClassSet::BinaryOp(_) => false,
    }
}

fn is_class_item(item: &ClassSetItem) -> bool {
    match item {
        ClassSetItem::Empty(_) | ClassSetItem::Ascii(_) | ClassSetItem::Perl(_) => true,
        ClassSetItem::Literal(it) => is_literal(it),
        ClassSetItem::Range(it) => is_literal(&it.start) && is_literal(&it.end),
        ClassSetItem::Union(it) => it.items.iter().all(is_class_item),
        // A class in a class is a character in Go.
        ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => false,
    }
}

/// Go refuses a repetition of a repetition, such as `a**`, and takes `{,2}` as text.
fn is_repetition(it: &Repetition, pattern: &str, times: u32) -> bool {
    let most = match &it.op.kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => 1,
        RepetitionKind::Range(
            RepetitionRange::Exactly(most) | RepetitionRange::AtLeast(most) | RepetitionRange::Bounded(_, most),
        ) => (*most).max(1),
    };
    let operator = pattern.get(it.op.span.start.offset..it.op.span.end.offset).unwrap_or("{,");
    let is_written_alike = !operator.starts_with("{,") && !operator.contains(char::is_whitespace);
    let times = times.saturating_mul(most);
    let is_nested = matches!(&*it.ast, Ast::Repetition(_));
    times <= MAX_REPETITIONS && is_written_alike && !is_nested && is_shared(&it.ast, pattern, times)
}

fn is_group(kind: &GroupKind) -> bool {
    match kind {
        GroupKind::CaptureIndex(_) => true,
        // Older versions of Go do not read `(?<name>…)`.
        GroupKind::CaptureName { starts_with_p, name } => {
            *starts_with_p && name.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        }
        GroupKind::NonCapturing(flags) => is_flags(flags),
    }
}

fn is_flags(flags: &Flags) -> bool {
    flags.items.iter().all(|item| match &item.kind {
        FlagsItemKind::Negation => true,
        FlagsItemKind::Flag(flag) => {
            matches!(flag, Flag::CaseInsensitive | Flag::MultiLine | Flag::DotMatchesNewLine | Flag::SwapGreed)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::is_common;

    #[test]
    fn an_expression_is_common_if_go_reads_it_so() {
        for pattern in ["", "^a+?b*$", "[*+a-z]{2,3}", "(?i)x|(?P<n>y)", r"\d\.\x41", "[[:alpha:]_]", "a{1000}"] {
            assert!(is_common(pattern), "{pattern}");
        }
        for pattern in ["a**", "a++", "a+?*", "a{2}{3}", "(?R)a", "(?x)a", "(?<n>a)", r"\pL", "[a&&b]", "[a[b]]"] {
            assert!(!is_common(pattern), "{pattern}");
        }
        for pattern in ["a{1001}", "(a{100}){100}", "a{,2}", r"\u{41}", r"\b{start}a", r"\<a", "("] {
            assert!(!is_common(pattern), "{pattern}");
        }
    }
}
