//! `yamlencode`.

use super::super::value::{HclValue, HclValueKind, UnknownReason};
use super::shared::{FunctionResult, bounded, complete};

/// The column that no line with spaces in a string may reach: Terraform breaks longer lines.
const MAX_COLUMN: usize = 78;
/// The length of a key that stands before its value.
const MAX_KEY: usize = 100;

/// The YAML of a value.
pub(super) fn encode(value: &HclValue) -> FunctionResult {
    let lines = lines(value, 0)?;
    let end = if matches!(value.kind, HclValueKind::Null | HclValueKind::Bool(_) | HclValueKind::Number(_)) {
        "\n...\n"
    } else {
        "\n"
    };
    let text = lines.join("\n") + end;
    bounded(text.len())?;
    Ok(HclValue::text(text))
}

/// The lines of a value that begins at a column.
fn lines(value: &HclValue, column: usize) -> Result<Vec<String>, UnknownReason> {
    Ok(match &value.kind {
        HclValueKind::Unknown(why) => return Err(why.clone()),
        HclValueKind::Null => vec!["null".to_owned()],
        HclValueKind::Bool(_) | HclValueKind::Number(_) => vec![value.as_text()?.to_string()],
        HclValueKind::Text(text) if text.contains('\n') && is_literal(text) => literal(text)?,
        HclValueKind::Text(text) => vec![quoted(text, column)?],
        HclValueKind::List(list) if list.items.is_empty() => vec!["[]".to_owned()],
        HclValueKind::List(list) => {
            let mut out = Vec::new();
            for item in &list.items {
                append(&mut out, "- ", lines(item, column + 2)?, if is_collection(item) { "  " } else { "" })?;
            }
            out
        }
        HclValueKind::Map(_) if complete(value)?.entries.is_empty() => vec!["{}".to_owned()],
        HclValueKind::Map(map) => {
            let mut out = Vec::new();
            for (key, item) in &map.entries {
                if key.len() > MAX_KEY || key.contains('\n') {
                    return Err("yamlencode() of a key that is long or has several lines".into());
                }
                let key = quoted(key, 0)?;
                if is_collection(item) {
                    out.push(format!("{key}:"));
                    let indent = if matches!(item.kind, HclValueKind::Map(_)) { "  " } else { "" };
                    append(&mut out, indent, lines(item, column + indent.len())?, indent)?;
                } else {
                    let column = column + key.chars().count() + 2;
                    append(&mut out, &format!("{key}: "), lines(item, column)?, "")?;
                }
            }
            out
        }
    })
}

/// Adds lines, the first with one prefix, the others with another.
fn append(out: &mut Vec<String>, first: &str, lines: Vec<String>, others: &str) -> Result<(), UnknownReason> {
    let mut length = 0;
    for (at, line) in lines.into_iter().enumerate() {
        length += line.len();
        bounded(length)?;
        out.push(match (at, line.is_empty()) {
            (0, _) => format!("{first}{line}"),
            (_, true) => line,
            (_, false) => format!("{others}{line}"),
        });
    }
    Ok(())
}

/// Returns whether a value is a list or map with anything in it.
fn is_collection(value: &HclValue) -> bool {
    match &value.kind {
        HclValueKind::List(list) => !list.items.is_empty(),
        HclValueKind::Map(map) => !map.entries.is_empty(),
        _ => false,
    }
}

fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{2027}' | '\u{2030}'..='\u{d7ff}')
}

/// Returns whether Terraform writes a text of several lines as a block.
fn is_literal(text: &str) -> bool {
    !text.contains(" \n") && text.chars().all(|c| is_plain(c) || c == '\n')
}

/// A text of several lines as a block.
fn literal(text: &str) -> Result<Vec<String>, UnknownReason> {
    if text.starts_with([' ', '\n']) || text.ends_with(' ') {
        return Err("yamlencode() of a text with space around it".into());
    }
    let (mark, body) = match text.strip_suffix('\n') {
        None => ("|-", text),
        Some(body) if !body.ends_with('\n') => ("|", body),
        Some(body) => ("|+", body),
    };
    let indented = body.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("  {line}") });
    Ok(std::iter::once(mark.to_owned()).chain(indented).collect())
}

fn quoted(text: &str, column: usize) -> Result<String, UnknownReason> {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            c if is_plain(c) => out.push(c),
            c if u32::from(c) > 0xffff => out += &format!("\\U{:08X}", u32::from(c)),
            _ => return Err("yamlencode() of characters that taglint does not write".into()),
        }
    }
    out.push('"');
    if text.contains(' ') && column + out.chars().count() > MAX_COLUMN {
        return Err("yamlencode() of a long text, which Terraform breaks into lines".into());
    }
    Ok(out)
}
