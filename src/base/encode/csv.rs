//! CSV for spreadsheets.

use std::borrow::Cow;

use crate::base::escape;

/// Appends one record: cells are quoted, and the line ends with CRLF as RFC 4180 requires. No cell is a formula, and
/// hostile characters are written as `\u{…}`.
///
/// The function takes no writer, so that records can be made on several threads.
///
/// # Panics
/// Never: writing to memory cannot fail.
pub fn append_record(out: &mut Vec<u8>, cells: impl IntoIterator<Item = impl AsRef<str>>) {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(1 << 10).from_writer(out);
    let write = |writer: &mut csv::Writer<_>| {
        for cell in cells {
            writer.write_field(without_formula(cell.as_ref()).as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
        writer.flush().map_err(csv::Error::from)
    };
    write(&mut writer).expect("writing to memory cannot fail, and one record has no other to differ from in length");
}

/// Text that no spreadsheet reads as a formula: a single quote is written before a character that would start one
/// (OWASP, "CSV Injection"), unless it is a negative number. The text after each `;` is treated the same, with the blanks and quotes that may follow
/// it, because a spreadsheet in whose language `;` separates lists starts a new cell there.
#[must_use]
pub fn without_formula(text: &str) -> Cow<'_, str> {
    if is_negative_number(text) {
        return Cow::Borrowed(text);
    }
    let text = escape(text);
    let mut out = String::new();
    let (mut copied, mut start) = (0, true);
    for (at, c) in text.char_indices() {
        if start && starts_formula(c) {
            out.push_str(&text[copied..at]);
            out.push('\'');
            copied = at;
        }
        start = c == ';' || (start && (c.is_whitespace() || (c == '"' && at > 0)));
    }
    if out.is_empty() {
        return text;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// A negative number is a number in every spreadsheet, and a sum would pass over a text.
fn is_negative_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('-') else { return false };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// The four ASCII characters, and those that spreadsheets fold into them: full-width, small, and the minus sign proper.
fn starts_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫' | '−')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(cells: &[&str]) -> String {
        let mut out = Vec::new();
        append_record(&mut out, cells);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, want) in [
            ("plain", "plain"),
            ("a=b-c@d", "a=b-c@d"),
            ("=1+1", "'=1+1"),
            ("-", "'-"),
            ("-5", "-5"),
            ("-5.25", "-5.25"),
            ("-5.", "'-5."),
            ("-5-5", "'-5-5"),
            ("  @SUM(A1)", "  '@SUM(A1)"),
            ("x;=1+1", "x;'=1+1"),
            ("a; =b;c", "a; '=b;c"),
            ("＝1+1", "'＝1+1"),
            ("\u{3000}＋1", "\u{3000}'＋1"),
            ("−1", "'−1"),
            ("\t=1", "\\u{9}=1"),
        ] {
            assert_eq!(record(&[text]), format!("{want}\r\n"), "{text:?}");
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(record(&["a", "b,c", "d\"e", ""]), "a,\"b,c\",\"d\"\"e\",\r\n");
        assert_eq!(record(&["x;\"-1"]), "\"x;\"\"'-1\"\r\n");
        assert_eq!(record(&["a\nb"]), "a\\u{a}b\r\n");
    }
}
