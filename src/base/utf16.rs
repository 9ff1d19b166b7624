//! Streams of UTF-16 text as UTF-8. PowerShell's `>` writes UTF-16.

use std::io::{self, BufRead, ErrorKind, Read};

use super::encoding::is_utf16;
use super::read_start;

/// The number of bytes that are converted at a time.
const CHUNK: usize = 64 << 10;

/// A stream as UTF-8. UTF-16 is recognized by its byte order mark and converted, everything else passes unchanged.
///
/// # Errors
/// Errors of the stream.
pub fn as_utf8<'r>(mut stream: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mark = read_start(&mut stream, 2)?;
    if !is_utf16(&mark) {
        return Ok(Box::new(io::Cursor::new(mark).chain(stream)));
    }
    let stream = io::BufReader::new(stream);
    Ok(Box::new(Utf16Reader { stream, is_big_endian: mark[0] == 0xfe, offset: 2, text: Vec::new(), at: 0 }))
}

/// A reader of UTF-16 units that gives UTF-8.
struct Utf16Reader<R> {
    stream: R,
    is_big_endian: bool,
    /// The number of bytes before the next character.
    offset: u64,
    text: Vec<u8>,
    /// The number of bytes of `text` that have been read.
    at: usize,
}

impl<R: BufRead> Utf16Reader<R> {
    fn invalid(&self) -> io::Error {
        io::Error::new(ErrorKind::InvalidData, format!("not UTF-16 (byte {})", self.offset + 1))
    }

    /// The next unit; `None` at the end.
    fn unit(&mut self) -> io::Result<Option<u16>> {
        if self.stream.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut bytes = [0; 2];
        self.stream.read_exact(&mut bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => self.invalid(),
            _ => error,
        })?;
        Ok(Some(if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }))
    }

    /// The next character; `None` at the end.
    fn character(&mut self) -> io::Result<Option<char>> {
        let Some(first) = self.unit()? else { return Ok(None) };
        let is_high = (0xd800..0xdc00).contains(&first);
        let units = [Some(first), if is_high { self.unit()? } else { None }];
        match char::decode_utf16(units.into_iter().flatten()).next() {
            Some(Ok(character)) => {
                self.offset += 2 * character.len_utf16() as u64;
                Ok(Some(character))
            }
            _ => Err(self.invalid()),
        }
    }

    /// Converts the next characters.
    fn convert(&mut self) -> io::Result<()> {
        self.text.clear();
        self.at = 0;
        while self.text.len() < CHUNK {
            let Some(character) = self.character()? else { break };
            self.text.extend(character.encode_utf8(&mut [0; 4]).bytes());
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            self.convert()?;
        }
        let rest = &self.text[self.at..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        as_utf8(bytes)?.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn utf_16_with_a_mark_is_converted_and_all_else_passes() {
        let text = "a\u{20000}\u{e9}\r\n".repeat(CHUNK / 3);
        let little: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big, text.clone().into_bytes()] {
            assert!(converted(&bytes).expect("text") == text);
        }
        for bytes in [&b""[..], b"a", b"ab", b"\xef\xbb\xbf"] {
            assert_eq!(converted(bytes).expect("text").as_bytes(), bytes);
        }
    }

    #[test]
    fn a_broken_pair_is_an_error_with_its_place() {
        for (bytes, byte) in [
            (&b"\xff\xfea\0b"[..], 5),
            (b"\xff\xfea\0\x00\xd8", 5),
            (b"\xff\xfe\x00\xd8\x00\xd8", 3),
            (b"\xfe\xff\xdc\x00\0a", 3),
        ] {
            let error = converted(bytes).expect_err("not UTF-16");
            assert_eq!(error.to_string(), format!("not UTF-16 (byte {byte})"), "{bytes:?}");
        }
    }
}
