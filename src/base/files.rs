//! The one way to open a file and to read it whole. No other module does so (`tests/it/opens.rs`): a pipe or device that
//! nobody named would stop the run, and reading without a bound would use all memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Opens a file that a person named, which may be a pipe or a device. Read it up to a bound.
///
/// # Errors
/// Those of opening it.
pub fn open_named(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Opens a regular file that a walk found or that another file names. Opening a pipe would wait for its writer, and reading
/// a device may never end.
///
/// # Errors
/// Those of opening it, or that it is not a regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let not_regular = || io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
    if !std::fs::metadata(path)?.is_file() {
        return Err(not_regular());
    }
    let file = File::open(path)?;
    // Another file may have taken the name in between.
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular()) }
}

/// The whole of a stream.
///
/// # Errors
/// Those of reading, and [`io::ErrorKind::FileTooLarge`] if there are more bytes than `limit`.
pub fn read_whole(input: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let bytes = read_start(input, limit.saturating_add(1))?;
    if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok(bytes) }
}

/// The first bytes of a stream, fewer at its end.
///
/// # Errors
/// Those of reading.
pub fn read_start(input: impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The whole of a file that a person named.
///
/// # Errors
/// Those of opening and reading it, or that it is larger than `limit`.
pub fn read_named(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_whole(open_named(path)?, limit)
}

/// The whole of a regular file that a walk found or that another file names.
///
/// # Errors
/// Those of opening and reading it, or that it is larger than `limit`.
pub fn read_regular(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_whole(open_regular(path)?, limit)
}

/// The error of an input that is larger than `limit` bytes.
#[must_use]
pub fn too_large(limit: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {}", size(limit)))
}

/// A number of bytes in the largest unit that leaves no fraction, such as `64 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let whole = units.iter().find(|(_, shift)| bytes > 0 && bytes.is_multiple_of(1 << shift));
    whole.map_or_else(|| format!("{bytes} bytes"), |(unit, shift)| format!("{} {unit}", bytes >> shift))
}

/// Parses a number of bytes with or without a unit, such as `64GiB`.
#[must_use]
pub fn parse_size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: u64 = match text[digits..].trim_start().to_ascii_lowercase().as_str() {
        "" => 1,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_the_bound() {
        assert_eq!(read_whole(&b"abc"[..], 3).unwrap(), b"abc");
        let error = read_whole(io::repeat(0), 2 << 20).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::FileTooLarge, "larger than 2 MiB".to_owned()));
        assert_eq!(read_start(io::repeat(b'x'), 5).unwrap(), b"xxxxx");
        assert_eq!([size(1 << 30), size(3 << 10), size(7)], ["1 GiB", "3 KiB", "7 bytes"]);
        assert_eq!(
            ["64GiB", "1 mib", "12", "1 GB", "x", "99999999999TiB"].map(parse_size),
            [Some(64 << 30), Some(1 << 20), Some(12), None, None, None,]
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_device_is_read_only_if_it_was_named() {
        let device = Path::new("/dev/zero");
        assert_eq!(open_regular(device).unwrap_err().to_string(), "not a regular file");
        assert_eq!(read_named(device, 10).unwrap_err().to_string(), "larger than 10 bytes");
    }
}
