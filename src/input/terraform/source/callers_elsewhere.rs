//! Callers in the rest of the repository, where only a part of it is checked: a module that is named without the root that
//! calls it has arguments and providers that this run does not read.

use std::path::Path;

use super::callers::{OutsideCallers, is_caller};
use super::file_names::{is_json, is_terraform};
use super::files::{MAX_FILE, ReadBoundary, TerraformSyntax, parse};
use super::module::SourceModule;
use crate::base::read_regular;
use crate::input::walk::names::{GIT, is_cache};

/// The number of directory entries of a repository that are looked at.
const MAX_ENTRIES: usize = 50_000;

/// Adds the callers in a repository outside of the folders that are checked. A repository that is too large to
/// be searched is a gap.
pub(super) fn add(out: &mut OutsideCallers, checked: &Path, boundary: &ReadBoundary) {
    add_within(out, checked, boundary, MAX_ENTRIES);
}

fn add_within(out: &mut OutsideCallers, checked: &Path, boundary: &ReadBoundary, most: usize) {
    let root = boundary.srcroot();
    if root == checked || !root.join(GIT).exists() {
        return;
    }
    let (mut open, mut left) = (vec![root.to_owned()], most);
    while let Some(folder) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                out.add_unread(&boundary.shown(&folder), &error.to_string());
                continue;
            }
        };
        let mut entries: Vec<_> = entries.flatten().take(left + 1).collect();
        if entries.len() > left {
            out.unread.push(format!(
                "the repository has more than {most} directory entries, and taglint looks no further for callers of the checked modules: check the whole repository, or name its root modules"
            ));
            return;
        }
        left -= entries.len();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        let mut module = SourceModule::new(&folder);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && name != GIT && !is_cache(&name) && path != checked => open.push(path),
                Ok(kind) if kind.is_file() && is_terraform(&name) => {
                    add_calls(&path, &name, &mut module, out, boundary);
                }
                Ok(kind) if kind.is_file() && is_caller(&name) => out.add_files(&[path], boundary),
                _ => {}
            }
        }
        out.add_unchecked(&module, boundary);
    }
}

/// Adds the module calls of a file to its module.
fn add_calls(path: &Path, name: &str, module: &mut SourceModule, out: &mut OutsideCallers, boundary: &ReadBoundary) {
    let bytes = match read_regular(path, MAX_FILE) {
        Ok(bytes) => bytes,
        Err(error) => return out.add_unread(&boundary.shown(path), &error.to_string()),
    };
    if memchr::memmem::find(&bytes, b"module").is_none() {
        return;
    }
    let syntax = if is_json(name) { TerraformSyntax::Json } else { TerraformSyntax::Hcl };
    match parse("", bytes, 0, syntax).body {
        Ok(body) => module.add(body, false),
        Err(_) => out.add_broken(&boundary.shown(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_with_too_many_entries_is_a_gap() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        for folder in [GIT, "checked", "other"] {
            std::fs::create_dir(root.join(folder)).unwrap();
        }
        let boundary = ReadBoundary::around(&root.join("checked"), &root).unwrap();
        let search = |most| {
            let mut out = OutsideCallers::default();
            add_within(&mut out, &root.join("checked"), &boundary, most);
            out.unread
        };
        assert_eq!(search(3), Vec::<String>::new());
        assert!(search(2)[0].contains("more than 2 directory entries"));
    }
}
