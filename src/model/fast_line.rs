//! The quick way to read a line that taglint itself wrote.
//!
//! Nearly every line of an inventory is a flat object of strings without escapes, without white space between them, and
//! with known fields only. Such a line is taken apart where it stands, at its quotation marks, at several times the speed
//! of a JSON reader. Any other line, a wrong one too, is left to the JSON reader.

use std::cell::RefCell;

use super::quote_scanner::QuoteScanner;
use super::{Assignment, Resource, Tag, Tags, Text};

/// Where the tags of a line stand: key and value, each with its first byte and the one behind it. The memory is used again
/// for every line.
#[derive(Debug, Default)]
pub struct TagOffsets(Vec<[usize; 4]>);

/// A resource's line, taken apart but not copied: nothing of it needs memory of its own. Its tags are all known.
#[derive(Debug, Clone, Default)]
pub struct FastLine<'a, 'p> {
    text: &'a str,
    tags: &'p [[usize; 4]],
    /// The type.
    pub kind: &'a str,
    /// The ARN.
    pub arn: Option<&'a str>,
    /// The name.
    pub name: Option<&'a str>,
    /// The account.
    pub account: Option<&'a str>,
    /// The region.
    pub region: Option<&'a str>,
    id: Option<&'a str>,
    path: Option<&'a str>,
    created: Option<&'a str>,
    user: Option<&'a str>,
    /// The line has a user, if only to say that there is none.
    has_user: bool,
}

impl<'a, 'p> FastLine<'a, 'p> {
    /// Takes a line apart. `None` where it is not of the plain form.
    #[must_use]
    pub fn of(text: &'a str, places: &'p mut TagOffsets) -> Option<Self> {
        places.0.clear();
        let mut line = Cursor { text, marks: QuoteScanner::of(text), at: 0 };
        let mut out = Self { text, ..Self::default() };
        let (mut kind, mut tags) = (false, false);
        line.skip(b'{')?;
        loop {
            let name = line.string()?;
            line.skip(b':')?;
            match name {
                "type" => {
                    out.kind = line.string()?;
                    kind = true;
                }
                "tags" if tags => return None,
                "tags" => {
                    line.tags(&mut places.0)?;
                    tags = true;
                }
                "user" => {
                    line.value(&mut out.user)?;
                    out.has_user = true;
                }
                "arn" => line.value(&mut out.arn)?,
                "name" => line.value(&mut out.name)?,
                "id" => line.value(&mut out.id)?,
                "account" => line.value(&mut out.account)?,
                "region" => line.value(&mut out.region)?,
                "path" => line.value(&mut out.path)?,
                "created" => line.value(&mut out.created)?,
                _ => return None,
            }
            if line.skip(b',').is_none() {
                break;
            }
        }
        line.skip(b'}')?;
        out.tags = &places.0;
        (kind && tags && line.at == text.len() && line.marks.all_plain()).then_some(out)
    }

    /// The tags, keys and values, in the order of the line.
    pub fn tags(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a, 'p> {
        let text = self.text;
        self.tags.iter().map(move |[key, key_end, value, value_end]| (&text[*key..*key_end], &text[*value..*value_end]))
    }

    /// The order of resources in inventories and reports, as [`Resource::order`] has it.
    #[must_use]
    pub fn order(&self) -> [&'a str; 5] {
        let or_empty = Option::unwrap_or_default;
        [or_empty(self.account), or_empty(self.region), self.kind, or_empty(self.arn.or(self.name)), ""]
    }

    /// Makes it a resource; the memory of `into` is used again.
    pub fn fill(&self, into: &mut Resource<'a>) {
        into.clear();
        if let Tags::Read { tags, .. } = &mut into.tags {
            tags.extend(self.tags().map(|(key, value)| Tag { key: Text::from(key), value: Some(Text::from(value)) }));
        }
        into.kind = Text::from(self.kind);
        into.arn = self.arn.map(Text::from);
        into.name = self.name.map(Text::from);
        into.id = self.id.map(Text::from);
        into.account = self.account.map(Text::from);
        into.region = self.region.map(Text::from);
        into.path = self.path.map(Text::from);
        into.created = self.created.map(Text::from);
        into.user = match self.user {
            Some(arn) => Assignment::User(Text::from(arn)),
            None if self.has_user => Assignment::Unassigned,
            None => Assignment::Unknown,
        };
    }
}

/// Reads a line into a resource. `None` where the line is not of the plain form; `into` is not touched then.
pub(super) fn read<'a>(text: &'a str, into: &mut Resource<'a>) -> Option<()> {
    thread_local! {
        static PLACES: RefCell<TagOffsets> = RefCell::default();
    }
    PLACES.with_borrow_mut(|places| FastLine::of(text, places).map(|plain| plain.fill(into)))
}

struct Cursor<'a> {
    text: &'a str,
    marks: QuoteScanner<'a>,
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn skip(&mut self, byte: u8) -> Option<()> {
        (self.text.as_bytes().get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    /// A string: as there are no escapes, it ends at the next quotation mark. Its first byte, and the one behind it.
    #[inline]
    fn range(&mut self) -> Option<(usize, usize)> {
        let (start, end) = (self.marks.next()?, self.marks.next()?);
        if start != self.at {
            return None;
        }
        self.at = end + 1;
        Some((start + 1, end))
    }

    fn string(&mut self) -> Option<&'a str> {
        let (start, end) = self.range()?;
        self.text.get(start..end)
    }

    /// A string, or `null`.
    fn value(&mut self, into: &mut Option<&'a str>) -> Option<()> {
        if self.text.as_bytes().get(self.at) == Some(&b'n') {
            *into = None;
            return self.text.get(self.at..)?.starts_with("null").then(|| self.at += 4);
        }
        *into = Some(self.string()?);
        Some(())
    }

    /// Tags of which every one has a value.
    fn tags(&mut self, places: &mut Vec<[usize; 4]>) -> Option<()> {
        self.skip(b'{')?;
        if self.skip(b'}').is_some() {
            return Some(());
        }
        loop {
            let (key, key_end) = self.range()?;
            self.skip(b':')?;
            let (value, value_end) = self.range()?;
            places.push([key, key_end, value, value_end]);
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
            r#"{"type":"iam:user","arn":"arn:aws:iam::123456789012:user/a","name":"a","id":"AIDA","account":"123456789012","path":"/","created":"2024-05-01T09:00:00Z","tags":{"Cost Center":"12345","Größe":"","K":"é"}}"#,
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
            r#"{"type":"a","tags":{"a":null}}"#,
            r#"{"type":"a","tags":{"a":null,"b":"c"}}"#,
            r#"{"type":"a","tags":{"a""b"}}"#,
            r#"{"type":"a","tags":{"a":"b""c":"d"}}"#,
            r#"{"type":"a","tags":{"a":"b"},}"#,
            r#"{"type":"a","tags":{"a":"b"#,
            r#"{"type":"a","tags":{"a":"b"}"#,
            r#"{"type":nul,"tags":{}}"#,
            r#"{"type":"a","name":nul,"tags":{}}"#,
            r#"{"type":"a","name":"b"c,"tags":{}}"#,
            r#"{"type":"a","tags":{},"x":"y"}"#,
            r#"{"type":"a","tags":{},"more-tags":true}"#,
            r#"{"taglint":"end","type":"a","tags":{}}"#,
        ] {
            assert_eq!(read(line, &mut into), None, "{line}");
        }
    }
}
