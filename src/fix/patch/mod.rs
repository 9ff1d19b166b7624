//! Source patches: edits of literal tags that keep comments and formatting, as a unified diff for `git apply`.

mod check;
mod hcl;
mod template;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use self::check::{UNSUPPORTED, removed_keys};
use super::plan::{Change, OwnerKind, Plan};
use crate::base::{self, SourceFile, quote};

/// The maximum size of a source file in bytes.
const MAX_SOURCE: u64 = 16 << 20;

/// A diff over source files, and the resources it skips.
#[derive(Debug, Default)]
pub struct Patch {
    /// The diff; empty if nothing changes.
    pub diff: String,
    /// The addresses of skipped resources, each with the reason.
    pub skipped: Vec<(String, String)>,
}

/// Builds the diff for all resources in a plan that Terraform or CloudFormation manages, in the source below `root`.
#[must_use]
pub fn patch(plan: &Plan, root: &Path) -> Patch {
    let mut out = Patch::default();
    let mut files: BTreeMap<String, (String, String)> = BTreeMap::new();
    for change in plan.changes.iter().filter(|change| change.owner.is_managed()) {
        let address = change.owner.address.clone().unwrap_or_default();
        if let Err(reason) = edit_source(change, &address, root, &mut files) {
            out.skipped.push((address, reason));
        }
    }
    for (path, (before, after)) in &files {
        // Git ends a path that contains a space with a tab, and expects the same when it applies the diff.
        let end = if path.contains(' ') { "\t" } else { "" };
        let diff = similar::TextDiff::from_lines(before, after);
        let (old, new) = (format!("a/{path}{end}"), format!("b/{path}{end}"));
        out.diff += &diff.unified_diff().context_radius(3).header(&old, &new).to_string();
    }
    out
}

/// Edits the source of one resource.
fn edit_source(
    change: &Change,
    address: &str,
    root: &Path,
    files: &mut BTreeMap<String, (String, String)>,
) -> Result<(), String> {
    let at = change.owner.location.as_ref().ok_or("its block was not found in the source")?;
    let terraform = change.owner.by == OwnerKind::Terraform;
    let endings: &[&str] = if terraform { &["tf"] } else { &["yaml", "yml", "json", "template"] };
    if !files.contains_key(&at.path) {
        let text = read(root, &at.path, endings)?;
        files.insert(at.path.clone(), (text.clone(), text));
    }
    let (_, text) = files.get_mut(&at.path).expect("the file was inserted above");
    let (edited, now) = if terraform {
        let (kind, name) = match address.split_once('.') {
            Some((kind, name)) if kind != "module" && !name.contains(['.', '[']) => (kind, name),
            _ => return Err("its block creates several resources or is in a module; change it by hand".to_owned()),
        };
        let edited = hcl::edit(text, kind, name, change)?;
        let now = hcl::literal_tags(&edited, kind, name)?;
        (edited, now)
    } else {
        let edited = template::edit(&source_file(&at.path, text), address, change)?;
        let now = template::literal_tags(&source_file(&at.path, &edited), address, change)?;
        (edited, now)
    };
    // Parse the result: it must contain exactly the intended change, otherwise nothing is edited.
    let intended = |(key, value): (&String, &String)| now.get(key) == Some(value);
    if !change.set.iter().all(intended) || removed_keys(change).any(|key| now.contains_key(key)) {
        return Err(UNSUPPORTED.to_owned());
    }
    *text = edited;
    Ok(())
}

fn source_file(path: &str, text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile { path: path.into(), text: text.to_owned(), built_in: false })
}

/// Reads a file of the repository and no other. The path comes from an untrusted file.
fn read(root: &Path, path: &str, endings: &[&str]) -> Result<String, String> {
    let relative = Path::new(path);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    // Git writes such paths in quotes, in a form that is not produced here.
    let clean = !path.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'));
    let ending = relative.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if !plain || !clean || !endings.contains(&ending) {
        return Err(format!("{}: not a supported source file of this repository", quote(path)));
    }
    let failed = |error: std::io::Error| format!("{path}: {error}");
    // A symbolic link must not lead out of the repository.
    let resolved: PathBuf = root.join(relative).canonicalize().map_err(failed)?;
    if !resolved.starts_with(root.canonicalize().map_err(failed)?) {
        return Err(format!("{path}: outside of the repository"));
    }
    let bytes = base::read_regular(&resolved, MAX_SOURCE).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| format!("{path}: not UTF-8 text"))
}
