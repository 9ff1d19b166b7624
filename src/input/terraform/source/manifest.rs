//! The manifest of fetched modules, `.terraform/modules/modules.json`.
//!
//! Terraform takes the folder of every module from it, also of one with a local source (Terraform 1.11, `terraform get`
//! and `terraform plan`). A manifest in a repository may thus lead elsewhere than the source says. Only what
//! `terraform init` writes is followed.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::base::read_regular;

/// The folder of the manifest and of fetched modules.
const MODULES: &str = ".terraform/modules";

/// The size limit of a manifest, which has a few hundred bytes for each module.
const MAX_MANIFEST: u64 = 8 << 20;

/// The modules of a manifest, by the names of the calls (`a.b`).
#[derive(Debug, Default)]
pub(in crate::input) struct ModuleManifest {
    root: PathBuf,
    modules: BTreeMap<String, FetchedModule>,
}

/// An entry of a manifest.
#[derive(Debug)]
struct FetchedModule {
    source: String,
    folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ManifestFile {
    modules: Vec<ManifestEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ManifestEntry {
    key: String,
    #[serde(default)]
    source: String,
    dir: PathBuf,
}

impl ModuleManifest {
    /// The path of the manifest of a root.
    pub(in crate::input) fn path(root: &Path) -> PathBuf {
        root.join(MODULES).join("modules.json")
    }

    /// Reads the manifest of a root.
    ///
    /// # Errors
    /// The reason why it cannot be read, or is not JSON of this form.
    pub(in crate::input) fn read(root: &Path, path: &Path) -> io::Result<Self> {
        let file: ManifestFile = serde_json::from_slice(&read_regular(path, MAX_MANIFEST)?)?;
        let entry =
            |entry: ManifestEntry| (entry.key, FetchedModule { source: entry.source, folder: root.join(entry.dir) });
        Ok(Self { root: root.to_owned(), modules: file.modules.into_iter().map(entry).collect() })
    }

    /// The folders of all modules.
    pub(in crate::input) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.modules.values().map(|module| module.folder.as_path())
    }

    /// The folder of a call with a remote source.
    ///
    /// # Errors
    /// The reason why it is not known.
    pub(super) fn folder_of_remote(&self, key: &str, source: Option<&str>) -> Result<&Path, &'static str> {
        let Some(module) = self.modules.get(key) else { return Err("it is not fetched; `terraform init` does that") };
        if source.is_none_or(|source| words(source) != words(&module.source)) {
            return Err("its source has changed since it was fetched; run `terraform init`");
        }
        let modules = self.root.join(MODULES).canonicalize();
        let real = module.folder.canonicalize();
        if real.is_ok_and(|real| modules.is_ok_and(|modules| !real.starts_with(modules))) {
            return Err(REDIRECTED);
        }
        Ok(&module.folder)
    }

    /// Checks that the manifest has the folder of a call with a local source, or no folder that exists.
    ///
    /// # Errors
    /// The reason why the folder is not certain.
    pub(super) fn check_local(&self, key: &str, folder: &Path) -> Result<(), &'static str> {
        let Some(Ok(recorded)) = self.modules.get(key).map(|module| module.folder.canonicalize()) else {
            return Ok(());
        };
        if folder.canonicalize().is_ok_and(|folder| folder == recorded) { Ok(()) } else { Err(REDIRECTED) }
    }
}

const REDIRECTED: &str = ".terraform/modules/modules.json leads to a folder that `terraform init` does not write there, and Terraform would read it; delete .terraform and run `terraform init`";

/// The words of a source that a manifest has too: Terraform adds the host of the registry, `git::https://` and `.git`.
fn words(source: &str) -> Vec<&str> {
    const ADDED: [&str; 6] = ["git", "https", "ssh", "registry.terraform.io", "registry.opentofu.org", ""];
    let parts = source.split(['/', ':', '@', '?', '=', '&']);
    parts.map(|part| part.strip_suffix(".git").unwrap_or(part)).filter(|part| !ADDED.contains(part)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_told_from_another_one() {
        for (source, recorded, want) in [
            ("acme/users/aws", "registry.terraform.io/acme/users/aws", true),
            ("acme/users/aws//modules/x", "registry.opentofu.org/acme/users/aws//modules/x", true),
            ("github.com/acme/users?ref=v1", "git::https://github.com/acme/users.git?ref=v1", true),
            ("git@github.com:acme/users.git", "git::ssh://git@github.com/acme/users.git", true),
            ("acme/users/aws", "registry.terraform.io/evil/users/aws", false),
            ("github.com/acme/users?ref=v1", "git::https://github.com/acme/users.git?ref=v2", false),
            ("acme/users/aws", "", false),
        ] {
            assert_eq!(words(source) == words(recorded), want, "{source} {recorded}");
        }
    }
}
