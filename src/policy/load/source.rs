//! The files and packs of a policy, before they are compiled.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::base::encoding;
use crate::base::{self, Diagnostic, DiagnosticLevel, SourceFile};
use crate::policy::compile::MAX_FILE;

/// The built-in packs: the files of `rules/`.
pub const PACKS: &[(&str, &str)] = &[
    ("aws", include_str!("../../../rules/aws.toml")),
    ("default", include_str!("../../../rules/default.toml")),
    ("finops", include_str!("../../../rules/finops.toml")),
    ("security", include_str!("../../../rules/security.toml")),
    ("finops-iam", include_str!("../../../rules/finops-iam.toml")),
    ("aws-tagging-best-practices", include_str!("../../../rules/aws-tagging-best-practices.toml")),
];

/// The source of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicySource {
    /// Files and folders.
    Paths(Vec<PathBuf>),
    /// A file that was found, not named. It may come from a pull request: it and the files that it extends must be inside
    /// `root`.
    Discovered {
        /// The file.
        file: PathBuf,
        /// The root of the repository, else the folder of the file.
        root: PathBuf,
    },
    /// A built-in pack.
    Pack(&'static str),
}

/// Policy files that are not on the disk, such as those of a commit.
pub trait PolicyFiles {
    /// The content of a file. Paths are absolute, without `.` and `..`.
    ///
    /// # Errors
    /// Those of reading it, or that it is larger than [`MAX_FILE`].
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>>;
}

/// The error of a load.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file that can't be read.
    #[error("{path}: {error}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error.
        error: std::io::Error,
    },
    /// A folder without any policy.
    #[error("{path}: no *.toml file in this folder", path = .0.display())]
    EmptyFolder(PathBuf),
    /// Files with mistakes.
    #[error("{} in the policy", crate::base::count(.0.iter().filter(|p| p.level == DiagnosticLevel::Error).count() as u64, "error"))]
    Mistakes(Vec<Diagnostic>),
    /// A policy without rules, by its first file.
    #[error("{}: the policy has no rules", .0.display())]
    NoRules(PathBuf),
}

/// Replaces folders by their `*.toml` files, in name order.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, LoadError> {
    let mut out = Vec::new();
    for path in paths {
        if !path.is_dir() {
            out.push(path.clone());
            continue;
        }
        let failed = |error| LoadError::Read { path: path.clone(), error };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            if file.extension().is_some_and(|e| e == "toml") && file.is_file() {
                files.push(file);
            }
        }
        if files.is_empty() {
            return Err(LoadError::EmptyFolder(path.clone()));
        }
        // The order of a directory depends on the file system.
        files.sort();
        out.append(&mut files);
    }
    Ok(out)
}

/// Reads a file that a person named, which may be a pipe.
pub(super) fn read_named(path: &Path) -> Result<Arc<SourceFile>, LoadError> {
    read_policy(path, base::read_named(path, MAX_FILE as u64))
}

/// Reads a file that another file names.
pub(super) fn read_regular(path: &Path) -> Result<Arc<SourceFile>, LoadError> {
    read_policy(path, base::read_regular(path, MAX_FILE as u64))
}

/// Reads a file that is not on the disk.
pub(super) fn read_from(files: &dyn PolicyFiles, path: &Path) -> Result<Arc<SourceFile>, LoadError> {
    read_policy(path, files.read(path))
}

pub(super) fn read_policy(path: &Path, bytes: std::io::Result<Vec<u8>>) -> Result<Arc<SourceFile>, LoadError> {
    let failed = |error| LoadError::Read { path: path.to_owned(), error };
    let bytes = bytes.map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => too_large(path),
        _ => failed(error),
    })?;
    let invalid = |error| failed(std::io::Error::new(ErrorKind::InvalidData, error));
    let text = encoding::decode(bytes).map_err(invalid)?;
    Ok(Arc::new(SourceFile { path: path.to_owned(), text, built_in: false }))
}

pub(super) fn too_large(path: &Path) -> LoadError {
    let error = std::io::Error::other(format!("the file is too large for a policy (at most {MAX_FILE} bytes)"));
    LoadError::Read { path: path.to_owned(), error }
}

pub(super) fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// A path without `.` and `..`, as names alone give it.
#[must_use]
pub fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            // The parent of the root is the root.
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

/// The path of a file of a list by names alone; `None` if it is outside of the folder.
pub(super) fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = lexical(&folder.join(name));
    (path.starts_with(folder) && path != folder).then_some(path)
}
