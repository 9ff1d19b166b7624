//! The result of an export, and its packing into documents of the size that AWS takes.

use serde_json::Value;

use super::format::ExportFormat;
use super::omission::Omission;
use crate::base::encode::json;

/// One document of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The name of its file.
    pub name: String,
    /// The text.
    pub content: String,
}

/// An export.
#[derive(Debug)]
pub struct Exported {
    /// The documents, at least one.
    pub documents: Vec<Document>,
    /// The parts of the policy that they do not say.
    pub omissions: Vec<Omission>,
}

/// The reason why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No rule can be said in the format.
    #[error("no rule of the policy can be exported as {}", .0.title())]
    Nothing(ExportFormat, Vec<Omission>),
    /// One part is larger than AWS allows in a document.
    #[error("{what} needs {size} characters, and AWS allows {limit} in {}", .format.title())]
    TooLarge {
        /// The format.
        format: ExportFormat,
        /// The part.
        what: String,
        /// Its size in characters.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// There are more rules than AWS allows in a template.
    #[error("the policy makes {count} rules of AWS Config, and a template has at most {limit} resources")]
    TooManyRules {
        /// The number of rules.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// There are more documents than AWS allows.
    #[error("the policy makes {count} documents, and AWS attaches at most {limit} to one account")]
    TooMany {
        /// The number of documents.
        count: usize,
        /// The limit.
        limit: usize,
    },
}

/// The limits of a kind of policy of AWS Organizations.
pub(super) struct Limits {
    pub(super) format: ExportFormat,
    /// Characters of a document.
    pub(super) size: usize,
    /// Documents for one account.
    pub(super) documents: usize,
}

/// A part of a document that stays whole, and its name in messages.
pub(super) struct Part {
    pub(super) what: String,
    pub(super) value: Value,
}

/// Packs parts into as few documents as their order allows. `wrap` makes a document of parts.
pub(super) fn pack(
    parts: Vec<Part>,
    limits: &Limits,
    wrap: impl Fn(&[Value]) -> Value,
) -> Result<Vec<Document>, ExportError> {
    let size = |parts: &[Value]| json::to_string(&wrap(parts)).chars().count();
    let mut groups: Vec<Vec<Value>> = Vec::new();
    let (mut group, mut used) = (Vec::new(), size(&[]));
    let empty = used;
    for Part { what, value } in parts {
        let own = json::to_string(&value).chars().count() + 1;
        let alone = size(std::slice::from_ref(&value));
        if alone > limits.size {
            return Err(ExportError::TooLarge { format: limits.format, what, size: alone, limit: limits.size });
        }
        if !group.is_empty() && used + own > limits.size {
            groups.push(std::mem::take(&mut group));
            used = empty;
        }
        used += own;
        group.push(value);
    }
    if !group.is_empty() {
        groups.push(group);
    }
    if groups.len() > limits.documents {
        return Err(ExportError::TooMany { count: groups.len(), limit: limits.documents });
    }
    let contents: Vec<_> = groups.iter().map(|parts| text(&wrap(parts), limits.size)).collect();
    Ok(named(limits.format, "json", contents))
}

/// Documents with numbered names, if there are several.
pub(super) fn named(format: ExportFormat, extension: &str, contents: Vec<String>) -> Vec<Document> {
    let several = contents.len() > 1;
    let name = |at: usize| {
        let number = if several { format!("-{}", at + 1) } else { String::new() };
        format!("{}{number}.{extension}", format.name())
    };
    contents.into_iter().enumerate().map(|(at, content)| Document { name: name(at), content }).collect()
}

/// The JSON on several lines if that fits, as white space counts for AWS; else on one.
fn text(value: &Value, limit: usize) -> String {
    let mut pretty = String::new();
    append(&mut pretty, value, 0);
    if pretty.chars().count() <= limit { pretty + "\n" } else { json::to_string(value) }
}

/// Appends JSON on several lines. A list of scalars that is short stays on one line.
fn append(out: &mut String, value: &Value, depth: usize) {
    const LINE: usize = 100;
    let indent = |depth: usize| format!("\n{}", "  ".repeat(depth));
    let one_line = json::to_string(value);
    let nested = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => items.iter().any(Value::is_object) || one_line.len() > LINE,
        _ => false,
    };
    if !nested {
        out.push_str(&one_line);
        return;
    }
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    let entries: Vec<(Option<&String>, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (Some(key), value)).collect(),
        other => other.as_array().into_iter().flatten().map(|value| (None, value)).collect(),
    };
    out.push(open);
    for (at, (key, value)) in entries.into_iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        out.push_str(&indent(depth + 1));
        if let Some(key) = key {
            out.push_str(&json::to_string(key));
            out.push_str(": ");
        }
        append(out, value, depth + 1);
    }
    out.push_str(&indent(depth));
    out.push(close);
}
