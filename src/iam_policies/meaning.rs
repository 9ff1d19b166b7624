//! The meaning of a reference to a tag, as a sentence.

use std::sync::Arc;

use super::condition_key::{ReferencedKey, TagConditionKey};
use super::document::{ReferenceElement, Statement, TagReference};
use crate::base::{any_of, escape, quote};

/// The number of values that a sentence names; the others are counted.
const SHOWN: usize = 5;
/// The number of characters of a text that a sentence shows.
const MAX_TEXT: usize = 200;

/// The effect of the statement, as a sentence without a full stop. Its texts are escaped.
#[must_use]
pub fn meaning(statement: &Statement, read: &TagReference) -> String {
    let verb = if statement.allows { "allows" } else { "denies" };
    let only = if statement.allows { " only" } else { "" };
    let subject = subject(&read.condition_key, &read.key);
    match &read.element {
        ReferenceElement::Condition { operator, values, .. } => {
            format!("{verb} this{only} where {}", test(&subject, operator, values))
        }
        ReferenceElement::Value { operator, name, text } => {
            let tested = test(&escape(&clip(name)), operator, std::slice::from_ref(text));
            format!("{verb} this{only} where {tested}, with {subject} in its place")
        }
        ReferenceElement::Resource { other: false, text } => {
            format!("{verb} this{only} on {}, with {subject} in its place", quote(&clip(text)))
        }
        ReferenceElement::Resource { other: true, text } => {
            format!("{verb} this on all resources but {}, with {subject} in its place", quote(&clip(text)))
        }
    }
}

/// The tag, as the subject of a sentence.
fn subject(condition_key: &TagConditionKey, key: &ReferencedKey) -> String {
    let tag = match key {
        ReferencedKey::Named(key) => format!("tag {}", quote(&clip(key))),
        ReferencedKey::Any => "tag, under whatever key,".to_owned(),
    };
    match condition_key {
        TagConditionKey::Principal => format!("the caller's {tag}"),
        TagConditionKey::Resource(service) if service == "aws" => format!("the resource's {tag}"),
        TagConditionKey::Resource(service) => format!("the {} resource's {tag}", escape(&clip(service))),
        TagConditionKey::Request => format!("the request's {tag}"),
        TagConditionKey::Keys => "a key that the request writes or removes".to_owned(),
    }
}

/// The condition as a clause. If the tag is absent, a negated operator, `…IfExists` and `ForAllValues:` are true
/// (IAM User Guide, "IAM JSON policy elements: Condition operators").
fn test(subject: &str, operator: &str, values: &[Arc<str>]) -> String {
    let lower = operator.to_ascii_lowercase();
    let (set, rest) = match lower.split_once(':') {
        Some((set @ ("forallvalues" | "foranyvalue"), rest)) => (set, rest),
        _ => ("", lower.as_str()),
    };
    let base = rest.strip_suffix("ifexists").unwrap_or(rest);
    let subject = match set {
        "forallvalues" => format!("every value of {subject}"),
        "foranyvalue" => format!("any value of {subject}"),
        _ => subject.to_owned(),
    };
    if base == "null" {
        let absent = values.iter().any(|value| value.eq_ignore_ascii_case("true"));
        let there = values.iter().any(|value| value.eq_ignore_ascii_case("false"));
        let is = match (absent, there) {
            (true, false) => "is absent",
            (false, true) => "is there",
            _ => "is there or absent",
        };
        return format!("{subject} {is}");
    }
    let demand = match base {
        "stringequals" | "bool" | "arnequals" | "numericequals" | "dateequals" => "is",
        "stringequalsignorecase" => "is, in any letter case,",
        "stringnotequals" | "arnnotequals" | "numericnotequals" | "datenotequals" => "is not",
        "stringnotequalsignorecase" => "is not, in any letter case,",
        "stringlike" | "arnlike" | "ipaddress" => "matches",
        "stringnotlike" | "arnnotlike" | "notipaddress" => "does not match",
        "numericlessthan" | "datelessthan" => "is less than",
        "numericlessthanequals" | "datelessthanequals" => "is at most",
        "numericgreaterthan" | "dategreaterthan" => "is greater than",
        "numericgreaterthanequals" | "dategreaterthanequals" => "is at least",
        _ => return format!("{subject} meets {} {}", quote(&clip(operator)), listed(values)),
    };
    let unmet = base.contains("not") || base != rest || set == "forallvalues";
    let absent = if unmet { ", or there is none" } else { "" };
    format!("{subject} {demand} {}{absent}", listed(values))
}

fn listed(values: &[Arc<str>]) -> String {
    let mut words: Vec<String> = values.iter().take(SHOWN).map(|value| quote(&clip(value))).collect();
    match values.len().saturating_sub(SHOWN) {
        0 if words.is_empty() => "no value".to_owned(),
        0 => any_of(words),
        more => {
            words.push(format!("one of {more} more"));
            any_of(words)
        }
    }
}

/// A text, cut to the length that a sentence shows.
fn clip(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
