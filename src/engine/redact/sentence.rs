//! The redaction of sentences: messages that contain text from outside.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{Redactor, is_redacted};

/// The words of taglint's own messages, which `tools/redact-words.py` writes. A word that is missing here is hashed.
static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| include_str!("words.txt").lines().collect());

/// The punctuation around a word.
const BEFORE: &[char] = &['(', '[', '`', '\''];
const AFTER: &[char] = &[')', ']', '`', '\'', ',', '.', ';', ':', '!', '?', '%'];

impl Redactor {
    /// A sentence in which only words of taglint, small numbers, dates, and texts that `is_shown` accepts remain. All else is
    /// hashed: nothing says which part of a message came from outside, and a name can contain every character.
    pub(in crate::engine) fn sentence(&self, text: &str, is_shown: &dyn Fn(&str) -> bool) -> String {
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(open) = rest.find('"') {
            out += &self.words(&rest[..open], is_shown);
            let inner = &rest[open + 1..];
            let length = quoted_length(inner);
            let quoted = &inner[..length];
            let shown = if is_redacted(quoted) || is_shown(quoted) { quoted.to_owned() } else { self.hash(quoted) };
            out += &format!("\"{shown}\"");
            rest = inner.get(length + 1..).unwrap_or("");
        }
        out + &self.words(rest, is_shown)
    }

    fn words(&self, text: &str, is_shown: &dyn Fn(&str) -> bool) -> String {
        let words = text.split_inclusive(char::is_whitespace).map(|word| {
            let core = word.trim_end().trim_start_matches(BEFORE).trim_end_matches(AFTER);
            if core.is_empty() || is_plain(core) || is_redacted(core) || is_shown(core) {
                return word.to_owned();
            }
            let hidden = if core.starts_with("arn:") { self.arn(core) } else { self.hash(core) };
            word.replacen(core, &hidden, 1)
        });
        words.collect()
    }
}

/// The length of a quoted text up to its closing quote.
fn quoted_length(inner: &str) -> usize {
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    inner.len()
}

/// Returns whether a word cannot identify anything.
fn is_plain(word: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b',');
    (word.len() <= 7 && is_number(word))
        || (word.len() == 10 && crate::model::Day::parse(word).is_some())
        || word.chars().all(|c| c.is_ascii_punctuation() || c == '…')
        || is_region(word)
        || WORDS.contains(word.strip_prefix("--").unwrap_or(word).to_ascii_lowercase().as_str())
}

fn is_region(word: &str) -> bool {
    let letters = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase());
    word.rsplit_once('-').is_some_and(|(place, number)| {
        number.len() == 1
            && number.bytes().all(|b| b.is_ascii_digit())
            && place
                .split('-')
                .all(|part| letters(part) && WORDS.iter().any(|known| known.split('-').any(|known| known == part)))
    })
}
