//! `jsonencode` and `jsondecode`.

use std::collections::BTreeMap;

use super::super::value::{HclNumber, HclValue, HclValueKind, UnknownReason};
use super::shared::{FunctionResult, TOO_LARGE, bounded, complete, failure};

/// The digits that every number of a parser has exactly.
const EXACT_DIGITS: usize = 15;

/// The compact JSON of a value.
pub(super) fn encode(value: &HclValue) -> Result<String, UnknownReason> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &HclValue, out: &mut String) -> Result<(), UnknownReason> {
    bounded(out.len())?;
    match &value.kind {
        HclValueKind::Unknown(why) => return Err(why.clone()),
        HclValueKind::Null => out.push_str("null"),
        HclValueKind::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
        HclValueKind::Number(it) => out.push_str(&it.to_string()),
        HclValueKind::Text(text) => quoted(text, out),
        HclValueKind::List(list) => {
            out.push('[');
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        HclValueKind::Map(_) => {
            out.push('{');
            for (at, (key, item)) in complete(value)?.entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quoted(key, out);
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// A string as Go writes it into JSON: characters that mean something in HTML are escaped.
fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

pub(super) fn decode(text: &str) -> FunctionResult {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        // Terraform reads escapes of half a character, numbers of any size, and any depth.
        let is_certain = (error.is_syntax() || error.is_eof())
            && !text.contains("\\u")
            && !text.contains("[[[")
            && !error.to_string().contains("number out of range");
        UnknownReason::failure_if(is_certain, "jsondecode() of a text that is not JSON")
    })?;
    of(&value, has_long_number(text))
}

/// Returns whether a text has so many digits in a row that a number of it may have been rounded.
fn has_long_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').any(|digits| digits.len() > EXACT_DIGITS)
}

fn of(value: &serde_json::Value, may_be_rounded: bool) -> FunctionResult {
    Ok(match value {
        serde_json::Value::Null => HclValue::null(),
        serde_json::Value::Bool(it) => HclValue::bool(*it),
        serde_json::Value::Number(it) if it.is_f64() && may_be_rounded => {
            return Err("a number with more digits than taglint reads".into());
        }
        serde_json::Value::Number(it) => {
            HclValue::new(HclValueKind::Number(HclNumber::parse(&it.to_string()).ok_or(TOO_LARGE)?))
        }
        serde_json::Value::String(text) => HclValue::text(text.as_str()),
        serde_json::Value::Array(items) => {
            HclValue::list(items.iter().map(|item| of(item, may_be_rounded)).collect::<Result<_, _>>()?)
        }
        serde_json::Value::Object(entries) => {
            // Terraform refuses some of these objects: it normalizes the key in one place and not in another.
            if entries.keys().any(|key| !unicode_normalization::is_nfc(key)) {
                return Err("a key that is not in Unicode's composed form".into());
            }
            let entries = entries.iter().map(|(key, item)| Ok((key.clone(), of(item, may_be_rounded)?)));
            HclValue::map(entries.collect::<Result<BTreeMap<_, _>, UnknownReason>>()?, None)
        }
    })
}

/// The failure of a text that is no JSON.
pub(super) fn decoded(value: &HclValue) -> FunctionResult {
    let text = value.as_text()?;
    if text.trim().is_empty() {
        return Err(failure("jsondecode() of nothing"));
    }
    decode(&text)
}
