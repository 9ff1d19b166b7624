//! Several inputs of one run: each read once, and told apart where they have the same addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::terraform::plan::path_of_plan;
use super::terraform::source::is_terraform;
use super::{Opened, Options, open};
use crate::engine::{InputError, InputKind};

/// Opens all that the user named, in that order. What is named twice is read once.
///
/// # Errors
/// [`InputError`] of the first that can't be read or is nothing that taglint knows.
pub fn open_all(paths: &[PathBuf], options: &Options) -> Result<Vec<Opened>, InputError> {
    let options = Options { several: paths.len() > 1, ..options.clone() };
    let (mut out, mut seen) = (Vec::<Opened>::new(), BTreeSet::new());
    let mut plans: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for path in paths {
        if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
            if let Some(last) = out.last_mut() {
                last.notes.push(format!("{} is named twice and read once", path.display()));
            }
            continue;
        }
        for opened in open(path, &options)? {
            if let Some(root) = root_of_plan(path, &opened) {
                let stdin = path == Path::new("-");
                let name = path_of_plan(&opened.input.name, Some(path.as_path()).filter(|_| !stdin), &options);
                plans.entry(root).or_default().push((out.len(), name));
            }
            out.push(opened);
        }
    }
    // Two plans of one root are two sets of resources with the same addresses (a plan of each workspace): fingerprints
    // have the plan in them. One plan alone has its root, and so the fingerprints of its source.
    for (at, name) in plans.into_values().filter(|same| same.len() > 1).flatten() {
        out[at].input.kind = InputKind::Terraform { root: name };
    }
    Ok(out)
}

/// The root module of a plan; `None` for what is none.
fn root_of_plan(path: &Path, opened: &Opened) -> Option<String> {
    let source = path.is_dir() || path.file_name().is_some_and(|name| is_terraform(&name.to_string_lossy()));
    match &opened.input.kind {
        InputKind::Terraform { root } if !source => Some(root.clone()),
        _ => None,
    }
}
