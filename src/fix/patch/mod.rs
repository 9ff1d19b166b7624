//! The same change in source: literal tags rewritten where they stand, comments and formatting kept, as a unified diff that
//! `git apply` takes.

mod hcl;
mod template;
mod tree;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use super::plan::{Change, OwnerKind, Plan};
use crate::base::quote;

/// No source file is larger, in bytes.
const LARGEST: u64 = 16 << 20;

/// What is written in no way that is changed here.
const BY_HAND: &str = "its tags are written in a way that is not changed here: change them by hand";

/// A diff over source files, and what it leaves alone.
#[derive(Debug, Default)]
pub struct Patch {
    /// The diff; empty where there is nothing to change.
    pub diff: String,
    /// Addresses of what could not be changed so, each with the reason.
    pub left: Vec<(String, String)>,
}

/// The change of everything in a plan that Terraform or a stack keeps, in the source below `root`.
#[must_use]
pub fn patch(plan: &Plan, root: &Path) -> Patch {
    let mut out = Patch::default();
    let mut files: BTreeMap<String, (String, String)> = BTreeMap::new();
    for change in plan.changes.iter().filter(|change| change.owner.is_managed()) {
        let address = change.owner.address.clone().unwrap_or_default();
        if let Err(reason) = one(change, &address, root, &mut files) {
            out.left.push((address, reason));
        }
    }
    for (path, (before, after)) in &files {
        let end = if path.contains(' ') { "\t" } else { "" };
        let diff = similar::TextDiff::from_lines(before, after);
        let (old, new) = (format!("a/{path}{end}"), format!("b/{path}{end}"));
        out.diff += &diff.unified_diff().context_radius(3).header(&old, &new).to_string();
    }
    out
}

/// Changes the source of one resource.
fn one(
    change: &Change,
    address: &str,
    root: &Path,
    files: &mut BTreeMap<String, (String, String)>,
) -> Result<(), String> {
    let at = change.owner.location.as_ref().ok_or("its block was not found in source")?;
    let terraform = change.owner.by == OwnerKind::Terraform;
    let endings: &[&str] = if terraform { &["tf"] } else { &["yaml", "yml", "json", "template"] };
    if !files.contains_key(&at.path) {
        let text = read(root, &at.path, endings)?;
        files.insert(at.path.clone(), (text.clone(), text));
    }
    let (_, text) = files.get_mut(&at.path).expect("it was put there");
    let (edited, now) = if terraform {
        let (kind, name) = match address.split_once('.') {
            Some((kind, name)) if kind != "module" && !name.contains(['.', '[']) => (kind, name),
            _ => return Err("its block makes several resources, or stands in a module: change it by hand".to_owned()),
        };
        let edited = hcl::edit(text, kind, name, change)?;
        let now = hcl::literal(&edited, kind, name)?;
        (edited, now)
    } else {
        let edited = template::edit(text, address, change)?;
        let now = template::literal(&edited, address, change)?;
        (edited, now)
    };
    // Read again: what comes out is what was meant, or nothing is done.
    let meant = |(key, value): (&String, &String)| now.get(key) == Some(value);
    if !change.set.iter().all(meant) || gone(change).any(|key| now.contains_key(key)) {
        return Err(BY_HAND.to_owned());
    }
    *text = edited;
    Ok(())
}

/// Keys that are there before and not after.
fn gone(change: &Change) -> impl Iterator<Item = &String> {
    change.before.keys().filter(|key| !change.after.contains_key(*key))
}

/// Whether a tag says in source what it says in AWS: only then is a change of the one a change of the other.
fn differs(change: &Change, key: &str, value: Option<&str>) -> Result<(), String> {
    match value {
        Some(value) if change.before.get(key).map(String::as_str) == Some(value) => Ok(()),
        Some(_) => Err(format!("{} has another value in source than in AWS", quote(key))),
        None => Err(format!("the value of {} is no literal: change it by hand", quote(key))),
    }
}

/// A file of the repository, and no other: the path may come from a file that anybody wrote.
fn read(root: &Path, path: &str, endings: &[&str]) -> Result<String, String> {
    let relative = Path::new(path);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let clean = !path.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'));
    let ending = relative.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if !plain || !clean || !endings.contains(&ending) {
        return Err(format!("{}: no source file of this repository that is changed here", quote(path)));
    }
    let failed = |error: std::io::Error| format!("{path}: {error}");
    let resolved: PathBuf = root.join(relative).canonicalize().map_err(failed)?;
    if !resolved.starts_with(root.canonicalize().map_err(failed)?) {
        return Err(format!("{path}: it lies outside of the repository"));
    }
    let mut text = String::new();
    File::open(resolved).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text)).map_err(failed)?;
    if text.len() as u64 > LARGEST { Err(format!("{path}: larger than any source file")) } else { Ok(text) }
}
