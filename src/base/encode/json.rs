//! JSON, without hostile characters.

use std::io::{self, Write};

use serde::Serialize;

use crate::base::{is_hostile, quick_paths_enabled};

/// Appends a value as JSON on one line. Every hostile character is escaped as `\uXXXX`, so that a terminal shows nothing
/// harmful and a parser reads the original text.
///
/// # Panics
/// On a map whose keys are not strings.
pub fn append(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let start = out.len();
    // Most values are printable ASCII. The fast writer gives the same bytes for those as the careful one.
    if quick_paths_enabled() && sonic_rs::to_writer(&mut *out, value).is_ok() && is_harmless(&out[start..]) {
        return;
    }
    out.truncate(start);
    let mut serializer = serde_json::Serializer::with_formatter(out, EscapeHostile);
    value.serialize(&mut serializer).expect("keys are strings, and writing to memory cannot fail");
}

/// Writes a value as [`append`] does.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    let mut bytes = Vec::new();
    append(&mut bytes, value);
    out.write_all(&bytes)
}

/// A value as [`append`] writes it.
#[must_use]
pub fn to_string(value: &(impl Serialize + ?Sized)) -> String {
    let mut bytes = Vec::new();
    append(&mut bytes, value);
    String::from_utf8(bytes).expect("both serializers write UTF-8")
}

/// A value as [`append`] writes it, with every other character beyond ASCII escaped too. This is for scripts, whose
/// encoding is not declared.
#[must_use]
pub fn to_ascii(value: &(impl Serialize + ?Sized)) -> String {
    let json = to_string(value);
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() { out.push(c) } else { push_escaped(&mut out, c) }
    }
    out
}

/// Returns `true` if JSON is printable ASCII without any escape but those of `"` and `\\`.
fn is_harmless(json: &[u8]) -> bool {
    // All bytes, without an early exit: the compiler vectorizes that.
    let odd = json.iter().fold(0, |odd, byte| odd | u8::from(*byte < b' ') | u8::from(*byte > b'~'));
    let mut rest = json;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        if !matches!(rest.get(at + 1), Some(b'"' | b'\\')) {
            return false;
        }
        rest = &rest[at + 2..];
    }
    odd == 0
}

/// The escape of one character: a surrogate pair beyond U+FFFF (RFC 8259, section 7).
fn push_escaped(out: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}

/// The formatter of `serde_json` that escapes hostile characters.
struct EscapeHostile;

impl serde_json::ser::Formatter for EscapeHostile {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // serde_json escapes the controls below U+0020 itself; of ASCII only DEL is left.
        if fragment.is_ascii() && !fragment.contains('\u{7f}') {
            return writer.write_all(fragment.as_bytes());
        }
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_hostile(*c)) {
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_escaped_and_read_back_as_they_were() {
        for text in ["a\u{7f}b", "\u{1b}[2J\n", "\u{202e}x\u{e0041}y", "plain \"q\"", "é\u{85}\u{200b}"] {
            let written = to_string(text);
            assert!(!written.contains(is_hostile), "{written:?}");
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
            let ascii = to_ascii(text);
            assert!(ascii.bytes().all(|b| matches!(b, b' '..=b'~')), "{ascii:?}");
            assert_eq!(serde_json::from_str::<String>(&ascii).unwrap(), text);
        }
    }

    #[test]
    fn the_fast_and_the_careful_writer_give_the_same() {
        for (text, want) in [
            ("plain: \"a\\b\" / <c> & 'd'", r#""plain: \"a\\b\" / <c> & 'd'""#),
            ("a\nb", r#""a\nb""#),
            ("\\n", r#""\\n""#),
            ("\u{7f}", r#""\u007f""#),
            ("\u{1b}[31m", r#""\u001b[31m""#),
            ("é\u{202e}", r#""é\u202e""#),
        ] {
            let mut out = b"before".to_vec();
            append(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), format!("before{want}"));
        }
        assert_eq!(to_ascii("é😀"), r#""\u00e9\ud83d\ude00""#);
    }
}
