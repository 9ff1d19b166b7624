//! Streams and compressed files, copied to where every position can be read: to memory while they are small, else to a
//! temporary file that is gone when the process ends.

use std::io::{self, BufReader, BufWriter, Read, Write};

use tempfile::{SpooledData, SpooledTempFile};

use crate::base::encoding::without_bom;
use crate::base::limits::ZSTD_WINDOW_LOG;
use crate::base::utf16::as_utf8;
use crate::engine::ByteSource;

/// The size of reads and writes.
const BUFFER: usize = 256 << 10;
/// More than this goes to a temporary file.
const MAX_IN_MEMORY: usize = 8 << 20;

/// The compression of an input, by its first bytes: the extension may be missing or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A zstd frame, or a skippable frame before one (RFC 8878, 3.1).
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// A stream in a place where every position can be read.
pub(super) struct SpooledStream {
    pub(super) store: ByteSource,
    /// The reason why the compressed data end early, if they do.
    pub(super) truncation: Option<String>,
}

/// Copies a stream, decompressed, as UTF-8 if it is UTF-16, and without a byte order mark.
///
/// # Errors
/// The error of reading or of writing the temporary file.
pub(super) fn spool(mut stream: impl Read) -> io::Result<SpooledStream> {
    let mut head = Vec::new();
    (&mut stream).take(4).read_to_end(&mut head)?;
    let compression = Compression::of(&head);
    let stream = BufReader::with_capacity(BUFFER, io::Cursor::new(head).chain(stream));
    match compression {
        Compression::None => copy(as_utf8(stream)?, false),
        Compression::Gzip => copy(as_utf8(flate2::bufread::MultiGzDecoder::new(stream))?, true),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(stream)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            copy(as_utf8(decoder)?, true)
        }
    }
}

/// Copies a stream. An error of a decoder after the first byte is a truncation: the bytes before it are good.
fn copy(mut stream: impl Read, compressed: bool) -> io::Result<SpooledStream> {
    let (mut spool, mut truncation) = (SpoolWriter::new(), None);
    let (mut buffer, mut copied) = (vec![0; BUFFER], 0);
    loop {
        let (length, end) = fill(&mut stream, &mut buffer);
        let chunk = &buffer[..length];
        spool.write(if copied == 0 { without_bom(chunk) } else { chunk })?;
        copied += length as u64;
        match end {
            Err(error) if compressed && copied > 0 => truncation = Some(error.to_string()),
            Err(error) => return Err(error),
            Ok(()) if length == BUFFER => continue,
            Ok(()) => {}
        }
        return Ok(SpooledStream { store: spool.finish()?, truncation });
    }
}

/// Fills a buffer as far as the stream goes. The bytes before an error count.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut length = 0;
    while length < buffer.len() {
        match stream.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Err(error)),
        }
    }
    (length, Ok(()))
}

/// A writer of bytes that are kept in memory while they are few.
pub(super) struct SpoolWriter(BufWriter<SpooledTempFile>);

impl SpoolWriter {
    pub(super) fn new() -> Self {
        Self(BufWriter::with_capacity(BUFFER, SpooledTempFile::new(MAX_IN_MEMORY)))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// The bytes, to be read from any position.
    pub(super) fn finish(self) -> io::Result<ByteSource> {
        match self.0.into_inner().map_err(io::IntoInnerError::into_error)?.into_inner() {
            SpooledData::InMemory(bytes) => Ok(ByteSource::Memory(bytes.into_inner().into())),
            SpooledData::OnDisk(file) => ByteSource::file(file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::encoding::UTF8_BOM;

    #[test]
    fn bytes_are_the_same_in_memory_and_on_disk() {
        for length in [0, 2, BUFFER, BUFFER + 1, MAX_IN_MEMORY + BUFFER] {
            let text = [UTF8_BOM, &b"ab\n".repeat(length / 3 + 1)[..length]].concat();
            let spooled = spool(&text[..]).expect("memory is readable");
            let on_disk = matches!(spooled.store, ByteSource::File(..));
            assert_eq!(on_disk, length > MAX_IN_MEMORY, "{length}");
            let mut read = Vec::new();
            spooled.store.read_at(0, length + 1, &mut read).expect("readable");
            assert!(read == text[UTF8_BOM.len()..], "{length}");
        }
    }

    #[test]
    fn compressed_data_that_break_off_keep_their_start() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        packed.write_all(&b"line\n".repeat(50_000)).expect("memory takes every byte");
        let whole = packed.finish().expect("memory takes every byte");
        let spooled = spool(&whole[..whole.len() - 1000]).expect("the start is good");
        assert!(spooled.truncation.is_some() && spooled.store.len() > 200_000);
        assert!(spool(&whole[..8]).is_err(), "no byte of the content");
    }
}
