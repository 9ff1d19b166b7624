//! Writing of TOML with untrusted text: strings and comments that cannot end early, and ids.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::base::{escape, is_hostile, quote};

/// The maximum number of characters of untrusted text in a comment.
const SHOWN: usize = 80;
/// The maximum length of an id that is made from a key.
const MAX_ID: usize = 60;

/// One TOML string on one line.
///
/// The `toml` crate does not escape direction marks and similar characters, and writes text with line breaks on several
/// lines. Such text is written here with escapes.
pub(super) fn string(text: &str) -> String {
    if !text.contains(is_hostile) {
        let written = toml::Value::String(text.to_owned()).to_string();
        if !written.contains('\n') {
            return written;
        }
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            _ if is_hostile(c) => {
                let _ = write!(out, "\\U{:08X}", c as u32);
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of strings: on one line if it is short, otherwise one per line.
pub(super) fn strings<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| string(item.as_ref())).collect();
    let line = items.join(", ");
    if line.len() <= 90 { format!("[{line}]") } else { format!("[\n    {},\n]", items.join(",\n    ")) }
}

/// Untrusted text in a comment: in quotes, on one line, and shortened.
pub(super) fn shown(text: &str) -> String {
    let mut cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    quote(&cut)
}

/// Appends a comment. Untrusted text in it must come from [`shown`].
pub(super) fn comment(out: &mut String, text: &str) {
    let _ = writeln!(out, "{}", format!("# {}", escape(text)).trim_end());
}

/// Rule ids made from keys, each once.
#[derive(Default)]
pub(super) struct Ids(BTreeSet<String>);

impl Ids {
    /// An id that looks like the key: `Cost Center` and `CostCenter` become `cost-center`.
    pub(super) fn make(&mut self, key: &str, suffix: &str) -> String {
        let mut slug = String::new();
        let mut after_low = false;
        for c in key.chars() {
            let low = c.is_ascii_lowercase() || c.is_ascii_digit();
            if (c.is_ascii_uppercase() && after_low) || !c.is_ascii_alphanumeric() {
                push_dash(&mut slug);
            }
            if c.is_ascii_alphanumeric() && slug.len() < MAX_ID {
                slug.push(c.to_ascii_lowercase());
            }
            after_low = low;
        }
        let slug = slug.trim_end_matches('-');
        // One `taglint-` id is reserved, and a rule with the id of a rule in the pack `aws` would replace that one.
        let base = match slug {
            "" => format!("tag{suffix}"),
            _ if slug.starts_with("taglint") || slug.starts_with("aws-") => format!("tag-{slug}{suffix}"),
            _ => format!("{slug}{suffix}"),
        };
        let mut id = base.clone();
        let mut n = 1;
        while !self.0.insert(id.clone()) {
            n += 1;
            id = format!("{base}-{n}");
        }
        id
    }
}

fn push_dash(slug: &mut String) {
    if !slug.is_empty() && !slug.ends_with('-') {
        slug.push('-');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids() {
        let mut ids = Ids::default();
        for (key, want) in [
            ("Cost Center", "cost-center"),
            ("CostCenter", "cost-center-2"),
            ("app:Env/Name", "app-env-name"),
            ("ÄÖ", "tag"),
            ("--", "tag-2"),
            ("taglint-truncated", "tag-taglint-truncated"),
            ("DNSName", "dnsname"),
            ("AWS Syntax", "tag-aws-syntax"),
        ] {
            assert_eq!(ids.make(key, ""), want, "{key}");
        }
        assert_eq!(ids.make("Owner", "-required"), "owner-required");
        assert!(ids.make(&"ab-".repeat(500), "").len() <= MAX_ID + 4);
    }

    #[test]
    fn text_that_would_break_out_is_escaped() {
        assert_eq!(string("plain text"), "\"plain text\"");
        assert_eq!(string(r"\d{5}"), r"'\d{5}'");
        assert_eq!(string("a\n[[rule]]"), "\"a\\U0000000A[[rule]]\"");
        assert_eq!(shown("]\n["), "\"]\\u{a}[\"");
        assert_eq!(shown("[a-z]{2}"), "\"[a-z]{2}\"");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[\\PC\\n\\t\\u{0}-\\u{20}\\u{7f}\\u{202e}\"'\\\\\\[\\]{}#=]{0,40}") {
            let file = format!("k = {}\n", string(&text));
            prop_assert_eq!(file.matches('\n').count(), 1);
            let table: toml::Table = file.parse().expect("good TOML");
            prop_assert_eq!(table.len(), 1);
            prop_assert_eq!(table["k"].as_str(), Some(text.as_str()));
        }

        #[test]
        fn no_comment_ends_early(text in "[\\PC\\n\\r\\u{85}\\u{2028}\\u{0}-\\u{20}\\[{]{0,200}") {
            let mut file = String::new();
            comment(&mut file, &shown(&text));
            prop_assert!(file.parse::<toml::Table>().expect("good TOML").is_empty());
            prop_assert_eq!(file.lines().count(), 1);
        }
    }
}
