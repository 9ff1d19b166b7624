//! The sorted streams of a merge.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use super::survey::{Cell, LinePosition, Survey};
use crate::engine::input::Input;
use crate::engine::stream::byte_source::ByteSource;
use crate::engine::stream::line_reader::LineReader;
use crate::engine::stream::order::sort_key;
use crate::engine::stream::parse::parse_line;
use crate::model::{Line, Tags};

/// The position in one input: a resource and its line.
pub(super) struct Cursor<'m> {
    /// Index of the input.
    pub(super) input: usize,
    /// The resource's line.
    pub(super) line: Vec<u8>,
    /// `true` if the tags of the resource were read.
    pub(super) tags_read: bool,
    /// `true` if the resource is a context resource.
    pub(super) is_context: bool,
    /// The sort key, which includes the ARN.
    pub(super) key: String,
    /// `true` if the resource has an ARN. Two lines without an ARN are never merged.
    pub(super) has_arn: bool,
    source: Source<'m>,
}

/// The lines of an input in the order of resources.
enum Source<'m> {
    Sorted(LineReader<'m>),
    Unsorted(&'m ByteSource, std::slice::Iter<'m, LinePosition>),
}

impl Cursor<'_> {
    /// Account, region and type as one text.
    pub(super) fn cell_key(&self) -> &str {
        let end = self.key.match_indices('\0').nth(2).map_or(self.key.len(), |(at, _)| at);
        &self.key[..end]
    }

    /// Account, region and type of the resource; `None` if not known.
    pub(super) fn cell(&self) -> Option<Cell<'_>> {
        let mut parts = self.key.split('\0');
        let (account, region, kind) = (parts.next()?, parts.next()?, parts.next()?);
        let region = (!region.is_empty()).then_some(region);
        (self.has_arn && !account.is_empty()).then_some(Cell { account, region, kind })
    }

    /// Goes to the next resource; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        loop {
            self.line.clear();
            let ended = match &mut self.source {
                Source::Sorted(lines) => match lines.next()? {
                    Some((line, ended)) => {
                        self.line.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                        ended
                    }
                    None => return Ok(false),
                },
                Source::Unsorted(bytes, positions) => match positions.next() {
                    Some((offset, length)) => {
                        bytes.read_at(*offset, *length, &mut self.line)?;
                        true
                    }
                    None => return Ok(false),
                },
            };
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match parse_line(&self.line, true) {
                Ok(Line::Resource(resource)) => {
                    sort_key(&resource, &mut self.key);
                    self.has_arn = resource.arn.is_some();
                    self.is_context = resource.is_context();
                    self.tags_read = !matches!(resource.tags, Tags::Unread { .. });
                    return Ok(true);
                }
                Ok(Line::Header(_) | Line::End(_)) => {}
                // The cut last line of a truncated file, which the survey reported as a gap.
                Err(_) if !ended => return Ok(false),
                Err(_) => return Err(io::Error::other("the input changed while taglint read it")),
            }
        }
    }
}

/// All inputs, each at its next resource.
pub(super) struct Streams<'m> {
    /// Cursors by input; `None` if taken or at the end.
    cursors: Vec<Option<Cursor<'m>>>,
    heap: BinaryHeap<Reverse<(String, usize)>>,
}

impl<'m> Streams<'m> {
    pub(super) fn new(inputs: &'m [Input], surveys: &'m [Survey]) -> io::Result<Self> {
        let mut streams = Self { cursors: Vec::new(), heap: BinaryHeap::new() };
        for (at, (input, survey)) in inputs.iter().zip(surveys).enumerate() {
            let source = match &survey.positions {
                None => Source::Sorted(LineReader::new(&input.bytes)),
                Some(positions) => Source::Unsorted(&input.bytes, positions.iter()),
            };
            let (line, key) = (Vec::new(), String::new());
            streams.cursors.push(None);
            let cursor = Cursor { input: at, line, tags_read: false, is_context: false, key, has_arn: false, source };
            streams.push_next(cursor)?;
        }
        Ok(streams)
    }

    /// Takes the cursors at the least resource, one for each input that has it. False at the end.
    pub(super) fn take(&mut self, same: &mut Vec<Cursor<'m>>) -> bool {
        let Some(first) = self.pop() else { return false };
        let has_arn = first.has_arn;
        same.push(first);
        while has_arn && self.heap.peek().is_some_and(|Reverse((key, _))| *key == same[0].key) {
            same.extend(self.pop());
        }
        true
    }

    /// Puts cursors back at their next resources.
    pub(super) fn put_back(&mut self, same: &mut Vec<Cursor<'m>>) -> io::Result<()> {
        same.drain(..).try_for_each(|cursor| self.push_next(cursor))
    }

    fn pop(&mut self) -> Option<Cursor<'m>> {
        let Reverse((_, at)) = self.heap.pop()?;
        self.cursors[at].take()
    }

    fn push_next(&mut self, mut cursor: Cursor<'m>) -> io::Result<()> {
        if cursor.advance()? {
            let at = cursor.input;
            // The index of the input breaks ties, so that every merge gives the same result.
            self.heap.push(Reverse((cursor.key.clone(), at)));
            self.cursors[at] = Some(cursor);
        }
        Ok(())
    }
}
