//! The bytes of an inventory: a file or memory. Files are read at positions and never mapped, because a mapped file that
//! shrinks kills the process.

use std::fs::File;
use std::io;
use std::sync::Arc;

/// The longest line of an inventory, in bytes.
pub const MAX_LINE: usize = 16 << 20;

/// Bytes that any thread can read at any offset.
#[derive(Debug, Clone)]
pub enum ByteSource {
    /// A file and its length.
    File(Arc<File>, u64),
    /// Memory.
    Memory(Arc<Vec<u8>>),
}

impl ByteSource {
    /// A file with its current length. Bytes appended later are not read.
    ///
    /// # Errors
    /// The error of reading the file's metadata.
    pub fn file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::File(Arc::new(file), length))
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::File(_, length) => *length,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Returns `true` if the length is 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends up to `length` bytes from `offset` to `buffer`; fewer at the end.
    ///
    /// # Errors
    /// Read errors; `UnexpectedEof` if the file became shorter.
    pub fn read_at(&self, offset: u64, length: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        let left = usize::try_from(self.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let start = buffer.len();
        buffer.resize(start + length.min(left), 0);
        self.read_exact(offset, &mut buffer[start..])
    }

    /// Fills `buffer` with the bytes from `offset`.
    ///
    /// # Errors
    /// Read errors; `UnexpectedEof` if there are fewer bytes.
    pub fn read_exact(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let end = start.saturating_add(buffer.len());
                buffer.copy_from_slice(bytes.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
            Self::File(file, _) => read_exact_at(file, buffer, offset),
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                buffer = &mut buffer[n..];
                offset += n as u64;
            }
        }
    }
    Ok(())
}
