//! CloudFormation templates in YAML and JSON: edits of the literal tags property of a resource.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::check::{UNSUPPORTED, check_current_value, removed_keys};
use crate::aws::{is_aws_key, supported};
use crate::base::{SourceFile, quote};
use crate::fix::plan::Change;
use crate::syntax::{MapEntry, Node, NodeKind, parse_json_or_yaml_with, template_keys};

/// One tag in a template.
struct TemplateTag {
    key: String,
    value: String,
    key_at: Range<usize>,
    value_at: Range<usize>,
    /// The whole entry: a list item, or a key with its value.
    whole: Range<usize>,
}

/// The tags property of one resource.
struct TagsProperty {
    entries: Vec<TemplateTag>,
    /// `true` if the tags are a list of keys and values rather than a map.
    list: bool,
    /// `true` if the tags are in flow style (brackets or braces).
    flow: bool,
}

/// Returns the literal tags of a resource.
pub(super) fn literal_tags(
    file: &Arc<SourceFile>,
    id: &str,
    change: &Change,
) -> Result<BTreeMap<String, String>, String> {
    let entries = tags_property(file, id, change)?.entries;
    Ok(entries.into_iter().map(|entry| (entry.key, entry.value)).collect())
}

/// Returns the text of a template with the change applied.
pub(super) fn edit(file: &Arc<SourceFile>, id: &str, change: &Change) -> Result<String, String> {
    let property = tags_property(file, id, change)?;
    let text = &*file.text;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let entry = |key: &str| property.entries.iter().find(|entry| entry.key == key);
    let mut renamed = Vec::new();
    for rename in &change.renames {
        let old = entry(&rename.from).ok_or_else(|| not_literal(&rename.from))?;
        edits.push((old.key_at.clone(), scalar(text, &old.key_at, &rename.to)));
        if change.before.get(&rename.from) != change.after.get(&rename.to) {
            check_current_value(change, &old.key, Some(&old.value))?;
            edits.push((old.value_at.clone(), scalar(text, &old.value_at, &change.after[&rename.to])));
        }
        renamed.push((&rename.from, &rename.to));
    }
    let mut added = Vec::new();
    for (key, value) in change.set.iter().filter(|(key, _)| !renamed.iter().any(|(_, to)| to == key)) {
        match entry(key) {
            Some(old) => {
                check_current_value(change, &old.key, Some(&old.value))?;
                edits.push((old.value_at.clone(), scalar(text, &old.value_at, value)));
            }
            None if change.before.contains_key(key) => return Err(not_literal(key)),
            None => added.push((key, value)),
        }
    }
    let mut kept = property.entries.len();
    for key in removed_keys(change).filter(|key| !is_aws_key(key) && !renamed.iter().any(|(from, _)| from == key)) {
        let old = entry(key).ok_or_else(|| not_literal(key))?;
        edits.push((property.removal(text, old).ok_or(UNSUPPORTED)?, String::new()));
        kept -= 1;
    }
    // A block-style property without any entry would become null.
    if kept == 0 || edits.is_empty() && added.is_empty() {
        return Err(UNSUPPORTED.to_owned());
    }
    edits.extend(property.addition(text, &added).ok_or(UNSUPPORTED)?);
    // From the end of the file to its start, so that an edit does not move the ranges of those that follow.
    edits.sort_by_key(|(at, _)| std::cmp::Reverse((at.start, at.end)));
    // Two removals in flow style can claim the same comma; applying both would damage the file.
    let apart = edits.windows(2).all(|pair| pair[1].0.end <= pair[0].0.start);
    let mut out = text.to_owned();
    for (at, new) in edits {
        out.replace_range(at, &new);
    }
    if apart { Ok(out) } else { Err(UNSUPPORTED.to_owned()) }
}

fn not_literal(key: &str) -> String {
    format!(
        "{} is not among the literal tags of its resource (is it a tag of the stack?); change it by hand",
        quote(key)
    )
}

fn tags_property(file: &Arc<SourceFile>, id: &str, change: &Change) -> Result<TagsProperty, String> {
    let root = parse_json_or_yaml_with(file, &template_keys::reading)
        .map_err(|why| format!("its template cannot be parsed: {}", why.brief()))?;
    let text = &*file.text;
    let names = supported::by_name(&change.kind).and_then(|supported| supported.cloudformation).ok_or(UNSUPPORTED)?;
    let resource = literal_value(&root, "Resources").and_then(|all| literal_value(all, id));
    let resource = resource.ok_or("it was not found in its template")?;
    if literal_value(resource, "Type").and_then(|kind| kind.literal(text)) != Some(names.resource_type) {
        return Err("its template has a resource of another type with this logical id".to_owned());
    }
    let tags = literal_value(resource, "Properties").and_then(|all| literal_value(all, names.tags));
    let tags = tags.ok_or("its resource has no tags in the template; change it by hand")?;
    let (entries, list): (Option<Vec<_>>, _) = match &tags.kind {
        NodeKind::List(items) if tags.is_literal => (items.iter().map(|item| from_item(item, text)).collect(), true),
        NodeKind::Map(entries) if tags.is_literal => {
            (entries.iter().map(|entry| from_entry(entry, text)).collect(), false)
        }
        _ => (None, false),
    };
    let entries = entries.ok_or("its tags are not literals; change them by hand")?;
    Ok(TagsProperty { entries, list, flow: tags.is_flow(text) })
}

/// The value of a key, where an edit of it changes this map only: an alias or a merge would carry the edit elsewhere.
fn literal_value<'n>(map: &'n Node, key: &str) -> Option<&'n Node> {
    let entry = map.entry(key).filter(|entry| map.is_literal && entry.is_literal)?;
    Some(&entry.value)
}

fn from_entry(entry: &MapEntry, text: &str) -> Option<TemplateTag> {
    entry.is_literal.then_some(TemplateTag {
        key: entry.key.clone(),
        value: entry.value.literal(text)?.to_owned(),
        key_at: entry.key_span.clone(),
        value_at: entry.value.span.clone(),
        whole: entry.key_span.start..entry.value.span.end,
    })
}

fn from_item(item: &Node, text: &str) -> Option<TemplateTag> {
    let (key, value) = (literal_value(item, "Key")?, literal_value(item, "Value")?);
    // In flow style the item ends with its brace; in block style it ends with its last value.
    let end = if item.is_flow(text) { item.span.end } else { item.end() };
    (item.entries().len() == 2).then_some(TemplateTag {
        key: key.literal(text)?.to_owned(),
        value: value.literal(text)?.to_owned(),
        key_at: key.span.clone(),
        value_at: value.span.clone(),
        whole: item.span.start..end,
    })
}

impl TagsProperty {
    /// Returns the range to delete with an entry: its lines, or in flow style its comma.
    fn removal(&self, text: &str, entry: &TemplateTag) -> Option<Range<usize>> {
        if !self.flow {
            let (start, end) = (line_start(text, entry.whole.start), line_end(text, entry.whole.end));
            let before = text[start..entry.whole.start].trim();
            let after = text[entry.whole.end..end].trim();
            let own = before == if self.list { "-" } else { "" } && (after.is_empty() || after.starts_with('#'));
            return own.then_some(start..end);
        }
        let rest = &text[entry.whole.end..];
        if let Some(after) = rest.trim_start().strip_prefix(',') {
            return Some(entry.whole.start..text.len() - after.trim_start().len());
        }
        let before = text[..entry.whole.start].trim_end().strip_suffix(',')?;
        Some(before.len()..entry.whole.end)
    }

    /// Returns the edit that adds entries after the last one, in its style.
    fn addition(&self, text: &str, added: &[(&String, &String)]) -> Option<Vec<(Range<usize>, String)>> {
        let last = self.entries.last()?;
        let start = line_start(text, last.whole.start);
        let lead = &text[start..last.whole.start];
        let indent: String = lead.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
        let mut new = String::new();
        for (key, value) in added {
            let (key, value) = (scalar(text, &last.key_at, key), scalar(text, &last.value_at, value));
            let one = match (self.list, self.flow) {
                (true, false) => {
                    let gap = " ".repeat(lead.len() - indent.len());
                    format!("{lead}Key: {key}\n{indent}{gap}Value: {value}\n")
                }
                (false, false) => format!("{indent}{key}: {value}\n"),
                (true, true) => format!("{{\"Key\": {key}, \"Value\": {value}}}"),
                (false, true) => format!("{key}: {value}"),
            };
            let own_line = lead.trim().is_empty();
            new += &match self.flow {
                false => one,
                true if own_line => format!(",\n{indent}{one}"),
                true => format!(", {one}"),
            };
        }
        if new.is_empty() {
            return Some(Vec::new());
        }
        let at = if self.flow { last.whole.end } else { line_end(text, last.whole.end) };
        // The last line of a file may have no line break.
        if !self.flow && !text[..at].ends_with('\n') {
            new = format!("\n{}", new.trim_end());
        }
        if text.contains("\r\n") {
            new = new.replace('\n', "\r\n");
        }
        let alone = self.flow || text[last.whole.end..at].trim().is_empty() || text[last.whole.end..at].contains('#');
        alone.then_some(vec![(at..at, new)])
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// Encodes a text in the style of the one that it replaces: plain if that is plain and YAML reads the new text as a string
/// too, otherwise in double quotes.
fn scalar(text: &str, old: &Range<usize>, new: &str) -> String {
    let quoted = text[old.start..].starts_with(['"', '\'']);
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '.' | '/' | '-' | '@');
    let spaced = new.starts_with(' ') || new.ends_with(' ');
    // A text that begins with a digit or a sign could be read as a number or a date.
    let letter = new.starts_with(|c: char| c.is_ascii_alphabetic());
    // YAML 1.1 reads these words as booleans or null.
    let means = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    if !quoted && letter && !spaced && new.chars().all(word) && !means.contains(&&*new.to_ascii_lowercase()) {
        return new.to_owned();
    }
    let mut out = String::from("\"");
    for c in new.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if crate::base::is_hostile(c) => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().for_each(|unit| out += &format!("\\u{unit:04x}"));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
