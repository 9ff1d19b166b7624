//! A scanner of the lines of one chunk.

use super::byte_source::MAX_LINE;
use super::chunks::RawLine;
use super::order::OrderCheck;
use crate::base::quote;
use crate::engine::prefilter::{FastLine, TagOffsets};
use crate::model::{LineError, Marker, Resource, parse_marker, parse_resource, repeated_key, utf8};

/// The facts about the lines of one chunk besides their resources, for [`super::Envelope`].
#[derive(Default)]
pub(in crate::engine) struct LineScanner {
    /// `true` if [`FastLine`] may be used.
    fast_lines: bool,
    /// `true` if a tag must not occur twice: the input is an inventory, and no other format made into one.
    unique_keys: bool,
    /// Number of lines that start in the chunk.
    pub(super) lines: u64,
    pub(super) resources: u64,
    /// Header and end lines, each with its index in the chunk.
    pub(super) markers: Vec<(u64, Marker)>,
    /// The first invalid line.
    pub(super) first_invalid: Option<InvalidLine>,
    /// Number of invalid lines.
    pub(super) invalid: u64,
    /// The index of the last line that is not blank.
    pub(super) last_line: Option<u64>,
    pub(in crate::engine) order: OrderCheck,
}

/// An invalid line of a chunk.
#[derive(Clone)]
pub(super) struct InvalidLine {
    /// Its index in the chunk.
    pub(super) number: u64,
    pub(super) message: String,
    /// `true` if the line has a line end.
    pub(super) ended: bool,
}

/// The result of scanning one line.
#[allow(clippy::large_enum_variant)] // nearly every line is a fast one: a box for each would be an allocation for each
pub(in crate::engine) enum ParsedLine<'b, 'p> {
    /// A blank line, a marker or an invalid line.
    Nothing,
    /// A resource line in taglint's own format, split but not copied.
    Fast(FastLine<'b, 'p>),
    /// A resource line that was parsed.
    Resource,
}

impl LineScanner {
    pub(in crate::engine) fn new(fast_lines: bool, unique_keys: bool) -> Self {
        Self { fast_lines, unique_keys, ..Self::default() }
    }

    /// Scans one line. A line that is not in the fast format is parsed into `resource`, whose allocation is reused.
    pub(in crate::engine) fn scan<'b, 'p>(
        &mut self,
        line: RawLine<'b>,
        offsets: &'p mut TagOffsets,
        resource: &mut Resource<'b>,
    ) -> ParsedLine<'b, 'p> {
        self.lines += 1;
        if line.bytes.iter().all(u8::is_ascii_whitespace) {
            return ParsedLine::Nothing;
        }
        self.last_line = Some(line.number);
        if line.bytes.len() > MAX_LINE {
            self.add_invalid(line, format!("the line is longer than {} MiB", MAX_LINE >> 20));
            return ParsedLine::Nothing;
        }
        if self.fast_lines
            && let Some(fast) = line.text.and_then(|text| FastLine::parse(text, offsets))
        {
            self.resources += 1;
            self.order.push(fast.order());
            return ParsedLine::Fast(fast);
        }
        match parse(line, resource) {
            Ok(None) => {
                if let Some(key) = self.repeated_key(resource) {
                    self.add_invalid(line, format!("the tag {} occurs twice; keep one of them", quote(key)));
                    return ParsedLine::Nothing;
                }
                self.resources += 1;
                self.order.push_resource(resource);
                return ParsedLine::Resource;
            }
            Ok(Some(marker)) => self.markers.push((line.number, marker)),
            Err(error) => self.add_invalid(line, explain(&error)),
        }
        ParsedLine::Nothing
    }

    /// A tag that occurs twice, if that is refused: one of its values would be ignored.
    fn repeated_key<'r>(&self, resource: &'r Resource<'_>) -> Option<&'r str> {
        let keys = resource.tags.known().iter().map(|tag| tag.key.as_str());
        repeated_key(keys).filter(|_| self.unique_keys)
    }

    fn add_invalid(&mut self, line: RawLine<'_>, message: String) {
        self.invalid += 1;
        let invalid = InvalidLine { number: line.number, message, ended: line.ended };
        self.first_invalid.get_or_insert(invalid);
    }
}

/// Parses a marker, or a resource into `resource`.
fn parse<'b>(line: RawLine<'b>, resource: &mut Resource<'b>) -> Result<Option<Marker>, LineError> {
    if let Some(marker) = parse_marker(line.bytes) {
        return marker.map(Some);
    }
    let text = line.text.map_or_else(|| utf8(line.bytes), Ok)?;
    *resource = parse_resource(text)?;
    Ok(None)
}

fn explain(error: &LineError) -> String {
    match error {
        LineError::Version(_) => format!("{error}; update taglint"),
        _ => error.to_string(),
    }
}
