//! An input whose format is not known yet.

use std::cell::OnceCell;
use std::fs::{File, Metadata};
use std::io::{self, Cursor, Read as _};
use std::path::Path;

use memchr::memmem;
use serde::de::IgnoredAny;

use super::options::InputOptions;
use super::spool::{self, Compression, SpooledStream};
use super::unpack_budget::UnpackBudget;
use crate::base::encoding::{is_utf16, without_bom};
use crate::base::{ReadUnit, open_named, open_regular, read_start, too_large};
use crate::engine::{ByteSource, InputError};
use crate::model::Gap;
use crate::syntax::{json, yaml};

/// The number of bytes that determine the format of a named input.
const HEAD: usize = 64 << 10;
/// The number of bytes that determine the format of a file in a folder. Nobody named it as an input, so more of it is
/// read to avoid guesses.
const FOUND_HEAD: usize = 8 << 20;

/// The size limit of a plan, of AWS CLI output and of CSV, which are loaded into memory.
const MAX_LOADED: usize = 1 << 30;

/// An input with its path and first bytes. The rest is read when a reader asks for it.
pub(super) struct Candidate<'p> {
    /// The name in messages.
    pub(super) name: String,
    /// The path; `None` for standard input.
    pub(super) path: Option<&'p Path>,
    /// True if a walk of a folder found it; a person named it otherwise.
    pub(super) in_folder: bool,
    head: Vec<u8>,
    content: CandidateContent,
    parses: OnceCell<Option<bool>>,
}

/// The test whether a reader knows a candidate by its head. The rest of a stream that nobody knows is not read.
pub(super) type IsKnown<'f> = &'f dyn Fn(&Candidate<'_>) -> bool;

/// The bytes of a candidate.
enum CandidateContent {
    /// None: the path alone determines the format.
    Path,
    /// A regular file without compression, read up to the end of the head.
    File(File),
    /// A stream, a compressed file or UTF-16 text, copied to where it can be read from any position.
    Spooled(SpooledStream),
}

impl<'p> Candidate<'p> {
    /// A file or folder whose path determines the format.
    pub(super) fn of_path(path: &'p Path) -> Self {
        Self::new(path.display().to_string(), Some(path), Vec::new(), CandidateContent::Path)
    }

    /// A file that a person named.
    ///
    /// # Errors
    /// [`InputError::Read`] where it could not be read.
    pub(super) fn of_file(path: &'p Path, options: &InputOptions, is_known: IsKnown<'_>) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let failed = |error| InputError::Read { name: name.clone(), error };
        Self::of_open_file(open_named(path).map_err(failed)?, path, options, is_known)
    }

    /// A file that a walk found and that is opened as if a person had named it.
    ///
    /// # Errors
    /// [`InputError::Read`] where it could not be read, or is no regular file.
    pub(super) fn of_named_in_folder(path: &'p Path, options: &InputOptions) -> Result<Self, InputError> {
        let failed = |error| InputError::Read { name: path.display().to_string(), error };
        Self::of_open_file(open_regular(path).map_err(failed)?, path, options, &|_| true)
    }

    fn of_open_file(
        mut file: File,
        path: &'p Path,
        options: &InputOptions,
        is_known: IsKnown<'_>,
    ) -> Result<Self, InputError> {
        let name = path.display().to_string();
        let failed = |error| InputError::Read { name: name.clone(), error };
        let metadata = file.metadata().map_err(failed)?;
        let mut head = Vec::new();
        if metadata.is_file() {
            head = read_start(&mut file, HEAD as u64).map_err(failed)?;
            // The files of /proc have more bytes than they say.
            let is_sized = metadata.len() >= head.len() as u64;
            if is_sized && Compression::of(&head) == Compression::None && !is_utf16(&head) {
                return Ok(Self::new(name, Some(path), head, CandidateContent::File(file)));
            }
        }
        Self::of_stream(&name, Cursor::new(head).chain(file), Some(path), options, is_known)
    }

    /// A stream, which may be compressed or UTF-16.
    ///
    /// # Errors
    /// [`InputError::Read`] where it could not be read.
    pub(super) fn of_stream(
        name: &str,
        stream: impl io::Read,
        path: Option<&'p Path>,
        options: &InputOptions,
        is_known: IsKnown<'_>,
    ) -> Result<Self, InputError> {
        let failed = |error| InputError::Read { name: name.to_owned(), error };
        let is_wanted = |chunk: &[u8]| {
            let head = chunk[..chunk.len().min(HEAD)].to_vec();
            if options.format.is_some() {
                // A device of zeros.
                return !head.starts_with(b"\0");
            }
            is_known(&Self::new(name.to_owned(), path, head, CandidateContent::Path))
        };
        let length = path.and_then(|path| path.metadata().ok()).filter(Metadata::is_file).map(|file| file.len());
        options.progress.begin(|| format!("reading {name}"), Some(ReadUnit::Bytes), length);
        let stream = options.progress.count(stream);
        let spooled = spool::spool(stream, &options.unpack, &is_wanted).map_err(failed)?;
        Self::of_spooled(name.to_owned(), spooled, HEAD, path).map_err(failed)
    }

    fn of_spooled(name: String, spooled: SpooledStream, length: usize, path: Option<&'p Path>) -> io::Result<Self> {
        let mut head = Vec::new();
        spooled.store.read_at(0, length, &mut head)?;
        Ok(Self::new(name, path, head, CandidateContent::Spooled(spooled)))
    }

    /// A file that a walk of a folder found.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) fn of_found(path: &'p Path) -> io::Result<Self> {
        let mut file = open_regular(path)?;
        let head = read_start(&mut file, FOUND_HEAD as u64 + 1)?;
        let name = path.display().to_string();
        let candidate = if is_utf16(&head) {
            Self::of_spooled(name, spool_file(head, file)?, FOUND_HEAD + 1, Some(path))?
        } else {
            Self::new(name, Some(path), head, CandidateContent::File(file))
        };
        Ok(Self { in_folder: true, ..candidate })
    }

    fn new(name: String, path: Option<&'p Path>, head: Vec<u8>, content: CandidateContent) -> Self {
        Self { name, path, in_folder: false, head, content, parses: OnceCell::new() }
    }

    /// The first bytes, without a byte order mark.
    pub(super) fn head(&self) -> &[u8] {
        without_bom(&self.head)
    }

    /// The first bytes from the first that is not white space.
    pub(super) fn text(&self) -> &[u8] {
        let head = self.head();
        &head[head.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(head.len())..]
    }

    /// The first line from the first byte that is not white space, as far as the head has it.
    pub(super) fn first_line(&self) -> &[u8] {
        let text = self.text();
        &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())]
    }

    /// Returns whether the first line is JSON, or the beginning of JSON that is longer than the head of a named input.
    pub(super) fn begins_as_json(&self) -> bool {
        let line = self.first_line();
        let is_cut = self.head.len() >= HEAD && line.len() == self.text().len();
        serde_json::from_slice::<IgnoredAny>(line).map_or_else(|error| is_cut && error.is_eof(), |_| true)
    }

    /// Returns whether the head contains a word.
    pub(super) fn holds(&self, word: &str) -> bool {
        memmem::find(&self.head, word.as_bytes()).is_some()
    }

    /// The path of a regular file without compression, which may be read again.
    pub(super) fn plain_file(&self) -> Option<&'p Path> {
        self.path.filter(|_| matches!(self.content, CandidateContent::File(_)))
    }

    /// Returns whether the file is valid in the syntax of its extension. `None` if the extension names no syntax, or
    /// the head is not the whole file.
    pub(super) fn parses(&self) -> Option<bool> {
        *self.parses.get_or_init(|| {
            let extension = self.path.and_then(Path::extension).and_then(|extension| extension.to_str());
            match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
                _ if !self.is_whole() => None,
                "json" => Some(parses_as_json(self.head())),
                "yaml" | "yml" => Some(parses_as_yaml(self.head())),
                _ if matches!(self.text().first(), Some(b'{' | b'[')) => Some(parses_as_json(self.head())),
                _ => None,
            }
        })
    }

    /// Returns whether the head of a file in a folder is the whole file.
    pub(super) fn is_whole(&self) -> bool {
        self.head.len() <= FOUND_HEAD
    }

    /// The known gaps: the missing end of truncated compressed data.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        let CandidateContent::Spooled(SpooledStream { truncation: Some(why), .. }) = &self.content else {
            return Vec::new();
        };
        vec![Gap { error: format!("{}: the compressed data is truncated ({why})", self.name), ..Gap::default() }]
    }

    /// The bytes of the input, to be read from any position.
    ///
    /// # Errors
    /// [`InputError::Read`] where the file could not be read.
    pub(super) fn into_source(self) -> Result<ByteSource, InputError> {
        let failed = |error| InputError::Read { name: self.name.clone(), error };
        match self.content {
            // Readers of lines do not expect a byte order mark, so a file with one is copied.
            CandidateContent::File(file) if self.head.len() == without_bom(&self.head).len() => {
                ByteSource::file(file).map_err(failed)
            }
            CandidateContent::File(file) => spool_file(self.head, file).map(|spooled| spooled.store).map_err(failed),
            CandidateContent::Spooled(spooled) => Ok(spooled.store),
            CandidateContent::Path => Err(failed(io::ErrorKind::Unsupported.into())),
        }
    }

    /// The bytes of an input that a reader loads into memory.
    ///
    /// # Errors
    /// [`InputError::Read`] where the file could not be read, or is too large for the memory.
    pub(super) fn into_loaded_source(self) -> Result<ByteSource, InputError> {
        let name = self.name.clone();
        let source = self.into_source()?;
        if source.len() <= MAX_LOADED as u64 {
            return Ok(source);
        }
        Err(InputError::Read { name, error: too_large(MAX_LOADED as u64) })
    }

    /// The whole text, without a byte order mark.
    ///
    /// # Errors
    /// [`InputError::Read`] where the file could not be read, or is too large for the memory.
    pub(super) fn into_bytes(self) -> Result<Vec<u8>, InputError> {
        let name = self.name.clone();
        let bytes = self.into_start(MAX_LOADED + 1)?;
        if bytes.len() <= MAX_LOADED {
            return Ok(bytes);
        }
        Err(InputError::Read { name, error: too_large(MAX_LOADED as u64) })
    }

    /// The whole text, or its first `most` bytes, without a byte order mark.
    ///
    /// # Errors
    /// [`InputError::Read`] where the file could not be read.
    pub(super) fn into_start(self, most: usize) -> Result<Vec<u8>, InputError> {
        let failed = |error| InputError::Read { name: self.name.clone(), error };
        match self.content {
            CandidateContent::File(file) => {
                let mut bytes = without_bom(&self.head).to_vec();
                let left = most.saturating_sub(bytes.len()) as u64;
                bytes.append(&mut read_start(file, left).map_err(failed)?);
                Ok(bytes)
            }
            CandidateContent::Spooled(SpooledStream { store, .. }) => {
                let mut bytes = Vec::new();
                let length = usize::try_from(store.len()).unwrap_or(usize::MAX).min(most);
                store.read_at(0, length, &mut bytes).map_err(failed)?;
                Ok(bytes)
            }
            CandidateContent::Path => Err(failed(io::ErrorKind::Unsupported.into())),
        }
    }
}

/// Copies a regular file, whose size bounds the copy.
fn spool_file(head: Vec<u8>, file: File) -> io::Result<SpooledStream> {
    spool::spool(Cursor::new(head).chain(file), &UnpackBudget::default(), &|_| true)
}

/// Returns whether bytes are JSON, JSON Lines, or JSON with the comments of editor settings.
fn parses_as_json(bytes: &[u8]) -> bool {
    let mut documents = serde_json::Deserializer::from_reader(Cursor::new(bytes)).into_iter::<IgnoredAny>();
    documents.all(|document| document.is_ok()) || std::str::from_utf8(bytes).is_ok_and(json::is_json_with_comments)
}

/// Returns whether bytes are YAML with any number of documents.
pub(super) fn parses_as_yaml(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(yaml::is_yaml)
}
