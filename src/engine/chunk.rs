//! Cutting an inventory into pieces that start and end at lines, and walking them on all threads.

use std::cell::RefCell;
use std::io;

use rayon::prelude::*;

use super::store::{ByteSource, MAX_LINE};

/// Large enough that a system call costs little, small enough that what is read is still in the cache when it is parsed.
pub(super) const CHUNK: u64 = 128 << 10;
/// How much is read on where the last line of a piece does not end in it.
const STEP: usize = 4 << 10;

thread_local! {
    /// One buffer a thread: fresh memory for every piece costs more than reading it.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One line with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawLine<'b> {
    /// The bytes without the line end.
    pub(super) bytes: &'b [u8],
    /// The same as text, where all of the piece is.
    pub(super) text: Option<&'b str>,
    /// From the start of the store.
    pub(super) offset: u64,
    /// Its number among the lines that start in the piece, from 0.
    pub(super) number: u64,
    /// False where the store ends before the line does.
    pub(super) ended: bool,
}

/// Calls `work` for every piece on all threads, and gives the results in the order of the pieces.
pub(super) fn each<T: Send>(
    store: &ByteSource,
    work: impl Fn(&mut dyn Iterator<Item = RawLine<'_>>) -> T + Sync,
) -> io::Result<Vec<T>> {
    let pieces = store.len().div_ceil(CHUNK);
    (0..pieces)
        .into_par_iter()
        .map(|piece| {
            BUFFER.with_borrow_mut(|buffer| {
                let start = fill(store, piece * CHUNK, buffer)?;
                let buffer = &buffer[start.lines];
                // Once for the piece, as that is quicker than for every line. What is wrong is found line by line.
                let text = simdutf8::basic::from_utf8(buffer).ok();
                let mut lines = Lines { buffer, text, offset: start.offset, number: 0, ended: start.ended };
                Ok(work(&mut lines))
            })
        })
        .collect()
}

struct Filled {
    /// The bytes of the buffer that hold the lines that start in the piece.
    lines: std::ops::Range<usize>,
    /// Where the first of them starts in the store.
    offset: u64,
    /// Whether the last line has its line end.
    ended: bool,
}

/// Reads the lines that start in the piece at `start`, each whole. The buffer only ever grows: what it held before is
/// overwritten, not cleared.
fn fill(store: &ByteSource, start: u64, buffer: &mut Vec<u8>) -> io::Result<Filled> {
    let end = (start + CHUNK).min(store.len());
    // One byte more in front tells whether a line starts exactly here.
    let from = start.saturating_sub(1);
    let mut used = read(store, from, end - from, buffer, 0)?;
    let skip = if start == 0 {
        0
    } else {
        match memchr::memchr(b'\n', &buffer[..used]) {
            Some(at) if from + (at as u64) + 1 < end => at + 1,
            // No line starts in this piece.
            _ => return Ok(Filled { lines: 0..0, offset: end, ended: true }),
        }
    };
    let last_line = memchr::memrchr(b'\n', &buffer[..used]).map_or(0, |at| at + 1);
    let mut ended = last_line == used;
    let mut next = end;
    while !ended && next < store.len() && used - last_line <= MAX_LINE + STEP {
        let before = used;
        used = read(store, next, STEP as u64, buffer, before)?;
        next += (used - before) as u64;
        if let Some(at) = memchr::memchr(b'\n', &buffer[before..used]) {
            used = before + at + 1;
            ended = true;
        }
    }
    Ok(Filled { lines: skip..used, offset: from + skip as u64, ended })
}

/// Reads up to `length` bytes to the buffer's place `at`; gives the place after them.
fn read(store: &ByteSource, offset: u64, length: u64, buffer: &mut Vec<u8>, at: usize) -> io::Result<usize> {
    let length = usize::try_from(length.min(store.len().saturating_sub(offset))).unwrap_or(usize::MAX);
    if buffer.len() < at + length {
        buffer.resize(at + length, 0);
    }
    store.read_exact(offset, &mut buffer[at..at + length])?;
    Ok(at + length)
}

struct Lines<'b> {
    buffer: &'b [u8],
    text: Option<&'b str>,
    offset: u64,
    number: u64,
    ended: bool,
}

impl<'b> Iterator for Lines<'b> {
    type Item = RawLine<'b>;

    fn next(&mut self) -> Option<RawLine<'b>> {
        if self.buffer.is_empty() {
            return None;
        }
        let (bytes, used, ended) = match memchr::memchr(b'\n', self.buffer) {
            Some(at) => (&self.buffer[..at], at + 1, true),
            None => (self.buffer, self.buffer.len(), self.ended),
        };
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let line = RawLine {
            bytes,
            text: self.text.and_then(|text| text.get(..bytes.len())),
            offset: self.offset,
            number: self.number,
            ended,
        };
        self.buffer = &self.buffer[used..];
        self.text = self.text.and_then(|text| text.get(used..));
        self.offset += used as u64;
        self.number += 1;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_seen_once_wherever_pieces_end() {
        // Lines of odd lengths, one longer than two pieces, one that starts exactly at a border.
        let mut text = Vec::new();
        let mut want = Vec::new();
        let lengths = [5_usize, 700_000, 0, 1_200_000, 3];
        for (i, length) in lengths.iter().cycle().take(12).enumerate() {
            want.push((text.len() as u64, length + i));
            text.extend(std::iter::repeat_n(b'x', length + i));
            text.push(b'\n');
        }
        let pad = usize::try_from(CHUNK).unwrap() - text.len() % usize::try_from(CHUNK).unwrap() - 1;
        want.push((text.len() as u64, pad));
        text.extend(std::iter::repeat_n(b'y', pad));
        text.push(b'\n');
        want.push((text.len() as u64, 4));
        text.extend(b"last");
        {
            let store = ByteSource::Memory(text.clone().into());
            let got: Vec<_> =
                each(&store, |lines| lines.map(|l| (l.offset, l.bytes.len(), l.ended)).collect::<Vec<_>>())
                    .unwrap()
                    .concat();
            let lines: Vec<_> = got.iter().map(|(offset, length, _)| (*offset, *length)).collect();
            assert_eq!(lines, want);
            assert!(got[..got.len() - 1].iter().all(|(.., ended)| *ended));
            assert!(!got.last().unwrap().2);
        }
    }
}
