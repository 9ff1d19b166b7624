//! Inputs that a person named, opened by the reader of their format.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::candidate::Candidate;
use super::cloudformation::given;
use super::join::join_by_arn;
use super::opened::OpenedInput;
use super::options::InputOptions;
use super::registry::{READERS, detect, open_candidate};
use super::walk;
use crate::engine::{InputError, InputKind};

/// Opens the named inputs in their order. A path that is named twice is read once.
///
/// # Errors
/// [`InputError`] of the first that could not be read or has no known format.
pub fn open_all(paths: &[PathBuf], options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
    open_each(paths, options, Err)
}

/// Opens the named paths that are inputs, as [`open_all`] does; the notes name the others. A path that does not exist, and
/// an input with errors, is no such path.
///
/// # Errors
/// [`InputError`] of the first that could not be read.
pub fn open_inputs_among(
    paths: &[PathBuf],
    options: &InputOptions,
) -> Result<(Vec<OpenedInput>, Vec<String>), InputError> {
    let mut skipped = Vec::new();
    let opened = open_each(paths, options, |error| match error {
        InputError::NoInput { .. } => {
            skipped.push(format!("skipped {error}"));
            Ok(())
        }
        error => Err(error),
    })?;
    Ok((opened, skipped))
}

fn open_each(
    paths: &[PathBuf],
    options: &InputOptions,
    mut on_error: impl FnMut(InputError) -> Result<(), InputError>,
) -> Result<Vec<OpenedInput>, InputError> {
    let options = InputOptions { several: paths.len() > 1, ..options.clone() };
    let (mut out, mut seen) = (Vec::<OpenedInput>::new(), BTreeSet::new());
    for path in paths {
        if seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
            match open(path, &options) {
                Ok(opened) => out.extend(opened),
                Err(error) => on_error(error)?,
            }
        } else if let Some(last) = out.last_mut() {
            last.notes.push(format!("{} is named twice and read once", path.display()));
        }
    }
    given::check(&options, &mut out)?;
    make_roots_distinct(&mut out);
    join_by_arn(&mut out);
    Ok(out)
}

/// Gives inputs with the same root distinct roots, so that their fingerprints differ. A single input keeps its root,
/// and with it the fingerprints of its source.
fn make_roots_distinct(all: &mut [OpenedInput]) {
    let mut roots: BTreeMap<InputKind, usize> = BTreeMap::new();
    for opened in all.iter().filter(|opened| opened.distinct_kind.is_some()) {
        *roots.entry(opened.input.kind.clone()).or_default() += 1;
    }
    for opened in all {
        let is_shared = roots.get(&opened.input.kind).is_some_and(|inputs| *inputs > 1);
        if let Some(kind) = opened.distinct_kind.take().filter(|_| is_shared) {
            opened.input.kind = kind;
        }
    }
}

/// Opens a stream, whose content determines its format.
///
/// # Errors
/// [`InputError`] where it could not be read or has no known format.
pub fn open_stream(name: &str, stream: impl io::Read, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
    open_candidate(Candidate::of_stream(name, stream, None, options, &is_known)?, options)
}

fn is_known(candidate: &Candidate<'_>) -> bool {
    detect(candidate).is_some()
}

/// Opens a named input: a file, `-` for standard input, or a folder.
///
/// # Errors
/// [`InputError`] where it could not be read or has no known format.
pub fn open(path: &Path, options: &InputOptions) -> Result<Vec<OpenedInput>, InputError> {
    if path == Path::new("-") {
        return open_stream("standard input", io::stdin().lock(), options);
    }
    options.progress.begin(|| format!("reading {}", path.display()), None, None);
    if path.is_dir() {
        return match READERS.iter().find(|reader| reader.claims_folder(path)) {
            Some(reader) => reader.open(Candidate::of_path(path), options),
            None => walk::open(path, options),
        };
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match READERS.iter().find(|reader| options.format.is_none() && reader.claims_file_name(&name)) {
        Some(reader) => reader.open(Candidate::of_path(path), options),
        None => open_candidate(Candidate::of_file(path, options, &is_known)?, options),
    }
}
