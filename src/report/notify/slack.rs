//! A message for an incoming webhook of Slack: blocks of Block Kit (docs.slack.dev, "Sending messages using incoming
//! webhooks", "Blocks").
//!
//! Data is in `plain_text` objects, in which Slack reads no formatting and no mention (docs.slack.dev, "Text object"). The
//! characters `&`, `<` and `>` are escaped in every text, so that no `<!channel>` can be one ("Formatting message text").

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Message, ROOMS, Room, clip};
use crate::base::LogSpelling;
use crate::base::encode::json;
use crate::base::encode::slack::{cost, text as safe};
use crate::engine::Report;
use crate::report::format::ReportFormat;
use crate::report::options::ReportOptions;

pub(crate) const FORMAT: ReportFormat = ReportFormat {
    name: "slack",
    extensions: &[".slack.json"],
    about: "A message for a webhook of Slack: counts, what to fix first, and what could not be read",
    log: LogSpelling::Json,
    render: write,
};

/// The maximum length of a header (docs.slack.dev, "Header block").
const HEADER: usize = 150;
/// The maximum length of a text (docs.slack.dev, "Text object").
const TEXT: usize = 3000;

/// Writes at most 15 blocks of the 50 that a message may have.
fn write(report: &Report, options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let message = Message::new(report, options)?;
    let mut blocks = vec![json!({"type": "header", "text": plain(&message.title, HEADER)})];
    blocks.push(section(&plain(&message.result, TEXT)));
    blocks.extend(message.warning.iter().map(|warning| section(&bold(&format!(":warning: *{warning}*")))));
    for list in &message.lists {
        let lines = |room| list.within(room).map(|item| format!("• {item}")).collect::<Vec<_>>().join("\n");
        let fits = |room: &Room| lines(*room).chars().map(cost).sum::<usize>() <= TEXT;
        let room = ROOMS.into_iter().find(fits).unwrap_or(ROOMS[ROOMS.len() - 1]);
        // The heading may have the key of a tag, which may have markup.
        let is_word = list.title.chars().all(|c| c.is_alphanumeric() || c == ' ');
        let title = if is_word { bold(&format!("*{}*", list.title)) } else { plain(&list.title, TEXT) };
        blocks.push(section(&title));
        blocks.push(section(&plain(&lines(room), TEXT)));
    }
    // An address has none of the characters `|` and `>` that would end it.
    blocks.extend(message.link.iter().map(|url| section(&bold(&format!("<{}|The whole report>", safe(url))))));
    blocks.push(json!({"type": "context", "elements": [plain(&message.scope, TEXT)]}));
    let fallback = message.warning.iter().fold(message.result.clone(), |text, warning| format!("{text}. {warning}"));
    let post = json!({"text": safe(&fallback), "unfurl_links": false, "unfurl_media": false, "blocks": blocks});
    json::write(out, &post)?;
    out.write_all(b"\n")
}

fn section(text: &Value) -> Value {
    json!({"type": "section", "text": text})
}

/// A text with markup that contains no data but an address.
fn bold(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

fn plain(text: &str, limit: usize) -> Value {
    json!({"type": "plain_text", "text": safe(&clip(text, limit, cost)), "emoji": false})
}
