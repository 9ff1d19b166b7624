//! The tree that YAML and JSON have in common: each value with its place in the file.

use std::sync::Arc;

use crate::base::{Diagnostic, SourceFile, Span, quote};

/// The largest number of values in one file, with aliases counted where they are used. `CloudFormation` takes a megabyte
/// of template, which has far fewer.
pub const MAX_NODES: usize = 500_000;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub kind: NodeKind,
    /// The bytes of the file that hold the value. The span of a block collection in YAML runs on to the next token:
    /// [`Node::end`] is where its last value ends.
    pub span: Span,
    /// True if the span holds this value and nothing else decides it. False for an alias, an anchored value (an edit
    /// would change its aliases too), a value with a tag, and a scalar that spans several lines.
    pub is_literal: bool,
}

/// The kinds of values. A short tag (`!Ref x`) is the map that it abbreviates (`{Ref: x}`).
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number as it is written, which is the text that `CloudFormation` makes of it.
    Number(String),
    /// A string.
    Text(String),
    /// A number whose text differs from what is written (`007`, `1e3`, `1_000`).
    AmbiguousNumber(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, each key once.
    Map(Vec<MapEntry>),
}

/// One key of a map and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct MapEntry {
    /// The key.
    pub key: String,
    /// The bytes of the key, with its quotes; empty for the function that a short tag names.
    pub key_span: Span,
    /// True if the key stands in this map and on one line. False for an anchored key, and for an entry that YAML's
    /// merge (`<<`) brings.
    pub is_literal: bool,
    /// The value.
    pub value: Node,
}

impl MapEntry {
    /// Returns whether YAML 1.1 makes another text of the key than the written one, as of `on` and `1.10` without quotes.
    /// `text` is the text of the file.
    #[must_use]
    pub fn is_ambiguous(&self, text: &str) -> bool {
        let is_plain = text.get(self.key_span.clone()) == Some(&self.key);
        is_plain
            && match plain_scalar(&self.key) {
                NodeKind::AmbiguousNumber(_) | NodeKind::Null => true,
                NodeKind::Bool(_) => !matches!(self.key.as_str(), "true" | "false"),
                _ => false,
            }
    }
}

impl Node {
    /// The value of a key, where this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, where this is a map that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&MapEntry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a map; none where this is no map.
    #[must_use]
    pub fn entries(&self) -> &[MapEntry] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none where this is no list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            NodeKind::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The intrinsic function that this value calls and its argument: a map with one key, `Ref` or `Fn::…`.
    #[must_use]
    pub fn call(&self) -> Option<(&str, &Self)> {
        match self.entries() {
            [entry] if is_function(&entry.key) => Some((&entry.key, &entry.value)),
            _ => None,
        }
    }

    /// Returns whether another value is the same, wherever the two stand.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (NodeKind::List(one), NodeKind::List(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_same(other))
            }
            (NodeKind::Map(one), NodeKind::Map(entries)) => {
                let same = |entry: &MapEntry| other.get(&entry.key).is_some_and(|value| entry.value.is_same(value));
                one.len() == entries.len() && one.iter().all(same)
            }
            (one, other) => one == other,
        }
    }

    /// The scalar as it is written in `text`, the text of the file: what an edit of the file may replace. `None` for a
    /// collection and for a value that is not literal.
    #[must_use]
    pub fn literal<'n>(&'n self, text: &'n str) -> Option<&'n str> {
        match &self.kind {
            _ if !self.is_literal => None,
            NodeKind::Text(scalar) | NodeKind::Number(scalar) | NodeKind::AmbiguousNumber(scalar) => Some(scalar),
            NodeKind::Null | NodeKind::Bool(_) => text.get(self.span.clone()),
            NodeKind::List(_) | NodeKind::Map(_) => None,
        }
    }

    /// Returns whether this is a collection in brackets or braces. `text` is the text of the file.
    #[must_use]
    pub fn is_flow(&self, text: &str) -> bool {
        let collection = matches!(self.kind, NodeKind::List(_) | NodeKind::Map(_));
        collection && text.get(self.span.start..).is_some_and(|rest| rest.starts_with(['[', '{']))
    }

    /// The end of the last value in a collection, in bytes. The span of a block in YAML goes on to the next token, over
    /// comments that belong to what comes after.
    #[must_use]
    pub fn end(&self) -> usize {
        match &self.kind {
            NodeKind::List(items) if !items.is_empty() => items.iter().map(Self::end).max().unwrap_or(self.span.start),
            NodeKind::Map(entries) if !entries.is_empty() => {
                entries.iter().map(|entry| entry.value.end().max(entry.key_span.end)).max().unwrap_or(self.span.start)
            }
            _ => self.span.end,
        }
    }
}

/// Two entries of a map with the same key.
pub struct DuplicateKey<'d> {
    /// The keys of the maps around it, the outermost first.
    pub path: &'d [String],
    /// The entries, in their order.
    pub entries: [&'d MapEntry; 2],
}

/// The reading of two entries with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateReading {
    /// The later one is used.
    Later,
    /// The common part of the two is used; the rest of the value is unknown.
    Common,
    /// They are a mistake.
    Refused,
}

/// Decides how two entries with the same key are read.
pub type DuplicateRule<'r> = &'r dyn Fn(&DuplicateKey<'_>) -> DuplicateReading;

/// The beginning of a key that stands for a function that nobody knows: the map around it may have any other entry.
pub const UNKNOWN_FUNCTION: &str = "Fn::? ";

/// The function that stands for the differences of two entries with the same key.
pub const DUPLICATE: &str = "Fn::? duplicate key";

/// Returns whether two entries of a map have the same key.
pub(super) fn has_duplicates(entries: &[MapEntry]) -> bool {
    match entries {
        [] | [_] => false,
        // Most maps have a few keys.
        _ if entries.len() < 9 => {
            entries.iter().enumerate().any(|(at, one)| entries[..at].iter().any(|other| other.key == one.key))
        }
        _ => {
            let mut keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
            keys.sort_unstable();
            keys.windows(2).any(|pair| pair[0] == pair[1])
        }
    }
}

/// The entries of a map, each key once. `CloudFormation` would use one of two without a word.
///
/// # Errors
/// The first pair that the rule refuses.
pub(super) fn without_duplicates(
    file: &Arc<SourceFile>,
    mut entries: Vec<MapEntry>,
    path: impl FnOnce() -> Vec<String>,
    rule: DuplicateRule<'_>,
) -> Result<Vec<MapEntry>, Diagnostic> {
    if !has_duplicates(&entries) {
        return Ok(entries);
    }
    let mut order: Vec<&MapEntry> = entries.iter().collect();
    order.sort_by(|a, b| (&a.key, a.key_span.start).cmp(&(&b.key, b.key_span.start)));
    let pairs: Vec<_> = order.windows(2).filter(|pair| pair[0].key == pair[1].key).collect();
    let path = path();
    let mut unused = Vec::new();
    let mut common: Vec<(&MapEntry, Node)> = Vec::new();
    for pair in pairs {
        match rule(&DuplicateKey { path: &path, entries: [pair[0], pair[1]] }) {
            DuplicateReading::Later => {}
            DuplicateReading::Common => common.push((pair[1], common_value(&pair[0].value, &pair[1].value))),
            DuplicateReading::Refused => {
                let problem =
                    Diagnostic::error(file, pair[1].key_span.clone(), format!("duplicate key {}", quote(&pair[1].key)));
                return Err(problem.help("CloudFormation would use only one of the two"));
            }
        }
        unused.push(pair[0].key_span.start);
    }
    let common: Vec<(usize, Node)> = common.into_iter().map(|(entry, value)| (entry.key_span.start, value)).collect();
    entries.retain(|entry| !unused.contains(&entry.key_span.start));
    for (at, value) in common {
        if let Some(entry) = entries.iter_mut().find(|entry| entry.key_span.start == at) {
            entry.value = value;
        }
    }
    Ok(entries)
}

/// The entries that two values have in common, beside [`DUPLICATE`].
fn common_value(one: &Node, other: &Node) -> Node {
    let same = |entry: &&MapEntry| one.get(&entry.key).is_some_and(|value| value.is_same(&entry.value));
    let kept = if one.call().is_some() || other.call().is_some() { &[][..] } else { other.entries() };
    let mut entries: Vec<MapEntry> = kept.iter().filter(same).cloned().collect();
    let (span, is_literal) = (other.span.clone(), false);
    let rest = Node { kind: NodeKind::Null, span: span.clone(), is_literal };
    entries.push(MapEntry { key: DUPLICATE.to_owned(), key_span: span.clone(), is_literal, value: rest });
    Node { kind: NodeKind::Map(entries), span, is_literal }
}

/// The text that YAML 1.1 makes of a key without quotes: `on` is true, and `1.10` is the number 1.1. Other numbers that
/// are not written as YAML would write them stay as they are, and [`MapEntry::is_ambiguous`] tells them.
pub(super) fn plain_key(text: &str) -> String {
    match plain_scalar(text) {
        NodeKind::Bool(value) => value.to_string(),
        // Every reader writes such a fraction in the same way.
        NodeKind::AmbiguousNumber(_) if is_short_fraction(text) => {
            text.parse::<f64>().map_or_else(|_| text.to_owned(), |number| format!("{number:?}"))
        }
        _ => text.to_owned(),
    }
}

/// Returns whether a text is a fraction of a few digits, without an exponent.
fn is_short_fraction(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.len() < 7 && text.bytes().all(|b| b.is_ascii_digit());
    let whole = |text: &str| digits(text) && (text == "0" || !text.starts_with('0'));
    let parts = text.strip_prefix('-').unwrap_or(text).split_once('.');
    parts.is_some_and(|(before, after)| whole(before) && digits(after) && !after.starts_with("000"))
}

/// Returns whether a key is the name of an intrinsic function. `Condition` is one in conditions only: a tag may have
/// that key.
fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// The value of a scalar without quotes, by YAML 1.1, which `CloudFormation` keeps to: `yes` is a boolean there, and `010`
/// is eight.
pub(super) fn plain_scalar(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => NodeKind::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => NodeKind::Bool(false),
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            NodeKind::Text(text.to_owned())
        }
        _ => number(text),
    }
}

/// A number, an ambiguous number, or a text that begins like a number (`2026-11-22`, `10.0.0.1`).
fn number(text: &str) -> NodeKind {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let positive = text.strip_prefix('-').unwrap_or(text);
    let whole = |text: &str| digits(text) && (text == "0" || !text.starts_with('0'));
    let as_written = match positive.split_once('.') {
        None => whole(positive),
        Some((before, after)) => whole(before) && digits(after) && !after.ends_with('0') && after.len() < 16,
    };
    if as_written && text != "-0" {
        NodeKind::Number(text.to_owned())
    } else if is_ambiguous(text.strip_prefix(['+', '-']).unwrap_or(text)) {
        NodeKind::AmbiguousNumber(text.to_owned())
    } else {
        NodeKind::Text(text.to_owned())
    }
}

/// Returns whether YAML 1.1 reads a text without its sign as a number in another way than its digits say.
fn is_ambiguous(text: &str) -> bool {
    let all = |text: &str, good: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|b| good(&b) || b == b'_');
    if let Some(hex) = text.strip_prefix("0x") {
        return all(hex, u8::is_ascii_hexdigit);
    }
    if let Some(binary) = text.strip_prefix("0b") {
        return all(binary, |b| matches!(b, b'0' | b'1'));
    }
    if matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    // A whole number with a zero before it is octal; where a digit is none of octal, it is a text.
    if text.len() > 1 && text.starts_with('0') && all(text, u8::is_ascii_digit) {
        return all(text, |b| (b'0'..=b'7').contains(b));
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let starts = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let digits = |part: &str| starts(part) && all(part, u8::is_ascii_digit);
    let exact = match (whole, mantissa.contains('.')) {
        ("", dot) => dot && digits(fraction),
        (whole, _) => digits(whole) && (fraction.is_empty() || all(fraction, u8::is_ascii_digit)),
    };
    let float = exact && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    // Base sixty: 1:30 is ninety.
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or("");
    let sixty = text.contains(':')
        && starts(first)
        && !first.starts_with('0')
        && all(first, u8::is_ascii_digit)
        && parts.all(|part| matches!(part.len(), 1 | 2) && part.parse::<u8>().is_ok_and(|n| n < 60));
    float || sixty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_key_is_what_yaml_1_1_says() {
        for (text, want) in [
            ("on", "true"),
            ("No", "false"),
            ("yes", "true"),
            ("1.10", "1.1"),
            ("-2.50", "-2.5"),
            ("1.0", "1.0"),
            ("0.0", "0.0"),
            ("1.5", "1.5"),
            ("12", "12"),
            ("y", "y"),
            // Unknown: MapEntry::is_ambiguous tells these.
            ("010", "010"),
            ("0.0001000", "0.0001000"),
            ("1.", "1."),
            ("null", "null"),
        ] {
            assert_eq!(plain_key(text), want, "{text}");
        }
    }

    #[test]
    fn a_plain_scalar_is_what_yaml_1_1_says() {
        for text in ["12345", "0", "-5", "1.5", "123456789012", "99999999999999999999"] {
            assert_eq!(plain_scalar(text), NodeKind::Number(text.to_owned()), "{text}");
        }
        for text in
            ["007", "0123", "0x1F", "0b1", "1_000", "1e3", "1.0", "1.", ".5", "+12", "1:30", "190:20:30", "-.inf", "-0"]
        {
            assert_eq!(plain_scalar(text), NodeKind::AmbiguousNumber(text.to_owned()), "{text}");
        }
        for text in [
            "2026-11-22",
            "10.0.0.1",
            "089",
            "1:90",
            "12a",
            "-",
            ".",
            "+",
            "y",
            "n",
            "Production",
            "arn:aws:x",
            "1,000",
            "0x",
            "e3",
        ] {
            assert_eq!(plain_scalar(text), NodeKind::Text(text.to_owned()), "{text}");
        }
        assert_eq!(plain_scalar("Yes"), NodeKind::Bool(true));
        assert_eq!(plain_scalar("off"), NodeKind::Bool(false));
        assert_eq!(plain_scalar("~"), NodeKind::Null);
    }
}
