//! A message for a topic of Amazon SNS: the input of `aws sns publish --cli-input-json` without the topic (Amazon SNS API
//! Reference, "Publish").
//!
//! The message is plain text. Its attributes are for the filter policies of subscriptions, so that one topic can serve all
//! owners.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::json;

use super::{Message, ROOMS, clip};
use crate::base::LogSpelling;
use crate::base::encode::json;
use crate::engine::{Report, ReportPart};
use crate::report::format::ReportFormat;
use crate::report::options::ReportOptions;

pub(crate) const FORMAT: ReportFormat = ReportFormat {
    name: "sns",
    extensions: &[".sns.json"],
    about: "A message for a topic of Amazon SNS: the input of aws sns publish",
    log: LogSpelling::Json,
    render: write,
};

/// The maximum length of a subject, which is ASCII, without two of the three dots of a cut one. SNS takes less than 100 characters.
const SUBJECT: usize = 97;
/// The maximum length of the name of a part in an attribute.
const PART: usize = 200;

/// Writes a message of at most 60,000 bytes; SNS takes 262,144.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let message = Message::new(report, options)?;
    let mut text = format!("{}\n", message.result);
    if let Some(warning) = &message.warning {
        let _ = write!(text, "\n{warning}\n");
    }
    for list in &message.lists {
        let _ = write!(text, "\n{}:\n", list.title);
        list.within(ROOMS[0]).for_each(|item| text += &format!("- {item}\n"));
    }
    if let Some(url) = &message.link {
        let _ = write!(text, "\nThe whole report: {url}\n");
    }
    let _ = write!(text, "\n{}\n", clip(&message.scope, 2000, char::len_utf16));
    let counts = &report.summary().counts;
    let number = |number: u64| json!({"DataType": "Number", "StringValue": number.to_string()});
    let word = |word: &str| json!({"DataType": "String", "StringValue": word});
    let mut attributes = json!({
        "findings": number(counts.findings.iter().sum()),
        "errors": number(counts.findings[0]),
        "unknown": number(counts.unknown),
        "complete": word(if report.complete() { "true" } else { "false" }),
    });
    if let Some(part) = report.part().map(ReportPart::label) {
        attributes["part"] = word(&clip(&crate::base::escape(part), PART, char::len_utf16));
    }
    let post = json!({"Subject": subject(&message.title), "Message": text, "MessageAttributes": attributes});
    json::write(out, &post)?;
    out.write_all(b"\n")
}

/// The subject in ASCII, with `?` for other characters.
fn subject(title: &str) -> String {
    let ascii: String = title.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
    clip(&ascii, SUBJECT, |_| 1).replace('…', "...")
}
