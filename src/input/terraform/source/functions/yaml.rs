//! `yamldecode`. Terraform's parser follows the rules of YAML 1.1 with exceptions; what others read differently is unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::value::{HclNumber, HclValue, HclValueKind, UnknownReason};
use super::shared::FunctionResult;
use crate::base::SourceFile;
use crate::syntax::yaml;
use crate::syntax::{MapEntry, Node, NodeKind};

/// The value of a document.
pub(super) fn decode(value: &HclValue) -> FunctionResult {
    let text = value.as_text()?;
    if has_references(&text) || has_other_documents(&text) || text.contains(['\t', '\r', '\u{feff}']) {
        return Err("YAML with anchors, tags, directives, tabs or several documents".into());
    }
    let file = Arc::new(SourceFile { path: String::new().into(), text: text.to_string().into(), built_in: false });
    let root = yaml::parse(&file).map_err(|_| UnknownReason::from("YAML that taglint does not read"))?;
    if text.trim().is_empty() {
        return Err("YAML without a value".into());
    }
    of(&root, &text)
}

/// Returns whether a text may have anchors, aliases, tags or merged maps.
fn has_references(text: &str) -> bool {
    let is_before = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "[{,".contains(c));
    let mut before = None;
    for (at, c) in text.char_indices() {
        let is_name_next = || text[at + 1..].starts_with(|it: char| !it.is_whitespace());
        if is_before(before) && (c == '!' || matches!(c, '&' | '*') && is_name_next()) {
            return true;
        }
        before = Some(c);
    }
    text.contains("<<")
}

/// Returns whether a text has directives or ends a document before its end.
fn has_other_documents(text: &str) -> bool {
    let is_mark = |line: &str| line.starts_with("---") || line.starts_with("...") || line.starts_with('%');
    let is_start = |line: &str| {
        line.strip_prefix("---").is_some_and(|rest| rest.trim().is_empty() || rest.trim_start().starts_with('#'))
    };
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty() || line.trim_start().starts_with('#')).peekable();
    lines.next_if(|line| is_start(line));
    lines.any(is_mark)
}

fn of(node: &Node, text: &str) -> FunctionResult {
    let written = text.get(node.span.clone()).unwrap_or_default();
    let is_plain = !written.starts_with(['"', '\'', '|', '>']);
    match &node.kind {
        NodeKind::Text(scalar) if is_plain => plain(scalar),
        NodeKind::Text(scalar) => Ok(HclValue::text(scalar.as_str())),
        NodeKind::Number(scalar) | NodeKind::AmbiguousNumber(scalar) => plain(scalar),
        NodeKind::Null | NodeKind::Bool(_) => plain(written.trim()),
        NodeKind::List(items) => Ok(HclValue::list(items.iter().map(|item| of(item, text)).collect::<Result<_, _>>()?)),
        NodeKind::Map(entries) => {
            let entries = entries.iter().map(|entry| Ok((key(entry, text)?, of(&entry.value, text)?)));
            let all: Vec<(String, HclValue)> = entries.collect::<Result<_, UnknownReason>>()?;
            let (count, map) = (all.len(), all.into_iter().collect::<BTreeMap<_, _>>());
            if map.len() == count { Ok(HclValue::map(map, None)) } else { Err("YAML with a key twice".into()) }
        }
    }
}

/// A key, which is a text whatever it is read as.
fn key(entry: &MapEntry, text: &str) -> Result<String, UnknownReason> {
    let written = text.get(entry.key_span.clone()).unwrap_or_default();
    let key = if written.starts_with(['"', '\'']) {
        HclValue::text(entry.key.as_str())
    } else if written == entry.key {
        plain(written)?
    } else {
        return Err("YAML with a key on several lines".into());
    };
    key.as_text().map(|key| key.to_string())
}

/// A scalar without quotes.
fn plain(scalar: &str) -> FunctionResult {
    Ok(match scalar {
        "" | "~" | "null" | "Null" | "NULL" => HclValue::null(),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => HclValue::bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => HclValue::bool(false),
        _ if is_like_a_number(scalar) => number(scalar)?,
        _ => HclValue::text(scalar),
    })
}

/// Returns whether a scalar has a digit after the sign and the point that it may have, or is infinite.
fn is_like_a_number(scalar: &str) -> bool {
    let unsigned = scalar.strip_prefix(['+', '-']).unwrap_or(scalar);
    let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
    let word = digits.to_ascii_lowercase();
    digits.starts_with(|c: char| c.is_ascii_digit()) || word.starts_with("inf") || word.starts_with("nan")
}

/// A scalar that begins like a number: a number, a time, or a text.
fn number(scalar: &str) -> FunctionResult {
    let unsigned = scalar.strip_prefix('+').unwrap_or(scalar);
    let digits = unsigned.strip_prefix('-').unwrap_or(unsigned);
    let is_decimal = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit());
    if is_decimal && digits.matches('.').count() < 2 {
        let number = HclNumber::parse(unsigned).ok_or("a number that taglint does not write out")?;
        return Ok(HclValue::new(HclValueKind::Number(number)));
    }
    // No number of any notation, and no time, has these characters.
    let is_text = is_decimal || scalar.contains([' ', ':', '/', '@', ',', '%', '$', '(', '*', '=']);
    let is_time = scalar.get(..5).is_some_and(|start| start.ends_with('-') && start[..4].bytes().all(|b| b.is_ascii_digit()));
    if is_text && !is_time { Ok(HclValue::text(scalar)) } else { Err("YAML with a number or time of another notation".into()) }
}
