//! The search for inputs in a folder that is passed over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::classify::is_input;
use super::names::{GIT, TERRAFORM};
use crate::input::terraform::source::ModuleManifest;

/// The number of entries of a folder that are looked at to find out whether it holds an input.
const MAX_ENTRIES: usize = 20_000;

/// Whether a folder may hold an input: false only if all of it was looked at and there is none. What the module manifest of
/// Terraform names does not count: the roots that call it read it.
pub(super) fn may_hold_inputs(folder: &Path) -> bool {
    let fetched = if folder.ends_with(TERRAFORM) { fetched_modules(folder) } else { BTreeSet::new() };
    let (mut open, mut left) = (vec![folder.to_owned()], MAX_ENTRIES);
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { return true };
        for entry in entries {
            let Ok(entry) = entry else { return true };
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            left -= 1;
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if left == 0 || (!is_folder && is_input(&path, &name)) {
                return true;
            }
            if is_folder && name != GIT && !fetched.contains(&path) {
                open.push(path);
            }
        }
    }
    false
}

/// The folders that `.terraform/modules/modules.json` names.
fn fetched_modules(folder: &Path) -> BTreeSet<PathBuf> {
    let root = folder.parent().unwrap_or(folder);
    let manifest = ModuleManifest::read(root, &ModuleManifest::path(root));
    // A manifest that cannot be read names no folder, so that the cache is searched.
    manifest.map_or_else(|_| BTreeSet::new(), |manifest| manifest.folders().map(Path::to_owned).collect())
}
