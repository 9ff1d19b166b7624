//! The lock file of a policy: the files on other machines that it names, each with its hash. A check reads their copies and
//! never the network.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::policy::remote::RemoteFile;

/// The name of the lock file, in the folder of the policy file.
pub const LOCK_FILE: &str = "taglint.lock";
/// The folder of the copies, beside the lock file.
pub const COPIES: &str = ".taglint";
/// The next step after most mistakes of a lock file.
pub(super) const RUN_LOCK: &str = "run `taglint policy lock`, and commit taglint.lock and the folder .taglint";
/// The first line of a lock file.
const HEADER: &str = "# Written by `taglint policy lock`. Commit this file and the folder .taglint.\nversion = 1\n";

/// A file on another machine, as a policy file in a folder names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Remote {
    /// The folder of the lock file: that of the local file which names this one, or a file that names it.
    pub(super) folder: PathBuf,
    pub(super) file: RemoteFile,
}

impl Remote {
    /// The path of the copy.
    pub(super) fn copy(&self) -> PathBuf {
        self.folder.join(COPIES).join(self.file.copy_name())
    }
}

/// The program that reads files on other machines, for `taglint policy lock`.
pub trait FetchRemote {
    /// The content of a file, which a policy file in this folder names.
    ///
    /// # Errors
    /// The reason in words.
    fn fetch(&self, folder: &Path, file: &RemoteFile) -> Result<Vec<u8>, String>;
}

/// An entry of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedFile {
    /// The name of the file in the policy.
    pub source: String,
    /// The commit of a file in a git repository.
    #[serde(default)]
    pub commit: Option<String>,
    /// The SHA-256 of the content, in hex.
    pub sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    version: u8,
    #[serde(default)]
    file: Vec<LockedFile>,
}

/// Reads the entries of a lock file.
///
/// # Errors
/// The first mistake.
pub fn read_lock(text: &str) -> Result<Vec<LockedFile>, String> {
    let lock: Lock = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    if lock.version != 1 {
        return Err(format!("version {} is of a newer taglint", lock.version));
    }
    Ok(lock.file)
}

/// The text of a lock file. The names are URLs without quotes and the rest is hexadecimal, so nothing needs an escape.
#[must_use]
pub fn write_lock(files: &[LockedFile]) -> String {
    let entry = |file: &LockedFile| {
        let commit = file.commit.as_ref().map(|commit| format!("commit = \"{commit}\"\n")).unwrap_or_default();
        format!("\n[[file]]\nsource = \"{}\"\n{commit}sha256 = \"{}\"\n", file.source, file.sha256)
    };
    HEADER.to_owned() + &files.iter().map(entry).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_is_read_as_it_was_written() {
        let file = |source: &str, commit: Option<&str>| LockedFile {
            source: source.to_owned(),
            commit: commit.map(str::to_owned),
            sha256: "ab".repeat(32),
        };
        let files =
            [file("git::https://example.com/r.git//a.toml?ref=v1", Some("12ab")), file("https://example.com/a", None)];
        assert_eq!(read_lock(&write_lock(&files)).as_deref(), Ok(&files[..]));
        for (text, want) in [
            ("version = 2\n", "newer taglint"),
            ("version = 1\n[[file]]\nsource = \"x\"\n", "sha256"),
            ("version = 1\nfiles = []\n", "unknown field"),
            ("<<<<<<< HEAD\n", ""),
        ] {
            let error = read_lock(text).unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
