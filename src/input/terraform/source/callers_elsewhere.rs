//! Callers in the rest of the repository, where only a part of it is checked: a module that is named without the root that
//! calls it has arguments and providers that this run does not read.

use std::path::Path;

use super::callers::{OutsideCallers, is_caller};
use super::file_names::{is_json, is_terraform};
use super::files::{MAX_FILE, ReadBoundary, TerraformSyntax, parse};
use super::module::SourceModule;
use crate::base::read_regular;
use crate::input::walk::names::{GIT, is_cache};

/// The number of entries of a repository that are looked at.
const MAX_ENTRIES: usize = 50_000;

/// Adds the callers in a repository outside of the folders that are checked.
pub(super) fn add(out: &mut OutsideCallers, checked: &Path, boundary: &ReadBoundary) {
    let root = boundary.srcroot();
    if root == checked || !root.join(GIT).exists() {
        return;
    }
    let (mut open, mut left) = (vec![root.to_owned()], MAX_ENTRIES);
    while let Some(folder) = open.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(&folder).into_iter().flatten().flatten().take(left).collect();
        left -= entries.len();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        let mut module = SourceModule::new(&folder);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && name != GIT && !is_cache(&name) && path != checked => open.push(path),
                Ok(kind) if kind.is_file() && is_terraform(&name) => add_calls(&path, &name, &mut module),
                Ok(kind) if kind.is_file() && is_caller(&name) => out.add_files(&[path], boundary),
                _ => {}
            }
        }
        out.add_unchecked(&module, boundary);
    }
}

/// Adds the module calls of a file to its module.
fn add_calls(path: &Path, name: &str, module: &mut SourceModule) {
    let Ok(bytes) = read_regular(path, MAX_FILE) else { return };
    if memchr::memmem::find(&bytes, b"module").is_none() {
        return;
    }
    let syntax = if is_json(name) { TerraformSyntax::Json } else { TerraformSyntax::Hcl };
    if let Ok(body) = parse("", bytes, 0, syntax).body {
        module.add(body, false);
    }
}
