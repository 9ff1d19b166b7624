//! Inputs read side by side, the least resource first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use super::super::order::sort_key;
use super::super::read::Lines;
use super::super::store::{ByteSource, Input};
use super::survey::{Cell, Place, Survey};
use crate::model::{Line, Tags, parse_line};

/// One input at one of its resources.
pub(super) struct Cursor<'m> {
    /// The input's place among the inputs.
    pub(super) input: usize,
    /// The resource's line.
    pub(super) line: Vec<u8>,
    /// Whether its tags were read.
    pub(super) read: bool,
    /// Whether the resource is only there for others to be compared with.
    pub(super) context: bool,
    /// The order of resources; the ARN is part of it.
    pub(super) key: String,
    /// Whether the resource has an ARN. Without one nobody can say that two lines are one resource.
    pub(super) named: bool,
    source: Source<'m>,
}

enum Source<'m> {
    Sorted(Lines<'m>),
    Places(&'m ByteSource, std::slice::Iter<'m, Place>),
}

impl Cursor<'_> {
    /// Account, region and type as one text.
    pub(super) fn cell_key(&self) -> &str {
        let end = self.key.match_indices('\0').nth(2).map_or(self.key.len(), |(at, _)| at);
        &self.key[..end]
    }

    /// Where the resource belongs; `None` where it does not say.
    pub(super) fn cell(&self) -> Option<Cell<'_>> {
        let mut parts = self.key.split('\0');
        let (account, region, kind) = (parts.next()?, parts.next()?, parts.next()?);
        let region = (!region.is_empty()).then_some(region);
        (self.named && !account.is_empty()).then_some(Cell { account, region, kind })
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
                Source::Places(store, places) => match places.next() {
                    Some((offset, length)) => {
                        store.read_at(*offset, *length, &mut self.line)?;
                        true
                    }
                    None => return Ok(false),
                },
            };
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match parse_line(&self.line) {
                Ok(Line::Resource(resource)) => {
                    sort_key(&resource, &mut self.key);
                    self.named = resource.arn.is_some();
                    self.context = resource.origin.as_ref().is_some_and(|origin| origin.context);
                    self.read = !matches!(resource.tags, Tags::Unread { .. });
                    return Ok(true);
                }
                Ok(Line::Header(_) | Line::End(_)) => {}
                // The line in which a file breaks off; the survey has made a gap of it.
                Err(_) if !ended => return Ok(false),
                Err(_) => return Err(io::Error::other("the input has changed while it was read")),
            }
        }
    }
}

/// All inputs, each at its least resource that was not taken yet.
pub(super) struct Streams<'m> {
    /// Cursors by input; `None` while one is lent out or at its end.
    cursors: Vec<Option<Cursor<'m>>>,
    heap: BinaryHeap<Reverse<(String, usize)>>,
}

impl<'m> Streams<'m> {
    pub(super) fn new(inputs: &'m [Input], surveys: &'m [Survey]) -> io::Result<Self> {
        let mut streams = Self { cursors: Vec::new(), heap: BinaryHeap::new() };
        for (at, (input, survey)) in inputs.iter().zip(surveys).enumerate() {
            let source = match &survey.places {
                None => Source::Sorted(Lines::new(&input.store)),
                Some(places) => Source::Places(&input.store, places.iter()),
            };
            let (line, key) = (Vec::new(), String::new());
            streams.cursors.push(None);
            streams.go_on(Cursor { input: at, line, read: false, context: false, key, named: false, source })?;
        }
        Ok(streams)
    }

    /// Lends out the cursors at the least resource, more than one where several inputs have it; false at the end.
    pub(super) fn take(&mut self, same: &mut Vec<Cursor<'m>>) -> bool {
        let Some(first) = self.pop() else { return false };
        let named = first.named;
        same.push(first);
        while named && self.heap.peek().is_some_and(|Reverse((key, _))| *key == same[0].key) {
            same.extend(self.pop());
        }
        true
    }

    /// Takes cursors back and lets them go on.
    pub(super) fn give_back(&mut self, same: &mut Vec<Cursor<'m>>) -> io::Result<()> {
        same.drain(..).try_for_each(|cursor| self.go_on(cursor))
    }

    fn pop(&mut self) -> Option<Cursor<'m>> {
        let Reverse((_, at)) = self.heap.pop()?;
        self.cursors[at].take()
    }

    fn go_on(&mut self, mut cursor: Cursor<'m>) -> io::Result<()> {
        if cursor.advance()? {
            let at = cursor.input;
            self.heap.push(Reverse((cursor.key.clone(), at)));
            self.cursors[at] = Some(cursor);
        }
        Ok(())
    }
}
