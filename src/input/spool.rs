//! Streams and compressed files, laid down where they can be read from any place: in memory while they are small, else
//! in a temporary file that is gone when the process ends.

use std::io::{self, BufReader, Read, Seek, Write};

use crate::base::encoding::without_bom;
use crate::engine::ByteSource;

/// More than this goes to a temporary file.
const MAX_IN_MEMORY: usize = 8 << 20;
/// zstd windows larger than 2^23 bytes (8 MiB) are refused: they are memory that the sender chooses.
const WINDOW_LOG_MAX: u32 = 23;

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
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// A stream that was laid down.
pub(super) struct SpooledStream {
    pub(super) store: ByteSource,
    /// Why the compressed data end before their end, if they do.
    pub(super) truncation: Option<String>,
}

pub(super) fn spool(mut stream: impl Read) -> io::Result<SpooledStream> {
    let mut head = Vec::new();
    (&mut stream).take(4).read_to_end(&mut head)?;
    let compression = Compression::of(&head);
    let stream = BufReader::with_capacity(256 << 10, io::Cursor::new(head).chain(stream));
    match compression {
        Compression::None => copy_to_memory_or_file(stream, false),
        Compression::Gzip => copy_to_memory_or_file(flate2::bufread::MultiGzDecoder::new(stream), true),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(stream)?;
            decoder.window_log_max(WINDOW_LOG_MAX)?;
            copy_to_memory_or_file(decoder, true)
        }
    }
}

/// Copies to memory or a file. An error of a decoder after the first byte is an end that came too early: what came
/// before is good.
fn copy_to_memory_or_file(mut stream: impl Read, compressed: bool) -> io::Result<SpooledStream> {
    let (mut memory, mut file, mut truncation) = (Vec::new(), None::<std::fs::File>, None);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let n = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) if compressed && !(memory.is_empty() && file.is_none()) => {
                truncation = Some(e.to_string());
                break;
            }
            Err(e) => return Err(e),
        };
        if let Some(file) = &mut file {
            file.write_all(&buffer[..n])?;
        } else {
            memory.extend_from_slice(&buffer[..n]);
            if memory.len() > MAX_IN_MEMORY {
                let mut spilled = tempfile::tempfile()?;
                spilled.write_all(without_bom(&memory))?;
                memory = Vec::new();
                file = Some(spilled);
            }
        }
    }
    let store = match file {
        Some(mut file) => {
            file.rewind()?;
            ByteSource::file(file)?
        }
        None => ByteSource::Memory(without_bom(&memory).into()),
    };
    Ok(SpooledStream { store, truncation })
}

/// Lines that are laid down as they come, in memory while they are few.
#[derive(Default)]
pub(super) struct SpoolWriter {
    memory: Vec<u8>,
    file: Option<io::BufWriter<std::fs::File>>,
}

impl SpoolWriter {
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            return file.write_all(bytes);
        }
        self.memory.extend_from_slice(bytes);
        if self.memory.len() > MAX_IN_MEMORY {
            let mut file = io::BufWriter::with_capacity(256 << 10, tempfile::tempfile()?);
            file.write_all(&std::mem::take(&mut self.memory))?;
            self.file = Some(file);
        }
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<ByteSource> {
        match self.file {
            Some(file) => ByteSource::file(file.into_inner().map_err(io::IntoInnerError::into_error)?),
            None => Ok(ByteSource::Memory(self.memory.into())),
        }
    }
}
