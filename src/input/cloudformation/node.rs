//! A template as a tree: what YAML and JSON have in common, each node with its place.

use std::sync::Arc;

use crate::base::{Diagnostic, SourceFile, Span};

/// Deeper than this nothing is read: no template needs it, and every walk of the tree is a recursion.
pub(super) const DEPTH: usize = 64;
/// More nodes than this nothing is read, aliases counted where they are used: a megabyte of template, which is all that
/// `CloudFormation` takes, has far fewer.
pub(super) const NODES: usize = 500_000;

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Bytes of the file.
    pub(super) span: Span,
}

/// What a value is. Short tags (`!Ref x`) stand as the maps that they abbreviate.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    /// As it is written, which is as `CloudFormation` turns it into text.
    Number(String),
    Text(String),
    /// A number whose text is not the one that is written (`007`, `1e3`, `1_000`).
    Odd(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Node,
}

impl Node {
    /// The value of a key, where this is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a map; none where this is no map.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none where this is no list.
    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The function that this value calls and its argument: a map with one key, `Ref` or `Fn::…`.
    pub(super) fn call(&self) -> Option<(&str, &Self)> {
        match self.entries() {
            [entry] if is_function(&entry.key) => Some((&entry.key, &entry.value)),
            _ => None,
        }
    }

    /// Where the last thing in it ends. The span of a block in YAML goes on to the next token, over comments that
    /// belong to what comes after.
    pub(super) fn end(&self) -> usize {
        match &self.kind {
            Kind::List(items) if !items.is_empty() => items.iter().map(Self::end).max().unwrap_or(self.span.start),
            Kind::Map(entries) if !entries.is_empty() => {
                entries.iter().map(|entry| entry.value.end().max(entry.key_span.end)).max().unwrap_or(self.span.start)
            }
            _ => self.span.end,
        }
    }
}

/// Refuses a map that has a key twice: `CloudFormation` would take one of the two and say nothing.
pub(super) fn no_twins(file: &Arc<SourceFile>, entries: &[Entry]) -> Result<(), Diagnostic> {
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_by(|a, b| (&a.key, a.key_span.start).cmp(&(&b.key, b.key_span.start)));
    let Some(twins) = order.windows(2).find(|pair| pair[0].key == pair[1].key) else { return Ok(()) };
    let message = format!("the key {} is there twice", crate::base::quote(&twins[1].key));
    Err(Diagnostic::error(file, twins[1].key_span.clone(), message)
        .help("CloudFormation would use only one of the two"))
}

/// Whether a key is a function's name. (`Condition` is one in conditions only: a tag may be called so.)
pub(super) fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

/// What a scalar without quotes is, by the rules of YAML 1.1, which `CloudFormation` keeps to: `yes` is a boolean there,
/// and `010` is eight.
pub(super) fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Kind::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Kind::Bool(false),
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            Kind::Text(text.to_owned())
        }
        _ => number(text),
    }
}

/// A number, an odd one, or a text that begins like a number (`2026-11-22`, `10.0.0.1`).
fn number(text: &str) -> Kind {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let positive = text.strip_prefix('-').unwrap_or(text);
    let whole = |text: &str| digits(text) && (text == "0" || !text.starts_with('0'));
    let as_written = match positive.split_once('.') {
        None => whole(positive),
        Some((before, after)) => whole(before) && digits(after) && !after.ends_with('0') && after.len() < 16,
    };
    if as_written && text != "-0" {
        Kind::Number(text.to_owned())
    } else if is_odd(text.strip_prefix(['+', '-']).unwrap_or(text)) {
        Kind::Odd(text.to_owned())
    } else {
        Kind::Text(text.to_owned())
    }
}

/// Whether YAML 1.1 reads a text without its sign as a number in another way than its digits say.
fn is_odd(text: &str) -> bool {
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
    fn a_plain_scalar_is_what_yaml_1_1_says() {
        for text in ["12345", "0", "-5", "1.5", "123456789012", "99999999999999999999"] {
            assert_eq!(plain(text), Kind::Number(text.to_owned()), "{text}");
        }
        for text in
            ["007", "0123", "0x1F", "0b1", "1_000", "1e3", "1.0", "1.", ".5", "+12", "1:30", "190:20:30", "-.inf", "-0"]
        {
            assert_eq!(plain(text), Kind::Odd(text.to_owned()), "{text}");
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
            assert_eq!(plain(text), Kind::Text(text.to_owned()), "{text}");
        }
        assert_eq!(plain("Yes"), Kind::Bool(true));
        assert_eq!(plain("off"), Kind::Bool(false));
        assert_eq!(plain("~"), Kind::Null);
    }
}
