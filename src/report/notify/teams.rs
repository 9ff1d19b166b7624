//! A message for a webhook of a workflow in Microsoft Teams: an Adaptive Card 1.4 (Microsoft Learn, "Create incoming webhooks
//! with Workflows for Microsoft Teams", "Adaptive Cards").
//!
//! Data is in `TextRun`s, in which Teams reads no Markdown (Microsoft Learn, "Text features"). `{{DATE(…)}}` has a meaning in
//! every text, so no text has two opening braces in a row.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{List, Message, Room, fitting};
use crate::base::LogSpelling;
use crate::base::encode::json;
use crate::engine::Report;
use crate::report::format::ReportFormat;
use crate::report::options::ReportOptions;

pub(crate) const FORMAT: ReportFormat = ReportFormat {
    name: "teams",
    extensions: &[".teams.json"],
    about: "A message for a workflow of Microsoft Teams: the same as an Adaptive Card",
    log: LogSpelling::Json,
    render: write,
};

/// The maximum size in bytes. Teams refuses messages of about 28 KB (Microsoft Learn, "Limits and specifications for Microsoft
/// Teams"), and counts more than the bytes of the card.
const LIMIT: usize = 20_000;

fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let message = Message::new(report, options)?;
    out.write_all(&fitting(LIMIT, |room| post(&message, room)))?;
    out.write_all(b"\n")
}

fn post(message: &Message, room: Room) -> Vec<u8> {
    let short = |text: &str| super::clip(text, 2 * room.text, char::len_utf16);
    let mut body = vec![
        text(&short(&message.title), json!({"size": "Large", "weight": "Bolder"}), false),
        text(&message.result, json!({}), false),
    ];
    body.extend(
        message.warning.iter().map(|warning| text(warning, json!({"weight": "Bolder", "color": "Attention"}), false)),
    );
    message.lists.iter().for_each(|list| add_list(&mut body, list, room));
    body.push(text(&short(&message.scope), json!({"isSubtle": true, "size": "Small"}), true));
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": message.result,
        "msteams": {"width": "Full"},
        "body": body,
    });
    if let Some(url) = &message.link {
        card["actions"] = json!([{"type": "Action.OpenUrl", "title": "The whole report", "url": url}]);
    }
    let content =
        json!({"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card});
    let mut bytes = Vec::new();
    json::append(&mut bytes, &json!({"type": "message", "attachments": [content]}));
    bytes
}

fn add_list(body: &mut Vec<Value>, list: &List, room: Room) {
    body.push(text(&list.title, json!({"weight": "Bolder"}), true));
    for item in list.within(room) {
        let mut line = text(&format!("• {item}"), json!({}), false);
        line["spacing"] = json!("Small");
        body.push(line);
    }
}

/// A paragraph with one style.
fn text(content: &str, style: Value, separator: bool) -> Value {
    let mut run = json!({"type": "TextRun", "text": content.replace("{{", "{\\u{7b}")});
    if let (Some(run), Value::Object(style)) = (run.as_object_mut(), style) {
        run.extend(style);
    }
    json!({"type": "RichTextBlock", "inlines": [run], "separator": separator})
}
