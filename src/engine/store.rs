//! Where the lines of an inventory lie: a file, or memory. Always read with a position, never mapped: a mapped file that
//! shrinks kills the process.

use std::fs::File;
use std::io;
use std::sync::Arc;

use crate::base::Diagnostic;
use crate::model::Gap;

/// The longest line of an inventory, in bytes.
pub const MAX_LINE: usize = 16 << 20;

/// Bytes that can be read from any place, from any thread.
#[derive(Debug, Clone)]
pub enum ByteSource {
    /// A file and its length.
    File(Arc<File>, u64),
    /// Memory.
    Memory(Arc<[u8]>),
}

impl ByteSource {
    /// A file as it is now; what is appended later is not read.
    ///
    /// # Errors
    /// Those of asking for its length.
    pub fn file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::File(Arc::new(file), length))
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::File(_, length) => *length,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends up to `length` bytes from `offset` to `buffer`; fewer at the end.
    ///
    /// # Errors
    /// Those of reading; `UnexpectedEof` where the file has become shorter.
    pub fn read_at(&self, offset: u64, length: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        let left = usize::try_from(self.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let start = buffer.len();
        buffer.resize(start + length.min(left), 0);
        self.read_exact(offset, &mut buffer[start..])
    }

    /// Fills `buffer` with the bytes from `offset`.
    ///
    /// # Errors
    /// Those of reading; `UnexpectedEof` where there are not so many.
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

/// One inventory that is ready to be read.
#[derive(Debug, Clone)]
pub struct Input {
    /// What the user calls it.
    pub name: String,
    /// Its lines.
    pub store: ByteSource,
    /// What is known to be missing before it is read (a compressed file that breaks off).
    pub gaps: Vec<Gap>,
    /// The input is no inventory of taglint's own, so it has no header and no end to look for.
    pub foreign: bool,
    /// What its resources are.
    pub subject: InputKind,
}

/// What the resources of an input are: some that exist, or some that source is about to make.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputKind {
    /// Resources that exist.
    #[default]
    Live,
    /// Those of a Terraform plan or source.
    Terraform {
        /// The folder of the root module, relative to the repository's root; empty for that itself.
        root: String,
    },
    /// Those of a `CloudFormation` template.
    CloudFormation {
        /// The template (or the assembly's folder), relative to the repository's root.
        root: String,
    },
}

impl InputKind {
    /// The root module's folder or the template; `None` for resources that exist.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        match self {
            Self::Live => None,
            Self::Terraform { root } | Self::CloudFormation { root } => Some(root),
        }
    }
}

/// Why an input can't be checked.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It can't be read.
    #[error("{name}: {error}")]
    Read {
        /// The input.
        name: String,
        /// Why.
        error: io::Error,
    },
    /// Lines that are no resources.
    #[error("{name}:{line}: {message}{}", if *.more > 0 { format!(" (and {} more such lines)", .more) } else { String::new() })]
    Line {
        /// The input.
        name: String,
        /// From 1.
        line: u64,
        /// What is wrong with it.
        message: String,
        /// How many others are wrong too.
        more: u64,
    },
    /// A source or template whose author made mistakes, each with its place.
    #[error("{}", brief(.name, .problems))]
    Mistakes {
        /// The input.
        name: String,
        /// What is wrong, and where.
        problems: Vec<Diagnostic>,
    },
    /// The whole is no inventory.
    #[error("{name}: {message}")]
    Whole {
        /// The input.
        name: String,
        /// What is wrong.
        message: String,
    },
}

/// The first mistake, and how many others there are.
fn brief(name: &str, problems: &[Diagnostic]) -> String {
    match problems {
        [] => format!("{name}: it can't be read"),
        [one] => one.brief(),
        [one, rest @ ..] => format!("{} (and {} more)", one.brief(), rest.len()),
    }
}
