//! Text for SARIF: cut to GitHub's limits, without control characters and without unintended links.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::base::{escape, thousands};

/// GitHub keeps 1,024 characters of a description (docs/contributing/code-scanning-facts.md, "Limits").
pub(super) const DESCRIPTION: usize = 1024;
/// The maximum length of an ARN or address. AWS allows no longer ARN.
pub(super) const HANDLE: usize = 2048;
/// The maximum length of a name. A tag key or a pool name has at most 128 characters, a user name 64.
pub(super) const NAME: usize = 256;
/// The maximum length of a message. A value has at most 256 characters, and an escaped character takes up to ten.
const SENTENCE: usize = 4000;
/// The maximum number of violations and resources that a combined result names.
pub(super) const NAMED: usize = 10;

/// Shortens a text to at most `max` UTF-16 units, which JavaScript counts, and marks the end with `…`. A character is
/// never split.
pub(super) fn cut(text: &str, max: usize) -> Cow<'_, str> {
    // A unit takes one byte at least.
    if text.len() <= max || text.encode_utf16().take(max + 1).count() <= max {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units < max
    };
    Cow::Owned(text.chars().take_while(fits).chain(['…']).collect())
}

/// Escapes a text, so that it is on one line and has no control characters, and shortens it.
pub(super) fn clean(text: &str, max: usize) -> String {
    // Cut before escaping too, so that the work on a huge text is bounded.
    let start = cut(text, max);
    cut(&escape(&start), max).into_owned()
}

/// Escapes brackets that would form a link: SARIF 2.1.0, 3.11.6 turns `[text](target)` in a plain text message into a
/// link. Some viewers search for `](` and ignore backslashes, so that pair is separated too. Backslashes are doubled
/// only before a bracket, so that a pattern such as `\d{5}` stays as its author wrote it.
pub(super) fn unlinked(text: &str) -> Cow<'_, str> {
    if !text.contains(['[', ']']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let (mut slashes, mut last) = (0, ' ');
    for c in text.chars() {
        if matches!(c, '[' | ']') {
            out.extend(std::iter::repeat_n('\\', slashes + 1));
        } else if c == '(' && last == ']' {
            out.push('\\');
        }
        last = c;
        slashes = if c == '\\' { slashes + 1 } else { 0 };
        out.push(c);
    }
    Cow::Owned(out)
}

/// The parts of a result's message, so that results with the same place can be combined.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Words {
    /// The violations; several if several keys of a resource violate the rule.
    pub(super) what: Vec<String>,
    /// Type and name.
    pub(super) subject: String,
    /// `true` if `relatedLocations` contains the policy's rule under the id 1.
    pub(super) linked: bool,
    /// ARNs or addresses.
    pub(super) handles: Vec<String>,
    /// The number of handles that are left out.
    pub(super) more: u64,
}

impl Words {
    pub(super) fn new(what: &str, subject: String, linked: bool, handle: &str) -> Self {
        // Viewers show only the first sentence where space is short, so it must reach up to the resource.
        let what = clean(what.trim_end_matches(['.', ' ']), SENTENCE);
        Self { what: vec![what], subject, linked, handles: vec![clean(handle, HANDLE)], more: 0 }
    }

    /// Adds the parts of another finding of the same rule at the same place.
    pub(super) fn join(&mut self, other: Self) {
        for what in other.what {
            if self.what.len() < NAMED && !self.what.contains(&what) {
                self.what.push(what);
            }
        }
        for handle in other.handles {
            if self.handles.contains(&handle) {
                continue;
            }
            if self.handles.len() < NAMED {
                self.handles.push(handle);
            } else {
                self.more += 1;
            }
        }
    }

    /// The message: resource and keys in its first sentence, ARN or address last.
    pub(super) fn message(&self) -> String {
        let mut out = format!("{} ({}). ", unlinked(&self.what.join("; ")), unlinked(&self.subject));
        if self.linked {
            out.push_str("See the [policy rule](1). ");
        }
        out.push_str(&unlinked(&self.handles.join(", ")));
        if self.more > 0 {
            let _ = write!(out, " and {} more", thousands(self.more));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_whole_characters_as_javascript_counts() {
        for (text, max, want) in
            [("abcd", 4, "abcd"), ("abcde", 4, "abc…"), ("é€é€", 4, "é€é€"), ("😀😀😀", 4, "😀…"), ("", 4, "")]
        {
            assert_eq!(cut(text, max), want, "{text}");
        }
        assert!(clean(&"\u{202e}".repeat(2000), 1024).encode_utf16().count() <= 1024);
    }

    #[test]
    fn a_bracket_never_opens_a_link_and_a_pattern_stays_as_it_is() {
        for (text, want) in [
            (r"match \d{5}", r"match \d{5}"),
            ("[x](http://evil)", r"\[x\]\(http://evil)"),
            (r"\[x\](1)", r"\\\[x\\\]\(1)"),
            (r"[A-Z]\d", r"\[A-Z\]\d"),
        ] {
            assert_eq!(unlinked(text), want);
        }
    }

    #[test]
    fn many_resources_of_one_place_are_named_up_to_ten() {
        let words = |n: usize| Words::new("Owner is missing.", "iam:user".to_owned(), false, &format!("a[{n}]"));
        let mut all = words(0);
        (0..12).for_each(|n| all.join(words(n)));
        assert_eq!(
            all.message(),
            "Owner is missing (iam:user). a\\[0\\], a\\[1\\], a\\[2\\], a\\[3\\], a\\[4\\], a\\[5\\], a\\[6\\], a\\[7\\], a\\[8\\], a\\[9\\] and 2 more"
        );
    }
}
