//! The explanation of an output that is not JSON, or does not begin with it.

use super::shapes::{SHAPES, recognize};
use crate::base::quote;

/// The number of characters of a text that a message quotes.
const QUOTED: usize = 60;

/// The explanation of an output whose JSON does not begin at its start, or that is not JSON; `None` if nothing in the
/// text looks like an output that is read.
pub(super) fn misplaced(text: &[u8]) -> Option<String> {
    let line = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    if let Some(at) = memchr::memmem::find(text, b"\n{")
        && recognize(&text[at + 1..]).is_some_and(|(shape, has_words)| shape.is_read && has_words)
    {
        let line = quote(&shorten(line));
        return Some(format!(
            "{line} stands before the JSON: another program printed it into the file; redirect standard output only (no `2>&1`), or remove the lines before the first {{"
        ));
    }
    let begins = |key: &str| {
        let yaml = line.strip_prefix(key.as_bytes()).is_some_and(|rest| rest.starts_with(b":"));
        let as_text = line.strip_prefix(key.to_uppercase().as_bytes());
        yaml || as_text.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"\t"))
    };
    let mut own = SHAPES.iter().filter(|shape| shape.is_read && has_words(shape.words, text));
    own.any(|shape| shape.keys.iter().any(|(key, _)| begins(key)))
        .then(|| "the output is not JSON; run the command with `--output json`".to_owned())
}

/// Whether a text has all words, in the quotes of JSON or without.
fn has_words(words: &[&str], text: &[u8]) -> bool {
    let bare = |word: &str| word.trim_matches(|c| c == '"' || c == '\\').to_owned();
    let has = |word: &str| memchr::memmem::find(&text.to_ascii_lowercase(), word.to_ascii_lowercase().as_bytes());
    words.iter().all(|word| has(&bare(word)).is_some())
}

/// The explanation of an output that does not begin with a JSON object.
pub(super) fn explain(text: &[u8]) -> String {
    if let Some(message) = misplaced(text) {
        return message;
    }
    if text[0] == b'[' {
        return "a list, and the AWS CLI prints an object: run the command without `--query`; several pages stand one after the other".to_owned();
    }
    let line = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    format!("{} is not JSON; run the command with `--output json`", quote(&shorten(line)))
}

/// The start of a line.
fn shorten(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
