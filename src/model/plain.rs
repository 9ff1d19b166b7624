//! The quick way to read a line that taglint itself wrote.
//!
//! Nearly every line of an inventory is a flat object of strings without escapes, without white space between them, and
//! with known fields only. Such a line is taken apart at its quotation marks, at several times the speed of a JSON reader.
//! Any other line, a wrong one too, is left to the JSON reader.

use super::{Assignment, Resource, Tag, Tags, Text};

/// Reads a line into a resource. `None` where the line is not of the plain form; `into` is worth nothing then.
pub(super) fn read<'a>(text: &'a str, into: &mut Resource<'a>) -> Option<()> {
    // Every byte, without a way out: so the compiler looks at many at a time.
    if text.bytes().fold(0, |odd, byte| odd | u8::from(byte < b' ') | u8::from(byte == b'\\')) != 0 {
        return None;
    }
    into.clear();
    let mut line = Cursor { text, at: 0 };
    let (mut kind, mut tags) = (false, false);
    line.skip(b'{')?;
    loop {
        let name = line.string()?;
        line.skip(b':')?;
        let field = match name {
            "type" => {
                into.kind = Text::from(line.string()?);
                kind = true;
                None
            }
            "tags" if tags => return None,
            "tags" => {
                line.tags(&mut into.tags)?;
                tags = true;
                None
            }
            "user" => {
                into.user = line.value(Some)?.map_or(Assignment::Unassigned, Assignment::User);
                None
            }
            "arn" => Some(&mut into.arn),
            "name" => Some(&mut into.name),
            "id" => Some(&mut into.id),
            "account" => Some(&mut into.account),
            "region" => Some(&mut into.region),
            "path" => Some(&mut into.path),
            "created" => Some(&mut into.created),
            _ => return None,
        };
        if let Some(field) = field {
            *field = line.value(Some)?;
        }
        if line.skip(b',').is_none() {
            break;
        }
    }
    line.skip(b'}')?;
    (kind && tags && line.at == text.len()).then_some(())
}

/// The next quotation mark from `at` on, eight bytes at a time: keys and values are too short for anything with set-up.
fn quotation_mark(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    const MARKS: u64 = u64::from_le_bytes([b'"'; 8]);
    while let Some((eight, _)) = bytes.get(at..)?.split_first_chunk::<8>() {
        // A byte that is zero here is a mark there; the lowest high bit is exact whatever lies above it.
        let odd = u64::from_le_bytes(*eight) ^ MARKS;
        let hit = odd.wrapping_sub(ONES) & !odd & HIGH;
        if hit != 0 {
            return Some(at + (hit.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    bytes[at..].iter().position(|byte| *byte == b'"').map(|place| at + place)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn skip(&mut self, byte: u8) -> Option<()> {
        (self.text.as_bytes().get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    /// A string: as there are no escapes, it ends at the next quotation mark.
    fn string(&mut self) -> Option<&'a str> {
        self.skip(b'"')?;
        let end = quotation_mark(self.text.as_bytes(), self.at)?;
        let text = self.text.get(self.at..end);
        self.at = end + 1;
        text
    }

    /// A string, or (`Some` of `T`'s default) `null`.
    fn value<T: Default>(&mut self, of: impl FnOnce(Text<'a>) -> T) -> Option<T> {
        if self.text.as_bytes().get(self.at) == Some(&b'"') {
            return self.string().map(|text| of(Text::from(text)));
        }
        self.text.get(self.at..)?.starts_with("null").then(|| self.at += 4)?;
        Some(T::default())
    }

    fn tags(&mut self, into: &mut Tags<'a>) -> Option<()> {
        let Tags::Read { tags, .. } = into else { return None };
        self.skip(b'{')?;
        if self.skip(b'}').is_some() {
            return Some(());
        }
        loop {
            let key = Text::from(self.string()?);
            self.skip(b':')?;
            tags.push(Tag { key, value: self.value(Some)? });
            if self.skip(b',').is_none() {
                return self.skip(b'}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_is_read_as_the_json_reader_reads_it() {
        for line in [
            r#"{"type":"iam:user","arn":"arn:aws:iam::123456789012:user/a","name":"a","id":"AIDA","account":"123456789012","path":"/","created":"2024-05-01T09:00:00Z","tags":{"Cost Center":"12345","Größe":"","K":null}}"#,
            r#"{"type":"iam:mfa","user":null,"tags":{}}"#,
            r#"{"tags":{"a":"b"},"type":"iam:mfa","user":"arn:aws:iam::123456789012:user/a","region":null}"#,
            r#"{"type":"a","type":"b","tags":{}}"#,
            r#"{"type":"","tags":{"":""}}"#,
        ] {
            let mut got = Resource::default();
            assert!(read(line, &mut got).is_some(), "{line}");
            assert_eq!(got, serde_json::from_str(line).expect("JSON"), "{line}");
        }
    }

    #[test]
    fn any_other_line_is_left_alone() {
        let mut into = Resource::default();
        for line in [
            "",
            "{",
            "{}",
            r#"{"type":"a"}"#,
            r#"{"tags":{}}"#,
            r#"{"type":"a","tags":null}"#,
            r#"{"type":"a","tags":{},"tags":{}}"#,
            r#"{"type":null,"tags":{}}"#,
            r#"{"type":"a","tags":{"a":"b\n"}}"#,
            "{\"type\":\"a\tb\",\"tags\":{}}",
            r#"{"type":"a", "tags":{}}"#,
            r#"{"type":"a","tags":{}} "#,
            r#"{"type":"a","tags":{},}"#,
            r#"{"type":"a","tags":{"a":"b",}}"#,
            r#"{"type":"a","tags":{"a":1}}"#,
            r#"{"type":"a","tags":{},"x":"y"}"#,
            r#"{"type":"a","tags":{},"more-tags":true}"#,
            r#"{"taglint":"end","type":"a","tags":{}}"#,
        ] {
            assert_eq!(read(line, &mut into), None, "{line}");
        }
    }
}
