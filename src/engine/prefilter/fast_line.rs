//! A parser of lines in the exact form that taglint writes.
//!
//! Nearly every line of an inventory is a flat object with known fields, strings without escapes, and no white space
//! but spaces after `:` and `,`. Such a line is split in place at its quotation marks, which is faster than a JSON parser.
//! All other lines, including invalid ones, are left to the JSON parser.

use super::quote_scanner::QuoteScanner;
use crate::aws::name_in_arn;
use crate::model::{DeviceAssignment, Resource, Tag, Tags, Text, repeated_key};

/// Buffer for the tags of a line: start and end of each key and value. Its allocation is reused for every line.
#[derive(Debug, Default)]
pub(in crate::engine) struct TagOffsets(Vec<[usize; 4]>);

/// A resource line, split but not copied. All of its tags have known values.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct FastLine<'a, 'p> {
    text: &'a str,
    tags: &'p [[usize; 4]],
    pub(in crate::engine) kind: &'a str,
    pub(in crate::engine) arn: Option<&'a str>,
    pub(in crate::engine) name: Option<&'a str>,
    pub(in crate::engine) account: Option<&'a str>,
    pub(in crate::engine) region: Option<&'a str>,
    id: Option<&'a str>,
    path: Option<&'a str>,
    created: Option<&'a str>,
    user: Option<&'a str>,
    /// `true` if the line has a user, which may be null.
    has_user: bool,
    address: Option<&'a str>,
    /// The origin as JSON, with no more than a type, default tags and the mark of context.
    origin: Option<&'a str>,
    /// `true` if the resource is context, as [`Resource::is_context`] says.
    pub(in crate::engine) is_context: bool,
}

impl<'a, 'p> FastLine<'a, 'p> {
    /// Splits a line; `None` if it is not in the fast format.
    pub(in crate::engine) fn parse(text: &'a str, offsets: &'p mut TagOffsets) -> Option<Self> {
        offsets.0.clear();
        let mut line = FastLineCursor { text, quotes: QuoteScanner::new(text), at: 0 };
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
                // The tags of a second field would be appended to those of the first one.
                "tags" if tags => return None,
                "tags" => {
                    line.skip_spaces();
                    line.tags(&mut offsets.0)?;
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
                "address" => line.value(&mut out.address)?,
                "origin" => {
                    let start = line.at;
                    out.is_context = line.origin()?;
                    out.origin = text.get(start..line.at);
                }
                _ => return None,
            }
            if line.skip(b',').is_none() {
                break;
            }
        }
        line.skip(b'}')?;
        out.tags = &offsets.0;
        // A key that occurs twice is reported for lines of inventories, after the JSON parser.
        if repeated_key(out.tags().map(|(key, _)| key)).is_some() {
            return None;
        }
        // Strings were split without unescaping, which is correct only if the line contains no escape.
        (kind && tags && line.at == text.len() && line.quotes.no_special()).then_some(out)
    }

    /// Keys and values of the tags, in the order of the line.
    pub(in crate::engine) fn tags(&self) -> impl Iterator<Item = (&'a str, &'a str)> + Clone + use<'a, 'p> {
        let text = self.text;
        self.tags.iter().map(move |[key, key_end, value, value_end]| (&text[*key..*key_end], &text[*value..*value_end]))
    }

    /// The parts of the sort key, the same as [`Resource::order`].
    pub(in crate::engine) fn order(&self) -> [&'a str; 5] {
        let or_empty = Option::unwrap_or_default;
        let name = self.arn.or(self.name);
        [or_empty(self.account), or_empty(self.region), self.kind, or_empty(name), or_empty(self.address)]
    }

    /// Returns `true` if source declares the resource, as [`Resource::is_planned`] says: the origin has no mark of live ones.
    pub(in crate::engine) fn is_planned(&self) -> bool {
        self.origin.is_some()
    }

    /// Returns `true` if AWS has not accepted the tags yet.
    pub(super) fn is_unaccepted(&self) -> bool {
        self.arn.is_none() || self.is_planned()
    }

    /// Converts the line to a resource, reusing the allocations of `into`.
    pub(in crate::engine) fn fill(&self, into: &mut Resource<'a>) {
        into.clear();
        if let Tags::Read { tags, .. } = &mut into.tags {
            tags.extend(self.tags().map(|(key, value)| Tag { key: Text::from(key), value: Some(Text::from(value)) }));
        }
        into.kind = Text::from(self.kind);
        into.arn = self.arn.map(Text::from);
        let name = self.name.or_else(|| name_in_arn(self.kind, self.arn?));
        into.name = name.map(Text::from);
        into.id = self.id.map(Text::from);
        into.account = self.account.map(Text::from);
        into.region = self.region.map(Text::from);
        into.path = self.path.map(Text::from);
        into.created = self.created.map(Text::from);
        into.address = self.address.map(Text::from);
        into.origin = self.origin.and_then(|origin| serde_json::from_str(origin).ok());
        into.user = match self.user {
            Some(arn) => DeviceAssignment::User(Text::from(arn)),
            None if self.has_user => DeviceAssignment::Unassigned,
            None => DeviceAssignment::Unknown,
        };
    }
}

/// The position in a line.
struct FastLineCursor<'a> {
    text: &'a str,
    quotes: QuoteScanner<'a>,
    at: usize,
}

impl<'a> FastLineCursor<'a> {
    /// Skips an expected byte.
    #[inline]
    fn skip(&mut self, byte: u8) -> Option<()> {
        (self.text.as_bytes().get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    /// Start and end of a string. Without escapes it ends at the next quotation mark.
    #[inline]
    fn range(&mut self) -> Option<(usize, usize)> {
        let (start, end) = (self.quotes.next()?, self.quotes.next()?);
        if start != self.at && self.text.as_bytes().get(self.at..start)?.iter().any(|byte| *byte != b' ') {
            return None;
        }
        self.at = end + 1;
        Some((start + 1, end))
    }

    /// Skips spaces.
    fn skip_spaces(&mut self) {
        while self.skip(b' ').is_some() {}
    }

    fn string(&mut self) -> Option<&'a str> {
        let (start, end) = self.range()?;
        self.text.get(start..end)
    }

    /// A string or `null`.
    fn value(&mut self, into: &mut Option<&'a str>) -> Option<()> {
        self.skip_spaces();
        if self.text.as_bytes().get(self.at) == Some(&b'n') {
            *into = None;
            return self.text.get(self.at..)?.starts_with("null").then(|| self.at += 4);
        }
        *into = Some(self.string()?);
        Some(())
    }

    /// An origin with the fields in the order in which taglint writes them. Returns whether it marks context.
    fn origin(&mut self) -> Option<bool> {
        self.skip(b'{')?;
        if self.skip(b'}').is_some() {
            return Some(false);
        }
        let (mut is_context, mut fields) = (false, ["type", "default-tags", "context"].iter());
        loop {
            let name = self.string()?;
            // A field that stands twice, or in another order, is not found.
            fields.find(|field| **field == name)?;
            self.skip(b':')?;
            match name {
                "type" => drop(self.string()?),
                "default-tags" => self.default_tags()?,
                _ => {
                    self.text.get(self.at..)?.starts_with("true").then(|| self.at += 4)?;
                    is_context = true;
                }
            }
            if self.skip(b',').is_none() {
                self.skip(b'}')?;
                return Some(is_context);
            }
        }
    }

    /// The keys of default tags, all of them certain: `{"keys":["a","b"]}`, or `{}`.
    fn default_tags(&mut self) -> Option<()> {
        self.skip(b'{')?;
        if self.skip(b'}').is_some() {
            return Some(());
        }
        (self.string()? == "keys").then_some(())?;
        self.skip(b':')?;
        self.skip(b'[')?;
        loop {
            self.string()?;
            if self.skip(b',').is_none() {
                self.skip(b']')?;
                return self.skip(b'}');
            }
        }
    }

    /// Tags with string values.
    fn tags(&mut self, offsets: &mut Vec<[usize; 4]>) -> Option<()> {
        self.skip(b'{')?;
        if self.skip(b'}').is_some() {
            return Some(());
        }
        loop {
            let (key, key_end) = self.range()?;
            self.skip(b':')?;
            let (value, value_end) = self.range()?;
            offsets.push([key, key_end, value, value_end]);
            if self.skip(b',').is_none() {
                return self.skip(b'}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(text: &'a str, into: &mut Resource<'a>) -> Option<()> {
        let mut offsets = TagOffsets::default();
        FastLine::parse(text, &mut offsets).map(|line| line.fill(into))
    }

    #[test]
    fn a_fast_line_gives_the_same_resource_as_the_json_parser() {
        for line in [
            r#"{"type":"iam:user","arn":"arn:aws:iam::123456789012:user/a","name":"a","id":"AIDA","account":"123456789012","path":"/","created":"2024-05-01T09:00:00Z","tags":{"Cost Center":"12345","Größe":"","K":"é"}}"#,
            r#"{"type":"iam:mfa","user":null,"tags":{}}"#,
            r#"{"tags":{"a":"b"},"type":"iam:mfa","user":"arn:aws:iam::123456789012:user/a","region":null}"#,
            r#"{"type":"a","type":"b","tags":{}}"#,
            r#"{"type":"","tags":{"":""}}"#,
            r#"{"type":"iam:user","address":"aws_iam_user.a[0]","tags":{"a":"b"},"origin":{"type":"aws_iam_user","default-tags":{"keys":["a","c"]}}}"#,
            r#"{"type":"a","address":null,"origin":{"default-tags":{},"context":true},"tags":{}}"#,
            r#"{"type":"a","tags":{},"origin":{"context":true},"origin":{}}"#,
            r#"{"type": "a", "user": null, "name":  "n", "tags": {"a": "b", "c": "d"}}"#,
            r#"{ "type":"a", "tags": {}}"#,
            r#"{"type":"a","tags":{ "a":"b"}}"#,
        ] {
            let mut got = Resource::default();
            assert!(read(line, &mut got).is_some(), "{line}");
            assert_eq!(got, serde_json::from_str(line).expect("JSON"), "{line}");
            let mut offsets = TagOffsets::default();
            let fast = FastLine::parse(line, &mut offsets).expect("a fast line");
            assert_eq!((fast.is_context, fast.is_planned()), (got.is_context(), got.is_planned()), "{line}");
            assert_eq!(fast.order(), <[&str; 5]>::from(got.order()), "{line}");
        }
    }

    #[test]
    fn other_lines_are_left_to_the_json_parser() {
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
            r#"{"type" :"a","tags":{}}"#,
            "{\"type\":\t\"a\",\"tags\":{}}",
            r#"{"type":"a","tags":{ }}"#,
            r#"{"type":"a","tags":{"a":"b" }}"#,
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
            r#"{"type":"a","tags":{},"origin":null}"#,
            r#"{"type":"a","tags":{},"origin":{"live":true}}"#,
            r#"{"type":"a","tags":{},"origin":{"context":false}}"#,
            r#"{"type":"a","tags":{},"origin":{"context":true,"type":"b"}}"#,
            r#"{"type":"a","tags":{},"origin":{"type":"b","type":"c"}}"#,
            r#"{"type":"a","tags":{},"origin":{"type":"b",}}"#,
            r#"{"type":"a","tags":{},"origin":{"type":null}}"#,
            r#"{"type":"a","tags":{},"origin":{"default-tags":{"keys":[]}}}"#,
            r#"{"type":"a","tags":{},"origin":{"default-tags":{"keys":["a",]}}}"#,
            r#"{"type":"a","tags":{},"origin":{"default-tags":{"unclear":["a"]}}}"#,
            r#"{"type":"a","tags":{},"origin":{"default-tags":{"keys":["a"]},"context":true}"#,
            r#"{"type":"a","tags":{},"origin":{"type":"b","sensitive":["c"]}}"#,
        ] {
            assert_eq!(read(line, &mut into), None, "{line}");
        }
    }
}
