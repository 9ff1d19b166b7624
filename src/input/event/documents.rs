//! The JSON documents of an input: an event, a log file, a list, or one event after the other.

use serde_json::Value;

use super::extracted::Extracted;
use super::record::{Record, object};
use super::{created, tagged, verbs};
use crate::engine::InputError;
use crate::input::opened::OpenedInput;
use crate::model::{Gap, NotJudgedReason};

/// The `detail-type` of the event that tells all tags of a resource after a change.
const TAG_CHANGE: &str = "Tag Change on Resource";
/// The next step after an error.
const HELP: &str = "give a CloudTrail record, a log file or an event of EventBridge; docs/events.md lists the forms";
/// The nesting of lists and of records in records. Deeper ones are no events.
const MAX_WRAPPED: usize = 3;

/// Reads every document.
///
/// # Errors
/// [`InputError::Document`] if the first is not JSON, or no event.
pub(super) fn read(name: &str, text: &[u8], gaps: Vec<Gap>) -> Result<OpenedInput, InputError> {
    let line = |line: u64, message: String| InputError::Document { name: name.to_owned(), line, message, help: HELP };
    let mut extracted = Extracted::new(name, gaps);
    let mut documents = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    let (mut number, mut start) = (0_u64, 0);
    while let Some(document) = documents.next() {
        number += 1;
        let begins = start + text[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let at = 1 + memchr::memchr_iter(b'\n', &text[..begins]).count() as u64;
        start = documents.byte_offset().max(begins);
        let problem = match document {
            Ok(document) if add(&document, &mut extracted, 0) => continue,
            Ok(_) => line(
                at,
                "neither a CloudTrail record (`eventSource`, `eventName`) nor an event of EventBridge (`detail-type`, \
                 `detail`); give the event as the rule delivers it, without an input transformer"
                    .to_owned(),
            ),
            Err(error) => {
                let hint = if error.is_eof() { "; the input breaks off" } else { "" };
                let text = error.to_string();
                let reason = &text[..text.rfind(" at line ").unwrap_or(text.len())];
                line(error.line() as u64, format!("not JSON: {reason} (column {}){hint}", error.column()))
            }
        };
        if number == 1 {
            return Err(problem);
        }
        // The documents before it are good.
        extracted.gap(Gap { error: problem.to_string(), ..Gap::default() });
    }
    if number == 0 {
        return Err(line(1, "the input is empty: an event is a JSON object".to_owned()));
    }
    Ok(extracted.finish())
}

/// Adds the events of a value; `false` if it is none.
fn add(value: &Value, extracted: &mut Extracted<'_>, depth: usize) -> bool {
    if depth > MAX_WRAPPED {
        return false;
    }
    if let Some(list) = value.as_array() {
        return add_all(list, extracted, depth);
    }
    if let Some(list) = value.get("Records").and_then(Value::as_array) {
        return add_all(list, extracted, depth);
    }
    // `aws cloudtrail lookup-events`: each record is a string.
    if let Some(list) = value.get("Events").and_then(Value::as_array) {
        let parsed = list.iter().map(|event| {
            let text = event.get("CloudTrailEvent").and_then(Value::as_str).unwrap_or_default();
            serde_json::from_str(text).unwrap_or(Value::Null)
        });
        return add_all(&parsed.collect::<Vec<_>>(), extracted, depth);
    }
    if let (Some(kind), Some(detail)) = (value.get("detail-type").and_then(Value::as_str), object(value, "detail")) {
        if kind == TAG_CHANGE {
            tagged::add_tag_change(value, detail, extracted);
        } else if let Some(record) = Record::of(detail, Some(value)) {
            add_record(&record, extracted);
        } else {
            extracted.passed_over(kind, NotJudgedReason::NoTagsChanged, "it is not of CloudTrail");
        }
        return true;
    }
    let Some(record) = Record::of(value, None) else { return false };
    add_record(&record, extracted);
    true
}

/// Adds the events of a list. Elements that are no events are gaps, unless all are.
fn add_all(list: &[Value], extracted: &mut Extracted<'_>, depth: usize) -> bool {
    let mut bad = Vec::new();
    for (at, value) in list.iter().enumerate() {
        if !add(value, extracted, depth + 1) {
            bad.push(at);
        }
    }
    if !list.is_empty() && bad.len() == list.len() {
        return false;
    }
    for at in bad {
        extracted.unreadable(&format!("element {at}: no event"));
    }
    true
}

fn add_record(record: &Record<'_>, extracted: &mut Extracted<'_>) {
    let action = record.action();
    if let Some(time) = record.unreadable_time() {
        extracted.unreadable_time(time);
    }
    if let Some(code) = record.error_code() {
        let why = format!("it failed with {} and changed nothing", crate::base::quote(code));
        extracted.passed_over(&action, NotJudgedReason::NoTagsChanged, &why);
    } else if !created::add(record, extracted) && !tagged::add(record, extracted) {
        if verbs::may_create(record.name) {
            extracted.passed_over(
                &action,
                NotJudgedReason::UnknownType,
                "taglint does not know what it creates or tags",
            );
        } else {
            extracted.passed_over(&action, NotJudgedReason::NoTagsChanged, "it changes the tags of no resource");
        }
    }
}
