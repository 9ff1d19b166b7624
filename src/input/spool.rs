//! Streams and compressed files, copied to where every position can be read: to memory while they are small, else to a
//! temporary file that is gone when the process ends.

use std::cell::Cell;
use std::io::{self, BufReader, BufWriter, Read, Write};

use tempfile::{SpooledData, SpooledTempFile};

use crate::base::encoding::without_bom;
use crate::base::limits::ZSTD_WINDOW_LOG;
use crate::base::read_start;
use crate::base::utf16::as_utf8;
use crate::engine::ByteSource;

use super::unpack_budget::{HeldBytes, UnpackBudget};

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

/// Copies a stream, decompressed, as UTF-8 if it is UTF-16, and without a byte order mark. Only the beginning if
/// `is_wanted` is false for that.
///
/// # Errors
/// The error of reading or of writing the temporary file, or that the budget is used up.
pub(super) fn spool(
    mut stream: impl Read,
    budget: &UnpackBudget,
    is_wanted: &dyn Fn(&[u8]) -> bool,
) -> io::Result<SpooledStream> {
    let head = read_start(&mut stream, 4)?;
    let compression = Compression::of(&head);
    let read = Cell::new(0);
    let counted = CountedReader { stream: io::Cursor::new(head).chain(stream), read: &read };
    let stream = BufReader::with_capacity(BUFFER, counted);
    let compressed = (compression != Compression::None).then_some(&read);
    let copying = Copying { budget, is_wanted, compressed };
    match compression {
        Compression::None => copying.copy(as_utf8(stream)?),
        Compression::Gzip => copying.copy(as_utf8(flate2::bufread::MultiGzDecoder::new(stream))?),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(stream)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            copying.copy(as_utf8(decoder)?)
        }
    }
}

/// A reader that counts the bytes that were read.
struct CountedReader<'c, R> {
    stream: R,
    read: &'c Cell<u64>,
}

impl<R: Read> Read for CountedReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(buffer)?;
        self.read.set(self.read.get() + length as u64);
        Ok(length)
    }
}

/// A copy and its bounds.
struct Copying<'c> {
    budget: &'c UnpackBudget,
    is_wanted: &'c dyn Fn(&[u8]) -> bool,
    /// The number of compressed bytes that were read; `None` without compression.
    compressed: Option<&'c Cell<u64>>,
}

impl Copying<'_> {
    /// Copies a stream. An error of a decoder after the first byte is a truncation: the bytes before it are good.
    fn copy(&self, mut stream: impl Read) -> io::Result<SpooledStream> {
        let (mut spool, mut truncation) = (SpoolWriter::new(self.budget), None);
        let (mut buffer, mut copied) = (vec![0; BUFFER], 0);
        loop {
            let (length, end) = fill(&mut stream, &mut buffer);
            let is_first = copied == 0;
            copied += length as u64;
            self.compressed.map_or(Ok(()), |compressed| self.budget.check_ratio(copied, compressed.get()))?;
            let chunk = if is_first { without_bom(&buffer[..length]) } else { &buffer[..length] };
            spool.write(chunk)?;
            match end {
                Err(error) if self.compressed.is_some() && copied > 0 => truncation = Some(error.to_string()),
                Err(error) => return Err(error),
                // The rest of a stream that nobody wants may be endless.
                Ok(()) if length == BUFFER && (!is_first || (self.is_wanted)(chunk)) => continue,
                Ok(()) => {}
            }
            return Ok(SpooledStream { store: spool.finish()?, truncation });
        }
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
pub(super) struct SpoolWriter {
    out: BufWriter<SpooledTempFile>,
    held: HeldBytes,
}

impl SpoolWriter {
    pub(super) fn new(budget: &UnpackBudget) -> Self {
        let out = BufWriter::with_capacity(BUFFER, SpooledTempFile::new(MAX_IN_MEMORY));
        Self { out, held: budget.hold() }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.held.take(bytes.len() as u64)?;
        self.out.write_all(bytes)
    }

    /// The bytes, to be read from any position.
    pub(super) fn finish(self) -> io::Result<ByteSource> {
        self.held.keep();
        match self.out.into_inner().map_err(io::IntoInnerError::into_error)?.into_inner() {
            SpooledData::InMemory(bytes) => Ok(ByteSource::Memory(bytes.into_inner().into())),
            SpooledData::OnDisk(file) => ByteSource::file(file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::encoding::UTF8_BOM;

    fn whole(stream: impl Read) -> io::Result<SpooledStream> {
        spool(stream, &UnpackBudget::default(), &|_| true)
    }

    fn zeros(length: u64, level: flate2::Compression) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), level);
        io::copy(&mut io::repeat(b'x').take(length), &mut packed).expect("memory takes every byte");
        packed.finish().expect("memory takes every byte")
    }

    #[test]
    fn a_compressed_bomb_is_refused_early_and_gives_its_bytes_back() {
        let bomb = zeros(256 << 20, flate2::Compression::fast());
        let budget = UnpackBudget::default();
        for _ in 0..2 {
            let error = spool(&bomb[..], &budget, &|_| true).map(|_| ()).expect_err("a bomb");
            assert!(error.to_string().contains("100 times its size"), "{error}");
        }
        budget.hold().take(8 << 30).expect("nothing of it was kept");
        // A total that a person chose is the only bound.
        let chosen = UnpackBudget::of_total(300 << 20);
        assert_eq!(spool(&bomb[..], &chosen, &|_| true).expect("in the total").store.len(), 256 << 20);
        let error = spool(&bomb[..], &chosen, &|_| true).map(|_| ()).expect_err("over the total");
        assert!(error.to_string().contains("TAGLINT_MAX_UNPACKED"), "{error}");
    }

    #[test]
    fn an_endless_stream_that_nobody_wants_is_not_copied() {
        let spooled = spool(io::repeat(b'y'), &UnpackBudget::default(), &|_| false).expect("its beginning");
        assert_eq!(spooled.store.len(), BUFFER as u64);
        let error = spool(io::repeat(b'y'), &UnpackBudget::of_total(20 << 20), &|_| true).map(|_| ());
        assert!(error.expect_err("endless").to_string().contains("20 MiB"));
    }

    #[test]
    fn bytes_are_the_same_in_memory_and_on_disk() {
        for length in [0, 2, BUFFER, BUFFER + 1, MAX_IN_MEMORY + BUFFER] {
            let text = [UTF8_BOM, &b"ab\n".repeat(length / 3 + 1)[..length]].concat();
            let spooled = whole(&text[..]).expect("memory is readable");
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
        let spooled = self::whole(&whole[..whole.len() - 1000]).expect("the start is good");
        assert!(spooled.truncation.is_some() && spooled.store.len() > 200_000);
        assert!(self::whole(&whole[..8]).is_err(), "no byte of the content");
    }
}
