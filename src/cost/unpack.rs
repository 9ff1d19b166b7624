//! The text in a cost file: plain, in gzip, or in a ZIP archive with one file, as legacy reports come.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

/// The largest line item in bytes.
const MAX_RECORD: u64 = 16 << 20;
/// The size of the fixed part of a local file header (PKWARE, APPNOTE.TXT, section 4.3.7).
const ZIP_HEADER: usize = 30;

/// The form of a file, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zip,
    Parquet,
}

/// The packing that the first bytes say.
pub(super) fn packing(start: &[u8]) -> Packing {
    match start {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [b'P', b'K', 3, 4, ..] => Packing::Zip,
        [b'P', b'A', b'R', b'1', ..] => Packing::Parquet,
        _ => Packing::None,
    }
}

/// The text of a stream.
///
/// # Errors
/// Those of reading the start of an archive.
pub(super) fn text<'r>(packing: Packing, stream: BufReader<impl Read + 'r>) -> io::Result<Box<dyn Read + 'r>> {
    Ok(match packing {
        Packing::None | Packing::Parquet => Box::new(stream),
        Packing::Gzip => Box::new(MultiGzDecoder::new(stream)),
        Packing::Zip => Box::new(ZipEntry::open(stream)?),
    })
}

/// The one file of a ZIP archive, read from its start.
struct ZipEntry<R> {
    data: DeflateDecoder<R>,
    crc: Crc,
    /// The checksum in the header; 0 if it comes after the data.
    wanted: u32,
    done: bool,
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the ZIP archive {why}"))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

impl<R: BufRead> ZipEntry<R> {
    fn open(mut stream: R) -> io::Result<Self> {
        let mut header = [0; ZIP_HEADER];
        stream.read_exact(&mut header)?;
        let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let (flags, method) = (short(6), short(8));
        if flags & 1 != 0 {
            return Err(broken("is encrypted"));
        }
        if method != 8 {
            return Err(broken("is not compressed with Deflate; unpack it"));
        }
        let skipped = u64::from(short(26)) + u64::from(short(28));
        io::copy(&mut stream.by_ref().take(skipped), &mut io::sink())?;
        let wanted = number(&header, 14).filter(|_| flags & 8 == 0).unwrap_or(0);
        Ok(Self { data: DeflateDecoder::new(stream), crc: Crc::new(), wanted, done: false })
    }

    /// Checks what follows the data: a checksum, and no other file.
    fn finish(&mut self) -> io::Result<()> {
        self.done = true;
        let mut rest = [0; 28];
        let stream = self.data.get_mut();
        let mut length = 0;
        while length < rest.len() {
            match stream.read(&mut rest[length..])? {
                0 => break,
                more => length += more,
            }
        }
        let rest = &rest[..length];
        let is = |at: usize, signature: &[u8]| rest.get(at..at + 4).is_some_and(|bytes| bytes == signature);
        let (mut next, mut wanted) = (0, self.wanted);
        if is(0, b"PK\x07\x08") {
            wanted = number(rest, 4).ok_or_else(|| broken("is cut off"))?;
            // The sizes have four or eight bytes each.
            next = if is(16, b"PK\x01\x02") || is(16, b"PK\x03\x04") { 16 } else { 24 };
        }
        if is(next, b"PK\x03\x04") {
            return Err(broken("has several files; unpack it, and give the folder"));
        }
        if !is(next, b"PK\x01\x02") {
            return Err(broken("is cut off"));
        }
        if wanted != 0 && wanted != self.crc.sum() {
            return Err(broken("is damaged: its checksum differs"));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for ZipEntry<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = if self.done { 0 } else { self.data.read(buffer)? };
        self.crc.update(&buffer[..length]);
        if length == 0 && !self.done && !buffer.is_empty() {
            self.finish()?;
        }
        Ok(length)
    }
}

/// A stream that ends with an error if one line item is too large, so that it does not fill the memory.
pub(super) struct Bounded<R> {
    inner: R,
    since: Rc<Cell<u64>>,
}

impl<R: Read> Bounded<R> {
    /// The stream, and the number of bytes since the last line item, which its reader sets to 0.
    pub(super) fn new(inner: R) -> (Self, Rc<Cell<u64>>) {
        let since = Rc::new(Cell::new(0));
        (Self { inner, since: Rc::clone(&since) }, since)
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since.get() > MAX_RECORD {
            let why = format!("one line item is larger than {}", crate::base::size(MAX_RECORD));
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let length = self.inner.read(buffer)?;
        self.since.set(self.since.get() + length as u64);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A ZIP archive of files, each with its checksum in the header or after the data.
    pub(crate) fn archive(files: &[&[u8]], after: bool) -> Vec<u8> {
        let mut out = Vec::new();
        for content in files {
            let mut data = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            data.write_all(content).unwrap();
            let data = data.finish().unwrap();
            let mut crc = Crc::new();
            crc.update(content);
            let (mut header, flags) = (vec![0_u8; ZIP_HEADER], if after { 8_u8 } else { 0 });
            header[..4].copy_from_slice(b"PK\x03\x04");
            (header[6], header[8], header[26]) = (flags, 8, 5);
            if !after {
                header[14..18].copy_from_slice(&crc.sum().to_le_bytes());
            }
            out.extend(header);
            out.extend(b"a.csv");
            out.extend(&data);
            if after {
                out.extend(b"PK\x07\x08");
                out.extend(crc.sum().to_le_bytes());
                for part in [data.len(), content.len()] {
                    out.extend(u32::try_from(part).unwrap().to_le_bytes());
                }
            }
        }
        out.extend(b"PK\x01\x02");
        out.extend([0; 60]);
        out
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        text(packing(bytes), BufReader::new(bytes))?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn the_one_file_of_an_archive_is_read() {
        for after in [false, true] {
            assert_eq!(read(&archive(&[b"a,b\n1,2\n"], after)).unwrap(), b"a,b\n1,2\n");
            let two = read(&archive(&[b"a", b"b"], after)).unwrap_err().to_string();
            assert!(two.contains("several files"), "{two}");
            let mut damaged = archive(&[b"a,b\n1,2\n"], after);
            let at = if after { damaged.len() - 64 - 12 } else { 14 };
            damaged[at] ^= 1;
            assert!(read(&damaged).unwrap_err().to_string().contains("checksum"));
            let whole = archive(&[&[b'x'; 5000]], after);
            for length in 4..whole.len() - 60 {
                assert!(read(&whole[..length]).is_err(), "{length}");
            }
        }
    }

    #[test]
    fn a_line_item_without_end_ends_with_an_error() {
        let (mut stream, _) = Bounded::new(io::repeat(b'x'));
        let error = io::copy(&mut stream, &mut io::sink()).unwrap_err().to_string();
        assert_eq!(error, "one line item is larger than 16 MiB");
    }
}
