//! Regular expressions of a policy in other engines: RE2 (Terraform), and Rust's own syntax inside `/…/` (Guard).

use std::fmt::Write as _;

use regex_syntax::ast::{
    Assertion, AssertionKind, Ast, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, ClassUnicode, ClassUnicodeKind,
    Flag, Flags, FlagsItemKind, GroupKind, RepetitionKind, RepetitionRange, parse,
};

use crate::base::is_hostile;

/// The maximum count of a repetition in RE2, also of nested ones together (RE2 syntax, "Repetitions").
const MAX_REPEAT: u32 = 1000;
/// White space as taglint knows it (Unicode `White_Space`); RE2's `\s` is that of ASCII.
const SPACE: &str = r"\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}";

/// Returns `true` if other text can stand around a pattern: no comment of `(?x)` can swallow it.
pub(super) fn is_plain(pattern: &str) -> bool {
    pattern
        .split("(?")
        .skip(1)
        .all(|rest| !rest.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '-').any(|c| c == 'x'))
}

/// A pattern between slashes. The slash and hostile characters are written as `\x{…}`.
pub(super) fn between_slashes(pattern: &str) -> String {
    let mut out = String::from("/");
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'/') => {}
            '\\' => {
                out.push(c);
                out.extend(chars.next());
            }
            _ if c == '/' || is_hostile(c) => escaped(&mut out, c),
            _ => out.push(c),
        }
    }
    out + "/"
}

fn escaped(out: &mut String, c: char) {
    let _ = write!(out, r"\x{{{:x}}}", u32::from(c));
}

/// The pattern in the syntax of RE2, with the same meaning; `None` if RE2 has no such pattern.
pub(super) fn re2(pattern: &str) -> Option<String> {
    let ast = parse::Parser::new().parse(pattern).ok()?;
    let (text, repeats) = print(&ast)?;
    (repeats <= MAX_REPEAT).then_some(text)
}

/// The text of an expression, and the product of its nested repetitions.
fn print(ast: &Ast) -> Option<(String, u32)> {
    let plain = |text: String| Some((text, 1));
    match ast {
        Ast::Empty(_) => plain(String::new()),
        Ast::Flags(set) => plain(format!("(?{})", flags(&set.flags)?)),
        Ast::Literal(literal) => plain(character(literal.c)),
        Ast::Dot(_) => plain(".".to_owned()),
        Ast::Assertion(assertion) => plain(anchor(assertion)?.to_owned()),
        Ast::ClassUnicode(class) => plain(unicode(class)?),
        Ast::ClassPerl(class) => plain(match (&class.kind, class.negated) {
            (ClassPerlKind::Space, true) => format!("[^{SPACE}]"),
            _ => format!("[{}]", perl(class)?),
        }),
        Ast::ClassBracketed(class) => {
            let sign = if class.negated { "^" } else { "" };
            let items = bracketed(&class.kind)?;
            if items.is_empty() { None } else { plain(format!("[{sign}{items}]")) }
        }
        Ast::Repetition(repetition) => {
            let (inner, repeats) = print(&repetition.ast)?;
            let (op, most) = operator(&repetition.op.kind);
            let lazy = if repetition.greedy { "" } else { "?" };
            Some((format!("(?:{inner}){op}{lazy}"), repeats.saturating_mul(most)))
        }
        Ast::Group(group) => {
            let open = match &group.kind {
                GroupKind::NonCapturing(set) => format!("?{}:", flags(set)?),
                // Terraform returns captures, and refuses a mixture of named and unnamed ones.
                GroupKind::CaptureIndex(_) | GroupKind::CaptureName { .. } => "?:".to_owned(),
            };
            let (inner, repeats) = print(&group.ast)?;
            Some((format!("({open}{inner})"), repeats))
        }
        Ast::Alternation(list) => join(&list.asts, "|"),
        Ast::Concat(list) => join(&list.asts, ""),
    }
}

fn join(parts: &[Ast], separator: &str) -> Option<(String, u32)> {
    let parts = parts.iter().map(print).collect::<Option<Vec<_>>>()?;
    let repeats = parts.iter().map(|(_, repeats)| *repeats).max().unwrap_or(1);
    Some((parts.into_iter().map(|(text, _)| text).collect::<Vec<_>>().join(separator), repeats))
}

/// One character that means itself, also in brackets.
fn character(c: char) -> String {
    if c.is_ascii_alphanumeric() || c == ' ' || c == '_' {
        return c.to_string();
    }
    let mut out = String::new();
    if c.is_ascii_graphic() {
        out.extend(['\\', c]);
    } else {
        escaped(&mut out, c);
    }
    out
}

/// The flags that both engines have: letter case, `.` for a line break, lines, greediness.
fn flags(flags: &Flags) -> Option<String> {
    flags.items.iter().try_fold(String::new(), |text, item| {
        Some(
            text + match item.kind {
                FlagsItemKind::Negation => "-",
                FlagsItemKind::Flag(Flag::CaseInsensitive) => "i",
                FlagsItemKind::Flag(Flag::DotMatchesNewLine) => "s",
                FlagsItemKind::Flag(Flag::MultiLine) => "m",
                FlagsItemKind::Flag(Flag::SwapGreed) => "U",
                FlagsItemKind::Flag(_) => return None,
            },
        )
    })
}

/// Word boundaries are those of ASCII in RE2.
fn anchor(assertion: &Assertion) -> Option<&'static str> {
    match assertion.kind {
        AssertionKind::StartLine => Some("^"),
        AssertionKind::EndLine => Some("$"),
        AssertionKind::StartText => Some(r"\A"),
        AssertionKind::EndText => Some(r"\z"),
        _ => None,
    }
}

/// The general categories, which both engines know by one letter or two.
fn unicode(class: &ClassUnicode) -> Option<String> {
    const CATEGORIES: &[&str] = &[
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp",
    ];
    let name = match &class.kind {
        ClassUnicodeKind::OneLetter(letter) => letter.to_string(),
        ClassUnicodeKind::Named(name) => name.clone(),
        ClassUnicodeKind::NamedValue { .. } => return None,
    };
    let sign = if class.negated { 'P' } else { 'p' };
    CATEGORIES.contains(&name.as_str()).then(|| format!(r"\{sign}{{{name}}}"))
}

/// A class such as `\d` for use in brackets. RE2 has no `\w` of Unicode.
fn perl(class: &ClassPerl) -> Option<&'static str> {
    match (&class.kind, class.negated) {
        (ClassPerlKind::Digit, false) => Some(r"\p{Nd}"),
        (ClassPerlKind::Digit, true) => Some(r"\P{Nd}"),
        (ClassPerlKind::Space, false) => Some(SPACE),
        _ => None,
    }
}

fn bracketed(set: &ClassSet) -> Option<String> {
    match set {
        ClassSet::Item(item) => class_item(item),
        ClassSet::BinaryOp(_) => None,
    }
}

fn class_item(item: &ClassSetItem) -> Option<String> {
    match item {
        ClassSetItem::Empty(_) => Some(String::new()),
        ClassSetItem::Literal(literal) => Some(character(literal.c)),
        ClassSetItem::Range(range) => Some(format!("{}-{}", character(range.start.c), character(range.end.c))),
        ClassSetItem::Unicode(class) => unicode(class),
        ClassSetItem::Perl(class) => perl(class).map(str::to_owned),
        ClassSetItem::Union(union) => union.items.iter().map(class_item).collect(),
        ClassSetItem::Ascii(_) | ClassSetItem::Bracketed(_) => None,
    }
}

/// A repetition, and its largest count.
fn operator(kind: &RepetitionKind) -> (String, u32) {
    match kind {
        RepetitionKind::ZeroOrOne => ("?".to_owned(), 1),
        RepetitionKind::ZeroOrMore => ("*".to_owned(), 1),
        RepetitionKind::OneOrMore => ("+".to_owned(), 1),
        RepetitionKind::Range(RepetitionRange::Exactly(n)) => (format!("{{{n}}}"), (*n).max(1)),
        RepetitionKind::Range(RepetitionRange::AtLeast(n)) => (format!("{{{n},}}"), (*n).max(1)),
        RepetitionKind::Range(RepetitionRange::Bounded(from, to)) => (format!("{{{from},{to}}}"), (*to).max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_re2_has_the_same_meaning() {
        for (pattern, want) in [
            (r"\d{5}", Some(r"(?:[\p{Nd}]){5}")),
            ("a|b.c", Some(r"a|b.c")),
            (r"[a-z0-9.-]+", Some(r"(?:[a-z0-9\.\-])+")),
            (r"(?P<n>a)(b)", Some("(?:a)(?:b)")),
            ("(?i)prod", Some("(?i)prod")),
            (r"\p{L}", Some(r"\p{L}")),
            ("é\u{202e}", Some(r"\x{e9}\x{202e}")),
            (r"\w+", None),
            (r"\bx", None),
            (r"(?x) a # b", None),
            (r"(?:a{100}){100}", None),
            (r"[a&&b]", None),
            (r"\p{Greek}", None),
        ] {
            assert_eq!(re2(pattern).as_deref(), want, "{pattern}");
        }
    }

    #[test]
    fn no_pattern_ends_at_a_slash() {
        for (pattern, want) in
            [("a/b", r"/a\x{2f}b/"), (r"a\/b", r"/a\x{2f}b/"), (r"a\\/b", r"/a\\\x{2f}b/"), ("a\n", r"/a\x{a}/")]
        {
            assert_eq!(between_slashes(pattern), want, "{pattern}");
        }
        assert!(!is_plain("(?x) a # b") && !is_plain("(?i-x:a)") && is_plain("(?i)x(?P<x>a)"));
    }
}
