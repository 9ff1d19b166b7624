//! `csvdecode`, by the rules of Go's reader.

use std::collections::BTreeMap;

use super::super::value::{HclValue, MAX_ENTRIES, UnknownReason};
use super::shared::{FunctionResult, failure};

/// The rows of a text, each an object with the names of the first row.
pub(super) fn decode(value: &HclValue) -> FunctionResult {
    let text = value.as_text()?;
    let mut rows = rows(&text)?.into_iter();
    let header = rows.next().ok_or_else(|| failure("csvdecode() of a text without a header"))?;
    let names: Vec<String> =
        header.into_iter().map(|name| HclValue::text(name).as_text().map(|it| it.to_string())).collect::<Result<_, _>>()?;
    let row = |fields: Vec<String>| {
        if fields.len() != names.len() {
            return Err(failure("csvdecode() of rows of different lengths"));
        }
        let fields = fields.into_iter().map(HclValue::text);
        let entries: BTreeMap<String, HclValue> = names.iter().cloned().zip(fields).collect();
        if entries.len() == names.len() { Ok(HclValue::map(entries, None)) } else { Err(failure("a column twice")) }
    };
    // Terraform refuses such names also if there are no rows.
    row(names.clone())?;
    Ok(HclValue::typed_list(rows.map(row).collect::<Result<_, _>>()?))
}

fn rows(text: &str) -> Result<Vec<Vec<String>>, UnknownReason> {
    let text = text.replace("\r\n", "\n");
    let mut rest = text.strip_suffix('\r').unwrap_or(&text);
    let mut rows = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('\n') {
            rest = after;
            continue;
        }
        if rows.len() > MAX_ENTRIES {
            return Err("a list that is too large".into());
        }
        rows.push(row(&mut rest)?);
    }
    Ok(rows)
}

/// Takes the fields of one row and the line break after it.
fn row(rest: &mut &str) -> Result<Vec<String>, UnknownReason> {
    let mut fields = Vec::new();
    loop {
        fields.push(field(rest)?);
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => break,
        }
    }
    *rest = rest.strip_prefix('\n').unwrap_or(rest);
    Ok(fields)
}

fn field(rest: &mut &str) -> Result<String, UnknownReason> {
    let Some(inside) = rest.strip_prefix('"') else {
        let (field, after) = rest.split_at(rest.find([',', '\n']).unwrap_or(rest.len()));
        *rest = after;
        return if field.contains('"') { Err(failure("csvdecode() of a quote inside a field")) } else { Ok(field.into()) };
    };
    let (mut out, mut inside) = (String::new(), inside);
    loop {
        let end = inside.find('"').ok_or_else(|| failure("csvdecode() of a text with an open quote"))?;
        out += &inside[..end];
        let after = &inside[end + 1..];
        match after.strip_prefix('"') {
            Some(next) => {
                out.push('"');
                inside = next;
            }
            None if after.is_empty() || after.starts_with([',', '\n']) => {
                *rest = after;
                return Ok(out);
            }
            None => return Err(failure("csvdecode() of text after a quoted field")),
        }
    }
}
