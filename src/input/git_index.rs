//! The index of a git repository: the paths that git tracks. They count although `.gitignore` names them.
//!
//! Format: git's `Documentation/gitformat-index.adoc`, versions 2 to 4, with SHA-1 or SHA-256, split or not.

use crate::base::digest::hex;
use crate::base::read_regular;
use std::io;
use std::path::{Path, PathBuf};

/// The size limit of an index: about five million files.
const MAX_INDEX: u64 = 512 << 20;
/// The size limit of a file `.git`, which holds one path.
const MAX_GIT_FILE: u64 = 64 << 10;
/// The length of the fields of an entry before its hash.
const STAT: usize = 40;
/// The offset of the mode of an entry.
const MODE: usize = 24;
/// The lengths of a hash: SHA-1 and SHA-256. The index does not tell which it has.
const HASHES: [usize; 2] = [20, 32];
/// The flag of an entry with two more bytes of flags.
const EXTENDED: u16 = 0x4000;

/// The paths that a repository tracks, relative to its root, with `/`, sorted.
#[derive(Debug, Default)]
pub(super) struct TrackedPaths(Vec<Vec<u8>>);

impl TrackedPaths {
    /// Reads the index of the repository with this root.
    ///
    /// # Errors
    /// The reason why the index cannot be read. A repository without an index tracks nothing.
    pub(super) fn of_repository(root: &Path) -> Result<Self, String> {
        let folder = git_folder(root)?;
        let Some(bytes) = bytes_of(&folder.join("index"))? else { return Ok(Self::default()) };
        let Index { mut paths, shared } = parse(&bytes)?;
        if let Some(name) = shared {
            let name = format!("sharedindex.{name}");
            let bytes = bytes_of(&folder.join(&name))?.ok_or_else(|| format!("{name} is not there"))?;
            // A path that the split index removed counts as tracked all the same: more is read, never less.
            paths.extend(parse(&bytes)?.paths);
        }
        paths.sort();
        paths.dedup();
        Ok(Self(paths))
    }

    /// Whether a file is tracked.
    pub(super) fn has(&self, path: &[u8]) -> bool {
        self.0.binary_search_by(|tracked| tracked.as_slice().cmp(path)).is_ok()
    }

    /// Whether a folder has a tracked file, or is a tracked repository of its own.
    pub(super) fn has_within(&self, folder: &[u8]) -> bool {
        let start = [folder, b"/"].concat();
        let first = self.0.partition_point(|tracked| *tracked < start);
        self.has(folder) || self.0.get(first).is_some_and(|tracked| tracked.starts_with(&start))
    }
}

/// The folder of git: `.git`, or the one that a file `.git` names, as in a work tree or a submodule.
fn git_folder(root: &Path) -> Result<PathBuf, String> {
    let path = root.join(".git");
    if path.is_dir() {
        return Ok(path);
    }
    let bytes = read_regular(&path, MAX_GIT_FILE).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let folder = text.strip_prefix("gitdir:").map(str::trim);
    folder.map(|folder| root.join(folder)).ok_or_else(|| format!("{}: it names no folder of git", path.display()))
}

/// The bytes of a file; `None` if it does not exist.
fn bytes_of(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match read_regular(path, MAX_INDEX) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// The content of one index file.
#[derive(Debug)]
struct Index {
    paths: Vec<Vec<u8>>,
    /// The hash of the shared index that this one completes, in hexadecimal.
    shared: Option<String>,
}

fn parse(bytes: &[u8]) -> Result<Index, String> {
    let version = IndexReader { bytes, at: 4 }.number();
    if !bytes.starts_with(b"DIRC") || !version.is_some_and(|version| (2..=4).contains(&version)) {
        return Err("not an index of git that this taglint reads (version 2 to 4)".to_owned());
    }
    let read = HASHES.iter().find_map(|hash| parse_with(bytes, version.unwrap_or(0), *hash));
    read.ok_or_else(|| "the index of git is damaged".to_owned())
}

/// Reads an index whose hashes have a length; `None` if they have another one, or the index is damaged.
fn parse_with(bytes: &[u8], version: u32, hash: usize) -> Option<Index> {
    // The hash of the file comes last.
    let bytes = bytes.get(..bytes.len().checked_sub(hash)?)?;
    let mut reader = IndexReader { bytes, at: 8 };
    let count = reader.number()? as usize;
    let (mut paths, mut path) = (Vec::new(), Vec::new());
    for _ in 0..count {
        reader.entry(version, hash, &mut path)?;
        // An entry of a split index that replaces one of the shared index has no name.
        if !path.is_empty() {
            paths.push(path.clone());
        }
    }
    let mut shared = None;
    while reader.at < bytes.len() {
        let (name, length) = (reader.take(4)?, reader.number()? as usize);
        let data = reader.take(length)?;
        if name == b"link" {
            let base = data.get(..hash)?;
            shared = base.iter().any(|byte| *byte != 0).then(|| hex(base));
        }
    }
    Some(Index { paths, shared })
}

/// A position in the bytes of an index.
struct IndexReader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> IndexReader<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes)
    }

    /// Reads an entry and changes `path`, that of the entry before, to its path.
    fn entry(&mut self, version: u32, hash: usize, path: &mut Vec<u8>) -> Option<()> {
        let start = self.at;
        let status = self.take(STAT)?;
        let mode = u32::from_be_bytes(status[MODE..MODE + 4].try_into().ok()?);
        // A file, a link, a repository, or the folder of a sparse index.
        if !matches!(mode >> 12, 0o10 | 0o12 | 0o16 | 0o4) {
            return None;
        }
        self.take(hash)?;
        let flags = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
        if version >= 3 && flags & EXTENDED != 0 {
            self.take(2)?;
        }
        if version == 4 {
            let removed = self.variable_number()?;
            path.truncate(path.len().checked_sub(removed)?);
        } else {
            path.clear();
        }
        let length = memchr::memchr(0, self.bytes.get(self.at..)?)?;
        path.extend_from_slice(self.take(length)?);
        // Version 4 ends a path with one zero byte, the others with one to eight.
        let end = if version == 4 { self.at + 1 } else { start + ((self.at - start + 8) & !7) };
        self.take(end - self.at).map(|_| ())
    }

    /// A number of variable length, as git's pack format has it.
    fn variable_number(&mut self) -> Option<usize> {
        let mut byte = self.take(1)?[0];
        let mut value = usize::from(byte & 127);
        while byte & 128 != 0 {
            byte = self.take(1)?[0];
            value = value.checked_add(1)?.checked_mul(128)? + usize::from(byte & 127);
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests;
