//! Small pieces of markup that the sections of the page share.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::base::encode::html::text as safe;
use crate::base::thousands;
pub(super) use crate::report::envelope::account_name;
pub(super) use crate::report::messages::share;

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

/// A cell with a number.
pub(super) fn number(n: u64) -> String {
    format!("<td class=\"n\">{}</td>", thousands(n))
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
}
