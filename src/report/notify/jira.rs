//! An issue of Jira: the body of `POST /rest/api/3/issue`, or of `PUT /rest/api/3/issue/KEY` without `--jira-project`
//! (Atlassian, "The Jira Cloud platform REST API"). The description is in the Atlassian Document Format.
//!
//! Data is in text nodes, in which Jira reads no markup and no mention: both are nodes or marks of their own (Atlassian,
//! "Atlassian Document Format").

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Message, Room, clip, fitting};
use crate::base::LogSpelling;
use crate::base::encode::json;
use crate::engine::Report;
use crate::report::format::ReportFormat;
use crate::report::options::ReportOptions;
use crate::report::part_name::part_file_stem;

pub(crate) const FORMAT: ReportFormat = ReportFormat {
    name: "jira",
    extensions: &[".jira.json"],
    about: "An issue of Jira, with the description as an Atlassian document",
    log: LogSpelling::Json,
    render: write,
};

/// The maximum size of the whole body in bytes. A text field has at most 32,767 characters, and its JSON counts.
const LIMIT: usize = 30_000;
/// The maximum length of a summary is 255 characters.
const SUMMARY: usize = 250;

fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let message = Message::new(report, options)?;
    let notify = &options.notify;
    let part = report.part().map(|part| format!("taglint-{}", part_file_stem(part.name.as_deref())));
    let labels: Vec<String> = std::iter::once("taglint".to_owned()).chain(part).collect();
    let mut fields = json!({"summary": clip(&message.title, SUMMARY, char::len_utf16), "labels": labels});
    if let Some(key) = &notify.jira_project {
        fields["project"] = json!({"key": key});
        fields["issuetype"] = json!({"name": notify.jira_issue_type.as_deref().unwrap_or("Task")});
    }
    out.write_all(&fitting(LIMIT, |room| {
        fields["description"] = document(&message, room);
        let mut bytes = Vec::new();
        json::append(&mut bytes, &json!({"fields": fields}));
        bytes
    }))?;
    out.write_all(b"\n")
}

fn document(message: &Message, room: Room) -> Value {
    let mut content = vec![paragraph(&text(&message.result))];
    if let Some(warning) = &message.warning {
        content
            .push(json!({"type": "panel", "attrs": {"panelType": "warning"}, "content": [paragraph(&text(warning))]}));
    }
    for list in &message.lists {
        content.push(json!({"type": "heading", "attrs": {"level": 3}, "content": [text(&list.title)]}));
        let items: Vec<Value> =
            list.within(room).map(|item| json!({"type": "listItem", "content": [paragraph(&text(&item))]})).collect();
        content.push(json!({"type": "bulletList", "content": items}));
    }
    if let Some(url) = &message.link {
        let mut link = text("The whole report");
        link["marks"] = json!([{"type": "link", "attrs": {"href": url}}]);
        content.push(paragraph(&link));
    }
    content.push(paragraph(&text(&clip(&message.scope, 4 * room.text, char::len_utf16))));
    json!({"version": 1, "type": "doc", "content": content})
}

fn paragraph(text: &Value) -> Value {
    json!({"type": "paragraph", "content": [text]})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}
