//! Small pieces of markup that the sections of the page share.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::base::encode::html::text as safe;
use crate::base::{escape, percent_of, thousands};
use crate::report::envelope::Envelope;

/// Everything but RFC 3986's unreserved characters.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Text as a part of an address.
pub(super) fn component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// A link to the findings, without waived and unknown ones, in which a column has this value. The text is shown as it is given, escaped.
pub(super) fn filter_link(column: &str, value: &str, text: &str) -> String {
    format!("<a href=\"#{}={}&amp;status=finding\">{}</a>", component(column), component(value), safe(text))
}

/// A share in percent with one decimal, rounded down so that only all of them are 100%.
pub(super) fn share(part: u64, whole: u64) -> String {
    match percent_of(part, whole) {
        None => "–".to_owned(),
        Some(10_000) => "100%".to_owned(),
        Some(hundredths) => format!("{}.{}%", hundredths / 100, hundredths % 100 / 10),
    }
}

/// A cell with a number.
pub(super) fn number(n: u64) -> String {
    format!("<td class=\"n\">{}</td>", thousands(n))
}

/// The name of an account for a person: its name and id. The id is escaped, as groups have it.
pub(super) fn account_name(envelope: &Envelope<'_>, id: &str) -> Option<String> {
    let account = envelope.accounts.iter().find(|account| escape(account.id) == id)?;
    account.name.map(|name| escape(name).into_owned())
}

/// A list of items: the first ones, and the rest behind a button.
pub(super) fn list(items: &[String], first: usize, most: usize) -> String {
    let item = |text: &String| format!("<li>{text}</li>");
    let start: String = items.iter().take(first).map(item).collect();
    let mut out = if first == 0 { String::new() } else { format!("<ul>{start}</ul>") };
    if items.len() > first {
        let rest: String = items.iter().skip(first).take(most).map(item).collect();
        let more = format!("{} more", thousands((items.len() - first) as u64));
        let title = if first == 0 { "list" } else { &more };
        out += &format!("<details><summary>{title}</summary><ul>{rest}</ul>");
        if items.len() > first + most {
            let left = thousands((items.len() - first - most) as u64);
            out += &format!("<p>{left} more are in the JSON report.</p>");
        }
        out += "</details>";
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_inside_its_link() {
        assert_eq!(
            filter_link("tags.A B", "a&b=c+\"<", "<x>"),
            "<a href=\"#tags.A%20B=a%26b%3Dc%2B%22%3C&amp;status=finding\">&lt;x&gt;</a>"
        );
    }

    #[test]
    fn only_all_of_them_are_all() {
        for (part, whole, want) in
            [(0, 0, "–"), (0, 5, "0.0%"), (2, 3, "66.6%"), (99_999, 100_000, "99.9%"), (4, 4, "100%")]
        {
            assert_eq!(share(part, whole), want);
        }
    }
}
