//! Terraform source: edits of the literal `tags` map of a resource block.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, Body};

use super::check::{UNSUPPORTED, check_current_value, removed_keys};
use crate::aws::is_aws_key;
use crate::base::encode::hcl::string;
use crate::base::quote;
use crate::fix::plan::Change;

/// The bound of comparisons: hcl-edit 0.10 compares each key of an object with those before it.
const MAX_COMPARISONS: u64 = 150_000_000;

/// Parses a file whose objects are not too large for the parser. It counts `=` and `:`, in strings too: an upper bound is
/// enough.
fn parse(text: &str) -> Result<Body, String> {
    let (mut open, mut comparisons) = (Vec::new(), 0_u64);
    for byte in text.bytes() {
        match byte {
            b'{' => open.push(0_u64),
            b'}' => drop(open.pop()),
            b'=' | b':' => {
                if let Some(entries) = open.last_mut() {
                    *entries += 1;
                    comparisons += *entries;
                }
            }
            _ => {}
        }
    }
    if comparisons > MAX_COMPARISONS {
        return Err("too many objects with thousands of entries".to_owned());
    }
    parse_body(text).map_err(|error| error.message().to_owned())
}

/// Returns the literal tags of a resource block; other values are left out.
pub(super) fn literal_tags(text: &str, kind: &str, name: &str) -> Result<BTreeMap<String, String>, String> {
    let body = parse(text).map_err(|_| UNSUPPORTED)?;
    let block = find(&body, kind, name).ok_or("its block is missing after the edit")?;
    Ok(literal_entries(block)?.into_iter().filter_map(|entry| Some((entry.key, entry.value?))).collect())
}

fn find<'b>(body: &'b Body, kind: &str, name: &str) -> Option<&'b Block> {
    body.get_blocks("resource").find(|block| {
        let labels: Vec<&str> = block.labels.iter().map(hcl_edit::structure::BlockLabel::as_str).collect();
        labels == [kind, name]
    })
}

/// One entry of a literal map of tags.
struct HclTag {
    key: String,
    /// `None` if the value is not a literal.
    value: Option<String>,
    key_at: Range<usize>,
    value_at: Range<usize>,
}

fn object(block: &Block) -> Result<&Object, String> {
    match block.body.get_attribute("tags").map(|attribute| &attribute.value) {
        Some(Expression::Object(object)) => Ok(object),
        Some(_) => Err("its tags are not a literal map; change them by hand".to_owned()),
        None => Err("its block has no tags; change it by hand".to_owned()),
    }
}

fn literal_entries(block: &Block) -> Result<Vec<HclTag>, String> {
    let unclear = "its tags have a key that is not a literal; change them by hand";
    let mut out = Vec::new();
    for (key, value) in object(block)? {
        let (text, at) = match key {
            ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
                (name.as_str().to_owned(), name.span())
            }
            ObjectKey::Expression(Expression::String(text)) => (text.value().clone(), text.span()),
            ObjectKey::Expression(_) => return Err(unclear.to_owned()),
        };
        let literal = match value.expr() {
            Expression::String(text) => Some(text.value().clone()),
            _ => None,
        };
        let (Some(key_at), Some(value_at)) = (at, value.expr().span()) else { return Err(unclear.to_owned()) };
        out.push(HclTag { key: text, value: literal, key_at, value_at });
    }
    Ok(out)
}

/// Returns the text of a file with the change applied.
pub(super) fn edit(text: &str, kind: &str, name: &str, change: &Change) -> Result<String, String> {
    let body = parse(text).map_err(|error| format!("its file cannot be parsed: {error}"))?;
    let block = find(&body, kind, name).ok_or("its block was not found in the source")?;
    let whole = object(block)?.span().ok_or("its tags have no position")?;
    let entries = literal_entries(block)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let entry = |key: &str| entries.iter().find(|entry| entry.key == key);
    let check = |entry: &HclTag| check_current_value(change, &entry.key, entry.value.as_deref());
    let mut renamed = Vec::new();
    for rename in &change.renames {
        let old = entry(&rename.from).ok_or_else(|| not_literal(&rename.from))?;
        edits.push((old.key_at.clone(), string(&rename.to)));
        if change.before.get(&rename.from) != change.after.get(&rename.to) {
            check(old)?;
            edits.push((old.value_at.clone(), string(&change.after[&rename.to])));
        }
        renamed.push((&rename.from, &rename.to));
    }
    let mut added = Vec::new();
    for (key, value) in change.set.iter().filter(|(key, _)| !renamed.iter().any(|(_, to)| to == key)) {
        match entry(key) {
            Some(old) => {
                check(old)?;
                edits.push((old.value_at.clone(), string(value)));
            }
            None if change.before.contains_key(key) => return Err(not_literal(key)),
            None => added.push(format!("{} = {}", string(key), string(value))),
        }
    }
    for key in removed_keys(change).filter(|key| !is_aws_key(key) && !renamed.iter().any(|(from, _)| from == key)) {
        let old = entry(key).ok_or_else(|| not_literal(key))?;
        edits.push((removal(text, old, &whole), String::new()));
    }
    edits.extend(addition(text, &whole, entries.last(), &added));
    // From the end of the file to its start, so that an edit does not move the ranges of those that follow.
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    let mut out = text.to_owned();
    for (at, new) in edits {
        out.replace_range(at, &new);
    }
    Ok(out)
}

fn not_literal(key: &str) -> String {
    format!("{} is not among the literal tags of its block (is it in default_tags?); change it by hand", quote(key))
}

/// Returns the range to delete with an entry: its lines if it has its own, otherwise its comma.
fn removal(text: &str, entry: &HclTag, whole: &Range<usize>) -> Range<usize> {
    let start = text[..entry.key_at.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[entry.value_at.end..].find('\n').map_or(text.len(), |at| entry.value_at.end + at + 1);
    let alone = text[start..entry.key_at.start].trim().is_empty() && start > whole.start && end <= whole.end;
    let rest = text[entry.value_at.end..end].trim().trim_start_matches(',').trim_start();
    // A comment after the entry belongs to it and is removed with it.
    if alone && (rest.is_empty() || rest.starts_with('#') || rest.starts_with("//")) {
        return start..end;
    }
    let after = &text[entry.value_at.end..whole.end];
    if let Some(rest) = after.trim_start().strip_prefix(',') {
        let next = rest.trim_start_matches(' ');
        return entry.key_at.start..whole.end - next.len();
    }
    let before = text[whole.start..entry.key_at.start].trim_end();
    let cut = before.strip_suffix(',').unwrap_or(before).len();
    whole.start + cut..entry.value_at.end
}

/// Returns the edit that adds entries after the last one, in its style.
fn addition(
    text: &str,
    whole: &Range<usize>,
    last: Option<&HclTag>,
    added: &[String],
) -> Option<(Range<usize>, String)> {
    if added.is_empty() {
        return None;
    }
    let Some(last) = last else {
        let inner = text[whole.start + 1..whole.end - 1].trim();
        let at = if inner.is_empty() { whole.clone() } else { whole.start..whole.start };
        return Some((at, format!("{{ {} }}", added.join(", "))));
    };
    match text[last.value_at.end..whole.end].find('\n') {
        None => Some((last.value_at.end..last.value_at.end, format!(", {}", added.join(", ")))),
        Some(line) => {
            let at = last.value_at.end + line + 1;
            let start = text[..last.key_at.start].rfind('\n').map_or(0, |at| at + 1);
            let indent: String = text[start..].chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
            let end = if text[..at].ends_with("\r\n") { "\r\n" } else { "\n" };
            // Commas are optional between the lines of an HCL map, so new lines follow the style of the last one.
            let comma = if text[last.value_at.end..at].trim_start().starts_with(',') { "," } else { "" };
            let lines: Vec<String> = added.iter().map(|tag| format!("{indent}{tag}{comma}{end}")).collect();
            Some((at..at, lines.concat()))
        }
    }
}
