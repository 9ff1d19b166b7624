//! A sequential reader of lines.

use std::io;

use super::byte_source::{ByteSource, MAX_LINE};

/// Bytes per read. A merge has many inputs open at once, so this is small.
const STEP: usize = 128 << 10;

/// The lines of a byte source in order, one in memory at a time.
pub(in crate::engine) struct LineReader<'s> {
    source: &'s ByteSource,
    /// Offset of the end of the buffer.
    offset: u64,
    buffer: Vec<u8>,
    start: usize,
}

impl<'s> LineReader<'s> {
    pub(in crate::engine) fn new(source: &'s ByteSource) -> Self {
        Self { source, offset: 0, buffer: Vec::new(), start: 0 }
    }

    /// Returns the next line without its line end, and whether it had one. A line above the limit is cut.
    pub(in crate::engine) fn next(&mut self) -> io::Result<Option<(&[u8], bool)>> {
        let mut searched = self.start;
        let (end, ended) = loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[searched..]) {
                break (searched + at, true);
            }
            if self.offset >= self.source.len() || self.buffer.len() - self.start > MAX_LINE {
                break (self.buffer.len(), false);
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            let before = self.buffer.len();
            self.source.read_at(self.offset, STEP, &mut self.buffer)?;
            self.offset += (self.buffer.len() - before) as u64;
            searched = before;
        };
        let start = self.start;
        self.start = (end + 1).min(self.buffer.len());
        Ok((start < self.buffer.len()).then(|| (&self.buffer[start..end], ended)))
    }
}
