//! Parallel iteration over the chunks of an input. A chunk holds the lines that start in it, each whole.

use std::cell::RefCell;
use std::io;

use rayon::prelude::*;

use super::byte_source::{ByteSource, MAX_LINE};
use crate::base::ReadProgress;

/// The size of a chunk in bytes: large enough that the system call costs little, small enough that the bytes are still
/// in the CPU cache when they are parsed.
const CHUNK: u64 = 128 << 10;
/// The size of further reads if the last line does not end in the chunk.
const STEP: usize = 4 << 10;
/// The number of chunks of each thread whose results are folded while the next ones are read: few enough that memory does
/// not grow with the input, and enough that threads rarely wait for each other.
const WINDOW: u64 = 16;

thread_local! {
    /// One buffer for each thread, because allocating memory for each chunk costs more than reading it.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One line and its position.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct RawLine<'b> {
    /// The bytes without the line end.
    pub(in crate::engine) bytes: &'b [u8],
    /// The line as text, if the whole chunk is UTF-8.
    pub(in crate::engine) text: Option<&'b str>,
    /// Offset from the start of the source.
    pub(in crate::engine) offset: u64,
    /// Index of the line in its chunk, from 0.
    pub(super) number: u64,
    /// `true` if the line has a line end; `false` if the source ends first.
    pub(super) ended: bool,
}

impl<'b> RawLine<'b> {
    /// A line that was read alone, not in a chunk.
    pub(in crate::engine) fn alone(bytes: &'b [u8], offset: u64) -> Self {
        Self { bytes, text: simdutf8::basic::from_utf8(bytes).ok(), offset, number: 0, ended: true }
    }
}

/// Calls `work` for each chunk on all threads and returns the results in the order of the chunks.
pub(in crate::engine) fn map_chunks<T: Send>(
    source: &ByteSource,
    progress: &ReadProgress,
    work: impl Fn(&mut dyn Iterator<Item = RawLine<'_>>) -> T + Sync,
) -> io::Result<Vec<T>> {
    let mut all = Vec::new();
    fold_chunks(source, progress, work, |result| all.push(result))?;
    Ok(all)
}

/// Calls `work` for each chunk on all threads, and `fold` with the results in the order of the chunks.
pub(in crate::engine) fn fold_chunks<T: Send>(
    source: &ByteSource,
    progress: &ReadProgress,
    work: impl Fn(&mut dyn Iterator<Item = RawLine<'_>>) -> T + Sync,
    mut fold: impl FnMut(T),
) -> io::Result<()> {
    let chunk = |chunk: u64| {
        BUFFER.with_borrow_mut(|buffer| {
            let start = fill(source, chunk * CHUNK, buffer)?;
            let buffer = &buffer[start.lines];
            // One check for the chunk is faster than one for each line. If it fails, each line is checked.
            let text = simdutf8::basic::from_utf8(buffer).ok();
            let mut lines = ChunkLines { buffer, text, offset: start.offset, number: 0, ended: start.ended };
            let result = work(&mut lines);
            progress.add(CHUNK.min(source.len() - chunk * CHUNK));
            Ok(result)
        })
    };
    let chunks = source.len().div_ceil(CHUNK);
    let window = WINDOW * rayon::current_num_threads() as u64;
    let results = |start: u64| (start..chunks.min(start + window)).into_par_iter().map(chunk).collect();
    let (mut start, mut ready): (u64, io::Result<Vec<T>>) = (0, results(0));
    while start < chunks {
        start += window;
        let mut next = Ok(Vec::new());
        // This thread folds the results of a window while the others work on the next one.
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| next = results(start));
            ready.map(|ready| ready.into_iter().for_each(&mut fold))
        })?;
        ready = next;
    }
    Ok(())
}

/// The part of the buffer that a read filled.
struct Filled {
    /// The bytes of the lines that start in the chunk.
    lines: std::ops::Range<usize>,
    /// Offset of the first line in the source.
    offset: u64,
    /// `true` if the last line has a line end.
    ended: bool,
}

/// Reads the lines that start in the chunk at `start`. The buffer only grows; old bytes are overwritten, not cleared.
fn fill(source: &ByteSource, start: u64, buffer: &mut Vec<u8>) -> io::Result<Filled> {
    let end = (start + CHUNK).min(source.len());
    // The byte before the chunk shows whether a line starts at the first byte of the chunk.
    let from = start.saturating_sub(1);
    let mut used = read(source, from, end - from, buffer, 0)?;
    let skip = if start == 0 {
        0
    } else {
        match memchr::memchr(b'\n', &buffer[..used]) {
            Some(at) if from + (at as u64) + 1 < end => at + 1,
            // No line starts in this chunk.
            _ => return Ok(Filled { lines: 0..0, offset: end, ended: true }),
        }
    };
    let last_line = memchr::memrchr(b'\n', &buffer[..used]).map_or(0, |at| at + 1);
    let mut ended = last_line == used;
    let mut next = end;
    // A line above the limit is rejected anyway, so it is not read to its end.
    while !ended && next < source.len() && used - last_line <= MAX_LINE + STEP {
        let before = used;
        used = read(source, next, STEP as u64, buffer, before)?;
        next += (used - before) as u64;
        if let Some(at) = memchr::memchr(b'\n', &buffer[before..used]) {
            used = before + at + 1;
            ended = true;
        }
    }
    Ok(Filled { lines: skip..used, offset: from + skip as u64, ended })
}

/// Reads up to `length` bytes to index `at` of the buffer and returns the index after them.
fn read(source: &ByteSource, offset: u64, length: u64, buffer: &mut Vec<u8>, at: usize) -> io::Result<usize> {
    let length = usize::try_from(length.min(source.len().saturating_sub(offset))).unwrap_or(usize::MAX);
    if buffer.len() < at + length {
        buffer.resize(at + length, 0);
    }
    source.read_exact(offset, &mut buffer[at..at + length])?;
    Ok(at + length)
}

/// The lines of a chunk.
struct ChunkLines<'b> {
    buffer: &'b [u8],
    text: Option<&'b str>,
    offset: u64,
    number: u64,
    ended: bool,
}

impl<'b> Iterator for ChunkLines<'b> {
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
    fn every_line_is_read_once_wherever_chunks_end() {
        // Lines of odd lengths, one longer than two chunks, one that starts exactly at a chunk.
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
            let source = ByteSource::Memory(text.clone().into());
            let got: Vec<_> = map_chunks(&source, &ReadProgress::default(), |lines| {
                lines.map(|l| (l.offset, l.bytes.len(), l.ended)).collect::<Vec<_>>()
            })
            .unwrap()
            .concat();
            let lines: Vec<_> = got.iter().map(|(offset, length, _)| (*offset, *length)).collect();
            assert_eq!(lines, want);
            assert!(got[..got.len() - 1].iter().all(|(.., ended)| *ended));
            assert!(!got.last().unwrap().2);
        }
    }
}
